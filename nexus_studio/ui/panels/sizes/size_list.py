"""SizeList: the sizes as a list to be sorted, narrowed and chosen from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QWidget

from nexus_studio.core.admin.sizes import SizeReport
from nexus_studio.core.admin.sizetree import NodeKind, SizeNode
from nexus_studio.core.names import RelationName
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.panels.sizes.size_cells import (
    ANALYZE,
    BLOAT,
    INDEXES,
    NAME,
    ROWS,
    TABLE,
    TOAST,
    TOTAL,
    VACUUM,
)
from nexus_studio.ui.panels.sizes.size_model import SizeModel
from nexus_studio.ui.panels.sizes.words import share_text

_NAME_WIDTH: Final = 240
_BYTES: Final = (TOTAL, TABLE, INDEXES, TOAST)
_MOST_BYTES: Final = 10_239  # that are told to the byte: the longest of sizes, in most languages
_LONGEST: Final = {
    ROWS: "99,999,999",
    VACUUM: "59 min ago",
    ANALYZE: "59 min ago",
}  # what a column has room for, beside its title
_AROUND: Final = 16  # pixels beside a text
_WAIT_MS: Final = 120  # after the last letter
_OPEN_FROM: Final = 40  # tables found; fewer are opened, so that the index that was looked for is seen

Key = tuple[NodeKind, str, str, str]


class SizeList(QTreeView):
    """Schemas, their tables, partitions and indexes. Choosing is told once, whoever chose.

    Enter goes into what is current, Backspace one level up, on the map or the bars.
    """

    chosen = Signal(object)  # SizeNode of the current line, or None
    entered = Signal(object)  # SizeNode of the line that is gone into
    left = Signal()  # the person goes one level up

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.list")
        self.sizes = SizeModel(self)
        self.setModel(self.sizes)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSortingEnabled(True)
        self.sortByColumn(TOTAL, Qt.SortOrder.DescendingOrder)
        self.setExpandsOnDoubleClick(False)
        self._wanted = ""
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_WAIT_MS)
        self._later.timeout.connect(self.narrow_now)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(True)
        header.setFirstSectionMovable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._is_fitted = False  # a person may make columns wider then
        self.selectionModel().currentRowChanged.connect(self._tell)
        self.doubleClicked.connect(lambda index: self.entered.emit(self.sizes.node(index)))
        self.retranslate()

    def show_tree(self, root: SizeNode, report: SizeReport) -> None:
        """Show another tree; what was chosen and opened by name stays so."""
        opened, current, is_first = self._opened(), self.current(), not self.sizes.root.children
        chosen = [_key(each) for each in self.chosen_nodes()]
        current_key = _key(current) if current is not None else None
        self.selectionModel().blockSignals(True)
        self.sizes.show(root, report)
        by_key = {_key(each): each for each in root.walk()} if chosen or opened or current_key else {}
        wanted = [*root.children] if is_first else [by_key[key] for key in opened if key in by_key]
        for node in wanted:
            if (index := self.sizes.index_of(node)).isValid():
                self.expand(index)
        self.selectionModel().blockSignals(False)
        self._select([by_key[key] for key in chosen if key in by_key])
        if current_key in by_key:
            self.choose(by_key[current_key], scrolls=False)
        else:
            self.chosen.emit(self.current())

    def current(self) -> SizeNode | None:
        """Return the node of the current line."""
        index = self.currentIndex()
        return self.sizes.node(index) if index.isValid() else None

    def chosen_nodes(self) -> tuple[SizeNode, ...]:
        """Return the nodes of the chosen lines."""
        return tuple(self.sizes.node(index) for index in self.selectionModel().selectedRows(NAME))

    def chosen_relations(self) -> tuple[RelationName, ...]:
        """Return the tables of the chosen lines, those of a chosen schema too, each once."""
        found: dict[RelationName, None] = {}
        for node in self.chosen_nodes():
            if node.kind is NodeKind.SCHEMA:
                found.update((each.table, None) for each in node.children if each.table is not None)
            elif node.table is not None:
                found[node.table] = None
        return tuple(found)

    def choose(self, node: SizeNode | None, *, scrolls: bool = True) -> bool:
        """Go to a node's line, alone; tell whether it has one."""
        found = node
        while found is not None and not self.sizes.index_of(found).isValid():
            found = found.parent  # a part of a table has no line of its own
        if found is None or found.parent is None:
            return False
        index = self.sizes.index_of(found)
        if index.parent().isValid():
            self.expand(index.parent())
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        if scrolls:
            self.scrollTo(index)
        return True

    def fit(self) -> None:
        """Give each column the room of its title and of what usually stands in it."""
        header, metrics = self.header(), self.fontMetrics()
        size = size_text(_MOST_BYTES)
        longest = _LONGEST | dict.fromkeys(_BYTES, size) | {BLOAT: f"{size} · {share_text(1)}"}
        for column in range(TOTAL, self.sizes.columnCount()):
            room = metrics.horizontalAdvance(longest.get(column, "")) + _AROUND
            header.resizeSection(column, max(header.sectionSizeHint(column), room))
        self._fit_name()

    def _fit_name(self) -> None:
        """Give the names what the others leave."""
        header = self.header()
        others = sum(header.sectionSize(column) for column in range(TOTAL, self.sizes.columnCount()))
        header.resizeSection(NAME, max(_NAME_WIDTH, self.viewport().width() - others))

    def narrow(self, wanted: str) -> None:
        """Show only what has this in its name, a moment after the last letter."""
        self._wanted = wanted
        self._later.start()

    def narrow_now(self) -> None:
        """Show only what has the wanted letters in its name, at once."""
        self._later.stop()
        self.sizes.narrow(self._wanted)
        if not self.sizes.is_narrowed:
            return
        for row in range(self.sizes.rowCount()):
            schema = self.sizes.index(row, NAME)
            self.expand(schema)
            count = self.sizes.rowCount(schema)
            if count <= _OPEN_FROM:
                for below in range(count):
                    index = self.sizes.index(below, NAME, schema)
                    if self._wanted.strip().casefold() not in self.sizes.node(index).name.casefold():
                        self.expand(index)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.setAccessibleName(self.tr("Sizes of tables and indexes"))
        self.sizes.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.sizes.columnCount() - 1)
        self.viewport().update()
        if self._is_fitted:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        node = self.current()
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and node is not None:
            self.entered.emit(node)
        elif event.key() == Qt.Key.Key_Backspace:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._is_fitted:
            self._is_fitted = True
            self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_fitted:
            self._fit_name()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _tell(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.chosen.emit(self.sizes.node(current) if current.isValid() else None)

    def _opened(self) -> list[Key]:
        """Return the keys of what is opened; only what is shown is asked."""
        found = []
        for row in range(self.sizes.rowCount()):
            index = self.sizes.index(row, NAME)
            if not self.isExpanded(index):
                continue
            found.append(_key(self.sizes.node(index)))
            found += [
                _key(each) for each in self.sizes.node(index).children
                if each.children and self._is_open(each)
            ]  # fmt: skip
        return found

    def _is_open(self, node: SizeNode) -> bool:
        index = self.sizes.index_of(node)
        return index.isValid() and self.isExpanded(index)

    def _select(self, nodes: Sequence[SizeNode]) -> None:
        flags = QItemSelectionModel.SelectionFlag
        selection = QItemSelection()
        for node in nodes:
            if (index := self.sizes.index_of(node)).isValid():
                selection.select(index, index)
        self.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)


def _key(node: SizeNode) -> Key:
    table = node.table
    return (
        node.kind,
        table.schema if table is not None else node.name,
        table.name if table is not None else "",
        node.index.name if node.index is not None else "",
    )
