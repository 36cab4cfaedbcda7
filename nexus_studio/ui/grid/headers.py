"""The grid's two headers: columns with their glyphs and sort order, lines with their numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHeaderView, QToolTip, QWidget

from nexus_studio.core.data.rowquery import Sort
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.ui.kit.icons import pixmap, type_icon
from nexus_studio.ui.kit.theme import Theme

GLYPH: Final = 14  # pixels
_PADDING: Final = 8
_HEIGHT: Final = 30
_CLICK: Final = 4  # pixels a mouse may move between press and release of a click


class ColumnHeader(QHeaderView):
    """Names, type and key glyphs, sort arrows. A click asks to sort, Shift+click to sort by one column more."""

    sort_asked = Signal(int, bool)  # logical index; True: in addition to the columns sorted by already
    menu_asked = Signal(int, QPoint)  # logical index, global position

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("grid_columns")
        self._theme = theme
        self._columns: tuple[Column, ...] = ()
        self._marks: tuple[str, ...] = ()
        self._sort: dict[str, tuple[int, bool]] = {}
        self._pressed: QPoint | None = None
        self.tooltip_of: Callable[[Column], str] = lambda column: column.comment
        self.setSectionsMovable(True)
        self.setSectionsClickable(False)  # QTableView would select the whole column
        self.setHighlightSections(False)
        self.setMinimumSectionSize(40)
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
        """Return a fixed height."""
        return QSize(super().sizeHint().width(), max(_HEIGHT, self.fontMetrics().height() + 12))

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
        ratio = self.devicePixelRatio()
        left, right = rect.left() + _PADDING, rect.right() - _PADDING
        top = rect.top() + (rect.height() - GLYPH) // 2
        if mark := self._marks[logicalIndex]:
            painter.drawPixmap(left, top, pixmap(mark, GLYPH, color("accent"), ratio))
            left += GLYPH + 4
        if rect.width() > 3 * GLYPH + 4 * _PADDING:
            glyph = type_icon(column.type.kind.value).pixmap(QSize(GLYPH, GLYPH), ratio)
            painter.drawPixmap(left, top, glyph)
            left += GLYPH + 5
        right = self._paint_sort(painter, column.name, rect, right)
        painter.setPen(color("text"))
        name = self.fontMetrics().elidedText(column.name, Qt.TextElideMode.ElideRight, max(0, right - left))
        painter.drawText(QRect(left, rect.top(), right - left, rect.height()), Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note where a click begins."""
        self._pressed = event.position().toPoint() if event.button() == Qt.MouseButton.LeftButton else None
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ask to sort where a click ends; dragging and resizing are no clicks."""
        pressed, self._pressed = self._pressed, None
        super().mouseReleaseEvent(event)
        place = event.position().toPoint()
        if pressed is None or (place - pressed).manhattanLength() > _CLICK:
            return
        if self.cursor().shape() in {Qt.CursorShape.SplitHCursor, Qt.CursorShape.SizeHorCursor}:
            return
        logical = self.logicalIndexAt(place)
        if logical >= 0:
            self.sort_asked.emit(logical, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def viewportEvent(self, event: QEvent) -> bool:
        """Show a column's tool tip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            logical = self.logicalIndexAt(event.pos())
            if 0 <= logical < len(self._columns):
                QToolTip.showText(event.globalPos(), self.tooltip_of(self._columns[logical]), self)
            return True
        return super().viewportEvent(event)

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
            "sort-desc" if is_descending else "sort-asc", GLYPH, self._theme.color("accent"), self.devicePixelRatio()
        )
        painter.drawPixmap(right - GLYPH, rect.top() + (rect.height() - GLYPH) // 2, arrow)
        return right - GLYPH - 4

    def _ask_menu(self, place: QPoint) -> None:
        logical = self.logicalIndexAt(place)
        if logical >= 0:
            self.menu_asked.emit(logical, self.viewport().mapToGlobal(place))


class LineHeader(QHeaderView):
    """The numbers of the visible lines, drawn in one pass."""

    def __init__(self, theme: Theme, number_of: Callable[[int], str], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setObjectName("grid_lines")
        self._theme = theme
        self._number_of = number_of
        self._digits = 2
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def set_most(self, lines: int) -> None:
        """Make room for the largest number."""
        digits = max(3, len(str(lines)))
        if digits != self._digits:
            self._digits = digits
            self.updateGeometry()
            self.geometriesChanged.emit()

    def sizeHint(self) -> QSize:
        """Return a width that the largest number fits in. Qt's own would ask for a hundred sections' sizes."""
        return QSize(self.fontMetrics().horizontalAdvance("0" * self._digits) + 2 * _PADDING, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the numbers of the lines in sight."""
        painter = QPainter(self.viewport())
        color, area, height = self._theme.color, event.rect(), self.defaultSectionSize()
        painter.fillRect(area, color("header"))
        painter.setPen(QPen(color("border"), 0))
        width = self.viewport().width()
        painter.drawLine(width - 1, area.top(), width - 1, area.bottom())
        if not self.count():
            return
        offset = self.offset()
        first = max(0, (offset + area.top()) // height)
        last = min(self.count() - 1, (offset + area.bottom()) // height)
        painter.setPen(color("text-muted"))
        edge = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for section in range(first, last + 1):
            place = QRect(0, section * height - offset, width - _PADDING, height)
            painter.drawText(place, edge, self._number_of(section))
        painter.end()


def _mark(relation: Relation, column: Column) -> str:
    """Name the glyph that says what part a column plays."""
    if column.name in relation.primary_key or (not relation.primary_key and column.name in relation.key):
        return "key"
    if relation.foreign_key_on(column.name) is not None:
        return "link"
    return "lock" if column.is_computed else ""
