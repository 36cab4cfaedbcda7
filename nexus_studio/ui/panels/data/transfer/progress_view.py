"""ProgressView: how an export or an import goes, in all the units that a step is told in, and how it ended."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from nexus_studio.core.tasks import Progress
from nexus_studio.ui.kit.job_desk import JobDesk
from nexus_studio.ui.kit.wording import progress_amount, progress_sentence
from nexus_studio.ui.kit.work_view import JobView


class ProgressView(JobView):
    """Below a dialog's pages, which has the title already."""

    def __init__(self, desk: JobDesk, name: str, parent: QWidget | None = None) -> None:
        self._amounts: dict[str, str] = {}
        self._step = ""
        super().__init__(desk, f"{name}.progress", parent)

    def start(self, _title: str = "") -> None:
        """Begin to show work."""
        self._amounts, self._step = {}, ""
        super().start()

    def show_progress(self, progress: Progress) -> None:
        """Show a step, in all the units that it is told in."""
        if progress.step != self._step:
            self._amounts, self._step = {}, progress.step
        self._amounts[progress.unit] = progress_amount(progress)
        doing = progress_sentence(Progress(progress.step))
        self.say("  ·  ".join(filter(None, (doing, *self._amounts.values()))))
        if progress.total:  # a unit without one leaves the bar where it is
            self.show_far(progress.done, progress.total)
