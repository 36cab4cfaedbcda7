"""Advice: what is wrong with a database's tables, indexes and upkeep, how one knows, and the SQL that helps.

Nothing of it runs by itself. The rules are in `advicerules`, `adviceindexes` and `adviceholders`; the SQL is written
where names can be quoted, in `services/health/remedies.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from nexus_studio.core.admin.readiness import Value
from nexus_studio.core.names import RelationName


class Gravity(Enum):
    """How much an advice matters; the order of a report."""

    URGENT = "urgent"
    """It ends badly if nobody does anything."""

    WORTH = "worth"
    """It costs something every day."""

    NOTE = "note"
    """Good to know; look before you act."""


class Risk(Enum):
    """What running an advice's SQL may do to others, mildest first."""

    READS = "reads"
    """It only looks."""

    LOAD = "load"
    """It reads and writes a lot and keeps nobody waiting."""

    SETTING = "setting"
    """It changes a setting, which can be set back."""

    DROPS = "drops"
    """It drops an index: what needs it after all is slow until it is built again."""

    LOCKS = "locks"
    """Others wait for the table as long as it takes."""

    ENDS = "ends"
    """It ends somebody else's work, which is lost."""


class Action(Enum):
    """What does it: a job of maintenance, the end of a session, the SQL as it is, or only a person who copies it."""

    VACUUM = "vacuum"
    ANALYZE = "analyze"
    VACUUM_FULL = "vacuum_full"
    REINDEX = "reindex"
    TERMINATE = "terminate"
    RUN = "run"
    COPY = "copy"


CODES: Final = (
    "held_back.transaction",
    "held_back.prepared",
    "held_back.slot",
    "held_back.standby",
    "slot.keeps_wal",
    "wraparound.transactions",
    "wraparound.multixacts",
    "sequence.near_end",
    "autovacuum.off",
    "autovacuum.disabled",
    "autovacuum.late",
    "statistics.missing",
    "statistics.stale",
    "table.bloated",
    "table.no_primary_key",
    "constraint.not_valid",
    "foreign_key.no_index",
    "index.invalid",
    "index.duplicate",
    "index.redundant",
    "index.unused",
    "index.bloated",
)
"""Every kind of advice."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do about one relation, index or session.

    `relation` is None where it is about the server; `index`, `columns` and `name` (of a sequence, a constraint, a slot,
    a prepared transaction) say more. `evidence` are names and numbers in the order to show them, their names saying the
    unit (`size_bytes`, `age_transactions`): no rows, no statements of others. `statements` are to be run as `action`
    says, each by itself and outside of a transaction; they are apart because a name may have line breaks in it.
    """

    code: str
    gravity: Gravity
    risk: Risk
    action: Action
    relation: RelationName | None = None
    index: str = ""
    columns: tuple[str, ...] = ()
    name: str = ""
    evidence: Mapping[str, Value] = field(default_factory=dict)
    statements: tuple[str, ...] = ()

    @property
    def sql(self) -> str:
        """The statements as one text, to be shown or copied; "" where no statement helps."""
        return "\n".join(statement + ";" for statement in self.statements)


@dataclass(frozen=True, slots=True)
class AdviceReport:
    """All advice for one database, the gravest first.

    `counted_since` is since when scans were counted; `is_at_least`: that is when the server started, the counters may
    be older. `may_not_see` are codes of what the role could not look at: "sessions" (whose they are and since when),
    "replication", "columns" (their statistics), "sequences". On a standby nothing of the advice can be run, and what
    only a primary counts is left out.
    """

    advice: tuple[Advice, ...]
    made_at: datetime
    counted_since: datetime | None = None
    is_at_least: bool = False
    is_standby: bool = False
    may_not_see: tuple[str, ...] = ()


_ORDER: Final = tuple(Gravity)


def gravest_first(advice: list[Advice]) -> tuple[Advice, ...]:
    """Sort: by gravity, then as `CODES` stand, then by name."""
    return tuple(
        sorted(
            advice,
            key=lambda each: (
                _ORDER.index(each.gravity),
                CODES.index(each.code),
                each.relation or RelationName("", ""),
                each.index,
                each.name,
            ),
        )
    )
