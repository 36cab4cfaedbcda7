"""SlowList: the queries that took most, one line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeView, QWidget

from nexus_studio.core.admin.slowqueries import SlowQuery
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.tips import plain_tip
from nexus_studio.ui.panels.sizes.slow_words import said, text_words
from nexus_studio.ui.panels.sizes.words import count_text, duration_text, share_text

TEXT, TOTAL, SHARE, MEAN, CALLS, ROWS, CACHE, USER = range(8)
_COLUMNS: Final = USER + 1
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_NOWHERE: Final = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex
_TITLES: Final = (
    QT_TRANSLATE_NOOP("slow", "Statement"),
    QT_TRANSLATE_NOOP("slow", "Total time"),
    QT_TRANSLATE_NOOP("slow", "Share"),
    QT_TRANSLATE_NOOP("slow", "Mean time"),
    QT_TRANSLATE_NOOP("slow", "Calls"),
    QT_TRANSLATE_NOOP("slow", "Rows"),
    QT_TRANSLATE_NOOP("slow", "Cache hit"),
    QT_TRANSLATE_NOOP("slow", "Role"),
)


class SlowModel(QAbstractTableModel):
    """Sorts by itself."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: list[SlowQuery] = []
        self._order = (TOTAL, Qt.SortOrder.DescendingOrder)

    @property
    def queries(self) -> tuple[SlowQuery, ...]:
        """The queries of the lines, from above."""
        return tuple(self._shown)

    def show(self, queries: Sequence[SlowQuery]) -> None:
        """Show other queries."""
        self._arrange(list(queries))

    def query(self, row: int) -> SlowQuery | None:
        """Return the query of a line."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else _COLUMNS

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        query, column = self.query(index.row()), index.column()
        if query is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(query, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and TEXT < column < USER:
            return _RIGHT
        if role == Qt.ItemDataRole.ToolTipRole and column == TEXT:
            return plain_tip(query.text or text_words(query))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return said(_TITLES[section])
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and TEXT < section < USER else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; Qt asks for it."""
        if column >= 0:
            self._order = (column, order)
            self._arrange(self._shown)

    def _arrange(self, queries: list[SlowQuery]) -> None:
        column, order = self._order
        self.beginResetModel()
        self._shown = sorted(
            queries, key=lambda each: _key(each, column), reverse=order is Qt.SortOrder.DescendingOrder
        )
        self.endResetModel()


class SlowList(QTreeView):
    """The list; its current line is told."""

    chosen = Signal(object)  # SlowQuery, or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.slow_list")
        self.queries = SlowModel(self)
        self.setModel(self.queries)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSortingEnabled(True)
        self.sortByColumn(TOTAL, Qt.SortOrder.DescendingOrder)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        for column in range(TOTAL, _COLUMNS):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.selectionModel().currentRowChanged.connect(lambda *_: self.chosen.emit(self.current()))
        self.retranslate()

    def show_queries(self, queries: Sequence[SlowQuery]) -> None:
        """Show queries; the one that was current stays so."""
        before = self.current()
        self.queries.show(queries)
        rows = range(self.queries.rowCount())
        row = next((row for row in rows if before is not None and _is_same(self.queries.query(row), before)), 0)
        if self.queries.rowCount():
            self.setCurrentIndex(self.queries.index(row, TEXT))
        self.chosen.emit(self.current())

    def current(self) -> SlowQuery | None:
        """Return the query of the current line."""
        index = self.currentIndex()
        return self.queries.query(index.row()) if index.isValid() else None

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.setAccessibleName(self.tr("Slow queries"))
        self.queries.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, _COLUMNS - 1)
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()


def _is_same(one: SlowQuery | None, other: SlowQuery) -> bool:
    return one is not None and (one.id, one.user, one.text) == (other.id, other.user, other.text)


def _text(query: SlowQuery, column: int) -> str:
    if column == TEXT:
        return text_words(query)
    return {
        TOTAL: duration_text(query.total_ms / 1000),
        SHARE: share_text(query.share, 1),
        MEAN: duration_text(query.mean_ms / 1000),
        CALLS: count_text(query.calls),
        ROWS: count_text(query.rows),
        CACHE: share_text(query.cache_hit, 1),
        USER: query.user,
    }[column]


def _key(query: SlowQuery, column: int) -> Any:
    return {
        TEXT: query.text.casefold(),
        TOTAL: query.total_ms,
        SHARE: query.share,
        MEAN: query.mean_ms,
        CALLS: query.calls,
        ROWS: query.rows,
        CACHE: -1.0 if query.cache_hit is None else query.cache_hit,
        USER: query.user,
    }[column]
