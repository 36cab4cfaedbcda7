"""ColumnHeader: the columns' names with their glyphs and sort order; some frozen, all draggable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHeaderView, QToolTip, QWidget

from nexus_studio.core.data.rowquery import Sort
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.ui.grid.column_drag import ColumnDrag, DropPlaces
from nexus_studio.ui.grid.column_places import ColumnPlaces
from nexus_studio.ui.kit.icons import pixmap, type_icon
from nexus_studio.ui.kit.theme import Theme

GLYPH: Final = 14  # pixels
_PADDING: Final = 8
LEAST_WIDTH: Final = 3 * (GLYPH + 4) + 2 * _PADDING
"""Pixels of the narrowest column: its mark, its type and its sort order are seen, though nothing of its name may be."""

_HEIGHT: Final = 30
_CLICK: Final = 4  # pixels a mouse may move between press and release of a click


class ColumnHeader(QHeaderView):
    """Names, type and key glyphs, sort arrows. A click asks to sort, Shift+click to sort by one column more.

    `places` knows where the columns stand. Qt knows nothing of frozen columns, and its headers answer no mouse left of
    what has scrolled away: so the mouse is ours, and frozen sections are painted once more where they are seen.
    """

    sort_asked = Signal(int, bool)  # logical index; True: in addition to the columns sorted by already
    menu_asked = Signal(int, QPoint)  # logical index, global position
    choose_asked = Signal(int)  # logical index: Ctrl+click selects the whole column
    move_asked = Signal(int, int)  # visual index from, to: dragged there
    scroll_asked = Signal(int)  # pixels to the right: a dragged column is held at an end

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("grid_columns")
        self._theme = theme
        self._columns: tuple[Column, ...] = ()
        self._marks: tuple[str, ...] = ()
        self._sort: dict[str, tuple[int, bool]] = {}
        self._pressed: QPoint | None = None
        self._sizing: tuple[int, int] | None = None  # a column whose edge is held, and its width less the mouse's x
        self.places = ColumnPlaces(self)
        self.drag = ColumnDrag(DropPlaces(self.places.sections, self.places.room), self)
        self.drag.dropped.connect(self.move_asked)
        self.drag.scroll_asked.connect(self.scroll_asked)
        self.drag.changed.connect(self.viewport().update)
        self.sectionResized.connect(self._repaint_frozen)
        self.tooltip_of: Callable[[Column], str] = lambda column: column.comment
        self.setSectionsMovable(False)  # ColumnDrag moves them: Qt's own way knows nothing of frozen ones
        self.setSectionsClickable(False)  # QTableView would select the whole column
        self.setHighlightSections(False)
        self.setMinimumSectionSize(LEAST_WIDTH)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_menu)

    def show_columns(self, relation: Relation, columns: tuple[Column, ...]) -> None:
        """Show other columns."""
        self._columns = columns
        self._marks = tuple(_mark(relation, column) for column in columns)
        self.viewport().update()

    def show_sort(self, sort: tuple[Sort, ...]) -> None:
        """Show what the rows are sorted by."""
        self._sort = {one.column: (place, one.descending) for place, one in enumerate(sort, 1)}
        self.viewport().update()

    def wanted_width(self, logical: int) -> int:
        """Return the width at which a column's name is seen whole, in pixels."""
        marks = 1 + bool(self._marks[logical])
        font = self.fontMetrics()
        return font.horizontalAdvance(self._columns[logical].name) + marks * (GLYPH + 4) + 2 * _PADDING + GLYPH + 14

    def sizeHint(self) -> QSize:
        """Return a fixed height. Qt's own way would ask for the sizes of a hundred sections."""
        return QSize(self.length(), max(_HEIGHT, self.fontMetrics().height() + 12))

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N803 - Qt's own name
        """Draw one column's head."""
        if not 0 <= logicalIndex < len(self._columns):
            return
        color, column = self._theme.color, self._columns[logicalIndex]
        painter.save()
        painter.fillRect(rect, color("header"))
        painter.setPen(QPen(color("border"), 0))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.drawLine(rect.topRight(), rect.bottomRight())
        ratio = self.devicePixelRatioF()
        left, right = rect.left() + _PADDING, rect.right() - _PADDING
        top = rect.top() + (rect.height() - GLYPH) // 2
        if mark := self._marks[logicalIndex]:
            painter.drawPixmap(left, top, pixmap(mark, GLYPH, color("accent"), ratio))
            left += GLYPH + 4
        painter.drawPixmap(left, top, type_icon(column.type.kind.value).pixmap(QSize(GLYPH, GLYPH), ratio))
        left += GLYPH + 5
        right = self._paint_sort(painter, column.name, rect, right)
        painter.setPen(color("text"))
        name = self.fontMetrics().elidedText(column.name, Qt.TextElideMode.ElideRight, max(0, right - left))
        painter.drawText(QRect(left, rect.top(), right - left, rect.height()), Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sections, those that are frozen over those that scroll, and where a dragged one would go."""
        super().paintEvent(event)
        edge, slot, dragged = self.places.edge, self.drag.slot(), self.drag.visual
        if not edge and slot is None and dragged < 0:
            return
        painter, height = QPainter(self.viewport()), self.viewport().height()
        if edge:
            for logical, x, width in self.places.columns_in(QRect(0, 0, edge, height)):
                self.paintSection(painter, QRect(x, 0, width, height), logical)
            painter.fillRect(edge - 1, 0, 1, height, self._theme.color("text-disabled"))
        for visual, x, width in self.places.sections() if dragged >= 0 else ():
            if visual == dragged:
                color = QColor(self._theme.color("accent"))  # a copy: the theme's own stays as it is
                color.setAlphaF(0.2)
                painter.fillRect(x, 0, width, height, color)
        if slot is not None:
            painter.fillRect(max(0, slot[1] - 2), 0, 3, height, self._theme.color("accent"))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note where a click, a drag or a change of width begins."""
        place = event.position().toPoint()
        self._pressed = self._sizing = None
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if (sized := self.places.handle_at(place.x())) >= 0:
            self._sizing = (sized, self.sectionSize(sized) - place.x())
            return
        self._pressed = place
        if (logical := self.places.logical_at(place.x())) >= 0:
            self.drag.press(self.visualIndex(logical), place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Change a width, or drag a column; without a button show which of the two would begin here."""
        place = event.position().toPoint()
        if not event.buttons() & Qt.MouseButton.LeftButton:
            is_handle = self.places.handle_at(place.x()) >= 0
            self.setCursor(Qt.CursorShape.SplitHCursor if is_handle else Qt.CursorShape.ArrowCursor)
        elif self._sizing is not None:
            logical, more = self._sizing
            self.resizeSection(logical, max(self.minimumSectionSize(), place.x() + more))
        elif self.drag.move(place):
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Put a dragged column down, or ask to sort where a click ends; resizing is no click."""
        pressed, self._pressed, self._sizing = self._pressed, None, None
        place = event.position().toPoint()
        if self.drag.release():
            self.unsetCursor()
            return
        if pressed is None or (place - pressed).manhattanLength() > _CLICK:
            return
        logical = self.places.logical_at(place.x())
        if logical >= 0 and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.choose_asked.emit(logical)
        elif logical >= 0:
            self.sort_asked.emit(logical, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask to fit the column whose edge is double-clicked."""
        logical = self.places.handle_at(event.position().toPoint().x())
        if logical >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.sectionHandleDoubleClicked.emit(logical)

    def viewportEvent(self, event: QEvent) -> bool:
        """Show a column's tool tip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            logical = self.places.logical_at(event.pos().x())
            if 0 <= logical < len(self._columns):
                QToolTip.showText(event.globalPos(), self.tooltip_of(self._columns[logical]), self)
            return True
        return super().viewportEvent(event)

    def _repaint_frozen(self) -> None:
        """Paint anew wholly: Qt would touch only where it believes the changed section is."""
        if self.places.wanted:
            self.viewport().update()

    def _paint_sort(self, painter: QPainter, name: str, rect: QRect, right: int) -> int:
        """Draw the sort arrow and, of several, its number; return where the name must end."""
        if name not in self._sort:
            return right
        place, is_descending = self._sort[name]
        if len(self._sort) > 1:
            number = str(place)
            wide = self.fontMetrics().horizontalAdvance(number)
            painter.setPen(self._theme.color("text-muted"))
            painter.drawText(
                QRect(right - wide, rect.top(), wide, rect.height()), Qt.AlignmentFlag.AlignVCenter, number
            )
            right -= wide + 2
        arrow = pixmap(
            "sort-desc" if is_descending else "sort-asc", GLYPH, self._theme.color("accent"), self.devicePixelRatioF()
        )
        painter.drawPixmap(right - GLYPH, rect.top() + (rect.height() - GLYPH) // 2, arrow)
        return right - GLYPH - 4

    def _ask_menu(self, place: QPoint) -> None:
        logical = self.places.logical_at(place.x())
        if logical >= 0:
            self.menu_asked.emit(logical, self.viewport().mapToGlobal(place))


def _mark(relation: Relation, column: Column) -> str:
    """Name the glyph that says what part a column plays."""
    if column.name in relation.primary_key or (not relation.primary_key and column.name in relation.key):
        return "key"
    if relation.foreign_key_on(column.name) is not None:
        return "link"
    return "lock" if column.is_computed else ""
