"""The page shown while a connection is being made: what happens, how far it is, and a way out."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.tasks import Progress
from nexus_studio.ui.kit.tasks import Task
from nexus_studio.ui.kit.wording import progress_sentence

_WIDTH = 360


class WaitingPage(QWidget):
    """A title, a sentence that follows the progress, a bar, and Cancel."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("waiting")
        self._place = ""
        self._title = QLabel(self)
        self._title.setProperty("subtitle", True)
        self._step = QLabel(self)
        self._step.setProperty("muted", True)
        self._bar = QProgressBar(self)
        self._bar.setFixedWidth(_WIDTH)
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 0)
        self._cancel = QPushButton(self)
        self._cancel.setObjectName("waiting.cancel")
        self._cancel.clicked.connect(self.cancelled)
        self._cancel.hide()
        self._bar.hide()
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(2)
        for widget in (self._title, self._step, self._bar, self._cancel):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        self._retranslate()

    def show_task(self, place: str, task: Task) -> None:
        """Follow a connection attempt."""
        self._place = place
        self._step.clear()
        self._bar.setRange(0, 0)
        self._bar.show()
        self._cancel.show()
        self._retranslate()
        task.progressed.connect(self._show_progress)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _show_progress(self, progress: Progress) -> None:
        self._step.setText(progress_sentence(progress))
        if progress.total:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(1000 * min(1.0, progress.done / progress.total)))
        else:
            self._bar.setRange(0, 0)

    def _retranslate(self) -> None:
        place = self._place
        self._title.setText(self.tr("Connecting to {place}…").format(place=place) if place else self.tr("Starting…"))
        self._cancel.setText(self.tr("Cancel"))
        self._cancel.setAccessibleName(self.tr("Cancel"))
        self._bar.setAccessibleName(self.tr("Progress"))
