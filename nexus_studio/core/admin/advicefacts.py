"""What advice is judged from: facts of tables, indexes, foreign keys, holders and settings. Read by services/health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from nexus_studio.core.admin.sizes import IndexSize, RelationSize
from nexus_studio.core.names import RelationName


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The server's settings that say when autovacuum comes, and since when its counters count."""

    autovacuum: bool
    counts: bool  # track_counts, without which autovacuum knows nothing
    vacuum_rows: float  # autovacuum_vacuum_threshold
    vacuum_share: float  # autovacuum_vacuum_scale_factor
    analyze_rows: float
    analyze_share: float
    freeze_max_age: int
    started_at: datetime
    counted_since: datetime | None
    standbys: int = 0
    is_standby: bool = False

    @property
    def counting_for(self) -> datetime:
        """Since when scans are counted; at least since then."""
        return self.counted_since or self.started_at


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A table, partitioned table or materialized view, beside what `RelationSize` says.

    `options` are its storage parameters. `changes` are rows inserted, updated or deleted since the last ANALYZE,
    `index_writes` those that had to be put into the indexes too, since the counters began. `unique_index` is one that
    could become the primary key, "" for none, `key_column` a name that a new column could have for it.
    `is_vacuumed_now`: a VACUUM is at work. `is_part`: it is a partition.
    """

    name: RelationName
    kind: str
    options: Mapping[str, str]
    changes: int = 0
    index_writes: int = 0
    deleted: int = 0
    has_statistics: bool = True
    has_primary_key: bool = True
    unique_index: str = ""
    key_column: str = ""
    age: int = 0
    multixact_age: int = 0
    is_part: bool = False
    is_vacuumed_now: bool = False

    @property
    def is_stored(self) -> bool:
        """Whether it has rows of its own: a partitioned table has its partitions'."""
        return self.kind != "p"

    @property
    def autovacuum_disabled(self) -> bool:
        """Whether autovacuum was told to leave this table alone."""
        return self.options.get("autovacuum_enabled", "true").lower() in {"false", "off", "no", "0", "f", "n"}

    def number(self, option: str, otherwise: float) -> float:
        """Return a number of its options, else the server's."""
        return float(self.options.get(option, otherwise))


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """An index beside what `IndexSize` says. `key` has one part per column: number, operator class, collation, option.

    Equal keys of two indexes are equal parts. `expressions` and `predicate` are their text, "" for none; `included`
    are the columns behind the key. `is_needed`: a constraint, a foreign key that refers to it, replication or CLUSTER
    stands on it.
    """

    relation: RelationName
    name: str
    method: str
    key: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]  # of the key; "" for an expression
    included: frozenset[str] = frozenset()
    expressions: str = ""
    predicate: str = ""
    is_unique: bool = False
    nulls_equal: bool = False
    is_primary: bool = False
    is_needed: bool = False
    is_valid: bool = True
    is_partitioned: bool = False
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKeyFacts:
    """A foreign key: its columns, in order, and where they lead."""

    name: str
    relation: RelationName
    columns: tuple[str, ...]
    target: RelationName


@dataclass(frozen=True, slots=True)
class UncheckedConstraint:
    """A constraint that was added NOT VALID: rows of before may break it."""

    relation: RelationName
    name: str
    kind: str  # pg_constraint.contype


@dataclass(frozen=True, slots=True)
class SequenceOwner:
    """A sequence near its end: the column it fills, "" where it fills none, and how much is used up."""

    name: RelationName
    relation: RelationName | None
    column: str
    column_type: str
    used_percent: float
    last: int
    is_ending: bool
    counts_down: bool = False


class HolderKind(Enum):
    """Who may keep VACUUM from removing dead rows."""

    TRANSACTION = "transaction"
    PREPARED = "prepared"
    SLOT = "slot"
    STANDBY = "standby"


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who may still see old rows.

    `name` is the pid, the prepared transaction's or the slot's name, or the standby's application_name. `age` is how
    many transactions ago what it may see began. `since` is None where that is not known or may not be seen.
    `is_active`: a slot somebody uses.
    """

    kind: HolderKind
    name: str
    age: int
    since: datetime | None = None
    user: str = ""
    application: str = ""
    state: str = ""
    started_at: datetime | None = None
    is_active: bool = True

    def held_by(self, moment: datetime | None) -> bool:
        """Tell whether it was there already at a moment."""
        return self.since is not None and moment is not None and self.since <= moment


@dataclass(frozen=True, slots=True)
class SlotKeeping:
    """A replication slot, and how much of the write-ahead log the server keeps for it."""

    name: str
    kept_bytes: int
    is_active: bool
    kind: str
    database: str = ""


@dataclass(frozen=True, slots=True)
class IndexNeed:
    """A B-tree, its bytes, and those that it would have when built anew; see `core/admin/bloat.py`."""

    relation: RelationName
    name: str
    bytes: int
    needed_bytes: int
    is_partitioned: bool = False


@dataclass(frozen=True, slots=True)
class OldestDatabase:
    """The server's database with the oldest rows, and their age in transactions and multixacts."""

    name: str
    age: int
    multixact_age: int
    is_this: bool


@dataclass(frozen=True, slots=True)
class Health:
    """All facts of one look at a database."""

    now: datetime
    upkeep: Upkeep
    sizes: Mapping[RelationName, RelationSize]
    tables: Mapping[RelationName, TableFacts] = field(default_factory=dict)
    indexes: Sequence[IndexFacts] = ()
    foreign_keys: Sequence[ForeignKeyFacts] = ()
    unchecked: Sequence[UncheckedConstraint] = ()
    sequences: Sequence[SequenceOwner] = ()
    holders: Sequence[Holder] = ()
    slots: Sequence[SlotKeeping] = ()
    btrees: Sequence[IndexNeed] = ()
    oldest: OldestDatabase | None = None

    def index_size(self, index: IndexFacts) -> IndexSize | None:
        """Return the size and the scans of an index; of a partitioned one those of its parts."""
        size = self.sizes.get(index.relation)
        return next((each for each in size.indexes if each.name == index.name), None) if size else None

    def is_older(self, moment: datetime | None, span: timedelta) -> bool:
        """Tell whether a moment is longer ago than a span, or never was."""
        return moment is None or self.now - moment > span
