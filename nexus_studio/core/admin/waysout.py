"""The ways out of a failed or interrupted revision: which can be gone, what will be wrong, which one is right. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from nexus_studio.core.admin.evidence import FactFinding, FactKey, Presence, StatementFinding, Way, WayOut
from nexus_studio.core.admin.ledgerentries import LedgerEntry
from nexus_studio.core.admin.presence import CONNECTION_LOST, Replay, course_of, transactions_of
from nexus_studio.core.errors import ServerReport
from nexus_studio.core.names import shown

PASSING = CONNECTION_LOST | {"55P03", "57014", "40P01", "40001", "25P03", "25P04", "57P04", "53300"}
"""SQLSTATEs of failures that need not come again: locks, cancels, deadlocks, a line that was cut."""

_RIGHTS = frozenset({"42501", "28000"})
_ROWS = "23"  # class: a constraint that rows violate

_WHOLES = frozenset({"table", "view", "materialized_view", "type", "sequence"})  # what others belong to by name

Warned = tuple[str, str]
"""A warning's code and what it is about, as `WayOut.warnings` has it."""


@dataclass(frozen=True, slots=True)
class CleanUp:
    """What would remove (bring back) what statements did. `obstacles` are names of what can't be: then it is none.

    `strangers` are names of what would have to go and is not the revision's: then it is none either. `lost` are tables
    with rows that would go with them; `kept_rows` are numbers of statements whose rows would stay.
    """

    sql: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    kept_rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """What there is to judge by.

    `findings` and `replay` are of the same revision; no replay: nothing was found out, and `entry` (the ledger's open
    row) is all. `undo` tells what would bring the revision back to the point after a number of statements (0: to its
    beginning). `fails_for_all`: the replay failed where and as the database did. `is_edited`: the file is another one
    than when it ran. `is_other_course`: it did not go the same way in the replay as in the database.
    """

    revision: str
    entry: LedgerEntry | None
    replay: Replay | None = None
    findings: tuple[StatementFinding, ...] = ()
    undo: Callable[[int], CleanUp] = lambda _number: CleanUp()
    is_version_done: bool = False
    fails_for_all: bool = False
    is_edited: bool = False
    is_other_course: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether the replay tells of all that may have run in the database, though it may have failed itself."""
        if self.replay is None or self.is_other_course:
            return False
        if not self.replay.failed or self.fails_for_all:
            return True
        known, failed = self.replay.failed_number, self.entry.failed_number if self.entry else None
        return known is not None and failed is not None and failed <= known


class Standing(Enum):
    """How a statement stands when everything that is known is put together."""

    THERE = auto()
    NOT_THERE = auto()
    HALF = auto()
    UNKNOWN = auto()
    NOTHING = auto()  # it changes nothing
    REPEATABLE = auto()  # it found all done already in the replay (IF NOT EXISTS): it may run any number of times


_NOT_THERE = frozenset({Standing.NOT_THERE, Standing.NOTHING, Standing.REPEATABLE})


def standings(case: Case) -> tuple[Standing, ...]:
    """Say how each statement stands: by the catalog, else by the ledger, else by what shares its transaction."""
    if case.replay is None:
        return ()
    pairs = zip(case.findings, case.replay.statements, strict=True)
    found = [
        Standing.REPEATABLE if replayed.is_repeatable and not finding.facts else _standing(finding)
        for finding, replayed in pairs
    ]
    _infer(found, case.replay)
    return tuple(found)


def ways_out(case: Case) -> tuple[tuple[WayOut, ...], Way | None]:
    """Return all ways, the recommended one first, and which that is; None where nobody can say."""
    found = standings(case)
    recommended = _recommended(case, found)
    ways = {way: build(case, found) for way, build in _BUILDERS.items()}
    if recommended is not None and not ways[recommended].is_possible:
        recommended = None
    if recommended is None and _is_partly_there(found):
        recommended = next((way for way in (Way.CLEAN_UP, Way.FINISH) if ways[way].is_possible), None)
    order = sorted(ways, key=lambda way: (way is not recommended, list(Way).index(way)))
    return tuple(ways[way] for way in order), recommended


def kept_statements(case: Case) -> int:
    """Return how many statements Finish leaves alone: the longest beginning of the revision that is there."""
    return _prefix(standings(case))


def named(key: FactKey) -> str:
    """Name a fact for people: its kind and name, `public` and what only tells it apart left out."""
    parts = [part for part in key.name if part]
    if len(parts) > 1 and parts[0] == "public":
        parts = parts[1:]
    return f"{key.kind.replace('_', ' ')} {'.'.join(shown(part) for part in parts)}"


def _standing(finding: StatementFinding) -> Standing:
    if finding.changes_nothing:
        return Standing.NOTHING
    if finding.presence is Presence.INVISIBLE:
        known = {True: Standing.THERE, False: Standing.NOT_THERE, None: Standing.UNKNOWN}
        return known[finding.committed]
    seen = {
        Presence.PRESENT: Standing.THERE,
        Presence.ABSENT: Standing.NOT_THERE,
        Presence.HALF_DONE: Standing.HALF,
    }
    return seen[finding.presence]


def _infer(found: list[Standing], replay: Replay) -> None:
    """Conclude what is unknown: a transaction is there or not as a whole, and nothing ran before what stands before it.

    Only "not there" is concluded: that something must be there would have to be known better (it decides what is
    recorded as applied).
    """
    groups = transactions_of([each.statement for each in replay.statements])
    of = [groups[each.statement.number] for each in replay.statements]
    for at, standing in enumerate(found):
        if standing is not Standing.UNKNOWN:
            continue
        is_before = any(found[earlier] is Standing.NOT_THERE for earlier in range(at))
        is_beside = any(found[other] is Standing.NOT_THERE and of[other] == of[at] for other in range(len(found)))
        has_later = any(found[later] is Standing.THERE for later in range(at + 1, len(found)))
        if (is_before or is_beside) and not has_later:
            found[at] = Standing.NOT_THERE


def _recommended(case: Case, found: tuple[Standing, ...]) -> Way | None:
    """Return what is right by the rules, before it is known whether it can be gone."""
    passing = _is_passing(case.entry)
    if case.replay is None or not case.is_complete:
        if case.is_version_done:
            return None if _wrong(case, at_end=True) else Way.MARK_APPLIED
        return (Way.RETRY if passing else Way.RUN_AGAIN) if _is_nothing_committed(case.entry) else None
    is_whole = not case.replay.failed
    if case.is_version_done:
        return Way.MARK_APPLIED if is_whole and _is_all_there(case, found) else None
    if all(each in _NOT_THERE for each in found):
        if case.fails_for_all and not passing and not case.is_edited:
            return Way.MARK_ROLLED_BACK
        return Way.RETRY if passing else Way.RUN_AGAIN
    if is_whole and _is_all_there(case, found):
        return Way.MARK_APPLIED
    return None


def _is_all_there(case: Case, found: Sequence[Standing]) -> bool:
    """Tell whether each statement is known to be there, and each fact is as it is at the revision's end."""
    for standing, finding in zip(found, case.findings, strict=True):
        is_known = standing in {Standing.THERE, Standing.NOTHING}
        if not is_known and not (standing is Standing.REPEATABLE and finding.committed):
            return False
    return not _wrong(case, at_end=True)


