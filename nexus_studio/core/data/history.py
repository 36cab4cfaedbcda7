"""What is kept of a save: who, when, why, which rows. Pure values; `core.data.undoing` has the way back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.images import Cause, RowImage
from nexus_studio.core.names import RelationName

SHORT_ID: Final = 8
"""Characters of a set's id that people see; any beginning that no other set has will do."""


class Standing(Enum):
    """Whether a set was written."""

    WRITTEN = "written"
    PENDING = "pending"
    """It is being written, or its end is not known yet: the server is asked again."""
    UNKNOWN = "unknown"
    """The server no longer knows what became of its transaction."""


class Action(Enum):
    """What a set tells of."""

    SAVE = "save"
    REVERT = "revert"
    """A save that took another set back."""
    REVEAL = "reveal"
    """No save: a masked value was looked at."""
    IMPORT = "import"
    """Rows of a file. Of large ones how many is known, not which they were before."""


class Source(Enum):
    """Where sets are kept."""

    LOCAL = "local"
    SHARED = "shared"
    """The table in the database that a team shares."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose work a set is, and on which database. No user's password, no URL.

    `identity` tells the database from all others (`core.admin.backupfiles.identity_of`); `place` names it for people.
    `role` is the database's, `account` the operating system's, `machine` its host's name.
    """

    identity: str
    place: str
    database: str
    profile: str = ""
    environment: str = ""
    role: str = ""
    account: str = ""
    machine: str = ""

    @property
    def person(self) -> str:
        """The account and its machine."""
        return "@".join(filter(None, (self.account, self.machine)))


@dataclass(frozen=True, slots=True)
class TableCount:
    """How many rows of a relation a set wrote. `along` are those that PostgreSQL took along through foreign keys."""

    relation: RelationName
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    along: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return self.inserted + self.updated + self.deleted + self.along


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A set that another one took back among other edits (`is_whole`), or only in part."""

    id: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class SavedSet:
    """One saved change set, without its rows. `at` has a time zone.

    `reverts` is the id of the set that this one took back and nothing else, `reverted_by` of the one that took all of
    this one back; "" for none. `takes_back` are sets taken back in part or among other edits, `in_part_by` the ids of
    those that took a part of this one back, newest first. `columns` are those that were looked at, of a reveal alone.
    `size` is what it takes in the store, in bytes. `has_rows`: what the rows were and are is kept with it.
    """

    id: str
    at: datetime
    origin: Origin
    standing: Standing = Standing.WRITTEN
    action: Action = Action.SAVE
    reason: str = ""
    ticket: str = ""
    tables: tuple[TableCount, ...] = ()
    reverts: str = ""
    reverted_by: str = ""
    columns: tuple[str, ...] = ()
    size: int = 0
    source: Source = Source.LOCAL
    has_rows: bool = True
    takes_back: tuple[TakenBack, ...] = ()
    in_part_by: tuple[str, ...] = ()

    @property
    def short_id(self) -> str:
        """The beginning of the id, for people."""
        return self.id[:SHORT_ID]

    @property
    def rows(self) -> int:
        """How many rows were written, those taken along among them."""
        return sum(each.rows for each in self.tables)

    @property
    def can_revert(self) -> bool:
        """Whether there is anything to take back."""
        return self.action is not Action.REVEAL and self.has_rows and self.rows > 0


@dataclass(frozen=True, slots=True)
class SavedSetDetails:
    """A set with its rows, in the order in which they were written."""

    saved: SavedSet
    images: tuple[RowImage, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a list of sets goes on: behind the set of this moment and id."""

    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class SetQuery:
    """Which sets are wanted, newest first.

    `search` is text in reason, ticket, person, role, database, table or id, or a row's whole key. `since` and `until`
    have time zones; `until` is not among them. `everywhere`: of all databases, not only of the open one.
    """

    relation: RelationName | None = None
    person: str = ""
    search: str = ""
    since: datetime | None = None
    until: datetime | None = None
    everywhere: bool = False
    source: Source = Source.LOCAL

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out by what a person typed or chose."""
        return bool(self.relation or self.person or self.search.strip() or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long sets are kept: `days` and `megabytes`, 0 for no bound. The youngest set is always kept."""

    days: int = 365
    megabytes: int = 500


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a prune removed, or would: sets, and the bytes they took."""

    sets: int = 0
    size: int = 0


def reverts_text(saved: SavedSet) -> str:
    """Write which sets a set took back, for a store: an id alone, or each with "+" (whole) or "-" (in part) before."""
    return saved.reverts or " ".join(("+" if each.is_whole else "-") + each.id for each in saved.takes_back)


def read_reverts(text: str) -> tuple[str, tuple[TakenBack, ...]]:
    """Read what `reverts_text` wrote: `reverts` and `takes_back`."""
    if not text.startswith(("+", "-")):
        return text, ()
    return "", tuple(TakenBack(word[1:], word.startswith("+")) for word in text.split())


def counts_of(images: Iterable[RowImage]) -> tuple[TableCount, ...]:
    """Count rows by relation: first those that a person wrote to, each in the order in which it comes first."""
    found: dict[RelationName, Counter[str]] = {}
    like: RowImage | None = None
    for image in images:
        # Thousands of images are of few kinds: most are as the one before, and a name's hash takes its time.
        if like is None or (image.relation is not like.relation and image.relation != like.relation):
            counter = found.setdefault(image.relation, Counter())
        if like is None or image.kind is not like.kind or image.cause is not like.cause:
            word = "along" if image.cause is not Cause.OWN else _COUNTED[image.kind]
        like = image
        counter[word] += 1
    counts = [TableCount(name, **counter) for name, counter in found.items()]
    return tuple(sorted(counts, key=lambda each: each.rows == each.along))


_COUNTED: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.INSERT: "inserted",
    ChangeKind.UPDATE: "updated",
    ChangeKind.DELETE: "deleted",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A row by relation and key."""

    relation: RelationName
    key: RowKey


def spots_of(images: Iterable[RowImage]) -> frozenset[Spot]:
    """Name the rows that images are about, where they stand after the save, else where they stood before it."""
    keys = ((image.relation, image.key_after or image.key) for image in images)
    return frozenset(Spot(relation, key) for relation, key in keys if key is not None)
