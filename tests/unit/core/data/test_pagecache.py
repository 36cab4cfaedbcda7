"""PageCache: what is asked for, what is kept, what is known of the total."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_studio.core.data.bookmarks import MAX_BOOKMARKS, MAX_PLACE
from nexus_studio.core.data.cells import UNREAD, Bookmark, Landmark, Page, PageRequest, Row, RowCount, RowKey
from nexus_studio.core.data.pagecache import Arrival, PageCache


def answer(request: PageRequest, total: int, generation: int = 1) -> Page:
    """Answer as a source on `total` rows numbered from 0 would, following bookmarks and skips faithfully."""
    return Table(range(total)).answer(request, generation)


class Table:
    """What a source does, on a list of numbers in ascending order; a row's place is its number."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self.numbers = numbers

    def answer(self, request: PageRequest, generation: int = 1) -> Page:
        numbers, size = self.numbers, 4
        if request.near is not None:
            begin = bisect_left(numbers, int(request.near[0] or 0))
        elif request.backward:
            end = len(numbers) if request.after is None else bisect_left(numbers, _number(request.after))
            end = max(end - request.skip, 0)
            begin = max(end - request.count, 0)
        else:
            begin = (0 if request.after is None else bisect_right(numbers, _number(request.after))) + request.skip
        stop = end if request.backward else min(begin + request.count, len(numbers))
        found = numbers[begin:stop]
        start = request.start + request.count - len(found) if request.backward else request.start
        marks = tuple(
            Bookmark(start + at, (str(number),))
            for at, number in enumerate(found)
            if at in {0, len(found) - 1} or (start + at) % size in {0, size - 1}
        )
        is_from_edge = request.after is None and request.near is None and request.skip == 0
        edge = begin - 1 if request.backward else stop
        beyond = RowKey((str(numbers[edge]),)) if 0 <= edge < len(numbers) and found else None
        return Page(
            start,
            tuple(Row(RowKey((str(number),)), (str(number),)) for number in found),
            ("n",),
            generation,
            marks,
            is_first=begin == 0 if request.backward else is_from_edge,
            is_last=is_from_edge if request.backward else stop == len(numbers),
            beyond=beyond,
            order=(0,),
        )


def _number(mark: Bookmark) -> int:
    return int(mark.place[0] or 0) if mark.place else mark.ordinal


def look(cache: PageCache, total: int | Table, first: int, last: int) -> int:
    """Bring rows here; return by how much the numbering moved meanwhile."""
    table = Table(range(total)) if isinstance(total, int) else total
    moved = 0
    for _ in range(30):
        request = cache.plan(first + moved, last + moved)
        if request is None:
            return moved
        arrival = cache.store(table.answer(request))
        assert arrival is not None
        moved += arrival.moved
    raise AssertionError("never satisfied")


def cell(cache: PageCache, ordinal: int) -> str | None:
    row = cache.row(ordinal)
    return None if row is None else row.cells[0]


def cache_of(page_rows: int = 10, max_pages: int = 3) -> PageCache:
    cache = PageCache(page_rows=page_rows, max_pages=max_pages)
    cache.reset(1)
    return cache


def test_the_first_page_and_the_next() -> None:
    cache = cache_of()
    assert cache.plan(0, 5) == PageRequest(0, 10)
    look(cache, 100, 0, 5)
    assert cache.plan(0, 9) is None
    request = cache.plan(8, 12)
    assert request == PageRequest(10, 10, Bookmark(9, ("9",)), 0)
    assert cache.find(RowKey(("7",))) == 7
    assert cache.find(RowKey(("77",))) is None


def test_another_generation_is_thrown_away() -> None:
    cache = cache_of()
    request = cache.plan(0, 5)
    assert request is not None
    cache.reset(2)
    assert cache.store(answer(request, 100, generation=1)) is None
    assert cache.row(0) is None
    assert cache.store(answer(request, 100, generation=2)) == Arrival(range(10))


def test_the_end_is_read_from_the_end() -> None:
    cache = cache_of()
    cache.set_total(RowCount(1003, "exact"))
    assert cache.plan(995, 1010) == PageRequest(990, 13, None, 0, backward=True)
    look(cache, 1003, 995, 1010)
    row = cache.row(1002)
    assert row is not None
    assert row.cells == ("1002",)
    assert cache.plan(985, 989) == PageRequest(980, 10, Bookmark(990, ("990",)), 0, backward=True)


def test_pages_are_forgotten_bookmarks_are_not() -> None:
    cache = cache_of(max_pages=3)
    for first in range(0, 500, 10):
        look(cache, 1000, first, first + 9)
    assert cache.row(0) is None
    assert cache.row(495) is not None
    request = cache.plan(200, 209)
    assert request is not None
    assert request.skip == 0


def test_bookmarks_are_thinned() -> None:
    cache = cache_of()
    cache.learn(Bookmark(ordinal, (str(ordinal),)) for ordinal in range(9, MAX_BOOKMARKS * 10 + 100, 10))
    assert len(cache.sure_marks()) <= MAX_BOOKMARKS
    request = cache.plan(MAX_BOOKMARKS * 5, MAX_BOOKMARKS * 5)
    assert request is not None
    assert request.skip < 100


