"""RowChange: one staged change of one row, frozen for the writer, the review and the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from nexus_studio.core.data.cells import Cell, RowKey, StagedCell
from nexus_studio.core.names import RelationName


class ChangeKind(Enum):
    """What is done to the row."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row's change.

    `key` is None for an insert. `values` maps column to what it shall hold (staged cells, DEFAULT included); for an
    insert, columns left out take the database's default. `base` maps column to the whole text it held when it was
    read: the changed columns for an update by key; every readable column for a delete and for a relation edited by
    all its cells. `version` is the xmin that a row to be deleted must still have where it was not
    read whole, None otherwise. `draft` is the change set's own number of the row, to find its way back to the screen.
    `keeps_identity`: an insert of a row that was there once writes its GENERATED ALWAYS AS IDENTITY columns too.
    """

    relation: RelationName
    kind: ChangeKind
    draft: int
    key: RowKey | None = None
    values: Mapping[str, StagedCell] = field(default_factory=dict)
    base: Mapping[str, Cell] = field(default_factory=dict)
    version: str | None = None
    keeps_identity: bool = False

    def to_blame(self, columns: Sequence[str]) -> str:
        """Return that of the columns a refusal names which is to be looked at: one that is written, if any."""
        return next((name for name in columns if name in self.values), columns[0] if columns else "")

    def keys_written(self, key_columns: Sequence[str]) -> tuple[RowKey, ...]:
        """Return the keys under which the row stood before, and stands once this is written, as far as known."""
        if self.key is not None and self.key.by_place:
            return (self.key,)
        former = self.key.cells if self.key is not None else (None,) * len(key_columns)
        cells = tuple(self.values.get(name, cell) for name, cell in zip(key_columns, former, strict=False))
        later = RowKey(tuple(cell for cell in cells if isinstance(cell, str)))
        found = [self.key] if self.key is not None else []
        return tuple(dict.fromkeys([*found, later] if later.cells and len(later.cells) == len(cells) else found))
