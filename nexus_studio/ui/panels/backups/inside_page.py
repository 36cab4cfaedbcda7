"""InsidePage: a backup opened like a database: its tables, each against today's, and rows to be brought back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QLocale, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QTabBar, QVBoxLayout, QWidget

from nexus_studio.core.admin.backups import TableState
from nexus_studio.core.admin.tablecomparison import Fate, TableComparison
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.job_desk import JobDesk, JobEnd
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.panels.backups.counts import Counts
from nexus_studio.ui.panels.backups.job_view import PacedJobView
from nexus_studio.ui.panels.backups.rows_view import RowsView
from nexus_studio.ui.panels.backups.tables_view import TablesView
from nexus_studio.ui.panels.backups.words import DASH

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.backups.inside import Inside
    from nexus_studio.services.workspace import Workspace

_FATES: Final = (Fate.ONLY_IN_BACKUP, Fate.CHANGED, Fate.ONLY_NOW)


class InsidePage(QWidget):
    """Shows an open backup. Whoever opened it closes it."""

    left = Signal()  # the person goes back to the library
    stage_asked = Signal(object, object)  # RelationName, tuple[RowChange, ...]
    state_changed = Signal()

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("backups.inside_page")
        self._context = context
        self._workspace: Workspace | None = None
        self._inside: Inside | None = None
        self._relation: RelationName | None = None
        self._comparison: TableComparison | None = None
        self._masked: frozenset[str] = frozenset()  # columns whose cells this connection does not show
        self._is_waiting = False  # a table was chosen while another is still being compared
        self._counts = Counts(self)
        self._desk = JobDesk(context.runner, self)
        self.back = QPushButton(icon("back"), "", self)
        self._title = label("", "subtitle", name="backups.inside_title")
        self._facts = label("", "muted", name="backups.inside_facts")
        self._problems = label("", tone="warning", selectable=True, name="backups.inside_problems")
        self.tables = TablesView(self, name="inside")
        self._headline = label("", "strong", selectable=True, name="backups.inside_headline")
        self._columns = label("", tone="warning", selectable=True, name="backups.inside_columns")
        self.fates = QTabBar(self)
        self.rows = RowsView(context.theme, self)
        self._more = label("", "muted", name="backups.inside_more")
        self.job = PacedJobView(self._desk, "backups.inside_job", self)
        self.bring = QPushButton(icon("undo", "accent-text"), "", self)
        self._build()
        self.retranslate()

    def show_inside(self, inside: Inside, workspace: Workspace, tables: Sequence[TableState]) -> None:
        """Show a backup that was opened."""
        self._inside, self._workspace = inside, workspace
        self._title.setText(self.tr("Inside {file}").format(file=Path(inside.preview.file).name))
        preview = inside.preview
        made = moment_text(preview.made_at) if preview.made_at else DASH
        words = self.tr("{database} as it was on {moment}; it is open on a server of its own")
        self._facts.setText(words.format(database=preview.database or DASH, moment=made))
        self.tables.show_states(tables)
        self._problems.setText("\n".join(self._problems_of(inside)))
        self._problems.setVisible(bool(self._problems.text()))
        self._show(None)
        self.job.clear()
        self.tables.filter.setFocus()

    def use(self, workspace: Workspace) -> None:
        """Go on with a workspace that was opened again."""
        if self._inside is not None:
            self._workspace = workspace

    def release(self) -> Inside | None:
        """Let go of the backup and return it, to be closed by a worker thread."""
        self._desk.cancel()
        inside, self._inside = self._inside, None
        self._workspace = self._relation = None
        self._show(None)
        self.tables.show_states(())
        return inside

    @property
    def can_bring(self) -> bool:
        """Whether rows are chosen that can be brought back."""
        return self.bring.isEnabled()

    def bring_back(self) -> None:
        """Have the chosen rows staged in today's table."""
        inside, relation, keys = self._inside, self._relation, self.rows.keys()
        workspace = self._workspace
        if inside is None or workspace is None or relation is None or not keys or self._desk.is_busy:
            return
        session = workspace.session
        self._desk.start(
            self.tr("Reading rows of the backup"),
            lambda ctx: inside.bring_back(relation, keys, session, ctx),
            lambda changes: self._staged(relation, changes),
        )

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.back.setText(self.tr("Back to the library"))
        self.back.setAccessibleName(self.back.text())
        self.back.setToolTip(self.tr("Close the backup and go back"))
        self.fates.setAccessibleName(self.tr("Which rows"))
        self._show(self._comparison)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        self.back.setObjectName("backups.inside_back")
        self.back.clicked.connect(self.left)
        self.fates.setObjectName("backups.inside_fates")
        self.fates.setDrawBase(False)
        self.fates.setExpanding(False)
        for _ in _FATES:
            self.fates.addTab("")
        self.bring.setObjectName("backups.bring_back")
        self.bring.setProperty("primary", True)
        head = QWidget(self)
        head.setObjectName("backups.inside_head")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._facts)
        line = QHBoxLayout(head)
        line.setContentsMargins(16, 10, 16, 10)
        line.setSpacing(16)
        line.addWidget(self.back, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        split = QSplitter(self)
        split.setObjectName("backups.inside_split")
        split.setChildrenCollapsible(False)
        left = QWidget(split)
        column = QVBoxLayout(left)
        column.setContentsMargins(16, 8, 8, 16)
        column.addWidget(self.tables)
        for widget in (left, self._make_right(split)):
            split.addWidget(widget)
        left.setMinimumWidth(260)
        split.setSizes([360, 800])
        split.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(split, 1)
        self.tables.chosen.connect(self._compare)
        self.fates.currentChanged.connect(lambda _: self._show_rows())
        self.rows.chosen.connect(lambda _: self._tell())
        self.bring.clicked.connect(self.bring_back)
        self._desk.ended.connect(self._ended)

    def _make_right(self, split: QSplitter) -> QWidget:
        right = QWidget(split)
        column = QVBoxLayout(right)
        column.setContentsMargins(8, 8, 16, 16)
        column.setSpacing(8)
        for widget in (self._problems, self._headline, self._columns, self.fates):
            column.addWidget(widget)
        column.addWidget(self.rows, 1)
        column.addWidget(self.job)
        foot = QHBoxLayout()
        foot.addWidget(self._more, 1)
        foot.addWidget(self.bring)
        column.addLayout(foot)
        right.setMinimumWidth(400)
        return right

    def _compare(self, state: TableState | None) -> None:
        if self._inside is None or state is None or state.relation == self._relation:
            return
        self._relation = state.relation
        self._show(None)
        self._is_waiting = self._desk.is_busy
        if self._is_waiting:
            self._desk.cancel()  # its end begins this one
        else:
            self._begin()

    def _begin(self) -> None:
        inside, workspace, relation = self._inside, self._workspace, self._relation
        if inside is None or workspace is None or relation is None:
            return
        session, catalog, overlay = workspace.session, workspace.catalog, workspace.overlay

        def work(ctx: TaskContext) -> tuple[TableComparison, frozenset[str]]:
            compared = inside.compare(relation, session, ctx)
            if not session.profile.masking:
                return compared, frozenset()
            return compared, overlay.of(catalog.relation(relation, ctx)).sensitive

        self._desk.start(
            self.tr("Comparing {table}").format(table=relation), work, lambda found: self._compared(*found)
        )

    def _compared(self, comparison: TableComparison, masked: frozenset[str]) -> None:
        if comparison.relation == self._relation:
            self._masked = masked
            self._show(comparison)

    def _ended(self, end: JobEnd) -> None:
        if self._is_waiting:
            self._is_waiting = False
            self._begin()
        elif end.is_stopped:
            self.job.clear()
            self._relation = self._comparison.relation if self._comparison is not None else None
        self._tell()

    def _show(self, comparison: TableComparison | None) -> None:
        self._comparison = comparison
        locale = QLocale()
        counts: dict[Fate, int] = dict.fromkeys(_FATES, 0)
        if comparison is not None:
            counts = {
                Fate.ONLY_IN_BACKUP: comparison.only_in_backup,
                Fate.CHANGED: comparison.changed,
                Fate.ONLY_NOW: comparison.only_now,
            }
        titles = {
            Fate.ONLY_IN_BACKUP: self.tr("Only in the backup ({number})"),
            Fate.CHANGED: self.tr("Changed since ({number})"),
            Fate.ONLY_NOW: self.tr("Only now ({number})"),
        }
        for place, fate in enumerate(_FATES):
            self.fates.setTabText(place, titles[fate].format(number=locale.toString(counts[fate])))
        self._headline.setText(self._headline_of(comparison))
        self._columns.setText(self._columns_of(comparison))
        self._columns.setVisible(bool(self._columns.text()))
        for widget in (self.fates, self.rows, self._more, self.bring):
            widget.setVisible(comparison is not None and not comparison.is_same)
        if comparison is not None and not counts[_FATES[self.fates.currentIndex()]]:
            wanted = next((place for place, fate in enumerate(_FATES) if counts[fate]), 0)
            self.fates.setCurrentIndex(wanted)
        self._show_rows()

    def _headline_of(self, comparison: TableComparison | None) -> str:
        if comparison is None:
            return self.tr("Choose a table to compare it with today's") if self._relation is None else ""
        locale = QLocale()
        then, now = locale.toString(comparison.rows_then), locale.toString(comparison.rows_now)
        if comparison.is_same:
            words = self.tr("{table}: all {then} rows are the same today")
        else:
            words = self.tr("{table}: {then} rows in the backup, {now} today")
        return words.format(table=comparison.relation, then=then, now=now)

    def _columns_of(self, comparison: TableComparison | None) -> str:
        if comparison is None:
            return ""
        lines = []
        if not comparison.key:
            lines.append(self.tr("There is no key to find rows by: whole rows were compared."))
        if comparison.column_differences:
            listed = ", ".join(
                f"{each.name} ({each.then or DASH} → {each.now or DASH})" for each in comparison.column_differences
            )
            lines.append(self.tr("Columns that are not the same were left out: {listed}").format(listed=listed))
        return "\n".join(lines)

    def _problems_of(self, inside: Inside) -> list[str]:
        lines = []
        if inside.missing_extensions:
            words = self.tr("Not all of it is here: extensions that could not be had: {names}")
            lines.append(words.format(names=", ".join(inside.missing_extensions)))
        lines += [self.tr("Could not be restored: {words}").format(words=each) for each in inside.problems]
        return lines

    def _show_rows(self) -> None:
        comparison, fate = self._comparison, _FATES[max(0, self.fates.currentIndex())]
        self.rows.show_rows(comparison, fate, self._masked)
        shown = len(self.rows.model.rows)
        total = 0
        if comparison is not None:
            totals = (comparison.only_in_backup, comparison.changed, comparison.only_now)
            total = dict(zip(_FATES, totals, strict=True))[fate]
        more = self.tr("The first {shown} of {total} are shown.").format(
            shown=QLocale().toString(shown), total=QLocale().toString(total)
        )
        self._more.setText(more if total > shown else "")
        self._tell()

    def _tell(self) -> None:
        number, fate = len(self.rows.keys()), _FATES[max(0, self.fates.currentIndex())]
        self.bring.setText(self._counts.bring_back(number) if number else self.tr("Bring back"))
        self.bring.setAccessibleName(self.bring.text())
        self.bring.setEnabled(bool(number) and fate is not Fate.ONLY_NOW and not self._desk.is_busy)
        hint = self.tr("They are staged in today's table, to be looked at and saved there.")
        self.bring.setToolTip(hint if fate is not Fate.ONLY_NOW else self.tr("These rows are there already."))
        self.state_changed.emit()

    def _staged(self, relation: RelationName, changes: tuple[RowChange, ...]) -> None:
        if changes:
            self.stage_asked.emit(relation, changes)
        else:
            self.job.show_done(self.tr("Nothing is to be brought back: the rows are as the backup has them"))
