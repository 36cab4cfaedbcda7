"""LineHeader: the numbers of the grid's lines."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QTextLayout, QTextOption
from PySide6.QtWidgets import QHeaderView, QWidget

from nexus_studio.ui.grid.texts import Texts, tabular
from nexus_studio.ui.kit.theme import Theme

_PADDING: Final = 8  # pixels


class LineHeader(QHeaderView):
    """The numbers of the visible lines, drawn in one pass."""

    def __init__(self, theme: Theme, number_of: Callable[[int], str], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setObjectName("grid_lines")
        self._theme = theme
        self._number_of = number_of
        self._digits = 2
        self._texts = Texts(tabular(self.font()))
        self._option = QTextOption()
        self._option.setWrapMode(QTextOption.WrapMode.NoWrap)
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
        # With room for the sign of an estimate: nothing moves when a number becomes exact.
        return QSize(ceil(self._texts.width("~" + "0" * self._digits)) + 2 * _PADDING, 0)

    def changeEvent(self, event: QEvent) -> None:
        """Measure another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._texts = Texts(tabular(self.font()))
            self.updateGeometry()
            self.geometriesChanged.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the numbers of the lines in sight."""
        painter = QPainter(self.viewport())
        color, area, height = self._theme.color, event.rect(), self.defaultSectionSize()
        painter.fillRect(area, color("header"))
        painter.setPen(QPen(color("border"), 0))
        width = self.viewport().width()
        painter.drawLine(width - 1, area.top(), width - 1, area.bottom())
        offset = self.offset()
        first = max(0, (offset + area.top()) // height)
        last = min(self.count() - 1, (offset + area.bottom()) // height)
        if first <= last:
            painter.setPen(color("text-muted"))
            numbers = self._laid([self._number_of(section) for section in range(first, last + 1)], width - _PADDING)
            down = (height - self.fontMetrics().height()) / 2
            numbers.draw(painter, QPointF(0, first * height - offset + down))
        painter.end()

    def _laid(self, numbers: list[str], room: int) -> QTextLayout:
        """Lay the numbers of consecutive lines out in one text: Qt draws it several times quicker than each alone."""
        layout = QTextLayout("\u2028".join(numbers), self._texts.quick)
        layout.setTextOption(self._option)
        layout.setCacheEnabled(True)
        layout.beginLayout()
        height, width = self.defaultSectionSize(), self._texts.width
        for place, number in enumerate(numbers):
            layout.createLine().setPosition(QPointF(room - width(number), place * height))
        layout.endLayout()
        return layout
