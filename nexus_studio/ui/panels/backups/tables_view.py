"""TablesView: the tables of a backup with their rows and checksums, to be sorted and searched through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    QSignalBlocker,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTreeView, QVBoxLayout, QWidget

from nexus_studio.core.admin.backups import TableDifference, TableState
from nexus_studio.core.names import RelationName
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.panels.backups.words import DASH, difference_words

_TABLE, _ROWS, _SUM, _NOW = range(4)
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_Index = QModelIndex | QPersistentModelIndex
_MEASURED: Final = 50  # lines that say how wide a column is: measuring thousands takes as long as it is seen
_NOWHERE: Final = QModelIndex()


class StatesModel(QAbstractTableModel):
    """Tables as lines; sorts and narrows by itself, so that thousands of them take no time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[TableState, ...] = ()
        self._shown: list[TableState] = []
        self._otherwise: Mapping[RelationName, TableDifference] = {}
        self._wanted = ""
        self._order = (_TABLE, Qt.SortOrder.AscendingOrder)
        self._monospace = monospace_font()

    def show(
        self, states: Sequence[TableState], differences: Sequence[TableDifference], order: tuple[int, Qt.SortOrder]
    ) -> None:
        """Show tables, those too that only a proof has found, in the order of a column."""
        self._order = order
        self._monospace = monospace_font()  # looked up for each cell it takes most of the time
        known = {each.relation for each in states}
        extra = [TableState(each.relation, each.found or 0) for each in differences if each.relation not in known]
        self._all = (*states, *extra)
        self._otherwise = {each.relation: each for each in differences}
        self._arrange()

    def narrow(self, wanted: str) -> None:
        """Show the tables with this in their names."""
        self._wanted = wanted.strip().casefold()
        self._arrange()

    def state(self, row: int) -> TableState:
        """Return the table of a line."""
        return self._shown[row]

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else _NOW + 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(self._shown[index.row()], column)
        if role == Qt.ItemDataRole.DecorationRole and column == _TABLE:
            is_otherwise = self._shown[index.row()].relation in self._otherwise
            return icon("error", "danger") if is_otherwise else icon("table", "text-muted")
        if role == Qt.ItemDataRole.TextAlignmentRole and column == _ROWS:
            return _RIGHT
        if role == Qt.ItemDataRole.FontRole and column == _SUM:
            return self._monospace
        return None

    def _words(self, state: TableState, column: int) -> str:
        if column == _TABLE:
            return str(state.relation)
        if column == _ROWS:
            return QLocale().toString(state.rows)
        if column == _SUM:
            return state.checksum or DASH
        difference = self._otherwise.get(state.relation)
        return difference_words(difference) if difference else ""

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and section == _ROWS:
            return _RIGHT
        if role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Table"), self.tr("Rows"), self.tr("Checksum"), self.tr("When it was proven"))[section]
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; Qt asks for it."""
        self._order = (column, order)
        self._arrange()

    def _arrange(self) -> None:
        self.beginResetModel()
        self._shown = [each for each in self._all if self._wanted in str(each.relation).casefold()]
        column, order = self._order
        keys = {
            _TABLE: lambda each: each.relation,
            _ROWS: lambda each: each.rows,
            _SUM: lambda each: each.checksum or "",
            _NOW: lambda each: (each.relation in self._otherwise, each.rows),
        }
        self._shown.sort(key=keys.get(column, keys[_TABLE]), reverse=order is Qt.SortOrder.DescendingOrder)
        self.endResetModel()


class TablesView(QWidget):
    """Shows what a sidecar says of the tables, and where a proof found them otherwise."""

    chosen = Signal(object)  # TableState of the line that is current now, or None

    def __init__(self, parent: QWidget | None = None, *, name: str = "") -> None:
        """Make the view; `name` tells it from others of the panel."""
        super().__init__(parent)
        name = f"{name}_tables" if name else "tables"
        self.setObjectName(f"backups.{name}_view")
        self.filter = QLineEdit(self)
        self.tables = QTreeView(self)
        self.model = StatesModel(self)
        self.filter.setObjectName(f"backups.{name}_filter")
        self.filter.setClearButtonEnabled(True)
        self.tables.setObjectName(f"backups.{name}")
        self.tables.setProperty("framed", True)
        self.tables.setModel(self.model)
        self.tables.setRootIsDecorated(False)
        self.tables.setUniformRowHeights(True)
        self.tables.setSortingEnabled(True)
        self.tables.sortByColumn(_TABLE, Qt.SortOrder.AscendingOrder)
        header = self.tables.header()
        header.setStretchLastSection(False)
        header.setResizeContentsPrecision(_MEASURED)
        header.setSectionResizeMode(_TABLE, QHeaderView.ResizeMode.Stretch)
        for place in (_ROWS, _SUM, _NOW):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        self.filter.textChanged.connect(self.model.narrow)
        self.tables.selectionModel().currentRowChanged.connect(lambda *_: self.chosen.emit(self.current()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.filter)
        column.addWidget(self.tables, 1)
        self.retranslate()

    def show_states(self, states: Sequence[TableState], differences: Sequence[TableDifference] = ()) -> None:
        """Show tables; those that a proof found otherwise are marked and come first."""
        order = (_NOW, Qt.SortOrder.DescendingOrder) if differences else (_TABLE, Qt.SortOrder.AscendingOrder)
        header = self.tables.header()
        with QSignalBlocker(header):  # once in order is enough
            header.setSortIndicator(*order)
        self.tables.setColumnHidden(_NOW, not differences)
        self.tables.setColumnHidden(_SUM, all(each.checksum is None for each in states))
        self.model.show(states, differences, order)

    def current(self) -> TableState | None:
        """Return the table of the current line."""
        index = self.tables.currentIndex()
        return self.model.state(index.row()) if index.isValid() else None

    def choose(self, relation: RelationName) -> bool:
        """Go to a table; tell whether it is there."""
        for row in range(self.model.rowCount()):
            if self.model.state(row).relation == relation:
                self.tables.setCurrentIndex(self.model.index(row, _TABLE))
                return True
        return False

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.filter.setPlaceholderText(self.tr("Filter tables"))
        self.filter.setAccessibleName(self.tr("Filter the tables of the backup"))
        self.tables.setAccessibleName(self.tr("Tables of the backup"))
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, _TABLE, _NOW)
        self.tables.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
