"""Replays one revision on a scratch database and notes what each of its statements changes in the catalog."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from psycopg import sql
from sqlalchemy import text

from nexus_studio.core.admin.evidence import Facts
from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.admin.migrations import Statement
from nexus_studio.core.admin.presence import Replay, Replayed, changes_between
from nexus_studio.core.admin.revisions import RevisionGraph
from nexus_studio.core.admin.statementkinds import changes_nothing, is_of_session, is_repeatable, returns_rows
from nexus_studio.core.admin.versionrows import descendants, rows_for
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.migrations.catalogfacts import read_facts
from nexus_studio.services.migrations.conversation import Event
from nexus_studio.services.migrations.projects import Project, run_any
from nexus_studio.services.migrations.running import RunRequest
from nexus_studio.services.migrations.scratch import Scratch
from nexus_studio.services.session import Session

STATEMENT_TIMEOUT_MS = 20_000
"""The longest that a statement may take on an empty database: what takes longer waits for something."""
TIMED_OUT = "57014"
"""SQLSTATE of a statement that the limit has ended (or a cancel, which is told apart by its token)."""

# PostgreSQL's own functions whose calls leave nothing behind, and its keywords (which may stand before a parenthesis).
_STABLE = text(
    """
    SELECT CAST(p.proname AS text) FROM pg_catalog.pg_proc p
     WHERE p.pronamespace = CAST('pg_catalog' AS regnamespace)
     GROUP BY p.proname HAVING bool_and(p.provolatile <> 'v')
    UNION
    SELECT k.word FROM pg_catalog.pg_get_keywords() k
    """
)
_ROLES = text("SELECT CAST(rolname AS text) FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'")
_AVAILABLE = text("SELECT CAST(name AS text) FROM pg_catalog.pg_available_extensions")
_TABLES = r"""
    SELECT n.nspname::text, c.relname::text
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relname <> %s
"""
_CREATES_ROLE = re.compile(r"create\s+(?:role|user|group)\s+[\\\"']*([\w-]+)", re.IGNORECASE)
_CREATES_EXTENSION = re.compile(r"create\s+extension\s+(?:if\s+not\s+exists\s+)?[\\\"']*([\w-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to replay: a revision of a project's graph, and what the real version table says.

    `timeout_ms` is the longest that a statement may take there; None: `STATEMENT_TIMEOUT_MS`.
    """

    project: Project
    graph: RevisionGraph
    revision: str
    direction: Direction
    current: tuple[str, ...]
    timeout_ms: int | None = None


def replay(scratch: Scratch, session: Session, asked: Asked, ctx: TaskContext, *, emptied: bool = False) -> Replay:
    """Bring a scratch database to where the real one was, then run the revision there, statement by statement.

    A revision that fails there as well is told by the result. Progress step "migration.replaying".

    Args:
        scratch: An empty database.
        session: On the real one, whose roles and extensions the scratch database may need. It is only read.
        asked: What to replay.
        ctx: Cancelling stops.
        emptied: Delete all rows that what comes before has made: the real ones may be other ones by now.

    Raises:
        MigrationBlocked: "migration.history_fails" (facts revision, words: what comes before it can't be replayed),
            "migration.replay_slow" (the same; a statement of it took longer than the limit), and as
            `projects.run_any`.
    """
    project, graph = asked.project, asked.graph
    _furnish(scratch, session, graph, ctx, asked.timeout_ms or STATEMENT_TIMEOUT_MS)
    for target in _base(asked):
        ctx.report(Progress("migration.replaying"))
        outcome = run_any(project, scratch.profile, scratch.secret, RunRequest(target), lambda _event: None, ctx)
        ctx.token.raise_if_cancelled()
        if outcome.failed is not None:
            report = outcome.failed.report
            code = "migration.replay_slow" if report.sqlstate == TIMED_OUT else "migration.history_fails"
            raise MigrationBlocked(code, revision=outcome.failed.revision, words=report.message)
    if emptied:
        _empty(scratch, project, ctx)
    noting = Noting(scratch.session, asked.revision, project.version_table, ctx)
    request = RunRequest(_target(asked), asked.direction, autocommit=True)
    outcome = run_any(project, scratch.profile, scratch.secret, request, noting.hear, ctx)
    ctx.token.raise_if_cancelled()
    failed = outcome.failed
    if failed is None:
        return Replay(tuple(noting.done), noting.before)
    report = failed.report
    return Replay(tuple(noting.done), noting.before, failed.number, report.sqlstate, report.message, failed=True)


