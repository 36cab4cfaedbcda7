"""Graph, version table and ledger compared: every state of a revision and every standing of a database."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.ledgerentries import Deed, Direction, LedgerEntry, LockHolder
from nexus_studio.core.admin.migrations import MigrationStanding, RevisionState
from nexus_studio.core.admin.revisions import RevisionFile, RevisionGraph, build_graph
from nexus_studio.core.admin.standing import (
    DatabaseFacts,
    applied_by,
    audit,
    checked,
    has_diverged,
    in_short,
    lost_rows,
    status_of,
)
from nexus_studio.core.errors import ServerReport

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FAILURE = ServerReport(sqlstate="42P01", message="no such table")


def rev(name: str, *down: str, labels: tuple[str, ...] = (), depends: tuple[str, ...] = ()) -> RevisionFile:
    return RevisionFile(name, down, name, Path(f"{name}.py"), f"sum of {name}", None, labels, depends)


CHAIN = build_graph([rev("a"), rev("b", "a"), rev("c", "b")])


def row(name: str, number: int = 0, **more: object) -> LedgerEntry:
    """A row of the ledger: finished unless said otherwise."""
    at = NOON + timedelta(minutes=number)
    plain = LedgerEntry(f"{name}{number}", name, f"sum of {name}", at, at + timedelta(seconds=1))
    return replace(plain, **more)  # type: ignore[arg-type]


def begun(name: str, number: int = 0, **more: object) -> LedgerEntry:
    return row(name, number, finished_at=None, **more)


def states(
    current: Sequence[str], entries: Sequence[LedgerEntry] = (), graph: RevisionGraph = CHAIN
) -> dict[str, RevisionState]:
    return {each.revision: each.state for each in audit(graph, current, entries)}


def standing(
    current: tuple[str, ...] = (),
    entries: Sequence[LedgerEntry] = (),
    graph: RevisionGraph = CHAIN,
    *,
    prisma: bool = False,
    relations: bool = False,
    holder: LockHolder | None = None,
) -> MigrationStanding:
    facts = DatabaseFacts(current, bool(current), prisma, relations or bool(current))
    return status_of("p", graph, facts, entries, holder=holder).standing


@pytest.mark.parametrize(
    ("current", "entries", "expected"),
    [
        (["b"], [row("a"), row("b")], RevisionState.APPLIED),
        (["b"], [], RevisionState.APPLIED_OUTSIDE),
        ([], [], RevisionState.PENDING),
        (["b"], [begun("b", is_alive=True)], RevisionState.RUNNING),
        (["a"], [begun("b", is_alive=True)], RevisionState.RUNNING),
        (["a"], [begun("b", error=FAILURE)], RevisionState.FAILED),
        (["a"], [begun("b")], RevisionState.INTERRUPTED),
        # committed, and killed before the end was written down
        (["b"], [begun("b")], RevisionState.APPLIED),
        # failed, and brought about by somebody else since
        (["b"], [begun("b", error=FAILURE)], RevisionState.APPLIED_OUTSIDE),
        (["a"], [begun("b", error=FAILURE, rolled_back_at=NOON)], RevisionState.ROLLED_BACK),
        (
            ["a"],
            [begun("b", error=FAILURE), row("b", 1), row("b", 2, direction=Direction.DOWN)],
            RevisionState.ROLLED_BACK,
        ),
        (["a"], [row("b"), row("b", 1, direction=Direction.DOWN)], RevisionState.ROLLED_BACK),
        (["a"], [row("b")], RevisionState.ROLLED_BACK),
        (["a"], [row("b"), row("b", 1, deed=Deed.MARKED_ROLLED_BACK)], RevisionState.ROLLED_BACK),
        (["a"], [row("b"), begun("b", 1, direction=Direction.DOWN)], RevisionState.ROLLED_BACK),
        (["b"], [row("b"), begun("b", 1, direction=Direction.DOWN)], RevisionState.INTERRUPTED),
        (["b"], [row("b"), begun("b", 1, direction=Direction.DOWN, error=FAILURE)], RevisionState.FAILED),
        (["b"], [row("b"), row("b", 1, direction=Direction.DOWN)], RevisionState.APPLIED_OUTSIDE),
        (["b"], [row("b", checksum="another")], RevisionState.EDITED),
        (["b"], [row("b", checksum="another"), row("b", 1)], RevisionState.APPLIED),
        (["b"], [row("b", deed=Deed.MARKED_APPLIED)], RevisionState.APPLIED),
        (["b"], [row("b", deed=Deed.STAMPED)], RevisionState.BASELINE),
        (["b"], [row("b", deed=Deed.BASELINE, checksum="another")], RevisionState.BASELINE),
        (
            ["b"],
            [begun("b", error=FAILURE, rolled_back_at=NOON), row("b", 1, deed=Deed.MARKED_APPLIED)],
            RevisionState.APPLIED,
        ),
    ],
)
def test_the_state_of_one_revision(current: list[str], entries: list[LedgerEntry], expected: RevisionState) -> None:
    assert states(current, entries)["b"] is expected


def test_what_no_file_says_comes_first() -> None:
    reports = audit(
        CHAIN, ["zz", "b"], [row("b"), row("yy"), begun("xx", error=FAILURE), row("ww", rolled_back_at=NOON)]
    )
    assert [each.revision for each in reports] == ["zz", "yy", "xx", "a", "b", "c"]
    assert [each.state.value for each in reports[:3]] == ["not_in_folder", "not_in_folder", "failed"]
    assert [each.is_current for each in reports] == [True, False, False, False, True, False]
    assert [each.revision for each in reports if each.is_head] == ["c"]
    assert reports[2].problem is not None


def test_what_was_squashed_away_is_not_shown() -> None:
    assert [each.revision for each in audit(CHAIN, ["c"], [row("old"), row("c")])] == ["a", "b", "c"]


def test_members_of_a_cycle_are_shown_last() -> None:
    graph = build_graph([rev("a"), rev("x", "y"), rev("y", "x")])
    reports = audit(graph, ["x"])
    assert [(each.revision, each.state.value) for each in reports] == [
        ("a", "pending"),
        ("x", "applied_outside"),
        ("y", "pending"),
    ]
    assert all(each.file for each in reports)
    assert standing(("x",), graph=graph) is not MigrationStanding.AHEAD


@pytest.mark.parametrize(
    ("expected", "how"),
    [
        (MigrationStanding.PRISMA, {"prisma": True, "relations": True}),
        (MigrationStanding.UP_TO_DATE, {"prisma": True, "current": ("c",)}),
        (MigrationStanding.RUNNING, {"current": ("a",), "holder": LockHolder(7)}),
        (MigrationStanding.RUNNING, {"current": ("a",), "entries": [begun("b", is_alive=True)]}),
        (MigrationStanding.FAILED, {"current": ("a",), "entries": [begun("b")]}),
        (MigrationStanding.VERSIONS_LOST, {"entries": [row("a"), row("b")], "relations": True}),
        (MigrationStanding.NONE, {"entries": [row("a"), row("b")]}),  # dropped and made anew
        (MigrationStanding.AHEAD, {"current": ("zz",)}),
        (MigrationStanding.AHEAD, {"current": ("c", "zz")}),
        (MigrationStanding.NOT_MANAGED, {"relations": True}),
        (MigrationStanding.NONE, {}),
        (MigrationStanding.NONE, {"entries": [row("a"), row("a", 1, direction=Direction.DOWN)], "relations": True}),
        (MigrationStanding.BEHIND, {"current": ("b",)}),
        (MigrationStanding.UP_TO_DATE, {"current": ("c",)}),
        (MigrationStanding.UP_TO_DATE, {"current": ("c",), "entries": [row("c", checksum="another")]}),
    ],
)
def test_where_a_database_stands(expected: MigrationStanding, how: dict[str, object]) -> None:
    assert standing(**how) is expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expected", "files"),
    [
        (True, [rev("a"), rev("b", "a"), rev("c", "a")]),
        (False, [rev("a"), rev("b", "a"), rev("c", "a"), rev("d", "b", "c")]),
        (False, [rev("a"), rev("x")]),  # two histories, a version location each
        (False, [rev("a"), rev("x", depends=("a",))]),
        (True, [rev("a"), rev("x"), rev("b", "a"), rev("c", "a")]),
        (False, [rev("a"), rev("b", "a", labels=("shop",)), rev("c", "a")]),
        (False, [rev("a"), rev("b", "a", labels=("shop",)), rev("c", "b"), rev("d", "a", labels=("blog",))]),
        (True, [rev("a", labels=("shop",)), rev("b", "a"), rev("c", "a")]),  # the label is before they part
        (True, [rev("a"), rev("b", "a", labels=("shop",)), rev("c", "b"), rev("d", "b")]),
    ],
)
def test_heads_that_ask_to_be_merged(expected: bool, files: list[RevisionFile]) -> None:
    graph = build_graph(files)
    assert has_diverged(graph) is expected
    assert (standing(graph.heads(), graph=graph) is MigrationStanding.DIVERGED) is expected


def test_a_lost_version_table_can_be_written_again() -> None:
    graph = build_graph([rev("a"), rev("b", "a"), rev("x"), rev("y", "x"), rev("m", "b", "y")])
    entries = [row("a"), row("b", 1), row("x", 2), row("y", 3), row("y", 4, direction=Direction.DOWN)]
    status = status_of("p", graph, DatabaseFacts(has_relations=True), entries)
    assert status.standing is MigrationStanding.VERSIONS_LOST
    assert lost_rows(status) == ("b", "x")
    assert [each.state.value for each in status.revisions] == [
        "applied",
        "applied",
        "applied",
        "rolled_back",
        "pending",
    ]


def test_a_check_tells_models_and_database_apart() -> None:
    status = status_of("p", CHAIN, DatabaseFacts(("c",), True))
    assert checked(status, 2).standing is MigrationStanding.OUT_OF_SYNC
    assert checked(checked(status, 2), 0).standing is MigrationStanding.UP_TO_DATE
    behind = status_of("p", CHAIN, DatabaseFacts(("a",), True))
    assert (checked(behind, 2).standing, checked(behind, 2).out_of_sync) == (MigrationStanding.BEHIND, 2)


def test_in_short_nothing_is_counted_where_it_means_nothing() -> None:
    assert in_short(status_of("p", CHAIN, DatabaseFacts(("a",), True))).pending == 2
    assert in_short(status_of("p", CHAIN, DatabaseFacts(("zz",), True))).pending is None


def ledgers() -> st.SearchStrategy[list[LedgerEntry]]:
    """Any rows whatever, oldest first."""
    return st.builds(_ledger, st.integers(0, 12), st.integers(0, 2**32))


def _ledger(length: int, seed: int) -> list[LedgerEntry]:
    dice = random.Random(seed)  # drawing each choice from hypothesis takes many times as long
    entries: list[LedgerEntry] = []
    for number in range(length):
        has_ended = dice.random() < 0.6
        entries.append(
            row(
                dice.choice(["a", "b", "c", "zz"]),
                number,
                finished_at=NOON if has_ended else None,
                rolled_back_at=dice.choice([None, None, NOON]),
                deed=dice.choice(list(Deed)),
                direction=dice.choice(list(Direction)),
                error=None if has_ended else dice.choice([None, FAILURE]),
                is_alive=not has_ended and dice.random() < 0.3,
                checksum=dice.choice(["", "another", "sum of a"]),
            )
        )
    return entries


@given(ledgers(), st.sampled_from([(), ("a",), ("b",), ("c",), ("zz",), ("b", "zz")]))
def test_any_ledger_can_be_read(entries: list[LedgerEntry], current: tuple[str, ...]) -> None:
    reports = {each.revision: each for each in audit(CHAIN, current, entries)}
    assert {"a", "b", "c"} <= set(reports)
    in_effect = CHAIN.ancestors(current)
    for name, report in reports.items():
        waits = any(each.is_open for each in report.entries)
        if name in in_effect and not waits:
            assert report.state.value in {"applied", "applied_outside", "edited", "baseline"}
        if report.state in {RevisionState.FAILED, RevisionState.INTERRUPTED}:
            assert report.problem is not None
    if current and "zz" not in current:
        there = {name for name, each in reports.items() if each.state.value in {"applied", "edited", "baseline"}}
        assert there & set(CHAIN.revisions) <= in_effect
    assert applied_by(entries) <= {each.migration_name for each in entries}
