"""RunFlow: one run of migrations in a frame - begun, followed, cancelled, ended - for every flow that runs some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.admin.migrations import RunResult, Step
from nexus_studio.core.effects import Effects
from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.tasks import Task
from nexus_studio.ui.panels.migrations.flows.frame import FlowFrame
from nexus_studio.ui.panels.migrations.flows.runview import RunView
from nexus_studio.ui.panels.migrations.flows.words import duration

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.migrations.service import Listener

Run = Callable[[TaskContext, "Listener"], tuple[RunResult, Effects]]


class RunFlow(QObject):
    """Owns a `RunView` and the buttons Cancel and Resolve…; `page` is what the frame shows while it runs."""

    ended = Signal(object)  # RunResult, also of a failed or cancelled run
    resolve_asked = Signal(str)  # the revision that failed

    def __init__(self, frame: FlowFrame, name: str) -> None:
        super().__init__(frame)
        self._frame = frame
        self._task: Task | None = None
        self._result: RunResult | None = None
        self._direction = Direction.UP
        self.view = RunView(frame.context, name)
        self.page: QWidget = self.view
        self._resolve = frame.add_button("resolve", self.tr("Resolve…"), self._ask_resolve, look="primary")
        self._cancel = frame.add_button("cancel", self.tr("Cancel"), self.cancel)

    def run(self, title: str, steps: Sequence[Step], work: Run, direction: Direction = Direction.UP) -> None:
        """Run migrations. `title` names the task in the status bar."""
        self._result, self._direction = None, direction
        self.view.start(steps)
        listener = self.view.listener
        self._task = self._frame.act(title, lambda ctx: work(ctx, listener), self._done, failed=self._refused)
        self._task.finished.connect(self._finished)
        self._cancel.setEnabled(True)
        self._cancel.setText(self.tr("Cancel"))
        self._frame.show_page(self.page, self._cancel)
        self._frame.close_button.setVisible(False)
        self.view.setFocus()

    def cancel(self) -> None:
        """Ask the run to stop: between statements, and in a statement on the server."""
        if self._task is not None and self._task.is_running:
            self._task.cancel()
            self._cancel.setEnabled(False)
            self._cancel.setText(self.tr("Stopping…"))

    def _done(self, result: RunResult) -> None:
        self._result = result
        self.view.finish(result, self._title(result), good=result.failed is None and not result.cancelled)
        buttons = (self._resolve,) if result.failed is not None else ()
        self._frame.show_page(self.page, *buttons, default=self._resolve if buttons else self._frame.close_button)
        (self._resolve if buttons else self._frame.close_button).setFocus()
        self.ended.emit(result)

    def _refused(self, error: StudioError) -> None:
        self.view.finish(None, self.tr("Nothing more was run."), good=False)
        self._result = RunResult(())
        self._frame.show_error(error)

    def _finished(self) -> None:
        """A cancel that came before anything was begun has no result and no error."""
        if self._result is None:
            self._done(RunResult((), cancelled=True))

    def _ask_resolve(self) -> None:
        if self._result is not None and self._result.failed is not None:
            self.resolve_asked.emit(self._result.failed.migration_name)

    def _title(self, result: RunResult) -> str:
        count = len(result.done)
        if result.failed is not None:
            failed = result.failed
            if result.cancelled and failed.failed_number:
                words = self.tr("Cancelled in {revision}, at its statement {number}; nothing after it was run")
                return words.format(revision=failed.migration_name, number=failed.failed_number)
            if failed.failed_number:
                words = self.tr("{revision} failed at its statement {number}; nothing after it was run")
                return words.format(revision=failed.migration_name, number=failed.failed_number)
            return self.tr("{revision} failed; nothing after it was run").format(revision=failed.migration_name)
        if result.cancelled:
            return self.tr("Cancelled: %Ln revision(s) done, the others were not begun", "", count)
        took = duration(result.duration_ms)
        if self._direction is Direction.DOWN:
            return self.tr("%Ln revision(s) taken back in {time}", "", count).format(time=took)
        return self.tr("%Ln revision(s) applied in {time}", "", count).format(time=took)
