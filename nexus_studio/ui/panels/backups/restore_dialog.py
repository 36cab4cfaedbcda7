"""RestoreDialog: what the backup holds, where it goes, the question, how it goes, what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.admin.archives import REFUSED, ArchivePreview, RestoreInto, RestoreResult, RestoreTarget
from nexus_studio.core.admin.resets import Others
from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask_where_wanted
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.job_desk import JobDesk, JobEnd
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.panels.backups.counts import Counts
from nexus_studio.ui.panels.backups.frame import BackupDialog, scrolled
from nexus_studio.ui.panels.backups.job_view import PacedJobView
from nexus_studio.ui.panels.backups.preview_view import PreviewView, Revisions
from nexus_studio.ui.panels.backups.restore_form import RestoreForm
from nexus_studio.ui.panels.backups.words import RESTORE, duration_text, obstacle, warning_words

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIZE = QSize(900, 660)
_END_OTHERS = "sessions.end"


class RestoreDialog(BackupDialog):
    """Preview, choice, question, progress, result. The work is the panel's: it goes on when this is closed."""

    restore_asked = Signal(object)  # RestoreTarget
    dismiss_asked = Signal(str)  # name of the kept database

    def __init__(self, context: UiContext, workspace: Workspace, file: Path, desk: JobDesk, parent: QWidget) -> None:
        super().__init__(context, workspace.session.profile, "restore", parent, _SIZE)
        self._workspace, self._file, self._desk = workspace, file, desk
        self._counts = Counts(self)
        self._preview: ArchivePreview | None = None
        self._result: RestoreResult | None = None
        self.set_title(self.tr("Restore {file}").format(file=file.name))
        self.preview = PreviewView("restore", self)
        may_end = rail(act(_END_OTHERS), self.profile.environment) is not Rail.REFUSED
        self.form = RestoreForm(self.profile.database, self, may_end=may_end)
        self.job = PacedJobView(desk, "backups.restore_job", self, is_closable=False)
        self._pages_before = scrolled(self.preview, "backups.restore_preview_area")
        self._running = QWidget(self)
        self._build()
        self.look(self.tr("Reading what the backup holds…"), self._read, self._show_preview)

    @property
    def looked(self) -> ArchivePreview | None:
        """What was found in the file, None before that."""
        return self._preview

    def show_result(self, result: RestoreResult) -> None:
        """Show what came of it."""
        self._result = result
        self._hint.hide()
        words = self.tr("{database} is restored").format(database=result.database)
        counted = self._counts.restored(result.tables).format(time=duration_text(result.duration_s))
        lines = [counted, *(warning_words(code) for code in result.warnings)]
        if result.kept_as:
            kept = self.tr("What was there before is kept as {name}. Look at the result, then dismiss the old one.")
            lines.insert(1, kept.format(name=result.kept_as))
        self.job.show_done(words, tuple(lines))
        self.show_page(self._running, *([self.dismiss] if result.kept_as else []))

    # inside

    def _build(self) -> None:
        self.back = self.add_button("back", self.tr("Back"), self._show_first)
        self.next = self.add_button("next", self.tr("Next"), self._show_second, look="primary")
        self.again = self.add_button("again", self.tr("Back"), self._show_second)
        self.dismiss = self.add_button("dismiss", self.tr("Dismiss the old one…"), self._dismiss)
        self.restore = self.add_button(
            "do", self.tr("Restore…"), self._ask, look="danger", object_name="backups.restore"
        )
        column = QVBoxLayout(self._running)
        column.setContentsMargins(0, 0, 0, 0)
        hint = label(self.tr("You can close this: it goes on, and the panel shows how far it is."), "muted")
        column.addWidget(self.job)
        column.addWidget(hint)
        column.addStretch(1)
        self._hint = hint
        for page in (self._pages_before, self.form, self._running):
            self.add_page(page)
        self.form.changed.connect(self._tell)
        self.job.chosen.connect(self.step_asked)
        self._desk.ended.connect(self._ended)

    def _read(self, ctx: TaskContext) -> tuple[ArchivePreview, Revisions]:
        preview, migrations = self._workspace.backups.preview(self._file, ctx), self._workspace.migrations
        try:
            status = migrations.status(ctx)
        except StudioError:  # a database without migrations can be restored as well
            return preview, Revisions()
        return preview, Revisions(", ".join(status.current), ", ".join(status.heads))

    def _show_preview(self, found: tuple[ArchivePreview, Revisions]) -> None:
        self._preview, revisions = found
        self.preview.show_preview(self._preview, revisions)
        self.form.show_preview(self._preview)
        self._show_first()

    def _show_first(self) -> None:
        preview = self._preview
        is_refused = preview is not None and any(code in REFUSED for code in preview.warnings)
        if is_refused:
            self.show_page(self._pages_before)
            self.set_note(self.tr("This file is not restored."))
        else:
            self.show_page(self._pages_before, self.next, default=self.next)
            self.next.setFocus()

    def _show_second(self) -> None:
        self.show_page(self.form, self.back, self.restore)
        self._tell()

    def _tell(self) -> None:
        if self.page is not self.form:
            return
        against = obstacle(self._workspace.session, RESTORE) or self.form.lacking()
        self.restore.setEnabled(not against and not self._desk.is_busy)
        self.set_note(against)

    def _ask(self) -> None:
        target = self.form.target()
        database = self.profile.database
        said: list[str] = []
        if target.into is RestoreInto.SWAP:
            text = self.tr("{database} gets the state of {file}.").format(database=database, file=self._file.name)
            said.append(self.tr("What is there now is kept under another name until you dismiss it."))
            said.append(self.tr("Nothing is saved in this window meanwhile."))
            if target.others is Others.END:
                said.append(self.tr("The connections of others are ended."))
            if not target.selection.is_all:
                said.append(self.tr("Only what is ticked is in the database afterwards."))
        elif target.into is RestoreInto.NEW:
            text = self.tr("A new database {database} is made.").format(database=target.database)
        else:
            text = self.tr("{database} is filled; it is refused where anything is in it.").format(
                database=target.database
            )
        question = Confirmation(
            self.tr("Restore {file}").format(file=self._file.name),
            text,
            self.tr("Restore"),
            tuple(said),
            act=_END_OTHERS if target.others is Others.END and target.into is RestoreInto.SWAP else RESTORE,
        )
        ask_where_wanted(question, self.profile, self, lambda: self._begin(target))

    def _begin(self, target: RestoreTarget) -> None:
        self._result = None
        self._hint.show()
        self.show_page(self._running)
        self.restore_asked.emit(target)

    def _ended(self, end: JobEnd) -> None:
        self._hint.hide()
        if self.page is self._running and self._result is None and (end.error is not None or end.is_stopped):
            self.show_page(self._running, self.again)

    def _dismiss(self) -> None:
        if self._result is not None:
            kept_as = self._result.kept_as
            self.accept()
            self.dismiss_asked.emit(kept_as)
