"""JobDesk: the one long piece of work of a panel, whoever shows how it goes: the panel, and a dialog over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.ui.kit.tasks import Lane, Task, TaskRunner


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How it ended: with an error, stopped by a person (neither), or well."""

    error: StudioError | None = None
    is_stopped: bool = False


class JobDesk(QObject):
    """Runs one job at a time. UI thread only; the work itself runs on a worker thread."""

    began = Signal(str)  # title
    progressed = Signal(object)  # Progress
    ended = Signal(object)  # JobEnd; after what `done` or `failed` did

    def __init__(self, runner: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._task: Task | None = None
        self._end: JobEnd | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a job runs."""
        return self._task is not None

    @property
    def title(self) -> str:
        """What runs; empty when nothing does."""
        return self._task.title if self._task is not None else ""

    def start(
        self,
        title: str,
        work: Callable[[TaskContext], Any],
        done: Callable[[Any], None],
        *,
        writes: bool = False,
        dropped: Callable[[Any], None] | None = None,
    ) -> bool:
        """Begin; tell whether it could: another job may be at it.

        Args:
            title: Translated, for the status bar.
            work: Its result goes to `done`; what `operate` of the runner takes.
            done: Called in the UI thread.
            writes: It changes the open database: then nothing is saved beside it.
            dropped: Puts a result away that nobody takes any more; called in a worker thread, holds nothing of Qt.
        """
        if self._task is not None:
            return False
        self._end = None
        if writes:
            task = self._runner.operate(title, work, owner=self, done=self._done(done), failed=self._failed)
        else:
            task = self._runner.query(
                work,
                owner=self,
                done=self._done(done),
                failed=self._failed,
                title=title,
                dropped=dropped,
                lane=Lane.BACK,
            )
        self._task = task
        task.progressed.connect(self._hear)
        task.finished.connect(self._finished)
        self.began.emit(title)
        return True

    def cancel(self) -> None:
        """Ask the job to stop; it says itself when it has."""
        if self._task is not None:
            self._task.cancel()

    # inside

    def _done(self, call: Callable[[Any], None]) -> Callable[[Any], None]:
        def ended_well(result: Any) -> None:
            self._end = JobEnd()
            call(result)

        return ended_well

    def _failed(self, error: StudioError) -> None:
        self._end = JobEnd(error)

    def _hear(self, progress: Progress) -> None:
        if self._task is not None and not self._task.is_cancelling:
            self.progressed.emit(progress)

    def _finished(self) -> None:
        self._task = None
        self.ended.emit(self._end or JobEnd(is_stopped=True))
