"""Goes a way out of a failed or interrupted revision, under the migration lock and on record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psycopg
from sqlalchemy import text

from nexus_studio.core.admin.evidence import Evidence, Way
from nexus_studio.core.admin.ledgerentries import Direction, LedgerPlace
from nexus_studio.core.admin.migrations import UNRESOLVED, RevisionReport, RevisionState, RunResult
from nexus_studio.core.admin.versionrows import rows_with, rows_without
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.migrations.deploying import EFFECTS, lock_timeout, run_recorded
from nexus_studio.services.migrations.evidence import inquire
from nexus_studio.services.migrations.ledgerchanges import PURPOSE, new_run
from nexus_studio.services.migrations.lock import LOCK_KEY, migration_lock
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.migrations.projectcode import settings_of
from nexus_studio.services.migrations.recordedrun import Listener
from nexus_studio.services.migrations.recording import LedgerWriter
from nexus_studio.services.migrations.replaying import down_target
from nexus_studio.services.migrations.running import RunRequest
from nexus_studio.services.migrations.situation import Situation, read_situation
from nexus_studio.services.migrations.status import read_status
from nexus_studio.services.migrations.versions import write_versions
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

_MARKS = frozenset({Way.MARK_APPLIED, Way.MARK_ROLLED_BACK})
_CANCEL_TIMEOUT_S = 5.0
_CONCURRENTLY = " CONCURRENTLY "

# Only a server process that migrates, or holds the migration lock, in this database.
_END = text(
    """
    SELECT pg_catalog.pg_terminate_backend(a.pid)
      FROM pg_catalog.pg_stat_activity a
     WHERE a.pid = :pid AND a.pid <> pg_catalog.pg_backend_pid() AND a.datname = pg_catalog.current_database()
       AND (a.application_name LIKE :name
            OR EXISTS (SELECT FROM pg_catalog.pg_locks l
                        WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.objsubid = 1
                          AND CAST(l.classid AS bigint) = CAST(:key AS bigint) >> 32
                          AND CAST(l.objid AS bigint) = CAST(:key AS bigint) & 4294967295))
    """
)


def evidence_of(
    session: Session,
    project: AlembicProject,
    paths: Paths,
    revision: str,
    ctx: TaskContext,
    *,
    replay_timeout_ms: int | None = None,
) -> Evidence:
    """Say what of a revision is in the database: see `MigrationService.evidence`."""
    status = read_status(session, project, paths, ctx)
    name = status.graph.resolve(revision) or revision
    if status.report(name) is None:
        raise MigrationBlocked("migration.unknown", revision=revision)
    return inquire(session, project, paths, status, name, ctx, replay_timeout_ms=replay_timeout_ms).evidence


def resolve(
    session: Session,
    project: AlembicProject,
    paths: Paths,
    revision: str,
    way: Way,
    ctx: TaskContext,
    *,
    listener: Listener = lambda _event: None,
    ledger: LedgerPlace | None = None,
    replay_timeout_ms: int | None = None,
) -> tuple[RunResult, Effects]:
    """Go a way out: see `MigrationService.resolve`."""
    run = new_run()
    with session.begun(Capability.MIGRATE), migration_lock(session, ctx, run):
        situation = read_situation(session, project, paths, ctx, wish=ledger)
        situation.refuse_running()
        name = situation.status.graph.resolve(revision) or revision
        resolving = _Resolving(session, project, paths, situation, name, run, ctx, listener, replay_timeout_ms)
        if way in _MARKS:
            return RunResult(()), resolving.mark(way)
        return resolving.run_again(way)


def end_backend(session: Session, pid: int, ctx: TaskContext, *, key: int = LOCK_KEY) -> Effects:
    """End the server process of a run whose program is gone: see `MigrationService.end_backend`."""
    session.require(Capability.MIGRATE)
    asked = {"pid": pid, "name": f"%{PURPOSE} %", "key": key}
    with session.autocommit(ctx, needs=Capability.MIGRATE) as connection:
        if not connection.scalar(_END, asked):
            raise MigrationBlocked("migration.no_backend", pid=pid)
    return Effects(Kind.LEDGER | Kind.CATALOG)


@dataclass(frozen=True, slots=True)
class _Resolving:
    """One decision. The lock is held, and `situation` was read under it."""

    session: Session
    project: AlembicProject
    paths: Paths
    situation: Situation
    revision: str
    run: str
    ctx: TaskContext
    listener: Listener
    replay_timeout_ms: int | None = None

    # Deciding without running anything

    def mark(self, way: Way) -> Effects:
        """Record that all of the revision is there, or nothing of it."""
        report = self._known()
        if way is Way.MARK_APPLIED:
            return self._mark_applied(report)
        return self._mark_rolled_back(report)

    def _mark_applied(self, report: RevisionReport) -> Effects:
        """Set the version table, then record: whoever dies in between leaves what the version table says."""
        graph, current = self.situation.status.graph, self.situation.status.current
        if report.file is not None and self.revision not in graph.revisions:
            self.situation.refuse_broken()  # the file is there and can't be read
        if report.file is None or self.revision not in graph.revisions:
            raise MigrationBlocked("migration.unknown", revision=self.revision)
        is_down = self._direction(report) is Direction.DOWN
        if report.state not in UNRESOLVED and self.revision in graph.ancestors(current):
            raise MigrationBlocked("migration.already_applied", revision=self.revision)
        ledger = self.situation.ask_ledger()
        if is_down:
            rows = rows_without(graph, current, self.revision)
        else:
            missing = graph.ancestors(graph.needs(self.revision)) - graph.ancestors(current)
            if missing:
                raise MigrationBlocked("migration.parents_pending", revision=self.revision, revisions=_shown(missing))
            rows = rows_with(graph, current, self.revision)
        if rows != tuple(sorted(current)):
            with self.session.write(self.ctx, needs=Capability.MIGRATE) as connection:
                write_versions(connection, self.project, current, rows)
        with LedgerWriter(ledger, TaskContext(), run=self.run) as writer:
            if is_down:
                writer.stamped([(self.revision, report.file.checksum)], Direction.DOWN)
            else:
                writer.mark_applied(self.revision, report.file.checksum)
        return Effects(Kind.CATALOG | Kind.LEDGER)

    def _mark_rolled_back(self, report: RevisionReport) -> Effects:
        if not report.entries:
            raise MigrationBlocked("migration.unknown", revision=self.revision)
        self._refuse_not_failed(report)
        self._write_rolled_back(report)
        return Effects(Kind.LEDGER)

    def _write_rolled_back(self, report: RevisionReport) -> None:
        with LedgerWriter(self.situation.ask_ledger(), TaskContext(), run=self.run) as writer:
            writer.mark_rolled_back(self.revision, _checksum(report), self._direction(report))

    # Running it again

    def run_again(self, way: Way) -> tuple[RunResult, Effects]:
        """Prepare the database for the way, then run the revision (and nothing behind it)."""
        report = self._known()
        self._refuse_not_failed(report)
        self._refuse_unready(report)
        kept: tuple[tuple[str, ...], str] = ((), "")
        if way in {Way.CLEAN_UP, Way.FINISH}:
            kept = self._prepare(way, report)
        elif way is Way.RUN_AGAIN:
            self._write_rolled_back(report)
        direction = self._direction(report)
        target = down_target(self.situation.status.graph, self.revision) if direction is Direction.DOWN else ""
        request = RunRequest(
            target or self.revision,
            direction,
            run=self.run,
            kept=kept[0],
            following=kept[1],
            lock_timeout_ms=lock_timeout(self.session, None),
        )
        settles = frozenset({self.revision})
        result, effects = run_recorded(
            self.session, self.project, self.situation, request, self.ctx, self.listener, settles=settles
        )
        return result, EFFECTS if way is not Way.RETRY else effects

    def _prepare(self, way: Way, report: RevisionReport) -> tuple[tuple[str, ...], str]:
        """Look at the database as it is now, remove what must go; return what is not run again and what comes next."""
        inquiry = inquire(
            self.session,
            self.project,
            self.paths,
            self.situation.status,
            self.revision,
            self.ctx,
            replay_timeout_ms=self.replay_timeout_ms,
        )
        found = inquiry.evidence.way(way)
        if found is None or not found.is_possible:
            obstacle = found.obstacle if found else "no_evidence"
            raise MigrationBlocked("migration.way_closed", revision=self.revision, obstacle=obstacle)
        keep = inquiry.kept if way is Way.FINISH else 0
        statements = inquiry.case.undo(keep).sql
        if statements:
            self._remove(statements, report, is_decision=way is Way.CLEAN_UP)
        return inquiry.parts if keep else ((), "")

    def _remove(self, statements: Sequence[str], report: RevisionReport, *, is_decision: bool) -> None:
        """Run what removes, and record what was run even when it stopped in the middle.

        Args:
            statements: What to run.
            report: The revision's.
            is_decision: Once all was run, nothing of the revision is left to be decided on.

        Raises:
            StudioError: what the server said; the revision stays to be decided on, with less of it there.
        """
        done: list[str] = []
        try:
            self._execute(statements, done)
        finally:
            if done:
                settles = is_decision and len(done) == len(statements)
                with LedgerWriter(self.situation.ask_ledger(), TaskContext(), run=self.run) as writer:
                    writer.cleaned_up(
                        self.revision, _script(done), _checksum(report), self._direction(report), settles=settles
                    )

    def _execute(self, statements: Sequence[str], done: list[str]) -> None:
        """Run statements in their order; those between two that can't be in a transaction share one."""
        token = self.ctx.token
        is_pooled = self.session.profile.pooler
        with self.session.alone(self.ctx, purpose=f"{PURPOSE} {self.run}") as driver, translated(token):
            if not is_pooled:
                self._set_up(driver, local=False)
            with token.calling(lambda: driver.cancel_safe(timeout=_CANCEL_TIMEOUT_S)):
                for group in _groups(statements):
                    self.ctx.report(Progress("migration.cleaning", len(done), len(statements)))
                    if _CONCURRENTLY in group[0]:
                        driver.execute(group[0].encode(), prepare=False)
                    else:
                        with driver.transaction():
                            if is_pooled:
                                self._set_up(driver, local=True)
                            for each in group:
                                driver.execute(each.encode(), prepare=False)
                    done += group

    def _set_up(self, driver: psycopg.Connection, *, local: bool) -> None:
        """Work as a migration does: its role, its search path, its patience with locks, and no time-out."""
        settings = settings_of(self.session.profile, self.run, lock_timeout(self.session, None))
        settings["statement_timeout"] = "0"
        settings.setdefault("lock_timeout", "0")
        driver.execute(_SET, (local, list(settings), list(settings.values())))

    # What is refused

    def _known(self) -> RevisionReport:
        report = self.situation.status.report(self.revision)
        if report is None:
            raise MigrationBlocked("migration.unknown", revision=self.revision)
        return report

    def _refuse_not_failed(self, report: RevisionReport) -> None:
        if report.state not in UNRESOLVED:
            raise MigrationBlocked("migration.not_failed", revision=self.revision)

    def _refuse_unready(self, report: RevisionReport) -> None:
        if report.file is None:
            raise MigrationBlocked("migration.unknown", revision=self.revision)
        for other in self.situation.status.unresolved:
            if other.revision != self.revision:
                started = other.problem.started_at.isoformat(sep=" ", timespec="seconds") if other.problem else ""
                raise MigrationBlocked("migration.unresolved", revision=other.revision, started=started)
        self.situation.refuse_broken()

    @staticmethod
    def _direction(report: RevisionReport) -> Direction:
        is_open = report.state in {RevisionState.FAILED, RevisionState.INTERRUPTED}
        return report.problem.direction if is_open and report.problem else Direction.UP


_SET = """
    SELECT pg_catalog.set_config(name, value, %s) FROM unnest(%s::text[], %s::text[]) AS s(name, value)
"""


def _groups(statements: Iterable[str]) -> Iterable[list[str]]:
    """Put statements together that can share a transaction."""
    group: list[str] = []
    for each in statements:
        if _CONCURRENTLY in each:
            if group:
                yield group
            yield [each]
            group = []
        else:
            group.append(each)
    if group:
        yield group


def _script(statements: Iterable[str]) -> str:
    return "\n".join(f"{each.rstrip().rstrip(';')};" for each in statements)


def _checksum(report: RevisionReport) -> str:
    return report.file.checksum if report.file else ""


def _shown(revisions: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(revisions))
