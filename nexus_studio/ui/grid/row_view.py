"""RowView: the table view whose cells the GridPainter draws, all in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, cast

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView, QToolTip, QWidget

from nexus_studio.core.data.cells import StagedCell
from nexus_studio.ui.grid.column_header import ColumnHeader
from nexus_studio.ui.grid.frames import ColumnFrame, Frame, RowFrame
from nexus_studio.ui.grid.frozen_view import FrozenView
from nexus_studio.ui.grid.headers import LineHeader
from nexus_studio.ui.grid.painter import GridPainter
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.kit.theme import Theme

_MOVING: Final = frozenset(
    {
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_Tab,
        Qt.Key.Key_Backtab,
    }
)

MOST_RANGES: Final = 2_000


class RowView(FrozenView):
    """Shows a `RowTableModel`. Cells are read from the model's rows, not through roles."""

    followed = Signal(QModelIndex)  # Ctrl+click on a cell

    def __init__(self, model: RowTableModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(ColumnHeader(theme), parent)
        self.setObjectName("grid_rows")
        self._rows = model
        self._theme = theme
        self.cell_painter = GridPainter(theme, self.font())
        self.label_of: Callable[[int, StagedCell], str] | None = None
        self.masked: frozenset[int] = frozenset()
        self.handle_key: Callable[[QKeyEvent], bool] = lambda _event: False
        self.tooltip_at: Callable[[QModelIndex], str] = lambda _index: ""
        self.bring_back: Callable[[], bool] = lambda: True
        self.stop_asking: Callable[[], bool] = lambda: False
        self.empty_text: Callable[[], str] = lambda: ""
        self.line_header = LineHeader(theme, lambda row: model.number_of(model.base + row), self)
        self.setVerticalHeader(self.line_header)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setModel(model)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # else Qt fills the ground first
        self.wrapped: frozenset[int] = frozenset()
        self.watch_columns(lambda logical: model.columns[logical].name)

    def set_row_height(self, pixels: int) -> None:
        """Make all rows this high; the row on top stays there."""
        bar, before = self.verticalScrollBar(), self.row_height
        top = bar.value()
        self.line_header.setMinimumSectionSize(min(18, pixels))
        self.line_header.setDefaultSectionSize(pixels)
        if before != pixels:
            self.updateGeometries()
            bar.setValue(top * pixels // before)

    @property
    def row_height(self) -> int:
        """Height of a row in pixels."""
        return self.line_header.defaultSectionSize()

    def visible_rows(self) -> tuple[int, int]:
        """Return the first and last row of the window in sight."""
        top = self.verticalScrollBar().value()
        last = (top + self.viewport().height() - 1) // self.row_height
        return top // self.row_height, min(last, self._rows.rowCount() - 1)

    def make_current(self, index: QModelIndex) -> None:
        """Go to a cell and select it alone. QTableView's own way asks which modifier keys are held at that moment."""
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cells in sight in one pass."""
        painter = QPainter(self.viewport())
        places, area = self.column_header.places, event.rect()
        # All columns, though only some may be due: rows are laid out whole, and kept for the next time.
        area.setLeft(0)
        area.setRight(self.viewport().width() - 1)
        parts = places.parts(area)
        for part in parts:
            if len(parts) > 1:
                painter.setClipRect(part)
            self.cell_painter.paint(painter, self._frame(part))
        painter.setClipping(False)
        if edge := places.edge:
            painter.fillRect(edge - 1, 0, 1, self.viewport().height(), self._theme.color("text-disabled"))
        if self._rows.rowCount() == 0 and (text := self.empty_text()):
            painter.setPen(self._theme.color("text-muted"))
            painter.setFont(self.font())
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll by the very pixels a touchpad tells; Qt's own way makes steps of them. X11's pixels mean nothing."""
        pixels = event.pixelDelta()
        if pixels.isNull() or event.modifiers() or QGuiApplication.platformName() == "xcb":
            super().wheelEvent(event)
            return
        for bar, moved in ((self.verticalScrollBar(), pixels.y()), (self.horizontalScrollBar(), pixels.x())):
            bar.setValue(bar.value() - moved)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give the grid's own keys a chance before the table's."""
        if self.column_header.drag.visual >= 0 and event.key() == Qt.Key.Key_Escape:
            self.column_header.drag.cancel()
            event.accept()
            return
        if event.key() == Qt.Key.Key_Escape and self.stop_asking():
            event.accept()
            return
        if self.handle_key(event):
            event.accept()
            return
        if not self.currentIndex().isValid() and event.key() in _MOVING and not self.bring_back():
            event.accept()  # Qt would begin at the first line of its window
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take Ctrl+click on a cell as "go where it points"."""
        is_follow = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if event.button() == Qt.MouseButton.LeftButton and is_follow:
            index = self.indexAt(event.position().toPoint())
            if index.isValid() and self.points_somewhere(index.column()):
                self.make_current(index)
                self.followed.emit(index)
                event.accept()
                return
        super().mousePressEvent(event)

    points_somewhere: Callable[[int], bool] = staticmethod(lambda _column: False)
    """Whether a column holds a foreign key; the grid sets it."""

    def viewportEvent(self, event: QEvent) -> bool:
        """Show a cell's tool tip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self.indexAt(event.pos())
            QToolTip.showText(event.globalPos(), self.tooltip_at(index) if index.isValid() else "", self)
            return True
        return super().viewportEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Lay everything out anew in another language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.cell_painter.forget()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring as focused. Without a current cell Qt's own way would make that of its first line current."""
        if self.currentIndex().isValid():
            super().focusInEvent(event)
        else:
            QFrame.focusInEvent(self, event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show the ring as not focused."""
        super().focusOutEvent(event)
        self.viewport().update()

    def _frame(self, area: QRect) -> Frame:
        columns = self._column_frames(area)
        height, offset = self.row_height, self.verticalScrollBar().value()
        first = max(0, (offset + area.top()) // height)
        last = min(self._rows.rowCount() - 1, (offset + area.bottom()) // height)
        base, line_at = self._rows.base, self._rows.line_at
        rows = [RowFrame(row * height - offset, base + row, line_at(base + row)) for row in range(first, last + 1)]
        current = self.currentIndex()
        ring = None
        if current.isValid() and first - 1 <= current.row() <= last + 1:
            ring = self._cell_rect(current.row(), current.column())
        if current.column() not in {column.index for column in columns}:
            ring = None  # it is in the other part: the frozen one or that which scrolls
        return Frame(
            area, columns, rows, height, self._selected(columns, first, last), ring, self.hasFocus(), self.label_of
        )

    def _column_frames(self, area: QRect) -> list[ColumnFrame]:
        known = self._rows.columns
        return [
            ColumnFrame(
                logical,
                x,
                width,
                known[logical].type,
                masked=logical in self.masked,
                wrap=logical in self.wrapped,
                has_labels=self.points_somewhere(logical),
            )
            for logical, x, width in self.column_header.places.columns_in(area)
        ]

    def _selected(self, columns: list[ColumnFrame], first: int, last: int) -> list[QRect]:
        height, offset = self.row_height, self.verticalScrollBar().value()
        found = []
        for number, part in enumerate(ranges_of(self)):
            if number > MOST_RANGES:
                break
            top, bottom = max(part.top(), first), min(part.bottom(), last)
            if top > bottom:
                continue
            y, tall = top * height - offset, (bottom - top + 1) * height
            pieces: list[QRect] = []
            for column in columns:
                if not part.left() <= column.index <= part.right():
                    continue
                if pieces and pieces[-1].right() + 1 == column.x:
                    pieces[-1].setWidth(pieces[-1].width() + column.width)
                else:
                    pieces.append(QRect(column.x, y, column.width, tall))
            found += pieces
        return found

    def _cell_rect(self, row: int, column: int) -> QRect:
        header = self.column_header
        y = row * self.row_height - self.verticalScrollBar().value()
        return QRect(header.places.x_of(column), y, header.sectionSize(column), self.row_height)

    def cell_rect(self, index: QModelIndex) -> QRect:
        """Return a cell's place in viewport pixels."""
        return self._cell_rect(index.row(), index.column())


def ranges_of(view: QTableView) -> list[QItemSelectionRange]:
    """Return the selected ranges of a view's window. PySide6's stubs do not know that a selection is a list."""
    return list(cast("Iterable[QItemSelectionRange]", view.selectionModel().selection()))
