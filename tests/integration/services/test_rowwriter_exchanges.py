"""Rows that exchange unique values in one save: in two steps where nothing sees it, refused in words elsewhere."""

from __future__ import annotations

import re

import pytest

from nexus_studio.core.data.merge import CellConflict, Conflict
from nexus_studio.core.data.undoing import inverse_of
from nexus_studio.core.errors import ConstraintViolated, EditConflict
from nexus_studio.services.impact import impact_of
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session
from tests.integration.services.test_rowwriter import CTX, Sql, Table
from tests.integration.services.test_saveimages import watched

PAIR = "INSERT INTO t VALUES (1, 'x'), (2, 'y')"


def pair(session: Session, sql: Sql, definition: str) -> Table:
    """Make a table of two rows that exchange x and y."""
    sql(f"CREATE TABLE t (id int PRIMARY KEY, a {definition}); {PAIR}")
    return exchanging(session)


def exchanging(session: Session) -> Table:
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "a", "y")
    table.changes.edit(table.page.rows[1], "a", "x")
    return table


def both(sql: Sql) -> object:
    return sql("SELECT id, a FROM t ORDER BY id")


@pytest.mark.parametrize(
    "definition",
    [
        "text UNIQUE",
        "text UNIQUE DEFERRABLE",
        "text NOT NULL UNIQUE DEFERRABLE",
        "text NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED",
        "varchar(1) UNIQUE, UNIQUE (id, a)",
    ],
)
def test_two_rows_exchange_a_unique_value(session: Session, sql: Sql, definition: str) -> None:
    pair(session, sql, definition).save()
    assert both(sql) == [(1, "y"), (2, "x")]


@pytest.mark.parametrize(
    "more",
    [
        "ALTER TABLE t ALTER a SET NOT NULL",
        "ALTER TABLE t ADD CHECK (a <> '')",
        "CREATE DOMAIN word AS text; ALTER TABLE t ALTER a TYPE word",
        "CREATE TABLE u (a text REFERENCES t (a) ON UPDATE CASCADE)",
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
            "CREATE TRIGGER f BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()"
        ),
        "CREATE RULE r AS ON UPDATE TO t DO ALSO NOTIFY t",
    ],
)
def test_where_it_would_be_seen_it_is_refused_in_words(session: Session, sql: Sql, more: str) -> None:
    sql(f"CREATE TABLE t (id int PRIMARY KEY, a text UNIQUE); {PAIR}; {more}")
    with pytest.raises(ConstraintViolated) as caught:
        exchanging(session).save()
    assert caught.value.code == "constraint.exchange"
    assert caught.value.facts["columns"] == ("a",)
    assert both(sql) == [(1, "x"), (2, "y")]