def test_a_huge_place_is_no_bookmark() -> None:
    cache = cache_of()
    long = Bookmark(9, ("x" * (MAX_PLACE + 1),))
    rows = tuple(Row(RowKey((str(n),)), ()) for n in range(10))
    cache.store(Page(0, rows, (), 1, (long, long)))
    assert cache.plan(10, 10) == PageRequest(10, 10, None, 10)


def test_totals() -> None:
    cache = cache_of()
    assert cache.total is None
    cache.set_total(RowCount(15, "estimate"))
    assert cache.total == RowCount(15, "estimate")
    look(cache, 25, 0, 19)
    assert cache.total == RowCount(20, "at least")
    look(cache, 25, 20, 29)
    assert cache.total == RowCount(25, "exact")
    assert cache.known_end == 25
    cache.set_total(RowCount(99, "estimate"))
    assert cache.total == RowCount(25, "exact")
    assert cache.plan(20, 99) is None


def test_an_estimate_that_was_too_high_shrinks_to_the_end() -> None:
    """Statistics said ten thousand: the end is shown at once, and its number is right once the beginning was met."""
    cache = cache_of()
    cache.set_total(RowCount(10_000, "estimate"))
    look(cache, 137, 9_995, 9_999)
    assert not cache.is_exact
    assert cell(cache, 9_999) == "136"
    line = 9_990
    while not cache.is_exact:
        line = max(line - 10, 0) + look(cache, 137, line, line + 9)
    assert cache.total == RowCount(137, "exact")
    assert cell(cache, 0) == "0"


def test_rows_that_vanished_below_make_it_start_anew() -> None:
    cache = cache_of()
    cache.set_total(RowCount(100, "exact"))
    look(cache, 100, 95, 99)
    look(cache, 100, 20, 29)
    above = Bookmark(20, ("20",))
    assert cache.plan(10, 19) == PageRequest(10, 10, above, 0, backward=True)
    rows = tuple(Row(RowKey((str(n),)), (str(n),)) for n in range(3))
    cache.store(Page(0, rows, ("n",), 1, (Bookmark(0, ("0",)), Bookmark(2, ("2",)))))
    assert cache.row(25) is None
    assert cache.known_end is None
    for first in range(0, 50, 10):
        look(cache, 50, first, first + 9)
    assert cache.total == RowCount(50, "exact")


def test_no_rows() -> None:
    cache = cache_of()
    look(cache, 0, 0, 20)
    assert cache.total == RowCount(0, "exact")
    assert cache.plan(0, 20) is None


@pytest.mark.parametrize("exact", [True, False])
@given(jumps=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 40)), max_size=40), total=st.integers(0, 110))
def test_any_jump_finds_the_right_rows(exact: bool, jumps: list[tuple[int, int]], total: int) -> None:
    cache = cache_of(page_rows=4, max_pages=15)
    if exact:
        cache.set_total(RowCount(total, "exact"))
    for first, count in jumps:
        for _ in range(20):
            request = cache.plan(first, first + count)
            if request is None:
                break
            assert request.skip >= 0
            page = answer(request, total)
            assert page.start == request.start
            if page.rows:
                assert page.rows[0].cells == (str(request.start),)
            cache.store(page)
            if not page.rows:
                break
        for ordinal in range(first, min(first + count + 1, total)):
            row = cache.row(ordinal)
            if request is None:
                assert row is not None
            assert row is None or row.cells == (str(ordinal),)


def far_cache(total: int, estimate: int, *, step: int) -> PageCache:
    """A cache that knows an estimate and a landmark every `step` rows, and thinks any skip too long."""
    cache = PageCache(page_rows=4, max_pages=8, cheap_skip=6)
    cache.reset(1)
    cache.set_total(RowCount(estimate, "estimate"))
    cache.set_landmarks([Landmark(at / max(total, 1), (str(at * 10),)) for at in range(0, total, step)])
    return cache


def neighbours_are_neighbours(cache: PageCache, numbers: Sequence[int]) -> None:
    index = {str(number): place for place, number in enumerate(numbers)}
    before: int | None = None
    held = {number * cache._size + at for number in cache._pages for at in range(-1, cache._size + 1)}
    for ordinal in sorted(held):
        found = cell(cache, ordinal)
        place = None if found is None else index[found]
        if place is not None and before is not None:
            assert place == before + 1
        if place is not None and cache.is_exact:
            assert place == ordinal
        before = place


