"""Judging a half-done revision: a replay of it compared with a database's catalog and with what the ledger knows. Pure.

A replay is what the revision did elsewhere: for each statement, which facts it changed. Since each fact's values are
known for every point of the revision, what is found in the database says at which points it can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nexus_studio.core.admin.evidence import FactFinding, FactKey, Facts, Presence, StatementFinding
from nexus_studio.core.admin.ledgerentries import LedgerEntry
from nexus_studio.core.admin.migrations import Statement

Change = tuple[str | None, str | None]
"""A fact's definition before and after a statement; None where it is not there."""

CONNECTION_LOST = frozenset({"", "08000", "08003", "08006", "57P01", "57P02", "57P03", "57P05"})
"""SQLSTATEs after which nobody knows whether the server did what it was asked; "" is the driver's own error."""

_EXISTS = frozenset({"42P04", "42P06", "42P07", "42701", "42710", "42723"})  # duplicate_table and its like
_ENDS_TRANSACTION = ("commit", "rollback", "begin", "start transaction", "end", "abort", "prepare transaction")


@dataclass(frozen=True, slots=True)
class Replayed:
    """One statement of a replay and what it changed. `changes_nothing`: it reads, or concerns its session alone.

    `is_repeatable`: it found all done already (IF NOT EXISTS). `is_of_session` marks what sets up the session for those
    that follow (SET, temporary tables); `returns_rows` what the revision's code may go by.
    """

    statement: Statement
    changes: Mapping[FactKey, Change] = field(default_factory=dict)
    changes_nothing: bool = False
    is_repeatable: bool = False
    is_of_session: bool = False
    returns_rows: bool = False


@dataclass(frozen=True, slots=True)
class Replay:
    """A revision as it went on a scratch database.

    `failed_number` is the statement that failed there, `error` what was said; what would have come after it is not
    known. `before` are the facts before its first statement.
    """

    statements: tuple[Replayed, ...]
    before: Facts = field(default_factory=dict)
    failed_number: int | None = None
    sqlstate: str = ""
    words: str = ""
    failed: bool = False


def changes_between(before: Facts, after: Facts) -> dict[FactKey, Change]:
    """Compare two catalogs."""
    keys = before.keys() | after.keys()
    return {key: (before.get(key), after.get(key)) for key in sorted(keys) if before.get(key) != after.get(key)}


def told_apart(changes: Mapping[FactKey, Change]) -> dict[FactKey, Change]:
    """Return the changes that tell whether a statement ran.

    Owner and privileges that come and go with their object don't: who owns and may do what is each database's affair.
    """
    come_and_gone = {key.name for key, (old, new) in changes.items() if key.kind == "owner" and None in {old, new}}
    return {
        key: change
        for key, change in changes.items()
        if not (key.kind in {"owner", "grant"} and key.name[:4] in come_and_gone)
    }


def judged(
    replay: Replay, found: Facts, committed: Sequence[bool | None], *, fails_for_all: bool = False
) -> tuple[StatementFinding, ...]:
    """Say of each statement what of it is in a database.

    Args:
        replay: The revision elsewhere.
        found: The database's facts.
        committed: What the ledger knows of each statement (`committed_by`).
        fails_for_all: The statement that failed in the replay fails in the database as well: it is not there.
    """
    points = _Points(replay, found)
    findings = []
    for each, known in zip(replay.statements, committed, strict=True):
        number = each.statement.number
        is_failed = number == replay.failed_number
        facts = tuple(
            FactFinding(key, before, after, found.get(key), points.presence(key, number))
            for key, (before, after) in told_apart(each.changes).items()
        )
        if is_failed:  # what it left behind there is no more than a half here
            facts = tuple(
                replace(fact, presence=Presence.HALF_DONE) if fact.presence is Presence.PRESENT else fact
                for fact in facts
            )
        presence = _statement_presence(facts)
        if is_failed and fails_for_all and presence is Presence.INVISIBLE:
            presence = Presence.ABSENT
        findings.append(StatementFinding(number, each.statement.sql, presence, facts, known, each.changes_nothing))
    return tuple(findings)


def course_of(replay: Replay, key: FactKey) -> tuple[Change, ...]:
    """Return the changes of one fact in the order of the statements."""
    return tuple(each.changes[key] for each in replay.statements if key in each.changes)


def committed_by(
    entry: LedgerEntry | None, statements: Sequence[Statement], *, is_version_done: bool, is_whole: bool = True
) -> tuple[bool | None, ...]:
    """Say of each statement whether it is committed, as far as ledger and version table know.

    Statements between two autocommit blocks are one transaction; the last one also writes the version table.

    Args:
        entry: The row of the run, None where there is none.
        statements: As they were replayed.
        is_version_done: The version table says that the revision was done (up: it is in effect, down: it is not).
        is_whole: The statements are all that the revision has.
    """
    if is_version_done:
        return (True,) * len(statements)
    if entry is None or any(_ends_transaction(each.sql) for each in statements):
        return (None,) * len(statements)
    groups = transactions_of(statements)
    last = groups[statements[-1].number] if statements and is_whole else None
    return tuple(_is_committed(each, entry, groups, last) for each in statements)


