"""Throwaway copies of a real database: with its rows by CREATE DATABASE … TEMPLATE, or its schema alone by pg_dump."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg import sql
from sqlalchemy import text

from nexus_studio.core.errors import MigrationBlocked, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.connecting import APPLICATION_NAME
from nexus_studio.services.dberrors import translated
from nexus_studio.services.migrations.scratch import Scratch, Where, may_use_server, scratch_database
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of, find_tool, run_tool, secret_environment

log = logging.getLogger(__name__)

TEMPLATE_LIMIT_BYTES = 256 * 1024**2
"""The largest database that is copied with its rows; copying holds up whoever wants to connect meanwhile."""

_LOCK_WAIT_MS = 5_000
_CANCEL_TIMEOUT_S = 5.0
_LEAVING_S = 0.5
_POLL_S = 0.02

_DUMP = (
    "--schema-only", "--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions", "--no-tablespaces",
    "--no-security-labels", f"--lock-wait-timeout={_LOCK_WAIT_MS}",
)  # fmt: skip

# What newer versions of pg_dump write at the beginning and the end, for psql only.
_RESTRICTION = re.compile(rb"^\\(?:un)?restrict [A-Za-z0-9]+\r?\n", re.MULTILINE)
# Settings of the dump's head that an older server does not know.
_NEW_SETTINGS = re.compile(rb"^SET (?:transaction_timeout|idle_session_timeout) = 0;\r?\n", re.MULTILINE)

_EXTENSION = re.compile(
    rb"""^(?:CREATE\ EXTENSION\ IF\ NOT\ EXISTS|COMMENT\ ON\ EXTENSION)
         \ (?P<name>[a-z0-9_$]+|"(?:[^"]|"")+")[\ ;].*\n""",
    re.MULTILINE | re.VERBOSE,
)

