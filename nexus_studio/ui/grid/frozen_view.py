"""FrozenView: a table view whose first columns may stay while the others scroll beneath them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QItemSelection, QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from nexus_studio.ui.grid.column_header import ColumnHeader
from nexus_studio.ui.grid.column_window import ColumnWindow


class FrozenView(QTableView):
    """Where cells stand, one view for frozen and scrolled columns alike; a subclass paints them.

    `column_header.places` knows the geometry. What Qt does on a key or a mouse button it does in its own coordinates,
    which know nothing of frozen columns (`_as_qt_sees`); everybody else is answered in those of the screen.
    """

    columns_in_sight_changed = Signal(object)  # frozenset of names, as `columns_in_sight` returns

    def __init__(self, header: ColumnHeader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column_header = header
        self.setHorizontalHeader(header)
        self._is_raw = False
        self._name_of: Callable[[int], str] = str
        self._window = ColumnWindow(header.places, self)
        self._window.changed.connect(self._tell_columns)

    def watch_columns(self, name_of: Callable[[int], str]) -> None:
        """Begin, once the model is set, to tell which columns are in sight, by the names of logical indexes."""
        self._name_of = name_of
        header = self.column_header
        for signal in (header.sectionResized, header.sectionMoved, header.sectionCountChanged):
            signal.connect(self._window.look)
        header.scroll_asked.connect(lambda by: self.horizontalScrollBar().setValue(header.offset() + by))
        header.sectionMoved.connect(self._repaint_frozen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move and select. To a row's beginning all scrolls back, though a frozen cell is in sight anyway."""
        with self._as_qt_sees():
            super().keyPressEvent(event)
        is_home = event.key() == Qt.Key.Key_Home and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if is_home and self.column_header.places.is_frozen(self.currentIndex().column()):
            self.horizontalScrollBar().setValue(0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to select at the cell that is seen there."""
        with self._as_qt_sees():
            super().mousePressEvent(self._raw(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Select as far as the mouse goes."""
        with self._as_qt_sees():
            super().mouseMoveEvent(self._raw(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End what the press began."""
        with self._as_qt_sees():
            super().mouseReleaseEvent(self._raw(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take a double click for the cell that is seen there."""
        with self._as_qt_sees():
            super().mouseDoubleClickEvent(self._raw(event))

    def currentChanged(
        self, current: QModelIndex | QPersistentModelIndex, previous: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Repaint: Qt does so where it believes the cells stand; frozen ones stand elsewhere."""
        super().currentChanged(current, previous)
        self._repaint_frozen()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Repaint, as when another cell becomes current."""
        super().selectionChanged(selected, deselected)
        self._repaint_frozen()

    def indexAt(self, pos: QPoint) -> QModelIndex:
        """Return the cell at a place of the viewport."""
        if self._is_raw:
            return super().indexAt(pos)
        return super().indexAt(QPoint(self.column_header.places.raw_x(pos.x()), pos.y()))

    def visualRect(self, index: QModelIndex | QPersistentModelIndex) -> QRect:
        """Return a cell's place in viewport pixels."""
        rect = super().visualRect(index)
        if not self._is_raw and rect.isValid() and self.column_header.places.wanted:
            rect.moveLeft(self.column_header.places.x_of(index.column()))
        return rect

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Bring a cell into sight, out from under the frozen columns."""
        places, bar = self.column_header.places, self.horizontalScrollBar()
        if not index.isValid() or not places.wanted:
            super().scrollTo(index, hint)
            return
        before = bar.value()
        super().scrollTo(index, hint)
        if places.is_frozen(index.column()):
            bar.setValue(before)
        elif (covered := places.edge - places.x_of(index.column())) > 0:
            bar.setValue(bar.value() - covered)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Scroll. With frozen columns nothing can be shifted as a whole: all is painted anew."""
        super().scrollContentsBy(dx, dy)
        if dx:
            self._window.look()
            if self.column_header.places.wanted:
                self.viewport().update()
                self.column_header.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See more or fewer columns."""
        super().resizeEvent(event)
        self._window.look()

    def freeze(self, count: int) -> None:
        """Let the first `count` visual columns stay while the rest scrolls; 0: let all scroll."""
        self.column_header.places.wanted = count
        self._window.look()
        self.viewport().update()
        self.column_header.viewport().update()

    def columns_in_sight(self) -> frozenset[str]:
        """Return the names of the columns in sight and of a few on both sides; hidden ones never."""
        return self._names(self._window.in_sight())

    def forget_columns(self) -> None:
        """Tell of the columns in sight anew: they are others."""
        self._window.forget()

    def _repaint_frozen(self) -> None:
        if self.column_header.places.wanted:
            self.viewport().update()

    def _tell_columns(self, seen: frozenset[int]) -> None:
        self.columns_in_sight_changed.emit(self._names(seen))

    def _names(self, logicals: frozenset[int]) -> frozenset[str]:
        return frozenset(self._name_of(logical) for logical in logicals)

    @contextmanager
    def _as_qt_sees(self) -> Iterator[None]:
        """Answer Qt's own questions in Qt's own coordinates, so that what it computes from them fits together."""
        was_raw, self._is_raw = self._is_raw, bool(self.column_header.places.wanted)
        try:
            yield
        finally:
            self._is_raw = was_raw

    def _raw(self, event: QMouseEvent) -> QMouseEvent:
        """Return a mouse event where Qt believes its column to be."""
        x = event.position().toPoint().x()
        return _shifted(event, self.column_header.places.raw_x(x) - x)


def _shifted(event: QMouseEvent, by: int) -> QMouseEvent:
    """Return a mouse event as it would be `by` pixels further right."""
    if not by:
        return event
    place = event.position() + QPointF(by, 0)
    held, keys, device = event.buttons(), event.modifiers(), event.pointingDevice()
    return QMouseEvent(event.type(), place, event.globalPosition(), event.button(), held, keys, device)
