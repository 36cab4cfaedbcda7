"""Records what `alembic upgrade`, `downgrade` and `stamp` do on their own, through the bundled project's env.py.

Alembic runs; this only stands between its steps and beside its connection. It takes the migration lock like any run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from alembic.runtime.migration import MigrationContext, MigrationStep, StampStep
from alembic.script import Script, ScriptDirectory
from sqlalchemy import DDL, Connection, event
from sqlalchemy.exc import DBAPIError

import alembic
from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.errors import BugError, ServerReport, StudioError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import server_report, translated
from nexus_studio.services.migrations.ledger import DatabaseLedger
from nexus_studio.services.migrations.ledgertable import VersionTable
from nexus_studio.services.migrations.lock import locked, take_in_transaction
from nexus_studio.services.migrations.recording import OWN_VERSION, Author, LedgerWriter, Recorder, checksum_of

_COMMANDS = frozenset({"upgrade", "downgrade", "do_stamp"})
"""Alembic's functions that yield steps; those of `revision`, `check` and `current` write nothing and take no lock."""

Steps = Callable[[Any, MigrationContext], Iterable[MigrationStep]]
Refused = Callable[[StudioError], None]


@contextmanager
def recorded(context: MigrationContext, run: str, on_refusal: Refused) -> Iterator[None]:
    """Record what `context.run_migrations()` does inside the block.

    Where the connection is in a transaction that a program began, only that program knows how it ends: then the lock is
    taken in it, and nothing is recorded.

    Args:
        context: Configured, on an open psycopg connection.
        run: The run's id, by which the connection's application_name ends where it is recognised by that.
        on_refusal: Hears once why the ledger can't be written; the migrations go on without.

    Raises:
        MigrationBlocked: "migration.locked", before anything is done.
    """
    connection = context.connection
    driver = _driver(connection)
    steps = context.opts.get("fn")
    if connection is None or driver is None or steps is None:
        yield
        return
    recording = _Run(context, connection, driver, steps, run, on_refusal)
    # Alembic has no door for this: `run_migrations` asks the function it was made with.
    context._migrations_fn = recording.steps  # noqa: SLF001
    with recording:
        yield


