"""The inverse of a save's images."""

from __future__ import annotations

from dataclasses import replace

from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.images import Cause, RowImage, coalesced
from nexus_studio.core.data.undoing import Gap, Shortfall, inverse_of
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Editing, ForeignKey, Generated, Relation, RelationKind
from nexus_studio.core.schema.types import PgType, TypeKind

TEXT = PgType(25, "text", "text", "text", TypeKind.TEXT, is_wide=True)
PARENT, CHILD = RelationName("public", "parent"), RelationName("public", "child")
POINTS = ForeignKey("fk", CHILD, ("parent_id",), PARENT, ("id",), "cascade", "cascade")
PARENT_TABLE = Relation(
    PARENT,
    RelationKind.TABLE,
    (
        Column("id", TEXT, 1, nullable=False, generated=Generated.IDENTITY_ALWAYS),
        Column("a", TEXT, 2),
        Column("made", TEXT, 3, generated=Generated.STORED),
    ),
    key=("id",),
    referenced_by=(POINTS,),
)
CHILD_TABLE = Relation(
    CHILD,
    RelationKind.TABLE,
    (Column("id", TEXT, 1, nullable=False), Column("parent_id", TEXT, 2), Column("note", TEXT, 3)),
    key=("id",),
    foreign_keys=(POINTS,),
)
RELATIONS = {PARENT: PARENT_TABLE, CHILD: CHILD_TABLE}
K1, K2 = RowKey(("1",)), RowKey(("2",))


def updated(
    relation: RelationName, key: RowKey, before: dict[str, Cell], after: dict[str, Cell], cause: Cause = Cause.OWN
) -> RowImage:
    return RowImage(relation, ChangeKind.UPDATE, cause, key, key, before, after)


def deleted(relation: RelationName, key: RowKey, before: dict[str, Cell], cause: Cause = Cause.OWN) -> RowImage:
    return RowImage(relation, ChangeKind.DELETE, cause, key, None, before)


def test_an_update_gets_back_what_was_there_if_it_still_is_what_was_written() -> None:
    images = (updated(PARENT, K1, {"a": "old", "made": "x"}, {"a": None, "made": "y"}),)
    (change,) = inverse_of(images, RELATIONS).changes[PARENT]
    assert (change.kind, change.key, change.values, change.base) == (ChangeKind.UPDATE, K1, {"a": "old"}, {"a": None})


def test_what_was_written_but_is_the_same_needs_nothing() -> None:
    assert inverse_of((updated(PARENT, K1, {"a": "x"}, {"a": "x"}),), RELATIONS).rows == 0


def test_a_new_row_is_deleted_if_it_is_as_it_was_made() -> None:
    after = {"id": "7", "a": "x", "made": "xx"}
    (change,) = inverse_of(
        (RowImage(PARENT, ChangeKind.INSERT, Cause.OWN, None, RowKey(("7",)), {}, after),), RELATIONS
    ).changes[PARENT]
    assert (change.kind, change.key, change.base, change.values) == (ChangeKind.DELETE, RowKey(("7",)), after, {})


def test_a_deleted_row_comes_back_with_its_identity_and_without_what_is_generated() -> None:
    (change,) = inverse_of((deleted(PARENT, K1, {"id": "1", "a": None, "made": "x"}),), RELATIONS).changes[PARENT]
    assert change.kind is ChangeKind.INSERT
    assert change.values == {"id": "1", "a": None}
    assert change.keeps_identity


def test_rows_taken_along_come_back_after_those_they_point_to() -> None:
    images = (
        deleted(CHILD, K2, {"id": "2", "parent_id": "1", "note": "n"}, Cause.CASCADE),
        updated(CHILD, RowKey(("3",)), {"parent_id": "1"}, {"parent_id": None}, Cause.SET_NULL),
        deleted(PARENT, K1, {"id": "1", "a": "x", "made": "x"}),
    )
    inverse = inverse_of(images, RELATIONS)
    assert list(inverse.changes) == [PARENT, CHILD]
    assert inverse.rows == 3
    back, anew = inverse.changes[CHILD]
    assert (back.kind, back.values, back.base) == (ChangeKind.UPDATE, {"parent_id": "1"}, {"parent_id": None})
    assert anew.values == {"id": "2", "parent_id": "1", "note": "n"}
    assert sorted(each.draft for each in inverse.all_changes()) == [1, 2, 3]


def test_keys_that_followed_follow_back() -> None:
    images = (
        RowImage(PARENT, ChangeKind.UPDATE, Cause.OWN, K1, K2, {"id": "1"}, {"id": "2"}),
        updated(CHILD, K1, {"parent_id": "1"}, {"parent_id": "2"}, Cause.KEY_FOLLOWS),
    )
    plain = replace(PARENT_TABLE, columns=(replace(PARENT_TABLE.columns[0], generated=Generated.NO),))
    inverse = inverse_of(images, {**RELATIONS, PARENT: plain})
    assert list(inverse.changes) == [PARENT]
    (change,) = inverse.changes[PARENT]
    assert (change.key, change.values, change.base) == (K2, {"id": "1"}, {"id": "2"})


