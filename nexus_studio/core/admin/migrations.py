"""Migrations as values: what was done (ledger), where a database stands (status), how to go on (plan). Pure.

What exists (the graph) is in `revisions.py`, what is there of a half-done revision in `evidence.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from nexus_studio.core.admin.ledgerentries import Direction, LedgerEntry, LedgerPlace, LockHolder
from nexus_studio.core.admin.prismaverdict import PrismaVerdict
from nexus_studio.core.admin.revisions import RevisionFile, RevisionGraph
from nexus_studio.core.errors import ServerReport


class RevisionState(Enum):
    """Where one revision stands."""

    APPLIED = "applied"
    PENDING = "pending"
    RUNNING = "running"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # begun, not ended, and no process is left that could end it
    ROLLED_BACK = "rolled_back"  # was run or marked, and is not there now; runs again with the next deploy
    APPLIED_OUTSIDE = "applied_outside"  # in the version table, and the ledger knows nothing of it
    EDITED = "edited"  # applied, and its file is another one now
    NOT_IN_FOLDER = "not_in_folder"  # in the database, and no file says it
    BASELINE = "baseline"  # was there before the ledger, or stamped


UNRESOLVED = frozenset({RevisionState.FAILED, RevisionState.INTERRUPTED})
"""States that a person must decide on before anything else may run."""

THERE = frozenset(
    {
        RevisionState.APPLIED,
        RevisionState.APPLIED_OUTSIDE,
        RevisionState.EDITED,
        RevisionState.BASELINE,
        RevisionState.NOT_IN_FOLDER,
    }
)
"""States of what is in the database."""


@dataclass(frozen=True, slots=True)
class RevisionReport:
    """One line of the panel: a revision, its state, and what the ledger has of it, oldest first.

    `file` is None for what is in the database but not in the folder. `is_current` marks what the version table names.
    """

    revision: str
    state: RevisionState
    file: RevisionFile | None
    entries: tuple[LedgerEntry, ...] = ()
    is_current: bool = False
    is_head: bool = False

    @property
    def last(self) -> LedgerEntry | None:
        """The newest row of the ledger, None where there is none."""
        return self.entries[-1] if self.entries else None

    @property
    def problem(self) -> LedgerEntry | None:
        """The row that is still to be decided on, None where there is none."""
        return next((each for each in reversed(self.entries) if each.is_open), None)


class MigrationStanding(Enum):
    """Where a database stands as a whole. The first that holds, in this order of weight, is its standing."""

    PRISMA = "prisma"  # Prisma keeps its ledger here (_prisma_migrations)
    RUNNING = "running"  # somebody migrates right now
    FAILED = "failed"  # a failed or interrupted revision waits for a decision
    VERSIONS_LOST = "versions_lost"  # the ledger knows applied revisions, the version table is empty or gone
    AHEAD = "ahead"  # the database has revisions that the folder lacks
    DIVERGED = "diverged"  # the project has several heads
    NOT_MANAGED = "not_managed"  # it has tables but no version table
    NONE = "none"  # an empty database: nothing was applied yet
    BEHIND = "behind"
    OUT_OF_SYNC = "out_of_sync"  # all applied, and yet models and database differ (known after a check only)
    UP_TO_DATE = "up_to_date"


@dataclass(frozen=True, slots=True)
class MigrationState:
    """A status in short: the standing, what the version table names, the project's heads, how many are pending.

    `pending` is None where the database is not the project's, so that counting would mean nothing.
    """

    standing: MigrationStanding
    current: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    pending: int | None = None


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """Everything the panel shows. `revisions` are in the graph's order, those without a file first.

    `current` is what the version table says; `has_version_table` whether there is one. `ledger_refusal` says why the
    ledger is not in the database ("permission", "read_only", "declined"), empty otherwise. `out_of_sync` counts
    differences between models and database; None when nobody has looked. `verdict` is what Prisma would say of a
    project of its own; None where the project is Alembic's.
    """

    standing: MigrationStanding
    project: str
    graph: RevisionGraph
    revisions: tuple[RevisionReport, ...] = ()
    current: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    has_version_table: bool = False
    ledger: LedgerPlace = LedgerPlace.NOWHERE
    ledger_refusal: str = ""
    holder: LockHolder | None = None
    out_of_sync: int | None = None
    verdict: PrismaVerdict | None = None

    @property
    def pending(self) -> tuple[RevisionReport, ...]:
        """What a deploy would run, in order."""
        return tuple(
            each for each in self.revisions if each.state in {RevisionState.PENDING, RevisionState.ROLLED_BACK}
        )

    @property
    def unresolved(self) -> tuple[RevisionReport, ...]:
        """What must be decided on first."""
        return tuple(each for each in self.revisions if each.state in UNRESOLVED)

    def report(self, revision: str) -> RevisionReport | None:
        """Return a revision's line."""
        return next((each for each in self.revisions if each.revision == revision), None)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a revision, numbered from 1 as the driver gets it (parameters stay apart, see `has_parameters`).

    `in_transaction` is False inside Alembic's `autocommit_block`: such a statement commits by itself. `is_left_out`: it
    is there already and does not run again (Finish).
    """

    number: int
    sql: str
    in_transaction: bool = True
    has_parameters: bool = False
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One revision of a plan with its SQL.

    `reason` says why the SQL can't be shown without a server: "" (it can), "reads_database" (it asks the database and
    decides by the answer), "failed" (offline mode failed; `words` has Alembic's or Python's words), "environment"
    (the project's env.py can't be loaded; `words`).
    """

    revision: str
    direction: Direction
    message: str = ""
    statements: tuple[Statement, ...] = ()
    reason: str = ""
    words: str = ""

    @property
    def sql(self) -> str:
        """All of it as one text, each statement ended by a semicolon."""
        return script(each.sql for each in self.statements)


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """What would run, in order. `target` is what was asked for ("heads", "base", an id, "-1")."""

    target: str
    direction: Direction
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class RunEvent:
    """What happens while migrations run; carried as it comes, to a progress dialog or a terminal.

    `kind`: "revision" (begins; `number` of `total`), "statement" (begins; `statement`), "statement_done" (`ms`),
    "revision_done" (`ms`), "failed" (`error`).
    """

    kind: str
    revision: str
    direction: Direction = Direction.UP
    number: int = 0
    total: int = 0
    statement: Statement | None = None
    ms: int | None = None
    error: ServerReport | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended: what was done, in order; the one that failed; whether it was stopped on request."""

    done: tuple[str, ...]
    failed: LedgerEntry | None = None
    cancelled: bool = False
    duration_ms: int = 0
    warnings: tuple[str, ...] = field(default=())


def script(statements: Iterable[str]) -> str:
    """Write statements as one text, each ended by a semicolon that no comment swallows."""
    return "\n\n".join(_ended(each.rstrip().removesuffix(";").rstrip()) for each in statements)


def _ended(sql: str) -> str:
    return f"{sql}\n;" if "--" in sql.rpartition("\n")[2] else f"{sql};"