def _is_partly_there(found: Iterable[Standing]) -> bool:
    return any(each in {Standing.THERE, Standing.HALF} for each in found)


def _is_passing(entry: LedgerEntry | None) -> bool:
    """Tell whether what stopped the run need not come again: also a process that was killed."""
    if entry is None:
        return False
    if entry.error is None:
        return True
    return entry.error.sqlstate in PASSING and bool(entry.error.sqlstate or entry.failed_number)


def _is_nothing_committed(entry: LedgerEntry | None) -> bool:
    """Tell whether the ledger alone is sure of it: a failure that was told, with nothing committed before.

    What failed outside of a transaction may have left something behind.
    """
    if entry is None or entry.error is None or entry.error.sqlstate in CONNECTION_LOST:
        return False
    return entry.applied_steps_count == 0 and "concurrently" not in entry.failed_statement.lower()


def lasting_trouble(error: ServerReport | None) -> str:
    """Name what will stop a revision again, until somebody mends it: "rows", "rights", "" where that can't be said."""
    if error is None:
        return ""
    if error.sqlstate.startswith(_ROWS):
        return "rows"
    return "rights" if error.sqlstate in _RIGHTS else ""


def _prefix(found: tuple[Standing, ...]) -> int:
    for number, standing in enumerate(found):
        if standing not in {Standing.THERE, Standing.NOTHING, Standing.REPEATABLE}:
            return number
    return len(found)


# What would be wrong


def _wrong(case: Case, *, at_end: bool) -> list[Warned]:
    """Name each fact that is not as after (`at_end`) or as before the revision; what a relation has, with it alone."""
    if case.replay is None:
        return []
    facts: dict[FactKey, FactFinding] = {}
    for finding in case.findings:
        for fact in finding.facts:
            facts[fact.key] = fact
    wrong: dict[FactKey, str] = {}
    for key, fact in facts.items():
        course = course_of(case.replay, key)
        wanted = course[-1][1] if at_end else course[0][0]
        if fact.found != wanted and not (key.kind == "owner" and not at_end and fact.presence is Presence.ABSENT):
            wrong[key] = "missing" if fact.found is None else "left_over" if wanted is None else "differs"
    whole = {key.name[:2] for key in wrong if key.kind in _WHOLES}
    return [(code, named(key)) for key, code in wrong.items() if key.kind in _WHOLES or key.name[:2] not in whole]


def _rows(case: Case, found: tuple[Standing, ...], codes: dict[Standing, str]) -> list[Warned]:
    """Name the statements that leave nothing to be seen, by how they stand."""
    return [
        (codes[standing], f"statement {finding.number}")
        for finding, standing in zip(case.findings, found, strict=True)
        if finding.presence is Presence.INVISIBLE and not finding.facts and standing in codes
    ]


