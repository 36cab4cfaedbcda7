"""LookBar: how many connections there are, and how often it is looked again."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QPushButton, QWidget

from nexus_studio.core.settings import ACTIVITY_REFRESH
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.settings import SettingsHolder
from nexus_studio.ui.panels.sizes.connections_bar import ConnectionsBar

_PERIODS: Final = (0, 2, 5, 10)  # seconds


class LookBar(QFrame):
    """The strip above the sessions."""

    asked = Signal()  # look again now
    period_chosen = Signal()

    def __init__(self, settings: SettingsHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("strip", True)
        self._settings = settings
        self.connections = ConnectionsBar(self)
        self.period = QComboBox(self)
        self.period.setObjectName("sizes.activity_period")
        for seconds in _PERIODS:
            self.period.addItem("", seconds)
        chosen = settings.get(ACTIVITY_REFRESH)
        self.period.setCurrentIndex(_PERIODS.index(chosen) if chosen in _PERIODS else 1)
        self.again = QPushButton(icon("refresh"), "", self)
        self.again.setObjectName("sizes.activity_again")
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 10, 12, 10)
        line.setSpacing(12)
        line.addWidget(self.connections, 1)
        line.addWidget(self.period)
        line.addWidget(self.again)
        self.again.clicked.connect(lambda _checked=False: self.asked.emit())
        self.period.activated.connect(self._choose)
        self.retranslate()

    @property
    def seconds(self) -> int:
        """How long to wait before the next look; 0: none by itself."""
        return int(self.period.currentData() or 0)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.again.setText(self.tr("Look again"))
        self.again.setAccessibleName(self.again.text())
        self.period.setAccessibleName(self.tr("How often it is looked again"))
        for number, seconds in enumerate(_PERIODS):
            words = self.tr("every {seconds} s").format(seconds=seconds) if seconds else self.tr("not by itself")
            self.period.setItemText(number, words)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _choose(self) -> None:
        self._settings.set(ACTIVITY_REFRESH, self.seconds)
        self.period_chosen.emit()
