"""Blocking: finds out who holds the lock that a save waits for, and lets a person wait, try again or end theirs."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from nexus_studio.core.admin.activity import ActivitySnapshot, SessionRow
from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.errors import TimedOut
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask_where_wanted
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.panels.data.blocked_strip import CANCEL, BlockedStrip, Stage
from nexus_studio.ui.panels.data.rows_page import RowsPage

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.session import Session

_EVERY_MS: Final = 1000


class Blocking(QObject):
    """Tells of locks above the rows of a page. UI thread only."""

    again = Signal()  # save again
    stopped = Signal()  # stop the save that waits

    def __init__(self, page: RowsPage, context: UiContext) -> None:
        super().__init__(page)
        self._page = page
        self._context = context
        self._looking = Latest(context.runner, self)
        self._strip: BlockedStrip | None = None
        self._stage = Stage.WAITING
        self._pids: tuple[int, ...] = ()
        self._is_patient = False  # a person chose to wait until it is saved
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._look)

    @property
    def strip(self) -> BlockedStrip | None:
        """What is shown above the rows, while it is."""
        return self._strip

    def show_waiting(self, pids: Collection[int]) -> None:
        """Say for whom the save waits just now; nobody: it has ended, or goes on."""
        if not pids:
            if self._stage is Stage.WAITING:
                self._put_away()
            return
        self._pids = tuple(pids)
        self._set_stage(Stage.WAITING)
        self._look()

    def show_given_up(self, _error: TimedOut) -> None:
        """Say that the save gave up: nothing was written."""
        if self._is_patient:
            self._watch()
        else:
            self._set_stage(Stage.GIVEN_UP)
        self._look()

    def forget(self) -> None:
        """Say no more of a save that gave up: nothing of it is staged now."""
        if self._stage is not Stage.WAITING:
            self._put_away()

    def _set_stage(self, stage: Stage) -> None:
        self._stage = stage
        if self._strip is None:
            self._strip = strip = BlockedStrip(self._page)
            strip.again_asked.connect(self._try_again)
            strip.wait_asked.connect(self._watch)
            strip.stop_asked.connect(self._stop)
            strip.end_asked.connect(self._ask_to_end)
            strip.closed.connect(self._put_away)
            self._page.show_above(strip)
        self._strip.show_stage(stage)

    def _put_away(self) -> None:
        self._timer.stop()
        self._looking.cancel()
        self._pids, self._stage, self._is_patient = (), Stage.WAITING, False
        if self._strip is not None:
            self._strip.hide()
            self._strip.deleteLater()
            self._strip = None

    def _try_again(self) -> None:
        is_patient = self._is_patient
        self._put_away()
        self._is_patient = is_patient
        self.again.emit()

    def _watch(self) -> None:
        """Save as soon as nobody holds the lock any more."""
        self._is_patient = True
        self._set_stage(Stage.WATCHING)
        self._timer.start()

    def _stop(self) -> None:
        is_running = self._stage is Stage.WAITING
        self._put_away()
        if is_running:
            self.stopped.emit()

    # who it is

    def _look(self) -> None:
        activity = self._page.workspace.health.activity
        if self._pids:
            self._looking.start(activity.snapshot, self._show, lambda _: None)

    def _show(self, snapshot: ActivitySnapshot) -> None:
        if self._strip is None:
            return
        before = self._strip.row
        rows = [row for pid in self._pids if (row := snapshot.session(pid)) is not None and _holds(row)]
        # Of one that may not be seen nobody knows whether its transaction is over: the save finds out.
        seen = [row for row in rows if self._stage is not Stage.WATCHING or not row.is_hidden]
        same = [row for row in seen if before is None or _transaction(row) == _transaction(before)]
        if self._stage is Stage.WATCHING and before is not None and not same:
            self._try_again()
        elif rows:
            row = (same or rows)[0]
            against = self._against(row)
            self._strip.show_holder(row, snapshot.taken_at, against, len(rows) - 1)

    def _against(self, row: SessionRow) -> str:
        """Say why a session can't be ended from here; empty where it can."""
        session = self._page.workspace.session
        strip = self._strip
        if row.may_end:
            return self.tr("Your role may not end this session.")
        return self._obstacle(session, strip.act if strip is not None else CANCEL)

    def _obstacle(self, session: Session, act_id: str) -> str:
        wanted = rail(act(act_id), session.profile.environment)
        if session.is_read_only_for_good or wanted is Rail.REFUSED:
            return self.tr("This connection does not allow it.")
        if wanted.is_locked and session.is_read_only:
            return self.tr("Production is locked. Unlock it at the top of the window first.")
        return ""

    # ending theirs

    def _ask_to_end(self, act_id: str) -> None:
        strip = self._strip
        row = strip.row if strip is not None else None
        if row is None:
            return
        if act_id == CANCEL:
            title, doing = self.tr("Cancel what they do?"), self.tr("Cancel theirs")
            text = self.tr("What {user} runs in session {pid} is stopped and rolled back.")
        else:
            title, doing = self.tr("End their session?"), self.tr("End their session")
            text = self.tr("The session {pid} of {user} is ended; what it has not committed is lost.")
        words = text.format(user=row.user or "?", pid=row.pid)
        facts = tuple(filter(None, (row.application, row.query)))
        question = Confirmation(title, words, doing, facts, destructive=True, act=act_id)
        profile = self._page.workspace.session.profile
        ask_where_wanted(question, profile, self._page, lambda: self._end(row, act_id))

    def _end(self, row: SessionRow, act_id: str) -> None:
        activity = self._page.workspace.health.activity

        def work(ctx: TaskContext) -> bool:
            if act_id == CANCEL:
                return activity.cancel(row.pid, row.backend_start, ctx, query_start=row.query_start)
            return activity.terminate(row.pid, row.backend_start, ctx)

        def done(has_ended: bool) -> None:
            if has_ended:
                self._context.notices.success(self.tr("The session {pid} holds no lock any more").format(pid=row.pid))
                if self._stage is not Stage.WAITING:  # a save that waits goes on by itself
                    self._try_again()
            else:
                words = self.tr("The session {pid} was asked to stop, and has not yet.")
                self._context.notices.warning(words.format(pid=row.pid))

        # Not among the writes: what is to be ended may be what one of those waits for.
        self._context.runner.query(
            work,
            owner=self._page,
            done=done,
            failed=self._page.failed.emit,
            title=self.tr("Stopping {pid}").format(pid=row.pid),
        )


def _holds(row: SessionRow) -> bool:
    """Tell whether a session is in a transaction, in which alone locks are kept."""
    return row.transaction_start is not None or row.is_hidden


def _transaction(row: SessionRow) -> tuple[object, ...]:
    return (row.pid, row.backend_start, row.transaction_start)
