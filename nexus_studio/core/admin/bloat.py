"""Bloat: how many bytes of a table or an index hold nothing, estimated from statistics without reading the thing.

What a page should hold is worked out from the widths of the columns as ANALYZE has sampled them, laid out as
PostgreSQL lays rows out: header, bitmap of nulls, alignment (manual, section 65.6 "Database Page Layout").

How wrong it can be: on tables that ANALYZE has seen as they are, within about a tenth of their size. It is wrong by
more where widths vary much and the sample missed it, where rows were changed since the last ANALYZE, and for columns
that were dropped (their old values still take room in old rows; here that counts as bloat, and VACUUM FULL does win it
back). TOAST tables have no statistics and are not estimated. A B-tree that grows at random places is never fuller than
about 70 %: a fifth of it counts as bloat although it will come back. For certainty there is the extension pgstattuple.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

_ALIGNMENT: Final = {"c": 1, "s": 2, "i": 4, "d": 8}  # pg_type.typalign
_WORD: Final = 8  # MAXALIGN of every 64-bit machine
_PAGE_HEADER: Final = 24
_LINE: Final = 4  # a line pointer
_ROW_HEADER: Final = 23
_MOST_ROWS: Final = 291  # MaxHeapTuplesPerPage of 8-kB pages
_SHORT: Final = 127  # values of varying length up to it have a header of one byte and are not aligned
_INDEX_HEADER: Final = 8
_LEAF_SPECIAL: Final = 16
_TID: Final = 6
_POSTING: Final = 812  # bytes a posting list takes at most: a third of a page is the limit, PostgreSQL stops before it
_INNER_SHARE: Final = 1.005  # pages above the leaves


class ColumnShape(NamedTuple):
    """How a column lies in a row. A named tuple: there are tens of thousands.

    `length` is pg_attribute.attlen (-1: varying), `alignment` attalign in bytes, `width` the average bytes of a value
    that is not null, `nulls` the share of rows (0 to 1) without one.
    """

    length: int
    alignment: int
    width: float
    nulls: float = 0.0


def row_bytes(columns: Sequence[ColumnShape]) -> tuple[float, bool]:
    """Return the expected bytes of a row with its header, and whether every row has exactly that many."""
    offset, is_exact = _laid_out(columns)
    whole = math.prod(1 - column.nulls for column in columns)
    bare = _rounded(_ROW_HEADER, _WORD)
    header = bare if whole == 1 else whole * bare + (1 - whole) * _rounded(_ROW_HEADER + (len(columns) + 7) // 8, _WORD)
    return header + offset, is_exact and whole == 1


def _laid_out(columns: Sequence[ColumnShape]) -> tuple[float, bool]:
    """Return the expected bytes of the values, the last one padded, and whether they are the same in every row.

    Behind values of one length the padding is known; behind others half of what it can be is expected.
    """
    offset, sure, is_exact = 0.0, _WORD, True  # `offset` is a multiple of `sure` in every row
    for length, alignment, width, nulls in columns:
        if nulls >= 1:
            continue
        before, sure_before = offset, sure
        if length > 0 or width > _SHORT:
            if is_exact:
                offset = math.ceil(offset / alignment) * alignment
            elif sure < alignment:
                offset += (alignment - sure) / 2
        offset += width
        if length > 0:
            sure = math.gcd(length, alignment)
        else:
            sure, is_exact = 1, False
        if nulls:
            offset = before + (1 - nulls) * (offset - before)
            sure, is_exact = min(sure, sure_before), False
    if is_exact:
        return _rounded(offset, _WORD), True
    return offset + (_WORD - sure) / 2, False


def heap_bytes(rows: float, columns: Sequence[ColumnShape], *, fill_percent: int = 100, block: int = 8192) -> int:
    """Return the bytes that a table of so many rows takes when nothing of it is bloat. Whole pages.

    Args:
        rows: Live rows.
        columns: Of the table in their order; dropped ones have no values (`nulls` 1).
        fill_percent: The table's fillfactor.
        block: Bytes of a page.
    """
    if rows <= 0:
        return 0
    size, is_exact = row_bytes(columns)
    size += _LINE
    room = (block - _PAGE_HEADER) * fill_percent / 100
    # rows of different lengths leave half of one free at the end of a page
    on_page = room // size if is_exact else room / size - 0.5
    return block * math.ceil(rows / min(max(1.0, on_page), _MOST_ROWS * block / 8192))


def btree_bytes(
    entries: float,
    columns: Sequence[ColumnShape],
    *,
    distinct: float | None = None,
    fill_percent: int = 90,
    block: int = 8192,
) -> int:
    """Return the bytes that a B-tree of so many entries takes when it was just built. Whole pages, the first included.

    Args:
        entries: Rows that are in the index.
        columns: Of the key and INCLUDE, in their order.
        distinct: How many different keys, where equal ones are stored once (PostgreSQL 13 and later); None: never.
        fill_percent: The index' fillfactor.
        block: Bytes of a page.
    """
    if entries <= 0:
        return block
    offset, _ = _laid_out(columns)
    key = offset + _INDEX_HEADER + (_WORD if any(column.nulls for column in columns) else 0)
    size = entries * (key + _LINE)
    if distinct is not None and distinct < entries:
        lists = max(distinct, entries / max(1.0, (_POSTING - key) / _TID))
        size = lists * (key + _LINE) + entries * _TID
    room = (block - _PAGE_HEADER - _LEAF_SPECIAL) * fill_percent / 100
    return block * (1 + math.ceil(size / room * _INNER_SHARE))


def shapes_of(text: str) -> tuple[ColumnShape, ...] | None:
    """Read "length,alignment,width,nulls" of columns, blanks between them; nulls in thousandths.

    None where a column has no statistics: then nothing can be said.
    """
    columns = []
    for part in text.split():
        length, alignment, width, nulls = part.split(",")
        if not width:
            return None
        columns.append(ColumnShape(int(length), _ALIGNMENT[alignment], float(width), int(nulls) / 1000))
    return tuple(columns)


def wasted(actual: int, needed: int) -> int:
    """Return the bytes that are too many, never fewer than none."""
    return max(0, actual - needed)


def _rounded(offset: float, alignment: int) -> float:
    return math.ceil(offset / alignment) * alignment


def total(parts: Iterable[int | None]) -> int | None:
    """Add up what is known; None where nothing is."""
    known = [part for part in parts if part is not None]
    return sum(known) if known else None
