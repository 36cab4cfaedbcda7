"""LiveButton: shows and sets how often a table is read again by itself."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from nexus_studio.ui.grid.live import INTERVALS_S, Live, LiveState
from nexus_studio.ui.kit.icons import icon

_TOLD_MS: Final = 4_000
_MINUTE_S: Final = 60


class LiveButton(QToolButton):
    """A click opens the menu of intervals. Give it the table in sight with `show_live`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("live")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._live: Live | None = None
        self._gone = 0
        self._menu = QMenu(self)
        self._menu.setObjectName("live_menu")
        self._choices = QActionGroup(self._menu)
        for seconds in (0, *INTERVALS_S):
            self._add(seconds)
        self.setMenu(self._menu)
        self._told = QTimer(self)
        self._told.setSingleShot(True)
        self._told.setInterval(_TOLD_MS)
        self._told.timeout.connect(self._forget_gone)
        self.retranslate()

    def show_live(self, live: Live | None) -> None:
        """Show the state of a table's auto-refresh from now on."""
        if live is self._live:
            return
        if self._live is not None:
            self._live.changed.disconnect(self.retranslate)
            self._live.destroyed.disconnect(self._live_gone)
        self._live = live
        self._gone = 0
        if live is not None:
            live.changed.connect(self.retranslate)
            live.destroyed.connect(self._live_gone)
        self.retranslate()

    def tell_gone(self, rows: int) -> None:
        """Say for a moment that rows are gone which were in sight."""
        self._gone = rows
        self._told.start()
        self.retranslate()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def retranslate(self) -> None:
        """Say what is so now."""
        state = self._live.state if self._live is not None else LiveState.OFF
        seconds = self._live.seconds if self._live is not None else 0
        for action in self._choices.actions():
            action.setText(self.interval_words(action.data()))
            action.setChecked(action.data() == seconds)
        self.setIcon(icon("refresh", "accent" if state is LiveState.ON else "text-muted"))
        words = self._state_words(state, seconds)
        self.setText(self.tr("%Ln row(s) gone", "", self._gone) if self._gone else words)
        self.setAccessibleName(self.tr("Auto-refresh: {state}").format(state=words))
        self.setToolTip(self._reason(state))
        self.setEnabled(self._live is not None)

    def interval_words(self, seconds: int) -> str:
        """Return an interval as a person reads it."""
        if not seconds:
            return self.tr("Off")
        if seconds % _MINUTE_S == 0:
            minutes = seconds // _MINUTE_S
            return self.tr("Every %Ln minute(s)", "", minutes)
        return self.tr("Every %Ln second(s)", "", seconds)

    def _state_words(self, state: LiveState, seconds: int) -> str:
        words = {
            LiveState.OFF: self.tr("Live: off"),
            LiveState.ON: self.tr("Live: {seconds} s").format(seconds=seconds),
            LiveState.PAUSED: self.tr("Live: paused"),
            LiveState.STOPPED: self.tr("Live: stopped"),
        }
        return words[state]

    def _reason(self, state: LiveState) -> str:
        if self._live is not None and self._live.is_costly:
            return self.tr("Paused: the server works long for this filter or order. Refresh with F5.")
        words = {
            LiveState.OFF: self.tr("Read the rows again by themselves (Shift+F5)"),
            LiveState.ON: self.tr("The rows are read again by themselves (Shift+F5 stops it)"),
            LiveState.PAUSED: self.tr("It goes on as soon as nothing is being edited or chosen"),
            LiveState.STOPPED: self.tr("The last reading failed; refresh to go on"),
        }
        return words[state]

    def _add(self, seconds: int) -> None:
        action = QAction(self._menu)
        action.setObjectName(f"live_{seconds}")
        action.setCheckable(True)
        action.setData(seconds)
        action.triggered.connect(lambda _checked=False: self._choose(seconds))
        self._choices.addAction(action)
        self._menu.addAction(action)

    def _choose(self, seconds: int) -> None:
        if self._live is not None:
            self._live.set_seconds(seconds)

    def _forget_gone(self) -> None:
        self._gone = 0
        self.retranslate()

    def _live_gone(self) -> None:
        self._live = None
        self.retranslate()
