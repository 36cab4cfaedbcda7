"""ColumnDrag: moves a column of the header with the mouse; a line shows where it will stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, QPoint, QRect, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

_ZONE: Final = 32  # pixels from an end of what scrolls in which the columns scroll on by themselves
_STEP: Final = 24  # pixels per turn
_TURN_MS: Final = 40
_FAR: Final = 80  # pixels off the header from which a drop means "leave it"


@dataclass(frozen=True, slots=True)
class DropPlaces:
    """What a drag asks of its header, by viewport pixels: the sections in sight and the room in which they scroll.

    `sections` lists (visual index, x, width) from left to right, those covered by frozen ones left out or cut.
    """

    sections: Callable[[], list[tuple[int, int, int]]]
    room: Callable[[], QRect]


class ColumnDrag(QObject):
    """One column being dragged, or none. UI thread only."""

    changed = Signal()  # what is to be painted is another
    dropped = Signal(int, int)  # visual index from, visual index to
    scroll_asked = Signal(int)  # pixels

    def __init__(self, places: DropPlaces, parent: QWidget) -> None:
        super().__init__(parent)
        self._places = places
        self._visual = -1
        self._pressed = QPoint()
        self._at = QPoint()
        self._is_moving = False
        self._timer = QTimer(self)
        self._timer.setInterval(_TURN_MS)
        self._timer.timeout.connect(self._scroll)

    @property
    def visual(self) -> int:
        """Visual index of the column on its way; -1 when none is."""
        return self._visual if self._is_moving else -1

    def press(self, visual: int, place: QPoint) -> None:
        """Note where a drag may begin."""
        self.cancel()
        self._visual, self._pressed, self._at = visual, place, place

    def move(self, place: QPoint) -> bool:
        """Follow the mouse; True when this is a drag."""
        if self._visual < 0:
            return False
        self._at = place
        if not self._is_moving and abs(place.x() - self._pressed.x()) < QApplication.startDragDistance():
            return False
        self._is_moving = True
        if bool(self._pull()) != self._timer.isActive():
            self._timer.start() if self._pull() else self._timer.stop()
        self.changed.emit()
        return True

    def release(self) -> bool:
        """Put the column down; True when there was a drag."""
        slot, visual, was_moving = self.slot(), self._visual, self._is_moving
        self.cancel()
        if slot is not None:
            to = slot[0] - 1 if slot[0] > visual else slot[0]
            if to != visual:
                self.dropped.emit(visual, to)
        return was_moving

    def cancel(self) -> None:
        """Leave the column where it is."""
        self._timer.stop()
        self._visual, was_moving, self._is_moving = -1, self._is_moving, False
        if was_moving:
            self.changed.emit()

    def slot(self) -> tuple[int, int] | None:
        """Return before which visual index the column would be put, and that place's x; None for nowhere."""
        sections = self._places.sections()
        if not self._is_moving or not sections or abs(self._at.y() - self._pressed.y()) > _FAR:
            return None
        for visual, x, width in sections:
            if self._at.x() < x + width // 2:
                return visual, x
        last, x, width = sections[-1]
        return last + 1, x + width

    def _pull(self) -> int:
        """Return how many pixels the columns should scroll at the next turn."""
        room = self._places.room()
        if self._at.x() > room.right() - _ZONE:
            return _STEP
        # Over what is frozen one may want to drop there: only just beside it the columns scroll back.
        return -_STEP if room.left() <= self._at.x() < room.left() + _ZONE or self._at.x() < 0 else 0

    def _scroll(self) -> None:
        if by := self._pull():
            self.scroll_asked.emit(by)
            self.changed.emit()
