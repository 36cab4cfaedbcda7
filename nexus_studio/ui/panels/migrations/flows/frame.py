"""FlowFrame and FlowDialog: every flow's head, pages of which one shows, buttons, waiting and errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import EmptyPage, ErrorPage
from nexus_studio.ui.kit.tasks import Task
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.migrations.flows.waiting import WaitingPage
from nexus_studio.ui.panels.migrations.flows.words import readable

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.migrations.service import MigrationService
    from nexus_studio.services.workspace import Workspace

T = TypeVar("T")
_RETRY = "connection.retry"
_SIZE = QSize(880, 600)


class FlowFrame(QWidget):
    """Head, pages and foot. Whoever owns it adds pages and buttons, and begins its work by `look` and `act`.

    Return presses the focused button, in a dialog else the page's harmless default; a dangerous button is never a
    default, and only a click or Space presses it.
    """

    step_chosen = Signal(str)  # a next step that an error or a calm page offered; trying again is done here
    left = Signal()  # closing was asked for; never while something is being written

    def __init__(self, context: UiContext, workspace: Workspace, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.context, self.workspace = context, workspace
        self.profile = workspace.session.profile
        self._writing: Task | None = None
        self._again: Callable[[], Any] = lambda: None
        self.last_error: StudioError | None = None
        self._buttons: list[QPushButton] = []
        self._title = QLabel(self)
        self._note = QLabel(self)
        self._pages = QStackedWidget(self)
        self._waiting = WaitingPage(self)
        self._error = ErrorPage(self)
        self._calm = EmptyPage(self)
        self._foot = QHBoxLayout()
        self._build(name)
        self.close_button = self.add_button("close", self.tr("Close"), self.leave)

    @property
    def service(self) -> MigrationService:
        """All that can be done with the project's migrations on this database."""
        return self.workspace.migrations

    @property
    def is_writing(self) -> bool:
        """Whether something is being changed right now."""
        return self._writing is not None and self._writing.is_running

    def leave(self) -> bool:
        """Ask to be closed; while something is being written, stay and say so."""
        if self.is_writing:
            self.set_note(self.tr("This still runs. Cancel it first, or wait until it is done."))
            return False
        self.left.emit()
        return True

    # Pages

    def add_page(self, page: QWidget) -> None:
        """Add a page to be shown by `show_page`."""
        self._pages.addWidget(page)

    def show_page(self, page: QWidget, *buttons: QPushButton, default: QPushButton | None = None) -> None:
        """Show one page and these buttons beside Close; `default` is what Return presses anywhere else."""
        self._pages.setCurrentWidget(page)
        for button in self._buttons:
            button.setVisible(button in buttons or button is self.close_button)
            button.setDefault(button is default)
        self.set_note("")

    @property
    def page(self) -> QWidget | None:
        """The page in sight."""
        return self._pages.currentWidget()

    def show_calm(
        self, icon_name: str, title: str, explanation: str = "", steps: tuple[NextStep, ...] = (), ink: str = ""
    ) -> None:
        """Show translated words and next steps in place of content."""
        self._calm.show_words(icon_name, title, explanation, steps)
        if ink:
            self._calm.set_words(icon_name, ink, title, explanation)
        self.show_page(self._calm)
        self._calm.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_error(self, error: StudioError, *more: NextStep) -> None:
        """Show an error with what can be done about it."""
        self.last_error = error
        self._error.show_error(readable(error), more)
        self.show_page(self._error)

    def set_title(self, words: str) -> None:
        """Say in the head what this is about."""
        self._title.setText(words)

    def set_note(self, words: str) -> None:
        """Say something beside the buttons."""
        self._note.setText(words)
        self._note.setToolTip(words)

    def add_button(
        self, name: str, words: str, clicked: Callable[[], Any], *, look: str = "", dangerous: bool = False
    ) -> QPushButton:
        """Add a button to the foot, right of those added before; hidden until a page asks for it.

        `look` is "primary", "danger" or "". A dangerous one is pressed by a click or Space alone.
        """
        button = QPushButton(words, self)
        button.setObjectName(f"{self.objectName().removesuffix('.frame')}.{name}")
        button.setAccessibleName(words)
        if look:
            button.setProperty(look, True)
        button.setAutoDefault(not dangerous)
        button.clicked.connect(lambda _checked=False: clicked())
        button.hide()
        self._buttons.append(button)
        self._foot.addWidget(button)
        return button

    # Work

    def look(
        self,
        words: str,
        work: Callable[[TaskContext], T],
        done: Callable[[T], None],
        *,
        failed: Callable[[StudioError], None] | None = None,
        cancelled: Callable[[], None] | None = None,
    ) -> Task:
        """Run work that reads behind a calm page with a Cancel; an error is shown in its place and can be retried."""
        self._again = lambda: self.look(words, work, done, failed=failed, cancelled=cancelled)
        task = self.context.runner.query(work, owner=self, done=done, failed=failed or self.show_error)
        self._waiting.follow(task, words, cancelled or self.left.emit)
        self.show_page(self._waiting)
        self._waiting.setFocus(Qt.FocusReason.OtherFocusReason)
        return task

    def act(
        self,
        title: str,
        work: Callable[[TaskContext], Any],
        done: Callable[[Any], None],
        *,
        failed: Callable[[StudioError], None] | None = None,
    ) -> Task:
        """Run work that changes something; the page in sight stays. `done` gets the result without its Effects."""
        self._again = lambda: None
        task = self.context.runner.operate(title, work, owner=self, done=done, failed=failed or self.show_error)
        self._writing = task
        return task

    def act_waiting(
        self,
        title: str,
        words: str,
        work: Callable[[TaskContext], Any],
        done: Callable[[Any], None],
        *,
        failed: Callable[[StudioError], None] | None = None,
    ) -> Task:
        """Do the same behind the calm page, for what is short. The page before comes back with its buttons."""
        before = self.page
        shown = [each for each in self._buttons if not each.isHidden()]
        default = next((each for each in shown if each.isDefault()), None)
        task = self.act(title, work, done, failed=failed)
        self._waiting.follow(task, words, None)
        self.show_page(self._waiting)

        def back() -> None:
            if self.page is self._waiting and before is not None:
                self.show_page(before, *shown, default=default)

        task.finished.connect(back)
        return task

    def _build(self, name: str) -> None:
        self._title.setObjectName(f"{name}.title")
        self._title.setProperty("subtitle", True)
        self._title.setWordWrap(True)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        place = QLabel(self.profile.place, self)
        place.setObjectName(f"{name}.place")
        place.setProperty("chip", True)
        place.setProperty("environment", self.profile.environment.value)
        place.setTextFormat(Qt.TextFormat.PlainText)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._title, 1)
        head.addWidget(place, 0, Qt.AlignmentFlag.AlignTop)
        self._pages.setObjectName(f"{name}.pages")
        for page in (self._waiting, self._error, self._calm):
            self._pages.addWidget(page)
        self._error.chosen.connect(self._choose)
        self._calm.chosen.connect(self._choose)
        self._note.setObjectName(f"{name}.note")
        self._note.setProperty("muted", True)
        self._note.setWordWrap(True)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._foot.setSpacing(8)
        self._foot.addWidget(self._note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self._pages, 1)
        column.addLayout(self._foot)

    def _choose(self, action: str) -> None:
        if action == _RETRY:
            self._again()
        else:
            self.step_chosen.emit(action)


