"""The bar across the top: the connection chip, the search that goes anywhere, theme and settings."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.ui.kit.environments import environment_name, environment_sign
from nexus_studio.ui.kit.icons import icon


class TopBar(QFrame):
    """Chip, search field (a button that opens the palette), theme button, settings button."""

    palette_asked = Signal()
    theme_toggled = Signal()

    def __init__(self, connection_menu: QMenu, settings_menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("top_bar")
        self._profile: ConnectionProfile | None = None
        self._read_only = False
        self._chip = QToolButton(self)
        self._chip.setObjectName("top.connection")
        self._chip.setProperty("connection", True)
        self._chip.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._chip.setMenu(connection_menu)
        self._search = QPushButton(self)
        self._search.setObjectName("top.search")
        self._search.setProperty("search", True)
        self._search.setIcon(icon("search", "text-muted"))
        self._search.setMinimumWidth(360)
        self._theme = QToolButton(self)
        self._theme.setObjectName("top.theme")
        self._theme.setIcon(icon("theme"))
        self._settings = QToolButton(self)
        self._settings.setObjectName("top.settings")
        self._settings.setIcon(icon("settings"))
        self._settings.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._settings.setMenu(settings_menu)
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 6, 8, 6)
        line.setSpacing(8)
        line.addWidget(self._chip)
        line.addStretch(1)
        line.addWidget(self._search)
        line.addStretch(1)
        line.addWidget(self._theme)
        line.addWidget(self._settings)
        self._search.clicked.connect(self.palette_asked)
        self._theme.clicked.connect(self.theme_toggled)
        self._retranslate()

    def show_connection(self, profile: ConnectionProfile | None, *, read_only: bool = False) -> None:
        """Wear the colour of a profile's environment; None: not connected."""
        self._profile, self._read_only = profile, read_only
        self._retranslate()
        environment = profile.environment.value if profile else "none"
        for widget in (self, self._chip):
            widget.setProperty("environment", environment)
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _retranslate(self) -> None:
        if self._profile is None:
            chip = self.tr("Not connected")
            self._chip.setIcon(icon("connect"))
        else:
            label = environment_sign(self._profile.environment)
            chip = f"{label}   {self._profile.place}"
            self._chip.setIcon(icon("lock" if self._read_only else "database", "env-text"))
        self._chip.setText(chip)
        self._chip.setAccessibleName(self.tr("Connection: {name}").format(name=chip))
        if self._profile is not None:
            tip = self.tr("{name} · {environment}").format(
                name=self._profile.name, environment=environment_name(self._profile.environment)
            )
            self._chip.setToolTip(tip)
        self._search.setText(self.tr("Go to table or action…    Ctrl+K"))
        self._search.setAccessibleName(self.tr("Go to table or action"))
        self._theme.setToolTip(self.tr("Light or dark"))
        self._theme.setAccessibleName(self.tr("Light or dark"))
        self._settings.setToolTip(self.tr("Settings"))
        self._settings.setAccessibleName(self.tr("Settings"))
