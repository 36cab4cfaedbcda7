"""What of a half-done revision is in a database: facts of the catalog, per statement and as a whole, and what follows.

The rules only. `services/migrations/evidence.py` reads the catalogs: of the database in question, and of a scratch
database before the revision and after each of its statements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True, order=True)
class FactKey:
    """One thing of the catalog that can be there or not: its kind and its name in parts.

    `kind`: "schema", "table", "column", "constraint", "index", "type", "enum_value", "view", "sequence", "function",
    "trigger", "policy", "extension", "comment", "grant", …; `name` begins with the schema, and what belongs to a
    relation has the relation's name next (an index: schema, table, index).
    """

    kind: str
    name: tuple[str, ...]


Facts = Mapping[FactKey, str]
"""A catalog: each thing with its definition as PostgreSQL words it. An invalid index's begins with "INVALID "."""


class Presence(Enum):
    """What of a statement is in the database."""

    PRESENT = "present"
    ABSENT = "absent"
    HALF_DONE = "half_done"
    INVISIBLE = "invisible"  # it leaves nothing in the catalog (rows, settings), or nothing that can be told apart


@dataclass(frozen=True, slots=True)
class FactFinding:
    """One fact of a statement and how it stands: the definition before, after, and the one found (None: not there)."""

    key: FactKey
    before: str | None
    after: str | None
    found: str | None
    presence: Presence


@dataclass(frozen=True, slots=True)
class StatementFinding:
    """One statement of the revision with what was found of it.

    `committed` is what the ledger knows: True or False, None where it can't say. `changes_nothing` marks what only
    reads, or concerns its own session alone: whether it ran is all the same (its presence is INVISIBLE).
    """

    number: int
    sql: str
    presence: Presence
    facts: tuple[FactFinding, ...] = ()
    committed: bool | None = None
    changes_nothing: bool = False


class Way(Enum):
    """A way out of a failed or interrupted revision."""

    MARK_APPLIED = "mark_applied"
    RUN_AGAIN = "run_again"  # mark rolled back and run again
    MARK_ROLLED_BACK = "mark_rolled_back"  # mark rolled back, and run nothing now
    CLEAN_UP = "clean_up"  # remove what is there of it, then run again
    FINISH = "finish"  # run only what is missing
    RETRY = "retry"  # nothing is there and the reason was a passing one (lock, connection, cancel): just run again


@dataclass(frozen=True, slots=True)
class WayOut:
    """A way, whether it can be gone at all, and what will be wrong if it is gone against the evidence.

    `obstacle` is a code when it can't: "rows_unknown" (statements that change rows can't be judged), "not_removable"
    (something was dropped or changed that can't be brought back), "not_its_own" (what would have to go is not the
    revision's, or holds what may not be: no run of it made that), "not_alone" (the rest can't run without what came
    before), "nothing_missing", "nothing_there", "no_evidence", "version_set" (the version table says that it is
    applied, so nothing would run). `warnings` are codes with names, what will be wrong when the way is gone:

    ("missing", "table x"), ("left_over", "index y") and ("differs", "column t.c"): it would not be as recorded;
    ("rows_unknown", "statement 3"), ("rows_missing", …) and ("rows_twice", …): the rows a statement writes would be
    who knows, missing, or written a second time; ("rows_lost", "table x"): it has rows, and goes with them;
    ("fails_again", "statement 2"): it failed on the scratch database too; ("edited", revision): the file is another
    one than when it ran; ("no_evidence", revision).

    `sql` is what Clean up and Finish would run, in order.
    """

    way: Way
    obstacle: str = ""
    warnings: tuple[tuple[str, str], ...] = ()
    sql: tuple[str, ...] = ()

    @property
    def is_possible(self) -> bool:
        """Whether it can be gone."""
        return not self.obstacle


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was found about one revision, and the ways out with the recommended one first.

    `source` says what it rests on: "scratch" (a scratch database), "statements" (their text alone), "none" (`reason`
    says why: a code; `words` the words behind it). `recommended` is None where nobody can say.
    """

    revision: str
    findings: tuple[StatementFinding, ...]
    ways: tuple[WayOut, ...]
    recommended: Way | None
    source: str = "scratch"
    reason: str = ""
    words: str = ""
    is_version_set: bool = False  # the version table names it (or a descendant) already

    def way(self, way: Way) -> WayOut | None:
        """Return one of the ways."""
        return next((each for each in self.ways if each.way is way), None)
