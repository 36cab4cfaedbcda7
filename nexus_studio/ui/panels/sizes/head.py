"""The strip above a page: what it is all about in two lines, and what can be done with the whole of it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.parts import Sign, label

_SIGN: Final = 28


class Head(QFrame):
    """A sign, a title and facts below it; widgets of the page stand to the right."""

    def __init__(self, name: str, sign: str, parent: QWidget | None = None) -> None:
        """Make it; `name` goes into the objectNames: "sizes.NAME_total", "sizes.NAME_summary"."""
        super().__init__(parent)
        self.setProperty("strip", True)
        self.sign = Sign(sign, "text-muted", _SIGN, self)
        self.title: QLabel = label("", "subtitle", name=f"sizes.{name}_total")
        self.facts = ElidedLabel(self)
        self.facts.setObjectName(f"sizes.{name}_summary")
        self.facts.setProperty("muted", True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.facts)
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(16, 10, 12, 10)
        self._line.setSpacing(12)
        self._line.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        self._line.addLayout(words, 1)

    def add(self, *widgets: QWidget) -> None:
        """Put widgets at the right."""
        for widget in widgets:
            self._line.addWidget(widget)
