"""Live: a table read again by itself, every few seconds, whenever nobody is in the middle of something."""

from __future__ import annotations

from enum import Enum
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from nexus_studio.core.errors import StudioError
from nexus_studio.core.settings import auto_refresh
from nexus_studio.ui.grid.grid_view import RowGrid
from nexus_studio.ui.kit.settings import SettingsHolder

INTERVALS_S: Final = (2, 5, 10, 30, 60)
"""Seconds a person can choose between."""

USUAL_S: Final = 5

SECOND_MS: Final = 1_000

RETRY_MS: Final = 500
"""Milliseconds after which one whose turn came at a bad moment looks again."""


class LiveState(Enum):
    """What an auto-refresh does now."""

    OFF = "off"
    ON = "on"
    PAUSED = "paused"  # somebody edits, chooses, or looks elsewhere; or the question costs the server too much
    STOPPED = "stopped"  # the last reading failed: it goes on once rows came again


class Live(QObject):
    """The auto-refresh of one grid. UI thread only.

    Never two readings at once: when a turn comes while rows are on their way it is left out.
    """

    changed = Signal()  # state or seconds are others

    def __init__(self, grid: RowGrid, settings: SettingsHolder) -> None:
        super().__init__(grid)
        self._grid, self._settings = grid, settings
        self._place = ""
        self._seconds = 0
        self._last = USUAL_S
        self._state = LiveState.OFF
        self._is_costly = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._turn)
        grid.loaded.connect(self._rows_came)
        grid.failed.connect(self._failed)

    @property
    def seconds(self) -> int:
        """Seconds between two readings, 0 when it is off."""
        return self._seconds

    @property
    def state(self) -> LiveState:
        """What it does now."""
        return self._state

    @property
    def is_costly(self) -> bool:
        """Whether it is paused because the server would work for long each time."""
        return self._state is LiveState.PAUSED and self._is_costly

    def open(self, place: str) -> None:
        """Take up what was chosen for a table; `place` names database and relation, empty: nothing is remembered."""
        self._place = place
        self._take(self._settings.get(auto_refresh(place)) if place else 0)

    def set_seconds(self, seconds: int) -> None:
        """Choose how often, 0 for never; it is remembered for this table."""
        if self._place:
            self._settings.set(auto_refresh(self._place), seconds)
        self._take(seconds)

    def toggle(self) -> None:
        """Turn it off, or on again as often as it was."""
        self.set_seconds(0 if self._seconds else self._last)

    def stop(self) -> None:
        """Stop for good: the grid is about to close. What was chosen stays remembered."""
        self._timer.stop()
        self._set(LiveState.OFF)

    def _take(self, seconds: int) -> None:
        self._seconds = seconds
        self._last = seconds or self._last
        self._timer.stop()
        if seconds:
            self._timer.start(seconds * SECOND_MS)
        self._state, self._is_costly = LiveState.ON if seconds else LiveState.OFF, False
        self.changed.emit()

    def _turn(self) -> None:
        if self._state is LiveState.STOPPED:
            return  # `_rows_came` starts anew
        is_costly = self._grid.model.loader.is_dear
        if is_costly or not self._is_good_moment():
            self._set(LiveState.PAUSED, is_costly=is_costly)
            self._timer.start(RETRY_MS)
            return
        self._set(LiveState.ON)
        self._timer.start(self._seconds * SECOND_MS)
        if not self._grid.model.loader.is_busy:
            self._grid.refresh()

    def _is_good_moment(self) -> bool:
        """Tell whether nobody would be disturbed: no editor, no popup, no dialog, no button held, and in sight."""
        window = self._grid.window()
        return (
            self._grid.isVisible()
            and self._grid.isEnabled()
            and not window.isMinimized()
            and self._grid.editing.editor is None
            and QApplication.activePopupWidget() is None
            and QApplication.activeModalWidget() is None
            and QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton
        )

    def _rows_came(self) -> None:
        if self._state is LiveState.STOPPED:
            self._set(LiveState.ON)
            self._timer.start(self._seconds * SECOND_MS)

    def _failed(self, _error: StudioError) -> None:
        """Stop asking: what failed once would fail, and be told, every few seconds."""
        if self._seconds:
            self._timer.stop()
            self._set(LiveState.STOPPED)

    def _set(self, state: LiveState, *, is_costly: bool = False) -> None:
        if state is not self._state or is_costly != self._is_costly:
            self._state, self._is_costly = state, is_costly
            self.changed.emit()
