"""The bar across the top: the connection chip, production's lock, the search that goes anywhere, theme, settings."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.ui.kit.environments import environment_name, environment_sign
from nexus_studio.ui.kit.icons import icon


class TopBar(QFrame):
    """Chip, lock, search field (a button that opens the palette), theme button, settings button."""

    palette_asked = Signal()
    unlock_asked = Signal()
    lock_asked = Signal()
    theme_toggled = Signal()

    def __init__(self, connection_menu: QMenu, settings_menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("top_bar")
        self._profile: ConnectionProfile | None = None
        self._read_only = False
        self._can_unlock = False
        self._minutes: int | None = None
        self._chip = QToolButton(self)
        self._chip.setObjectName("top.connection")
        self._chip.setProperty("connection", True)
        self._chip.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._chip.setMenu(connection_menu)
        self._lock = QPushButton(self)
        self._lock.setObjectName("top.lock")
        self._lock.setAutoDefault(False)
        self._lock.hide()
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
        line.addWidget(self._lock)
        line.addStretch(1)
        line.addWidget(self._search)
        line.addStretch(1)
        line.addWidget(self._theme)
        line.addWidget(self._settings)
        self._lock.clicked.connect(self._press_lock)
        self._search.clicked.connect(self.palette_asked)
        self._theme.clicked.connect(self.theme_toggled)
        self._retranslate()

    def show_connection(self, profile: ConnectionProfile | None, *, read_only: bool = False) -> None:
        """Wear the colour of a profile's environment; None: not connected."""
        self._profile, self._read_only = profile, read_only
        self._can_unlock, self._minutes = False, None
        self._retranslate()
        environment = profile.environment.value if profile else "none"
        for widget in (self, self._chip):
            widget.setProperty("environment", environment)
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def show_lock(self, *, can_unlock: bool, minutes: int | None) -> None:
        """Say whether production is locked, and for how many minutes it is not."""
        self._can_unlock, self._minutes = can_unlock, minutes
        if can_unlock or minutes is not None:
            self._read_only = can_unlock
        self._retranslate()
        self.setProperty("lock", "unlocked" if minutes is not None else "locked" if can_unlock else "none")
        self._lock.setProperty("danger", minutes is not None)
        for widget in (self, self._lock):
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def _press_lock(self) -> None:
        (self.lock_asked if self._minutes is not None else self.unlock_asked).emit()

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
            sign = "unlock" if self._minutes is not None else "lock" if self._read_only else "database"
            self._chip.setIcon(icon(sign, "env-text"))
        self._chip.setText(chip)
        self._chip.setAccessibleName(self.tr("Connection: {name}").format(name=chip))
        self._say_lock()
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

    def _say_lock(self) -> None:
        self._lock.setVisible(self._can_unlock or self._minutes is not None)
        if self._minutes is not None:
            self._lock.setIcon(icon("unlock", "accent-text"))
            self._lock.setText(self.tr("%Ln min – lock again", "", self._minutes))
            self._lock.setAccessibleName(self.tr("Unlocked for %Ln minute(s) more: lock again", "", self._minutes))
            self._lock.setToolTip(self.tr("Production can be written to. Lock it again as soon as you are done."))
        else:
            self._lock.setIcon(icon("lock", "danger"))
            self._lock.setText(self.tr("Locked – unlock…"))
            self._lock.setAccessibleName(self.tr("Production is locked: unlock"))
            self._lock.setToolTip(self.tr("The server refuses every change from here until you unlock it."))
