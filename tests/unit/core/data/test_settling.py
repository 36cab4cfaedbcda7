"""ChangeSet.settle: after a save exactly what was written is forgotten."""

from __future__ import annotations

from dataclasses import replace

from nexus_studio.core.data.cells import DEFAULT, RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.changeset import CellState, ChangeSet
from tests.unit.core.data.test_changeset import KEYLESS, RELATION, row


def test_what_was_written_is_forgotten_with_its_history() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "a", "mine")
    changes.insert({"id": "9"})
    changes.delete(row("2"))
    changes.settle(changes.freeze())
    assert changes.is_empty
    assert not changes.can_undo
    assert not changes.can_redo
    assert changes.state(row("1")) is CellState.CLEAN


def test_rows_staged_meanwhile_stay_and_can_be_undone() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "a", "mine")
    frozen = changes.freeze()
    with changes.as_one_step():
        changes.edit(row("1"), "a", "later")
        changes.edit(row("2"), "b", "new")
    changes.settle(frozen)
    assert {change.key: change.values for change in changes.freeze()} == {
        RowKey(("1",)): {"a": "later"},
        RowKey(("2",)): {"b": "new"},
    }
    assert changes.undo()
    (left,) = changes.freeze()
    assert left.values == {"a": "later"}
    assert not changes.can_undo


def test_a_later_edit_of_the_same_cell_stands_on_what_was_saved() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "a", "mine")
    changes.edit(row("1"), "b", "written too")
    frozen = changes.freeze()
    changes.edit(row("1"), "a", "later")
    changes.settle(frozen)
    (left,) = changes.freeze()
    assert left.values == {"a": "later"}
    assert left.base == {"a": "mine"}


def test_a_later_edit_follows_the_new_key() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "id", "7")
    frozen = changes.freeze()
    changes.edit(row("1"), "a", "later")
    changes.settle(frozen)
    (left,) = changes.freeze()
    assert left.key == RowKey(("7",))
    assert changes.overlay(row("7"))[1] == "later"
    assert changes.state(row("1")) is CellState.CLEAN


def test_where_the_server_chose_the_value_no_base_is_claimed() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "a", DEFAULT)
    frozen = changes.freeze()
    changes.edit(row("1"), "a", "later")
    changes.settle(frozen)
    (left,) = changes.freeze()
    assert (left.values, left.base) == ({"a": "later"}, {})


def test_a_deletion_staged_meanwhile_stays() -> None:
    changes = ChangeSet(RELATION)
    changes.edit(row("1"), "a", "mine")
    frozen = changes.freeze()
    changes.delete(row("1"))
    changes.settle(frozen)
    (left,) = changes.freeze()
    assert left.kind is ChangeKind.DELETE
    assert left.base == {"id": "1", "a": "mine", "b": "b", "c": "c"}
    changes.undelete(row("1"))
    assert changes.is_empty


def test_a_new_row_edited_meanwhile_becomes_an_edit_where_its_key_is_known() -> None:
    changes = ChangeSet(RELATION)
    draft = changes.insert({"id": "9", "a": "x"})
    unknown = changes.insert({"a": "x"})
    same = changes.insert({"a": "z"})
    frozen = changes.freeze()
    changes.edit_draft(draft, "a", "y")
    changes.edit_draft(unknown, "a", "y")
    changes.settle(frozen)
    edited, kept = changes.freeze()
    assert (edited.kind, edited.key, edited.values, edited.base) == (
        ChangeKind.UPDATE,
        RowKey(("9",)),
        {"a": "y"},
        {"a": "x"},
    )
    assert (kept.kind, kept.draft, kept.values) == (ChangeKind.INSERT, unknown, {"a": "y"})
    assert same not in {change.draft for change in changes.freeze()}


def test_without_a_key_the_whole_base_is_what_was_saved() -> None:
    placed = replace(row("1"), key=RowKey(("(0,1)",), by_place=True))
    changes = ChangeSet(KEYLESS)
    changes.edit(placed, "a", "mine")
    frozen = changes.freeze()
    changes.edit(placed, "b", "later")
    changes.settle(frozen)
    (left,) = changes.freeze()
    assert left.values == {"b": "later"}
    assert left.base == {"id": "1", "a": "mine", "b": "b", "c": "c"}
