"""What a ChangeSet holds: one staged change a row, as immutable values, so that undo is going back to older ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from nexus_studio.core.data.cells import Cell, RowKey, StagedCell
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.merge import Conflict


class CellState(Enum):
    """What the grid paints behind a cell or a row."""

    CLEAN = "clean"
    EDITED = "edited"
    INSERTED = "inserted"
    DELETED = "deleted"
    REJECTED = "rejected"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """How many rows are staged, by kind."""

    edited: int = 0
    inserted: int = 0
    deleted: int = 0

    @property
    def total(self) -> int:
        """All staged rows."""
        return self.edited + self.inserted + self.deleted


@dataclass(frozen=True, slots=True)
class Draft:
    """A new row, not saved yet: its number and the cells given so far (columns left out take the default)."""

    draft: int
    values: Mapping[str, StagedCell]


class NeedsWholeCells(Exception):
    """A cut cell's whole value is needed first: no failure, the caller fetches `columns` and asks again."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        super().__init__("whole cells needed")
        self.columns = columns


@dataclass(frozen=True, slots=True)
class StagedRow:
    """One row's staged change.

    `values` are the edited cells; they stay below a deletion, so that taking it back brings them back. `base` holds
    the whole stored values that must still be there: of the edited columns, or of all that were asked for. `seen` holds
    those of all columns as far as they were read whole; they are not compared, they make the row anew if it vanished.
    `version` is the xmin that a row to be deleted must still have, None where the base says it all.
    `keeps_identity` is as `RowChange` has it.
    `is_doubtful`: a save of this new row ended without an answer, so that it may be written already.
    `rejections` are reasons by column ("" = the whole row).
    """

    draft: int
    kind: ChangeKind
    key: RowKey | None = None
    values: Mapping[str, StagedCell] = field(default_factory=dict)
    base: Mapping[str, Cell] = field(default_factory=dict)
    rejections: Mapping[str, str] = field(default_factory=dict)
    conflict: Conflict | None = None
    seen: Mapping[str, Cell] = field(default_factory=dict)
    version: str | None = None
    keeps_identity: bool = False
    is_doubtful: bool = False

    def state(self, column: str | None) -> CellState:
        """Return how the row, or one cell of it, stands."""
        if column is None:
            return self._row_state()
        if self.conflict is not None and any(cell.column == column for cell in self.conflict.cells):
            return CellState.CONFLICT
        if column in self.rejections:
            return CellState.REJECTED
        if self.kind is ChangeKind.UPDATE:
            return CellState.EDITED if column in self.values else CellState.CLEAN
        return CellState.DELETED if self.kind is ChangeKind.DELETE else CellState.INSERTED

    def _row_state(self) -> CellState:
        if self.conflict is not None:
            return CellState.CONFLICT
        if self.rejections:
            return CellState.REJECTED
        states = {
            ChangeKind.UPDATE: CellState.EDITED,
            ChangeKind.INSERT: CellState.INSERTED,
            ChangeKind.DELETE: CellState.DELETED,
        }
        return states[self.kind]
