"""Beginning anew: what is asked for, what will be lost, the phases it goes through, and the order of emptying. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from nexus_studio.core.names import RelationName

OWN_TABLES: Final = frozenset({"alembic_version", "_nexus_migrations", "_prisma_migrations"})
"""Tables that say how migrations stand: never emptied, since the database would not match them any more."""


class ResetKind(Enum):
    """What is done. The value stands in journals."""

    RESET = "reset"  # what is in the chosen schemas is dropped in place
    RECREATE = "recreate"  # a new database is made beside the old one and takes its name


class Others(Enum):
    """What is done about connections of others."""

    REFUSE = "refuse"
    LEAVE = "leave"  # go on beside them; only where nothing but a lock has to be had
    END = "end"


class ResetPhase(Enum):
    """What a reset goes through, each phase whole or not at all. The value stands in journals."""

    BACKUP = "backup"
    DROP = "drop"  # one transaction
    CREATE = "create"  # a new, empty database beside the old one
    FILL = "fill"  # with the extensions and schemas that were chosen to be kept
    MIGRATE = "migrate"
    GRANT = "grant"  # owners and privileges of before, on what is there again
    SEED = "seed"  # one transaction
    SWAP = "swap"  # two renames in one transaction
    REMOVE = "remove"  # the old database


LOSING: Final = frozenset({ResetPhase.DROP, ResetPhase.SWAP})
"""The phases with whose end the old state is gone (the name leads to the new one)."""


@dataclass(frozen=True, slots=True)
class ResetScope:
    """What a person chose.

    `schemas` are those whose content goes; with `RECREATE` everything goes but what is in `kept_schemas`. `extensions`:
    whether extensions stay as they are, or are made again in the same version. `privileges`: whether owners and grants
    are given again to what bears the same name afterwards; those of the database itself always are. `migrates` and
    `seed` ("" for none) say what follows. `backs_up`: whether there is a safety backup first.
    """

    kind: ResetKind = ResetKind.RESET
    schemas: tuple[str, ...] = ("public",)
    kept_schemas: tuple[str, ...] = ()
    extensions: bool = True
    privileges: bool = True
    migrates: bool = True
    seed: str = ""
    scale: int = 1
    backs_up: bool = True
    others: Others = Others.REFUSE


def phases_of(scope: ResetScope) -> tuple[ResetPhase, ...]:
    """Return what a reset goes through, in order.

    In place, migrations follow the drop. Beside, the new database is complete before it takes the old one's name: if
    anything fails till then, the old one is as it was.
    """
    after = [ResetPhase.MIGRATE] if scope.migrates else []
    after += [ResetPhase.GRANT] if scope.privileges else []
    after += [ResetPhase.SEED] if scope.seed else []
    backup = [ResetPhase.BACKUP] if scope.backs_up else []
    if scope.kind is ResetKind.RESET:
        return (*backup, ResetPhase.DROP, *after)
    return (*backup, ResetPhase.CREATE, ResetPhase.FILL, *after, ResetPhase.SWAP, ResetPhase.REMOVE)


@dataclass(frozen=True, slots=True)
class LostTable:
    """A table and what goes with it.

    `rows` is exact unless `is_estimate`. `bytes` counts indexes and long values in. `cause` is the table on whose
    account it goes, None for one that was chosen itself.
    """

    name: RelationName
    oid: int
    rows: int
    bytes: int
    is_estimate: bool = False
    cause: RelationName | None = None
    is_partitioned: bool = False


@dataclass(frozen=True, slots=True)
class LostObject:
    """Something else that goes: `kind` in PostgreSQL's words ("view", "function"), `name` as SQL writes it."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class OtherSession:
    """A connection of somebody else's to the database."""

    pid: int
    user: str
    application: str
    client: str
    state: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class LossReport:
    """What will be lost, and who is connected.

    `objects` are what is not a table: views, functions, types, in what was chosen. `elsewhere` are objects outside of
    it that can't be without it (a view on a table, a column of a type): they go too. `identities` names each object
    that goes at first hand, so that what came later can be told from it.
    """

    database: str
    server: str
    tables: tuple[LostTable, ...]
    objects: tuple[LostObject, ...] = ()
    elsewhere: tuple[LostObject, ...] = ()
    others: tuple[OtherSession, ...] = ()
    extensions: tuple[str, ...] = ()
    identities: frozenset[str] = field(default_factory=frozenset)

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(each.rows for each in self.tables)

    @property
    def bytes(self) -> int:
        """All bytes on disk."""
        return sum(each.bytes for each in self.tables)

    @property
    def is_estimate(self) -> bool:
        """Whether a table's rows were too many to be counted."""
        return any(each.is_estimate for each in self.tables)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many objects there are of each kind that is not a table."""
        found: dict[str, int] = {}
        for each in self.objects:
            found[each.kind] = found.get(each.kind, 0) + 1
        return found


@dataclass(frozen=True, slots=True)
class Reference:
    """Rows of `source` can't be without rows of `target`: a foreign key, or a partition and its table.

    `is_part`: `source` is a partition or a child of `target`, and emptied with it.
    """

    source: RelationName
    target: RelationName
    is_part: bool = False


def emptied_with(
    chosen: Iterable[RelationName], references: Iterable[Reference]
) -> Mapping[RelationName, RelationName]:
    """Return what else must be emptied with the chosen tables, each with the table on whose account it is."""
    by_target: dict[RelationName, list[RelationName]] = {}
    for each in references:
        by_target.setdefault(each.target, []).append(each.source)
    todo = list(dict.fromkeys(chosen))
    known = set(todo)
    found: dict[RelationName, RelationName] = {}
    while todo:
        target = todo.pop(0)
        for source in sorted(by_target.get(target, ())):
            if source not in known:
                known.add(source)
                found[source] = target
                todo.append(source)
    return found


def truncate_order(tables: Iterable[RelationName], references: Iterable[Reference]) -> tuple[RelationName, ...]:
    """Return tables so that each comes before those it refers to; circles are broken by name."""
    left = set(tables)
    inside = [each for each in references if {each.source, each.target} <= left and each.source != each.target]
    order: list[RelationName] = []
    while left:
        awaited = {each.target for each in inside if each.source in left}
        free = sorted(left - awaited) or [min(left)]
        order += free
        left.difference_update(free)
    return tuple(order)


@dataclass(frozen=True, slots=True)
class ResetJournal:
    """Where a reset stands, as kept in a file so that it survives the program. `format` of its JSON: 1.

    `done` are the phases that ended, `phase` is the one that began (None: none yet). `facts` has what later phases need
    to know of the time before: names and numbers. `failure` is the code of what stopped it, "" while it runs or when
    the program was killed. `backup` is the file of the safety backup, "" where there is none.
    """

    id: str
    server: str
    database: str
    started_at: datetime
    who: str
    scope: ResetScope
    tables: int
    rows: int
    bytes: int
    done: tuple[ResetPhase, ...] = ()
    phase: ResetPhase | None = None
    failure: str = ""
    words: str = ""
    backup: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def phases(self) -> tuple[ResetPhase, ...]:
        """All that it goes through."""
        return phases_of(self.scope)

    @property
    def left(self) -> tuple[ResetPhase, ...]:
        """What is still to be done, the phase that began first."""
        return tuple(each for each in self.phases if each not in self.done)

    @property
    def has_lost(self) -> bool:
        """Whether the old state is gone for certain; a phase that began may have ended without a word."""
        return any(each in LOSING for each in self.done)
