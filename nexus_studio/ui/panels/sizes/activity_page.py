"""ActivityPage: who is connected and does what, who waits for whom; stops what somebody does, or ends a session."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QItemSelectionModel, Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.activity import ActivitySnapshot, SessionRow
from nexus_studio.core.admin.acts import act
from nexus_studio.core.errors import StudioError
from nexus_studio.core.settings import ACTIVITY_REFRESH, ACTIVITY_SPLIT
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask_where_wanted
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.pages import ErrorPage
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.sizes.blocking_view import BlockingView
from nexus_studio.ui.panels.sizes.connections_bar import ConnectionsBar
from nexus_studio.ui.panels.sizes.counts import Counts
from nexus_studio.ui.panels.sizes.page import HealthPage
from nexus_studio.ui.panels.sizes.session_model import (
    APPLICATION,
    DATABASE,
    DURATION,
    PID,
    STATE,
    TRANSACTION,
    USER,
    WAIT,
    Key,
    SessionModel,
    key_of,
)
from nexus_studio.ui.panels.sizes.session_words import age_words, marks_words, may_not_words, note_words
from nexus_studio.ui.panels.sizes.words import obstacle

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

CANCEL, TERMINATE = "activity.cancel", "activity.terminate"
"""The acts of the page; the buttons that do them are called so too."""

_AGAIN: Final = "rows.refresh"
_PERIODS: Final = (0, 2, 5, 10)  # seconds
_WIDTHS: Final = {PID: 92, USER: 100, DATABASE: 120, APPLICATION: 150, STATE: 130, WAIT: 150, DURATION: 96,
                  TRANSACTION: 96}  # fmt: skip


class ActivityPage(HealthPage):
    """Reads again by itself while it is in sight, one look after the other."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, "activity", parent)
        self._snapshot: ActivitySnapshot | None = None
        self._counts = Counts(self)
        self._wanted: Key | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look_again)
        self._pages = QStackedWidget(self)
        self._content = QWidget(self._pages)
        self._error = ErrorPage(self._pages)
        self.connections = ConnectionsBar(self)
        self.period = QComboBox(self)
        self.again = QPushButton(self)
        self.only_here = QCheckBox(self)
        self.only_clients = QCheckBox(self)
        self.whole_texts = QCheckBox(self)
        self.note = label("", "muted", selectable=True, name="sizes.activity_note")
        self._split = QSplitter(Qt.Orientation.Vertical, self._content)
        self.blocking = BlockingView(self._split)
        self.sessions = SessionModel(self)
        self.list = QTreeView(self._split)
        self._below = QWidget(self._split)
        self.about = label("", selectable=True, name="sizes.session_about")
        self.query = QPlainTextEdit(self._below)
        self.cancel = QPushButton(icon("stop"), "", self._below)
        self.terminate = QPushButton(icon("close", "accent-text"), "", self._below)
        self._against = label("", tone="warning", name="sizes.session_against")
        self._build()
        self._arrange()
        self._wire()
        self.retranslate()

    # HealthPage

    def title(self) -> str:
        return self.tr("Activity")

    def open(self, workspace: Workspace) -> None:
        masks = workspace.session.profile.masking
        self.whole_texts.setEnabled(not masks)
        if masks:
            self.whole_texts.setChecked(False)
        super().open(workspace)

    def leave(self) -> None:
        super().leave()
        self._timer.stop()
        self.context.settings.set(ACTIVITY_SPLIT, self._split.saveState().toBase64().toStdString())
        self._snapshot = None

    def access_changed(self) -> None:
        self._tell()

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
        self.again.setText(self.tr("Look again"))
        self.again.setAccessibleName(self.again.text())
        self.period.setAccessibleName(self.tr("How often it is looked again"))
        for number, seconds in enumerate(_PERIODS):
            words = self.tr("every {seconds} s").format(seconds=seconds) if seconds else self.tr("not by itself")
            self.period.setItemText(number, words)
        self.only_here.setText(self.tr("Only this database"))
        self.only_clients.setText(self.tr("Only connections"))
        self.only_clients.setToolTip(self.tr("Leave out processes of the server's own"))
        self.whole_texts.setText(self.tr("Show whole statements"))
        self.whole_texts.setToolTip(self.tr("With the values in them, which may be personal data"))
        for box in (self.only_here, self.only_clients, self.whole_texts):
            box.setAccessibleName(box.text())
        self.list.setAccessibleName(self.tr("Sessions"))
        self.query.setAccessibleName(self.tr("The session's statement"))
        self.cancel.setText(self.tr("Cancel its statement…"))
        self.terminate.setText(self.tr("End the session…"))
        for button in (self.cancel, self.terminate):
            button.setAccessibleName(button.text())
        self.sessions.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.sessions.columnCount() - 1)
        self._show_session()

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
        index = self.list.currentIndex()
        return self.sessions.session(index.row()) if index.isValid() else None

    def choose(self, pid: int) -> bool:
        """Go to the line of a process, if it has one."""
        session = self._snapshot.session(pid) if self._snapshot is not None else None
        row = self.sessions.row_of(key_of(session)) if session is not None else -1
        if row < 0:
            return False
        flags = QItemSelectionModel.SelectionFlag
        index = self.sessions.index(row, PID)
        self.list.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.list.scrollTo(index)
        return True

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
        self.period.setObjectName("sizes.activity_period")
        for seconds in _PERIODS:
            self.period.addItem("", seconds)
        chosen = self.context.settings.get(ACTIVITY_REFRESH)
        self.period.setCurrentIndex(_PERIODS.index(chosen) if chosen in _PERIODS else 1)
        self.again.setObjectName("sizes.activity_again")
        self.again.setIcon(icon("refresh"))
        self.only_here.setObjectName("sizes.only_here")
        self.only_clients.setObjectName("sizes.only_clients")
        self.only_clients.setChecked(True)
        self.whole_texts.setObjectName("sizes.whole_texts")
        self.list.setObjectName("sizes.sessions")
        self.list.setModel(self.sessions)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAllColumnsShowFocus(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setSortingEnabled(True)
        self.list.sortByColumn(TRANSACTION, Qt.SortOrder.DescendingOrder)
        header = self.list.header()
        for column, width in _WIDTHS.items():
            header.resizeSection(column, width)
        header.setStretchLastSection(True)
        self.query.setObjectName("sizes.session_query")
        self.query.setReadOnly(True)
        self.query.setFont(monospace_font())
        self.query.setTabChangesFocus(True)
        self.cancel.setObjectName(act(CANCEL).button)
        self.terminate.setObjectName(act(TERMINATE).button)
        self.terminate.setProperty("danger", True)
        for button in (self.cancel, self.terminate):
            button.setAutoDefault(False)

    def _arrange(self) -> None:
        strip = QFrame(self)
        strip.setProperty("strip", True)
        line = QHBoxLayout(strip)
        line.setContentsMargins(16, 10, 12, 10)
        line.setSpacing(12)
        line.addWidget(self.connections, 1)
        line.addWidget(self.period)
        line.addWidget(self.again)
        boxes = QHBoxLayout()
        boxes.setContentsMargins(16, 8, 16, 8)
        boxes.setSpacing(20)
        for box in (self.only_here, self.only_clients, self.whole_texts):
            boxes.addWidget(box)
        boxes.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.about, 1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.terminate)
        below = QVBoxLayout(self._below)
        below.setContentsMargins(16, 8, 16, 10)
        below.setSpacing(8)
        below.addLayout(buttons)
        below.addWidget(self._against)
        below.addWidget(self.query, 1)
        self._split.setObjectName("sizes.activity_split")
        self._split.setChildrenCollapsible(False)
        for part, share in ((self.blocking, 20), (self.list, 50), (self._below, 30)):
            self._split.addWidget(part)
            self._split.setStretchFactor(self._split.count() - 1, share)
        self.blocking.setMinimumHeight(90)
        self.list.setMinimumHeight(120)
        self._below.setMinimumHeight(110)
        self._split.setSizes([140, 360, 150])
        if saved := self.context.settings.get(ACTIVITY_SPLIT):
            self._split.restoreState(QByteArray.fromBase64(saved.encode()))
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
        column.addWidget(strip)
        column.addWidget(self._pages, 1)

    def _wire(self) -> None:
        self.again.clicked.connect(lambda _checked=False: self.read())
        self.period.activated.connect(self._choose_period)
        self.only_here.toggled.connect(lambda _: self._narrow())
        self.only_clients.toggled.connect(lambda _: self._narrow())
        self.whole_texts.toggled.connect(lambda _: self.read())
        self.list.selectionModel().currentRowChanged.connect(lambda *_: self._show_session())
        self.blocking.chosen.connect(self.choose)
        self.cancel.clicked.connect(lambda _checked=False: self._ask(CANCEL))
        self.terminate.clicked.connect(lambda _checked=False: self._ask(TERMINATE))
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
        self.connections.show_connections(snapshot.connections)
        self.note.setText(" ".join(map(note_words, snapshot.notes)))
        self.note.setVisible(bool(snapshot.notes))
        self._show_session()
        self._wait()

    def _wait(self) -> None:
        """Look again after a while, if it is wished and somebody can see it."""
        seconds = int(self.period.currentData() or 0)
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
        session, snapshot = self.current(), self._snapshot
        text = session.query if session is not None else ""
        if self.query.toPlainText() != text:
            self.query.setPlainText(text)
        if session is None or snapshot is None:
            self.about.setText(self.tr("Choose a session to see its statement."))
        else:
            since = age_words(session.backend_start, snapshot.taken_at)
            pieces = [
                str(session.pid),
                session.user,
                session.client,
                self.tr("connected for {time}").format(time=since) if since else "",
                marks_words(session),
            ]
            self.about.setText("  ·  ".join(filter(None, pieces)))
        self._tell()

    def _tell(self) -> None:
        session = self.current()
        of_server = self._workspace.session if self._workspace is not None else None
        may_not = may_not_words(session.may_end) if session is not None and session.may_end else ""
        for button, act_id in ((self.cancel, CANCEL), (self.terminate, TERMINATE)):
            against = may_not or obstacle(of_server, act_id)
            button.setEnabled(session is not None and not against)
            button.setToolTip(against if session is not None else "")
        if session is not None and session.state != "active" and self.cancel.isEnabled():
            self.cancel.setEnabled(False)
            self.cancel.setToolTip(self.tr("It runs nothing just now."))
        words = may_not or obstacle(of_server, TERMINATE)
        self._against.setText(words)
        self._against.setVisible(session is not None and bool(words))
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

    def _choose_period(self) -> None:
        self.context.settings.set(ACTIVITY_REFRESH, int(self.period.currentData() or 0))
        self._timer.stop()
        self._wait()

    def _choose(self, step: str) -> None:
        if step in {_AGAIN, "connection.retry"}:
            self.read()
        else:
            self.step_asked.emit(step)
