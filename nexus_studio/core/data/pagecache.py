"""PageCache: the pages the grid holds, the bookmarks it remembers, and which page to ask for next. Pure."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Final

from nexus_studio.core.data.cells import Bookmark, Page, PageRequest, Row, RowCount, RowKey

PAGE_ROWS: Final = 200
"""Rows of a page: a request is a whole number of them, at `PAGE_ROWS` boundaries."""

MAX_PAGES: Final = 60
MAX_BOOKMARKS: Final = 4096
MAX_REQUEST_PAGES: Final = 3
MAX_PLACE: Final = 64_000
"""Characters of a bookmark's place that are worth keeping: longer ones (sorted by documents) are forgotten."""


class PageCache:
    """A sparse window on the rows of one query. UI thread only; no I/O.

    The cache decides what to read (`plan`), the source obeys, `store` takes the answer. Pages are forgotten, oldest
    use first; the bookmarks by which any place is found again survive them, and are thinned when there are too many.
    """

    def __init__(self, page_rows: int = PAGE_ROWS, max_pages: int = MAX_PAGES) -> None:
        self._page_rows = page_rows
        self._max_pages = max_pages
        self.generation = 0
        self._pages: dict[int, tuple[Row, ...]] = {}  # in order of use
        self._ordinals: list[int] = []
        self._bookmarks: dict[int, Bookmark] = {}
        self._total: RowCount | None = None
        self._end: int | None = None
        self._floor = 0  # so many rows were seen
        self._ceiling: int | None = None  # no row was found from here on
        self._asked: PageRequest | None = None

    def reset(self, generation: int) -> None:
        """Forget everything: from now on only pages of that generation are taken."""
        self.generation = generation
        self._forget()

    @property
    def total(self) -> RowCount | None:
        """How many rows there are, as well as is known by now; None before anything is known. O(1)."""
        if self._end is not None:
            return RowCount(self._end, "exact")
        if self._total is None:
            return RowCount(self._floor, "at least") if self._floor else None
        if self._total.value < self._floor:
            return RowCount(self._floor, "at least")
        if self._ceiling is not None and self._total.value > self._ceiling:
            return RowCount((self._floor + self._ceiling) // 2, "estimate")
        return self._total

    @property
    def known_end(self) -> int | None:
        """The exact number of rows, once a page reached the end or somebody counted."""
        return self._end

    def set_total(self, count: RowCount) -> None:
        """Take a count from the server. An estimate never replaces an exact number."""
        if count.certainty == "exact":
            self._end = max(count.value, self._floor)
        self._total = count

    def row(self, ordinal: int) -> Row | None:
        """Return a row that is here; None when it is not (yet)."""
        number, offset = divmod(ordinal, self._page_rows)
        rows = self._pages.get(number)
        return rows[offset] if rows is not None and 0 <= offset < len(rows) else None

    def find(self, key: RowKey) -> int | None:
        """Return the ordinal of a row that is here by its key. Cost: all rows held."""
        for number, rows in self._pages.items():
            for offset, row in enumerate(rows):
                if row.key == key:
                    return number * self._page_rows + offset
        return None

    def plan(self, first: int, last: int) -> PageRequest | None:
        """Say what to read so that rows `first` to `last` (both included) are here; None when nothing is missing.

        One request at a time: ask again after it was stored.
        """
        first = max(first, 0)
        for bound in (self._end, self._ceiling):
            if bound is not None:
                last = min(last, bound - 1)
        size = self._page_rows
        numbers = range(first // size, last // size + 1) if last >= first else range(0)
        for number in numbers:
            if number in self._pages:
                self._touch(number)
        missing = [number for number in numbers if number not in self._pages]
        if not missing:
            return None
        until = missing[0] + 1
        while until < missing[0] + MAX_REQUEST_PAGES and until in missing:
            until += 1
        stop = until * size if self._end is None else min(until * size, self._end)
        self._asked = self._way_to(missing[0] * size, stop)
        return self._asked

    def store(self, page: Page) -> range | None:
        """Take a page; return the ordinals now here, or None when the page belongs to an older question."""
        if page.generation != self.generation:
            return None
        if self._asked is not None and self._asked.backward and page.start != self._asked.start:
            # Read backwards, the beginning came too soon: rows are gone, and every known ordinal is wrong. Ask anew.
            self._forget()
            return range(0)
        stop = page.start + len(page.rows)
        self._learn_end(page, stop)
        for start in range(page.start, stop, self._page_rows):
            number, offset = divmod(start, self._page_rows)
            if offset == 0:
                self._pages.pop(number, None)
                self._pages[number] = page.rows[start - page.start : start - page.start + self._page_rows]
        while len(self._pages) > self._max_pages:
            del self._pages[next(iter(self._pages))]
        for bookmark in page.marks:
            self._remember(bookmark)
        return range(page.start, stop)

    def _forget(self) -> None:
        self._pages.clear()
        self._ordinals.clear()
        self._bookmarks.clear()
        self._total = self._end = self._ceiling = self._asked = None
        self._floor = 0

    def _touch(self, number: int) -> None:
        self._pages[number] = self._pages.pop(number)

    def _learn_end(self, page: Page, stop: int) -> None:
        if page.rows:
            self._floor = max(self._floor, stop)
            if self._ceiling is not None and stop > self._ceiling:
                self._ceiling = None
        if page.is_last and (page.rows or page.start <= self._floor):
            self._end = stop
            self._floor = min(self._floor, stop)
        elif page.is_last:
            # Asked too far: the end lies somewhere before. The guess is halved until it is found.
            self._ceiling = page.start if self._ceiling is None else min(self._ceiling, page.start)
            self._end = None
            if self._total is None or self._total.certainty == "exact":
                self._total = RowCount(self._ceiling, "estimate")
        elif self._end is not None and stop >= self._end:
            self._end = None  # rows were added behind what was the end

    def _remember(self, bookmark: Bookmark) -> None:
        if sum(len(cell or "") for cell in bookmark.place) > MAX_PLACE:
            return
        if bookmark.ordinal not in self._bookmarks:
            insort(self._ordinals, bookmark.ordinal)
        self._bookmarks[bookmark.ordinal] = bookmark
        if len(self._ordinals) > MAX_BOOKMARKS:
            for ordinal in self._ordinals[1::2]:
                del self._bookmarks[ordinal]
            del self._ordinals[1::2]

    def _way_to(self, start: int, stop: int) -> PageRequest:
        """Choose the shortest way to rows `start` to `stop` (excluded): from a bookmark, the beginning or the end."""
        count = stop - start
        ways = [PageRequest(start, count, None, start)]
        if self._end is not None:
            ways.append(PageRequest(start, count, None, self._end - stop, backward=True))
        place = bisect_left(self._ordinals, start)
        if place:
            below = self._bookmarks[self._ordinals[place - 1]]
            ways.append(PageRequest(start, count, below, start - below.ordinal - 1))
        place = bisect_left(self._ordinals, stop)
        if place < len(self._ordinals):
            above = self._bookmarks[self._ordinals[place]]
            ways.append(PageRequest(start, count, above, above.ordinal - stop, backward=True))
        return min(ways, key=lambda way: way.skip)
