"""Scratch databases: made for one piece of work, on the server or on an embedded one, and always dropped.

A scratch database says so in its COMMENT, with the time it was made. What a killed process has left behind is dropped
by the next use: after a day on a server that others share, at once on the embedded one, where the dead can be told.
"""

from __future__ import annotations

import logging
import os
import re
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import psutil  # type: ignore[import-untyped]
import psycopg
from psycopg import sql

from nexus_studio.core.errors import MigrationBlocked, StudioError
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.databases import locale_options
from nexus_studio.services.dberrors import translated
from nexus_studio.services.migrations.scratchserver import embedded_session
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

Where = Literal["server", "embedded"]

PREFIX = "nexus_scratch_"
MARK = "Nexus Studio scratch database, made "
LEFT_OVER_S = 86_400

SHARED = frozenset({Environment.DEMO, Environment.DEVELOPMENT, Environment.CI})
"""Environments whose server may carry scratch databases."""

_NAMED = rf"^{PREFIX}[0-9]+_[0-9]+_[0-9a-f]{{6}}$"  # as _make names them

_given_up: set[str] = set()  # databases of this process that could not be dropped: the next use tries again
_NOTHING_LIKE = {"encoding_name": "UTF8", "search_path": '"$user", public'}

_CANCEL_TIMEOUT_S = 5.0
_PATIENCE_S = 60.0
_PAUSE_S = 0.5
_FORCE_VERSION = 130000  # DROP DATABASE … WITH (FORCE)

# The whole row as JSON: what says of which kind a locale is has other columns in each version.
_ITSELF = """
    SELECT pg_catalog.to_jsonb(d) || pg_catalog.jsonb_build_object(
             'encoding_name', pg_catalog.pg_encoding_to_char(d.encoding),
             'search_path', pg_catalog.current_setting('search_path'),
             'may_create', r.rolcreatedb OR r.rolsuper)
      FROM pg_catalog.pg_database d, pg_catalog.pg_roles r
     WHERE d.datname = pg_catalog.current_database() AND r.rolname = current_user
"""
_LEFT_OVERS = """
    SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database'),
           pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())
      FROM pg_catalog.pg_database d
     WHERE pg_catalog.starts_with(d.datname, %s)
       AND coalesce(pg_catalog.starts_with(pg_catalog.shobj_description(d.oid, 'pg_database'), %s),
                    d.datname ~ %s)  -- its maker was killed before it could say what it is
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)
       AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
"""
_ROLES = """
    SELECT r.rolname FROM pg_catalog.pg_roles r
     WHERE r.oid >= 16384 AND r.rolname <> current_user  -- what initdb makes has smaller ones
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_database d WHERE pg_catalog.starts_with(d.datname, %s))
"""

