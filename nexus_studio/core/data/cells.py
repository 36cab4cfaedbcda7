"""Cells, rows, pages: what travels from the server to the grid."""

from __future__ import annotations

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Row:
    """One row as read: `cells` in the order of `Page.columns`; `sizes` holds the full size of cells that were cut.

    Sizes are octets, by cell index; 0 where it is not cheap to know. `version` is xmin as text, where the relation
    has one.
    """

    key: RowKey
    cells: tuple[Cell, ...]
    version: str | None = None
    sizes: Mapping[int, int] = field(default_factory=dict)

    def is_cut(self, index: int) -> bool:
        """Tell whether a cell holds only the beginning of its value."""
        return index in self.sizes


@dataclass(frozen=True, slots=True)
class Bookmark:
    """The place of the row with that ordinal in the sort order: "the next page starts after this row"."""

    ordinal: int
    place: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which rows are wanted: `count` rows from ordinal `start`.

    Read them after `after` (None: from the beginning; when `backward`: before it, or from the end), skipping `skip`
    rows on the way. `total` is the known number of rows a backward read from the end counts from.
    """

    start: int
    count: int
    after: Bookmark | None = None
    skip: int = 0
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Consecutive rows from ordinal `start`, always in sort order, however they were fetched.

    `first`, `last` are bookmarks of the first and last row (None for an empty page). `is_last` tells that no row
    follows. `generation` is that of the query that asked.
    """

    start: int
    rows: tuple[Row, ...]
    columns: tuple[str, ...]
    generation: int
    first: Bookmark | None = None
    last: Bookmark | None = None
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class RowCount:
    """A number of rows and how sure it is."""

    value: int
    certainty: Literal["at least", "estimate", "exact"]
