"""Which staged edits stand on values that the server holds no more: what a refresh can tell before a save meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from nexus_studio.core.data.cells import Row, RowKey
from nexus_studio.core.data.staging import StagedRow


def overtaken(
    staged: Iterable[StagedRow], columns: Sequence[str], stored: Callable[[RowKey], Row | None]
) -> tuple[RowKey, ...]:
    """Return the keys of staged rows of which an edited cell was changed by somebody else since it was read.

    `columns` are those of the rows that `stored` finds (None: the row is not at hand, and nothing is said of it). Cells
    that were cut are left alone: their beginning tells nothing. Rows whose conflict is known already do not count.
    """
    places = {name: index for index, name in enumerate(columns)}
    found = []
    for change in staged:
        row = stored(change.key) if change.key is not None and change.conflict is None else None
        if row is not None and change.key is not None and _differs(change, row, places):
            found.append(change.key)
    return tuple(found)


def _differs(change: StagedRow, row: Row, places: dict[str, int]) -> bool:
    for name, base in change.base.items():
        index = places.get(name)
        if index is None or index in row.sizes:
            continue
        now = row.cells[index]
        if now != base and change.values.get(name, base) != now:  # what was changed to the same harms nobody
            return True
    return False
