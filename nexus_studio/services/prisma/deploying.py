"""Deploy: what is pending is run in the folder's order, each attempt with a row of the ledger, until one fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import psycopg

from nexus_studio.core.admin import prismatexts as texts
from nexus_studio.core.admin.ledgerentries import LedgerEntry
from nexus_studio.core.admin.migrations import RunEvent, RunResult, Statement
from nexus_studio.core.admin.prisma import LEDGER, PrismaFolder, PrismaRow, checksum, pending_folders
from nexus_studio.core.admin.prismastanding import entry_of
from nexus_studio.core.admin.timeouts import TIMEOUTS
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ServerReport, StudioError
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.prisma import refusals
from nexus_studio.services.prisma.connection import make_schema, own_connection, take_lock, target_schema
from nexus_studio.services.prisma.folders import read_folders, read_script
from nexus_studio.services.prisma.ledgertable import LedgerPen, is_empty, is_there, make, rows_on
from nexus_studio.services.prisma.project import PrismaProject
from nexus_studio.services.prisma.scripts import (
    Script,
    ScriptFailure,
    Warnings,
    failure_of,
    is_in_transaction,
    run_script,
    settled,
)
from nexus_studio.services.prisma.stopping import Stop, stopped_by
from nexus_studio.services.session import Session

Listener = Callable[[RunEvent], None]

EFFECTS: Final = Effects(Kind.CATALOG | Kind.LEDGER | Kind.ROWS | Kind.SIZES)

OPEN_TRANSACTION: Final = "its script left a transaction open: all since its BEGIN was lost when the connection ended"
"""The message of a migration of which nothing stayed, though every statement went through."""

_UNDEFINED_TABLE = "42P01"
_ABORTED = "25P02"


def deploy(
    session: Session,
    project: PrismaProject,
    ctx: TaskContext,
    *,
    listener: Listener = lambda _event: None,
    lock_timeout_ms: int | None = None,
    is_emptied: bool = False,
    target: str = "",
) -> tuple[RunResult, Effects]:
    """Apply what is pending. A script that fails is told by the result; nothing after it runs.

    Args:
        session: The database.
        project: Whose migrations.
        ctx: Cancelling stops in a statement and between two.
        listener: Hears each event.
        lock_timeout_ms: Longest wait of a statement for a lock; None: the environment's.
        is_emptied: Whoever calls has emptied the schemas: what else is there is no obstacle.
        target: The last migration to run; "": all.

    Raises:
        MigrationBlocked: "migration.provider" (P3019), "migration.locked" (P1002), "migration.not_managed" (P3005),
            "migration.unresolved" (P3009), "migration.no_script" (P3015, where nothing was run before it),
            "migration.pooled". Facts `prisma` and `prisma_text` have Prisma's code and words.
    """
    with session.begun(Capability.MIGRATE):
        begun = time.monotonic()
        folders = read_folders(project)
        refusals.refuse_provider(project)
        with own_connection(session, ctx, lock_timeout_ms=lock_timeout(session, lock_timeout_ms)) as driver:
            make_schema(driver, target_schema(session.profile))
            take_lock(driver, ctx)
            with translated():
                rows = _prepared(driver, session, project, is_emptied=is_emptied)
            todo = _until(pending_folders(folders, rows), target)
            run = Run(driver, project, ctx, listener)
            run.run(todo)
        return ended(session, run, begun), EFFECTS if todo or not rows else Effects()


def lock_timeout(session: Session, asked_ms: int | None) -> int:
    """Return the milliseconds to wait for a lock: those asked for, else the environment's; 0: the server's own."""
    return TIMEOUTS[session.profile.environment].migration_lock_ms if asked_ms is None else asked_ms


def _prepared(
    driver: psycopg.Connection, session: Session, project: PrismaProject, *, is_emptied: bool
) -> Sequence[PrismaRow]:
    """Return the ledger's rows; the ledger is made where it may be, and failed rows are refused."""
    schema = target_schema(session.profile)
    if not is_there(driver, schema):
        if not is_emptied and not is_empty(driver, {schema, *project.schemas}):
            raise refusals.not_empty()
        make(driver)
    rows = rows_on(driver)
    if failed := [row for row in rows if row.is_failed]:
        raise refusals.unresolved(failed)
    return rows


def _until(folders: Sequence[PrismaFolder], target: str) -> Sequence[PrismaFolder]:
    names = [each.name for each in folders]
    return folders[: names.index(target) + 1] if target in names else folders


def ended(session: Session, run: Run, begun: float) -> RunResult:
    """Say how a run ended; where a transaction was left open, what stayed is looked up: only the ledger knows."""
    took = round((time.monotonic() - begun) * 1000)
    if run.is_left_open:
        run.settle(_rows_after(session))
    if run.missing is not None and not run.done:
        raise run.missing
    return RunResult(
        tuple(run.done),
        failed=run.failed,
        cancelled=run.is_cancelled,
        duration_ms=took,
        warnings=tuple(run.warnings),
    )


def _rows_after(session: Session) -> tuple[PrismaRow, ...]:
    with own_connection(session, TaskContext()) as driver, translated():
        return rows_on(driver)


