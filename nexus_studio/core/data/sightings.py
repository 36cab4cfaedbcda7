"""What differs between two readings of the same rows: changed cells, rows that came, rows that went. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from nexus_studio.core.data.cells import UNREAD, Row, RowKey

WHOLE: Final = frozenset({-1})
"""Stands for all cells of a row that was not there before."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Rows as they were read: by key, in their order. `in_sight` are the keys of those on screen.

    `from_start` and `to_end` tell that no row stood before the first of them, or after the last.
    """

    rows: Mapping[RowKey, Row] = field(default_factory=dict)
    in_sight: frozenset[RowKey] = frozenset()
    from_start: bool = False
    to_end: bool = False


def changed_cells(before: Sighting, now: Mapping[int, Row]) -> dict[RowKey, frozenset[int]]:
    """Return by key the indexes of cells that changed, `WHOLE` for rows that are new.

    `now` holds rows by ordinal, ascending. A row counts as new only where nothing can have hidden it before: between
    two rows that were seen, or beyond the first or last of all. Cells read in one of the readings alone do not count.
    """
    known = [ordinal for ordinal, row in now.items() if row.key in before.rows]
    if not known:
        return {}
    first = 0 if before.from_start else known[0]
    found: dict[RowKey, frozenset[int]] = {}
    for ordinal, row in now.items():
        former = before.rows.get(row.key)
        if former is not None:
            if former is not row and (cells := _differing(former, row)):
                found[row.key] = cells
        elif first <= ordinal and (ordinal <= known[-1] or before.to_end):
            found[row.key] = WHOLE
    return found


def vanished_keys(before: Sighting, now: Mapping[int, Row]) -> frozenset[RowKey]:
    """Return the keys of rows that were in sight and are no more between the rows that were around them."""
    here = {row.key for row in now.values()}
    order = list(before.rows)
    kept = [place for place, key in enumerate(order) if key in here]
    if not kept:
        return before.in_sight if before.from_start and before.to_end and not now else frozenset()
    first = 0 if before.from_start else kept[0]
    last = len(order) - 1 if before.to_end else kept[-1]
    return before.in_sight.intersection(order[first : last + 1]) - here


def _differing(former: Row, row: Row) -> frozenset[int]:
    pairs = enumerate(zip(former.cells, row.cells, strict=False))
    return frozenset(
        index
        for index, (old, new) in pairs
        if (old != new or former.sizes.get(index) != row.sizes.get(index))
        and former.sizes.get(index) != UNREAD
        and row.sizes.get(index) != UNREAD
    )
