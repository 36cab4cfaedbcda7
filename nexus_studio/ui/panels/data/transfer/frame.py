"""TransferDialog: the frame of both dialogs: a head, what is asked, how the work goes, and buttons below.

It stands beside the window, which goes on. Closed while it works, it steps aside and the work goes on; how that ended
is a notice then.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, StudioError
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.job_desk import JobDesk, JobEnd
from nexus_studio.ui.kit.notices import NoticeButton
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.panels.data.transfer.progress_view import ProgressView


class TransferDialog(QDialog):
    """Subclasses fill `body`, add buttons, and run their work at `desk`."""

    failed = Signal(object)  # StudioError that is the window's to tell: the connection is gone

    def __init__(self, context: UiContext, profile: ConnectionProfile, name: str, parent: QWidget, size: QSize) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(size)
        self.context, self.profile = context, profile
        self.desk = JobDesk(context.runner, self)
        self.reading = Latest(context.runner, self)
        self.progress = ProgressView(self.desk, name, self)
        self.body = QVBoxLayout()
        self._title = label("", "subtitle", name=f"{name}.title")
        self._note = label("", "muted", name=f"{name}.note")
        self._foot = QHBoxLayout()
        self._arrange(name)
        self.close_button = self.add_button("close", self.tr("Close"), self.reject)
        self.desk.began.connect(self.tell)
        self.desk.ended.connect(self._ended)

    def set_title(self, words: str) -> None:
        """Say in the head and the window's title what this is about."""
        self.setWindowTitle(words)
        self._title.setText(words)

    def set_note(self, words: str) -> None:
        """Say something beside the buttons."""
        self._note.setText(words)

    def add_button(self, name: str, words: str, clicked: Callable[[], Any], *, look: str = "") -> QPushButton:
        """Add a button to the foot, right of those before. `look` is a property of the theme."""
        button = QPushButton(words, self)
        button.setObjectName(f"{self.objectName()}.{name}")
        button.setAccessibleName(words)
        button.setAutoDefault(False)
        if look:
            button.setProperty(look, True)
        button.clicked.connect(lambda _checked=False: clicked())
        self._foot.addWidget(button)
        return button

    def tell(self) -> None:
        """Say what can be done now. Called whenever that may be another."""

    def done(self, result: int) -> None:
        """Close; work that goes on does so out of sight."""
        if self.desk.is_busy:
            self.hide()
            return
        self.reading.cancel()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.desk.is_busy:
            self.hide()
            event.ignore()  # else it would be destroyed, and nobody would hear how the work ended
            return
        super().closeEvent(event)

    def tell_done(
        self, words: str, lines: tuple[str, ...], buttons: tuple[tuple[str, str, Callable[[], None]], ...]
    ) -> None:
        """Show that the work is done, here or in a notice. A button is an objectName's end, a label, what it does."""
        self.progress.show_done(words, lines, buttons)
        if not self.isVisible():
            steps = tuple(NoticeButton(text, run) for _, text, run in buttons)
            self.context.notices.success(words, explanation=" ".join(lines), buttons=steps)

    def tell_failed(self, error: StudioError) -> None:
        """Show why it failed, here or in a notice."""
        self.progress.show_error(error)
        if isinstance(error, ConnectionLost | ConnectionFailed):
            self.failed.emit(error)
        elif not self.isVisible():
            self.context.notices.failed(error, what=self.windowTitle())

    # inside

    def _arrange(self, name: str) -> None:
        place = label(self.profile.place, "chip", name=f"{name}.place")
        place.setProperty("environment", self.profile.environment.value)
        place.setWordWrap(False)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._title, 1)
        head.addWidget(place, 0, Qt.AlignmentFlag.AlignTop)
        self.body.setSpacing(12)
        self._foot.setSpacing(8)
        self._foot.addWidget(self._note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addLayout(self.body, 1)
        column.addWidget(self.progress)
        column.addLayout(self._foot)

    def _ended(self, end: JobEnd) -> None:
        if end.error is not None:
            self.fail(end.error)
        self.tell()
        if not self.isVisible():
            self.deleteLater()

    def fail(self, error: StudioError) -> None:
        """Take the failure of the work."""
        self.tell_failed(error)


def show_folder(file: Path) -> None:
    """Open the folder that a file lies in, with the system's own program."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent)))