def test_a_trigger_that_is_off_or_for_others_sees_nothing(session: Session, sql: Sql) -> None:
    sql(f"CREATE TABLE t (id int PRIMARY KEY, a text UNIQUE); {PAIR}")
    sql("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    sql("CREATE TRIGGER f BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()")
    sql("CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t DISABLE TRIGGER g")
    exchanging(session).save()
    assert both(sql) == [(1, "y"), (2, "x")]


@pytest.mark.pg(">= 15")
def test_an_index_to_which_nulls_are_alike_is_left_alone(session: Session, sql: Sql) -> None:
    sql(f"CREATE TABLE t (id int PRIMARY KEY, a text UNIQUE NULLS NOT DISTINCT); {PAIR}; INSERT INTO t VALUES (3)")
    with pytest.raises(ConstraintViolated) as caught:
        exchanging(session).save()
    assert caught.value.code == "constraint.exchange"


def test_a_primary_key_is_not_exchanged(session: Session, sql: Sql) -> None:
    """Not even a DEFERRABLE one: two rows would stand under one key, and both would be written."""
    for definition in ("PRIMARY KEY", "PRIMARY KEY DEFERRABLE"):
        sql(f"DROP TABLE IF EXISTS t; CREATE TABLE t (id int {definition}, a text); {PAIR}")
        table = Table(session, "t")
        table.changes.edit(table.page.rows[0], "id", "2")
        table.changes.edit(table.page.rows[1], "id", "1")
        with pytest.raises(ConstraintViolated):
            table.save()
        assert both(sql) == [(1, "x"), (2, "y")]


def test_three_rows_pass_values_on_in_a_circle_beside_others(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text UNIQUE, b int)")
    sql("INSERT INTO t VALUES (1, 'x', 0), (2, 'y', 0), (3, 'z', 0), (4, 'v', 0)")
    table = Table(session, "t")
    for row, cell in zip(table.page.rows, ("y", "z", "x", "w"), strict=True):
        table.changes.edit(row, "a", cell)
        table.changes.edit(row, "b", "7")
    table.changes.insert({"id": "5", "a": "v"})
    table.save()
    assert sql("SELECT * FROM t ORDER BY id") == [(1, "y", 7), (2, "z", 7), (3, "x", 7), (4, "w", 7), (5, "v", None)]


def test_several_columns_and_several_indexes(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, day int NOT NULL, place int, name text UNIQUE, UNIQUE (day, place))")
    sql("CREATE UNIQUE INDEX ON t (name) WHERE place > 0")
    sql("INSERT INTO t VALUES (1, 1, 1, 'a'), (2, 1, 2, 'b'), (3, 2, 1, 'c')")
    table = Table(session, "t")
    for row, day, place, name in zip(table.page.rows, "121", "211", "bca", strict=True):
        for column, cell in (("day", day), ("place", place), ("name", name)):
            table.changes.edit(row, column, cell)
    table.save()
    assert sql("SELECT * FROM t ORDER BY id") == [(1, 1, 2, "b"), (2, 2, 1, "c"), (3, 1, 1, "a")]


def test_places_of_a_list_of_which_only_the_number_is_edited(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, list int, place int, UNIQUE (list, place))")
    sql("INSERT INTO t VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, 2), (5, 1, 3)")
    table = Table(session, "t")
    for row, place in zip(table.page.rows, "21213"[:4], strict=False):
        table.changes.edit(row, "place", place)
    table.save()
    assert sql("SELECT * FROM t ORDER BY id") == [(1, 1, 2), (2, 1, 1), (3, 2, 2), (4, 2, 1), (5, 1, 3)]


@pytest.mark.parametrize(
    ("theirs", "cell"),
    [
        ("a = NULL", CellConflict("a", "y", "x", None)),
        ("a = 'other'", CellConflict("a", "y", "x", "other")),
        ("b = 'theirs'", CellConflict("b", "", "mine", "theirs")),
    ],
)
def test_what_others_wrote_is_asked_about_as_it_was_staged(
    session: Session, sql: Sql, theirs: str, cell: CellConflict
) -> None:
    """Also where they have emptied the very cell that is emptied on the way."""
    sql("CREATE TABLE t (id int PRIMARY KEY, a text UNIQUE, b text)")
    sql("INSERT INTO t VALUES (1, 'x', ''), (2, 'y', '')")
    table = exchanging(session)
    for row in table.page.rows:
        table.changes.edit(row, "b", "mine")
    sql(f"UPDATE t SET {theirs} WHERE id = 2")
    before = sql("SELECT * FROM t ORDER BY id")
    with pytest.raises(EditConflict) as caught:
        table.save()
    assert caught.value.conflicts == (Conflict(2, cells=(cell,)),)
    assert sql("SELECT * FROM t ORDER BY id") == before


def test_a_row_that_is_gone_is_asked_about(session: Session, sql: Sql) -> None:
    table = pair(session, sql, "text UNIQUE")
    sql("DELETE FROM t WHERE id = 2")
    with pytest.raises(EditConflict) as caught:
        table.save()
    assert caught.value.conflicts == (Conflict(2, vanished=True),)


def test_the_steps_are_shown_and_each_row_is_kept_once(session: Session, sql: Sql) -> None:
    table = pair(session, sql, "text UNIQUE")
    relations, frozen = {table.relation.name: table.relation}, table.changes.freeze()
    shown = RowWriter(session).preview(relations, frozen, CTX)
    assert [re.findall('SET "a"=(.*?) WHERE "id" = (.)', each) for each in shown] == [
        [("NULL", "2")],
        [("'y'", "1")],
        [("'x'", "2")],
    ]
    assert impact_of(session, frozen, relations, CTX).is_nothing

    images = watched(table).images

    found = sorted(((image.before["a"], image.after["a"]) for image in images), key=str)
    assert found == [("x", "y"), ("y", "x")]
    RowWriter(session).apply(inverse_of(images, relations).all_changes(), relations, CTX)
    assert both(sql) == [(1, "x"), (2, "y")]
