"""A table as a backup has it against the same table today: rows found by key, in one pass over both, in key order.

Pure: whoever reads the rows brings them in order. Memory does not grow with the tables, only with the rows kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation

KEPT: Final = 200
"""Rows of each kind that a comparison shows; all are counted."""

Mark = bytes
"""One row on its way: the cells of its key, each followed by a tab, then a digest of the row. See `merge`."""


class Fate(Enum):
    """What became of a row between the backup and today."""

    ONLY_IN_BACKUP = "only_in_backup"
    ONLY_NOW = "only_now"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One row that is not the same in both.

    `then` and `now` are its cells in the order of `TableComparison.columns`, None where there is no such row; long ones
    are cut to `core.data.cells.PREVIEW` characters. `changed` names the columns that differ. `copies`: of a table
    without a key, how many more of this row there are on that side.
    """

    key: RowKey
    fate: Fate
    then: tuple[Cell, ...] | None
    now: tuple[Cell, ...] | None
    changed: tuple[str, ...] = ()
    copies: int = 1


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """A column that is not the same in both; a type of "" is one that is not there (or may not be read)."""

    name: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class TableComparison:
    """What differs between a table in a backup and today's.

    `columns` are those that both have: only they were compared. `key` are those that rows were found by, empty where
    today's table has no key that the backup's has too: then whole rows were compared, and none can have changed.
    `only_in_backup`, `only_now` and `changed` count all such rows; `rows` holds the first of each kind in key order.
    """

    relation: RelationName
    columns: tuple[str, ...]
    key: tuple[str, ...]
    rows_then: int
    rows_now: int
    only_in_backup: int
    only_now: int
    changed: int
    rows: tuple[ComparedRow, ...] = ()
    column_differences: tuple[ColumnDifference, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether all rows are the same, as far as both tables have the same columns."""
        return not (self.only_in_backup or self.only_now or self.changed)

    def of(self, fate: Fate) -> tuple[ComparedRow, ...]:
        """Return the rows kept of one kind."""
        return tuple(row for row in self.rows if row.fate is fate)


@dataclass(frozen=True, slots=True)
class SharedColumns:
    """What two tables have in common: columns in today's order, the key if both have it, and what differs."""

    names: tuple[str, ...]
    key: tuple[str, ...]
    differences: tuple[ColumnDifference, ...]


@dataclass(slots=True)
class Tally:
    """What `merge` has counted so far, and the keys it kept of each fate. Mutable; of one thread."""

    limit: int = KEPT
    rows_then: int = 0
    rows_now: int = 0
    counts: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(Fate, 0))
    kept: dict[Fate, dict[tuple[bytes, ...], int]] = field(default_factory=lambda: {fate: {} for fate in Fate})
    """Keys as they came, with how many rows have them."""

    def add(self, fate: Fate, key: tuple[bytes, ...]) -> None:
        """Count a row, and keep its key while there is room."""
        self.counts[fate] += 1
        kept = self.kept[fate]
        if key in kept:
            kept[key] += 1
        elif len(kept) < self.limit:
            kept[key] = 1


def shared_columns(then: Relation, now: Relation) -> SharedColumns:
    """Tell what of two tables can be compared. Columns that may not be read count as not there."""
    there = {column.name: column for column in then.columns if column.may_select}
    here = {column.name: column for column in now.columns if column.may_select}
    names = tuple(name for name in here if name in there)
    differences = [
        ColumnDifference(
            name,
            there[name].type.display if name in there else "",
            here[name].type.display if name in here else "",
        )
        for name in dict.fromkeys((*here, *there))
    ]
    has_key = bool(now.key) and set(now.key) <= set(names)
    return SharedColumns(
        names, now.key if has_key else (), tuple(each for each in differences if each.then != each.now)
    )


def merge(
    then: Iterable[Mark], now: Iterable[Mark], order: Callable[[tuple[bytes, ...]], Any], tally: Tally, *, width: int
) -> None:
    """Walk through both tables at once and count what differs. Cost: one step a row.

    Args:
        then: The backup's rows, in ascending `order`.
        now: Today's.
        order: What a key is ordered by; no two rows of a side with a key are of the same place.
        tally: Where it is counted.
        width: Cells of a key; 0: there is none, and the digest is what rows are found by.
    """
    left, right = iter(then), iter(now)
    mine, theirs = next(left, None), next(right, None)
    while mine is not None or theirs is not None:
        if mine == theirs:  # what most rows are: nothing has to be taken apart
            tally.rows_then += 1
            tally.rows_now += 1
            mine, theirs = next(left, None), next(right, None)
            continue
        here = None if mine is None else _key(mine, width)
        there = None if theirs is None else _key(theirs, width)
        is_mine = there is None or (here is not None and order(here) <= order(there))
        is_theirs = here is None or (there is not None and order(there) <= order(here))
        if is_mine and here is not None:
            tally.rows_then += 1
            tally.add(Fate.CHANGED if is_theirs else Fate.ONLY_IN_BACKUP, here)
            mine = next(left, None)
        if is_theirs and there is not None:
            tally.rows_now += 1
            if not is_mine:
                tally.add(Fate.ONLY_NOW, there)
            theirs = next(right, None)


def changed_columns(columns: Sequence[str], then: Sequence[Cell], now: Sequence[Cell]) -> tuple[str, ...]:
    """Name the columns whose cells differ."""
    return tuple(name for name, was, is_ in zip(columns, then, now, strict=True) if was != is_)


def _key(mark: Mark, width: int) -> tuple[bytes, ...]:
    parts = mark.rstrip(b"\n").split(b"\t")
    return tuple(parts[:width]) if width else tuple(parts)