class FlowDialog(QDialog):
    """A window around a `FlowFrame`. Its first work begins when it is shown; Escape closes it as the frame allows."""

    step_asked = Signal(str)  # a next step that is the window's to do ("connection.edit"); the dialog is closed by then
    deploy_asked = Signal()  # what is pending is to be deployed first; the dialog is closed by then

    def __init__(
        self,
        context: UiContext,
        workspace: Workspace,
        name: str,
        parent: QWidget | None = None,
        size: QSize = _SIZE,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.resize(size)
        self._has_begun = False
        self.context, self.workspace = context, workspace
        self.frame = FlowFrame(context, workspace, f"{name}.frame", self)
        self.frame.left.connect(self._close)
        self.frame.step_chosen.connect(self.take_step)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.addWidget(self.frame)

    @property
    def service(self) -> MigrationService:
        """All that can be done with the project's migrations on this database."""
        return self.workspace.migrations

    def set_title(self, words: str) -> None:
        """Say in the head and the window's title what this is about."""
        self.setWindowTitle(words)
        self.frame.set_title(words)

    def grow(self, size: QSize) -> None:
        """Take more room, about the same middle."""
        larger = self.size().expandedTo(size)
        by = (larger - self.size()) / 2
        self.move(max(0, self.x() - by.width()), max(0, self.y() - by.height()))
        self.resize(larger)

    def leave_for(self, signal: SignalInstance, *facts: object) -> None:
        """Close, then tell the panel what comes next."""
        if self.frame.leave():
            signal.emit(*facts)

    def begin(self) -> None:
        """Do the first work, once the dialog is in sight."""

    def take_step(self, action: str) -> None:
        """Do a next step that an error or a calm page offered; here: leave it to the panel or the window."""
        if action == "migration.deploy":
            self.leave_for(self.deploy_asked)
        else:
            self.leave_for(self.step_asked, action)

    def reject(self) -> None:
        """Close; while something is being written, stay."""
        self.frame.leave()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin when seen for the first time."""
        super().showEvent(event)
        if not self._has_begun:
            self._has_begun = True
            self.begin()

    def _close(self) -> None:
        super().reject()
