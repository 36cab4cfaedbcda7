"""Half-done revisions, judged: by the catalog, by the ledger, and never against the truth of a simulated run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.evidence import FactKey, Facts, Presence, Way
from nexus_studio.core.admin.ledgerentries import LedgerEntry
from nexus_studio.core.admin.migrations import Statement
from nexus_studio.core.admin.presence import (
    Replay,
    Replayed,
    changes_between,
    committed_by,
    judged,
    told_apart,
    transactions_of,
)
from nexus_studio.core.admin.waysout import Case, CleanUp, Standing, standings, ways_out
from nexus_studio.core.errors import ServerReport

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DUPLICATE = ServerReport("23505", "duplicate")


def key(name: str, kind: str = "table") -> FactKey:
    return FactKey(kind, ("public", name))


def made(*names: str) -> dict[FactKey, tuple[str | None, str | None]]:
    return {key(name): (None, "x") for name in names}


def replayed(*changes: dict[FactKey, tuple[str | None, str | None]], blocks: frozenset[int] = frozenset()) -> Replay:
    """A replay of statements by what they change; those of `blocks` stand in an autocommit block."""
    return Replay(
        tuple(
            Replayed(Statement(number, f"statement {number}", number not in blocks), each)
            for number, each in enumerate(changes, start=1)
        )
    )


def entry(**more: object) -> LedgerEntry:
    return LedgerEntry("1", "x", "", NOON, **more)  # type: ignore[arg-type]


def presences(replay: Replay, found: Facts) -> list[Presence]:
    return [each.presence for each in judged(replay, found, [None] * len(replay.statements))]


P, A, H, V = Presence.PRESENT, Presence.ABSENT, Presence.HALF_DONE, Presence.INVISIBLE


def test_each_statement_is_there_or_not_by_its_facts() -> None:
    replay = replayed(made("a", "b"), {}, made("c"))
    assert presences(replay, {}) == [A, V, A]
    assert presences(replay, {key("a"): "x", key("b"): "x"}) == [P, V, A]
    assert presences(replay, {key("a"): "x"}) == [H, V, A]
    assert presences(replay, {key("a"): "x", key("b"): "INVALID x"}) == [H, V, A]
    assert presences(replay, {key("c"): "x"}) == [A, V, P]


def test_a_value_of_a_later_statement_shows_an_earlier_one() -> None:
    replay = replayed({key("a"): (None, "1")}, {key("a"): ("1", "2")})
    assert presences(replay, {}) == [A, A]
    assert presences(replay, {key("a"): "1"}) == [P, A]
    assert presences(replay, {key("a"): "2"}) == [P, P]
    assert presences(replay, {key("a"): "3"}) == [H, H]


def test_what_comes_and_goes_is_told_by_the_rest_or_not_at_all() -> None:
    replay = replayed({key("t"): (None, "x")}, {key("t"): ("x", None)}, made("a"))
    assert presences(replay, {}) == [V, V, A]
    assert presences(replay, {key("t"): "x"}) == [P, A, A]
    assert presences(replay, {key("a"): "x"}) == [P, P, P]


def test_privileges_that_come_with_a_thing_say_nothing() -> None:
    owner, grant = FactKey("owner", ("public", "t", "table", "")), ("public", "t", "table", "", "PUBLIC", "SELECT")
    changes = changes_between({}, {key("t"): "", owner: "me", FactKey("grant", grant): ""})
    assert set(told_apart(changes)) == {key("t")}
    later = changes_between({owner: "me"}, {owner: "you", FactKey("grant", grant): ""})
    assert set(told_apart(later)) == set(later)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (entry(error=DUPLICATE, failed_number=4), [True, True, True, False]),
        (entry(error=DUPLICATE, failed_number=3), [True, True, False, False]),
        (entry(error=DUPLICATE, failed_number=2), [False, False, False, False]),
        (entry(error=ServerReport("57P01", "gone"), failed_number=3), [True, True, None, False]),
        (entry(error=DUPLICATE), [None, None, None, False]),
        (entry(), [None, None, None, False]),
        (entry(applied_steps_count=3), [True, True, True, False]),
        (None, [None] * 4),
    ],
)
def test_what_the_ledger_knows(row: LedgerEntry | None, expected: list[bool | None]) -> None:
    statements = [each.statement for each in replayed({}, {}, {}, {}, blocks=frozenset({3})).statements]
    assert list(committed_by(row, statements, is_version_done=False)) == expected
    assert list(committed_by(row, statements, is_version_done=True)) == [True] * 4


def test_a_revision_that_commits_by_itself_is_not_known() -> None:
    statements = [Statement(1, "INSERT"), Statement(2, " COMMIT"), Statement(3, "INSERT")]
    assert committed_by(entry(error=DUPLICATE, failed_number=3), statements, is_version_done=False) == (None,) * 3


# A run simulated: what it really did is known.


@dataclass(frozen=True)
class Run:
    replay: Replay
    there: frozenset[int]
    found: Facts
    row: LedgerEntry
    is_version_done: bool

    @property
    def case(self) -> Case:
        statements = [each.statement for each in self.replay.statements]
        committed = committed_by(self.row, statements, is_version_done=self.is_version_done)
        findings = judged(self.replay, self.found, committed)
        return Case("x", self.row, self.replay, findings, lambda _keep: CleanUp(), self.is_version_done)


KEYS = [key(name) for name in "abcd"]


@st.composite
def runs(draw: st.DrawFn) -> Run:
    total = draw(st.integers(1, 6))
    facts: dict[FactKey, str] = {each: "0" for each in KEYS if draw(st.booleans())}
    points, changes = [dict(facts)], []
    for number in range(1, total + 1):
        changed = draw(st.sets(st.sampled_from(KEYS), max_size=2))
        for each in changed:
            value = draw(st.sampled_from([None, str(number), "0"]))
            facts.pop(each, None)
            if value is not None:
                facts[each] = value
        changes.append(changes_between(points[-1], facts))
        points.append(dict(facts))
    blocks = frozenset(draw(st.sets(st.integers(1, total))))
    replay = replayed(*changes, blocks=blocks)
    groups = transactions_of([each.statement for each in replay.statements])
    stopped = draw(st.integers(1, total + 1))
    done = total if stopped > total else sum(1 for number in groups if groups[number] < groups[stopped])
    is_told = draw(st.booleans())
    counted = max((number for number in blocks if number <= done), default=0)
    if stopped > total:
        row, is_version_done = entry(applied_steps_count=counted), draw(st.booleans())
        if not is_version_done and total not in blocks:  # the last transaction has the version table's row too
            done = sum(1 for number in groups if groups[number] < groups[total])
            row = entry(applied_steps_count=max((number for number in blocks if number <= done), default=0))
    else:
        row, is_version_done = entry(applied_steps_count=counted), False
        if is_told:
            row = entry(error=DUPLICATE, failed_number=stopped, applied_steps_count=counted)
    return Run(replay, frozenset(range(1, done + 1)), points[done], row, is_version_done)


@given(runs())
def test_nothing_is_said_against_the_truth(run: Run) -> None:
    case = run.case
    for finding, standing in zip(case.findings, standings(case), strict=True):
        is_there = finding.number in run.there
        assert finding.presence in ({P, V} if is_there else {A, V})
        assert finding.committed in {is_there, None}
        assert standing in ({Standing.THERE, Standing.UNKNOWN} if is_there else {Standing.NOT_THERE, Standing.UNKNOWN})


@given(runs())
def test_the_recommended_way_is_never_wrong(run: Run) -> None:
    ways, recommended = ways_out(run.case)
    assert {each.way for each in ways} == set(Way)
    if recommended is None:
        return
    assert ways[0].way is recommended
    assert ways[0].is_possible
    total = len(run.replay.statements)
    if recommended is Way.MARK_APPLIED:
        assert len(run.there) == total
    if recommended in {Way.RUN_AGAIN, Way.RETRY, Way.MARK_ROLLED_BACK}:
        assert not run.there
    if recommended is Way.FINISH:
        assert len(run.there) > 0


@given(runs(), st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["0", "1", "2", "other"])))
def test_whatever_is_found_applied_means_that_all_is_there(run: Run, found: dict[FactKey, str]) -> None:
    _ways, recommended = ways_out(Run(run.replay, run.there, found, run.row, run.is_version_done).case)
    if recommended is not Way.MARK_APPLIED:
        return
    last: dict[FactKey, str | None] = {}
    for each in run.replay.statements:
        last.update({name: after for name, (_before, after) in each.changes.items()})
    assert {name: found.get(name) for name in last} == last