class _Run:
    """One call of `run_migrations`."""

    def __init__(
        self,
        context: MigrationContext,
        connection: Connection,
        driver: psycopg.Connection,
        steps: Steps,
        run: str,
        on_refusal: Refused,
    ) -> None:
        self._context = context
        self._connection = connection
        self._driver = driver
        self._steps = steps
        self._run = run
        self._on_refusal = on_refusal
        self._is_ours = not connection.in_transaction()
        self._pid = driver.info.backend_pid
        self._opener = opener_like(driver)
        self._held = ExitStack()
        self._is_locked = False
        self._recorder: Recorder | None = None
        self._ledger: DatabaseLedger | None = None
        self._number = 0
        self._in_step = False
        self._ahead = ThreadPoolExecutor(1, "ledger")
        self._opening: Future[None] | None = None
        self._beginning: Future[None] | None = None
        self._held.callback(self._ahead.shutdown)

    def __enter__(self) -> None:
        if getattr(self._steps, "__module__", "") == "alembic.command" and self._steps.__name__ in _COMMANDS:
            with ExitStack() as unless_locked:
                unless_locked.callback(self._held.close)
                if self._is_ours:
                    self._connect()
                self._lock()
                unless_locked.pop_all()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        with self._held, self._unless_refused():
            self._await_begun()
            if error is not None and self._recorder is not None:
                self._fail(self._recorder, error)

    def steps(self, heads: Any, context: MigrationContext) -> Iterator[Any]:
        """Yield Alembic's steps. What stands behind a yield runs once the step is committed."""
        found = list(self._steps(heads, context))
        if not found:
            return
        self._lock()
        if not self._is_ours:
            yield from found
            return
        self._listen()
        for step in found:
            if isinstance(step, StampStep):
                before = _in_effect(context.script, heads)
                yield step
                heads = context.get_current_heads()
                self._stamped(before, _in_effect(context.script, heads))
            else:
                self._begin(step)
                yield step
                self._finish()

    def _connect(self) -> None:
        """Connect beside, while the lock is taken and Alembic reads its files.

        Where that fails, so does the first row, and says why.
        """
        if self._ledger is None:
            version = VersionTable(self._context.version_table, self._context.version_table_schema)
            self._ledger = DatabaseLedger(None, self._opener, version)
            author = Author.here(f"alembic {alembic.__version__} ({OWN_VERSION})")
            self._recorder = Recorder(self._ledger, TaskContext(), run=self._run, author=author)
            self._opening = self._ahead.submit(self._recorder.open)
            self._held.callback(self._close)  # where the lock is not had

    def _lock(self) -> None:
        if self._is_locked:
            return
        if self._is_ours:
            driver = self._held.enter_context(_translated_opening(self._opener))
            self._held.enter_context(locked(driver, self._run))
            self._held.callback(self._close)  # what is held is written under the lock
        else:
            take_in_transaction(self._driver)
        self._is_locked = True

    def _listen(self) -> None:
        self._connect()
        for name, listener in (
            ("before_cursor_execute", self._on_statement),
            ("after_cursor_execute", self._on_executed),
            ("commit", self._on_commit),
        ):
            event.listen(self._connection, name, listener)
            self._held.callback(event.remove, self._connection, name, listener)

    def _close(self) -> None:
        if self._opening is not None:
            wait([self._opening])
        self._await_begun()
        if self._recorder is not None:
            with self._unless_refused():
                self._recorder.close()

    def _begin(self, step: MigrationStep) -> None:
        self._number, self._in_step = 0, True
        if self._recorder is not None:
            script = step.revision  # type: ignore[attr-defined]
            direction = Direction.UP if step.is_upgrade else Direction.DOWN
            self._beginning = self._ahead.submit(_write_start, self._recorder, script, direction, self._pid)

    def _await_begun(self) -> None:
        """Wait until the start row is committed: nothing of its revision is committed before."""
        begun, self._beginning = self._beginning, None
        if begun is not None:
            with self._unless_refused():
                begun.result()

    def _finish(self) -> None:
        self._in_step = False
        self._await_begun()
        if self._recorder is not None:
            with self._unless_refused():
                self._recorder.statement(self._number)
                self._recorder.finish(hold=True)

    def _fail(self, recorder: Recorder, error: BaseException) -> None:
        if recorder.is_open:
            report, sql = report_of(error)
            recorder.statement(self._number)
            recorder.fail(report, self._number if sql else None, sql)

    def _stamped(self, before: dict[str, str], after: dict[str, str]) -> None:
        if self._ledger is None or self._recorder is None:
            return
        with self._unless_refused(), LedgerWriter(self._ledger, TaskContext(), run=self._run) as writer:
            writer.stamped([(name, checksum_of(Path(path))) for name, path in after.items() if name not in before])
            gone = [(name, checksum_of(Path(path))) for name, path in before.items() if name not in after]
            writer.stamped(gone, Direction.DOWN)

    @contextmanager
    def _unless_refused(self) -> Iterator[None]:
        """Go on without the ledger where it can't be written, and say so once."""
        try:
            yield
        except StudioError as error:
            if self._recorder is not None:
                self._recorder.drop()
                self._recorder = None
                self._on_refusal(error)

    def _on_statement(
        self, connection: Connection, cursor: object, statement: str, parameters: object, context: Any, many: bool
    ) -> None:
        del connection, cursor, statement, parameters, many
        if self._beginning is not None and (self._driver.autocommit or _may_lock_any_table(context)):
            self._await_begun()
        if not self._is_alembics(context):
            self._number += 1

    def _on_executed(
        self, connection: Connection, cursor: object, statement: str, parameters: object, context: Any, many: bool
    ) -> None:
        del connection, cursor, statement, parameters, many
        if self._recorder is None or self._is_alembics(context) or not self._driver.autocommit:
            return
        # Alembic committed what stood before its autocommit_block, so this one and all before it are there.
        with self._unless_refused():
            self._recorder.statement_committed(self._number)

    def _on_commit(self, connection: Connection) -> None:
        del connection
        self._await_begun()

    def _is_alembics(self, context: Any) -> bool:
        """Tell whether a statement is Alembic's own, on its version table; or none of a revision."""
        if self._recorder is None or not self._in_step:
            return True
        construct = getattr(getattr(context, "compiled", None), "statement", None)
        return getattr(construct, "table", None) is self._context._version  # noqa: SLF001 - nowhere else to be known


