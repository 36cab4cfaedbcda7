"""Maintenance: what VACUUM and its like do to others, what is known before, and how they ended. Values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from nexus_studio.core.errors import StudioError
from nexus_studio.core.names import RelationName


class Job(Enum):
    """What can be done for a table."""

    VACUUM = "vacuum"
    VACUUM_ANALYZE = "vacuum_analyze"
    ANALYZE = "analyze"
    VACUUM_FULL = "vacuum_full"
    REINDEX = "reindex"
    CLUSTER = "cluster"

    @property
    def rewrites(self) -> bool:
        """Whether the table is written anew, and nobody else can read or write it meanwhile: a job for off-peak."""
        return self in {Job.VACUUM_FULL, Job.CLUSTER}

    @property
    def lock(self) -> str:
        """The lock on each table while it is at work, as pg_locks words it (manual, table 13.2)."""
        return "AccessExclusiveLock" if self.rewrites else "ShareUpdateExclusiveLock"

    @property
    def holds_up(self) -> HoldsUp:
        """Who waits meanwhile."""
        return HoldsUp.EVERYBODY if self.rewrites else HoldsUp.UPKEEP

    @property
    def waits_for_transactions(self) -> bool:
        """Whether it ends only when transactions have ended that have used the table before."""
        return self is Job.REINDEX

    @property
    def takes_index(self) -> bool:
        """Whether it may be told an index."""
        return self in {Job.REINDEX, Job.CLUSTER}

    @property
    def analyzes(self) -> bool:
        """Whether the statistics are made anew."""
        return self not in {Job.VACUUM, Job.REINDEX}

    @property
    def act(self) -> str:
        """The id of its act (`core/admin/acts.py`)."""
        return _ACTS[self]


class HoldsUp(Enum):
    """Who has to wait for the table while a job is at work."""

    UPKEEP = "upkeep"
    """Reading and writing go on; VACUUM, ANALYZE, CREATE INDEX and changes of the table itself wait."""

    EVERYBODY = "everybody"
    """Also who only reads."""


_ACTS: Final = {
    Job.VACUUM: "maintain.vacuum",
    Job.VACUUM_ANALYZE: "maintain.vacuum",
    Job.ANALYZE: "maintain.analyze",
    Job.VACUUM_FULL: "maintain.full",
    Job.REINDEX: "maintain.reindex",
    Job.CLUSTER: "maintain.cluster",
}

CONFLICTS: Final = {
    "ShareUpdateExclusiveLock": (
        "ShareUpdateExclusiveLock", "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock",
    ),
    "AccessExclusiveLock": (
        "AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock",
        "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock",
    ),
}  # fmt: skip
"""Which locks of others a job's own lock waits for."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """The size of a table in three parts, in bytes: the rows, its indexes, the long values stored aside."""

    table: int = 0
    indexes: int = 0
    toast: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.table + self.indexes + self.toast


