"""WaitingPage: a calm page while something is found out, with what is being done, for how long, and a Cancel."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.tasks import Progress
from nexus_studio.ui.kit.tasks import Task
from nexus_studio.ui.kit.wording import progress_sentence

_WIDTH = 420
_THOUSAND = 1000
_TICK_MS = 500
_SHOWN_AFTER_S = 2  # seconds; a shorter wait needs no clock


class WaitingPage(QWidget):
    """Follows one task at a time. Cancelling is answered at once: the answer is dropped, the stop is on its way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("waiting_page")
        self._task: Task | None = None
        self._cancelled: Callable[[], None] | None = None
        self._words = self._label("waiting_words", "strong")
        self._step = self._label("waiting_step", "muted")
        self._bar = QProgressBar(self)
        self._bar.setObjectName("waiting_bar")
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(_WIDTH)
        self._cancel = QPushButton(self.tr("Cancel"), self)
        self._cancel.setObjectName("waiting_cancel")
        self._cancel.setAccessibleName(self._cancel.text())
        self._cancel.clicked.connect(self._stop)
        self.setFocusProxy(self._cancel)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tell)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        for widget in (self._words, self._bar, self._step, self._cancel):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def follow(self, task: Task, words: str, cancelled: Callable[[], None] | None) -> None:
        """Show a task. `cancelled` is called when the person gives up; None: the task is waited for."""
        self._task, self._cancelled = task, cancelled
        self._words.setText(words)
        self.setAccessibleName(words)
        self._cancel.setEnabled(True)
        self._bar.setRange(0, 0)
        self._step.setText("")
        task.progressed.connect(self._show_progress)
        task.finished.connect(self._clock.stop)
        self._clock.start()

    def _label(self, name: str, look: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setProperty(look, True)
        label.setFixedWidth(_WIDTH)
        label.setWordWrap(True)
        label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    def _show_progress(self, progress: Progress) -> None:
        if progress.total:
            self._bar.setRange(0, _THOUSAND)
            self._bar.setValue(min(_THOUSAND, int(progress.done / progress.total * _THOUSAND)))
        else:
            self._bar.setRange(0, 0)
        self._tell()

    def _tell(self) -> None:
        task = self._task
        if task is None or not task.is_running:
            return
        said = progress_sentence(task.progress) if task.progress is not None else ""
        seconds = int(task.elapsed_s)
        if seconds >= _SHOWN_AFTER_S:
            clock = self.tr("{seconds} s").format(seconds=QLocale().toString(seconds))
            said = f"{said} · {clock}" if said else clock
        self._step.setText(said)

    def _stop(self) -> None:
        task, cancelled = self._task, self._cancelled
        if task is None or not task.is_running:
            return
        self._cancel.setEnabled(False)
        if cancelled is not None:
            task.disown()
            task.cancel()
            self._clock.stop()
            cancelled()
        else:
            task.cancel()
            self._words.setText(self.tr("Stopping…"))
