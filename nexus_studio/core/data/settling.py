"""What becomes of a staged row: what is left of it when its change was written, and the new row it can be."""

from __future__ import annotations

from dataclasses import replace

from nexus_studio.core.data.cells import DEFAULT, Cell, RowKey, StagedCell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.core.schema.catalog import Relation


def remainder(staged: StagedRow, written: RowChange, relation: Relation) -> StagedRow | None:
    """Return what was staged after the freeze, standing on what was saved; None when nothing was.

    A new row that was edited again becomes an edit of the saved row where its key is known. Where the server chose the
    key it stays a new row: what a person typed is not thrown away, and it is seen before it could be saved twice.
    """
    marked = replace(staged, rejections={}, conflict=None)
    if written.kind is ChangeKind.DELETE:
        return None if staged.kind is ChangeKind.DELETE else marked
    later = {name: cell for name, cell in staged.values.items() if _differs(name, cell, written)}
    if written.kind is ChangeKind.INSERT and not later and staged.values.keys() >= written.values.keys():
        return None
    if staged.kind is not ChangeKind.DELETE and not later and written.kind is ChangeKind.UPDATE:
        return None
    key = _key_after(written, relation)
    if key is None:
        return marked
    saved: dict[str, Cell] = {name: cell for name, cell in written.values.items() if cell is not DEFAULT}
    unknown = written.values.keys() - saved.keys()
    base = {name: cell for name, cell in staged.base.items() if name not in unknown}
    kind = ChangeKind.DELETE if staged.kind is ChangeKind.DELETE else ChangeKind.UPDATE
    seen = {**{name: cell for name, cell in staged.seen.items() if name not in unknown}, **saved}
    # What was written made another version of the row.
    return replace(marked, kind=kind, key=key, values=later, base={**base, **saved}, seen=seen, version=None)


def whole_row(staged: StagedRow, relation: Relation) -> dict[str, StagedCell] | None:
    """Return the row as it was to be, for a new one in its place; None when a part of it is not known.

    Only an edited row can be made anew. Columns PostgreSQL computes, and those that may not be read, are left to it.
    """
    if staged.kind is not ChangeKind.UPDATE or staged.key is None:
        return None
    cells: dict[str, StagedCell] = {**staged.seen, **staged.base}
    if not staged.key.by_place:
        cells.update(zip(relation.key, staged.key.cells, strict=True))
    cells.update(staged.values)
    wanted = [column.name for column in relation.columns if column.may_select and not column.is_computed]
    if not cells.keys() >= set(wanted):
        return None
    return {name: cells[name] for name in wanted if cells[name] is not DEFAULT}


def _differs(name: str, cell: StagedCell, written: RowChange) -> bool:
    return name not in written.values or written.values[name] != cell


def _key_after(written: RowChange, relation: Relation) -> RowKey | None:
    """Return the key of the row as it was saved; None when the server chose a part of it."""
    if written.key is not None and written.key.by_place:
        return written.key
    if not relation.key:
        return None
    former: dict[str, StagedCell] = dict(zip(relation.key, written.key.cells, strict=True)) if written.key else {}
    cells: list[Cell] = []
    for name in relation.key:
        cell = written.values.get(name, former.get(name))
        if not isinstance(cell, str):
            return None
        cells.append(cell)
    return RowKey(tuple(cells))
