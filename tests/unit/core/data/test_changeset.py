"""ChangeSet: staging, history, marks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.data.cells import DEFAULT, Row, RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.changeset import CellState, ChangeSet, NeedsWholeCells
from nexus_studio.core.data.merge import CellConflict, Conflict
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Editing, Generated, Relation, RelationKind
from nexus_studio.core.schema.types import PgType, TypeKind

TEXT = PgType(25, "text", "text", "text", TypeKind.TEXT, is_wide=True)
RELATION = Relation(
    RelationName("public", "t"),
    RelationKind.TABLE,
    columns=(
        Column("id", TEXT, 1, nullable=False),
        Column("a", TEXT, 2),
        Column("b", TEXT, 3),
        Column("c", TEXT, 4, generated=Generated.STORED),
    ),
    key=("id",),
)
KEYLESS = replace(RELATION, key=(), editing=Editing.BY_ALL_CELLS)


def row(id_: str, a: str | None = "a", b: str | None = "b", cut: tuple[int, ...] = ()) -> Row:
    return Row(RowKey((id_,)), (id_, a, b, "c"), "1", dict.fromkeys(cut, 1000))


def test_an_edit_is_painted_and_frozen_with_its_base() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "a", None)
    assert changes.overlay(row("1")) == ("1", None, "b", "c")
    assert changes.overlay(row("2")) == ("2", "a", "b", "c")
    assert changes.state(row("1"), "a") is CellState.EDITED
    assert changes.state(row("1"), "b") is CellState.CLEAN
    assert changes.state(row("1")) is CellState.EDITED
    (change,) = changes.freeze()
    assert change.kind is ChangeKind.UPDATE
    assert change.values == {"a": None}
    assert change.base == {"a": "a"}


def test_a_deletion_from_elsewhere_is_staged_with_what_the_row_must_still_hold() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "a", "x")
    deletion = RowChange(RELATION.name, ChangeKind.DELETE, 7, RowKey(("1",)), base={"a": "other", "b": "b"})
    assert changes.adopt((deletion,)) == 0
    assert changes.adopt((deletion,), with_deletions=True) == 1
    assert changes.adopt((deletion,), with_deletions=True) == 0
    (frozen,) = changes.freeze()
    assert (frozen.kind, frozen.key, frozen.base) == (ChangeKind.DELETE, RowKey(("1",)), {"a": "a", "b": "b"})
    changes.undo()
    assert changes.freeze()[0].values == {"a": "x"}


def test_back_to_the_original_is_no_edit() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "a", "x")
    changes.edit(row("1"), "b", "y")
    changes.edit(row("1"), "a", "a")
    assert changes.freeze()[0].values == {"b": "y"}
    changes.edit(row("1"), "b", "b")
    assert changes.is_empty


def test_null_empty_and_default_differ() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1", a=None), "a", "")
    assert changes.freeze()[0].values == {"a": ""}
    changes.edit(row("1", a=None), "a", DEFAULT)
    assert changes.freeze()[0].values == {"a": DEFAULT}
    changes.edit(row("1", a=None), "a", None)
    assert changes.is_empty


def test_the_first_reading_stays_the_base() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "a", "mine")
    changes.edit(row("1", a="theirs"), "a", "mine too")
    assert changes.freeze()[0].base == {"a": "a"}


def test_a_cut_cell_must_be_known_whole() -> None:
    changes = ChangeSet(RELATION)
    with pytest.raises(NeedsWholeCells) as caught:
        changes.edit(row("1", cut=(1,)), "a", "x")
    assert caught.value.columns == ("a",)
    assert changes.is_empty
    changes.edit(row("1", cut=(1,)), "b", "x")
    changes.edit(row("1", cut=(1,)), "a", "x", base={"a": "long"})
    assert changes.freeze()[0].base == {"a": "long", "b": "b"}
    changes.edit(row("1", cut=(1,)), "a", "long")
    assert changes.freeze()[0].values == {"b": "x"}


def test_without_a_key_every_cell_is_the_base() -> None:
    changes = ChangeSet(KEYLESS)
    with pytest.raises(NeedsWholeCells) as caught:
        changes.edit(row("1", cut=(1, 2)), "b", "x")
    assert caught.value.columns == ("a", "b")
    with pytest.raises(NeedsWholeCells):
        changes.delete(row("1", cut=(1,)))
    changes.edit(row("1", cut=(1,)), "b", "x", base={"a": "long"})
    assert changes.freeze()[0].base == {"id": "1", "a": "long", "b": "b", "c": "c"}


def test_inserts_edits_of_them_and_counts() -> None:
    changes = ChangeSet(RELATION)
    first = changes.insert({"id": "9", "a": DEFAULT})
    second = changes.insert()
    changes.edit_draft(second, "a", None)
    changes.edit(row("1"), "a", "x")
    changes.delete(row("2"))
    assert [(draft.draft, dict(draft.values)) for draft in changes.drafts()] == [
        (first, {"id": "9"}),
        (second, {"a": None}),
    ]
    assert (changes.counts.edited, changes.counts.inserted, changes.counts.deleted) == (1, 2, 1)
    assert changes.state(first) is CellState.INSERTED
    assert changes.state(row("2"), "a") is CellState.DELETED
    changes.edit_draft(second, "a", DEFAULT)
    changes.discard_draft(first)
    assert [dict(draft.values) for draft in changes.drafts()] == [{}]


def test_undelete_brings_edits_back() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "a", "x")
    changes.delete(row("1"))
    (change,) = changes.freeze()
    assert change.kind is ChangeKind.DELETE
    assert change.values == {}
    assert change.base == {"id": "1", "a": "a", "b": "b", "c": "c"}
    changes.undelete(row("1"))
    assert changes.freeze()[0].values == {"a": "x"}


def test_marks_come_and_go() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "a", "x")
    draft = changes.draft_of(row("1"))
    assert draft is not None
    changes.reject(draft, "a", "no")
    assert changes.state(row("1"), "a") is CellState.REJECTED
    assert changes.rejection(row("1"), "a") == "no"
    changes.edit(row("1"), "a", "y")
    assert changes.state(row("1"), "a") is CellState.EDITED
    changes.reject(draft, None, "row")
    assert changes.state(row("1")) is CellState.REJECTED
    assert changes.state(row("1"), "a") is CellState.EDITED
    changes.edit(row("1"), "b", "z")
    assert changes.state(row("1")) is CellState.EDITED


@pytest.mark.parametrize("keep_mine", [True, False])
def test_a_conflict_is_settled(keep_mine: bool) -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "a", "mine")
    changes.edit(row("1"), "b", "other")
    draft = changes.draft_of(row("1"))
    assert draft is not None
    changes.mark_conflict(Conflict(draft, cells=(CellConflict("a", "a", "mine", "theirs"),)))
    assert changes.state(row("1"), "a") is CellState.CONFLICT
    changes.resolve(draft, keep_mine=keep_mine)
    (change,) = changes.freeze()
    assert change.values == ({"a": "mine", "b": "other"} if keep_mine else {"b": "other"})
    assert change.base == ({"a": "theirs", "b": "b"} if keep_mine else {"b": "b"})
    assert changes.conflict(row("1")) is None


def test_a_vanished_row_can_be_made_anew() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "a", "mine")
    draft = changes.draft_of(row("1"))
    assert draft is not None
    changes.mark_conflict(Conflict(draft, vanished=True))
    assert [conflict.may_insert for conflict in changes.conflicts()] == [True]
    changes.resolve(draft, keep_mine=True)
    (change,) = changes.freeze()
    assert change.kind is ChangeKind.INSERT
    assert change.values == {"id": "1", "a": "mine", "b": "b"}
    changes.undo()
    changes.mark_conflict(Conflict(draft, vanished=True))
    changes.resolve(draft, keep_mine=False)
    assert changes.is_empty


def test_a_lost_row_known_in_part_is_not_made_anew() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1", cut=(2,)), "a", "mine")
    changes.delete(row("2"))
    for conflict in (Conflict(1, vanished=True), Conflict(2, vanished=True)):
        changes.mark_conflict(conflict)
        changes.resolve(conflict.draft, keep_mine=True)
    assert [change.kind for change in changes.freeze()] == [ChangeKind.UPDATE]
    assert [(conflict.draft, conflict.may_insert) for conflict in changes.conflicts()] == [(1, False)]
    changes.edit(row("1", cut=(2,)), "b", "x", base={"b": "whole"})
    changes.mark_conflict(Conflict(1, vanished=True))
    assert changes.conflicts()[0].may_insert


def test_a_lost_row_without_key_is_made_anew() -> None:
    changes = ChangeSet(KEYLESS)
    changes.edit(replace(row("1"), key=RowKey(("(0,1)",), by_place=True)), "a", "mine")
    changes.mark_conflict(Conflict(1, unidentified=True))
    changes.resolve(1, keep_mine=True)
    (change,) = changes.freeze()
    assert (change.kind, change.values) == (ChangeKind.INSERT, {"id": "1", "a": "mine", "b": "b"})


def test_what_an_edit_stood_on_is_forgotten_with_it() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "b", "other")
    changes.edit(row("1"), "a", "mine")
    changes.edit(row("1"), "a", "a")
    fresh = row("1", a="theirs")
    changes.edit(fresh, "a", "a")
    assert changes.overlay(fresh)[1] == "a"
    assert changes.freeze()[0].base == {"a": "theirs", "b": "b"}
    changes.revert(RowKey(("1",)))
    changes.delete(row("1"))
    changes.undelete(row("1"))
    changes.edit(row("1"), "b", "other")
    changes.delete(row("1"))
    changes.undelete(row("1"))
    changes.edit(fresh, "a", "a")
    assert changes.freeze()[0].base == {"a": "theirs", "b": "b"}


def test_typing_the_old_value_over_somebody_s_new_one_is_an_edit() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "a", "mine")
    changes.edit(row("1", a="theirs"), "a", "a")
    (change,) = changes.freeze()
    assert (change.values, change.base) == ({"a": "a"}, {"a": "a"})
    changes.edit(row("1", a="theirs"), "a", "theirs")
    assert changes.is_empty


def test_a_block_is_one_step() -> None:
    changes = ChangeSet(RELATION)
    with changes.as_one_step():
        for number in range(20):
            changes.edit(row(str(number)), "a", "x")
            changes.edit(row(str(number)), "b", "y")
    assert changes.counts.edited == 20
    assert changes.undo()
    assert changes.is_empty
    assert not changes.can_undo
    assert changes.redo()
    assert changes.counts.edited == 20
    assert changes.freeze()[19].values == {"a": "x", "b": "y"}


_CELL = st.sampled_from([None, "", "a", "b", "x", DEFAULT])
_ROW = st.sampled_from(["1", "2", "3"])
_STEP = st.one_of(
    st.tuples(st.just("edit"), _ROW, st.sampled_from(["a", "b"]), _CELL),
    st.tuples(st.just("delete"), _ROW),
    st.tuples(st.just("undelete"), _ROW),
    st.tuples(st.just("insert"), st.dictionaries(st.sampled_from(["a", "b"]), _CELL)),
    st.tuples(st.just("edit_draft"), st.integers(0, 5), st.sampled_from(["a", "b"]), _CELL),
    st.tuples(st.just("revert"), st.one_of(st.none(), _ROW)),
    st.tuples(st.just("undo")),
    st.tuples(st.just("redo")),
)


def _do(changes: ChangeSet, step: tuple[Any, ...]) -> None:
    match step:
        case ("edit", key, column, cell):
            changes.edit(row(key), column, cell)
        case ("delete", key):
            changes.delete(row(key))
        case ("undelete", key):
            changes.undelete(row(key))
        case ("insert", values):
            changes.insert(values)
        case ("edit_draft", index, column, cell) if index < len(changes.drafts()):
            changes.edit_draft(changes.drafts()[index].draft, column, cell)
        case ("revert", key):
            changes.revert(None if key is None else RowKey((key,)))
        case ("undo",):
            changes.undo()
        case ("redo",):
            changes.redo()


@given(st.lists(_STEP, max_size=30), st.lists(st.booleans(), max_size=8))
def test_undo_of_anything_is_identity(steps: list[tuple[Any, ...]], walk: list[bool]) -> None:
    changes = ChangeSet(RELATION)
    states = []
    for step in steps:
        before = changes.freeze()
        _do(changes, step)
        after = changes.freeze()
        if step[0] not in {"undo", "redo"} and before != after:
            assert changes.undo()
            assert changes.freeze() == before
            assert changes.redo()
            assert changes.freeze() == after
    while changes.can_undo:
        states.append(changes.freeze())
        changes.undo()
    assert changes.is_empty
    for state in reversed(states):
        changes.redo()
        assert changes.freeze() == state
    for back in walk:
        _ = changes.undo() if back else changes.redo()
    for key in ("1", "2", "3"):
        overlaid = changes.overlay(row(key))
        values = {
            name: cell
            for change in changes.freeze()
            if change.key == RowKey((key,))
            for name, cell in change.values.items()
        }
        if changes.state(row(key)) is not CellState.DELETED:
            assert dict(zip(("id", "a", "b", "c"), overlaid, strict=True)) == {
                "id": key,
                "a": "a",
                "b": "b",
                "c": "c",
                **values,
            }


def brought(kind: ChangeKind, key: str | None = None, **values: str | None) -> RowChange:
    """Make a change as a backup brings it: the row holds "now" in each of its columns."""
    base = {} if key is None else dict.fromkeys(values, "now")
    return RowChange(RELATION.name, kind, 0, None if key is None else RowKey((key,)), values, base)


def test_what_comes_from_elsewhere_is_one_step() -> None:
    changes = ChangeSet(RELATION)
    both = (brought(ChangeKind.INSERT, id="8", a="was"), brought(ChangeKind.UPDATE, "7", a="was"))
    assert changes.adopt(both) == 2
    assert (changes.counts.inserted, changes.counts.edited) == (1, 1)
    frozen = {each.kind: each for each in changes.freeze()}
    assert frozen[ChangeKind.INSERT].values == {"id": "8", "a": "was"}
    edit = frozen[ChangeKind.UPDATE]
    assert (edit.key, edit.values, edit.base) == (RowKey(("7",)), {"a": "was"}, {"a": "now"})
    assert changes.adopt(both) == 0  # asked for twice, staged once
    assert changes.counts.total == 2
    assert changes.undo()
    assert changes.is_empty
    assert not changes.can_undo


def test_what_comes_from_elsewhere_joins_an_edit() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "b", "mine")
    assert changes.adopt((brought(ChangeKind.UPDATE, "1", a="was"),)) == 1
    (edit,) = changes.freeze()
    assert edit.values == {"a": "was", "b": "mine"}
    assert edit.base == {"a": "now", "b": "b"}
    assert changes.adopt((brought(ChangeKind.DELETE, "2"),)) == 0
    assert changes.counts.total == 1


def test_a_conflict_is_settled_cell_by_cell() -> None:
    changes = ChangeSet(RELATION)
    changes.edit_cells(row("1"), {"a": "my a", "b": "my b"})
    draft = changes.draft_of(row("1"))
    assert draft is not None
    theirs = (CellConflict("a", "a", "my a", "their a"), CellConflict("b", "b", "my b", "their b"))
    changes.mark_conflict(Conflict(draft, cells=theirs))
    changes.resolve(draft, keep_mine={"b"})
    (change,) = changes.freeze()
    assert (change.values, change.base) == ({"b": "my b"}, {"b": "their b"})
    changes.undo()
    changes.resolve(draft, keep_mine=frozenset())
    assert changes.is_empty