@dataclass(slots=True)
class Run:
    """The scripts of one deploy, on the connection that holds the lock.

    `done` are those that went through, in order; `failed` is the row of the one that did not. `missing` is the refusal
    of one without a file. `is_left_open`: a transaction stood open at the end.
    """

    driver: psycopg.Connection
    project: PrismaProject
    ctx: TaskContext
    listener: Listener
    done: list[str] = field(default_factory=list)
    failed: LedgerEntry | None = None
    missing: StudioError | None = None
    is_cancelled: bool = False
    is_left_open: bool = False
    warnings: list[str] = field(default_factory=list)

    def run(self, folders: Sequence[PrismaFolder]) -> None:
        """Run scripts in their order until one fails, or it is cancelled."""
        token = self.ctx.token
        with stopped_by(token, self.driver) as stop:
            for number, folder in enumerate(folders, 1):
                if token.is_cancelled:
                    self.is_cancelled = True
                    break
                self.ctx.report(Progress("migration.applying", number - 1, len(folders), "steps"))
                if not self._apply(folder, number, len(folders), stop):
                    break
        self.is_left_open = not self.driver.closed and is_in_transaction(self.driver)

    def _apply(self, folder: PrismaFolder, number: int, total: int, stop: Stop) -> bool:
        raw = read_script(folder.path)
        if raw is None:
            self.missing = refusals.no_script(folder.name, str(folder.path))
            report = ServerReport(message=texts.error("P3015", texts.P3015))
            self._fail(folder, None, ScriptFailure(report))
            return False
        begun = time.monotonic()
        script = Script.of(raw, self.project.version)
        self.listener(RunEvent("revision", folder.name, number=number, total=total))
        pen = LedgerPen(self.driver)
        row: PrismaRow | None = None
        try:
            with translated():
                row = pen.begin(folder.name, checksum(raw))
                script = settled(self.driver, script)
                with stop.at_work():
                    failure = run_script(self.driver, script, self._told(folder.name))
                if failure is not None:
                    self._fail(folder, row, failure, script)
                    pen.fail(row, failure.logs(folder.name))
                    return False
                pen.succeed(row)
        except StudioError as error:
            self._bookkeeping_failed(folder, row, script, error)
            return False
        self.done.append(folder.name)
        self.listener(RunEvent("revision_done", folder.name, ms=round((time.monotonic() - begun) * 1000)))
        return True

    def _told(self, name: str) -> Callable[[Statement, int | None, ServerReport | None], None]:
        def told(statement: Statement, ms: int | None, report: ServerReport | None) -> None:
            if report is not None:
                self.listener(RunEvent("failed", name, statement=statement, error=report))
            elif ms is not None:
                self.listener(RunEvent("statement_done", name, statement=statement, ms=ms))
            else:
                self.listener(RunEvent("statement", name, statement=statement))

        return told

    def _fail(
        self, folder: PrismaFolder, row: PrismaRow | None, failure: ScriptFailure, script: Script | None = None
    ) -> None:
        """Keep what failed; its row is one that has no place in the ledger where nothing was begun."""
        self.is_cancelled = self.ctx.token.is_cancelled
        if row is None:
            if not self.done:
                return
            row = PrismaRow("", "", None, folder.name, None, None, LedgerPen(self.driver).now())
        statements = script.statements if script is not None else ()
        number = failure.number
        sql = statements[number - 1].sql if number is not None and number <= len(statements) else ""
        self.failed = replace(
            entry_of(row),
            logs=failure.logs(folder.name) if script is not None else failure.report.message,
            error=failure.report,
            statements=len(statements),
            failed_number=number,
            failed_statement=sql,
        )

    def _bookkeeping_failed(
        self, folder: PrismaFolder, row: PrismaRow | None, script: Script, error: StudioError
    ) -> None:
        """Say that the ledger could not be written: the script has moved the search path, or broken its transaction.

        What a script failed of is said before what followed from it. Its row has no logs then, as with Prisma.
        """
        if row is None and self.failed is None:
            raise error
        failure = failure_of(error, "", None)
        if failure.report.sqlstate == _UNDEFINED_TABLE:
            self.warnings.append(texts.error("P1014", texts.p1014(LEDGER)))
        elif failure.report.sqlstate == _ABORTED:
            self.warnings.append(texts.error("", texts.ABORTED))
        else:
            self.warnings.append(texts.error("", f"ERROR: {failure.report.message}"))
        if self.failed is None:
            self._fail(folder, row, failure, script)
        if self.failed is not None:
            self.failed = replace(self.failed, logs=None)

    def settle(self, rows: Sequence[PrismaRow]) -> None:
        """Take back what the end of the connection has undone."""
        there = {row.migration_name for row in rows if row.finished_at is not None and row.rolled_back_at is None}
        lost = next((row for row in rows if row.is_failed), None)
        if lost is not None and (self.failed is None or self.failed.migration_name != lost.migration_name):
            self.failed = replace(entry_of(lost), error=ServerReport(message=OPEN_TRANSACTION))
            self.listener(RunEvent("failed", lost.migration_name, error=self.failed.error))
        self.done = [name for name in self.done if name in there]


def foreseen(project: PrismaProject, folders: Iterable[PrismaFolder]) -> tuple[tuple[str, str], ...]:
    """Return what is known before a deploy to go otherwise than one would think; see `scripts.Warnings`."""
    warnings = Warnings()
    for each in folders:
        raw = read_script(each.path)
        if raw is not None:
            warnings.look(each.name, Script.of(raw, project.version))
    return tuple(warnings.found)
