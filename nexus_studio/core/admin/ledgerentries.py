"""The ledger of migrations as values: a row, where it is kept, and who holds the lock. Pure, and light to import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from nexus_studio.core.errors import ServerReport


class Direction(Enum):
    """Which way a revision ran."""

    UP = "up"
    DOWN = "down"


class Deed(Enum):
    """What a row of the ledger records."""

    RUN = "run"  # a revision was run, up or down
    MARKED_APPLIED = "marked_applied"  # a person decided: it is all there
    MARKED_ROLLED_BACK = "marked_rolled_back"  # a person decided: nothing of it is there
    CLEANED_UP = "cleaned_up"  # what was there of it was removed; `logs` has the SQL
    STAMPED = "stamped"  # the version table was set by hand, through Studio or `stamp`
    BASELINE = "baseline"  # what was there before the ledger was accepted as applied


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One row of `_nexus_migrations`. The first eight columns are Prisma's, with its meanings.

    `started_at` set and neither `finished_at` nor `rolled_back_at`: running, failed or interrupted; which of them, tell
    `error` (set: failed) and whether its backend lives (`is_alive`, found out when reading).
    `applied_steps_count` counts the statements known to be committed, `statements` those that were begun.
    `duration_ms` is None until it ended. `backend_pid` is the server process that ran it, `run` the id that its
    application_name carries.
    """

    id: str
    migration_name: str  # the revision's id
    checksum: str
    started_at: datetime
    finished_at: datetime | None = None
    rolled_back_at: datetime | None = None
    logs: str | None = None
    applied_steps_count: int = 0
    deed: Deed = Deed.RUN
    direction: Direction = Direction.UP
    duration_ms: int | None = None
    statements: int = 0
    who: str = ""
    host: str = ""
    tool_version: str = ""
    run: str = ""
    backend_pid: int | None = None
    error: ServerReport | None = None
    failed_statement: str = ""
    failed_number: int | None = None  # from 1, counted as `statements` is
    is_alive: bool = False

    @property
    def is_open(self) -> bool:
        """Whether nobody has said how it ended: running, failed or interrupted."""
        return self.finished_at is None and self.rolled_back_at is None


class LedgerPlace(Enum):
    """Where the ledger is kept."""

    DATABASE = "database"  # table _nexus_migrations beside the version table
    LOCAL = "local"  # on this machine: the database is not ours, or refuses
    NOWHERE = "nowhere"  # not asked yet


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds the migration lock now. Fields the role may not see are empty."""

    pid: int
    user: str = ""
    application: str = ""
    client: str = ""
    since: datetime | None = None
