"""ColumnPlaces: where each column stands on screen, the first ones frozen over the others, which scroll."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QHeaderView

_LEAST_SCROLLED: Final = 120
"""Pixels that stay for the columns that scroll: what is frozen beyond that scrolls with them."""


class ColumnPlaces:
    """The geometry of one header, in viewport pixels. "Raw" is where Qt itself, which freezes nothing, believes x is.

    Visual indexes count from the left, hidden columns included; logical ones are the model's.
    """

    def __init__(self, header: QHeaderView) -> None:
        self._header = header
        self._wanted = 0

    @property
    def wanted(self) -> int:
        """How many of the first visual columns shall stay (hidden ones counted)."""
        return self._wanted

    @wanted.setter
    def wanted(self, count: int) -> None:
        self._wanted = max(0, count)

    @property
    def frozen(self) -> int:
        """How many of the first visual columns do stay: those wanted, as far as there is room beside them."""
        header = self._header
        count, room = min(self._wanted, header.count()), header.viewport().width() - _LEAST_SCROLLED
        while count and self._start(count) > room:
            count -= 1
        return count

    @property
    def edge(self) -> int:
        """Where the frozen part ends; 0 when nothing is frozen."""
        return self._start(self.frozen)

    def x_of(self, logical: int) -> int:
        """Return where a column begins; one that scrolled may lie beneath the frozen part."""
        x = self._header.sectionPosition(logical)
        return x if self._header.visualIndex(logical) < self.frozen else x - self._header.offset()

    def raw_x(self, x: int) -> int:
        """Return what Qt calls a place on screen."""
        return x - self._header.offset() if self._wanted and 0 <= x < self.edge else x

    def logical_at(self, x: int) -> int:
        """Return the column seen at x; -1 when there is none."""
        return self._header.logicalIndexAt(self.raw_x(x))

    def handle_at(self, x: int) -> int:
        """Return the column whose width is changed by dragging from x, -1 when that is none: Qt's own rule."""
        header = self._header
        raw = self.raw_x(x)
        logical = header.logicalIndexAt(raw)
        if logical < 0:
            return -1
        left = header.sectionViewportPosition(logical)
        grip = header.style().pixelMetric(header.style().PixelMetric.PM_HeaderGripMargin, None, header)
        if raw > left + header.sectionSize(logical) - grip:
            return logical
        if raw < left + grip:
            visuals = range(header.visualIndex(logical) - 1, -1, -1)
            return next((one for one in map(header.logicalIndex, visuals) if not header.isSectionHidden(one)), -1)
        return -1

    def parts(self, area: QRect) -> list[QRect]:
        """Cut an area into the piece that scrolls and the frozen one; each is painted by itself, clipped to it."""
        edge = self.edge if self._wanted else 0
        if not edge:
            return [area]
        scrolled, frozen = QRect(area), QRect(area)
        scrolled.setLeft(max(area.left(), edge))
        frozen.setRight(min(area.right(), edge - 1))
        return [part for part in (scrolled, frozen) if not part.isEmpty()]

    def columns_in(self, area: QRect) -> list[tuple[int, int, int]]:
        """List the columns seen in one part of the screen (see `parts`): logical index, x, width, left to right."""
        header = self._header
        if self._wanted and area.left() < (edge := self.edge):
            visual, end, shift = 0, self.frozen, 0
            area = area.intersected(QRect(0, area.top(), edge, area.height()))
        else:
            visual, end, shift = max(0, header.visualIndexAt(area.left())), header.count(), header.offset()
        found = []
        while visual < end:
            logical = header.logicalIndex(visual)
            x, width = header.sectionPosition(logical) - shift, header.sectionSize(logical)
            if x > area.right():
                break
            if width > 0 and x + width > area.left():
                found.append((logical, x, width))
            visual += 1
        return found

    def sections(self) -> list[tuple[int, int, int]]:
        """List the columns in sight as visual index, x, width; the one that is partly covered is cut."""
        edge, found = self.edge, []
        parts = self.parts(self._header.viewport().rect())
        for part in sorted(parts, key=QRect.left):
            for logical, x, width in self.columns_in(part):
                left = max(x, edge) if part.left() >= edge else x
                found.append((self._header.visualIndex(logical), left, x + width - left))
        return found

    def is_frozen(self, logical: int) -> bool:
        """Tell whether a column stays while the others scroll."""
        return self._header.visualIndex(logical) < self.frozen

    def view_area(self) -> QRect:
        """Return all that is seen of the columns."""
        return self._header.viewport().rect()

    def room(self) -> QRect:
        """Return where columns scroll."""
        room = self._header.viewport().rect()
        room.setLeft(self.edge)
        return room

    def shown(self) -> list[int]:
        """List the logical indexes of all columns that are not hidden, left to right."""
        header = self._header
        ordered = (header.logicalIndex(visual) for visual in range(header.count()))
        return [logical for logical in ordered if not header.isSectionHidden(logical)]

    def _start(self, visual: int) -> int:
        """Return where a visual column begins in the whole line of columns; its end, past the last."""
        header = self._header
        if visual <= 0:
            return 0
        return header.sectionPosition(header.logicalIndex(visual)) if visual < header.count() else header.length()