def _again(case: Case) -> list[Warned]:
    """Say what speaks against running it once more, whatever is there."""
    warnings: list[Warned] = []
    if case.fails_for_all and case.replay is not None and not case.is_edited:
        warnings.append(("fails_again", f"statement {case.replay.failed_number or '?'}"))
    return [*warnings, *_edited(case)]


def _edited(case: Case) -> list[Warned]:
    return [("edited", case.revision)] if case.is_edited else []


def _unfounded(case: Case) -> list[Warned]:
    return [] if case.replay is not None else [("no_evidence", case.revision)]


# The ways


def _mark_applied(case: Case, found: tuple[Standing, ...]) -> WayOut:
    warnings = [
        *_wrong(case, at_end=True),
        *_rows(case, found, {Standing.UNKNOWN: "rows_unknown", Standing.NOT_THERE: "rows_missing"}),
        *_unwritten(case),
        *([] if case.is_version_done else _unfounded(case)),
    ]
    return WayOut(Way.MARK_APPLIED, warnings=_each_once(warnings))


def _unwritten(case: Case) -> list[Warned]:
    """Name the statement at which the replay ended: it and all after it would be missing."""
    if case.replay is None or not case.replay.failed or case.is_version_done:
        return []
    return [("missing", f"statement {case.replay.failed_number or '?'}")]


def _from_its_beginning(way: Way) -> Callable[[Case, tuple[Standing, ...]], WayOut]:
    def build(case: Case, found: tuple[Standing, ...]) -> WayOut:
        warnings = [
            *_wrong(case, at_end=False),
            *_rows(case, found, {Standing.UNKNOWN: "rows_unknown", Standing.THERE: "rows_twice"}),
            *([] if way is Way.MARK_ROLLED_BACK else _again(case)),
            *([] if _is_nothing_committed(case.entry) else _unfounded(case)),
        ]
        obstacle = "version_set" if case.is_version_done else ""
        return WayOut(way, obstacle, _each_once(warnings))

    return build


def _clean_up(case: Case, found: tuple[Standing, ...]) -> WayOut:
    if not case.is_complete or not case.findings:
        return WayOut(Way.CLEAN_UP, "no_evidence")
    if case.is_version_done:
        return WayOut(Way.CLEAN_UP, "version_set")
    if not _is_partly_there(found):
        is_known = Standing.UNKNOWN not in found
        return WayOut(Way.CLEAN_UP, "nothing_there" if is_known else "rows_unknown")
    return _undoing(case, found, Way.CLEAN_UP, 0)


def _finish(case: Case, found: tuple[Standing, ...]) -> WayOut:
    if case.replay is None or not case.is_complete or not case.findings:
        return WayOut(Way.FINISH, "no_evidence")
    if case.is_version_done:
        return WayOut(Way.FINISH, "version_set")
    kept = _prefix(found)
    if kept == len(found) and not case.replay.failed:
        return WayOut(Way.FINISH, "nothing_missing")
    if not any(each is Standing.THERE for each in found[:kept]):
        return WayOut(Way.FINISH, "nothing_there")
    before = case.replay.statements[:kept]
    if any(each.is_of_session or each.returns_rows for each in before):
        return WayOut(Way.FINISH, "not_alone")
    rest = tuple(each.statement.sql for each in case.replay.statements[kept:])
    return _undoing(case, found, Way.FINISH, kept, rest)


def _undoing(case: Case, found: tuple[Standing, ...], way: Way, kept: int, rest: tuple[str, ...] = ()) -> WayOut:
    """Make the way that removes what is there behind a point, and then runs what comes after it."""
    undone = case.undo(kept)
    if undone.strangers:
        return WayOut(way, "not_its_own", tuple(("left_over", name) for name in undone.strangers))
    if undone.obstacles:
        return WayOut(way, "not_removable", tuple(("left_over", name) for name in undone.obstacles))
    doubtful = {
        finding.number: standing
        for finding, standing in zip(case.findings, found, strict=True)
        if finding.number > kept and standing in {Standing.THERE, Standing.HALF, Standing.UNKNOWN}
    }
    if set(doubtful) & set(undone.kept_rows):
        codes = {Standing.THERE: "rows_twice", Standing.HALF: "rows_twice", Standing.UNKNOWN: "rows_unknown"}
        warned = tuple(
            (codes[doubtful[number]], f"statement {number}") for number in undone.kept_rows if number in doubtful
        )
        return WayOut(way, "rows_unknown", warned)
    warnings = [*(("rows_lost", name) for name in undone.lost), *_again(case)]
    return WayOut(way, warnings=_each_once(warnings), sql=(*undone.sql, *rest))


def _each_once(warnings: Iterable[Warned]) -> tuple[Warned, ...]:
    return tuple(dict.fromkeys(warnings))


_BUILDERS: dict[Way, Callable[[Case, tuple[Standing, ...]], WayOut]] = {
    Way.MARK_APPLIED: _mark_applied,
    Way.RUN_AGAIN: _from_its_beginning(Way.RUN_AGAIN),
    Way.MARK_ROLLED_BACK: _from_its_beginning(Way.MARK_ROLLED_BACK),
    Way.CLEAN_UP: _clean_up,
    Way.FINISH: _finish,
    Way.RETRY: _from_its_beginning(Way.RETRY),
}
