"""ImportDialog: a file, how it is read, what of it goes where; a dry run, the import, and every line it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.data.transferkeeping import Why
from nexus_studio.core.data.transferplan import ImportMode, ImportPlan, ImportReport, Preview, Wishes
from nexus_studio.core.errors import HistoryUnwritten, StudioError, TransferRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.grid.reason_field import ReasonField
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.data.transfer.counts import Counts
from nexus_studio.ui.panels.data.transfer.frame import TransferDialog
from nexus_studio.ui.panels.data.transfer.mapping_view import MappingView
from nexus_studio.ui.panels.data.transfer.reading_form import ReadingForm
from nexus_studio.ui.panels.data.transfer.refusals_view import RefusalsView
from nexus_studio.ui.panels.data.transfer.words import IMPORT, obstacle, unkept_words

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIZE: Final = QSize(980, 720)
_NAME: Final = "import_rows"
_Found = tuple[Relation, Preview, ImportPlan | None, StudioError | None]


class ImportDialog(TransferDialog):
    """Imports a file into one table."""

    def __init__(self, context: UiContext, workspace: Workspace, target: RelationName, parent: QWidget) -> None:
        super().__init__(context, workspace.session.profile, _NAME, parent, _SIZE)
        self._workspace, self._target = workspace, target
        self._relation: Relation | None = None
        self._plan: ImportPlan | None = None
        self._again: Callable[[], None] = lambda: None
        self.set_title(self.tr("Import rows into {table}").format(table=target))
        self.file = QLineEdit(self)
        self.browse = QPushButton(icon("folder"), self.tr("Browse…"), self)
        self.form = ReadingForm(self)
        self.mapping = MappingView(self)
        self.refused = RefusalsView(context, self)
        self._facts = label("", "muted", selectable=True, name=f"{_NAME}.facts")
        self._against = label("", tone="warning", selectable=True, name=f"{_NAME}.against")
        self.reason = ReasonField(required=self.profile.requires_reason, name=_NAME, parent=self)
        self._make_body()
        self.try_ = self.add_button("try", self.tr("Dry run"), self.try_import)
        self.run_ = self.add_button("run", self.tr("Import…"), self.ask_import, look="primary")
        self._wire()
        self.tell()
        self.file.setFocus()

    def show_file(self, path: Path) -> None:
        """Look at a file."""
        self.file.setText(str(path))
        self._look()

    def tell(self) -> None:
        is_free, session = not self.desk.is_busy, self._workspace.session
        for widget in (self.file, self.browse, self.form, self.mapping, self.reason):
            widget.setEnabled(is_free)
        against = obstacle(session)
        self.set_note(against)
        can = is_free and self._plan is not None and not self._plan.lacking and not self.reading.is_busy
        unsaid = "" if self.reason.is_given else self.tr("This connection asks for a reason with each import.")
        for button, hindered in ((self.try_, against), (self.run_, against or unsaid)):
            button.setEnabled(can and not hindered)
            button.setToolTip(hindered)

    def try_import(self) -> None:
        """Say what would become of every line, and write nothing."""
        if (asked := self._asked()) is None:
            return
        path, relation, wishes = asked
        transfers = self._workspace.transfers
        title = self.tr("Trying {file}").format(file=path.name)
        self._begin(title, lambda ctx: transfers.check(path, relation, wishes, ctx))

    def ask_import(self) -> None:
        """Import, once the person is sure."""
        if (asked := self._asked()) is None or self._plan is None or not self.reason.is_given:
            return
        path, relation, wishes = asked
        consequences = {
            ImportMode.INSERT: self.tr("Every line is a new row."),
            ImportMode.UPSERT: self.tr("Lines whose key a row has change that row, the others are new ones."),
            ImportMode.UPDATE: self.tr("Every line changes the row that has its key."),
        }
        also = [self.tr("All of it is one transaction.")]
        if self._plan.triggers:
            triggers = ", ".join(self._plan.triggers)
            also.append(self.tr("It sets off triggers: {triggers}.").format(triggers=triggers))
        if self._plan.unkept is not None:
            also.append(unkept_words(self._plan.unkept))
        question = Confirmation(
            self.tr("Import {file}?").format(file=path.name),
            self.tr("Its rows are written into {table}.").format(table=relation.name),
            self.tr("Import"),
            (consequences[wishes.mode], *also),
            destructive=wishes.mode is not ImportMode.INSERT,
            act=IMPORT,
        )
        why = Why(self.reason.reason, self.reason.ticket)
        ask(question, self.profile, self, lambda: self._import(path, relation, wishes, why))

    # inside

    def _make_body(self) -> None:
        self.file.setObjectName(f"{_NAME}.file")
        self.file.setAccessibleName(self.tr("File"))
        self.file.setPlaceholderText(self.tr("CSV, TSV, JSON Lines or Excel; .gz and .zst too"))
        self.browse.setObjectName(f"{_NAME}.browse")
        self.browse.setAccessibleName(self.tr("Choose the file"))
        self.browse.setAutoDefault(False)
        caption = QLabel(self.tr("File"), self)
        caption.setBuddy(self.file)
        line = QHBoxLayout()
        line.setSpacing(8)
        for place, part in enumerate((caption, self.file, self.browse)):
            line.addWidget(part, int(place == 1))
        self._details = QWidget(self)
        column = QVBoxLayout(self._details)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.form)
        column.addWidget(self.mapping, 1)
        column.addWidget(self._facts)
        self.body.addLayout(line)
        self.body.addWidget(self._against)
        self.body.addWidget(self._details, 3)
        self.body.addWidget(self.refused, 2)
        self.body.addWidget(self.reason)
        self._hint = label(self.tr("Choose a file: how it is read and where its columns go is shown first."), "muted")
        self.body.addWidget(self._hint)
        self.body.addStretch(0)
        self.reason.hide()
        self._details.hide()
        self._against.hide()

    def _wire(self) -> None:
        self.browse.clicked.connect(self._browse)
        self.file.editingFinished.connect(self._edited)
        self.form.changed.connect(self._read)
        self.reason.changed.connect(self.tell)
        self.mapping.mapped.connect(lambda _maps: self._read())

    @property
    def _path(self) -> Path | None:
        text = self.file.text().strip()
        return Path(text).expanduser() if text else None

    def _wishes(self) -> Wishes:
        return replace(self.form.wishes(), maps=self.mapping.maps)

    def _asked(self) -> tuple[Path, Relation, Wishes] | None:
        path, relation = self._path, self._relation
        if path is None or relation is None or not self.try_.isEnabled():
            return None
        return path, relation, self._wishes()

    def _browse(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a file of rows"))
        dialog.setObjectName(f"{_NAME}.browse_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        words = self.tr("Files of rows ({pattern})")
        pattern = "*.csv *.tsv *.txt *.json *.jsonl *.ndjson *.xlsx *.xlsm *.gz *.zst"
        dialog.setNameFilters([words.format(pattern=pattern), self.tr("All files ({pattern})").format(pattern="*")])
        dialog.fileSelected.connect(lambda name: self.show_file(Path(name)))
        dialog.open()

    def _edited(self) -> None:
        if self.file.isModified():
            self._look()

    def _look(self) -> None:
        """Read another file: what was chosen for the last one is forgotten."""
        self.file.setModified(False)
        self.form.forget()
        self.mapping.forget()
        self._read()

    def _read(self) -> None:
        """Read the beginning of the file, and say what goes where."""
        path, transfers, catalog, target = self._path, self._workspace.transfers, self._workspace.catalog, self._target
        self.refused.show_report(None)
        self.progress.clear()
        if path is None:
            return
        wishes = self._wishes()

        def work(ctx: TaskContext) -> _Found:
            relation = catalog.relation(target, ctx)
            try:
                preview, plan = transfers.preview(path, wishes, relation, ctx)
            except TransferRefused as error:
                if error.code == "transfer.map_unknown":  # chosen when the file was read otherwise
                    preview, plan = transfers.preview(path, replace(wishes, maps={}), relation, ctx)
                    return relation, preview, plan, None
                # What does not fit can be put right where it is seen, if the file can be read at all.
                return relation, transfers.preview(path, wishes, None, ctx)[0], None, error
            return relation, preview, plan, None

        self.reading.start(work, self._show, self._show_failure)
        self.tell()

    def _show(self, found: _Found) -> None:
        self._relation, preview, self._plan, error = found
        self._hint.hide()
        self._details.show()
        self.reason.show()
        if not self.mapping.maps.keys() <= {*preview.source.names}:
            self.mapping.forget()
        self.form.show_source(preview.source, self._relation)
        self.mapping.show_plan(preview, self._plan, self._relation)
        self._facts.setText("  ·  ".join(self._remarks(preview)))
        against = ""
        if error is not None:
            said = sentence(error)
            against = " ".join(filter(None, (f"{said.title}.", said.explanation)))
        elif self._plan is not None and self._plan.lacking:
            words = self.tr("These columns must have a value, and the file has not got them: {columns}.")
            against = words.format(columns=", ".join(self._plan.lacking))
        self._against.setText(against)
        self._against.setVisible(bool(against))
        self.tell()

    def _remarks(self, preview: Preview) -> list[str]:
        plan = self._plan
        said = [size_text(preview.size_bytes)]
        if plan is None:
            return said
        for words, names in (
            (self.tr("Rows are found by: {columns}"), plan.key),
            (self.tr("Computed by PostgreSQL: {columns}"), plan.computed),
            (self.tr("New rows are given an id like those there are: {columns}"), plan.new_ids),
            (self.tr("Set to now: {columns}"), plan.set_to_now),
            (self.tr("Left to the database: {columns}"), plan.kept if plan.mode is not ImportMode.UPDATE else ()),
            (self.tr("Sets off triggers: {columns}"), plan.triggers),
        ):
            if names:
                said.append(words.format(columns=", ".join(names)))
        if plan.unkept is None:
            said.append(self.tr("Can be taken back from History"))
        else:
            said.append(unkept_words(plan.unkept))
        return said

    def _show_failure(self, error: StudioError) -> None:
        self._plan = None
        self._details.hide()
        self.reason.hide()
        self._hint.show()
        self._against.hide()
        self.tell_failed(error)
        self.tell()

    def _import(self, path: Path, relation: Relation, wishes: Wishes, why: Why) -> None:
        transfers = self._workspace.transfers
        title = self.tr("Importing {file}").format(file=path.name)
        self._again = lambda: self._import(path, relation, wishes, replace(why, must_keep=False))
        self._begin(title, lambda ctx: transfers.run(path, relation, wishes, ctx, why))

    def _begin(self, title: str, work: Callable[[TaskContext], Any]) -> None:
        self.refused.show_report(None)
        self.desk.start(title, work, self._show_report, writes=True)

    def _show_report(self, report: ImportReport) -> None:
        self.refused.show_report(report)
        if report.refused:
            self._tell_refused(report)
            return
        lines, counts = [], Counts()
        if report.missing:
            lines.append(counts.missing(report.missing))
        if report.unwritten:
            lines.append(counts.unwritten(report.unwritten))
        if report.sequences:
            lines.append(self.tr("%Ln sequence(s) go on behind the new values.", "", report.sequences))
        if report.unkept is not None and not report.is_dry:
            lines.append(unkept_words(report.unkept, is_done=True))
        new, changed = counts.inserted(report.inserted), counts.updated(report.updated)
        if report.is_dry:
            lines.append(self.tr("This was a dry run: nothing was written."))
            words = self.tr("Nothing is refused: {new}, {changed}").format(new=new, changed=changed)
        else:
            words = self.tr("Imported: {new}, {changed}").format(new=new, changed=changed)
        self.tell_done(words, tuple(lines), ())

    def _tell_refused(self, report: ImportReport) -> None:
        words = Counts().refused(report.refused)
        lines = [] if report.is_complete else [self.tr("After so many the rest was not tried.")]
        self.progress.show_done(words, tuple(lines), look="error")
        if not self.isVisible():
            self.context.notices.warning(words, explanation=" ".join(lines))

    def fail(self, error: StudioError) -> None:
        outcome = error.outcome if isinstance(error, TransferRefused) else None
        if isinstance(outcome, ImportReport):
            self.refused.show_report(outcome)
            self._tell_refused(outcome)
        else:
            self.tell_failed(error)
        if isinstance(error, HistoryUnwritten):
            self._ask_unkept(error)

    def _ask_unkept(self, error: HistoryUnwritten) -> None:
        said = sentence(error)
        question = Confirmation(
            self.tr("Import without history?"),
            said.title,
            self.tr("Import without it"),
            (said.explanation, self.tr("This import could not be taken back then.")),
        )
        ask(question, self.profile, self, self._again)
