"""RowBoard: a relation's rows on screen - asking, sorting, walking, refreshing. What changes rows is in RowGrid."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollBar, QWidget

from nexus_studio.core.data.cells import RowCount, RowKey, StagedCell
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.errors import StudioError
from nexus_studio.core.schema.catalog import Column, ForeignKey, Relation
from nexus_studio.core.settings import GRID_FONT, GRID_FONT_SIZE, GRID_ROW_HEIGHT
from nexus_studio.ui.grid.column_arrangement import ColumnArrangement
from nexus_studio.ui.grid.column_sizes import ColumnSizes
from nexus_studio.ui.grid.freshness import Freshness, FreshTableModel
from nexus_studio.ui.grid.key_seeker import KeySeeker
from nexus_studio.ui.grid.labels import LabelLoader, LabelParts
from nexus_studio.ui.grid.painter import line_height
from nexus_studio.ui.grid.parts import GridParts, GridStatus
from nexus_studio.ui.grid.row_model import WINDOW, RowTableModel
from nexus_studio.ui.grid.row_view import RowView
from nexus_studio.ui.grid.selection import GridSelection, Place, corner_of, index_at, place_of, restore, selected_lines
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.grid.table_end import TableEnd
from nexus_studio.ui.grid.table_scroll import TableScroll
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.tasks import Task

WRAPPED_LINES = 3
"""Lines of a row in which some column wraps its text."""

MOST_ROWS = 10_000
"""Rows that one command (delete, set NULL, duplicate) takes at most."""


class RowBoard(QWidget):
    """Shows the rows of one relation. UI thread only; whatever waits, waits in a task."""

    query_changed = Signal(object)  # RowQuery: another sort was chosen, or a query failed and the former is back
    current_row_changed = Signal(object)  # ShownRow or None
    failed = Signal(object)  # StudioError
    status_changed = Signal(object)  # GridStatus
    loaded = Signal()  # rows arrived

    def __init__(self, context: UiContext, parent: QWidget | None = None, *, window: int = WINDOW) -> None:
        super().__init__(parent)
        self.setObjectName("row_grid")
        self.context = context
        self.parts: GridParts | None = None
        self._relation: Relation | None = None
        self._changes: ChangeSet | None = None
        self._place: Place | None = None
        self._count: Task | None = None
        self._pixel = 0  # how far the view was scrolled when its rows were replaced
        self._wished: int | None = None  # the line one went to, until its row is here
        self._is_lost = False  # the row a person stood on is gone: nothing is current until they choose
        fresh = FreshTableModel(context.runner, self, window)
        self.model: RowTableModel = fresh
        self.view = RowView(self.model, context.theme, self)
        self.chooser = GridSelection(self.view, self.model)
        self.view.setSelectionModel(self.chooser)
        self.freshness = Freshness(self.view, fresh)
        self.labels = LabelLoader(context.runner, self)
        self.sizes = ColumnSizes(self.view, self.model, context.settings)
        self.columns = ColumnArrangement(self.view, self.model, context.settings)
        self.seeker = KeySeeker(context.runner, self.model.loader, self)
        self._bar = QScrollBar(Qt.Orientation.Vertical, self)
        self._bar.setObjectName("grid_scroll")
        self._scroll = TableScroll(self.view, self.model, self._bar, window)
        self._end = TableEnd(self.view, self.model, self.go_to_line)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._bar)
        self.setFocusProxy(self.view)
        self._dress()
        self._connect_board()

    # ---- what is shown

    def open(self, parts: GridParts, relation: Relation, query: RowQuery, changes: ChangeSet) -> None:
        """Show a relation's rows. `changes` holds its staged edits and may have some already."""
        self.parts, self._relation, self._changes, self._place = parts, relation, changes, None
        query = query.sparing(parts.masked)
        self.freshness.forget()
        self.labels.open(LabelParts(parts.source, parts.catalog, parts.overlay), relation)
        self.view.cell_painter.forget()
        self.chooser.drop()
        masked = frozenset(index for index, name in enumerate(changes.columns) if name in parts.masked)
        self.view.masked = self.model.masked = masked
        self.model.loader.set_columns(self.columns.first_in_sight(changes.columns, parts.place))
        self.model.open(parts.source, relation, query, changes)
        columns = self.model.columns
        self.view.column_header.show_columns(relation, columns)
        self.view.column_header.show_sort(query.sort)
        self.view.setAccessibleName(self.tr("Rows of {relation}").format(relation=relation.name))
        self.columns.open(parts.place)
        self.sizes.open(relation, parts.place)
        self._go_first()

    def close_rows(self) -> None:
        """Cancel what runs and let the session go; staged edits stay with their change set."""
        self.model.loader.close()
        self.labels.close()

    @property
    def relation(self) -> Relation | None:
        """The relation shown."""
        return self._relation

    @property
    def query(self) -> RowQuery | None:
        """The question asked last."""
        return self.model.loader.wanted_query

    @property
    def changes(self) -> ChangeSet | None:
        """The staged edits."""
        return self._changes

    @property
    def count(self) -> RowCount | None:
        """How many rows the query has, as far as is known."""
        return self.model.total

    def row_count(self) -> int:
        """Return the number of stored rows as far as is known, 0 while nothing is."""
        return self.count.value if self.count is not None else 0

    def set_query(self, query: RowQuery) -> None:
        """Ask another question of the same relation; its rows take the place of these when they arrive."""
        if self.parts is not None:
            query = query.sparing(self.parts.masked)
        if self._relation is None or query == self.query:
            return
        self.view.column_header.show_sort(query.sort)
        self.model.loader.ask(query)
        self.view.viewport().update()

    def refresh(self) -> None:
        """Read again; place, selection (by key) and staged edits stay."""
        query = self.query
        if query is None:
            return
        first, _last = self.view.visible_rows()
        self.labels.forget()
        self.model.loader.ask(query, max(0, first + self.model.base - self.model.drafts))

    def count_exactly(self) -> None:
        """Count the query's rows, as a task; asked again while it runs, stop it."""
        if self._count is not None and self._is_counting:
            self._count.cancel()
        else:
            self._count = self.model.loader.count()
            if self._count is not None:
                self._count.finished.connect(self._tell_status)
        self._tell_status()

    # ---- where the person stands

    def current_row(self) -> ShownRow | None:
        """Return the current row or draft with its staged cells; None when it is not here."""
        index = self.view.currentIndex()
        return self.model.shown(index.row()) if index.isValid() else None

    def current_column(self) -> Column | None:
        """Return the current column."""
        index = self.view.currentIndex()
        return self.model.columns[index.column()] if index.isValid() else None

    def selected_rows(self) -> list[ShownRow]:
        """Return the rows any of whose cells is selected, as far as they are here, top to bottom."""
        lines = selected_lines(self.view, self.model, MOST_ROWS)
        return [shown for shown in map(self.model.line_at, lines) if shown is not None]

    def go_to_row(self, ordinal: int) -> None:
        """Go to a stored row by its ordinal, from 0."""
        self.go_to_line(self.model.line_of_ordinal(max(0, ordinal)))

    def go_to_key(self, key: RowKey) -> None:
        """Go to a row by its key, wherever it stands in the order shown; `seeker.missing` tells when there is none."""
        query = self.query
        if self.parts is not None and self._relation is not None and query is not None:
            self.seeker.seek(self.parts.source, self._relation, query, key)

    def go_to_start(self) -> None:
        """Go to the first line."""
        self.go_to_line(0)

    def go_to_end(self) -> None:
        """Go to the last row, as far as is known and on when more is."""
        self._end.go()

    def select_cell(self, ordinal: int, column: str) -> None:
        """Go to a cell by ordinal and column name."""
        places = [index for index, known in enumerate(self.model.columns) if known.name == column]
        if places:
            self.columns.show(column)
        self.go_to_line(self.model.line_of_ordinal(ordinal), places[0] if places else None)

    def go_to_line(self, line: int, column: int | None = None) -> None:
        """Go to a line, drafts counted, of the whole table."""
        if not self.model.lines:
            return
        line = max(0, min(line, self.model.lines - 1))
        current = self.view.currentIndex()
        self._scroll.go_to_line(line)
        wanted = column if column is not None else (current.column() if current.isValid() else self._first_column())
        index = index_at(self.model, line, wanted)
        if index.isValid():
            self.view.make_current(index)
            self._wished = None if self.model.is_here(index.row()) else index.row() + self.model.base

    # ---- selecting

    def select_all(self) -> None:
        """Select all rows of the query, whatever they are."""
        self.chooser.choose_all()

    def select_rows(self) -> None:
        """Select the rows of the selected cells whole."""
        self.chooser.choose_rows()

    def select_columns(self) -> None:
        """Select the columns of the selected cells whole, for all rows of the query."""
        self.chooser.widen_to_columns()

    def select_to_end(self) -> None:
        """Select from where the selection began to the last row of the query."""
        self.chooser.extend(to_end=True)

    def select_to_start(self) -> None:
        """Select from the first row to where the selection began."""
        self.chooser.extend(to_end=False)

    # ---- sorting, keys

    def sort_by(self, column: str, *, add: bool = False) -> None:
        """Sort by a column: ascending, then descending, then not; `add` keeps the columns sorted by already."""
        query = self.query
        if query is None:
            return
        former = next((sort for sort in query.sort if sort.column == column), None)
        turned = Sort(column) if former is None else (None if former.descending else Sort(column, descending=True))
        if not add:
            self.set_sort((turned,) if turned is not None else ())
            return
        kept = tuple(turned if sort is former else sort for sort in query.sort)
        sort = (*query.sort, turned) if former is None else kept
        self.set_sort(tuple(one for one in sort if one is not None))

    def set_sort(self, sort: tuple[Sort, ...]) -> None:
        """Sort by these columns."""
        query = self.query
        masked = frozenset[str]() if self.parts is None else self.parts.masked
        if not masked.isdisjoint(each.column for each in sort):
            words = self.tr("Rows are not sorted by a masked column: their order would tell of its values.")
            self.context.notices.info(words, key="grid.lock")
        wanted = None if query is None else query.sorted_by(*sort).sparing(masked)
        if wanted is not None and wanted != query:
            self.set_query(wanted)
            self.query_changed.emit(wanted)

    def foreign_key(self, column: Column | None) -> ForeignKey | None:
        """Return the foreign key a column takes part in."""
        return None if column is None or self._relation is None else self._relation.foreign_key_on(column.name)

    def label_of(self, column: int, cell: StagedCell) -> str:
        """Return the label of the row a cell points to, as far as it is here."""
        if column in self.model.masked or not isinstance(cell, str):
            return ""
        return self.labels.label(self.model.columns[column].name, cell)

    # ---- private

    def _connect_board(self) -> None:
        model, view = self.model, self.view
        model.loaded.connect(self._rows_loaded)
        model.failed.connect(self._fail)
        model.count_changed.connect(self._count_changed)
        model.replacing.connect(self._remember_place)
        model.replaced.connect(self._restore_place)
        model.loader.busy_changed.connect(self._tell_status)
        model.loader.given_up.connect(self._ask_former)
        model.loader.anew.connect(self._lines_mean_others)
        model.loader.moved.connect(self._follow_wish)
        model.renumbered.connect(self._count_changed)
        model.renumbered.connect(view.line_header.viewport().update)
        self.seeker.found.connect(self.go_to_row)
        self.seeker.failed.connect(self.failed)
        view.selectionModel().currentChanged.connect(self._current_changed)
        view.bring_back = self.bring_back
        view.stop_asking = self.stop_asking
        view.selectionModel().selectionChanged.connect(self._tell_status)
        view.column_header.sort_asked.connect(self._sort_asked)
        view.column_header.choose_asked.connect(self.chooser.toggle_column)
        self.corner = corner_of(view)
        if self.corner is not None:
            self.corner.clicked.connect(self.select_all)  # after Qt, which knows the window only
            self.corner.setAccessibleName(self.tr("Select all rows"))
        view.label_of = self.label_of
        view.empty_text = self._empty_text
        view.points_somewhere = lambda column: self.foreign_key(model.columns[column]) is not None
        self.columns.wrap_changed.connect(self._set_height)
        view.columns_in_sight_changed.connect(self._columns_seen)
        self.labels.arrived.connect(view.cell_painter.forget_labels)
        self.labels.arrived.connect(view.viewport().update)
        self.context.theme.changed.connect(view.viewport().update)
        self.context.settings.changed.connect(self._setting_changed)

    def _dress(self) -> None:
        settings, font = self.context.settings, self.view.font()
        if family := settings.get(GRID_FONT):
            font.setFamily(family)
        if points := settings.get(GRID_FONT_SIZE):
            font.setPointSize(points)
        self.view.setFont(font)
        self.view.cell_painter.set_font(font)
        self._set_height()

    def _set_height(self) -> None:
        """Give each row the height of its lines: one, or three where a column wraps its text."""
        height = max(self.context.settings.get(GRID_ROW_HEIGHT), line_height(self.view.font()))
        more = (WRAPPED_LINES - 1) * self.view.fontMetrics().height() if self.columns.is_wrapping else 0
        self.view.set_row_height(height + more)

    def _setting_changed(self, key: str) -> None:
        if key in {GRID_FONT.key, GRID_FONT_SIZE.key, GRID_ROW_HEIGHT.key}:
            self._dress()
            self.view.viewport().update()

    def _go_first(self, column: int | None = None) -> None:
        self._is_lost = False
        self.view.verticalScrollBar().setValue(0)
        index = index_at(self.model, 0, self._first_column() if column is None else column)
        if index.isValid():
            self.view.make_current(index)

    def _columns_seen(self) -> None:
        """Have the cells of the columns read that came into sight, and of those that make a key with them."""
        names = self.columns.wanted_columns()
        if names is not None and self._relation is not None:
            keys = (frozenset(key.columns) for key in self._relation.foreign_keys)
            names = names.union(*(columns for columns in keys if columns & names))
        self.model.loader.set_columns(names)
        self.view.viewport().update()

    def _first_column(self) -> int:
        return next(iter(self.view.column_header.places.shown()), 0)

    def _sort_asked(self, logical: int, add: bool) -> None:
        self.sort_by(self.model.columns[logical].name, add=add)

    def _fail(self, error: StudioError) -> None:
        self._ask_former()
        self.failed.emit(error)

    def _ask_former(self) -> None:
        """Show the question again whose rows are here: the one asked last got no answer."""
        query = self.query
        if query is not None:
            self.view.column_header.show_sort(query.sort)
            self.query_changed.emit(query)
        self.view.viewport().update()

    def _lines_mean_others(self) -> None:
        """Stand nowhere where a jump began another numbering, unless it led to the very line one wished to go to."""
        self._is_lost = self._wished is None
        self.chooser.forget_lines(but=self._wished)

    def _follow_wish(self, delta: int) -> None:
        if self._wished is not None:
            self._wished += delta

    def _current_changed(self) -> None:
        self._wished = None
        self._tell_row()

    def bring_back(self) -> bool:
        """Make a cell current before a key moves from it: the one that was, far away or not, else the first in sight.

        Returns False when the key has done its work with that.
        """
        stands = self.chooser.stands
        if stands is not None:
            self._scroll.go_to_line(stands[0])
            index = index_at(self.model, *stands)
            if index.isValid():
                self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
                return True
        first, _last = self.view.visible_rows()
        index = index_at(self.model, first + self.model.base, self._first_column())
        if index.isValid():
            self._is_lost = False
            self.view.make_current(index)
        return False

    def stop_asking(self) -> bool:
        """Give up the question that is being asked; False when there is none, so that Esc means something else."""
        is_asking = self.model.loader.is_asking
        if is_asking:
            self.model.loader.give_up()
        return is_asking

    def _rows_loaded(self) -> None:
        index = self.view.currentIndex()
        if index.isValid() and self.model.is_here(index.row()):
            self._wished = None
        if self.chooser.stands is None and not self._is_lost:
            self._go_first()
        self.view.viewport().update()
        self.loaded.emit()
        self._tell_row()

    def _count_changed(self) -> None:
        self.view.line_header.set_most(self.model.lines)
        self._scroll.sync()
        self._tell_status()

    def _remember_place(self) -> None:
        self._place = place_of(self.view, self.model)
        self._pixel = self.view.verticalScrollBar().value()

    def _restore_place(self, is_same: bool) -> None:
        place, self._place = self._place, None
        if not is_same:
            self._go_first(None if place is None else place.column)
        else:
            self._is_lost = place is None or not restore(self.view, self.model, place, by_key=True)
            self.view.verticalScrollBar().setValue(self._pixel)
        self._scroll.sync()

    def _tell_row(self) -> None:
        self.current_row_changed.emit(self.current_row())
        self._tell_status()

    def _tell_status(self) -> None:
        index = self.view.currentIndex()
        ordinal = index.row() + self.model.base - self.model.drafts if index.isValid() else -1
        selected = self.chooser.line_count()
        busy = self.model.loader.is_busy
        is_exact = self.model.loader.is_exact
        here = ordinal if ordinal >= 0 else None
        self.status_changed.emit(GridStatus(here, self.count, selected, busy, is_exact, self._is_counting))

    @property
    def _is_counting(self) -> bool:
        """Whether rows are being counted; a count that is being stopped is none any more."""
        return self._count is not None and self._count.is_running and not self._count.is_cancelling

    def _empty_text(self) -> str:
        query = self.query
        if self._relation is None or query is None:
            return ""
        if not self.model.columns:
            return self.tr("This table has no columns.")
        if self.model.loader.is_busy or self.model.total is None:
            return self.tr("Loading…") if self.model.loader.is_busy else self.tr("Nothing was read. F5 reads the rows.")
        is_plain = query == RowQuery(query.relation, sort=query.sort)
        return self.tr("No rows yet.") if is_plain else self.tr("No row matches the filter.")
