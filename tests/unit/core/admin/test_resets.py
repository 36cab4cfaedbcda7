"""Orders of emptying, phases, journals and marks of shelves."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from nexus_studio.core.admin.resetjournal import journal_text, read_journal
from nexus_studio.core.admin.resets import (
    LOSING,
    LossReport,
    LostObject,
    LostTable,
    Others,
    Reference,
    ResetJournal,
    ResetKind,
    ResetPhase,
    ResetScope,
    emptied_with,
    phases_of,
    truncate_order,
)
from nexus_studio.core.admin.shelves import Shelf, is_usable, read_mark, shelf_mark
from nexus_studio.core.names import RelationName

NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)


def table(name: str) -> RelationName:
    return RelationName("public", name)


A, B, C, D = map(table, "abcd")


def test_what_refers_is_emptied_too_however_far() -> None:
    references = (Reference(B, A), Reference(C, B), Reference(A, A), Reference(D, D), Reference(B, C, is_part=True))
    assert emptied_with([A], references) == {B: A, C: B}
    assert emptied_with([D], references) == {}
    assert emptied_with([C, A], references) == {B: C}


def test_each_comes_before_what_it_refers_to() -> None:
    references = (Reference(A, B), Reference(B, C), Reference(A, A), Reference(D, table("elsewhere")))
    assert truncate_order([C, B, A, D], references) == (A, D, B, C)
    assert truncate_order([A, B], (Reference(A, B), Reference(B, A))) == (A, B)
    assert truncate_order([], references) == ()


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (ResetScope(seed="demo"), "backup drop migrate grant seed"),
        (ResetScope(backs_up=False, migrates=False, privileges=False), "drop"),
        (ResetScope(ResetKind.RECREATE, seed="demo"), "backup create fill migrate grant seed swap remove"),
        (ResetScope(ResetKind.RECREATE, migrates=False, privileges=False), "backup create fill swap remove"),
    ],
)
def test_the_phases_of_a_scope(scope: ResetScope, said: str) -> None:
    phases = phases_of(scope)
    assert " ".join(each.value for each in phases) == said
    assert len(LOSING.intersection(phases)) == 1


def test_a_journal_is_read_as_it_was_written() -> None:
    scope = ResetScope(ResetKind.RECREATE, ("a", "b"), ("c",), False, False, True, "demo", 3, False, Others.END)
    journal = ResetJournal(
        "id", "localhost:5434", "d", NOW, "me@here", scope, 1, 2, 3,
        done=(ResetPhase.CREATE,), phase=ResetPhase.FILL, failure="x", words="é", facts={"oid": 7},
    )  # fmt: skip
    assert read_journal(journal_text(journal)) == journal
    assert [each.value for each in journal.left] == ["fill", "migrate", "seed", "swap", "remove"]
    assert not journal.has_lost
    fresh = ResetJournal("id", "s", "d", NOW, "w", ResetScope(), 0, 0, 0, done=(ResetPhase.BACKUP, ResetPhase.DROP))
    assert read_journal(journal_text(fresh)) == fresh
    assert fresh.has_lost
    values = json.loads(journal_text(journal))
    changes: list[dict[str, Any]] = [{"format": 2}, {"phase": "dancing"}, {"scope": {}}, {"later": 1}]
    for change in changes:
        with pytest.raises(ValueError):
            read_journal(json.dumps(values | change))
    with pytest.raises(ValueError):
        read_journal("[]")


def test_a_loss_adds_up() -> None:
    loss = LossReport(
        "d", "s", (LostTable(A, 1, 5, 10), LostTable(B, 2, 6, 20, is_estimate=True)),
        (LostObject("view", "v"), LostObject("view", "w"), LostObject("type", "t")),
    )  # fmt: skip
    assert (loss.rows, loss.bytes, loss.is_estimate, dict(loss.counts)) == (11, 30, True, {"view": 2, "type": 1})


def test_a_shelf_says_what_it_is() -> None:
    shelf = Shelf("é “x”", "d", NOW, 5, "abc", "me", "nexus_shelf_1", is_left_over=True)
    assert read_mark("nexus_shelf_1", shelf_mark(shelf), 5) == shelf
    for said in (None, "", "words", "[]", "{}", '{"nexus_studio_shelf": 2}', '{"nexus_studio_shelf": 1}'):
        assert read_mark("x", said, 0) is None
    assert [is_usable(each) for each in ("a", "a b", "", " a", "a\n", "x" * 60, "x" * 61)] == [
        True, True, False, False, False, True, False,
    ]  # fmt: skip
