"""RowWriter on a real server: guarded, all or nothing, and honest about who is to blame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from nexus_studio.core.data.cells import DEFAULT, Page, PageRequest, RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.merge import CellConflict, Conflict
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.effects import Kind
from nexus_studio.core.errors import ConstraintViolated, EditConflict, ForbiddenHere, InvalidValue, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.schema.catalog import Editing, Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()


class Table:
    """A relation with its rows and a change set on them."""

    def __init__(self, session: Session, name: str) -> None:
        self.session = session
        self.relation: Relation = CatalogReader(session).relation(RelationName("public", name), CTX)
        self.page: Page = RowSource(session).fetch(
            self.relation, RowQuery(self.relation.name), PageRequest(0, 100), 1, CTX
        )
        self.changes = ChangeSet(self.relation, self.page.columns)

    def save(self) -> None:
        self.effects = RowWriter(self.session).apply(self.changes.freeze(), {self.relation.name: self.relation}, CTX)


def test_a_change_set_is_written_whole(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT 'd', b int, g int GENERATED ALWAYS AS (b * 2) STORED)")
    sql("INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2), (3, 'three', 3)")
    table = Table(session, "t")
    first, second, third = table.page.rows
    table.changes.edit(first, "a", None)
    table.changes.edit(second, "a", DEFAULT)
    table.changes.edit(second, "b", "20")
    table.changes.delete(third)
    table.changes.insert({"id": "3", "b": None, "g": "99"})
    table.changes.insert({"id": "4", "a": ""})
    table.save()
    assert sql("SELECT * FROM t ORDER BY id") == [
        (1, None, 1, 2),
        (2, "d", 20, 40),
        (3, "d", None, None),
        (4, "", None, None),
    ]
    assert table.effects.touches(Kind.ROWS, table.relation.name)
    assert not table.effects.touches(Kind.CATALOG)


def test_nothing_is_written_when_one_change_fails(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, email text UNIQUE)")
    sql("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "email", "c")
    table.changes.edit(table.page.rows[1], "email", "c")
    with pytest.raises(ConstraintViolated) as caught:
        table.save()
    assert caught.value.code == "constraint.unique"
    assert caught.value.facts["change"] == 1
    assert caught.value.facts["columns"] == ("email",)
    assert sql("SELECT * FROM t ORDER BY id") == [(1, "a"), (2, "b")]


@pytest.mark.parametrize(
    ("values", "kind", "columns"),
    [
        ({"n": "abc"}, InvalidValue, "n"),
        ({"s": "too long for it"}, InvalidValue, "s"),
        ({"m": "12345.6"}, InvalidValue, "m"),
        ({"m": None, "e": "nope"}, InvalidValue, "e"),
        ({"d": "2026-02-30", "n": "1"}, InvalidValue, "d"),
        ({"j": "{"}, InvalidValue, "j"),
        ({"s": "nul\0"}, InvalidValue, "s"),
        ({"s": "\ud800"}, InvalidValue, "s"),
        ({"p": "-1"}, ConstraintViolated, ("p",)),
        ({"n": "-5", "x": "3"}, ConstraintViolated, ("n", "x")),
        ({"r": "77"}, ConstraintViolated, ("r",)),
        ({"q": None}, ConstraintViolated, ("q",)),
    ],
)
def test_a_refused_value_names_its_change_and_column(
    session: Session, sql: Sql, values: dict[str, str | None], kind: type[StudioError], columns: object
) -> None:
    sql("CREATE TYPE e AS ENUM ('a')")
    sql("CREATE DOMAIN positive AS int CHECK (VALUE > 0)")
    sql("CREATE TABLE other (id int PRIMARY KEY)")
    sql(
        "CREATE TABLE t (id int PRIMARY KEY, n int, s varchar(5), m numeric(5,2), e e, d date, j json, p positive,"
        " x int, r int REFERENCES other, q int NOT NULL DEFAULT 1, CHECK (n + x > 0))"
    )
    sql("INSERT INTO t (id) VALUES (1), (2)")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "n", "5")
    for name, cell in values.items():
        table.changes.edit(table.page.rows[1], name, cell)
    with pytest.raises(kind) as caught:
        table.save()
    assert caught.value.facts["change"] == 1
    assert caught.value.facts["columns" if kind is ConstraintViolated else "column"] == columns
    assert sql("SELECT n FROM t WHERE id = 1") == [(None,)]


def test_a_changed_cell_is_a_conflict_with_base_mine_and_theirs(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b text)")
    sql("INSERT INTO t VALUES (1, 'base', 'b'), (2, 'base', 'b'), (3, 'base', 'b')")
    table = Table(session, "t")
    for row in table.page.rows:
        table.changes.edit(row, "a", "mine")
    sql("UPDATE t SET a = 'theirs' WHERE id = 1")
    sql("DELETE FROM t WHERE id = 2")
    drafts = [table.changes.draft_of(row) or 0 for row in table.page.rows]
    with pytest.raises(EditConflict) as caught:
        table.save()
    assert caught.value.code == "rows.conflict"
    assert caught.value.conflicts == (
        Conflict(drafts[0], cells=(CellConflict("a", "base", "mine", "theirs"),)),
        Conflict(drafts[1], vanished=True),
    )
    assert sql("SELECT a FROM t ORDER BY id") == [("theirs",), ("base",)]
    for conflict in caught.value.conflicts:
        assert isinstance(conflict, Conflict)
        table.changes.mark_conflict(conflict)
        table.changes.resolve(conflict.draft, keep_mine=not conflict.vanished)
    table.save()
    assert sql("SELECT id, a FROM t ORDER BY id") == [(1, "mine"), (3, "mine")]


def test_others_changes_of_other_columns_merge(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b text)")
    sql("INSERT INTO t VALUES (1, 'a', 'b')")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "a", "mine")
    sql("UPDATE t SET b = 'theirs'")
    table.save()
    assert sql("SELECT a, b FROM t") == [("mine", "theirs")]


def test_a_row_that_changed_is_not_deleted(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a json)")
    sql("""INSERT INTO t VALUES (1, '{"a":1}'), (2, NULL)""")
    table = Table(session, "t")
    table.changes.delete(table.page.rows[0])
    table.changes.delete(table.page.rows[1])
    sql("""UPDATE t SET a = '{"a":2}' WHERE id = 1""")
    with pytest.raises(EditConflict):
        table.save()
    assert len(sql("SELECT * FROM t")) == 2


def test_a_row_deleted_by_someone_else(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text)")
    sql("INSERT INTO t VALUES (1, 'a')")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "a", "mine")
    sql("DELETE FROM t")
    with pytest.raises(EditConflict) as caught:
        table.save()
    assert caught.value.code == "rows.vanished"
    conflict = caught.value.conflicts[0]
    assert isinstance(conflict, Conflict)
    table.changes.mark_conflict(conflict)
    table.changes.resolve(conflict.draft, keep_mine=True)
    table.save()
    assert sql("SELECT * FROM t") == [(1, "mine")]


def test_the_key_can_be_changed(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (a int, b text, c text, PRIMARY KEY (a, b))")
    sql("INSERT INTO t VALUES (1, 'x', 'c')")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "a", "2")
    table.changes.edit(table.page.rows[0], "c", "d")
    table.save()
    assert sql("SELECT * FROM t") == [(2, "x", "d")]


def test_one_of_two_equal_rows_without_key(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (a text, p point)")
    sql("INSERT INTO t VALUES ('same', '(1,2)'), ('same', '(1,2)'), ('same', NULL)")
    table = Table(session, "t")
    assert table.relation.editing is Editing.BY_ALL_CELLS
    assert all(row.key.by_place for row in table.page.rows)
    table.changes.edit(table.page.rows[1], "a", "mine")
    table.changes.delete(table.page.rows[2])
    table.save()
    assert sorted(sql("SELECT a FROM t")) == [("mine",), ("same",)]
    again = Table(session, "t")
    again.changes.edit(again.page.rows[0], "a", "late")
    sql("UPDATE t SET a = a")
    again.save()
    assert sorted(sql("SELECT a FROM t")) in ([("late",), ("mine",)], [("late",), ("same",)])


def test_rows_of_several_relations_in_an_order_that_works(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE parent (id int PRIMARY KEY, boss int REFERENCES parent)")
    sql("CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent)")
    sql("INSERT INTO parent VALUES (1)")
    sql("INSERT INTO child VALUES (1, 1)")
    parent, child = Table(session, "parent"), Table(session, "child")
    parent.changes.delete(parent.page.rows[0])
    child.changes.insert({"id": "2", "parent": "7"})
    child.changes.delete(child.page.rows[0])
    parent.changes.insert({"id": "7", "boss": None})
    parent.changes.insert({"id": "8", "boss": "7"})
    changes = (*parent.changes.freeze(), *child.changes.freeze())
    relations = {table.relation.name: table.relation for table in (parent, child)}
    effects = RowWriter(session).apply(changes, relations, CTX)
    assert sql("SELECT id, boss FROM parent ORDER BY id") == [(7, None), (8, 7)]
    assert sql("SELECT * FROM child") == [(2, 7)]
    assert effects.relations == relations.keys()


def test_rows_that_follow_a_foreign_key_are_effects_too(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE parent (id int PRIMARY KEY)")
    sql("CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE)")
    sql("INSERT INTO parent VALUES (1)")
    parent = Table(session, "parent")
    parent.changes.delete(parent.page.rows[0])
    parent.save()
    assert parent.effects.touches(Kind.ROWS, RelationName("public", "child"))


def test_an_insert_that_gives_nothing(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text DEFAULT 'd')")
    table = Table(session, "t")
    table.changes.insert()
    table.changes.insert({"id": "77"})
    table.save()
    assert sql("SELECT * FROM t ORDER BY id") == [(1, "d"), (2, "d")]


def test_a_read_only_profile_refuses(profile: ConnectionProfile, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    session = Session.open(replace(profile, read_only=True), None, CTX)
    table = Table(session, "t")
    table.changes.insert({"id": "1"})
    with pytest.raises(ForbiddenHere):
        table.save()
    session.close()


def test_the_preview_is_what_would_run(session: Session, sql: Sql, pg_url: str) -> None:
    sql('CREATE TABLE "It\'s %s" (id int PRIMARY KEY, "a:b" text, n numeric)')
    sql("""INSERT INTO "It's %s" VALUES (1, 'it''s 100%', NULL), (2, 'x', 1.5)""")
    table = Table(session, "It's %s")
    table.changes.edit(table.page.rows[0], "a:b", "O'Brien \\ 50% :x")
    table.changes.edit(table.page.rows[0], "n", "2.50")
    table.changes.delete(table.page.rows[1])
    table.changes.insert({"id": "3", "a:b": None})
    texts = RowWriter(session).preview(table.relation, table.changes.freeze())
    assert texts[1] == (
        """UPDATE "public"."It's %s" SET "a:b"='O''Brien \\ 50% :x', "n"=2.50 WHERE "id" = 1 """
        """AND ("a:b"::text COLLATE "C") IS NOT DISTINCT FROM 'it''s 100%' AND "n" IS NULL;"""
    )
    with psycopg.connect(pg_url, autocommit=True) as connection:
        for text in texts:
            connection.execute(text.encode())
    assert sql("""SELECT * FROM "It's %s" ORDER BY id""")[0][1] == "O'Brien \\ 50% :x"
    assert [row[0] for row in sql("""SELECT id FROM "It's %s" ORDER BY id""")] == [1, 3]


def test_a_change_without_key_is_a_bug(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    table = Table(session, "t")
    change = RowChange(table.relation.name, ChangeKind.DELETE, 1, RowKey(("(0,1)",), by_place=True))
    with pytest.raises(StudioError) as caught:
        RowWriter(session).apply((change,), {table.relation.name: table.relation}, CTX)
    assert caught.value.code == "bug.change_without_key"
