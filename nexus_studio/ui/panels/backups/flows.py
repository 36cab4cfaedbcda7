"""Flows: what the panel does about backups, a method each: asks in a dialog, has it done, tells how it ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget
from shiboken6 import isValid

from nexus_studio.core.admin.archives import KeptDatabase, RestoreInto, RestoreResult, RestoreTarget
from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.backups import BackupSpec
from nexus_studio.services.backups.copying import CopyMade
from nexus_studio.services.backups.retention import CHANGED, Pruned
from nexus_studio.ui.kit.confirm import Confirmation, ask_where_wanted
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.backups.counts import Counts
from nexus_studio.ui.panels.backups.create_dialog import CreateDialog
from nexus_studio.ui.panels.backups.job_desk import JobDesk
from nexus_studio.ui.panels.backups.job_view import JobView
from nexus_studio.ui.panels.backups.prune_dialog import PruneDialog
from nexus_studio.ui.panels.backups.restore_dialog import RestoreDialog
from nexus_studio.ui.panels.backups.schedule_dialog import ScheduleDialog
from nexus_studio.ui.panels.backups.words import DISMISS, duration_text, size_text, warning_words

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.core.admin.retention import PrunePlan
    from nexus_studio.services.workspace import Workspace


class Flows(QObject):
    """Belongs to the panel; knows the workspace it has now. UI thread only."""

    changed = Signal(object)  # the library is another; Path of the backup to be chosen, or None
    step_asked = Signal(str)  # a next step that is the window's to do

    def __init__(self, context: UiContext, desk: JobDesk, view: JobView, panel: QWidget) -> None:
        super().__init__(panel)
        self._context, self._desk, self._view, self._panel = context, desk, view, panel
        self._counts = Counts(self)
        self.workspace: Workspace | None = None

    # made

    def create(self) -> None:
        """Ask what is to be backed up, and do it."""
        workspace = self.workspace
        if workspace is None or self._desk.is_busy:
            return
        dialog = CreateDialog(self._context, workspace, self._panel)
        dialog.create_asked.connect(self._create)
        dialog.step_asked.connect(self.step_asked)
        dialog.open()

    def _create(self, spec: BackupSpec, folder: Path | None, name: str) -> None:
        workspace = self.workspace
        if workspace is None:
            return
        self._desk.start(
            self.tr("Backup of {database}").format(database=workspace.session.profile.database),
            lambda ctx: workspace.backups.create(spec, ctx, folder=folder, name=name),
            lambda made: self._created(*made),
        )

    def _created(self, file: Path, record: BackupRecord) -> None:
        words = self.tr("Backup done: {file}").format(file=file.name)
        took = self.tr("{size} in {time}, by {tool}").format(
            size=size_text(record.size_bytes), time=duration_text(record.duration_s), tool=record.tool
        )
        buttons: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("prove_now", self.tr("Prove it now"), lambda: self.prove(file)),
            ("show_now", self.tr("Show in folder"), lambda: self.show_folder(file)),
        )
        self._view.show_done(words, (took,), buttons)
        self.changed.emit(file)

    # proven

    def prove(self, file: Path) -> None:
        """Restore a backup into a scratch database and compare."""
        workspace = self.workspace
        if workspace is None:
            return
        self._desk.start(
            self.tr("Proving {file}").format(file=file.name),
            lambda ctx: workspace.backups.verify(file, ctx),
            lambda record: self._proven(file, record),
        )

    def _proven(self, file: Path, record: BackupRecord) -> None:
        proof = record.proof
        if proof is not None and proof.is_good:
            words = self.tr("{file} is proven").format(file=file.name)
            lines = (f"{self._counts.compared(proof.compared)}  ·  {duration_text(proof.duration_s)}",)
            self._view.show_done(words, lines)
        else:
            words = self.tr("{file} is NOT proven: see what differs").format(file=file.name)
            self._view.show_done(words, sign="warning")
        self.changed.emit(file)

    # restored

    def restore(self, file: Path) -> None:
        """Ask where a backup is to be restored to, and do it."""
        workspace = self.workspace
        if workspace is None or self._desk.is_busy:
            return
        dialog = RestoreDialog(self._context, workspace, file, self._desk, self._panel)
        dialog.restore_asked.connect(lambda target: self._restore(file, target, dialog))
        dialog.dismiss_asked.connect(self._ask_dismiss)
        dialog.step_asked.connect(self.step_asked)
        dialog.open()

    def _restore(self, file: Path, target: RestoreTarget, dialog: RestoreDialog) -> None:
        workspace = self.workspace
        if workspace is None:
            return

        def done(result: RestoreResult) -> None:
            self._restored(result)
            if isValid(dialog) and dialog.isVisible():
                dialog.show_result(result)

        backups, writes = workspace.backups, target.into is RestoreInto.SWAP
        self._desk.start(
            self.tr("Restoring {file}").format(file=file.name),
            lambda ctx: backups.restore(file, target, ctx) if writes else backups.restore(file, target, ctx)[0],
            done,
            writes=writes,
        )

    def _restored(self, result: RestoreResult) -> None:
        words = self.tr("{database} is restored").format(database=result.database)
        lines = [self._counts.restored(result.tables).format(time=duration_text(result.duration_s))]
        lines += [warning_words(code) for code in result.warnings]
        if result.kept_as:
            lines.append(self.tr("What was there before is kept as {name}.").format(name=result.kept_as))
        self._view.show_done(words, tuple(lines))
        self.changed.emit(None)

    def dismiss(self, kept: KeptDatabase) -> None:
        """Drop a database that a restore has replaced, after asking."""
        self._ask_dismiss(kept.name)

    def _ask_dismiss(self, name: str) -> None:
        workspace = self.workspace
        if workspace is None or self._desk.is_busy:
            return
        title = self.tr("Dismiss {name}").format(name=name)
        text = self.tr("The database as it was before the restore is gone for good. The one in use is not touched.")
        backups = workspace.backups

        def dismiss() -> None:
            self._desk.start(title, lambda ctx: backups.dismiss(name, ctx), lambda _: self._dismissed(name))

        question = Confirmation(title, text, self.tr("Dismiss"), destructive=True, act=DISMISS)
        ask_where_wanted(question, workspace.session.profile, self._panel, dismiss)

    def _dismissed(self, name: str) -> None:
        self._view.show_done(self.tr("{name} is dropped").format(name=name))
        self.changed.emit(None)

    # kept

    def rules(self) -> None:
        """Show what the rule would keep, and delete the rest when asked to."""
        workspace = self.workspace
        if workspace is None or self._desk.is_busy:
            return
        dialog = PruneDialog(self._context, workspace, self._panel)
        dialog.prune_asked.connect(self._prune)
        dialog.step_asked.connect(self.step_asked)
        dialog.open()

    def _prune(self, plan: PrunePlan) -> None:
        workspace = self.workspace
        if workspace is not None:
            backups = workspace.backups
            self._desk.start(self.tr("Deleting backups"), lambda ctx: backups.prune(plan, ctx), self._pruned)

    def _pruned(self, pruned: Pruned) -> None:
        words = self._counts.deleted(len(pruned.removed))
        lines = [size_text(pruned.freed_bytes)]
        for file, why in pruned.left:
            reason = self.tr("it has changed meanwhile") if why == CHANGED else why
            lines.append(self.tr("Left: {file} ({reason})").format(file=file.name, reason=reason))
        self._view.show_done(words, tuple(lines), sign="warning" if pruned.left else "success")
        self.changed.emit(None)

    def schedule(self) -> None:
        """Show the schedule of this connection, and set it up or take it away."""
        workspace = self.workspace
        if workspace is None:
            return
        dialog = ScheduleDialog(self._context, workspace.session.profile, workspace.backups, self._panel)
        dialog.changed.connect(lambda: self.changed.emit(None))
        dialog.step_asked.connect(self.step_asked)
        dialog.open()

    def add_folder(self) -> None:
        """Choose a folder in which there are backups too."""
        self._choose_folder(self.tr("A folder with backups"), "add_folder_dialog", self.take_folder)

    def take_folder(self, folder: str) -> None:
        """Look for backups in a folder too."""
        workspace = self.workspace
        if workspace is not None:
            backups = workspace.backups
            self._context.runner.query(
                lambda ctx: backups.add_folder(Path(folder), ctx),
                owner=self,
                done=lambda _: self.changed.emit(None),
                failed=self._view.show_error,
            )

    def open_file(self) -> None:
        """Choose a file that is in no folder of the library."""
        dialog = QFileDialog(self._panel, self.tr("A backup"), QDir.homePath())
        dialog.setObjectName("backups.open_file_dialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: self.restore(Path(file)))
        dialog.open()

    def copy(self, file: Path) -> None:
        """Choose a folder that a backup is copied to."""
        self._choose_folder(self.tr("Copy to"), "copy_dialog", lambda folder: self.copy_to(file, folder))

    def copy_to(self, file: Path, place: str) -> None:
        """Copy a backup, with what is noted of it, to a folder."""
        workspace = self.workspace
        if workspace is not None:
            backups = workspace.backups
            self._desk.start(
                self.tr("Copying {file}").format(file=file.name),
                lambda ctx: backups.copy(file, place, ctx),
                lambda made: self._copied(file, made),
            )

    def _copied(self, file: Path, made: CopyMade) -> None:
        words = self.tr("{file} is copied, and the copy was read again")
        self._view.show_done(words.format(file=file.name), (made.where,))
        self.changed.emit(file)

    @staticmethod
    def show_folder(file: Path) -> None:
        """Open the folder that a file lies in, with the system's own program."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent)))

    def _choose_folder(self, title: str, name: str, taken: Callable[[str], None]) -> None:
        dialog = QFileDialog(self._panel, title, QDir.homePath())
        dialog.setObjectName(f"backups.{name}")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(taken)
        dialog.open()
