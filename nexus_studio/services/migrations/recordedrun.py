"""A run that is told to the ledger while it happens, and whose end is looked up where the connection broke."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from nexus_studio.core.admin.ledgerentries import Direction, LedgerEntry
from nexus_studio.core.admin.migrations import RunEvent, RunResult, Statement
from nexus_studio.core.admin.revisions import RevisionGraph
from nexus_studio.core.errors import (
    ConnectionLost,
    MigrationBlocked,
    PermissionDenied,
    ServerReport,
    StudioError,
)
from nexus_studio.core.tasks import Cancelled, Progress, TaskContext
from nexus_studio.services.migrations.conversation import Event
from nexus_studio.services.migrations.ledger import Ledger
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.migrations.recording import Recorder
from nexus_studio.services.migrations.running import RunFailure, RunOutcome, RunRequest, run_on
from nexus_studio.services.migrations.verdict import end_orphan, is_committed
from nexus_studio.services.session import Session

Listener = Callable[[RunEvent], None]

CANCELLED = "57014"  # query_canceled
_STOPPED = ServerReport(sqlstate=CANCELLED, message="canceled by request between two statements")
_NOT_COMMITTED = ServerReport(message="not committed by env.py")


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """What a run needs. The caller holds the migration lock and has refused what must be refused.

    `settles` are revisions whose open rows are decided on by running them again.
    """

    session: Session
    project: AlembicProject
    graph: RevisionGraph
    ledger: Ledger
    listener: Listener
    settles: frozenset[str] = frozenset()

    def run(self, request: RunRequest, ctx: TaskContext) -> RunResult:
        """Run, and return how it ended. A failing or cancelled revision is told by the result.

        Raises:
            MigrationBlocked: as `running.run_on`; "migration.failed" (with the server's report) where it failed before
                the first revision; "migration.not_recorded".
            ConnectionLost: before a revision began, or when it could not be found out how it ended: its row is open.
        """
        begun = time.monotonic()
        with Recorder(self.ledger, ctx, run=request.run) as recorder:
            telling = _Telling(self, recorder, ctx, request.run)
            outcome = run_on(self.project, self.session.profile, self.session.secret, request, telling.hear, ctx)
            result = _Ending(self, telling, outcome, ctx).result()
        return replace(result, duration_ms=round((time.monotonic() - begun) * 1000))


@dataclass(slots=True)
class _Telling:
    """Tells the ledger, the listener and the progress what a run tells."""

    run: RecordedRun
    recorder: Recorder
    ctx: TaskContext
    run_id: str
    pid: int | None = None
    revision: str = ""
    direction: Direction = Direction.UP
    number: int = 0
    total: int = 0
    statement: Statement | None = None
    undecided: list[LedgerEntry] = field(default_factory=list)

    def hear(self, event: Event) -> None:
        """Take one event."""
        match event["event"]:
            case "connected" | "backend":
                self.pid = event["pid"]
            case "step":
                self._begin(event)
            case "statement":
                self._begin_statement(event)
            case "committed":
                self.recorder.statement_committed(event["count"])
            case "statement_done":
                self._tell("statement_done", ms=round(event["ms"]))
            case "step_done":
                self._end(event)

    def _begin(self, event: Event) -> None:
        if self.ctx.token.is_cancelled:
            return  # the answer stops the run before the revision
        self.revision, self.direction = event["revision"], Direction(event["direction"])
        self.number, self.total, self.statement = event["number"], event["total"], None
        file = self.run.graph.revisions.get(self.revision)
        self.recorder.begin(
            self.revision,
            file.checksum if file else "",
            self.direction,
            backend_pid=self.pid,
            settles=self.revision in self.run.settles,
        )
        self._report(self.number - 1)
        self._tell("revision")

    def _begin_statement(self, event: Event) -> None:
        self.statement = Statement(
            event["number"], event["sql"], event["in_transaction"], event["has_parameters"], event["skipped"]
        )
        self.recorder.statement(event["number"])
        self._tell("statement")

    def _end(self, event: Event) -> None:
        if event["durable"]:
            # Written with the next revision's start. Killed in between, the version table says that it is there.
            self.recorder.finish(hold=self.number < self.total)
        elif self.recorder.entry is not None:
            self.undecided.append(self.recorder.entry)
        self._report(self.number)
        self._tell("revision_done", ms=round(event["ms"]))
        self.revision = ""

    def fail(self, report: ServerReport, number: int | None, sql: str) -> LedgerEntry:
        """Record that the revision failed, and tell it."""
        entry = self.recorder.fail(report, number, sql)
        self._tell("failed", error=report)
        return entry

    def _report(self, done: int) -> None:
        with suppress(Cancelled):  # the run itself is told to stop, in order
            self.ctx.report(Progress("migration.applying", done, self.total, "steps"))

    def _tell(self, kind: str, *, ms: int | None = None, error: ServerReport | None = None) -> None:
        self.run.listener(
            RunEvent(
                kind,
                self.revision,
                self.direction,
                self.number,
                self.total,
                statement=self.statement,
                ms=ms,
                error=error,
            )
        )


@dataclass(frozen=True, slots=True)
class _Ending:
    """Makes a run's result of its outcome, and completes the ledger."""

    run: RecordedRun
    telling: _Telling
    outcome: RunOutcome
    ctx: TaskContext

    def result(self) -> RunResult:
        """Return the result."""
        done = list(self.outcome.done)
        if self.telling.undecided:
            done = [name for name in done if name not in {each.migration_name for each in self.telling.undecided}]
            done += self._decide_all()
        failure = self.outcome.failed
        if failure is not None:
            return self._failed(done, failure)
        if self.outcome.stopped_in:
            return self._stopped(done, self.outcome.stopped_in)
        return RunResult(tuple(done), cancelled=self.outcome.stopped)

    def _stopped(self, done: list[str], revision: str) -> RunResult:
        if self.telling.revision != revision:
            return RunResult(tuple(done), cancelled=True)  # it was announced, and not begun
        if self._is_committed(revision, self.telling.direction):
            self.telling.recorder.finish()
            return RunResult((*done, revision), cancelled=True)
        if self.telling.statement is None and self.outcome.is_untouched:
            self.telling.recorder.withdraw()
            return RunResult(tuple(done), cancelled=True)
        return RunResult(tuple(done), self.telling.fail(_STOPPED, None, ""), cancelled=True)

    def _failed(self, done: list[str], failure: RunFailure) -> RunResult:
        if not failure.revision:
            raise _refusal(failure)
        if failure.is_lost:
            end_orphan(self.run.session, self.telling.pid, self.telling.run_id)
        is_in_doubt = failure.is_lost or (failure.number is None and not failure.where)
        if is_in_doubt and self._is_committed(failure.revision, failure.direction):
            self.telling.recorder.finish()
            raise ConnectionLost(report=failure.report)
        report = replace(failure.report, detail=failure.where) if failure.where else failure.report
        entry = self.telling.fail(report, failure.number, failure.sql)
        cancelled = self.ctx.token.is_cancelled and (report.sqlstate == CANCELLED or failure.is_lost)
        return RunResult(tuple(done), entry, cancelled=cancelled)

    def _decide_all(self) -> list[str]:
        """Complete the rows of revisions that env.py put into one transaction, and return those that are there."""
        recorder, failure = self.telling.recorder, self.outcome.failed
        newest = recorder.entry
        there = []
        for entry in self.telling.undecided:
            recorder.resume(entry)
            if self._is_committed(entry.migration_name, entry.direction):
                recorder.finish()
                there.append(entry.migration_name)
            else:
                recorder.fail(failure.report if failure else _NOT_COMMITTED, None, "")
        if newest is not None and newest not in self.telling.undecided:
            recorder.resume(newest)
        return there

    def _is_committed(self, revision: str, direction: Direction) -> bool:
        return is_committed(self.run.session, self.run.project, self.run.graph, revision, direction)


def _refusal(failure: RunFailure) -> StudioError:
    """Say what failed before the first revision, at the version table for example."""
    report = failure.report
    if report.sqlstate == "42501":
        return PermissionDenied(report=report)
    if failure.is_lost:
        return ConnectionLost(report=report)
    return MigrationBlocked("migration.failed", report=report, words=report.message if not report.sqlstate else "")
