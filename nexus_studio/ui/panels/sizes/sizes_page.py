"""SizesPage: what is big: the sum, a map or bars to go into, and the list of all tables with their indexes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QDir, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.maintenance import Job
from nexus_studio.core.admin.sizes import SizeReport
from nexus_studio.core.admin.sizetree import SizeNode, find
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.settings import SIZES_SPLIT
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import ErrorPage
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.splits import fill_split, keep_split, restore_split
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.sizes import sizes_header
from nexus_studio.ui.panels.sizes.counts import Counts
from nexus_studio.ui.panels.sizes.exporting import as_csv, as_json, write
from nexus_studio.ui.panels.sizes.measuring import Measured, measure
from nexus_studio.ui.panels.sizes.page import HealthPage
from nexus_studio.ui.panels.sizes.request import MaintenanceRequest
from nexus_studio.ui.panels.sizes.size_list import SizeList
from nexus_studio.ui.panels.sizes.size_map import SizeMap
from nexus_studio.ui.panels.sizes.sizes_header import SizesHeader
from nexus_studio.ui.panels.sizes.words import DASH, obstacle

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_AGAIN: Final = "rows.refresh"


class SizesPage(HealthPage):
    """Shows sizes. What is chosen in the list is marked on the map, and the other way round."""

    NAME = "sizes"

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._report: SizeReport | None = None
        self._counts = Counts(self)
        self._is_marking = False
        self._is_busy = False
        self._wanted: RelationName | None = None
        self._pages = QStackedWidget(self)
        self._content = QWidget(self._pages)
        self._error = ErrorPage(self._pages)
        self.header = SizesHeader(self._content)
        self.note = label("", tone="warning", selectable=True, name="sizes.note")
        self._split = QSplitter(Qt.Orientation.Vertical, self._content)
        self.map = SizeMap(context, self._split)
        below = QWidget(self._split)
        self.filter = QLineEdit(below)
        self.list = SizeList(below)
        self._arrange(below)
        self._wire()
        self.retranslate()

    # HealthPage

    @classmethod
    def title(cls) -> str:
        return QCoreApplication.translate("SizesPage", "Sizes")

    def open(self, workspace: Workspace) -> None:
        super().open(workspace)
        self._tell()

    def leave(self) -> None:
        super().leave()
        self.map.bars.let_go()
        keep_split(self._split, self.context.settings, SIZES_SPLIT)
        self._report = None

    def on_effects(self, effects: Effects) -> None:
        if effects.touches(Kind.SIZES) or effects.touches(Kind.CATALOG):
            self._is_stale = True
            if self.isVisible():
                self.read()

    def access_changed(self) -> None:
        self._tell()

    def can(self) -> frozenset[str]:
        can = {"read"} if self._workspace is not None else set()
        if self._report is not None:
            can.add("export")
            can |= {f"job.{job.value}" for job in Job if not self._against(job)}
        if self.chosen_table() is not None:
            can.add("open_rows")
        return frozenset(can)

    def read(self) -> None:
        workspace = self._workspace
        if workspace is None:
            return
        self._is_stale = False
        self._reading.start(partial(measure, workspace), self._show, self._show_failure)

    def first_widget(self) -> QWidget:
        return self.list

    def retranslate(self) -> None:
        self.filter.setPlaceholderText(self.tr("Filter tables and indexes"))
        self.filter.setAccessibleName(self.filter.placeholderText())
        if self._report is not None:
            self._say_notes(self._report)

    # what actions do

    @property
    def report(self) -> SizeReport | None:
        """What was measured last; None before that."""
        return self._report

    def set_busy(self, *, busy: bool) -> None:
        """Hear whether a job of maintenance runs: only one does at a time."""
        self._is_busy = busy
        self._tell()

    def maintain(self, job: Job) -> None:
        """Ask for a job on what is chosen, on all tables where nothing is."""
        if not self._against(job):
            chosen = self.list.chosen_nodes()
            index = chosen[0].index.name if len(chosen) == 1 and chosen[0].index is not None and job.takes_index else ""
            self.job_asked.emit(MaintenanceRequest(job, self.list.chosen_relations(), index))

    def chosen_table(self) -> SizeNode | None:
        """Return the node of the table that is current."""
        node = self.list.current()
        return node if node is not None and node.table is not None else None

    def open_rows(self) -> None:
        """Show the rows of the current table."""
        node = self.chosen_table()
        if node is not None:
            self.open_relation.emit(node.table, None)

    def show_table(self, relation: RelationName) -> None:
        """Go to a table's line; once the sizes are there, where they are not yet."""
        self._wanted = relation
        self._go_to_wanted()

    def export(self, what: str) -> None:
        """Ask for a file and write the sizes into it; `what` is EXPORT_CSV or EXPORT_JSON of the header."""
        report = self._report
        if report is None:
            return
        ending = "csv" if what == sizes_header.EXPORT_CSV else "json"
        dialog = QFileDialog(self, self.tr("Save the sizes"), QDir.home().filePath(f"sizes-{report.database}.{ending}"))
        dialog.setObjectName("sizes.save")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.save(Path(path), ending))
        dialog.open()

    def save(self, path: Path, ending: str) -> None:
        """Write the sizes into a file, "csv" or "json", in a worker."""
        report = self._report
        if report is None:
            return

        def done(error: str) -> None:
            if error:
                words = self.tr("{file} can't be written: {reason}")
                self.context.notices.warning(words.format(file=path.name, reason=error))
            else:
                self.context.notices.success(self.tr("Saved: {file}").format(file=str(path)), key="sizes.saved")

        text_of = as_csv if ending == "csv" else as_json
        self.context.runner.query(lambda _ctx: write(path, text_of(report)), owner=self, done=done)

    # inside

    def _arrange(self, below: QWidget) -> None:
        self.filter.setObjectName("sizes.filter")
        self.filter.setClearButtonEnabled(True)
        row = QHBoxLayout()
        row.setContentsMargins(12, 6, 12, 6)
        row.addWidget(self.filter)
        lower = QVBoxLayout(below)
        lower.setContentsMargins(0, 0, 0, 0)
        lower.setSpacing(0)
        lower.addLayout(row)
        lower.addWidget(self.list, 1)
        self.note.setContentsMargins(16, 6, 16, 6)
        self.note.hide()
        self.map.setMinimumHeight(150)
        below.setMinimumHeight(150)
        fill_split(self._split, "sizes.split", ((self.map, 45), (below, 55)))
        restore_split(self._split, self.context.settings, SIZES_SPLIT)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.header, self.note):
            column.addWidget(widget)
        column.addWidget(self._split, 1)
        for page in (self._content, self._error):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    def _wire(self) -> None:
        self.header.asked.connect(self._ask)
        self.header.job_asked.connect(self.maintain)
        self.filter.textChanged.connect(self.list.narrow)
        self.filter.returnPressed.connect(self.list.narrow_now)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.filter, context=Qt.ShortcutContext.WidgetShortcut)
        escape.activated.connect(self.filter.clear)
        self.list.chosen.connect(self._mark_on_map)
        self.list.entered.connect(self._enter)
        self.list.left.connect(self.map.go_up)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._tell_chosen())
        self.map.chosen.connect(self._mark_in_list)
        self._error.chosen.connect(self._choose)

    def _ask(self, what: str) -> None:
        if what == sizes_header.READ:
            self.read()
        else:
            self.export(what)

    def _show(self, found: Measured) -> None:
        self._report = found.report
        self._pages.setCurrentWidget(self._content)
        self.header.show_report(found.report, found.grown_bytes)
        self._is_marking = True  # the list tells what it chose again; the map shows its own place
        self.list.show_tree(found.tree, found.report)
        self.map.show_tree(found.tree)
        self._is_marking = False
        self.map.mark(self.list.current())
        self._say_notes(found.report)
        self._go_to_wanted()
        self._tell()

    def _go_to_wanted(self) -> None:
        wanted, root = self._wanted, self.list.sizes.root
        node = find(root, wanted) if wanted is not None else None
        if node is not None:
            self._wanted = None
            self.filter.clear()
            self.list.narrow_now()
            self.list.choose(node)

    def _show_failure(self, error: StudioError) -> None:
        self._is_stale = True
        if isinstance(error, ConnectionLost | ConnectionFailed) and self._report is not None:
            self.failed.emit(error)  # the window says so, and how to come back; what is in sight stays
        else:
            self._error.show_error(error, (NextStep(_AGAIN, self.tr("Read again")),))
            self._pages.setCurrentWidget(self._error)
        self._tell()

    def _say_notes(self, report: SizeReport) -> None:
        notes = []
        if report.is_standby:
            notes.append(self.tr("This is a standby: it counts its own scans, and knows of no VACUUM."))
        if report.may_not_see:
            notes.append(self._counts.unseen(len(report.may_not_see)))
        if report.distributed_unknown:
            names = ", ".join(str(each) for each in report.distributed_unknown[:4])
            notes.append(self.tr("Citus' nodes did not answer: {names} are shown as big as here.").format(names=names))
        if self._workspace is not None and self._workspace.session.profile.pooler:
            notes.append(self.tr("A pooler stands between: jobs work, but their progress can't be seen."))
        self.note.setText(" ".join(notes))
        self.note.setVisible(bool(notes))

    def _mark_on_map(self, node: SizeNode | None) -> None:
        if not self._is_marking:
            self.map.choose(node)
        self.state_changed.emit()

    def _mark_in_list(self, node: SizeNode) -> None:
        self._is_marking = True
        self.list.choose(node)
        self._is_marking = False

    def _enter(self, node: SizeNode) -> None:
        if node.parts:
            self.map.go_into(node)

    def _against(self, job: Job) -> str:
        if self._is_busy:
            return self.tr("A job is at work already.")
        session = self._workspace.session if self._workspace is not None else None
        return obstacle(session, job.act)

    def _tell_chosen(self) -> None:
        self.header.show_chosen(len(self.list.chosen_relations()))

    def _tell(self) -> None:
        has_report = self._report is not None
        against = {job: self._against(job) for job in Job} if self._workspace is not None else dict.fromkeys(Job, DASH)
        self.header.allow(reads=self._workspace is not None, exports=has_report, against=against)
        self._tell_chosen()
        self.state_changed.emit()

    def _choose(self, step: str) -> None:
        if step in {_AGAIN, "connection.retry"}:
            self.read()
        else:
            self.step_asked.emit(step)
