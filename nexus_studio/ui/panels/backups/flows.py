"""Flows: what the panel does about backups, a method each: asks in a dialog, has it done, tells how it ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QDir, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget
from shiboken6 import isValid

from nexus_studio.core.admin.archives import KeptDatabase, RestoreInto, RestoreResult, RestoreTarget
from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.backups import BackupSpec
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.copying import CopyMade
from nexus_studio.services.backups.retention import CHANGED, Pruned
from nexus_studio.ui.kit.confirm import Confirmation, ask_where_wanted
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.job_desk import JobDesk, JobEnd
from nexus_studio.ui.kit.notices import NoticeButton
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.panels.backups.copy_dialog import CopyDialog
from nexus_studio.ui.panels.backups.counts import Counts
from nexus_studio.ui.panels.backups.create_dialog import CreateDialog
from nexus_studio.ui.panels.backups.folders_dialog import FoldersDialog
from nexus_studio.ui.panels.backups.job_view import PacedJobView
from nexus_studio.ui.panels.backups.prune_dialog import PruneDialog
from nexus_studio.ui.panels.backups.restore_dialog import RestoreDialog
from nexus_studio.ui.panels.backups.schedule_dialog import ScheduleDialog
from nexus_studio.ui.panels.backups.words import DISMISS, duration_text, warning_words

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.core.admin.retention import PrunePlan
    from nexus_studio.services.workspace import Workspace

Buttons = tuple[tuple[str, str, Callable[[], object]], ...]
"""Next steps of what was done: each an objectName's end, its label, and what it does."""

_NOTICE: Final = "backups.done"
_TO_PANEL: Final = "panel.backups"


class Flows(QObject):
    """Belongs to the panel; knows the workspace it has now. UI thread only."""

    changed = Signal(object)  # the library is another; Path of the backup to be chosen, or None
    file_opened = Signal(object)  # Path of a file that is in no folder of the library
    step_asked = Signal(str)  # a next step that is the window's to do

    def __init__(self, context: UiContext, desk: JobDesk, view: PacedJobView, panel: QWidget) -> None:
        super().__init__(panel)
        self._context, self._desk, self._view, self._panel = context, desk, view, panel
        self._counts = Counts(self)
        self.workspace: Workspace | None = None
        desk.ended.connect(self._tell_failure)

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
        buttons: Buttons = (
            ("prove_now", self.tr("Prove it now"), lambda: self.prove(file)),
            ("show_now", self.tr("Show in folder"), lambda: self.show_folder(file)),
        )
        self._tell(words, (took,), buttons)
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
            self._tell(words, lines)
        else:
            words = self.tr("{file} is NOT proven: see what differs").format(file=file.name)
            self._tell(words, sign="warning")
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

        backups, looked, writes = workspace.backups, dialog.looked, target.into is RestoreInto.SWAP

        def work(ctx: TaskContext) -> Any:
            found = backups.restore(file, target, ctx, looked=looked)
            return found if writes else found[0]

        self._desk.start(self.tr("Restoring {file}").format(file=file.name), work, done, writes=writes)

    def _restored(self, result: RestoreResult) -> None:
        words = self.tr("{database} is restored").format(database=result.database)
        lines = [self._counts.restored(result.tables).format(time=duration_text(result.duration_s))]
        lines += [warning_words(code) for code in result.warnings]
        buttons: Buttons = ()
        if result.kept_as:
            lines.append(self.tr("What was there before is kept as {name}.").format(name=result.kept_as))
            buttons = (("dismiss_now", self.tr("Dismiss the old one…"), lambda: self._ask_dismiss(result.kept_as)),)
        self._tell(words, tuple(lines), buttons)
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
        self._tell(self.tr("{name} is dropped").format(name=name))
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
        self._tell(words, tuple(lines), sign="warning" if pruned.left else "success")
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

    def folders(self) -> None:
        """Show where the library looks for backups."""
        workspace = self.workspace
        if workspace is None:
            return
        dialog = FoldersDialog(self._context, workspace, self._panel)
        dialog.changed.connect(lambda: self.changed.emit(None))
        dialog.step_asked.connect(self.step_asked)
        dialog.open()

    def open_file(self) -> None:
        """Choose a file that is in no folder of the library."""
        dialog = QFileDialog(self._panel, self.tr("A backup"), QDir.homePath())
        dialog.setObjectName("backups.open_file_dialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: self.file_opened.emit(Path(file)))
        dialog.open()

    def copy(self, file: Path) -> None:
        """Ask where a backup is to be copied to, and do it."""
        workspace = self.workspace
        if workspace is None or self._desk.is_busy:
            return
        dialog = CopyDialog(self._context, workspace.session.profile, file.name, self._panel)
        dialog.copy_asked.connect(lambda place: self.copy_to(file, place))
        dialog.open()

    def copy_to(self, file: Path, place: str) -> None:
        """Copy a backup, with what is noted of it, to a folder or an address."""
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
        self._tell(words.format(file=file.name), (made.where,))
        self.changed.emit(file)

    @staticmethod
    def show_folder(file: Path) -> None:
        """Open the folder that a file lies in, with the system's own program."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent)))

    def _tell(self, words: str, lines: tuple[str, ...] = (), buttons: Buttons = (), *, sign: str = "success") -> None:
        """Say what came of a job in the panel; in a notice too where the panel is not in sight."""
        self._view.show_done(words, lines, buttons, look=sign)
        if self._panel.isVisible():
            return
        notices = self._context.notices
        steps = tuple(NoticeButton(label, _calling(run)) for _, label, run in buttons)
        there = NoticeButton(self.tr("Go to the backups"), lambda: notices.chosen.emit(_TO_PANEL))
        say = notices.success if sign == "success" else notices.warning
        say(words, explanation="\n".join(lines), buttons=(*steps, there), key=_NOTICE)

    def _tell_failure(self, end: JobEnd) -> None:
        if end.error is not None and not self._panel.isVisible():
            self._context.notices.failed(end.error, key=_NOTICE)


def _calling(run: Callable[[], object]) -> Callable[[], None]:
    """Make a function of one whose answer nobody wants."""

    def call() -> None:
        run()

    return call
