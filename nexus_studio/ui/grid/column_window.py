"""ColumnWindow: which columns are in sight, told when others than those last told are."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from nexus_studio.ui.grid.column_places import ColumnPlaces

MARGIN: Final = 8
"""Columns beyond each side of what is seen that are told along, so that a small scroll tells nothing."""

_NEAR: Final = 1  # columns beyond what is seen that must be among those told


class ColumnWindow(QObject):
    """Watches the columns of one header; answers in logical indexes. UI thread only.

    `changed` comes at most once a turn of the event loop, and only when a column comes into sight that was not among
    those told last.
    """

    changed = Signal(object)  # frozenset of logical indexes: those in sight, with the margin

    def __init__(self, places: ColumnPlaces, parent: QObject) -> None:
        super().__init__(parent)
        self._places = places
        self._told: frozenset[int] = frozenset()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._look)

    def look(self, *_ignored: object) -> None:
        """Look at the event loop's next turn: something was scrolled, resized, moved, hidden or shown."""
        if not self._timer.isActive():
            self._timer.start()

    def forget(self) -> None:
        """Tell anew whatever is in sight: the columns are others."""
        self._told = frozenset()
        self.look()

    def in_sight(self, margin: int = MARGIN) -> frozenset[int]:
        """Return the columns in sight and as many more on both sides, frozen ones included, hidden ones never."""
        shown = self._places.shown()
        seen = {
            logical
            for part in self._places.parts(self._places.view_area())
            for logical, _x, _width in self._places.columns_in(part)
        }
        scrolled = [place for place, logical in enumerate(shown) if logical in seen]
        frozen = {place for place in scrolled if self._places.is_frozen(shown[place])}
        rest = [place for place in scrolled if place not in frozen]
        near = range(max(0, rest[0] - margin), min(len(shown), rest[-1] + margin + 1)) if rest else range(0)
        return frozenset(shown[place] for place in (*frozen, *near))

    def _look(self) -> None:
        if not self.in_sight(_NEAR) <= self._told:
            self._told = self.in_sight()
            self.changed.emit(self._told)
