"""RowChange: one staged change of one row, frozen for the writer, the review and the history."""

from __future__ import annotations

from collections.abc import Mapping
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
    all its cells. `draft` is the change set's own number of the row, to find its way back to the screen.
    """

    relation: RelationName
    kind: ChangeKind
    draft: int
    key: RowKey | None = None
    values: Mapping[str, StagedCell] = field(default_factory=dict)
    base: Mapping[str, Cell] = field(default_factory=dict)