def _is_committed(statement: Statement, entry: LedgerEntry, groups: Mapping[int, int], last: int | None) -> bool | None:
    number = statement.number
    if number <= entry.applied_steps_count:
        return True
    failed = entry.failed_number
    if entry.error is None or failed is None or failed not in groups:
        # interrupted, or failed outside of a statement: what shared the last transaction with the version table's row
        # went with it; before that, nobody knows
        return False if statement.in_transaction and groups[number] == last else None
    if groups[number] < groups[failed]:
        return True
    is_in_doubt = number == failed and not statement.in_transaction and entry.error.sqlstate in CONNECTION_LOST
    return None if is_in_doubt else False


def untouched_by(runs: Sequence[LedgerEntry], statements: Sequence[Statement], *, is_whole: bool) -> frozenset[int]:
    """Return the statements of which no run can have left anything: what is there of them was there before.

    Args:
        runs: All that were recorded of the revision since it was last done or undone; nothing is known without one.
        statements: As they were replayed.
        is_whole: The statements are all that the revision has.
    """
    if len({each.checksum for each in runs}) != 1:  # another file, other statements
        return frozenset()
    untouched = {each.number for each in statements}
    for run in runs:
        known = committed_by(run, statements, is_version_done=False, is_whole=is_whole)
        pairs = zip(statements, known, strict=True)
        untouched &= {each.number for each, done in pairs if done is False and not _leaves_a_half(each, run)}
    return frozenset(untouched)


def _leaves_a_half(statement: Statement, run: LedgerEntry) -> bool:
    """Tell whether a failed statement may have left a part: outside of a transaction, unless it met its like."""
    state = run.error.sqlstate if run.error else ""
    return statement.number == run.failed_number and not statement.in_transaction and state not in _EXISTS


def transactions_of(statements: Iterable[Statement]) -> dict[int, int]:
    """Number the transactions that the statements are in, by statement number; those of one are there together."""
    groups: dict[int, int] = {}
    group = 0
    was_in_transaction = True
    for each in statements:
        if not each.in_transaction or not was_in_transaction:
            group += 1
        groups[each.number] = group
        was_in_transaction = each.in_transaction
    return groups


def _ends_transaction(sql: str) -> bool:
    return sql.lstrip().lower().startswith(_ENDS_TRANSACTION)


class _Points:
    """At which points of a revision a database can be, by each fact: point n is after the first n statements."""

    def __init__(self, replay: Replay, found: Facts) -> None:
        last = replay.statements[-1].statement.number if replay.statements else 0
        self._every = frozenset(range(last + 1))
        self._by_fact: dict[FactKey, frozenset[int]] = {}
        self._by_thing: dict[tuple[str, ...], frozenset[int]] = {}
        courses: dict[FactKey, list[tuple[int, str | None]]] = {}
        for each in replay.statements:
            for key, (before, after) in each.changes.items():
                courses.setdefault(key, [(0, before)]).append((each.statement.number, after))
        for key, course in courses.items():
            self._by_fact[key] = frozenset(self._fitting(course, found.get(key)))
        told = {key for each in replay.statements for key in told_apart(each.changes) if key.kind != "owner"}
        self._by_all = self._every
        for key in told:
            self._by_all &= self._by_fact[key]
            self._by_thing[key.name[:2]] = self._by_thing.get(key.name[:2], self._every) & self._by_fact[key]

    def _fitting(self, course: Sequence[tuple[int, str | None]], found: str | None) -> Iterable[int]:
        ends = [*(at for at, _value in course[1:]), len(self._every)]
        for (start, value), end in zip(course, ends, strict=True):
            if value == found:
                yield from range(start, end)

    def presence(self, key: FactKey, number: int) -> Presence:
        """Say whether what is found can only be after a statement, only before it, both, or neither.

        Where both can be, what else is found of the same thing decides, and then all that is found: if there is a
        point at which everything is as found.
        """
        points = self._by_fact[key]
        if not points:
            # an owner's name before is the database's own affair: what is not as it should be after was not done
            return Presence.ABSENT if key.kind == "owner" else Presence.HALF_DONE
        for narrowed in (points, points & self._by_thing.get(key.name[:2], points), points & self._by_all):
            if narrowed and min(narrowed) >= number:
                return Presence.PRESENT
            if narrowed and max(narrowed) < number:
                return Presence.ABSENT
        return Presence.INVISIBLE


def _statement_presence(facts: tuple[FactFinding, ...]) -> Presence:
    kinds = {each.presence for each in facts} - {Presence.INVISIBLE}
    if not kinds:
        return Presence.INVISIBLE
    return kinds.pop() if len(kinds) == 1 else Presence.HALF_DONE
