"""SizeModel: the list of sizes as a tree of schemas, tables, and partitions and indexes below them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from nexus_studio.core.admin.sizes import SchemaSize, SizeReport
from nexus_studio.core.admin.sizetree import NodeKind, SizeNode
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.sizes_said import bytes_text
from nexus_studio.ui.kit.tips import plain_tip
from nexus_studio.ui.panels.sizes.size_cells import (
    ANALYZE,
    BLOAT,
    COLUMNS,
    EXPLAINED,
    INDEXES,
    KEYS,
    NAME,
    TABLE,
    TITLES,
    TOAST,
    TOTAL,
    VACUUM,
    index_text,
    relation_text,
    sign_of,
    upkeep_tip,
)
from nexus_studio.ui.panels.sizes.words import DASH, index_words, kind_word, said, size_text

_SIZES: Final = (TOTAL, TABLE, INDEXES, TOAST, BLOAT)
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_NOWHERE: Final = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex


class SizeModel(QAbstractItemModel):
    """Shows a tree of sizes; sorts and narrows by itself, and keeps what was chosen and opened meanwhile."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = SizeNode(NodeKind.DATABASE, "", 0)
        self._schemas: Mapping[str, SchemaSize] = {}
        self._unseen: frozenset[object] = frozenset()
        self._is_standby = False
        self._wanted = ""
        self._order = (TOTAL, Qt.SortOrder.DescendingOrder)
        self._kids: dict[int, list[SizeNode]] = {}
        self._rows: dict[int, int] = {}
        self._bold = QFont()
        self._bold.setBold(True)

    @property
    def root(self) -> SizeNode:
        """The tree that is shown, whole."""
        return self._root

    def show(self, root: SizeNode, report: SizeReport) -> None:
        """Show another tree."""
        self.beginResetModel()
        self._root = root
        self._schemas = {each.name: each for each in report.schemas}
        self._unseen = frozenset(report.may_not_see)
        self._is_standby = report.is_standby
        self._forget()
        self.endResetModel()

    def narrow(self, wanted: str) -> None:
        """Show the tables with this in their names, or in those of their indexes and partitions."""
        self._wanted = wanted.strip().casefold()
        self._rearrange()

    @property
    def is_narrowed(self) -> bool:
        """Whether something may be left out."""
        return bool(self._wanted)

    def node(self, index: _Index) -> SizeNode:
        """Return what an index stands for; the whole database for none."""
        if not index.isValid():
            return self._root
        found: SizeNode = index.internalPointer()
        return found

    def index_of(self, node: SizeNode) -> QModelIndex:
        """Return where a node is; an invalid index where it is left out."""
        if node.parent is None:
            return QModelIndex()
        if node.parent is not self._root and not self.index_of(node.parent).isValid():
            return QModelIndex()
        self._children(node.parent)
        row = self._rows.get(id(node))
        return QModelIndex() if row is None else self.createIndex(row, NAME, node)

    # Qt

    def index(self, row: int, column: int, parent: _Index = _NOWHERE) -> QModelIndex:
        found = self._children(self.node(parent))
        return self.createIndex(row, column, found[row]) if 0 <= row < len(found) else QModelIndex()

    def parent(self, index: _Index = _NOWHERE) -> QModelIndex:  # type: ignore[override]  # the other one is QObject's
        above = self.node(index).parent
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(self._rows.get(id(above), 0), NAME, above)

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return len(self._children(self.node(parent))) if parent.column() <= 0 else 0

    def hasChildren(self, parent: _Index = _NOWHERE) -> bool:
        return bool(self.node(parent).children)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        del parent
        return COLUMNS

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node, column = self.node(index), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(node, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column != NAME else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._tip(node, column) or "") or None
        if column != NAME:
            return None
        if role == Qt.ItemDataRole.DecorationRole:
            return sign_of(node)
        if role == Qt.ItemDataRole.FontRole and node.kind is NodeKind.SCHEMA:
            return self._bold
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{kind_word(node)} {node.name}, {size_text(node.bytes)}"
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return said(TITLES[section])
        if role == Qt.ItemDataRole.ToolTipRole:
            return said(EXPLAINED[section]) if EXPLAINED[section] else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section != NAME else None
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; Qt asks for it."""
        if column < 0 or (column, order) == self._order:
            return
        self._order = (column, order)
        self._rearrange()

    # inside

    def _forget(self) -> None:
        self._kids.clear()
        self._rows.clear()

    def _rearrange(self) -> None:
        """Arrange anew; what is chosen and opened stays so where it is still there."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        held = [(self.node(index), index.column()) for index in before]
        self._forget()
        after = []
        for node, column in held:
            index = self.index_of(node)
            after.append(index.siblingAtColumn(column) if index.isValid() else QModelIndex())
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _children(self, node: SizeNode) -> list[SizeNode]:
        found = self._kids.get(id(node))
        if found is None:
            column, order = self._order
            found = [each for each in node.children if self._is_wanted(each)]
            found.sort(key=KEYS[column], reverse=order is Qt.SortOrder.DescendingOrder)
            self._kids[id(node)] = found
            self._rows.update((id(each), row) for row, each in enumerate(found))
        return found

    def _is_wanted(self, node: SizeNode) -> bool:
        wanted = self._wanted
        if not wanted or wanted in node.name.casefold():
            return True
        if node.kind is NodeKind.RELATION and node.relation is not None:
            if wanted in str(node.relation.name).casefold():
                return True
        elif node.kind is NodeKind.INDEX:
            return node.parent is not None and wanted in node.parent.name.casefold()
        return any(self._is_wanted(each) for each in node.children)

    def _text(self, node: SizeNode, column: int) -> str:
        if column == NAME:
            return node.name
        if node.kind is NodeKind.SCHEMA:
            return self._schema_text(node, column)
        if node.index is not None:
            return index_text(node, column)
        if node.relation is None:
            return ""
        if self._is_standby and column in {VACUUM, ANALYZE}:
            return DASH  # not never: it is not told
        return relation_text(node.relation, column)

    def _schema_text(self, node: SizeNode, column: int) -> str:
        found = self._schema_bytes(node, column)
        return "" if found is None else size_text(found)

    def _schema_bytes(self, node: SizeNode, column: int) -> int | None:
        sums = self._schemas.get(node.name)
        if sums is None:
            return None
        return {TOTAL: node.bytes, TABLE: sums.table_bytes, INDEXES: sums.index_bytes,
                TOAST: sums.toast_bytes}.get(column)  # fmt: skip

    def _tip(self, node: SizeNode, column: int) -> str | None:
        size = node.relation
        if column == NAME:
            return "\n".join(filter(None, (f"{kind_word(node)} {node.name}", *self._remarks(node))))
        if node.kind is NodeKind.SCHEMA:
            found = self._schema_bytes(node, column)
            return None if found is None else bytes_text(found)
        if node.index is not None:
            return bytes_text(node.index.bytes) if column in {TOTAL, INDEXES} else None
        if size is None:
            return None
        if column in _SIZES:
            exact = {TOTAL: size.total_bytes, TABLE: size.table_bytes, INDEXES: size.index_bytes,
                     TOAST: size.toast_bytes, BLOAT: size.bloat_bytes}[column]  # fmt: skip
            return bytes_text(exact) if exact is not None else said(QT_TRANSLATE_NOOP("sizes", "Not known"))
        if column in {VACUUM, ANALYZE}:
            unknown = said(QT_TRANSLATE_NOOP("sizes", "A standby is not told when that was"))
            return unknown if self._is_standby else upkeep_tip(size, column)
        return None

    def _remarks(self, node: SizeNode) -> list[str]:
        size = node.relation
        if node.index is not None:
            return [index_words(node.index)]
        if size is None:
            return []
        found = []
        if size.is_locked:
            found.append(said(QT_TRANSLATE_NOOP("sizes", "Somebody has it to himself: its size as it was last known")))
        if size.is_distributed:
            found.append(said(QT_TRANSLATE_NOOP("sizes", "Of Citus: its size on all nodes")))
        if size.name in self._unseen:
            found.append(said(QT_TRANSLATE_NOOP("sizes", "Your role may not read it: its bloat is not known")))
        return found
