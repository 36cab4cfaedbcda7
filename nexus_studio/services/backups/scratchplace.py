"""Where a backup is tried: on the embedded server, or beside the real database where only that has what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import text

from nexus_studio.core.admin.archives import ArchivePreview
from nexus_studio.core.errors import EmbeddedFailed
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.migrations.scratch import Scratch, Where, may_use_server
from nexus_studio.services.migrations.scratchserver import embedded_session
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

_EXTENSIONS: Final = text("SELECT name FROM pg_catalog.pg_available_extensions")
_MAY_CREATE: Final = text(
    "SELECT r.rolcreatedb OR r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user"
)
_ROLES: Final = "SELECT rolname FROM pg_catalog.pg_roles"
_RESERVED: Final = "pg_"  # names of roles that begin like that are PostgreSQL's own

# Encodings that only clients use (manual, section 23.3): a database can't be of one.
_ONLY_CLIENTS: Final = frozenset({"BIG5", "GB18030", "GBK", "JOHAB", "SJIS", "SHIFT_JIS_2004", "UHC"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backup is tried, and the extensions that are not to be had there."""

    where: Where
    missing: tuple[str, ...] = ()


def chosen_place(
    held: ExitStack,
    session: Session | None,
    paths: Paths,
    preview: ArchivePreview,
    prefer: Where | None,
    ctx: TaskContext,
) -> Place:
    """Choose the embedded server, unless only the real one has the extensions it needs and may be used.

    Args:
        held: Keeps the embedded server running once it was asked: starting it takes longer than asking.
        session: On the real database; it is only asked. None: there is none.
        paths: Where the embedded server's folder lies.
        preview: What the backup holds.
        prefer: "server": beside the real database, where that may be used.
        ctx: Whose token cancels it.

    Raises:
        EmbeddedFailed: it can't be started, and there is no other place.
    """
    on_server = session if session is not None and _may_use(session, ctx) else None
    if prefer == "server" and on_server is not None:
        return Place("server", _missing(preview.extensions, on_server, ctx))
    try:
        embedded = held.enter_context(embedded_session(paths, ctx))
    except EmbeddedFailed:
        if on_server is None:
            raise
        return Place("server", _missing(preview.extensions, on_server, ctx))
    missing = _missing(preview.extensions, embedded, ctx)
    if missing and on_server is not None and not _missing(missing, on_server, ctx):
        return Place("server")
    return Place("embedded", missing)


def encoding_for(preview: ArchivePreview) -> str:
    """Return the encoding of a database for a backup, "" where it says none."""
    return "UTF8" if preview.encoding.upper() in _ONLY_CLIENTS else preview.encoding


def make_roles(scratch: Scratch, names: Sequence[str], ctx: TaskContext) -> None:
    """Make the roles that a backup names and the embedded server lacks, without any right.

    Whoever uses the server next removes those that nothing needs any more.
    """
    with scratch.session.alone(ctx, purpose="scratch") as driver, translated(ctx.token):
        there = {row[0] for row in driver.execute(_ROLES).fetchall()}
        for name in names:
            if name in there or name.startswith(_RESERVED):
                continue
            with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):  # another was quicker
                driver.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))


def make_schemas(scratch: Scratch, preview: ArchivePreview, ctx: TaskContext) -> None:
    """Make the schemas that a backup of chosen tables takes for granted."""
    made = {item.name for item in preview.items if item.kind == "SCHEMA"}
    wanted = {item.schema for item in preview.items if item.schema} - made
    with scratch.session.alone(ctx, purpose="scratch") as driver, translated(ctx.token):
        for name in sorted(each for each in wanted if not each.startswith(_RESERVED)):
            driver.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(name)))


def _may_use(session: Session, ctx: TaskContext) -> bool:
    if not may_use_server(session):
        return False
    with session.read(ctx) as connection:
        return bool(connection.scalar(_MAY_CREATE))


def _missing(needed: Sequence[str], session: Session, ctx: TaskContext) -> tuple[str, ...]:
    if not needed:
        return ()
    with session.read(ctx) as connection:
        available = set(connection.scalars(_EXTENSIONS))
    return tuple(name for name in needed if name not in available)
