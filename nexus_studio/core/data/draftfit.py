"""What of a draft still fits its relation, and how it stands against the rows as they are now. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nexus_studio.core.data.cells import DEFAULT, Cell, RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.draftcodec import DraftHead
from nexus_studio.core.data.merge import CellConflict, Conflict
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.core.schema.catalog import Editing, Relation


@dataclass(frozen=True, slots=True)
class Fitting:
    """The rows of a draft that can be staged, and what had to be left out.

    `gone` are edited columns that the relation has no more, `retyped` those whose type is another now (their values are
    kept, the server judges them). `lost` counts rows of which nothing is left, or that can't be found any more since
    the key is made of other columns.
    """

    rows: tuple[StagedRow, ...]
    gone: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()
    lost: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether all of it fits as it was."""
        return not (self.gone or self.retyped or self.lost)


def fitted(head: DraftHead, rows: Sequence[StagedRow], relation: Relation) -> Fitting:
    """Leave out what the relation has no place for."""
    types = {column.name: column.type.display for column in relation.columns if column.is_shown}
    edited = {name for row in rows for name in row.values}
    gone = tuple(sorted(edited - types.keys()))
    retyped = tuple(sorted(name for name in edited & types.keys() if head.columns.get(name) not in {None, types[name]}))
    found = [_row_in(row, head, relation, types) for row in rows]
    kept = tuple(row for row in found if row is not None)
    return Fitting(kept, gone, retyped, len(rows) - len(kept))


def _row_in(row: StagedRow, head: DraftHead, relation: Relation, types: Mapping[str, str]) -> StagedRow | None:
    values = {name: cell for name, cell in row.values.items() if name in types}
    if not values and row.values and row.kind is not ChangeKind.DELETE:
        return None
    key = row.key
    if key is not None and (head.key != relation.key or key.by_place is not (relation.editing is Editing.BY_ALL_CELLS)):
        key = _key_by(row, head, relation)
        if key is None:
            return None
    base = {name: cell for name, cell in row.base.items() if name in types}
    seen = {name: cell for name, cell in row.seen.items() if name in types}
    return replace(row, key=key, values=values, base=base, seen=seen)


def _key_by(row: StagedRow, head: DraftHead, relation: Relation) -> RowKey | None:
    """Find the row's key of today among what was read of it; None where it was not read."""
    if relation.editing is not Editing.BY_KEY or row.key is None:
        return None
    known: dict[str, Cell] = {**row.seen, **row.base}
    if not row.key.by_place:
        known.update(zip(head.key, row.key.cells, strict=False))
    if not relation.key or not known.keys() >= set(relation.key):
        return None
    return RowKey(tuple(known[name] for name in relation.key))


@dataclass(frozen=True, slots=True)
class Checked:
    """A staged row against the row as it is now. `row` None: all of it is there already."""

    row: StagedRow | None
    conflict: Conflict | None = None


def compared(row: StagedRow, stored: Mapping[str, Cell], version: str | None = None) -> Checked:
    """Compare a staged edit or deletion, found by its key, with the row's cells of now.

    What the row holds already needs no edit. What others made otherwise is a conflict.

    Args:
        row: With its key.
        stored: The row's whole cells of the columns in `row.base` and `row.values`.
        version: Its xmin, where the relation has one.
    """
    values = {
        name: cell
        for name, cell in row.values.items()
        if row.kind is ChangeKind.DELETE or cell is DEFAULT or name not in stored or stored[name] != cell
    }
    if not values and row.values and row.kind is ChangeKind.UPDATE:
        return Checked(None)
    told = row.base if row.kind is ChangeKind.DELETE else {n: cell for n, cell in row.base.items() if n in values}
    cells = tuple(
        CellConflict(name, base, row.values.get(name, base), stored[name])
        for name, base in told.items()
        if name in stored and stored[name] != base
    )
    is_other = row.version is not None and version is not None and row.version != version
    staged = replace(row, values=values, base=dict(told) if row.kind is ChangeKind.UPDATE else row.base)
    return Checked(staged, Conflict(row.draft, cells=cells) if cells or is_other else None)