def test_keys_follow_back_also_in_rows_that_a_person_wrote_to() -> None:
    images = (
        RowImage(PARENT, ChangeKind.UPDATE, Cause.OWN, K1, K2, {"id": "1"}, {"id": "2"}),
        updated(CHILD, K1, {"parent_id": "1", "note": "old"}, {"parent_id": "2", "note": "new"}),
        updated(CHILD, K2, {"parent_id": "9"}, {"parent_id": "2"}),
    )
    plain = replace(PARENT_TABLE, columns=(replace(PARENT_TABLE.columns[0], generated=Generated.NO),))
    other, mine = inverse_of(images, {**RELATIONS, PARENT: plain}).changes[CHILD]
    assert (mine.values, mine.base) == ({"note": "old"}, {"note": "new"})
    assert other.values == {"parent_id": "9"}


def test_several_images_of_a_row_are_one_change() -> None:
    images = (
        updated(CHILD, K1, {"note": "old"}, {"note": "new"}),
        updated(CHILD, K1, {"parent_id": "1"}, {"parent_id": None}, Cause.SET_NULL),
    )
    (change,) = inverse_of(coalesced(images), RELATIONS).changes[CHILD]
    assert change.values == {"note": "old", "parent_id": "1"}
    assert change.base == {"note": "new", "parent_id": None}


def test_a_row_changed_and_then_taken_along_comes_back_as_it_was_first() -> None:
    images = (
        updated(CHILD, K1, {"note": "old"}, {"note": "new"}),
        deleted(CHILD, K1, {"id": "1", "parent_id": "1", "note": "new"}, Cause.CASCADE),
    )
    (change,) = inverse_of(coalesced(images), RELATIONS).changes[CHILD]
    assert change.kind is ChangeKind.INSERT
    assert change.values == {"id": "1", "parent_id": "1", "note": "old"}


def test_a_row_made_and_then_taken_along_leaves_nothing() -> None:
    images = (
        RowImage(CHILD, ChangeKind.INSERT, Cause.OWN, None, K1, {}, {"id": "1", "parent_id": "1", "note": None}),
        deleted(CHILD, K1, {"id": "1", "parent_id": "1", "note": None}, Cause.CASCADE),
    )
    assert inverse_of(coalesced(images), RELATIONS).rows == 0


def test_a_row_that_took_the_place_of_one_that_is_gone_is_another() -> None:
    images = (
        RowImage(CHILD, ChangeKind.UPDATE, Cause.OWN, K1, K2, {"id": "1"}, {"id": "2"}),
        deleted(CHILD, K2, {"id": "2", "parent_id": "1", "note": None}, Cause.CASCADE),
    )
    made, moved = inverse_of(images, RELATIONS).changes[CHILD]
    assert (made.kind, made.values["id"]) == (ChangeKind.INSERT, "2")
    assert (moved.kind, moved.key, moved.values) == (ChangeKind.UPDATE, K2, {"id": "1"})


def test_rows_that_changed_places_are_two() -> None:
    images = (
        RowImage(CHILD, ChangeKind.UPDATE, Cause.OWN, K1, K2, {"id": "1"}, {"id": "2"}),
        RowImage(CHILD, ChangeKind.UPDATE, Cause.OWN, K2, K1, {"id": "2"}, {"id": "1"}),
    )
    changes = inverse_of(images, RELATIONS).changes[CHILD]
    assert {(each.key, each.values["id"]) for each in changes} == {(K2, "1"), (K1, "2")}


def test_a_row_without_key_is_found_by_all_it_held() -> None:
    keyless = replace(CHILD_TABLE, key=(), editing=Editing.BY_ALL_CELLS)
    place = RowKey(("(0,1)",), by_place=True)
    before = {"id": "1", "parent_id": None, "note": "old"}
    after = {**before, "note": "new"}
    (change,) = inverse_of((updated(CHILD, place, before, after),), {CHILD: keyless}).changes[CHILD]
    assert (change.key, change.values, change.base) == (place, {"note": "old"}, after)
    partly = updated(CHILD, place, {"note": "old"}, {"note": "new"})
    assert inverse_of((partly,), {CHILD: keyless}).shortfalls == (Shortfall(CHILD, Gap.KEY_CHANGED, 1),)


def test_what_is_gone_is_said() -> None:
    images = (
        deleted(PARENT, K1, {"id": "1", "a": "x", "lost": "y"}),
        updated(CHILD, K1, {"note": "old"}, {"note": "new"}),
        RowImage(CHILD, ChangeKind.DELETE, Cause.CASCADE),
    )
    inverse = inverse_of(images, {PARENT: PARENT_TABLE})
    assert inverse.changes[PARENT][0].values == {"id": "1", "a": "x"}
    assert set(inverse.shortfalls) == {
        Shortfall(PARENT, Gap.COLUMN_GONE, 1, ("lost",)),
        Shortfall(CHILD, Gap.RELATION_GONE, 1),
        Shortfall(CHILD, Gap.UNREAD, 1),
    }


def test_what_the_role_may_not_do_is_said() -> None:
    locked = replace(CHILD_TABLE, columns=tuple(replace(each, may_update=False) for each in CHILD_TABLE.columns))
    inverse = inverse_of((updated(CHILD, K1, {"note": "old"}, {"note": "new"}),), {CHILD: locked})
    assert (inverse.rows, inverse.shortfalls) == (0, (Shortfall(CHILD, Gap.NOT_EDITABLE, 1),))
