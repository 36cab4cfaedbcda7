"""Questions: what the panel asks before a stranger's file runs, and before it is left while something runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.ui.kit.confirm import Answer, Confirmation, ConfirmDialog, ask
from nexus_studio.ui.kit.job_desk import JobDesk


class Questions(QObject):
    """Belongs to the panel, over which it asks. UI thread only."""

    def __init__(self, desk: JobDesk, panel: QWidget) -> None:
        super().__init__(panel)
        self._desk, self._panel = desk, panel

    def may_leave(self, profile: ConnectionProfile) -> bool:
        """Ask while something runs: it would be stopped. Where that is wanted it is."""
        if not self._desk.is_busy:
            return True
        question = Confirmation(
            self.tr("Something still runs"),
            self.tr("{work} is stopped. No half file and no half database is left.").format(work=self._desk.title),
            self.tr("Stop it and leave"),
            destructive=True,
            writes=False,
        )
        dialog = ConfirmDialog(question, profile, self._panel)
        dialog.exec()
        answer = dialog.answer
        dialog.deleteLater()
        if answer is Answer.DO:
            self._desk.cancel()
        return answer is Answer.DO

    def ask_trust(self, file: Path, profile: ConnectionProfile, trusted: Callable[[], None]) -> None:
        """Ask before a stranger's file runs on this machine: a dump may hold code, and the scratch server obeys it."""
        confirmation = Confirmation(
            self.tr("Do you know where {file} is from?").format(file=file.name),
            self.tr("Nexus Studio has not made it. What is in it runs on a scratch server of this machine."),
            self.tr("Go on"),
            (self.tr("A dump may hold code that reaches this machine's files and programs."),),
            writes=False,
        )
        ask(confirmation, profile, self._panel, trusted)
