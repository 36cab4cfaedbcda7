"""How rows lie in pages: lengths that PostgreSQL's own rows have, and what is too much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.bloat import ColumnShape, btree_bytes, heap_bytes, row_bytes, shapes_of, total, wasted

BOOL, SMALL, INT, BIG = (ColumnShape(length, length, length) for length in (1, 2, 4, 8))
UUID = ColumnShape(16, 1, 16)


def text(width: float, nulls: float = 0.0) -> ColumnShape:
    return ColumnShape(-1, 4, width, nulls)


@pytest.mark.parametrize(
    ("columns", "length"),
    [
        ((), 24),
        ((INT,), 32),
        ((INT, INT), 32),
        ((INT, BIG), 40),  # four bytes of padding between them
        ((BIG, INT), 40),
        ((INT, BIG, INT, BIG), 56),
        ((BOOL, BIG, BOOL, BIG, SMALL), 64),
        ((BOOL, SMALL, INT, BIG), 40),
        ((UUID, BOOL), 48),
    ],
)
def test_rows_of_one_length_are_exact(columns: tuple[ColumnShape, ...], length: int) -> None:
    assert row_bytes(columns) == (length, True)


def test_a_null_costs_a_bitmap_and_no_value() -> None:
    assert row_bytes([INT, INT._replace(nulls=1.0)]) == (32, False)  # the bitmap fits behind the header
    many = [INT._replace(nulls=1.0)] * 20
    assert row_bytes(many) == (32, False)  # it does not any more
    half, _ = row_bytes([INT, BIG._replace(nulls=0.5)])
    assert 32 < half < 40


def test_short_texts_are_not_aligned_and_long_ones_are() -> None:
    assert row_bytes([BOOL, text(20)])[0] == 24 + 1 + 20 + 3.5
    assert row_bytes([BOOL, text(200)])[0] == 24 + 4 + 200 + 3.5
    assert row_bytes([text(20), text(200)])[0] == 24 + 20 + 1.5 + 200 + 3.5


def test_pages_are_whole_and_keep_what_they_are_told_to() -> None:
    assert heap_bytes(0, [INT]) == 0
    assert heap_bytes(1, [INT]) == 8192
    assert heap_bytes(226, [INT]) == 8192  # 36 bytes each, in 8168
    assert heap_bytes(227, [INT]) == 2 * 8192
    assert heap_bytes(226, [INT], fill_percent=50) == 2 * 8192
    assert heap_bytes(291, ()) == 8192
    assert heap_bytes(292, ()) == 2 * 8192  # no page holds more
    assert heap_bytes(3, [text(8000)]) == 3 * 8192


def test_equal_keys_are_stored_once() -> None:
    assert btree_bytes(0, [INT]) == 8192
    plain = btree_bytes(100_000, [INT])
    assert btree_bytes(100_000, [INT], distinct=200_000) == plain
    assert btree_bytes(100_000, [INT], distinct=10) < plain / 2
    assert btree_bytes(100_000, [INT], fill_percent=45) > 1.9 * plain
    assert btree_bytes(100_000, [INT._replace(nulls=0.1)]) > plain


@given(st.lists(st.sampled_from([BOOL, SMALL, INT, BIG, UUID, text(30, 0.2), text(300), BIG._replace(nulls=0.5)])))
def test_more_columns_and_more_rows_never_take_less(columns: list[ColumnShape]) -> None:
    assert row_bytes([*columns, BIG])[0] >= row_bytes(columns)[0]
    assert heap_bytes(1000, columns) <= heap_bytes(2000, columns)
    assert btree_bytes(1000, columns) <= btree_bytes(2000, columns)


def test_shapes_are_read() -> None:
    assert shapes_of("4,i,4,0 -1,i,20,250 1,c,1,1000") == (INT, text(20, 0.25), BOOL._replace(nulls=1.0))
    assert shapes_of("4,i,4,0 8,d,,") is None
    assert shapes_of("") == ()


def test_what_is_too_much() -> None:
    assert (wasted(100, 40), wasted(40, 100)) == (60, 0)
    assert total([None, 3, None, 4]) == 7
    assert total([None]) is None
    assert total([]) is None
