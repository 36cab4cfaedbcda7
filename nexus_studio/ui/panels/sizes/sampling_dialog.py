"""SamplingDialog: samples of sizes while no window is open: who takes them, what they are told, set up, taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.schedules import Scheduler
from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import sentence, text_for
from nexus_studio.ui.panels.sizes.words import said

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.health.growing import GrowthService
    from nexus_studio.services.health.sampling import Sampling

_SIZE: Final = QSize(720, 520)
_SCHEDULERS: Final[Mapping[Scheduler, str]] = {
    Scheduler.SYSTEMD: "systemd",
    Scheduler.LAUNCHD: "launchd",
    Scheduler.TASKS: QT_TRANSLATE_NOOP("sizes", "the Task Scheduler"),
    Scheduler.CRON: "cron",
}


def scheduler_words(scheduler: Scheduler) -> str:
    """Name a scheduler."""
    return said(_SCHEDULERS[scheduler])


@dataclass(frozen=True, slots=True)
class _Found:
    """Who takes samples, if anybody, and what would be told."""

    installed: Sampling | None
    would: Sampling


class SamplingDialog(QDialog):
    """Shows what the scheduler is told before it is told."""

    changed = Signal()  # samples are scheduled now, or no longer

    def __init__(self, context: UiContext, growth: GrowthService, name: str, parent: QWidget | None = None) -> None:
        """Make it; `name` is that of the saved connection, "" where it is not saved."""
        super().__init__(parent)
        self.setObjectName("sizes.sampling_dialog")
        self._growth, self._name = growth, name
        self._running = Latest(context.runner, self)
        self.standing = label("", "subtitle", name="sizes.sampling_standing")
        self.notes = label("", tone="warning", selectable=True, name="sizes.sampling_notes")
        self.texts = QPlainTextEdit(self)
        self.remove = QPushButton(self.tr("Take away"), self)
        self.install = QPushButton(self.tr("Set up"), self)
        self.close_button = QPushButton(self.tr("Close"), self)
        self._arrange()
        if name:
            self._start(self._look)
        else:
            self._show_unsaved()

    def done(self, result: int) -> None:
        """Close; what is under way goes on to its end on disk, but nobody waits."""
        self._running.cancel()
        super().done(result)

    # inside

    def _arrange(self) -> None:
        self.setWindowTitle(self.tr("Samples while no window is open"))
        self.resize(_SIZE)
        explained = label(
            self.tr(
                "The system's own scheduler can take a sample of all sizes every hour: names, bytes and rows, kept on "
                "this machine. It is told no password."
            ),
            "muted",
        )
        self.texts.setObjectName("sizes.sampling_texts")
        self.texts.setAccessibleName(self.tr("What the scheduler is told"))
        self.texts.setReadOnly(True)
        self.texts.setFont(monospace_font())
        self.texts.setTabChangesFocus(True)
        self.texts.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.remove)
        line.addStretch(1)
        line.addWidget(self.close_button)
        line.addWidget(self.install)
        for button, name in ((self.remove, "remove"), (self.install, "install"), (self.close_button, "close")):
            button.setObjectName(f"sizes.sampling_{name}")
            button.setAccessibleName(button.text())
            button.setAutoDefault(False)
        self.install.setProperty("primary", True)
        self.install.clicked.connect(lambda _checked=False: self._start(self._install))
        self.remove.clicked.connect(lambda _checked=False: self._start(self._remove))
        self.close_button.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        for widget in (self.standing, explained, self.notes):
            column.addWidget(widget)
        column.addWidget(self.texts, 1)
        column.addLayout(line)

    def _start(self, work: Callable[[TaskContext], _Found]) -> None:
        for button in (self.install, self.remove):
            button.setEnabled(False)
        self._running.start(work, self._show, self._show_failure)

    def _look(self, ctx: TaskContext) -> _Found:
        return _Found(self._growth.scheduled(), self._growth.would_schedule(ctx))

    def _install(self, ctx: TaskContext) -> _Found:
        self._growth.schedule(ctx)
        return self._look(ctx)

    def _remove(self, ctx: TaskContext) -> _Found:
        gone = self._growth.unschedule(ctx)
        found = self._look(ctx)
        return found if gone is None else _Found(found.installed, gone)

    def _show(self, found: _Found) -> None:
        shown = found.installed or found.would
        if found.installed is not None and found.installed.is_installed:
            words = self.tr("{scheduler} takes a sample of {name} every hour")
        elif found.installed is not None:
            words = self.tr("Nobody takes samples of {name} yet: tell {scheduler} yourself")
        else:
            words = self.tr("Nobody takes samples of {name} while no window is open")
        self.standing.setText(words.format(scheduler=scheduler_words(shown.scheduler), name=self._name))
        self.notes.setText("\n".join(map(text_for, shown.notes)))
        self.notes.setVisible(bool(shown.notes))
        files = [*map(str, shown.files), *(["crontab"] * (len(shown.texts) - len(shown.files)))]
        pieces = [f"# {file}\n{text.text.rstrip()}" for file, text in zip(files, shown.texts, strict=False)]
        self.texts.setPlainText("\n\n".join([*pieces, "\n".join(f"$ {each}" for each in shown.commands)]))
        self.install.setEnabled(found.installed is None or not found.installed.is_installed)
        self.remove.setEnabled(found.installed is not None)
        self.changed.emit()

    def _show_failure(self, error: StudioError) -> None:
        words = sentence(error)
        self.standing.setText(words.title)
        self.notes.setText(words.explanation)
        self.notes.setVisible(bool(words.explanation))
        self.install.setEnabled(True)

    def _show_unsaved(self) -> None:
        self.standing.setText(self.tr("The connection is not saved"))
        self.notes.setText(self.tr("The scheduler calls a saved connection by its name: save this one first."))
        for widget in (self.install, self.remove):
            widget.setEnabled(False)