# Statements about what all databases of a server share. Words in a comment do no harm: then the place is another one.
_BEYOND = re.compile(
    r"\b(?:create|alter|drop)\s+(?:role|user(?!\s+mapping)|group|database|tablespace|subscription)\b"
    r"|\balter\s+system\b|\b(?:drop|reassign)\s+owned\b|\b(?:grant|revoke)\s+(?:(?!\bon\b)[\w\s,\"])+?\s(?:to|from)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Scratch:
    """A scratch database while it is there: an open session on it, and how others may connect to it.

    `profile` is of environment development, whatever the real one's. `where`: "server" (beside the real database) or
    "embedded" (a server of this machine's: extensions and roles of the real one may be missing).
    """

    session: Session
    where: Where
    profile: ConnectionProfile
    secret: str | None


@contextmanager
def scratch_database(
    session: Session,
    paths: Paths,
    ctx: TaskContext,
    *,
    prefer: Where | None = None,
    template: str = "template0",
    apart: bool = False,
) -> Iterator[Scratch]:
    """Make an empty database with the real one's encoding and search path; drop it at the end, come what may.

    It lies on the same server where environment, role and line allow that, else on the embedded server; each stands in
    for the other. A production or staging server is never used, nor is a read-only or pooled connection.
    Progress step "migration.scratch".

    Args:
        session: On the real database. It is only read, but for CREATE DATABASE on its server.
        paths: Where the embedded server's folder lies.
        ctx: Cancelling stops the making. Dropping is not stopped.
        prefer: Where it should rather be.
        template: The database to copy, on the same server only: see `template_copy`.
        apart: Never on the same server, since what will run reaches beyond its database: see `reaches_beyond`.

    Raises:
        MigrationBlocked: "migration.scratch_failed" when it can be made nowhere; facts reason ("server", "embedded"),
            words.
    """
    ctx.report(Progress("migration.scratch"))
    itself = _describe(session, ctx) if template == "template0" else {}
    with ExitStack() as stack:
        yield _first_that_works(
            stack, _places(session, itself, prefer, template, apart=apart), session, paths, itself, template, ctx
        )


@contextmanager
def scratch_at(
    place: Where, session: Session | None, paths: Paths, ctx: TaskContext, *, encoding: str = ""
) -> Iterator[Scratch]:
    """Make an empty database for what does not come from the real one (a backup); drop it at the end, come what may.

    On the server it is as the real database, else it has the encoding asked for and the real one's search path.
    Progress step "migration.scratch".

    Args:
        place: There and nowhere else; "server" only where `may_use_server` says so.
        session: On the real database; None only for "embedded".
        paths: Where the embedded server's folder lies.
        ctx: Cancelling stops the making. Dropping is not stopped.
        encoding: As pg_encoding_to_char names it; "": the real database's, else UTF8.

    Raises:
        StudioError: it can't be made there.
    """
    ctx.report(Progress("migration.scratch"))
    itself = _describe(session, ctx) if session is not None else _NOTHING_LIKE
    if place == "embedded" and encoding:
        itself = {**itself, "encoding_name": encoding}
    with ExitStack() as stack:
        yield _make(stack, place, session, paths, itself, "template0", ctx)


def reaches_beyond(files: Iterable[Path]) -> bool:
    """Tell whether the code of revisions may change more than its database: roles, other databases, the server.

    Args:
        files: Of the revisions; what can't be read is left to whoever runs it.
    """
    for file in files:
        with suppress(OSError):
            if _BEYOND.search(file.read_text(encoding="utf-8", errors="replace")):
                return True
    return False


def may_use_server(session: Session) -> bool:
    """Tell whether the profile lets scratch databases be made beside the real one; the role's rights are not asked."""
    profile = session.profile
    return profile.environment in SHARED and not session.is_read_only and not profile.pooler


def _describe(session: Session, ctx: TaskContext) -> dict[str, Any]:
    with session.read(ctx) as connection:
        found: dict[str, Any] = connection.exec_driver_sql(_ITSELF).scalar_one()
    return found


def _places(
    session: Session, itself: dict[str, Any], prefer: Where | None, template: str, *, apart: bool
) -> list[Where]:
    """Return where it may be made, the better place first."""
    if template != "template0":
        return ["server"]
    on_server = may_use_server(session) and itself["may_create"] and not apart
    places: list[Where] = ["server", "embedded"] if on_server else ["embedded"]
    return sorted(places, key=lambda place: place != prefer) if prefer else places


def _first_that_works(
    stack: ExitStack,
    places: list[Where],
    session: Session,
    paths: Paths,
    itself: dict[str, Any],
    template: str,
    ctx: TaskContext,
) -> Scratch:
    for number, place in enumerate(places, start=1):
        try:
            with ExitStack() as attempt:
                scratch = _make(attempt, place, session, paths, itself, template, ctx)
                stack.enter_context(attempt.pop_all())
                return scratch
        except StudioError as error:
            log.info("no scratch database there", extra={"place": place, **loggable(error)})
            if number == len(places):
                words = error.report.message if error.report else error.code
                raise MigrationBlocked(
                    "migration.scratch_failed", reason=place, words=words, report=error.report
                ) from error
    raise MigrationBlocked("migration.scratch_failed", reason="nowhere", words="")


def _make(
    stack: ExitStack,
    place: Where,
    session: Session | None,
    paths: Paths,
    itself: dict[str, Any],
    template: str,
    ctx: TaskContext,
) -> Scratch:
    on_server = session if place == "server" else None
    host = on_server or stack.enter_context(embedded_session(paths, ctx))
    driver = stack.enter_context(host.alone(ctx, purpose="scratch"))
    _sweep(driver, is_ours_alone=place == "embedded")
    name = f"{PREFIX}{os.getpid()}_{int(time.time())}_{uuid.uuid4().hex[:6]}"
    stack.enter_context(_dropping(driver, host, name))
    _create(driver, name, _creation(name, itself, place, host, template), itself, ctx)
    profile = replace(host.profile.with_database(name), environment=Environment.DEVELOPMENT)
    if session is not None:
        real = session.profile
        profile = replace(profile, schema=real.schema, time_zone=real.time_zone, project=real.project)
    opened = Session.open(profile, host.secret, ctx)
    stack.callback(opened.close)
    return Scratch(opened, place, profile, host.secret)


def _creation(name: str, itself: dict[str, Any], place: Where, host: Session, template: str) -> sql.Composed:
    """Write CREATE DATABASE. On the same server all of the locale is the real database's, else its encoding only."""
    options = [sql.SQL("TEMPLATE {}").format(sql.Identifier(template))]
    if template == "template0":
        given: list[tuple[str, str | None]] = [("ENCODING", itself["encoding_name"])]
        if place == "server":
            given += locale_options(itself)
        elif itself["encoding_name"] != "UTF8":  # the builtin provider of the embedded server knows no other
            given += [("LOCALE_PROVIDER", "libc"), ("LC_COLLATE", "C"), ("LC_CTYPE", "C")]
        options += [sql.SQL("{} {}").format(sql.SQL(word), sql.Literal(value)) for word, value in given if value]
    return sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), sql.SQL(" ").join(options))


