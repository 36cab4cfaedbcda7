"""What a deploy would do to a live database, found on a copy before it runs: locks, rewrites, losses. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from nexus_studio.core.names import RelationName


class Danger(Enum):
    """How much a finding weighs."""

    NOTE = "note"
    CAUTION = "caution"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class LockTaken:
    """A lock a statement took on a relation of the copy. `mode` as pg_locks words it ("AccessExclusiveLock").

    `held_ms` is how long it was held there, to the end of its transaction.
    """

    relation: RelationName
    mode: str
    statement: int
    held_ms: float


@dataclass(frozen=True, slots=True)
class SafetyFinding:
    """One thing to know before running. `statement` is its number in the revision, 0: the revision as a whole.

    `code`: "blocks_reads", "blocks_writes" (`relation`, `rows`), "rewrite" (`relation`, `rows`), "drop_table",
    "drop_column", "type_change", "truncate", "delete_all" (`rows` concerned), "not_in_transaction" (can't be rolled
    back), "no_lock_timeout", "not_concurrent" (an index built under a lock), "constraint_checked" (under a lock, since
    it isn't NOT VALID; its name in `words`), "not_null_checked" (the same of a column that becomes NOT NULL), "fails"
    (the rehearsal failed; `words`), "models_differ" (`words`), "squawk" (`words`, `rule`).
    "drop_column" and "type_change" have the column (and the types) in `words`, "delete_all" is also UPDATE of all rows.
    `rows` is an estimate of the real database; None: not known.
    """

    code: str
    danger: Danger
    revision: str
    statement: int = 0
    relation: RelationName | None = None
    rows: int | None = None
    words: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class SafetyReport:
    """The rehearsal of a plan. `copy`: on what, "template" (schema and rows), "schema" (no rows) or "none" (`reason`).

    `duration_ms` is the whole run on that copy. `locks` are the strongest per revision and relation.
    """

    findings: tuple[SafetyFinding, ...]
    locks: tuple[tuple[str, LockTaken], ...] = ()  # (revision, lock)
    copy: str = "schema"
    reason: str = ""
    words: str = ""
    duration_ms: float = 0
    used_squawk: bool = False

    @property
    def worst(self) -> Danger | None:
        """The weight of the heaviest finding."""
        order = list(Danger)
        return max((each.danger for each in self.findings), key=order.index, default=None)


@dataclass(frozen=True, slots=True)
class TestPhase:
    """One leg of a test: "up", "down", "schema" (down gave back what was there), "up again", "models".

    "no_models" stands for the last where the project has none. `words` are the error's, or name what differs, one thing
    a line; `revision` is the one that failed.
    """

    __test__ = False  # not a test class, whatever its name

    name: str
    passed: bool
    ms: float = 0
    revision: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class TestReport:
    """Pending revisions tried on a throwaway copy: up, down, up; then compared with the models."""

    __test__ = False

    phases: tuple[TestPhase, ...]
    where: str = ""  # "embedded" or "server"

    @property
    def passed(self) -> bool:
        """Whether every leg did."""
        return all(each.passed for each in self.phases)
