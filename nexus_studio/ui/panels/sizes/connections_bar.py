"""ConnectionsBar: how many connections are used of how many, and by which applications."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from nexus_studio.core.admin.activity import Connections
from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.panels.sizes.words import count_text

_MOST: Final = 6
_WIDTH: Final = 180


class ConnectionsBar(QWidget):
    """A bar and a line of words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.connections")
        self._connections: Connections | None = None
        self._words = label("", "subtitle", name="sizes.connections_words")
        self._words.setWordWrap(False)
        self._bar = QProgressBar(self)
        self._bar.setObjectName("sizes.connections_bar")
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(_WIDTH)
        self._by = ElidedLabel(self)
        self._by.setObjectName("sizes.connections_by")
        self._by.setProperty("muted", True)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._words)
        row.addWidget(self._bar)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._by)
        self.retranslate()

    def show_connections(self, connections: Connections | None) -> None:
        """Show the numbers; None: nothing is known yet."""
        self._connections = connections
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything in the current language."""
        found = self._connections
        self._bar.setVisible(found is not None)
        if found is None:
            self._words.setText(self.tr("Looking…"))
            self._by.say("")
            return
        words = self.tr("{used} of {most} connections", "", found.used)
        self._words.setText(words.format(used=count_text(found.used), most=count_text(found.most)))
        self._words.setProperty("tone", "warning" if found.is_nearly_full else "")
        self._words.style().polish(self._words)
        self._bar.setRange(0, max(1, found.most))
        self._bar.setValue(found.used)
        self._bar.setAccessibleName(self._words.text())
        left = self.tr("{number} left for everybody").format(number=count_text(found.left))
        unnamed = self.tr("unnamed")
        by = [f"{name or unnamed} {count_text(number)}" for name, number in found.by_application[:_MOST]]
        self._by.say(left, *by)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
