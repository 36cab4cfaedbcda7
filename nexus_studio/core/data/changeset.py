"""ChangeSet: the staged edits of one relation, with undo and redo. Pure; UI thread only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from nexus_studio.core.data.cells import Cell, Row, RowKey, StagedCell
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.merge import Conflict
from nexus_studio.core.schema.catalog import Relation


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


class ChangeSet:
    """Staged edits, inserts and deletes of one relation's rows.

    An edit belongs to a row's key, not to a place on the screen. Every change of a row (an edited one as well) has a
    number, its *draft*, by which `RowChange.draft`, `reject` and conflicts find back to it.
    `columns` are the columns of the rows handed in, as `Page.columns` says; by default the relation's readable ones.
    """

    def __init__(self, relation: Relation, columns: Sequence[str] | None = None) -> None:
        self.relation = relation
        self.columns: tuple[str, ...] = tuple(
            columns if columns is not None else (c.name for c in relation.columns if c.may_select)
        )

    def edit(self, row: Row, column: str, cell: StagedCell, *, base: Cell = None) -> None:
        """Stage a cell of a stored row. Back to the original value: the edit disappears.

        `base` is the cell's whole stored value, needed where `row` holds only its beginning (`row.is_cut`).

        Raises:
            NeedsWholeCells: when a cut cell's whole value is needed and was not given; nothing is staged.
        """
        raise NotImplementedError

    def insert(self, values: Mapping[str, StagedCell] | None = None) -> int:
        """Stage a new row; return its draft number."""
        raise NotImplementedError

    def edit_draft(self, draft: int, column: str, cell: StagedCell) -> None:
        """Change a cell of a staged new row; DEFAULT leaves the column to the database again."""
        raise NotImplementedError

    def delete(self, row: Row, *, base: Mapping[str, Cell] | None = None) -> None:
        """Stage the deletion of a stored row. `base` holds whole values of its cut cells.

        Raises:
            NeedsWholeCells: when the row's cut cells are needed whole and were not given.
        """
        raise NotImplementedError

    def undelete(self, row: Row) -> None:
        """Take back a staged deletion."""
        raise NotImplementedError

    def discard_draft(self, draft: int) -> None:
        """Take back a staged new row (or any change, by its number)."""
        raise NotImplementedError

    def undo(self) -> bool:
        """Take back the last step; False when there is none."""
        raise NotImplementedError

    def redo(self) -> bool:
        """Do the last undone step again; False when there is none."""
        raise NotImplementedError

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        raise NotImplementedError

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        raise NotImplementedError

    def revert(self, target: RowKey | int | None = None) -> None:
        """Discard the changes of one row (by key or draft), or all of them. Can be undone."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forget everything, history included: after a save."""
        raise NotImplementedError

    def overlay(self, row: Row) -> tuple[StagedCell, ...]:
        """Return the row's cells with the staged ones on top, in the order of `columns`. O(columns)."""
        raise NotImplementedError

    def state(self, row: Row | int, column: str | None = None) -> CellState:
        """Return how a row (or a draft, by number), or one cell of it, stands. O(1)."""
        raise NotImplementedError

    def drafts(self) -> tuple[Draft, ...]:
        """Return the staged new rows, in the order they were made."""
        raise NotImplementedError

    def freeze(self) -> tuple[RowChange, ...]:
        """Return an immutable copy for the writer: in the order the rows were first touched."""
        raise NotImplementedError

    def reject(self, draft: int, column: str | None, reason: str) -> None:
        """Mark a change (one cell of it when `column` is given) as refused; cleared when the cell is edited again."""
        raise NotImplementedError

    def mark_conflict(self, conflict: Conflict) -> None:
        """Mark a change as in conflict with what others did."""
        raise NotImplementedError

    def conflict(self, row: Row | int) -> Conflict | None:
        """Return the conflict a row or draft is marked with."""
        raise NotImplementedError

    def resolve(self, draft: int, *, keep_mine: bool) -> None:
        """Settle a conflict: mine (base becomes what the server has now), or theirs (the edit is dropped)."""
        raise NotImplementedError

    def rejection(self, row: Row | int, column: str | None = None) -> str:
        """Return why a row or cell was refused, empty when it was not."""
        raise NotImplementedError

    @property
    def is_empty(self) -> bool:
        """Whether nothing is staged."""
        raise NotImplementedError

    @property
    def counts(self) -> ChangeCounts:
        """How many rows are staged, by kind."""
        raise NotImplementedError


class NeedsWholeCells(Exception):
    """A cut cell's whole value is needed first; `columns` says of which."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        super().__init__("whole cells needed")
        self.columns = columns
