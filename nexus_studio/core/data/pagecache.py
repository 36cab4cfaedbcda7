"""PageCache: the pages the grid holds, how their rows are numbered, and which page to ask for next. Pure.

Rows are found by key; their ordinals are a numbering laid over that. While it is *exact*, ordinal 0 is the first row.
A jump into the middle of a table nobody has counted lands by statistics and begins a numbering of its own, which is
right in itself (neighbours are neighbours) and shifted against the truth by an unknown number of rows. It becomes exact
when the beginning, or the end of a counted table, is reached, or when somebody located one of its rows (`settle`). So
pages of different numberings never stand beside one another, and no row is skipped or met twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from nexus_studio.core.data.bookmarks import Marks
from nexus_studio.core.data.cells import UNREAD, Bookmark, Landmark, Page, PageRequest, Row, RowCount, RowKey

PAGE_ROWS: Final = 200
"""Rows of a page: a request is a whole number of them, at `PAGE_ROWS` boundaries."""

MAX_PAGES: Final = 60
MAX_REQUEST_PAGES: Final = 3
SORTED_REQUEST_PAGES: Final = 10
"""Pages of a request where no index serves the order: the server looks at every row for each request."""

CHEAP_SKIP: Final = 5_000
"""Rows that may be skipped on the way to a page: some milliseconds. Further away a guess is quicker."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What storing a page brought: the ordinals now here, and by how much all ordinals moved before that.

    `is_anew`: the page begins another numbering. Whatever was known by its ordinal before means other rows now.
    """

    rows: range
    moved: int = 0
    is_anew: bool = False


@dataclass(frozen=True, slots=True)
class _Held:
    """A page: its rows, and the columns whose cells they have (None: all)."""

    rows: tuple[Row, ...]
    read: frozenset[str] | None = None

    def serves(self, columns: frozenset[str] | None) -> bool:
        return self.read is None or (columns is not None and columns <= self.read)


class PageCache:
    """A sparse window on the rows of one query. UI thread only; no I/O.

    The cache decides what to read (`plan`), the source obeys, `store` takes the answer. Pages are forgotten, oldest
    use first; the bookmarks by which any place is found again survive them.
    """

    def __init__(self, page_rows: int = PAGE_ROWS, max_pages: int = MAX_PAGES, cheap_skip: int = CHEAP_SKIP) -> None:
        self._size = page_rows
        self._cheap = cheap_skip
        self._max_pages = max_pages
        self.generation = 0
        self.sorts = False
        """Whether no index serves the order: then reads are larger and bounded on both sides."""
        self._landmarks: tuple[Landmark, ...] = ()
        self._fractions: list[float] = []
        self._columns: frozenset[str] | None = None
        self._forget()

    def reset(self, generation: int) -> None:
        """Forget everything: from now on only pages of that generation are taken."""
        self.generation = generation
        self._landmarks, self._fractions = (), []
        self._forget()

    def _forget(self) -> None:
        self.is_exact: bool = True
        """Whether ordinals are true, so that row 0 is the first of all."""
        self._counted: int | None = None  # rows there are, as somebody counted
        self._estimate: RowCount | None = None
        self._is_counted_out = False  # the order is not total: rows are found by counting them off
        self._order: tuple[int, ...] = ()  # which of a row's cells are its place
        self._sure = Marks()
        self._begin(self._sure)
        self._asked: PageRequest | None = None

    def _begin(self, marks: Marks) -> None:
        """Begin a numbering."""
        self._marks = marks
        self._pages: dict[int, _Held] = {}  # in order of use
        self._end: int | None = None  # ordinal behind the last row
        self._floor = 0  # so many rows there are at least
        self._ceiling: int | None = None  # no row was found from here on

    def succeed(self, former: PageCache, first: int) -> None:
        """Go on from what another cache knew of the same question, to read the rows around `first` anew."""
        self.sorts, self._order = former.sorts, former._order
        self.set_landmarks(former._landmarks)
        self.set_columns(former._columns)
        total = former.total
        if total is not None and total.certainty != "at least":
            self._estimate = RowCount(total.value, "estimate")
        if former.is_exact and first <= self._cheap:
            return  # the beginning is near: count from there
        self.is_exact = former.is_exact
        self._sure = former._sure.shifted(0)
        self._begin(self._sure if former.is_exact else former._marks.shifted(0))

    # ---- what is known

    @property
    def total(self) -> RowCount | None:
        """How many rows there are, as well as is known by now; None before anything is known. O(1)."""
        if self._counted is not None:
            return RowCount(self._counted, "exact")
        if self._end is not None:
            return RowCount(self._end, "exact" if self.is_exact else "estimate")
        if self._estimate is None:
            return RowCount(self._floor, "at least") if self._floor else None
        if self._estimate.value < self._floor:
            return RowCount(self._floor, "at least")
        if self._ceiling is not None and self._estimate.value > self._ceiling:
            return RowCount((self._floor + self._ceiling) // 2, "estimate")
        return self._estimate

    @property
    def known_end(self) -> int | None:
        """The exact number of rows, once a page reached the end or somebody counted."""
        return self._end if self.is_exact and self._end is not None else self._counted

    @property
    def lines(self) -> int:
        """How many rows to offer: what is known of the total, but never fewer than the present numbering needs."""
        if not self.is_exact and self._end is not None:
            return self._end
        total = self.total
        return max(total.value if total is not None else 0, 0 if self.is_exact else self._floor)

    @property
    def sees_end(self) -> bool:
        """Whether the last row's ordinal is known, be the numbering exact or not."""
        return self._end is not None

    def set_total(self, count: RowCount) -> None:
        """Take a count from the server. An estimate never replaces an exact number."""
        if count.certainty != "exact":
            self._estimate = count
            return
        self._counted = max(count.value, self._floor) if self.is_exact else count.value
        if self.is_exact:
            self._end = self._counted

    def settle_end(self) -> int:
        """Number the rows truly where their last one was seen and they were counted; return by how much they moved."""
        if self.is_exact or self._end is None or self._counted is None:
            return 0
        moved = self._counted - self._end
        self._shift(moved)
        self._become_exact()
        return moved

    def set_landmarks(self, landmarks: Sequence[Landmark]) -> None:
        """Take the places known from statistics, ascending: by them a jump lands near where it should."""
        self._landmarks = tuple(landmarks)
        self._fractions = [landmark.fraction for landmark in landmarks]

    def set_columns(self, columns: frozenset[str] | None) -> None:
        """Say which columns' cells are wanted from now on; None means all."""
        self._columns = columns

    @property
    def landmarks(self) -> tuple[Landmark, ...]:
        """The places known from statistics."""
        return self._landmarks

    def learn(self, marks: Iterable[Bookmark]) -> None:
        """Take bookmarks with true ordinals from a sparse index of positions.

        Those at the edges of pages that are here stay as they were read: rows beside one another stay neighbours.
        """
        if self.is_exact:
            marks = [mark for mark in marks if not self._is_at_page(mark.ordinal)]
        self._sure.put_all(marks)
        self._sure.thin(self._is_at_page)

    def sure_marks(self) -> tuple[Bookmark, ...]:
        """Return the bookmarks whose ordinals are true."""
        return tuple(self._sure)

    def mark_before(self, ordinal: int) -> Bookmark | None:
        """Return the nearest bookmark, of the present numbering, of a row before that ordinal."""
        return self._marks.below(ordinal)

    def mark_near(self, ordinal: int) -> Bookmark | None:
        """Return a bookmark of the present numbering, near a row."""
        return self._marks.below(ordinal + 1) or self._marks.above(ordinal)

    def settle(self, mark: Bookmark, ordinal: int) -> int:
        """Take the true ordinal of a bookmarked row: the numbering is exact now. Return by how much it moved."""
        known = self._marks.get(mark.ordinal)
        if self.is_exact or known is None or known.place != mark.place:
            return 0
        moved = ordinal - mark.ordinal
        self._shift(moved)
        self._become_exact()
        return moved

    # ---- rows

    def row(self, ordinal: int) -> Row | None:
        """Return a row that is here; None when it is not (yet)."""
        number, offset = divmod(ordinal, self._size)
        held = self._pages.get(number)
        return held.rows[offset] if held is not None and 0 <= offset < len(held.rows) else None

    def lacks(self, ordinal: int) -> bool:
        """Tell whether a row is not here, or lacks cells of the wanted columns."""
        held = self._pages.get(ordinal // self._size)
        return held is None or not held.serves(self._columns)

    def find(self, key: RowKey) -> int | None:
        """Return the ordinal of a row that is here by its key. Cost: all rows held."""
        for number, held in self._pages.items():
            for offset, row in enumerate(held.rows):
                if row.key == key:
                    return number * self._size + offset
        return None

    # ---- asking

    def plan(self, first: int, last: int) -> PageRequest | None:
        """Say what to read so that rows `first` to `last` (both included) are here; None when nothing is missing.

        One request at a time: ask again after it was stored.
        """
        first = max(first, 0)
        for bound in (self._end, self._ceiling):
            if bound is not None:
                last = min(last, bound - 1)
        numbers = range(first // self._size, last // self._size + 1) if last >= first else range(0)
        missing = []
        for number in numbers:
            held = self._pages.get(number)
            if held is not None and held.serves(self._columns):
                self._pages[number] = self._pages.pop(number)  # used last
            else:
                missing.append(number)
        if not missing:
            return None
        until = missing[0] + 1
        most = SORTED_REQUEST_PAGES if self.sorts else MAX_REQUEST_PAGES
        while until < missing[0] + most and (until in missing or (self.sorts and until not in self._pages)):
            until += 1
        stop = until * self._size if self._end is None else min(until * self._size, self._end)
        self._asked = replace(self._way_to(missing[0] * self._size, stop), columns=self._columns)
        return self._asked

    def around(self, place: tuple[str | None, ...], ordinal: int) -> PageRequest:
        """Say how to read the rows from a place on, whose ordinal is about that."""
        start = ordinal // self._size * self._size
        self._asked = PageRequest(start, self._size, near=place, is_guess=True, columns=self._columns)
        return self._asked

    def _way_to(self, start: int, stop: int) -> PageRequest:
        """Choose the way to rows `start` to `stop` (excluded): the shortest, or a guess where that one is long."""
        if self._is_counted_out:
            return PageRequest(start, stop - start, None, start)
        # Of ways as short, one from rows that are here is taken: it keeps to them, whoever came or went elsewhere.
        ways = self._ways(self._marks, self._end, start, stop)
        ways.sort(key=self._is_loose)
        ways += [PageRequest(start, stop - start, None, start)] if self.is_exact else []
        best = min(ways, key=_skip, default=None)
        if best is not None and best.skip <= self._cheap:
            return best
        if not self.is_exact:
            if self._counted is not None and stop > self._counted:  # estimates may lie behind the last row
                start = min(start, max(self._counted - 1, 0) // self._size * self._size)
                stop = max(self._counted, start + 1)
            sure = self._ways(self._sure, self._counted, start, stop)
            sure.append(PageRequest(start, stop - start, None, start))
            nearest = min(sure, key=_skip)
            if nearest.skip <= self._cheap:
                return nearest
            best = best or nearest
        return self._guess(start, stop) or best or PageRequest(start, stop - start, None, start)

    def _is_loose(self, way: PageRequest) -> bool:
        """Tell whether a way does not start from a page that is here."""
        return way.after is None or way.after.ordinal // self._size not in self._pages

    def _ways(self, marks: Marks, end: int | None, start: int, stop: int) -> list[PageRequest]:
        count = stop - start
        below, above = marks.below(start), marks.above(stop)
        until = above.place if above is not None and self.sorts else None
        ways = []
        if below is not None:
            ways.append(PageRequest(start, count, below, start - below.ordinal - 1, until=until))
        if above is not None:
            until = below.place if below is not None and self.sorts else None
            ways.append(PageRequest(start, count, above, above.ordinal - stop, backward=True, until=until))
        if end is not None and end >= stop:
            ways.append(PageRequest(start, count, None, end - stop, backward=True))
        return ways

    def _guess(self, start: int, stop: int) -> PageRequest | None:
        """Land near a far place without counting rows: from the end, or at a landmark."""
        total = self.total
        if total is None or total.certainty == "at least" or not total.value:
            return None
        rest = max(0, total.value - stop)
        if rest <= self._cheap and total.certainty != "exact":  # of a counted table the end is a sure way
            return PageRequest(start, stop - start, None, rest, backward=True, is_guess=True)
        if not self._landmarks:
            return None
        place = bisect_right(self._fractions, start / total.value) - 1
        near = self._landmarks[max(place, 0)].place
        return PageRequest(start, stop - start, near=near, is_guess=True)

    # ---- taking

    def store(self, page: Page) -> Arrival | None:
        """Take a page; return what is here now, or None when the page belongs to an older question."""
        if page.generation != self.generation:
            return None
        asked, self._asked = self._asked, None
        if page.rows:
            self._is_counted_out, self._order = not page.marks, page.order
        if asked is None:
            asked = PageRequest(page.start, len(page.rows))
        if asked.near is not None and not page.rows:
            self.set_landmarks(())  # statistics led behind the last row: they are worth nothing
            return Arrival(range(0))
        is_anew = self._enter(asked)
        moved = 0
        if asked.backward and len(page.rows) < asked.count:
            is_anew = is_anew or asked.after is None or asked.skip > 0
            if not self._meet_beginning(page, asked):
                return Arrival(range(0), is_anew=True)
            moved = -page.start
            page = _moved(page, moved)
        self._learn_end(page)
        for mark in page.marks:
            self._marks.put(mark)
        self._put(page.start, _Held(page.rows, asked.columns if page.unread else None), moved)
        self._part(page, backward=asked.backward)
        more = self._correct(page, backward=asked.backward)
        while len(self._pages) > self._max_pages:
            del self._pages[next(iter(self._pages))]
        self._marks.thin(self._is_at_page)
        start = page.start + more
        return Arrival(range(start, start + len(page.rows)), moved + more, is_anew)

    def _enter(self, asked: PageRequest) -> bool:
        """Begin the numbering that an answer belongs to, where it is not the present one; tell whether it is not."""
        if asked.is_guess:
            self._begin(Marks())
            self.is_exact = False
            return True
        if self.is_exact or self._is_ours(asked):
            return False
        self._begin(self._sure)
        self.is_exact, self._end = True, self._counted
        return True

    def _is_ours(self, asked: PageRequest) -> bool:
        """Tell whether a request started from the present numbering."""
        if asked.after is None:
            return asked.backward and self._end is not None and asked.start + asked.count + asked.skip == self._end
        known = self._marks.get(asked.after.ordinal)
        return known is not None and known.place == asked.after.place

    def _meet_beginning(self, page: Page, asked: PageRequest) -> bool:
        """Renumber, as a read towards the beginning met it too soon; False when all has to be read anew.

        Pages are left to `_put`, which joins them with the rows that were read.
        """
        if asked.after is not None and asked.skip == 0:
            # Nothing precedes these rows: pages that were numbered before them are of former times.
            self._marks.drop(0, page.start - 1)
            stop = page.start + len(page.rows)
            self._pages = {number: held for number, held in self._pages.items() if number * self._size >= stop}
            self._renumber(-page.start)
            self._become_exact()
            return True
        self._sure = Marks()
        self._begin(self._sure)
        self.is_exact, self._counted = True, None
        if asked.after is not None:
            return False
        # Read from the end to the beginning: how many rows there are is known, or at least how many at most.
        if page.rows:
            self._counted = self._end = asked.skip + len(page.rows)
        else:
            self._estimate = RowCount(asked.skip, "estimate")
        return bool(page.rows)

    def _correct(self, page: Page, *, backward: bool) -> int:
        """Mend the numbering where a page shows that it is shifted; return by how much it moved."""
        stop = page.start + len(page.rows)
        total = self.total
        # Rows that came since an exact numbering are few; how far a guess is off nobody knows.
        pages = 1 if self.is_exact else max(50, (total.value if total is not None else 0) // 100 // self._size)
        step, moved = pages * self._size, 0
        if page.is_first and not self.is_exact and page.start == 0:
            self._become_exact()
        elif page.start == 0 and page.rows and not page.is_first and (backward or not self.is_exact):
            self._become_guess()
            moved = step  # there are rows before what was taken for the first one
            self._shift(moved)
        elif page.is_last and page.rows and not self.is_exact and self._counted is not None:
            moved = self._counted - stop
            self._shift(moved)
            self._become_exact()
        elif not self.is_exact and not page.is_last and self._counted is not None and stop >= self._counted:
            moved = -min(step, min(self._pages, default=0) * self._size)
            self._shift(moved)
        return moved

    def _learn_end(self, page: Page) -> None:
        stop = page.start + len(page.rows)
        if page.rows:
            self._floor = max(self._floor, stop)
            if self._ceiling is not None and stop > self._ceiling:
                self._ceiling = None
        if page.is_last and (page.rows or page.start <= self._floor):
            self._end = stop
            self._floor = min(self._floor, stop)
            if self.is_exact:
                self._counted = stop
        elif page.is_last:
            # Asked too far: the end lies somewhere before. The guess is halved until it is found.
            self._ceiling = page.start if self._ceiling is None else min(self._ceiling, page.start)
            self._end = self._counted = None
            if self._estimate is None:
                self._estimate = RowCount(self._ceiling, "estimate")
        elif self._end is not None and stop >= self._end:
            self._end = None  # rows were added behind what was the end
            if self.is_exact:
                self._counted = None

    def _put(self, start: int, held: _Held, moved: int) -> None:
        """Cut rows into pages. `moved`: the numbering moved by so much, the pages that are here did not yet."""
        stop = start + len(held.rows)
        if moved or start % self._size or (stop % self._size and stop != self._end):
            self._recut(moved, (start, held))
            return
        for offset in range(0, len(held.rows), self._size):
            number = (start + offset) // self._size
            part = _Held(held.rows[offset : offset + self._size], held.read)
            self._pages[number] = _merged(self._pages.pop(number, None), part)

    def _part(self, page: Page, *, backward: bool) -> None:
        """Forget the pages behind a fresh one that don't go on where it ends: rows came or went between them."""
        edge = page.start - 1 if backward else page.start + len(page.rows)
        neighbour = self.row(edge)
        if neighbour is None or neighbour.key == page.beyond:
            return
        is_end = page.is_first if backward else page.is_last
        if page.beyond is None and not is_end:
            return  # it was read up to there only
        border = edge // self._size
        for number in [n for n in self._pages if (n <= border if backward else n >= border)]:
            del self._pages[number]
            self._marks.drop(number * self._size, (number + 1) * self._size - 1)

    def _become_exact(self) -> None:
        """The numbering is true: what was remembered of it joins what was known for sure."""
        if not self.is_exact:
            for mark in self._marks:
                self._sure.put(mark)
            self._marks = self._sure
            self.is_exact = True
        if self._end is not None:
            self._counted = self._end
        elif self._counted is not None and self._counted >= self._floor:
            self._end = self._counted

    def _become_guess(self) -> None:
        """The numbering turned out to be shifted: nothing known for sure can be trusted."""
        self._sure = Marks()
        self._counted = None
        self.is_exact = False

    def _shift(self, delta: int) -> None:
        """Move all ordinals."""
        if delta:
            self._renumber(delta)
            self._recut(delta)

    def _renumber(self, delta: int) -> None:
        """Move what is known of ordinals; the pages are for `_recut`."""
        self._marks = self._marks.shifted(delta)
        if self.is_exact:
            self._sure = self._marks
        self._end = None if self._end is None else max(0, self._end + delta)
        self._ceiling = None if self._ceiling is None else max(0, self._ceiling + delta)
        self._floor = max(0, self._floor + delta)

    def _recut(self, delta: int, extra: tuple[int, _Held] | None = None) -> None:
        """Move the rows that are here and cut them into pages anew, `extra` rows at their ordinal among them."""
        pages: dict[int, _Held] = {}
        for start, held in self._runs(delta, extra):
            stop = start + len(held.rows)
            for number in range(-(-max(start, 0) // self._size), -(-stop // self._size)):
                first = number * self._size
                if first + self._size <= stop or stop == self._end:
                    pages[number] = _Held(held.rows[first - start : first - start + self._size], held.read)
        self._pages = pages
        for number, held in pages.items():
            self._mark_edges(number, held)

    def _mark_edges(self, number: int, held: _Held) -> None:
        """Bookmark a page's ends, so that what is read beside it begins right there."""
        if not self._order:
            return
        for at in {0, len(held.rows) - 1}:
            row = held.rows[at]
            if not any(index >= 0 and row.is_cut(index) for index in self._order):
                place = tuple(row.key.cells[0] if index < 0 else row.cells[index] for index in self._order)
                self._marks.put(Bookmark(number * self._size + at, place))

    def _runs(self, delta: int, extra: tuple[int, _Held] | None) -> list[tuple[int, _Held]]:
        """Return the rows that are here as stretches without a gap: (ordinal of the first, rows)."""
        parts = [(number * self._size + delta, held) for number, held in self._pages.items()]
        if extra is not None:
            parts.append(extra)
        runs: list[tuple[int, _Held]] = []
        for start, held in sorted(parts, key=lambda part: part[0]):
            whole, first = held, start
            if runs and runs[-1][0] + len(runs[-1][1].rows) == start and runs[-1][1].read == held.read:
                first, before = runs.pop()
                whole = _Held(before.rows + held.rows, held.read)
            runs.append((first, whole))
        return runs

    def _is_at_page(self, ordinal: int) -> bool:
        """Tell whether a row stands in a page that is here, or right beside one."""
        size = self._size
        return (ordinal - 1) // size in self._pages or (ordinal + 1) // size in self._pages


def _skip(way: PageRequest) -> int:
    return way.skip


def _moved(page: Page, delta: int) -> Page:
    marks = tuple(Bookmark(mark.ordinal + delta, mark.place) for mark in page.marks)
    return replace(page, start=page.start + delta, marks=marks)


def _merged(former: _Held | None, held: _Held) -> _Held:
    """Add the cells that were read before to rows that are still the same version."""
    if former is None or held.read is None or len(former.rows) != len(held.rows):
        return held
    rows = []
    for old, new in zip(former.rows, held.rows, strict=True):
        if old.key != new.key or old.version is None or old.version != new.version:
            return held
        rows.append(_joined(old, new))
    return _Held(tuple(rows), None if former.read is None else former.read | held.read)


def _joined(old: Row, new: Row) -> Row:
    missing = [i for i, size in new.sizes.items() if size == UNREAD and old.sizes.get(i) != UNREAD]
    if not missing:
        return new
    cells, sizes = list(new.cells), dict(new.sizes)
    for index in missing:
        cells[index] = old.cells[index]
        del sizes[index]
        if index in old.sizes:
            sizes[index] = old.sizes[index]
    return Row(new.key, tuple(cells), new.version, sizes)
