"""What else a save would do: tried on the server, counted, and rolled back."""

from __future__ import annotations

import uuid
from dataclasses import replace

import psycopg

from nexus_studio.core.data.impact import Impact, TableImpact, may_reach_further
from nexus_studio.core.errors import ConstraintViolated, EditConflict, ForbiddenHere, PermissionDenied, TimedOut
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.impact import impact_of
from nexus_studio.services.session import Session
from tests.integration.services.test_rowwriter import CTX, Sql, Table


def measured(table: Table) -> Impact:
    return impact_of(table.session, table.changes.freeze(), {table.relation.name: table.relation}, CTX)


def name(table: str) -> RelationName:
    return RelationName("public", table)


def test_what_a_delete_takes_along_is_counted(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    sql("CREATE TABLE child (id int PRIMARY KEY, t int CONSTRAINT to_t REFERENCES t ON DELETE CASCADE)")
    sql(
        "CREATE TABLE leaf (id int, child int CONSTRAINT to_child REFERENCES child ON DELETE CASCADE, PRIMARY KEY"
        " (id)) PARTITION BY HASH (id)"
    )
    sql("CREATE TABLE leaf_a PARTITION OF leaf FOR VALUES WITH (MODULUS 2, REMAINDER 0)")
    sql("CREATE TABLE leaf_b PARTITION OF leaf FOR VALUES WITH (MODULUS 2, REMAINDER 1)")
    sql("CREATE TABLE note (id int PRIMARY KEY, t int CONSTRAINT about REFERENCES t ON DELETE SET NULL)")
    sql("INSERT INTO t VALUES (1), (2); INSERT INTO child SELECT n, 1 FROM generate_series(1, 7) n")
    sql("INSERT INTO leaf SELECT n, 1 FROM generate_series(1, 20) n; INSERT INTO note VALUES (1, 1), (2, 2), (3, 1)")
    before = sql("SELECT (SELECT count(*) FROM leaf), (SELECT count(t) FROM note)")
    table = Table(session, "t")
    table.changes.delete(table.page.rows[0])
    assert measured(table) == Impact(
        (
            TableImpact(name("child"), removed=7, keys=("to_t",)),
            TableImpact(name("leaf"), removed=20, keys=("to_child",)),
            TableImpact(name("note"), changed=2, keys=("about",)),
        )
    )
    assert sql("SELECT (SELECT count(*) FROM leaf), (SELECT count(t) FROM note)") == before
    table.save()  # nothing is left locked


def test_rows_of_the_same_table_that_go_along_are_counted(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, up int CONSTRAINT up REFERENCES t ON DELETE CASCADE)")
    sql("INSERT INTO t VALUES (1, NULL), (2, 1), (3, 2), (4, NULL)")
    table = Table(session, "t")
    table.changes.delete(table.page.rows[0])
    assert measured(table).tables == (TableImpact(name("t"), removed=2, keys=("up",)),)


def test_a_key_change_that_others_follow(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text)")
    sql("CREATE TABLE child (t int CONSTRAINT to_t REFERENCES t ON UPDATE CASCADE, id serial PRIMARY KEY)")
    sql("INSERT INTO t VALUES (1), (2); INSERT INTO child SELECT 1 FROM generate_series(1, 3)")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "id", "10")
    assert measured(table).tables == (TableImpact(name("child"), changed=3, keys=("to_t",)),)


def test_a_row_that_changes_its_partition_takes_nothing_along(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id)")
    sql("CREATE TABLE t_a PARTITION OF t FOR VALUES FROM (0) TO (10)")
    sql("CREATE TABLE t_b PARTITION OF t FOR VALUES FROM (10) TO (20)")
    sql("INSERT INTO t VALUES (1), (2)")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "id", "12")
    table.changes.edit(table.page.rows[1], "id", "3")
    assert measured(table).is_nothing


def test_what_triggers_write_is_counted_and_they_are_named(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)")
    sql(
        "CREATE TABLE audit (at timestamptz DEFAULT now(), id int); CREATE TABLE total (n int); INSERT INTO total"
        " VALUES (2)"
    )
    sql(
        "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO audit (id) VALUES (OLD.id);"
        " UPDATE total SET n = n - 1; RETURN OLD; END$$"
    )
    sql("CREATE TRIGGER note_it AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION noted()")
    table = Table(session, "t")
    for row in table.page.rows:
        table.changes.delete(row)
    assert measured(table) == Impact(
        (
            TableImpact(name("audit"), added=2, by_triggers=True),
            TableImpact(name("total"), changed=2, by_triggers=True),
        ),
        ("t: note_it",),
    )
    assert sql("SELECT n FROM total") == [(2,)]


def test_what_keeps_it_from_being_tried_is_said(
    profile: ConnectionProfile, session: Session, sql: Sql, pg_url: str
) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text); CREATE TABLE child (t int REFERENCES t)")
    sql("INSERT INTO t VALUES (1), (2), (3); INSERT INTO child VALUES (2)")
    table = Table(session, "t")
    with psycopg.connect(pg_url) as other:
        other.execute("UPDATE t SET a = 'held' WHERE id = 1")
        table.changes.delete(table.page.rows[0])
        held = measured(table)
        assert isinstance(held.unknown, TimedOut)
        assert held.unknown.code == "timeout.lock"
    table.changes.clear()
    table.changes.delete(table.page.rows[1])
    assert isinstance(measured(table).unknown, ConstraintViolated)
    table.changes.clear()
    table.changes.delete(table.page.rows[2])
    sql("UPDATE t SET a = 'theirs' WHERE id = 3")
    assert isinstance(measured(table).unknown, EditConflict)
    reading = Session.open(replace(profile, read_only=True), None, CTX)
    assert isinstance(
        impact_of(reading, table.changes.freeze(), {table.relation.name: table.relation}, CTX).unknown, ForbiddenHere
    )
    reading.close()


def test_who_may_not_delete_is_told_so(profile: ConnectionProfile, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)")
    role = f"nxs_role_{uuid.uuid4().hex[:8]}"
    sql(f"CREATE ROLE {role}; GRANT USAGE ON SCHEMA public TO {role}; GRANT SELECT, INSERT ON t TO {role}")
    limited = Session.open(replace(profile, role=role), None, CTX)
    table = Table(limited, "t")
    table.changes.delete(table.page.rows[0])
    assert isinstance(measured(table).unknown, PermissionDenied)
    limited.close()
    sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_which_changes_can_reach_further(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE, a text); CREATE TABLE child (u int REFERENCES t (u))")
    sql("INSERT INTO t VALUES (1, 1, 'a')")
    for column, cell, further in (("a", "b", False), ("u", "2", True), ("id", "3", True)):
        table = Table(session, "t")
        table.changes.edit(table.page.rows[0], column, cell)
        table.changes.insert({"id": "9"})
        assert may_reach_further({table.relation.name: table.relation}, table.changes.freeze()) is further
