"""LineHeader: the numbers of the grid's lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHeaderView, QWidget

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