@dataclass(frozen=True, slots=True)
class Target:
    """A table that a job is done on; partitions are tables of their own here.

    `index` is the one that it is clustered by, or the only one that is rebuilt; "" for all. `cluster_choices` are those
    that it could be clustered by. `bloat_bytes` is None where nobody knows. `average_s` is what the server says such a
    job took it on this table, in seconds. `is_root`: a partitioned table, of which only statistics are made;
    `is_below_root`: a partition whose statistics are made along with those of such a table.
    """

    relation: RelationName
    oid: int
    size: Bytes = Bytes()
    bloat_bytes: int | None = None
    largest_index_bytes: int = 0
    index: str = ""
    index_bytes: int = 0
    cluster_choices: tuple[str, ...] = ()
    tablespace: str = ""
    average_s: float | None = None
    is_root: bool = False
    is_below_root: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A table that a job is not done on, and why.

    Reasons: "permission" (it belongs to somebody else), "no_index" (CLUSTER: none was ever chosen), "unfit_index" (it
    has no such index, or can't be clustered by it), "gone" (it is not there any more). `cluster_choices`
    as of a `Target`.
    """

    relation: RelationName
    reason: str
    cluster_choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a lock that a job would wait for, or waits for. `pid` 0: a prepared transaction, `name` is its own.

    A process of the server's own has its kind as `application` ("autovacuum worker"). What the role may not see is
    empty or None.
    """

    pid: int
    user: str = ""
    application: str = ""
    name: str = ""
    since: datetime | None = None
    relation: RelationName | None = None

    @property
    def said(self) -> str:
        """Name it for people: process, role and program."""
        parts = (self.name,) if self.name else (str(self.pid), self.user, self.application)
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Duration:
    """About how long a job takes, in seconds, and between which two it likely is."""

    seconds: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Disk:
    """How much disk a job needs at its height, and what is free where the table lies; bytes.

    `free_bytes` None: not known, and `unknown` says why: "remote" (the server is on another machine, or in a
    container), "hidden" (the role may not see where its data are), "unreadable" (the system does not say).
    """

    needed_bytes: int = 0
    free_bytes: int | None = None
    unknown: str = ""

    @property
    def is_too_small(self) -> bool:
        """Whether it is known not to fit."""
        return self.free_bytes is not None and self.free_bytes < self.needed_bytes


@dataclass(frozen=True, slots=True)
class Forewarning:
    """What is to be known before a job is begun.

    `duration` None: nothing like it was done here yet, nobody knows. `busy` are those it would wait for now. `notes`
    are codes: "pooler" (behind a transaction pooler: no progress is seen, and waiting can't be limited for all jobs),
    "off_peak", "waits_for_transactions". `refusal` is the code that `run` would refuse it with, "" for none.
    """

    job: Job
    targets: tuple[Target, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    duration: Duration | None = None
    disk: Disk = Disk()
    busy: tuple[Holder, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: str = ""

    @property
    def refuses(self) -> bool:
        """Whether it is not done as things are."""
        return bool(self.refusal)


class Ended(Enum):
    """How a job ended on one table."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Leftover:
    """An index that an interrupted REINDEX CONCURRENTLY left behind, and whether it could be dropped."""

    name: RelationName
    is_dropped: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job went on one table.

    `log` is what the server said of it: counts and names, no values. `after` is None where it is not known.
    """

    relation: RelationName
    ended: Ended
    before: Bytes | None = None
    after: Bytes | None = None
    seconds: float = 0.0
    log: tuple[str, ...] = ()
    error: StudioError | None = None
    leftovers: tuple[Leftover, ...] = ()

    @property
    def freed_bytes(self) -> int | None:
        """What the table is smaller by, negative when it grew; None where that is not known."""
        return None if self.before is None or self.after is None else self.before.total - self.after.total


@dataclass(frozen=True, slots=True)
class MaintenanceReport:
    """How a job went, table by table in the order in which they were done."""

    job: Job
    outcomes: tuple[Outcome, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether it was done on every table."""
        return all(each.ended is Ended.DONE for each in self.outcomes)

    @property
    def freed_bytes(self) -> int:
        """What all tables together are smaller by, as far as is known."""
        return sum(each.freed_bytes or 0 for each in self.outcomes)


@dataclass(frozen=True, slots=True)
class Phase:
    """Where a job on one table stands.

    `code` is one of `maintenancephases.PHASES`; `done` and `total` (None: unknown) are in `unit` and begin anew with
    each phase. `waits_for` are those who have to end, or let go, before it goes on.
    """

    code: str
    done: float = 0
    total: float | None = None
    unit: str = "steps"
    waits_for: tuple[Holder, ...] = ()


@dataclass(frozen=True, slots=True)
class AtWork:
    """What is told while a job is at work: the table, the how manieth it is of how many, from 1 on, and its phase."""

    relation: RelationName
    number: int
    of: int
    phase: Phase


@dataclass(frozen=True, slots=True)
class PastRun:
    """A job that was done on a table some time ago: the bytes that were there, and the seconds it took."""

    job: Job
    relation: RelationName
    bytes: int
    seconds: float
    database: str = ""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What of a server a forewarning goes by; `data_folder` "" where the role may not see it.

    `backend_pid` and `backend_start` are of the process that answered, so that it can be looked for on this machine.
    """

    block_bytes: int = 8192
    sort_bytes: int = 64 << 20
    wal_bytes: int = 0
    data_folder: str = ""
    backend_pid: int = 0
    backend_start: datetime | None = None
