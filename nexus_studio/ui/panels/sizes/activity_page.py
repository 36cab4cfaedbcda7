"""ActivityPage: who is connected and does what, who waits for whom; stops what somebody does, or ends a session."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.activity import ActivitySnapshot, SessionRow
from nexus_studio.core.errors import StudioError
from nexus_studio.core.settings import ACTIVITY_SPLIT
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask_where_wanted
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import ErrorPage
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.splits import fill_split, keep_split, restore_split
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.sizes.blocking_view import BlockingView
from nexus_studio.ui.panels.sizes.look_bar import LookBar
from nexus_studio.ui.panels.sizes.page import HealthPage
from nexus_studio.ui.panels.sizes.session_details import CANCEL, TERMINATE, SessionDetails
from nexus_studio.ui.panels.sizes.session_list import SessionList
from nexus_studio.ui.panels.sizes.session_words import note_words
from nexus_studio.ui.panels.sizes.words import obstacle

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_AGAIN: Final = "rows.refresh"


class ActivityPage(HealthPage):
    """Reads again by itself while it is in sight, one look after the other."""

    NAME = "activity"

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._snapshot: ActivitySnapshot | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look_again)
        self._pages = QStackedWidget(self)
        self._content = QWidget(self._pages)
        self._error = ErrorPage(self._pages)
        self.bar = LookBar(context.settings, self)
        self.only_here = QCheckBox(self)
        self.only_clients = QCheckBox(self)
        self.whole_texts = QCheckBox(self)
        self.note = label("", "muted", selectable=True, name="sizes.activity_note")
        self._split = QSplitter(Qt.Orientation.Vertical, self._content)
        self.blocking = BlockingView(self._split)
        self.list = SessionList(self._split)
        self.sessions = self.list.sessions
        self.details = SessionDetails(self._split)
        self._build()
        self._arrange()
        self._wire()
        self.retranslate()

    # HealthPage

    @classmethod
    def title(cls) -> str:
        return QCoreApplication.translate("ActivityPage", "Activity")

    def open(self, workspace: Workspace) -> None:
        masks = workspace.session.profile.masking
        self.whole_texts.setEnabled(not masks)
        if masks:
            self.whole_texts.setChecked(False)
        super().open(workspace)

    def leave(self) -> None:
        super().leave()
        self._timer.stop()
        keep_split(self._split, self.context.settings, ACTIVITY_SPLIT)
        self._snapshot = None

    def access_changed(self) -> None:
        self.details.tell(self._session)

    def can(self) -> frozenset[str]:
        return frozenset({"read"} if self._workspace is not None else ())

    def read(self) -> None:
        workspace = self._workspace
        self._timer.stop()
        if workspace is None:
            return
        whole = self.whole_texts.isChecked()
        service = workspace.health.activity

        def work(ctx: TaskContext) -> ActivitySnapshot:
            return service.snapshot(ctx, whole_texts=whole)

        self._reading.start(work, self._show, self._show_failure)

    def first_widget(self) -> QWidget:
        return self.list

    def retranslate(self) -> None:
        self.only_here.setText(self.tr("Only this database"))
        self.only_clients.setText(self.tr("Only connections"))
        self.only_clients.setToolTip(self.tr("Leave out processes of the server's own"))
        self.whole_texts.setText(self.tr("Show whole statements"))
        self.whole_texts.setToolTip(self.tr("With the values in them, which may be personal data"))
        for box in (self.only_here, self.only_clients, self.whole_texts):
            box.setAccessibleName(box.text())

    # what others ask

    @property
    def snapshot(self) -> ActivitySnapshot | None:
        """What was seen last; None before that."""
        return self._snapshot

    @property
    def is_refreshing(self) -> bool:
        """Whether it will look again by itself."""
        return self._timer.isActive() or self._reading.is_busy

    def current(self) -> SessionRow | None:
        """Return the session of the current line."""
        return self.list.current()

    def choose(self, pid: int) -> bool:
        """Go to the line of a process, if it has one."""
        return self.list.choose(self._snapshot.session(pid) if self._snapshot is not None else None)

    def end(self, pid: int, backend_start: datetime | None, act_id: str = TERMINATE) -> None:
        """Ask, then stop what a session does, or end it; never another process than the one that was seen."""
        workspace = self._workspace
        if workspace is None or obstacle(workspace.session, act_id):
            return
        seen = self._snapshot.session(pid) if self._snapshot is not None else None
        who = " ".join(filter(None, (str(pid), seen.user, seen.application) if seen is not None else (str(pid),)))
        is_cancel = act_id == CANCEL
        title = self.tr("Cancel what {who} does?") if is_cancel else self.tr("End the session {who}?")
        text = (
            self.tr("Its statement stops with an error, and its transaction can only be rolled back.")
            if is_cancel
            else self.tr("Its connection is closed. What it has not committed is lost.")
        )
        question = Confirmation(
            title.format(who=who),
            text,
            self.tr("Cancel its statement") if is_cancel else self.tr("End the session"),
            destructive=True,
            act=act_id,
        )
        ask_where_wanted(
            question, workspace.session.profile, self, lambda: self._end(pid, backend_start, is_cancel=is_cancel)
        )

    # Qt

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
        self._is_stale = True  # it is looked again when it comes into sight

    # inside

    def _build(self) -> None:
        self.only_here.setObjectName("sizes.only_here")
        self.only_clients.setObjectName("sizes.only_clients")
        self.only_clients.setChecked(True)
        self.whole_texts.setObjectName("sizes.whole_texts")

    def _arrange(self) -> None:
        boxes = QHBoxLayout()
        boxes.setContentsMargins(16, 8, 16, 8)
        boxes.setSpacing(20)
        for box in (self.only_here, self.only_clients, self.whole_texts):
            boxes.addWidget(box)
        boxes.addStretch(1)
        self.blocking.setMinimumHeight(90)
        self.list.setMinimumHeight(120)
        self.details.setMinimumHeight(110)
        parts = ((self.blocking, 20), (self.list, 50), (self.details, 30))
        fill_split(self._split, "sizes.activity_split", parts, (140, 360, 150))
        restore_split(self._split, self.context.settings, ACTIVITY_SPLIT)
        self.blocking.hide()
        inner = QVBoxLayout(self._content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addLayout(boxes)
        inner.addWidget(self.note)
        inner.addWidget(self._split, 1)
        self.note.setContentsMargins(16, 0, 16, 6)
        self.note.hide()
        for page in (self._content, self._error):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._pages, 1)

    def _wire(self) -> None:
        self.bar.asked.connect(self.read)
        self.bar.period_chosen.connect(self._wait)
        self.only_here.toggled.connect(lambda _: self._narrow())
        self.only_clients.toggled.connect(lambda _: self._narrow())
        self.whole_texts.toggled.connect(lambda _: self.read())
        self.list.chosen.connect(self._show_session)
        self.blocking.chosen.connect(self.choose)
        self.details.asked.connect(self._ask)
        self._error.chosen.connect(self._choose)
        self._narrow()

    def _narrow(self) -> None:
        here, clients = self.only_here.isChecked(), self.only_clients.isChecked()
        database = self._workspace.session.server.database if self._workspace is not None else ""
        self.sessions.keep_only(
            lambda each: (not here or each.database == database) and (not clients or each.is_client)
        )

    def _show(self, snapshot: ActivitySnapshot) -> None:
        self._snapshot = snapshot
        self._is_stale = False
        self._pages.setCurrentWidget(self._content)
        self._narrow()
        self.sessions.show(snapshot)
        self.blocking.show_snapshot(snapshot)
        self.bar.connections.show_connections(snapshot.connections)
        self.note.setText(" ".join(map(note_words, snapshot.notes)))
        self.note.setVisible(bool(snapshot.notes))
        self._show_session()
        self._wait()

    def _wait(self) -> None:
        """Look again after a while, if it is wished and somebody can see it."""
        self._timer.stop()
        seconds = self.bar.seconds
        if seconds and self.isVisible() and self._workspace is not None:
            self._timer.start(seconds * 1000)

    def _look_again(self) -> None:
        if self.isVisible():
            self.read()

    def _show_failure(self, error: StudioError) -> None:
        self._is_stale = True
        if self._snapshot is not None:
            self.failed.emit(error)  # what is in sight stays
        else:
            self._error.show_error(error, (NextStep(_AGAIN, self.tr("Look again")),))
            self._pages.setCurrentWidget(self._error)

    def _show_session(self) -> None:
        snapshot = self._snapshot
        self.details.show_session(self.current(), snapshot.taken_at if snapshot is not None else None, self._session)
        self.state_changed.emit()

    def _ask(self, act_id: str) -> None:
        session = self.current()
        if session is not None:
            self.end(session.pid, session.backend_start, act_id)

    def _end(self, pid: int, backend_start: datetime | None, *, is_cancel: bool) -> None:
        workspace = self._workspace
        if workspace is None:
            return
        service = workspace.health.activity

        def work(ctx: TaskContext) -> bool:
            if is_cancel:
                return service.cancel(pid, backend_start, ctx)
            return service.terminate(pid, backend_start, ctx)

        def done(has_ended: bool) -> None:
            if not has_ended:
                words = self.tr("The session {pid} was asked to stop, and has not yet.")
                self.context.notices.warning(words.format(pid=pid))
            elif is_cancel:
                self.context.notices.success(self.tr("What {pid} did was cancelled").format(pid=pid))
            else:
                self.context.notices.success(self.tr("The session {pid} is ended").format(pid=pid))
            self.read()

        # Not among the writes: what is to be ended may be what one of those waits for.
        title = self.tr("Stopping {pid}").format(pid=pid)
        self.context.runner.query(work, owner=self, done=done, failed=self.failed.emit, title=title)

    def _choose(self, step: str) -> None:
        if step in {_AGAIN, "connection.retry"}:
            self.read()
        else:
            self.step_asked.emit(step)
