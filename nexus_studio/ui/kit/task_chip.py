"""Running tasks in the status bar: name, how far, and a button that stops them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.tasks import Task, TaskRunner
from nexus_studio.ui.kit.wording import progress_amount, progress_sentence

SHOWN_AFTER_MS = 500  # what is quicker than this is not worth a flicker
_BAR_WIDTH = 80
_THOUSAND = 1000


class TaskChip(QWidget):
    """Shows the newest titled task of a runner, and how many more there are; hidden while there is none."""

    def __init__(self, runner: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("task_chip")
        self._runner = runner
        self._task: Task | None = None
        self._name = QLabel(self)
        self._name.setObjectName("task_name")
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._amount = QLabel(self)
        self._amount.setObjectName("task_amount")
        self._bar = QProgressBar(self)
        self._bar.setObjectName("task_bar")
        self._bar.setFixedWidth(_BAR_WIDTH)
        self._bar.setTextVisible(False)
        self._stop = QToolButton(self)
        self._stop.setObjectName("task_stop")
        self._stop.setIcon(icon("close", "text-muted"))
        self._stop.clicked.connect(self._cancel)
        line = QHBoxLayout(self)
        line.setContentsMargins(4, 0, 4, 0)
        line.setSpacing(8)
        for widget in (self._name, self._bar, self._amount, self._stop):
            line.addWidget(widget)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(SHOWN_AFTER_MS)
        self._delay.timeout.connect(self._refresh)
        runner.tasks_changed.connect(self._refresh)
        self._retranslate()
        self._refresh()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
            self._refresh()

    def _refresh(self) -> None:
        running = self._runner.running()
        ripe = [task for task in running if task.elapsed_s * _THOUSAND >= SHOWN_AFTER_MS]
        if len(ripe) < len(running):
            self._delay.start()
        task = ripe[-1] if ripe else None
        if task is not self._task:
            if task is not None:
                task.progressed.connect(self._show_progress)
            self._task = task
        self.setVisible(task is not None)
        if task is None:
            return
        others = len(ripe) - 1
        more = self.tr("and %Ln more", "further running tasks", others) if others else ""
        title = self.tr("{task}: stopping…").format(task=task.title) if task.is_cancelling else task.title
        self._name.setText(" ".join(filter(None, (title, more))))
        self._stop.setEnabled(not task.is_cancelling)
        self._show_progress()

    def _show_progress(self) -> None:
        task = self._task
        if task is None:
            return
        progress = task.progress
        if progress is not None and progress.total:
            self._bar.setRange(0, _THOUSAND)
            self._bar.setValue(min(_THOUSAND, int(progress.done / progress.total * _THOUSAND)))
        else:
            self._bar.setRange(0, 0)
        self._amount.setText(progress_amount(progress) if progress is not None else "")
        said = progress_sentence(progress) if progress is not None else task.title
        self.setToolTip(said)
        self.setAccessibleName(f"{task.title} {self._amount.text()}".strip())

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _retranslate(self) -> None:
        self._stop.setToolTip(self.tr("Stop"))
        self._stop.setAccessibleName(self.tr("Stop this task"))
