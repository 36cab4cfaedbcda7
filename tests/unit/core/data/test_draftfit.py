"""What of a draft fits a relation that is another by now, and how it stands against the rows of now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nexus_studio.core.data.cells import DEFAULT, RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.draftcodec import head_of
from nexus_studio.core.data.draftfit import Checked, compared, fitted
from nexus_studio.core.data.merge import CellConflict, Conflict
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Editing, Relation, RelationKind
from nexus_studio.core.schema.types import PgType, TypeKind

_TYPE = PgType(25, "text", "text", "text", TypeKind.TEXT)


def table(*columns: str, key: tuple[str, ...] = ("id",), **more: Any) -> Relation:
    found = tuple(Column(name, _TYPE, number) for number, name in enumerate(columns, 1))
    return Relation(RelationName("public", "t"), RelationKind.TABLE, found, key, **more)


TABLE = table("id", "a", "b")
HEAD = head_of(TABLE, "", "", "", "")
SEEN = {"id": "1", "a": "old", "b": "other"}
EDIT = StagedRow(1, ChangeKind.UPDATE, RowKey(("1",)), {"a": "mine"}, {"a": "old"}, seen=SEEN)


def test_what_is_as_it_was_fits_whole() -> None:
    fitting = fitted(HEAD, (EDIT,), TABLE)
    assert fitting.is_whole
    assert fitting.rows == (EDIT,)


def test_cells_of_columns_that_are_gone_are_left_out_and_named() -> None:
    both = replace(EDIT, draft=2, values={"a": "mine", "b": "mine"}, base={"a": "old", "b": "other"})
    fitting = fitted(HEAD, (EDIT, both), table("id", "b"))
    assert fitting.gone == ("a",)
    assert fitting.lost == 1  # nothing is left of the first
    (row,) = fitting.rows
    assert (row.values, row.base, row.seen) == ({"b": "mine"}, {"b": "other"}, {"id": "1", "b": "other"})


def test_a_column_of_another_type_is_kept_and_named() -> None:
    other = replace(_TYPE, display="integer")
    relation = replace(TABLE, columns=(TABLE.columns[0], replace(TABLE.columns[1], type=other), TABLE.columns[2]))
    fitting = fitted(HEAD, (EDIT,), relation)
    assert fitting.retyped == ("a",)
    assert fitting.rows == (EDIT,)


def test_a_row_is_found_by_another_key_where_it_was_read() -> None:
    unread = replace(EDIT, draft=2, seen={})
    fitting = fitted(HEAD, (EDIT, unread), table("id", "a", "b", key=("b",)))
    assert [row.key for row in fitting.rows] == [RowKey(("other",))]
    assert fitting.lost == 1


def test_a_row_without_key_gets_the_one_the_table_has_now() -> None:
    loose = table("id", "a", "b", key=(), editing=Editing.BY_ALL_CELLS)
    row = replace(EDIT, key=RowKey(("(0,1)",), by_place=True), base=SEEN)
    head = head_of(loose, "", "", "", "")
    assert fitted(head, (row,), loose).rows == (row,)
    assert [each.key for each in fitted(head, (row,), TABLE).rows] == [RowKey(("1",))]


@pytest.mark.parametrize(
    ("row", "stored", "expected"),
    [
        (EDIT, SEEN, Checked(EDIT)),
        (EDIT, {**SEEN, "b": "theirs"}, Checked(EDIT)),  # a column that was not edited
        (EDIT, {**SEEN, "a": "mine"}, Checked(None)),  # it was saved, by this one or another
        (
            EDIT,
            {**SEEN, "a": "theirs"},
            Checked(EDIT, Conflict(1, cells=(CellConflict("a", "old", "mine", "theirs"),))),
        ),
        (replace(EDIT, values={"a": DEFAULT}), SEEN, Checked(replace(EDIT, values={"a": DEFAULT}))),
    ],
)
def test_an_edit_against_the_row_of_now(row: StagedRow, stored: dict[str, str], expected: Checked) -> None:
    assert compared(row, stored) == expected


def test_only_the_cells_that_are_not_there_yet_stay_staged() -> None:
    row = replace(EDIT, values={"a": "mine", "b": "mine"}, base={"a": "old", "b": "other"})
    assert compared(row, {**SEEN, "a": "mine"}) == Checked(replace(row, values={"b": "mine"}, base={"b": "other"}))


def test_a_deletion_stands_on_all_that_was_seen_or_on_the_version() -> None:
    row = StagedRow(1, ChangeKind.DELETE, RowKey(("1",)), base=SEEN)
    assert compared(row, SEEN) == Checked(row)
    found = compared(row, {**SEEN, "b": "theirs"})
    assert found.conflict == Conflict(1, cells=(CellConflict("b", "other", "other", "theirs"),))
    versioned = replace(row, version="7")
    assert compared(versioned, SEEN, "7").conflict is None
    assert compared(versioned, SEEN, "8").conflict == Conflict(1)


def test_what_is_staged_already_stays_above_what_is_restored() -> None:
    changes = ChangeSet(TABLE)
    changes.insert({"a": "twice"})
    changes.restore([Checked(replace(EDIT, values={"a": "now"}))])

    taken = changes.restore(
        [Checked(replace(EDIT, values={"a": "then", "b": "then"}, base={"a": "old", "b": "other"}))]
    )
    again = changes.restore([Checked(StagedRow(5, ChangeKind.INSERT, values={"a": "twice"}))])

    assert taken == 1
    assert again == 0  # that new row is here already
    assert [row.values for row in changes.staged_rows()] == [{"a": "twice"}, {"a": "now", "b": "then"}]
    changes.undo()
    assert [row.values for row in changes.staged_rows()] == [{"a": "twice"}, {"a": "now"}]


def test_reasons_mark_the_rows_they_are_about() -> None:
    changes = ChangeSet(TABLE)
    rows = [Checked(StagedRow(number, ChangeKind.INSERT, values={"a": str(number)})) for number in (7, 8)]
    changes.restore(rows, {8: "look first"})
    assert [changes.rejection(draft.draft) for draft in changes.drafts()] == ["", "look first"]
