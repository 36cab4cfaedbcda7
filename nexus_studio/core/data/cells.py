"""Cells, rows, pages: what travels from the server to the grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

Cell = str | None
"""A value as PostgreSQL's own text; None is NULL."""

PREVIEW: Final = 256
"""Characters of a long value that a page carries. One more is read, so that a cut one is known."""


class Default(Enum):
    """The sentinel for "let the database (or the model) decide", distinct from NULL and from empty text."""

    DEFAULT = "default"


DEFAULT: Final = Default.DEFAULT
StagedCell = str | None | Default


@dataclass(frozen=True, slots=True)
class RowKey:
    """What identifies a row: the cells of the relation's key columns, or (`by_place`) its ctid."""

    cells: tuple[Cell, ...]
    by_place: bool = False


UNREAD: Final = -1
"""Stands in `Row.sizes` for a cell whose column was not read at all: the grid reads only the columns it shows."""


MASKED: Final = -2
"""Stands in `Row.sizes` for a cell that the connection hides: the row has dots in its place, or NULL."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as read: `cells` in the order of `Page.columns`; `sizes` holds the full size of cells that were cut.

    Sizes are octets, by cell index; 0 where it is not cheap to know, `MASKED` where it is hidden, `UNREAD` where the
    cell was not read (it is empty text then, whatever the row holds). `version` is xmin as text, where the relation
    has one.
    """

    key: RowKey
    cells: tuple[Cell, ...]
    version: str | None = None
    sizes: Mapping[int, int] = field(default_factory=dict)

    def is_cut(self, index: int) -> bool:
        """Tell whether a cell holds only the beginning of its value, or nothing of it."""
        return index in self.sizes


def rows_by_key(
    records: Iterable[Sequence[Cell]], columns: int, key_at: int, version_at: int, sizes: Mapping[int, int]
) -> list[Row]:
    """Build the rows of records that begin with their cells and have one key cell: what most pages are made of.

    It sets the slots itself: the `__init__` of a frozen dataclass takes three times as long, which is a third of what
    reading a page takes in all. `version_at` -1: the records have no version.
    """
    rows = []
    for record in records:
        key, row = _new_key(RowKey), _new_row(Row)
        _set_key_cells(key, (record[key_at],))
        _set_by_place(key, False)
        _set_key(row, key)
        _set_cells(row, tuple(record[:columns]))
        _set_version(row, record[version_at] if version_at >= 0 else None)
        _set_sizes(row, sizes)
        rows.append(row)
    return rows


_new_key, _new_row = RowKey.__new__, Row.__new__
_set_key_cells, _set_by_place = (RowKey.__dict__[name].__set__ for name in ("cells", "by_place"))
_set_key, _set_cells, _set_version, _set_sizes = (
    Row.__dict__[name].__set__ for name in ("key", "cells", "version", "sizes")
)


Place = tuple[Cell, ...]
"""Where a row stands in an order: its cells of the order's columns. A shorter one names a group of rows."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """The place of the row with that ordinal in the sort order: "the next page starts after this row"."""

    ordinal: int
    place: Place


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place known from statistics: about `fraction` (0 to 1) of the rows stand before the first one at `place`."""

    fraction: float
    place: Place


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which rows are wanted: `count` rows from ordinal `start`.

    Read them after `after` (None: from the beginning; when `backward`: before it, or from the end), skipping `skip`
    rows on the way. Or, when `near` is given, from the first row that stands at or after that place on.
    `is_guess`: nobody knows the true ordinals, `start` is an estimate. `columns` are those whose cells are wanted, None
    all; what key and order need is read anyway. `until` is a place behind which no wanted row stands: where no index
    serves the order it spares sorting the rest.
    """

    start: int
    count: int
    after: Bookmark | None = None
    skip: int = 0
    backward: bool = False
    near: Place | None = None
    until: Place | None = None
    is_guess: bool = False
    columns: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Consecutive rows from ordinal `start`, always in sort order, however they were fetched.

    `marks` are bookmarks of the first and the last row and of those at both sides of each page boundary between, by
    ordinal; none where the order is not total. `is_first`, `is_last` tell that no row precedes, or follows.
    `beyond` is the key of the next row in the direction of reading, None at the end. A backward read that finds fewer
    rows than asked for ends where it was asked to: its `start` is larger then. `generation` is that of the query that
    asked. `unread` are the indexes of cells that were not read. `order` are the indexes of the cells that make up a
    row's place, -1 for its ctid; empty where the order is not total.
    """

    start: int
    rows: tuple[Row, ...]
    columns: tuple[str, ...]
    generation: int
    marks: tuple[Bookmark, ...] = ()
    is_first: bool = False
    is_last: bool = False
    beyond: RowKey | None = None
    unread: frozenset[int] = frozenset()
    order: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RowCount:
    """A number of rows and how sure it is."""

    value: int
    certainty: Literal["at least", "estimate", "exact"]
