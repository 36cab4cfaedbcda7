"""BackupDialog: the frame of the panel's dialogs: a head, pages of which one shows, and buttons below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.errors import StudioError
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import EmptyPage, ErrorPage
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.tasks import Latest

_RETRY = "connection.retry"


class BackupDialog(QDialog):
    """Subclasses add pages and buttons and read by `look`. A dangerous button is never what Return presses."""

    step_asked = Signal(str)  # a next step that is the window's or the panel's to do; the dialog is closed by then

    def __init__(self, context: UiContext, profile: ConnectionProfile, name: str, parent: QWidget, size: QSize) -> None:
        super().__init__(parent)
        self.setObjectName(f"backups.{name}_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.resize(size)
        self.context, self.profile, self._name = context, profile, name
        self.reading = Latest(context.runner, self)
        self._again: Callable[[], Any] = lambda: None
        self._title = label("", "subtitle", name=f"backups.{name}_title")
        self._note = label("", "muted", name=f"backups.{name}_note")
        self._pages = QStackedWidget(self)
        self._waiting = EmptyPage(self)
        self._error = ErrorPage(self)
        self._foot = QHBoxLayout()
        self._buttons: list[QPushButton] = []
        self._arrange()
        self.close_button = self.add_button("close", self.tr("Close"), self.reject)

    def set_title(self, words: str) -> None:
        """Say in the head and the window's title what this is about."""
        self.setWindowTitle(words)
        self._title.setText(words)

    def set_note(self, words: str) -> None:
        """Say something beside the buttons."""
        self._note.setText(words)

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

    def show_waiting(self, words: str) -> None:
        """Say that something is being read."""
        self._waiting.show_words("pending", words)
        self.show_page(self._waiting)

    def show_error(self, error: StudioError) -> None:
        """Show an error in place of content; trying again is done here."""
        self._error.show_error(error)
        self.show_page(self._error)

    def look(self, words: str, work: Callable[..., Any], done: Callable[[Any], None]) -> None:
        """Read something behind a calm page; an error comes in its place and can be tried again."""
        self._again = lambda: self.look(words, work, done)
        self.show_waiting(words)
        self.reading.start(work, done, self.show_error)

    def add_button(
        self, name: str, words: str, clicked: Callable[[], Any], *, look: str = "", object_name: str = ""
    ) -> QPushButton:
        """Add a button to the foot, right of those before, hidden until a page asks for it. `look` is of the theme."""
        button = QPushButton(words, self)
        button.setObjectName(object_name or f"backups.{self._name}_{name}")
        button.setAccessibleName(words)
        if look:
            button.setProperty(look, True)
        button.setAutoDefault(look != "danger")
        button.clicked.connect(lambda _checked=False: clicked())
        button.hide()
        self._buttons.append(button)
        self._foot.addWidget(button)
        return button

    def done(self, result: int) -> None:
        """Close; what is being read is no longer wanted."""
        self.reading.cancel()
        super().done(result)

    # inside

    def _arrange(self) -> None:
        place = label(self.profile.place, "chip", name=f"backups.{self._name}_place")
        place.setProperty("environment", self.profile.environment.value)
        place.setWordWrap(False)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._title, 1)
        head.addWidget(place, 0, Qt.AlignmentFlag.AlignTop)
        self._pages.setObjectName(f"backups.{self._name}_pages")
        for page in (self._waiting, self._error):
            self._pages.addWidget(page)
        self._error.chosen.connect(self._choose)
        self._foot.setSpacing(8)
        self._foot.addWidget(self._note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self._pages, 1)
        column.addLayout(self._foot)

    def _choose(self, step: str) -> None:
        if step == _RETRY:
            self._again()
        else:
            self.reject()
            self.step_asked.emit(step)


def scrolled(page: QWidget, name: str) -> QScrollArea:
    """Put a page into an area that scrolls where there is no room for it."""
    area = QScrollArea()
    area.setObjectName(name)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setWidget(page)
    return area