# `leaving`: connections of a Nexus Studio that do nothing; ours were just closed, and a backend takes a moment to end.
_IN_THE_WAY = """
    SELECT pg_catalog.pg_database_size(d.oid), pg_catalog.pg_has_role(d.datdba, 'USAGE'), o.others, o.leaving
      FROM pg_catalog.pg_database d,
           LATERAL (SELECT count(*) AS others,
                           count(*) FILTER (WHERE a.state = 'idle' AND a.application_name = %(ours)s) AS leaving
                      FROM pg_catalog.pg_stat_activity a
                     WHERE a.datid = d.oid AND a.pid <> pg_catalog.pg_backend_pid()
                       AND a.backend_type = 'client backend') o
     WHERE d.datname = pg_catalog.current_database()
"""
_ROLES = text("SELECT rolname FROM pg_catalog.pg_roles WHERE NOT pg_catalog.starts_with(rolname, 'pg_') LIMIT 1000")


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy while it is there. `kind`: "template" (schema and rows) or "schema" (no rows)."""

    scratch: Scratch
    kind: Literal["template", "schema"]


@contextmanager
def copy_of(
    session: Session,
    paths: Paths,
    ctx: TaskContext,
    *,
    rows_of: Sequence[RelationName] = (),
    limit_bytes: int = TEMPLATE_LIMIT_BYTES,
    apart: bool = False,
) -> Iterator[Copy]:
    """Copy a database with its rows where that is possible and cheap, else its schema.

    Args:
        session: On the real database.
        paths: Where the embedded server's folder lies.
        ctx: Cancelling stops it.
        rows_of: Tables whose rows a schema copy gets too: the version table. Those that are not there are left out.
        limit_bytes: A larger database is copied without rows.
        apart: Never on the same server, and so without rows: see `scratch.reaches_beyond`.

    Raises:
        MigrationBlocked: as `schema_copy`.
        ToolMissing: as `schema_copy`.
    """
    with ExitStack() as stack:
        copy: Copy | None = None
        if not apart:
            try:
                copy = Copy(
                    stack.enter_context(template_copy(session, paths, ctx, limit_bytes=limit_bytes)), "template"
                )
            except MigrationBlocked as error:
                log.info("no copy with rows", extra={"reason": str(error.facts.get("reason"))})
        if copy is None:
            schema = schema_copy(session, paths, ctx, rows_of=rows_of, apart=apart)
            copy = Copy(stack.enter_context(schema), "schema")
        yield copy


@contextmanager
def template_copy(
    session: Session, paths: Paths, ctx: TaskContext, *, limit_bytes: int = TEMPLATE_LIMIT_BYTES
) -> Iterator[Scratch]:
    """Copy a database with its rows, beside it on its server.

    Raises:
        MigrationBlocked: "migration.scratch_failed"; fact reason: "environment" (never on such a server), "size",
            "connected" (others are; fact words has their number), "owner" (the role may not copy it), "server".
    """
    if reason := _obstacle(session, limit_bytes, ctx):
        raise MigrationBlocked("migration.scratch_failed", reason=reason[0], words=reason[1])
    with scratch_database(session, paths, ctx, template=session.server.database) as scratch:
        yield scratch


@contextmanager
def schema_copy(
    session: Session,
    paths: Paths,
    ctx: TaskContext,
    *,
    rows_of: Sequence[RelationName] = (),
    prefer: Where | None = None,
    apart: bool = False,
) -> Iterator[Scratch]:
    """Copy a database's schema, without owners and privileges, into a scratch database.

    An extension that is not to be had there is left out; that fails only where something is built on it. Roles that the
    embedded server lacks are made there. Progress steps "migration.dumping", "migration.restoring".

    Raises:
        MigrationBlocked: "migration.scratch_failed"; fact reason: "dump" (pg_dump refused), "restore" (the copy did),
            "extension" (it did, and these extensions are missing there: `words`), or `scratch_database`'s; fact words.
        ToolMissing: no pg_dump is new enough for the server.
    """
    ctx.report(Progress("migration.dumping"))
    dump = dump_schema(session, ctx)
    with ExitStack() as stack:
        on_server = prefer != "embedded" and not apart and may_use_server(session)
        places: list[Where | None] = [prefer, "embedded"] if on_server else ["embedded" if apart else prefer]
        yield _restored(stack, places, dump, session, paths, rows_of, ctx, apart=apart)


def _restored(
    stack: ExitStack,
    places: list[Where | None],
    dump: bytes,
    session: Session,
    paths: Paths,
    rows_of: Sequence[RelationName],
    ctx: TaskContext,
    *,
    apart: bool,
) -> Scratch:
    """Restore a dump at the first place that takes it: a role may lack what the embedded server's superuser may do."""
    for number, place in enumerate(places, start=1):
        try:
            with ExitStack() as attempt:
                scratch = attempt.enter_context(scratch_database(session, paths, ctx, prefer=place, apart=apart))
                ctx.report(Progress("migration.restoring"))
                if scratch.where == "embedded":
                    _bring_roles(session, scratch.session, ctx)
                _restore(dump, scratch.session, ctx)
                for relation in rows_of:
                    _bring_rows(relation, session, scratch.session, ctx)
                stack.enter_context(attempt.pop_all())
                return scratch
        except MigrationBlocked:
            if number == len(places):
                raise
    raise MigrationBlocked("migration.scratch_failed", reason="nowhere", words="")


def dump_schema(session: Session, ctx: TaskContext) -> bytes:
    """Return a database's schema as SQL, without owners and privileges, and nothing in it that only psql understands.

    Raises:
        MigrationBlocked: "migration.scratch_failed", facts reason "dump", words.
        ToolMissing: no pg_dump is new enough for the server.
    """
    profile = session.profile
    arguments = [*_DUMP, f"--dbname={conninfo_of(profile, purpose='pg_dump')}"]
    if profile.role:
        arguments.append(f"--role={profile.role}")
    program = find_tool("pg_dump", session.server.version_num)
    ran = run_tool(program, arguments, ctx, environment=secret_environment(profile, session.secret))
    if ran.status != 0:
        raise MigrationBlocked("migration.scratch_failed", reason="dump", words=ran.words)
    return _NEW_SETTINGS.sub(b"", _RESTRICTION.sub(b"", ran.output))


