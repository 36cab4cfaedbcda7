"""RowImage: what one row was before a save, and is after it - what history keeps. And who may look at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.names import RelationName


class Cause(Enum):
    """Why a row was written: it was staged, or a foreign key took it along."""

    OWN = "own"
    CASCADE = "cascade"
    SET_NULL = "set_null"
    SET_DEFAULT = "set_default"
    KEY_FOLLOWS = "key_follows"  # ON UPDATE CASCADE


class Outcome(Enum):
    """How a save ended. IN_DOUBT: the line broke at the end, and the server did not tell."""

    WRITTEN = "written"
    NOT_WRITTEN = "not_written"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True)
class RowImage:
    """What one row was before, and is after, a save. Cells are whole, as PostgreSQL's text.

    `key` is the one before (None for an insert), `key_after` the one after (None for a delete, and where the server
    chose a key that was not read). `before`: of an update the written columns as they were; of a delete every readable
    column; of an insert nothing. `after`: of an update the written columns as the server holds them now; of an insert
    every readable column; of a delete nothing. Of a relation without key both hold every readable column: nothing else
    tells the row. An image of an update or a delete without `key` stands for rows that may not be read: see `is_blind`.
    """

    relation: RelationName
    kind: ChangeKind
    cause: Cause
    key: RowKey | None = None
    key_after: RowKey | None = None
    before: Mapping[str, Cell] = field(default_factory=dict)
    after: Mapping[str, Cell] = field(default_factory=dict)

    @property
    def is_blind(self) -> bool:
        """Whether it only says that rows of this relation went along that this role may not read.

        Nobody knows how many, and they can't be brought back.
        """
        return self.kind is not ChangeKind.INSERT and self.key is None


class SaveWitness(Protocol):
    """Looks on while a save is written: history, for one."""

    def before_commit(self, images: tuple[RowImage, ...], transaction: str | None) -> None:
        """Take what was written, last thing before COMMIT; raising rolls all of it back.

        Args:
            images: Each row once, in the order in which they were written.
            transaction: The transaction's number, to ask `pg_xact_status` for; None when nothing was written.
        """

    def ended(self, outcome: Outcome) -> None:
        """Learn how it ended. Also called when `before_commit` was not: then nothing was written."""
