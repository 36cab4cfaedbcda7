"""Skeleton: quiet bars in place of lines that are on their way."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from nexus_studio.ui.kit.theme import Theme

_ROW: Final = 28  # pixels
_HEAD: Final = 32
_BAR: Final = 10
_ROWS: Final = 8
_SHARES: Final = (0.34, 0.22, 0.41, 0.28, 0.37, 0.19, 0.31, 0.25)  # of the width, so that no two lines look alike


class Skeleton(QWidget):
    """Paints nothing that could be taken for content, and does not move."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._theme.color("base"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("placeholder"))
        for row in range(_ROWS):
            y = _HEAD + row * _ROW + (_ROW - _BAR) // 2
            painter.drawEllipse(10, y, _BAR, _BAR)
            for x, width in ((44, 76), (146, int(self.width() * _SHARES[row % len(_SHARES)]))):
                painter.drawRoundedRect(QRect(x, y, width, _BAR), 4, 4)
