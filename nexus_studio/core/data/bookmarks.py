"""Marks: the bookmarks by which places in an order are found again, kept by ordinal. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from nexus_studio.core.data.cells import Bookmark, Cell

MAX_BOOKMARKS: Final = 32_768
MAX_PLACE: Final = 64_000
"""Characters of a bookmark's place that are worth keeping: longer ones (sorted by documents) are forgotten."""


class Marks:
    """Bookmarks by ordinal; when there are too many, every other one is forgotten."""

    def __init__(self) -> None:
        self._ordinals: list[int] = []
        self._marks: dict[int, Bookmark] = {}

    def __len__(self) -> int:
        """Count them."""
        return len(self._ordinals)

    def __iter__(self) -> Iterator[Bookmark]:
        """Walk through them, ascending."""
        return (self._marks[ordinal] for ordinal in self._ordinals)

    def get(self, ordinal: int) -> Bookmark | None:
        """Return the bookmark of that very row."""
        return self._marks.get(ordinal)

    def put(self, mark: Bookmark) -> None:
        """Remember a bookmark, in place of an older one of that ordinal."""
        if sum(map(_length, mark.place)) > MAX_PLACE:
            return
        if mark.ordinal not in self._marks:
            insort(self._ordinals, mark.ordinal)
        self._marks[mark.ordinal] = mark

    def put_all(self, marks: Iterable[Bookmark]) -> None:
        """Remember many bookmarks at once."""
        known = len(self._marks)
        self._marks.update((mark.ordinal, mark) for mark in marks if sum(map(_length, mark.place)) <= MAX_PLACE)
        if len(self._marks) != known:
            self._ordinals = sorted(self._marks)

    def below(self, ordinal: int) -> Bookmark | None:
        """Return the nearest bookmark of a row before that ordinal."""
        place = bisect_left(self._ordinals, ordinal)
        return self._marks[self._ordinals[place - 1]] if place else None

    def above(self, ordinal: int) -> Bookmark | None:
        """Return the nearest bookmark of that ordinal or a later one."""
        place = bisect_left(self._ordinals, ordinal)
        return self._marks[self._ordinals[place]] if place < len(self._ordinals) else None

    def drop(self, first: int, last: int) -> None:
        """Forget the bookmarks from ordinal `first` to `last`, both included."""
        begin, end = bisect_left(self._ordinals, first), bisect_right(self._ordinals, last)
        for ordinal in self._ordinals[begin:end]:
            del self._marks[ordinal]
        del self._ordinals[begin:end]

    def shifted(self, delta: int) -> Marks:
        """Return the same bookmarks with all ordinals moved; those that would stand before the first row are left."""
        moved = Marks()
        moved._ordinals = [ordinal + delta for ordinal in self._ordinals if ordinal + delta >= 0]
        moved._marks = {
            ordinal + delta: Bookmark(ordinal + delta, mark.place)
            for ordinal, mark in self._marks.items()
            if ordinal + delta >= 0
        }
        return moved

    def thin(self, is_needed: Callable[[int], bool]) -> None:
        """Forget every other bookmark once there are too many, but none that is needed."""
        if len(self._ordinals) <= MAX_BOOKMARKS:
            return
        kept = [o for number, o in enumerate(self._ordinals) if number % 2 == 0 or is_needed(o)]
        self._ordinals = kept
        self._marks = {ordinal: self._marks[ordinal] for ordinal in kept}


def _length(cell: Cell) -> int:
    return len(cell) if cell is not None else 0
