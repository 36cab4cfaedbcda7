"""RowsView: rows that are not the same in a backup and today, to be chosen among."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QTableView, QVBoxLayout, QWidget

from nexus_studio.core.admin.tablecomparison import ComparedRow, Fate, TableComparison
from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.ui.kit.theme import Theme

_MASK: Final = "••••••"
_LONGEST: Final = 120  # characters of a cell that are shown; the tool tip has more
_WIDEST: Final = 320  # pixels of a column
_ROOM: Final = 8
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()


class RowsModel(QAbstractTableModel):
    """The rows of one fate. Of a changed row each cell says what it was, and what it is now where that differs."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._columns: tuple[str, ...] = ()
        self._order: tuple[int, ...] = ()  # places of the columns as they are shown
        self._masked: frozenset[str] = frozenset()
        self.rows: tuple[ComparedRow, ...] = ()

    def show(self, comparison: TableComparison | None, fate: Fate, masked: frozenset[str]) -> None:
        """Show the rows of a fate; cells of masked columns are not."""
        self.beginResetModel()
        self._columns = comparison.columns if comparison is not None else ()
        self._masked = masked
        self.rows = comparison.of(fate) if comparison is not None else ()
        self._order = self._ordered(comparison.key if comparison is not None else ())
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[self._order[section]] if orientation is Qt.Orientation.Horizontal else section + 1
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, place = self.rows[index.row()], self._order[index.column()]
        name = self._columns[place]
        is_changed = name in row.changed
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(row, place)[:_LONGEST]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._words(row, place)
        if role == Qt.ItemDataRole.BackgroundRole and is_changed:
            return self._theme.color("edited")
        if role == Qt.ItemDataRole.ForegroundRole and not is_changed:
            cells = row.then if row.then is not None else row.now
            if cells is not None and cells[place] is None:
                return self._theme.color("text-muted")
        return None

    def _ordered(self, key: tuple[str, ...]) -> tuple[int, ...]:
        """Put the key first, then what has changed anywhere: that is what one wants to see of a wide table."""
        changed = {name for row in self.rows for name in row.changed}
        ranks = [0 if name in key else 1 if name in changed else 2 for name in self._columns]
        return tuple(sorted(range(len(self._columns)), key=lambda place: (ranks[place], place)))

    def _words(self, row: ComparedRow, place: int) -> str:
        name = self._columns[place]
        if name in self._masked:
            return _MASK
        if row.then is None:
            return _text(row.now[place] if row.now is not None else None)
        if name not in row.changed or row.now is None:
            return _text(row.then[place])
        return self.tr("{then}  (now {now})").format(then=_text(row.then[place]), now=_text(row.now[place]))


class RowsView(QWidget):
    """A table of rows; whole rows are selected."""

    chosen = Signal(int)  # how many rows are selected

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("backups.rows_view")
        self.model = RowsModel(theme, self)
        self.table = QTableView(self)
        self.table.setObjectName("backups.rows")
        self.table.setProperty("framed", True)
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().setDefaultSectionSize(26)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.horizontalHeader().setHighlightSections(False)  # whole rows are selected: it would tell nothing
        self.table.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit(len(self.keys())))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        self.retranslate()

    def show_rows(self, comparison: TableComparison | None, fate: Fate, masked: frozenset[str]) -> None:
        """Show the rows of a fate; none is selected."""
        self.model.show(comparison, fate, masked)
        self.table.resizeColumnsToContents()
        header = self.table.horizontalHeader()
        for place in range(self.model.columnCount()):
            header.resizeSection(place, min(_WIDEST, header.sectionSize(place) + _ROOM))
        self.chosen.emit(0)

    def keys(self) -> tuple[RowKey, ...]:
        """Return the keys of the selected rows, in their order."""
        lines = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return tuple(self.model.rows[line].key for line in lines)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.table.setAccessibleName(self.tr("Rows that differ"))
        self.table.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()


def _text(cell: Cell) -> str:
    return "NULL" if cell is None else cell or "''"
