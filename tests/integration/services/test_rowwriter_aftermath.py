"""Rows a save did not write: moved, changed, gone, or held back by the server - each said as what it is."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from nexus_studio.core.data.merge import Conflict
from nexus_studio.core.errors import EditConflict, RowsRefused
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session
from tests.integration.services.test_rowwriter import Sql, Table

SWALLOW = "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$"


def test_a_row_that_a_trigger_swallows_is_not_saved(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text)")
    sql(SWALLOW)
    sql("CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.a = 'no') EXECUTE FUNCTION swallow()")
    table = Table(session, "t")
    table.changes.insert({"id": "1", "a": "yes"})
    table.changes.insert({"id": "2", "a": "no"})
    with pytest.raises(RowsRefused) as caught:
        table.save()
    assert caught.value.code == "rows.not_written"
    assert (caught.value.facts["change"], caught.value.facts["rows"]) == (1, 1)
    assert sql("SELECT * FROM t") == []


def test_a_row_that_a_trigger_puts_into_a_child_is_saved(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int, a text); CREATE TABLE child () INHERITS (t)")
    sql(
        "CREATE FUNCTION redirect() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN INSERT INTO child VALUES (NEW.*); RETURN NULL; END$$"
    )
    sql("CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION redirect()")
    table = Table(session, "t")
    table.changes.insert({"id": "1", "a": "yes"})
    table.save()
    assert sql("SELECT * FROM child") == [(1, "yes")]


@pytest.mark.parametrize("event", ["UPDATE", "DELETE"])
@pytest.mark.parametrize("key", ["PRIMARY KEY", ""])
def test_a_row_that_a_trigger_holds_is_no_conflict(session: Session, sql: Sql, event: str, key: str) -> None:
    sql(f"CREATE TABLE t (id int {key}, a text); INSERT INTO t VALUES (1, 'a')")
    sql(SWALLOW)
    sql(f"CREATE TRIGGER no BEFORE {event} ON t FOR EACH ROW EXECUTE FUNCTION swallow()")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "a", "mine")
    if event == "DELETE":
        table.changes.delete(table.page.rows[0])
    with pytest.raises(RowsRefused) as caught:
        table.save()
    assert caught.value.code == "rows.refused"
    assert caught.value.facts["change"] == 0


def test_a_row_that_a_policy_holds_is_no_conflict(profile: ConnectionProfile, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'a')")
    role = f"nxs_role_{uuid.uuid4().hex[:8]}"
    sql(f"CREATE ROLE {role}; GRANT ALL ON SCHEMA public TO {role}; GRANT ALL ON t TO {role}")
    sql("ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY see ON t FOR SELECT USING (true)")
    sql("CREATE POLICY touch ON t FOR UPDATE USING (false)")
    limited = Session.open(replace(profile, role=role), None, TaskContext.for_test())
    table = Table(limited, "t")
    table.changes.edit(table.page.rows[0], "a", "mine")
    with pytest.raises(RowsRefused) as caught:
        table.save()
    assert caught.value.code == "rows.refused"
    limited.close()
    sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_a_row_without_key_that_moved_is_found_by_its_cells(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (a text, n numeric); INSERT INTO t VALUES ('x', 1.0), ('x', 1.00), ('y', NULL), ('z', NULL)")
    table = Table(session, "t")
    one, _, three, four = table.page.rows
    table.changes.edit(one, "a", "mine")
    table.changes.delete(three)
    sql("UPDATE t SET a = a; UPDATE t SET n = n")
    table.save()
    assert sql("SELECT a, n::text FROM t ORDER BY a") == [("mine", "1.0"), ("x", "1.00"), ("z", None)]
    table.changes.clear()
    table.changes.edit(four, "a", "late")
    table.save()
    assert sql("SELECT count(*) FROM t WHERE a = 'late'") == [(1,)]


@pytest.mark.parametrize(
    "theirs",
    [
        ("UPDATE t SET b = 'theirs'", "VACUUM FULL t"),  # another row's place is the same then
        ("DELETE FROM t",),
        ("INSERT INTO t VALUES ('1', 'x')", "UPDATE t SET a = a"),
    ],
)
def test_a_row_without_key_that_nobody_finds_is_not_called_gone(
    session: Session, sql: Sql, theirs: tuple[str, ...]
) -> None:
    sql("CREATE TABLE t (a text, b text); INSERT INTO t VALUES ('1', 'x')")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "a", "mine")
    for statement in theirs:
        sql(statement)
    sql("INSERT INTO t VALUES ('other', 'row')")
    before = sql("SELECT * FROM t")
    with pytest.raises(EditConflict) as caught:
        table.save()
    assert caught.value.code == "rows.unidentified"
    (conflict,) = caught.value.conflicts
    assert isinstance(conflict, Conflict)
    assert (conflict.vanished, conflict.unidentified, conflict.cells) == (False, True, ())
    assert sql("SELECT * FROM t") == before


def test_rows_that_a_cascade_took_along_were_to_go_anyway(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id text PRIMARY KEY, parent text REFERENCES t ON DELETE CASCADE)")
    long = "x" * 1000
    sql("INSERT INTO t VALUES ('1', NULL)")
    sql("CREATE TABLE middle (id int PRIMARY KEY, t text REFERENCES t ON DELETE CASCADE)")
    sql("ALTER TABLE t ADD middle int REFERENCES middle ON DELETE CASCADE")
    sql(f"INSERT INTO middle VALUES (1, '1'); INSERT INTO t VALUES ('2{long}', NULL, 1)")
    table = Table(session, "t")
    for row in table.page.rows:
        table.changes.delete(row)
    table.save()
    assert sql("SELECT count(*) FROM t") == [(0,)]