@settings(max_examples=60)
@given(
    total=st.integers(1, 120),
    error=st.integers(-80, 120),
    step=st.integers(3, 40),
    moves=st.lists(st.tuples(st.sampled_from(["jump", "up", "down"]), st.floats(0, 1)), max_size=12),
)
def test_rows_beside_one_another_are_neighbours_however_one_came_there(
    total: int, error: int, step: int, moves: list[tuple[str, float]]
) -> None:
    numbers = [number * 10 for number in range(total)]
    table, cache = Table(numbers), far_cache(total, max(total + error, 1), step=step)
    line = look(cache, table, 0, 9)
    for move, where in moves:
        lines = cache.total.value if cache.total is not None else 0
        line = {"jump": int(where * lines), "up": line - 7, "down": line + 7}[move]
        line = max(0, min(line, max(lines - 1, 0)))
        line += look(cache, table, line, line + 9)
        neighbours_are_neighbours(cache, numbers)
    for _ in range(2 * total + 400):  # from wherever that led: up to the first row, and down to the last
        if cache.is_exact and line <= 0:
            break
        line = max(line - 3, 0)
        line += look(cache, table, line, line + 9)
    seen: list[int] = []
    while (found := cell(cache, len(seen))) is not None:
        seen.append(int(found))
        look(cache, table, len(seen), len(seen) + 3)
    assert seen == numbers
    assert cache.total == RowCount(total, "exact")


def test_a_jump_lands_by_landmark_and_a_located_row_makes_it_exact() -> None:
    numbers = [number * 10 for number in range(1000)]
    table, cache = Table(numbers), far_cache(1000, 1200, step=50)
    look(cache, table, 0, 9)
    look(cache, table, 600, 609)
    assert not cache.is_exact
    assert cell(cache, 600) == "5000"  # 600 of 1200 is the middle
    mark = cache.mark_near(600)
    assert mark is not None
    assert cache.settle(mark, 500) == -100
    assert cache.is_exact
    assert cell(cache, 500) == "5000"
    neighbours_are_neighbours(cache, numbers)


def test_learned_positions_lead_to_the_very_row() -> None:
    numbers = [number * 10 for number in range(1000)]
    table, cache = Table(numbers), far_cache(1000, 1200, step=50)
    look(cache, table, 700, 709)
    cache.learn(Bookmark(at, (str(at * 10),)) for at in range(9, 1000, 10))
    look(cache, table, 333, 340)
    assert cache.is_exact
    assert cell(cache, 333) == "3330"


def test_the_end_of_a_counted_table_makes_the_numbering_exact() -> None:
    numbers = [number * 10 for number in range(500)]
    table, cache = Table(numbers), far_cache(500, 600, step=50)
    look(cache, table, 0, 3)
    line = 500 + look(cache, table, 500, 509)
    cache.set_total(RowCount(500, "exact"))
    for _ in range(100):
        if cache.is_exact:
            break
        line += 5
        line += look(cache, table, line, line + 9)
    assert cache.is_exact
    neighbours_are_neighbours(cache, numbers)
    assert cell(cache, 499) == "4990"


@settings(max_examples=60)
@given(random=st.randoms(use_true_random=False), max_pages=st.integers(3, 12))
def test_rows_that_come_and_go_meanwhile_hide_no_other(random: Random, max_pages: int) -> None:
    """Somebody walks down and up again while others insert and delete: whoever stays is met on each way, once."""
    numbers = list(range(0, 400, 10))
    table, untouched = Table(numbers), set(numbers)
    cache = PageCache(page_rows=4, max_pages=max_pages)
    cache.reset(1)

    def disturb() -> None:
        for _ in range(random.randint(0, 2)):
            number = random.randint(0, 400)
            if number in numbers:
                numbers.remove(number)
            else:
                insort(numbers, number)
            untouched.discard(number)

    def walk(step: int, line: int) -> list[int]:
        met: list[int] = []
        for _ in range(300):
            disturb()
            line += look(cache, table, line, line + 5)
            found = [int(c) for at in range(line, line + 6) if (c := cell(cache, at)) is not None]
            met += [number for number in found if number not in met]
            if not found or (step < 0 and line == 0 and cache.is_exact):
                break
            line = max(line + step, 0)
        return met

    assert untouched <= set(walk(3, 0))
    last = cache.total.value - 6 if cache.total is not None else 0
    assert untouched <= set(walk(-3, max(last, 0)))


def test_columns_in_sight_are_read_and_kept() -> None:
    cache = cache_of()
    cache.set_columns(frozenset({"a"}))
    request = cache.plan(0, 5)
    assert request is not None
    assert request.columns == frozenset({"a"})
    rows = tuple(Row(RowKey((str(n),)), ("x", ""), "7", {1: UNREAD}) for n in range(10))
    cache.store(Page(0, rows, ("a", "b"), 1, is_first=True, unread=frozenset({1})))
    assert cache.plan(0, 5) is None
    assert not cache.lacks(3)
    cache.set_columns(frozenset({"b"}))
    assert cache.lacks(3)
    assert cache.plan(0, 5) is not None
    other = tuple(Row(RowKey((str(n),)), ("", "y"), "8" if n == 9 else "7", {0: UNREAD}) for n in range(10))
    cache.store(
        Page(
            0,
            (*other[:9], Row(RowKey(("9",)), ("", "y"), "7", {0: UNREAD})),
            ("a", "b"),
            1,
            is_first=True,
            unread=frozenset({0}),
        )
    )
    row = cache.row(3)
    assert row is not None
    assert (row.cells, row.sizes) == (("x", "y"), {})
    cache.set_columns(frozenset({"a", "b"}))
    assert cache.plan(0, 5) is None
