"""A squarified treemap: rectangles whose areas are as the values, as near to squares as it goes. Pure geometry.

After Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000): the biggest first, in rows along the shorter side; a
row takes one more as long as that makes its worst rectangle no worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle; x and y of its upper left corner, in whatever unit the whole is given."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """What it covers."""
        return self.width * self.height


def squarified(values: Sequence[float], whole: Box) -> tuple[Box, ...]:
    """Divide a rectangle among values, each area in proportion to its value.

    Args:
        values: None below zero; one of zero gets an empty rectangle. Equal ones stand in the order they are given in.
        whole: What is divided.

    Returns:
        As many rectangles as values, in their order. They cover the whole and do not overlap.
    """
    boxes = [Box(whole.x, whole.y, 0.0, 0.0)] * len(values)
    order = sorted((number for number, value in enumerate(values) if value > 0), key=lambda number: -values[number])
    total = sum(values[number] for number in order)
    if not total or whole.area <= 0:
        return tuple(boxes)
    scale = whole.area / total
    rest, begin = whole, 0
    while begin < len(order):
        end = _row_end(values, order, begin, scale, min(rest.width, rest.height))
        is_last = end == len(order)
        rest = _place(boxes, [(number, values[number] * scale) for number in order[begin:end]], rest, is_last=is_last)
        begin = end
    return tuple(boxes)


def _row_end(values: Sequence[float], order: Sequence[int], begin: int, scale: float, side: float) -> int:
    """Return where the row that begins at `begin` ends: before the first that would make it worse."""
    biggest = values[order[begin]] * scale
    area, worst = 0.0, float("inf")
    for place in range(begin, len(order)):
        one = values[order[place]] * scale
        taken = area + one
        now = max(side * side * biggest / (taken * taken), taken * taken / (side * side * one))
        if now > worst:
            return place
        area, worst = taken, now
    return len(order)


def _place(boxes: list[Box], row: Sequence[tuple[int, float]], rest: Box, *, is_last: bool) -> Box:
    """Put a row along the shorter side of what is left, and return what is left then."""
    area = sum(each for _, each in row)
    is_column = rest.width >= rest.height
    side = rest.height if is_column else rest.width
    deep = (rest.width if is_column else rest.height) if is_last else area / side
    at = 0.0
    for place, (number, each) in enumerate(row):
        # The last one ends where the side does, so that rounding leaves no gap.
        length = side - at if place == len(row) - 1 else side * each / area
        boxes[number] = Box(rest.x, rest.y + at, deep, length) if is_column else Box(rest.x + at, rest.y, length, deep)
        at += length
    if is_column:
        return Box(rest.x + deep, rest.y, max(0.0, rest.width - deep), rest.height)
    return Box(rest.x, rest.y + deep, rest.width, max(0.0, rest.height - deep))
