"""PageCache: what is asked for, what is kept, what is known of the total."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.data.cells import Bookmark, Page, PageRequest, Row, RowCount, RowKey
from nexus_studio.core.data.pagecache import MAX_BOOKMARKS, MAX_PLACE, PageCache


def answer(request: PageRequest, total: int, generation: int = 1) -> Page:
    """Answer as a source on `total` rows numbered from 0 would, following bookmarks and skips faithfully."""
    if request.backward:
        stop = (total if request.after is None else request.after.ordinal) - request.skip
        start = max(stop - request.count, 0)
        is_last = request.after is None and request.skip == 0
    else:
        start = (0 if request.after is None else request.after.ordinal + 1) + request.skip
        stop = min(start + request.count, total)
        is_last = start + request.count >= total
    rows = tuple(Row(RowKey((str(n),)), (str(n),)) for n in range(start, stop))
    marks = tuple(Bookmark(at, (str(at),)) for at in sorted({start, stop - 1})) if rows else ()
    return Page(request.start, rows, ("n",), generation, marks, is_last=is_last)


def look(cache: PageCache, total: int, first: int, last: int) -> None:
    for _ in range(20):
        request = cache.plan(first, last)
        if request is None:
            return
        assert cache.store(answer(request, total)) is not None
    raise AssertionError("never satisfied")


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
    assert cache.store(answer(request, 100, generation=2)) == range(10)


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
    for first in range(0, MAX_BOOKMARKS * 10, 10):
        cache.store(answer(PageRequest(first, 10, Bookmark(first - 1, ()) if first else None), 10**9))
    assert len(cache._ordinals) <= MAX_BOOKMARKS
    assert len(cache._bookmarks) == len(cache._ordinals)
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
    cache = cache_of()
    cache.set_total(RowCount(10_000, "estimate"))
    for _ in range(30):
        total = cache.total
        assert total is not None
        if total.certainty == "exact":
            break
        look(cache, 137, max(total.value - 5, 0), total.value - 1)
    assert cache.total == RowCount(137, "exact")


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