def _create(
    driver: psycopg.Connection, name: str, creation: sql.Composed, itself: dict[str, Any], ctx: TaskContext
) -> None:
    database = sql.Identifier(name)
    with translated(ctx.token), ctx.token.calling(lambda: driver.cancel_safe(timeout=_CANCEL_TIMEOUT_S)):
        driver.execute(creation)
        made = driver.execute("SELECT pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())").fetchone()
        mark = f"{MARK}{int(made[0]) if made else 0}"
        driver.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, sql.Literal(mark)))
        if itself:  # a copy by template has what this connection to the original has
            driver.execute("SELECT pg_catalog.set_config('search_path', %s, false)", (itself["search_path"],))
        driver.execute(sql.SQL("ALTER DATABASE {} SET search_path FROM CURRENT").format(database))
    ctx.token.raise_if_cancelled()


@contextmanager
def _dropping(driver: psycopg.Connection, host: Session, name: str) -> Iterator[None]:
    """Drop a database at the end, also one whose making was stopped; what can't be dropped, the next use will."""
    try:
        yield
    finally:
        try:
            _drop(driver, name)
        except StudioError as error:
            log.info("scratch database not dropped yet", extra={"database": name, **loggable(error)})
            try:
                _drop_patiently(host, name)
            except StudioError as last:
                _given_up.add(name)
                log.warning("scratch database not dropped", extra={"database": name, **loggable(last)})


def _drop_patiently(host: Session, name: str) -> None:
    """Drop by another line: the first one broke, or what worked there took longer to end than the server waits for it.

    It waits five seconds. On a busy machine ended work that has made thousands of files needs more to remove them.
    """
    until = time.monotonic() + _PATIENCE_S
    while True:
        with host.alone(TaskContext(), purpose="scratch") as another:  # a server that is gone is not waited for
            try:
                _drop(another, name)
            except StudioError:
                if time.monotonic() > until:
                    raise
            else:
                return
        time.sleep(_PAUSE_S)


def _drop(driver: psycopg.Connection, name: str) -> None:
    force = driver.info.server_version >= _FORCE_VERSION
    with translated():
        if not force:
            driver.execute(
                "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = %s",
                (name,),
            )
        suffix = sql.SQL(" WITH (FORCE)" if force else "")
        driver.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)) + suffix)


def _sweep(driver: psycopg.Connection, *, is_ours_alone: bool) -> None:
    """Drop what killed processes have left behind. Nothing that is in use, and nothing that does not say it is ours."""
    try:
        with translated():
            found = driver.execute(_LEFT_OVERS, (PREFIX, MARK, _NAMED)).fetchall()
        for name, comment, now in found:
            made = name.split("_")[-2] if comment is None else comment.removeprefix(MARK)
            is_old = made.isdigit() and now - int(made) > LEFT_OVER_S
            if is_old or name in _given_up or (is_ours_alone and _is_dead(name)):
                _drop(driver, name)
                _given_up.discard(name)
                log.info("left-over scratch database dropped", extra={"database": name})
        if is_ours_alone:
            _sweep_roles(driver)
    except StudioError as error:  # somebody else was quicker, or uses it by now: the next use looks again
        log.info("left-over scratch databases not dropped", extra=loggable(error))


def _sweep_roles(driver: psycopg.Connection) -> None:
    """Drop the roles that earlier work has made on the embedded server, unless others are at work there."""
    with translated():
        for (name,) in driver.execute(_ROLES, (PREFIX,)).fetchall():
            driver.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def _is_dead(name: str) -> bool:
    """Tell whether the process that made a database on this machine is gone; its number is in the name."""
    number = name.removeprefix(PREFIX).partition("_")[0]
    return number.isdigit() and not psutil.pid_exists(int(number))