def down_target(graph: RevisionGraph, revision: str) -> str:
    """Return the target that takes back one revision and nothing below it."""
    parents = graph.revisions[revision].down
    return parents[0] if len(parents) > 1 else f"{revision}-1"


def _target(asked: Asked) -> str:
    return asked.revision if asked.direction is Direction.UP else down_target(asked.graph, asked.revision)


def _base(asked: Asked) -> tuple[str, ...]:
    """Return what the scratch database is brought to first: where the real one was before the run."""
    graph = asked.graph
    applied = graph.ancestors(asked.current) - descendants(graph, asked.revision)
    applied |= graph.ancestors(graph.needs(asked.revision))
    if asked.direction is Direction.DOWN:
        applied |= {asked.revision}
    return rows_for(graph, applied)


def _empty(scratch: Scratch, project: Project, ctx: TaskContext) -> None:
    with scratch.session.alone(ctx) as driver, translated():
        found = driver.execute(_TABLES, (project.version_table,)).fetchall()
        if found:
            tables = sql.SQL(", ").join(sql.Identifier(*name) for name in found)
            driver.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))


@dataclass(slots=True)
class Noting:
    """Hears a run of one revision and reads the catalog after each statement, while the run waits.

    `before` are the facts before the first statement, `done` what each one changed.
    """

    session: Session
    revision: str
    version_table: str
    ctx: TaskContext
    before: Facts = field(default_factory=dict)
    done: list[Replayed] = field(default_factory=list)
    _last: Facts = field(default_factory=dict)
    _statement: Statement | None = None
    _stable: frozenset[str] = frozenset()

    def hear(self, event: Event) -> None:
        """Take one event."""
        match event["event"]:
            case "step":
                if event["revision"] != self.revision:
                    raise MigrationBlocked("migration.history_fails", revision=event["revision"], words="")
                self._stable = self._read_stable()
                self.before = self._last = self._read()
            case "statement":
                number, sent = event["number"], event["sql"]
                self.ctx.report(Progress("migration.replaying", number))
                self._statement = Statement(number, sent, event["in_transaction"], event["has_parameters"])
            case "statement_done":
                self._note()
            case "failed":
                if self._statement is not None:
                    self._note()

    def _note(self) -> None:
        if self._statement is None:
            return
        now = self._read()
        changes = changes_between(self._last, now)
        sent = self._statement.sql
        self.done.append(
            Replayed(
                self._statement,
                changes,
                changes_nothing=not changes and changes_nothing(sent, self._stable),
                is_repeatable=not changes and is_repeatable(sent),
                is_of_session=is_of_session(sent),
                returns_rows=returns_rows(sent),
            )
        )
        self._last, self._statement = now, None

    def _read(self) -> Facts:
        with self.session.read(self.ctx) as connection:
            return read_facts(connection, ignoring=(self.version_table,))

    def _read_stable(self) -> frozenset[str]:
        with self.session.read(self.ctx) as connection:
            return frozenset(connection.scalars(_STABLE))


def _furnish(scratch: Scratch, session: Session, graph: RevisionGraph, ctx: TaskContext, timeout_ms: int) -> None:
    """Give the scratch database what revisions find in the real one and do not make: schema, extensions, roles."""
    source = "\n".join(_sources(graph))
    schema = session.profile.schema
    made = {name.lower() for name in _CREATES_EXTENSION.findall(source)}
    made_roles = {name.lower() for name in _CREATES_ROLE.findall(source)}
    with scratch.session.read(ctx) as connection:
        wanted = set(session.server.extensions) - {"plpgsql"} - made
        extensions = wanted.intersection(connection.scalars(_AVAILABLE)) if wanted else set()
        there = set(connection.scalars(_ROLES))
    with scratch.session.alone(ctx) as driver, translated():
        limit = sql.SQL("ALTER DATABASE {} SET statement_timeout = {}")
        driver.execute(limit.format(sql.Identifier(scratch.profile.database), sql.Literal(timeout_ms)))
        if schema and schema != "public":
            driver.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        for name in sorted(extensions):
            driver.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {} CASCADE").format(sql.Identifier(name)))
        if scratch.where == "embedded":
            for name in sorted(_roles_of(session, ctx) - there - made_roles):
                if re.search(rf"\b{re.escape(name)}\b", source):
                    driver.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))


def _roles_of(session: Session, ctx: TaskContext) -> set[str]:
    with session.read(ctx) as connection:
        return set(connection.scalars(_ROLES))


def _sources(graph: RevisionGraph) -> Iterable[str]:
    for each in graph.revisions.values():
        try:
            yield each.path.read_text(encoding="utf-8", errors="replace")
        except OSError:  # it was there when the graph was read; running it will say what is wrong
            continue
