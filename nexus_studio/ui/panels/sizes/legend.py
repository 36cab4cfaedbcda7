"""Legend: which colour of the map is what."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from nexus_studio.core.admin.sizetree import NodeKind
from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.panels.sizes.tiles import bloat_fill, fill_of

_SIDE: Final = 12
BLOAT: Final = "bloat"
_PARTS: Final[tuple[NodeKind | str, ...]] = (NodeKind.ROWS, BLOAT, NodeKind.INDEX, NodeKind.TOAST)


class _Swatch(QWidget):
    def __init__(self, theme: Theme, part: NodeKind | str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._part = theme, part
        self.setFixedSize(_SIDE, _SIDE)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), part_fill(self._theme, self._part))
        painter.setPen(QPen(self._theme.color("text-muted"), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class Legend(QWidget):
    """A swatch and a word for each kind of bytes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.legend")
        self._words: dict[NodeKind | str, QLabel] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for number, part in enumerate(_PARTS):
            if number:
                row.addSpacing(6)
            self._words[part] = word = QLabel(self)
            word.setProperty("muted", True)
            row.addWidget(_Swatch(theme, part, self))
            row.addWidget(word)
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything in the current language."""
        words = {
            NodeKind.ROWS: self.tr("rows"),
            BLOAT: self.tr("bloat"),
            NodeKind.INDEX: self.tr("indexes"),
            NodeKind.TOAST: self.tr("TOAST"),
        }
        for part, label in self._words.items():
            label.setText(words[part])

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()


def part_fill(theme: Theme, part: NodeKind | str) -> QColor:
    """Return the colour of a kind of bytes."""
    return bloat_fill(theme.color) if isinstance(part, str) else fill_of(part, theme.color)