def _write_start(recorder: Recorder, script: Script, direction: Direction, pid: int) -> None:
    checksum = checksum_of(Path(script.path))
    # To run a revision again is the decision on its open rows.
    recorder.begin(script.revision, checksum, direction, backend_pid=pid, settles=True)


def _may_lock_any_table(context: Any) -> bool:
    """Tell whether a statement may lock the ledger too, whose start row would then wait for it, and it for that.

    What SQLAlchemy and Alembic make of a table or column locks those; a text may do anything, COMMIT as well.
    """
    made = getattr(getattr(context, "compiled", None), "statement", None)
    is_known = type(made).__module__.startswith(("alembic.", "sqlalchemy.")) and not isinstance(made, DDL)
    return not (context.isddl and is_known)


def report_of(error: BaseException) -> tuple[ServerReport, str]:
    """Return what a failure says, and the statement that failed; "" for one that is not a statement's."""
    if isinstance(error, DBAPIError):
        if isinstance(error.orig, psycopg.Error):
            report = server_report(error.orig)
            return (report if report.message else ServerReport(message=str(error.orig))), error.statement or ""
        return ServerReport(message=str(error.orig)), error.statement or ""
    if isinstance(error, psycopg.Error):
        return server_report(error), ""
    return ServerReport(message=f"{type(error).__name__}: {error}".rstrip(": ")), ""


def opener_like(driver: psycopg.Connection) -> Callable[[TaskContext], AbstractContextManager[psycopg.Connection]]:
    """Return what opens further connections like this one, in autocommit and fit for a transaction pooler."""
    parameters: dict[str, Any] = driver.info.get_parameters()
    if driver.info.password:
        parameters["password"] = driver.info.password

    def opened(_ctx: TaskContext) -> AbstractContextManager[psycopg.Connection]:
        return closing(psycopg.connect(autocommit=True, prepare_threshold=None, **parameters))

    return opened


@contextmanager
def _translated_opening(
    opener: Callable[[TaskContext], AbstractContextManager[psycopg.Connection]],
) -> Iterator[psycopg.Connection]:
    with ExitStack() as held:
        with translated():
            driver = held.enter_context(opener(TaskContext()))
        yield driver


def _driver(connection: Connection | None) -> psycopg.Connection | None:
    found = connection.connection.driver_connection if connection is not None else None
    return found if isinstance(found, psycopg.Connection) else None


def _in_effect(script: ScriptDirectory | None, heads: Iterable[str]) -> dict[str, str]:
    """Return the given revisions and all that they need, each with its file; unknown ones are left out."""
    if script is None:
        raise BugError("bug.alembic")
    found: dict[str, str] = {}
    todo = list(heads)
    while todo:
        name = todo.pop()
        if name in found:
            continue
        with suppress(alembic.util.CommandError):
            revision = script.get_revision(name)
            if revision is not None:
                found[revision.revision] = revision.path
                todo += [*_names(revision.down_revision), *_names(revision.dependencies)]
    return found


def _names(given: str | Iterable[str] | None) -> tuple[str, ...]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)
