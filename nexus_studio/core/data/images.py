"""RowImage: what one row was before a save, and is after it - what history keeps. And who may look at them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

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


_NO_CELLS: Final[Mapping[str, Cell]] = MappingProxyType({})


class RowImage(NamedTuple):
    """What one row was before, and is after, a save. Cells are whole, as PostgreSQL's text.

    `key` is the one before (None for an insert), `key_after` the one after (None for a delete, and where the server
    chose a key that was not read). `before`: of an update the written columns as they were; of a delete every readable
    column; of an insert nothing. `after`: of an update the written columns as the server holds them now; of an insert
    every readable column; of a delete nothing. Of a relation without key both hold every readable column: nothing else
    tells the row. An image of an update or a delete without `key` stands for rows that may not be read: see `is_blind`.
    A tuple, because a save of ten thousand rows makes as many.
    """

    relation: RelationName
    kind: ChangeKind
    cause: Cause
    key: RowKey | None = None
    key_after: RowKey | None = None
    before: Mapping[str, Cell] = _NO_CELLS
    after: Mapping[str, Cell] = _NO_CELLS

    @property
    def is_blind(self) -> bool:
        """Whether it only says that rows of this relation went along that this role may not read.

        Nobody knows how many, and they can't be brought back.
        """
        return self.kind is not ChangeKind.INSERT and self.key is None


class SaveWitness(Protocol):
    """Looks on while a save is written: history, for one."""

    def before_commit(self, images: tuple[RowImage, ...], transaction: str | None, connection: object) -> None:
        """Take what was written, last thing before COMMIT; raising rolls all of it back.

        Args:
            images: Each row once, in the order in which they were written.
            transaction: The transaction's number, to ask `pg_xact_status` for; None when nothing was written.
            connection: That of the save (SQLAlchemy's), for what is to stand or fall with it.
        """

    def ended(self, outcome: Outcome) -> None:
        """Learn how it ended. Also called when `before_commit` was not: then nothing was written."""


def coalesced(images: Iterable[RowImage]) -> tuple[RowImage, ...]:
    """Make one image of all that happened to a row in one save; what came and went is left out.

    What a foreign key would have done to a row that is gone already did not happen.
    """
    found: dict[int, RowImage] = {}
    now: dict[tuple[RelationName, RowKey], int] = {}  # by where a row stands: the image it has so far
    gone: dict[tuple[RelationName, RowKey], int] = {}
    for number, image in enumerate(images):
        before = None if image.key is None else (image.relation, image.key)
        if before is not None and before in gone:
            if image.cause is Cause.OWN:  # it was staged as well, and went first
                found[gone[before]] = found[gone[before]]._replace(cause=Cause.OWN)
            continue
        at = number if before is None else now.get(before, number)
        if at in found and found[at].cause is image.cause is Cause.OWN:
            at = number  # two rows that change places: what is staged has one image a row
        elif before is not None:
            now.pop(before, None)
        merged = followed(found[at], image) if at in found else image
        if merged is None:
            del found[at]
        else:
            found[at] = merged
        if before is not None and image.kind is ChangeKind.DELETE:
            if merged is not None:
                gone[before] = at
        elif image.key_after is not None:
            now[image.relation, image.key_after] = at
            gone.pop((image.relation, image.key_after), None)
    return tuple(found.values())


def followed(first: RowImage, then: RowImage) -> RowImage | None:
    """Return two images of one row as one; None when it was made and removed."""
    if then.kind is ChangeKind.DELETE:
        if first.kind is ChangeKind.INSERT:
            return None
        return then._replace(key=first.key, before={**then.before, **first.before}, cause=_stronger(first, then))
    return first._replace(
        key_after=then.key_after,
        before={**then.before, **first.before} if first.kind is ChangeKind.UPDATE else first.before,
        after={**first.after, **then.after},
        cause=_stronger(first, then),
    )


def _stronger(first: RowImage, then: RowImage) -> Cause:
    """What was staged counts as staged, whatever else happened to it; a deletion is what it is."""
    if then.kind is ChangeKind.DELETE:
        return then.cause
    return Cause.OWN if Cause.OWN in {first.cause, then.cause} else then.cause
