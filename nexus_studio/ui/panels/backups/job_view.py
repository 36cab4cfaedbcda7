"""PacedJobView: a job on backups, with bytes and tables beside one another, its rate and the time left."""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtWidgets import QWidget

from nexus_studio.core.tasks import Progress
from nexus_studio.ui.kit.job_desk import JobDesk
from nexus_studio.ui.kit.work_view import JobView
from nexus_studio.ui.panels.backups.pace import Pace
from nexus_studio.ui.panels.backups.words import left_word, progress_words, rate_word

_BESIDE: Final = "tables"  # the unit of what is reported beside the bytes of the same piece of work


class PacedJobView(JobView):
    """For the panel and its dialogs. `is_closable` False: what it says at the end stays."""

    def __init__(self, desk: JobDesk, name: str, parent: QWidget | None = None, *, is_closable: bool = True) -> None:
        self._pace = Pace()
        self._step = ""
        self._tables: Progress | None = None
        self._shown: Progress | None = None
        super().__init__(desk, name, parent, is_closable=is_closable, offers_steps=True)

    def start(self, title: str = "") -> None:
        """Begin to show work."""
        self._pace.forget()
        self._step, self._tables, self._shown = "", None, None
        super().start(title)

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is; tables that are told while bytes are stand beside these."""
        is_in_bytes = self._shown is not None and self._shown.unit == "bytes"
        if progress.unit == _BESIDE and self._step and self._step != progress.step and is_in_bytes:
            self._tables = progress
            return
        if progress.step != self._step:
            self._pace.forget()
            self._step, self._tables = progress.step, None
        self._pace.tell(time.monotonic(), progress.done, progress.total)
        self._shown = progress
        self.retranslate()
        self.show_far(progress.done, progress.total)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        if (shown := self._shown) is None:
            return
        pieces = [*progress_words(shown), *(progress_words(self._tables)[1:] if self._tables is not None else ())]
        if shown.unit == "bytes":
            pieces += [rate_word(self._pace.rate), left_word(self._pace.left_s)]
        self.say("  ·  ".join(filter(None, pieces)))
