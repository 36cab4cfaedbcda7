"""What differs between two readings of the same rows."""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.core.data.cells import UNREAD, Row, RowKey
from nexus_studio.core.data.sightings import WHOLE, Sighting, changed_cells, vanished_keys


def row(key: int, *cells: str | None, sizes: Mapping[int, int] | None = None) -> Row:
    return Row(RowKey((str(key),)), (str(key), *cells), sizes=sizes or {})


def key(number: int) -> RowKey:
    return RowKey((str(number),))


def seen(*rows: Row, from_start: bool = False, to_end: bool = False) -> Sighting:
    found = {one.key: one for one in rows}
    return Sighting(found, frozenset(found), from_start, to_end)


def now(*rows: Row, start: int = 0) -> dict[int, Row]:
    return dict(enumerate(rows, start))


def test_cells_that_differ() -> None:
    before = seen(row(1, "a", "b"), row(2, "a", None), row(3, "", "x"))
    after = now(row(1, "a", "B"), row(2, "a", ""), row(3, "", "x"))
    assert changed_cells(before, after) == {key(1): frozenset({2}), key(2): frozenset({2})}


def test_long_cells_differ_by_their_size_and_unread_ones_never() -> None:
    before = seen(row(1, "lo", sizes={1: 900}), row(2, "", sizes={1: UNREAD}), row(3, "x"))
    after = now(row(1, "lo", sizes={1: 901}), row(2, "x"), row(3, "", sizes={1: UNREAD}))
    assert changed_cells(before, after) == {key(1): frozenset({1})}


def test_a_row_is_new_only_where_it_can_not_have_been_hidden() -> None:
    after = now(row(5), row(10), row(15), row(20), row(25))
    assert changed_cells(seen(row(10), row(20)), after) == {key(15): WHOLE}
    at_start = changed_cells(seen(row(10), row(20), from_start=True), after)
    assert at_start == {key(5): WHOLE, key(15): WHOLE}
    at_end = changed_cells(seen(row(10), row(20), to_end=True), after)
    assert at_end == {key(15): WHOLE, key(25): WHOLE}
    assert changed_cells(seen(row(1)), after) == {}


def test_rows_vanish_only_between_rows_that_stayed() -> None:
    before = seen(row(1), row(2), row(3), row(4))
    assert vanished_keys(before, now(row(1), row(3), row(4))) == {key(2)}
    assert vanished_keys(before, now(row(2), row(3))) == frozenset()
    whole = seen(row(1), row(2), row(3), from_start=True, to_end=True)
    assert vanished_keys(whole, now(row(2))) == {key(1), key(3)}
    assert vanished_keys(whole, now()) == {key(1), key(2), key(3)}
    assert vanished_keys(before, now(row(8), row(9))) == frozenset()
