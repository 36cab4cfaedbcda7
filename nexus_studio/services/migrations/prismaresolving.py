"""Goes a way out of a failed migration of Prisma's, under its lock, and leaves the rows that Prisma would leave."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import psycopg

from nexus_studio.core.admin.evidence import Evidence, Way
from nexus_studio.core.admin.migrations import UNRESOLVED, MigrationStatus, RunEvent, RunResult, Statement
from nexus_studio.core.admin.prisma import SCRIPT, checksum
from nexus_studio.core.admin.prismascripts import cut
from nexus_studio.core.admin.prismastanding import entry_of
from nexus_studio.core.effects import Effects
from nexus_studio.core.errors import MigrationBlocked, ServerReport
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.migrations.evidence import Inquiry, inquire
from nexus_studio.services.paths import Paths
from nexus_studio.services.prisma import refusals
from nexus_studio.services.prisma.deploying import EFFECTS, Run, ended
from nexus_studio.services.prisma.folders import read_folders, read_script
from nexus_studio.services.prisma.ledgertable import LedgerPen, rows_on
from nexus_studio.services.prisma.project import PrismaProject
from nexus_studio.services.prisma.reading import read_prisma_status
from nexus_studio.services.prisma.resolving import locked, mark_applied, mark_rolled_back
from nexus_studio.services.prisma.scripts import Script, run_script
from nexus_studio.services.prisma.stopping import stopped_by
from nexus_studio.services.session import Session

Listener = Callable[[RunEvent], None]


def evidence_of(
    session: Session,
    project: PrismaProject,
    paths: Paths,
    revision: str,
    ctx: TaskContext,
    *,
    replay_timeout_ms: int | None = None,
) -> Evidence:
    """Say what of a migration is in the database."""
    status = read_prisma_status(session, project, ctx)
    if status.report(revision) is None:
        raise MigrationBlocked("migration.unknown", revision=revision)
    return inquire(session, project, paths, status, revision, ctx, replay_timeout_ms=replay_timeout_ms).evidence


def resolve(
    session: Session,
    project: PrismaProject,
    paths: Paths,
    revision: str,
    way: Way,
    ctx: TaskContext,
    *,
    listener: Listener = lambda _event: None,
    replay_timeout_ms: int | None = None,
) -> tuple[RunResult, Effects]:
    """Go a way out. Marking is `prisma migrate resolve`; the others do what its manual has a person do by hand.

    Raises:
        MigrationBlocked: as `prisma.resolving`; "migration.not_failed", "migration.way_closed" (fact obstacle).
    """
    if way is Way.MARK_APPLIED:
        return RunResult(()), mark_applied(session, project, revision, ctx)
    if way is Way.MARK_ROLLED_BACK:
        return RunResult(()), mark_rolled_back(session, revision, ctx)
    with session.begun(Capability.MIGRATE):
        status = read_prisma_status(session, project, ctx)
        rows = _open_rows(status, revision)
        refusals.refuse_provider(project)
        inquiry = None
        if way in {Way.CLEAN_UP, Way.FINISH}:
            inquiry = inquire(session, project, paths, status, revision, ctx, replay_timeout_ms=replay_timeout_ms)
            _refuse_closed(inquiry, way)
        begun = time.monotonic()
        with locked(session, ctx) as driver:
            resolving = _Resolving(driver, project, revision, rows, ctx, listener)
            if inquiry is not None and way is Way.FINISH:
                return resolving.finish(inquiry, begun), EFFECTS
            run = resolving.again(inquiry)
        return ended(session, run, begun), EFFECTS


def _open_rows(status: MigrationStatus, revision: str) -> frozenset[str]:
    """Return the ids of the rows to decide on."""
    report = status.report(revision)
    if report is None or not report.entries:
        raise refusals.never_applied(revision)
    if report.state not in UNRESOLVED:
        raise refusals.not_failed(revision)
    if report.file is None:
        raise refusals.unknown_folder(revision)
    for other in status.unresolved:
        if other.revision != revision and other.problem is not None:
            started = other.problem.started_at.isoformat(sep=" ", timespec="seconds")
            raise MigrationBlocked("migration.unresolved", revision=other.revision, started=started)
    return frozenset(each.id for each in report.entries if each.is_open)


def _refuse_closed(inquiry: Inquiry, way: Way) -> None:
    found = inquiry.evidence.way(way)
    if found is None or not found.is_possible:
        obstacle = found.obstacle if found else "no_evidence"
        raise MigrationBlocked("migration.way_closed", revision=inquiry.evidence.revision, obstacle=obstacle)


class _Resolving:
    """One decision. The lock is held on `driver`; `expected` are the rows that were decided on."""

    def __init__(
        self,
        driver: psycopg.Connection,
        project: PrismaProject,
        revision: str,
        expected: frozenset[str],
        ctx: TaskContext,
        listener: Listener,
    ) -> None:
        self._driver = driver
        self._project = project
        self._revision = revision
        self._ctx = ctx
        self._listener = listener
        with translated():
            self._rows = [each for each in rows_on(driver) if each.migration_name == revision and each.is_failed]
        if {each.id for each in self._rows} != expected:  # somebody else has decided meanwhile
            raise refusals.not_failed(revision)

    def again(self, inquiry: Inquiry | None) -> Run:
        """Remove what is there of it, where that was asked for; record that nothing is, and run it alone."""
        folder = next((each for each in read_folders(self._project) if each.name == self._revision), None)
        if folder is None or not folder.has_script:
            raise refusals.unknown_folder(self._revision)
        with translated(self._ctx.token):
            if inquiry is not None:
                self._execute(inquiry.case.undo(0).sql)
            LedgerPen(self._driver).roll_back(self._rows)
        run = Run(self._driver, self._project, self._ctx, self._listener)
        run.run([folder])
        return run

    def finish(self, inquiry: Inquiry, begun: float) -> RunResult:
        """Run what is missing by hand, then record that it is all there, as `resolve --applied` does."""
        raw = read_script(self._project.migrations / self._revision / SCRIPT)
        if raw is None:
            raise refusals.unknown_folder(self._revision)
        whole = Script.of(raw, self._project.version)
        rest = "".join(f"{each.sql};" for each in whole.pieces[inquiry.kept :])
        with translated(self._ctx.token):
            self._execute(inquiry.case.undo(inquiry.kept).sql)
        self._listener(RunEvent("revision", self._revision, number=1, total=1))
        with stopped_by(self._ctx.token, self._driver) as stop, stop.at_work():
            failure = run_script(self._driver, Script(rest, cut(rest), whole.is_split), self._told)
        took = round((time.monotonic() - begun) * 1000)
        if failure is not None:
            failed = replace(entry_of(self._rows[-1]), error=failure.report)
            is_cancelled = self._ctx.token.is_cancelled
            return RunResult((), failed=failed, cancelled=is_cancelled, duration_ms=took)
        with translated():
            pen = LedgerPen(self._driver)
            pen.roll_back(self._rows)
            pen.mark_applied(self._revision, checksum(raw))
        self._listener(RunEvent("revision_done", self._revision, ms=took))
        return RunResult((self._revision,), duration_ms=took)

    def _execute(self, statements: Sequence[str]) -> None:
        with stopped_by(self._ctx.token, self._driver) as stop, stop.at_work():
            for each in statements:
                self._driver.execute(each.encode(), prepare=False)

    def _told(self, statement: Statement, ms: int | None, report: ServerReport | None) -> None:
        kind = "failed" if report is not None else "statement" if ms is None else "statement_done"
        self._listener(RunEvent(kind, self._revision, statement=statement, ms=ms, error=report))
