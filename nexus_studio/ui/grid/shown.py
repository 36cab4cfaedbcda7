"""What the grid shows of one row: the stored cells under the staged ones, with the tints that tell which is which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from nexus_studio.core.data.cells import DEFAULT, Row, StagedCell
from nexus_studio.core.data.changeset import CellState, ChangeSet, Draft
from nexus_studio.core.schema.catalog import Column

CHANGED: Final = "changed"
"""The tint of what another client changed lately."""

_TINTED: Final = frozenset({CellState.EDITED, CellState.REJECTED, CellState.CONFLICT})


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row as painted. Cells are in the order of the relation's columns.

    `row` is the row as read, None for a draft; `draft` is the change set's number of a new row, None for a stored one.
    `sizes` holds octets of cells that were cut, by column index. `tint` is a theme token for the whole row ("" none),
    `tints` tokens by column index. `reasons` says by column index why a cell was refused; key -1 is the whole row.
    """

    cells: tuple[StagedCell, ...]
    row: Row | None = None
    draft: int | None = None
    sizes: Mapping[int, int] = field(default_factory=dict)
    tint: str = ""
    tints: Mapping[int, str] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)

    @property
    def is_deleted(self) -> bool:
        """Whether the row is staged for deletion."""
        return self.tint == "deleted"

    @property
    def is_staged(self) -> bool:
        """Whether anything is staged for the row: the tint of what the server changed lately does not count."""
        return not {self.tint, *self.tints.values()} <= {"", CHANGED}


def draft_row(changes: ChangeSet | None, columns: tuple[Column, ...], draft: Draft) -> ShownRow:
    """Return a staged new row as it is shown."""
    cells: tuple[StagedCell, ...] = tuple(draft.values.get(column.name, DEFAULT) for column in columns)
    if changes is None or changes.state(draft.draft) in {CellState.INSERTED, CellState.CLEAN}:
        return ShownRow(cells, draft=draft.draft, tint="inserted")
    tints, reasons = _marks(changes, columns, draft.draft)
    return ShownRow(cells, draft=draft.draft, tint="inserted", tints=tints, reasons=reasons)


def staged_row(changes: ChangeSet | None, columns: tuple[Column, ...], row: Row) -> ShownRow:
    """Return a stored row as it is shown, with what is staged for it. Cost: constant for a row without changes."""
    if changes is None or changes.is_empty:
        return ShownRow(row.cells, row, sizes=row.sizes)
    staged = changes.staged_for(row)
    if staged is None:
        return ShownRow(row.cells, row, sizes=row.sizes)
    state = staged.state(None)
    cells = changes.overlay(row)
    sizes = {index: size for index, size in row.sizes.items() if cells[index] is row.cells[index]}
    tints, reasons = _marks(changes, columns, row)
    tint = "deleted" if state is CellState.DELETED else ""
    if not tint and not tints and state in _TINTED:
        tint = state.value  # a row that vanished has no cell to blame
    return ShownRow(cells, row, sizes=sizes, tint=tint, tints=tints, reasons=reasons)


def _marks(changes: ChangeSet, columns: tuple[Column, ...], row: Row | int) -> tuple[dict[int, str], dict[int, str]]:
    """Return tints and reasons by column index; -1 is the row itself."""
    tints: dict[int, str] = {}
    reasons: dict[int, str] = {}
    if reason := changes.rejection(row):
        reasons[-1] = reason
    staged = changes.staged_for(row)
    if staged is None:
        return tints, reasons
    blamed = {cell.column for cell in staged.conflict.cells} if staged.conflict is not None else set()
    touched = staged.values.keys() | staged.rejections.keys() | blamed
    for index, column in enumerate(columns):
        if column.name not in touched:
            continue
        state = staged.state(column.name)
        if state in _TINTED:
            tints[index] = state.value
            if reason := changes.rejection(row, column.name):
                reasons[index] = reason
    return tints, reasons
