"""The order of a save: links are never broken on the way, and unique values are free when they are needed."""

from __future__ import annotations

import pytest

from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session
from tests.integration.services.test_rowwriter import CTX, Sql, Table

FAMILY = "INSERT INTO tree VALUES (1, NULL), (2, NULL), (3, 1), (4, 3)"


def tree(session: Session, sql: Sql, action: str) -> Table:
    sql(f"CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree {action})")
    sql(FAMILY)
    return Table(session, "tree")


@pytest.mark.parametrize("action", ["", "ON DELETE SET NULL", "ON DELETE CASCADE", "ON DELETE RESTRICT"])
def test_a_row_points_elsewhere_before_its_parent_goes(session: Session, sql: Sql, action: str) -> None:
    table = tree(session, sql, action)
    first, _, third, _ = table.page.rows
    table.changes.delete(first)
    table.changes.edit(third, "parent", "02")
    table.save()
    assert sql("SELECT * FROM tree ORDER BY id") == [(2, None), (3, 2), (4, 3)]


@pytest.mark.parametrize("action", ["", "ON DELETE SET NULL", "ON DELETE CASCADE", "ON DELETE RESTRICT"])
def test_children_go_before_their_parents(session: Session, sql: Sql, action: str) -> None:
    table = tree(session, sql, action)
    for row in table.page.rows:
        table.changes.delete(row)
    table.save()
    assert sql("SELECT count(*) FROM tree") == [(0,)]


def test_parents_come_before_their_children(session: Session, sql: Sql) -> None:
    table = tree(session, sql, "")
    table.changes.insert({"id": "7", "parent": "8"})
    table.changes.edit(table.page.rows[3], "parent", "9")
    table.changes.insert({"id": "8", "parent": "9"})
    table.changes.insert({"id": "9", "parent": "9"})
    table.save()
    assert sql("SELECT * FROM tree WHERE id > 3 ORDER BY id") == [(4, 9), (7, 8), (8, 9), (9, 9)]


def test_a_freed_value_can_be_taken(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b text, UNIQUE (a, b))")
    sql("CREATE UNIQUE INDEX ON t (lower(a || b))")
    sql("INSERT INTO t VALUES (1, 'x', 'y'), (2, 'z', 'y'), (3, 'p', 'q'), (4, 'q', 'q'), (5, 'r', 'r')")
    table = Table(session, "t")
    one, two, three, four, five = table.page.rows
    table.changes.edit(two, "a", "X")  # the other column is not known to the save
    table.changes.delete(one)
    table.changes.edit(three, "a", "q")
    table.changes.edit(three, "b", "q")
    table.changes.edit(four, "a", "s")
    table.changes.insert({"id": "5", "a": "R", "b": "R"})
    table.changes.delete(five)
    table.save()
    assert sql("SELECT * FROM t ORDER BY id") == [(2, "X", "y"), (3, "q", "q"), (4, "s", "q"), (5, "R", "R")]


def test_a_freed_slot_can_be_taken(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, slot int4range, EXCLUDE USING gist (slot WITH &&))")
    sql("INSERT INTO t VALUES (1, '[1,5)'), (2, '[10,12)')")
    table = Table(session, "t")
    table.changes.insert({"id": "3", "slot": "[2,3)"})
    table.changes.edit(table.page.rows[1], "slot", "[4,5)")
    table.changes.delete(table.page.rows[0])
    table.save()
    assert sql("SELECT id FROM t ORDER BY id") == [(2,), (3,)]


def test_many_changes_are_ordered_in_no_time(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a int, b int, UNIQUE (a, b)); CREATE UNIQUE INDEX ON t ((a + 1), b)")
    sql("INSERT INTO t SELECT n, 1, n FROM generate_series(1, 99) n")
    table = Table(session, "t")
    for row in table.page.rows[:50]:
        table.changes.delete(row)
    for row in table.page.rows[50:]:
        table.changes.edit(row, "a", "1")
        table.changes.edit(row, "b", str(int(row.cells[0] or "0") - 50))
    for number in range(200, 900):
        table.changes.insert({"id": str(number), "a": "1", "b": str(number)})
    table.save()
    assert sql("SELECT count(*), min(b), max(b) FROM t") == [(749, 1, 899)]


def test_a_key_is_left_a_row_is_made_and_pointed_to(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t ON DELETE SET NULL ON UPDATE CASCADE)")
    sql("INSERT INTO t VALUES (1, NULL)")
    table = Table(session, "t")
    table.changes.edit_cells(table.page.rows[0], {"id": "2", "up": "1"})
    table.changes.insert({"id": "1"})
    table.save()
    assert sql("SELECT * FROM t ORDER BY id") == [(1, None), (2, 1)]


def test_what_only_waits_for_a_circle_is_not_cut(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, friend int REFERENCES t)")
    sql("ALTER TABLE t ADD boss int NOT NULL REFERENCES t")
    table = Table(session, "t")
    table.changes.insert({"id": "3", "boss": "1"})
    table.changes.insert({"id": "1", "friend": "2", "boss": "1"})
    table.changes.insert({"id": "2", "friend": "1", "boss": "2"})
    table.save()
    assert sql("SELECT * FROM t ORDER BY id") == [(1, 2, 1), (2, 1, 2), (3, None, 1)]


def test_rows_are_changed_before_their_key_follows(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    sql("CREATE TABLE child (t int REFERENCES t ON UPDATE CASCADE, n int, v text, PRIMARY KEY (t, n))")
    sql("INSERT INTO t VALUES (1); INSERT INTO child VALUES (1, 1, 'x'), (1, 2, 'y')")
    parent, child = Table(session, "t"), Table(session, "child")
    parent.changes.edit(parent.page.rows[0], "id", "5")
    child.changes.edit(child.page.rows[0], "v", "new")
    child.changes.delete(child.page.rows[1])
    relations = {table.relation.name: table.relation for table in (parent, child)}
    changes = (*parent.changes.freeze(), *child.changes.freeze())
    RowWriter(session).apply(changes, relations, CTX)
    assert sql("SELECT * FROM child") == [(5, 1, "new")]