def _obstacle(session: Session, limit_bytes: int, ctx: TaskContext) -> tuple[str, str] | None:
    """Return why a database can't be copied with its rows: a reason and words; None where nothing is in the way."""
    if not may_use_server(session):
        return "environment", session.profile.environment.value
    session.drop_idle()
    deadline = time.monotonic() + _LEAVING_S
    with session.alone(ctx, purpose="scratch") as driver, translated(ctx.token):
        while True:
            found = driver.execute(_IN_THE_WAY, {"ours": APPLICATION_NAME}).fetchone()
            size, is_owner, others, leaving = found or (0, False, 0, 0)
            if size > limit_bytes:
                return "size", str(size)
            if not is_owner:
                return "owner", ""
            if not others:
                return None
            if others > leaving or time.monotonic() > deadline:
                return "connected", str(others)
            ctx.token.raise_if_cancelled()
            time.sleep(_POLL_S)


def _restore(dump: bytes, target: Session, ctx: TaskContext) -> None:
    """Run a dump, all of it or nothing, on a connection of its own: its settings must not stay."""
    with target.alone(ctx) as driver:
        with translated(ctx.token):
            rows = driver.execute("SELECT name FROM pg_catalog.pg_available_extensions").fetchall()
            if b"\nCREATE SCHEMA public;" in dump:
                driver.execute("DROP SCHEMA public")
        dump, missing = without_extensions(dump, frozenset(row[0] for row in rows))
        try:
            with translated(ctx.token), ctx.token.calling(lambda: driver.cancel_safe(timeout=_CANCEL_TIMEOUT_S)):
                driver.execute(dump)
        except StudioError as error:
            ctx.token.raise_if_cancelled()
            words = error.report.message if error.report else error.code
            reason, words = ("extension", ", ".join(missing)) if missing else ("restore", words)
            raise MigrationBlocked(
                "migration.scratch_failed", reason=reason, words=words, report=error.report
            ) from error


def without_extensions(dump: bytes, available: frozenset[str]) -> tuple[bytes, tuple[str, ...]]:
    """Take the extensions that are not to be had out of a dump; return it and their names."""
    missing: list[str] = []

    def judged(found: re.Match[bytes]) -> bytes:
        name = found["name"].decode().strip('"').replace('""', '"')
        if name in available:
            return found.group()
        if name not in missing:
            missing.append(name)
        return b""

    return _EXTENSION.sub(judged, dump), tuple(missing)


def _bring_roles(source: Session, target: Session, ctx: TaskContext) -> None:
    """Make the roles that the embedded server lacks, without any right: policies and grants name them."""
    with source.read(ctx) as connection:
        wanted = set(connection.scalars(_ROLES))
    with target.alone(ctx) as driver, translated(ctx.token):
        there = {row[0] for row in driver.execute("SELECT rolname FROM pg_catalog.pg_roles").fetchall()}
        for name in sorted(wanted - there):
            with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):  # another Studio was quicker
                driver.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))


def _bring_rows(relation: RelationName, source: Session, target: Session, ctx: TaskContext) -> None:
    """Copy a small table's rows; nothing where it does not exist."""
    table = sql.Identifier(relation.schema, relation.name)
    with source.alone(ctx) as reading, target.alone(ctx) as writing, translated(ctx.token):
        if reading.execute("SELECT pg_catalog.to_regclass(%s)", (table.as_string(reading),)).fetchone() == (None,):
            return
        with (
            reading.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(table)) as rows,
            writing.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(table)) as places,
        ):
            for data in rows:
                places.write(data)
