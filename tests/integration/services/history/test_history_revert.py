"""Save, then revert: the database is what it was, byte for byte."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.data.cells import DEFAULT, PageRequest, Row, StagedCell
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.history import Action, SavedSet
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import EditConflict
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.history.service import HistoryService
from nexus_studio.services.paths import Paths
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session
from nexus_studio.services.tools import find_tool

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()


class Desk:
    """A session with history; what the window does, without the window."""

    def __init__(self, session: Session, sql: Sql, url: str, home: Path) -> None:
        self.session, self.sql, self.url = session, sql, url
        self.history = HistoryService(session, Paths.below(home))
        self.catalog = CatalogReader(session)
        self.writer = RowWriter(session)
        self._dump = find_tool("pg_dump", session.server.version_num)

    def dump(self) -> list[str]:
        """All rows of all tables, sorted, as pg_dump writes them; what it says of sequences is left out."""
        words = [str(self._dump), "--data-only", "--inserts", "--dbname", self.url]
        lines = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
        return sorted(each for each in lines if "setval" not in each and not each.startswith(("\\", "--")))

    def rows(self, name: str) -> dict[str, Row]:
        """The rows of a table by their first cell."""
        relation = self.catalog.relation(RelationName("public", name), CTX)
        page = RowSource(self.session).fetch(relation, RowQuery(relation.name), PageRequest(0, 100), 1, CTX)
        return {row.cells[0] or "NULL": row for row in page.rows}

    def changes(self, name: str) -> ChangeSet:
        """An empty change set of a table."""
        return ChangeSet(self.catalog.relation(RelationName("public", name), CTX))

    def save(self, *sets: ChangeSet, reason: str = "test") -> SavedSet:
        """Save change sets in one transaction, and return what was kept."""
        self.apply([change for each in sets for change in each.freeze()], reason)
        return self.history.sets(CTX, limit=1)[0]

    def apply(self, changes: list[RowChange], reason: str = "") -> None:
        """Write changes of several relations, as a save does."""
        self.catalog.forget()
        relations = self.catalog.relations({each.relation for each in changes}, CTX)
        self.writer.apply(changes, relations, CTX, witness=self.history.witness(reason))

    def revert(self, saved: SavedSet) -> None:
        """Take a set back."""
        inverse = self.history.inverse(saved.id, self.catalog, CTX)
        assert inverse.shortfalls == ()
        self.apply(list(inverse.all_changes()))


@pytest.fixture
def desk(session: Session, sql: Sql, pg_url: str, tmp_path: Path) -> Desk:
    return Desk(session, sql, pg_url, tmp_path)


def assert_round_trip(desk: Desk, *sets: ChangeSet) -> None:
    """Save, see that something is another; revert, see that nothing is; revert the revert, and once more."""
    before = desk.dump()
    saved = desk.save(*sets)
    after = desk.dump()
    assert after != before
    desk.revert(saved)
    assert desk.dump() == before
    (taking_back,) = desk.history.sets(CTX, limit=1)
    assert (taking_back.action, taking_back.reverts) == (Action.REVERT, saved.id)
    assert desk.history.find(saved.id, CTX).reverted_by == taking_back.id
    desk.revert(taking_back)
    assert desk.dump() == after


def test_inserts_updates_and_deletes_in_one_save(desk: Desk) -> None:
    desk.sql("CREATE TABLE t (id int PRIMARY KEY, a text, b numeric(10,2) DEFAULT 7)")
    desk.sql("INSERT INTO t VALUES (1, 'one', 10.00), (2, NULL, 2.5), (3, '', NULL), (4, 'x', 1)")
    changes, rows = desk.changes("t"), desk.rows("t")
    changes.edit(rows["1"], "a", None)
    changes.edit(rows["1"], "b", "1.10")
    changes.edit(rows["2"], "a", "é\n'\\“”")
    changes.edit(rows["4"], "id", "40")
    changes.delete(rows["3"])
    changes.insert({"id": "3", "a": "new"})
    changes.insert({"id": "5", "b": DEFAULT})
    assert_round_trip(desk, changes)


CASCADES = """
    CREATE TABLE a (id int PRIMARY KEY, name text);
    CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE, name text);
    CREATE TABLE c (id int PRIMARY KEY, b int REFERENCES b ON DELETE CASCADE, j json, t timestamptz);
    CREATE TABLE d (id int PRIMARY KEY, c int REFERENCES c ON DELETE SET NULL, a int REFERENCES a ON DELETE SET NULL
                    ON UPDATE SET NULL);
    CREATE TABLE e (id int PRIMARY KEY, c int DEFAULT 0 REFERENCES c ON DELETE SET DEFAULT);
    INSERT INTO a VALUES (1, 'one'), (2, 'two');
    INSERT INTO b VALUES (10, 1, 'b1'), (11, 1, NULL), (12, 2, 'b2');
    INSERT INTO c VALUES (0, NULL, NULL, NULL), (100, 10, '{"b": 1,  "a": [1.0]}', '2026-03-29 02:30+01'),
                         (101, 11, NULL, 'infinity'), (102, 12, 'null', NULL);
    INSERT INTO d VALUES (1, 100, 1), (2, 101, 2), (3, NULL, 1), (4, 102, NULL);
    INSERT INTO e VALUES (1, 100), (2, 102)
"""


def test_a_delete_with_cascades_over_several_levels(desk: Desk) -> None:
    desk.sql(CASCADES)
    changes = desk.changes("a")
    changes.delete(desk.rows("a")["1"])
    assert_round_trip(desk, changes)


def test_a_key_that_others_follow(desk: Desk) -> None:
    desk.sql(CASCADES)
    changes, others = desk.changes("a"), desk.changes("b")
    changes.edit(desk.rows("a")["1"], "id", "9")
    others.edit(desk.rows("b")["12"], "name", "changed as well")
    assert_round_trip(desk, changes, others)


def test_edits_of_rows_that_go_along_in_the_same_save(desk: Desk) -> None:
    desk.sql(CASCADES)
    parents, children, leaves = desk.changes("a"), desk.changes("b"), desk.changes("d")
    parents.delete(desk.rows("a")["1"])
    children.edit(desk.rows("b")["10"], "name", "edited, then gone")
    children.edit(desk.rows("b")["11"], "a", "2")
    leaves.edit(desk.rows("d")["3"], "c", "102")
    assert_round_trip(desk, parents, children, leaves)


MOVING = """
    CREATE TABLE a (id int PRIMARY KEY, up int REFERENCES a ON DELETE SET NULL ON UPDATE CASCADE, t text);
    CREATE TABLE b (a int REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE, n int, PRIMARY KEY (a, n));
    CREATE TABLE c (id int PRIMARY KEY, a int NOT NULL, n int NOT NULL, t text,
                    FOREIGN KEY (a, n) REFERENCES b ON DELETE CASCADE ON UPDATE CASCADE);
    INSERT INTO a VALUES (1, NULL, 'one'), (2, 1, 'two'), (3, NULL, 'three');
    INSERT INTO b VALUES (1, 1), (2, 1), (2, 2), (3, 1);
    INSERT INTO c VALUES (1, 2, 1, 'p'), (2, 3, 1, 'q')
"""


def test_a_row_that_took_the_key_of_the_deleted_one_it_had_pointed_to(desk: Desk) -> None:
    desk.sql(MOVING)
    changes, rows = desk.changes("a"), desk.rows("a")
    changes.delete(rows["1"])
    changes.edit(rows["2"], "id", "1")
    assert_round_trip(desk, changes)


def test_a_row_led_to_what_follows_a_key_two_tables_on(desk: Desk) -> None:
    desk.sql(MOVING)
    parents, leaves = desk.changes("a"), desk.changes("c")
    parents.edit(desk.rows("a")["2"], "id", "9")
    leaves.edit_cells(desk.rows("c")["1"], {"a": "3"})
    leaves.edit_cells(desk.rows("c")["2"], {"a": "9", "n": "1"})
    assert_round_trip(desk, parents, leaves)


def test_a_tree_in_one_table(desk: Desk) -> None:
    desk.sql(
        "CREATE TABLE n (id int PRIMARY KEY, up int REFERENCES n ON DELETE CASCADE ON UPDATE CASCADE, t text);"
        " INSERT INTO n VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 3, 'd'), (5, 1, 'e'), (6, 6, 'own')"
    )
    changes, rows = desk.changes("n"), desk.rows("n")
    changes.delete(rows["2"])
    changes.edit(rows["1"], "id", "100")
    changes.edit(rows["5"], "t", "edited too")
    changes.delete(rows["6"])
    assert_round_trip(desk, changes)


def test_identity_and_generated_columns(desk: Desk, server_version: int) -> None:
    virtual = ", v int GENERATED ALWAYS AS (n + 1) VIRTUAL" if server_version >= 180000 else ""
    desk.sql(
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int,"
        f" g int GENERATED ALWAYS AS (n * 2) STORED, d int GENERATED BY DEFAULT AS IDENTITY{virtual});"
        " INSERT INTO t (n) VALUES (1), (2), (NULL), (4)"
    )
    changes, rows = desk.changes("t"), desk.rows("t")
    changes.delete(rows["2"])
    changes.delete(rows["3"])
    changes.edit(rows["1"], "n", "10")
    changes.insert({"n": "7"})
    changes.insert()
    assert_round_trip(desk, changes)


TYPES: dict[str, tuple[str, str]] = {
    "bytea": (r"\x00ff10", r"\x"),
    "json": ('{"z": 1,  "a": 1.50}', "[]"),
    "jsonb": ('{"a": 1.50}', "null"),
    "timestamptz": ("2026-10-25 02:30:00.123456+02", "-infinity"),
    "timestamp": ("0044-03-15 12:00:00 BC", "infinity"),
    "date": ("0001-01-01 BC", "2026-02-28"),
    "interval": ("1 year 2 mons -3 days +04:05:06.789", "-00:00:01"),
    "numeric": ("10.00", "NaN"),
    "bigint": ("9223372036854775807", "0"),
    "double precision": ("-0", "NaN"),
    "real": ("0.1", "1e-40"),
    "text[]": ('{"a,b",NULL,""}', "{}"),
    "int[]": ("[0:1][1:2]={{1,2},{3,NULL}}", "{{1}}"),
    "int4range": ("[1,5)", "empty"),
    "inet": ("10.0.0.1/24", "::1"),
    "macaddr": ("08:00:2b:01:02:03", "00:00:00:00:00:00"),
    "uuid": ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000"),
    "bit(4)": ("1010", "0000"),
    "bit varying": ("101", ""),
    "money": ("$1,000.01", "$0.00"),
    "tsvector": ("'fat':2A 'rat'", ""),
    "character(5)": ("ab", ""),
    "boolean": ("t", "f"),
    "point": ("(1,2)", "(0,0)"),
    "mood": ("sad", "ok"),
    "pair": ('(1,"a b")', "(,)"),
    "oid": ("4294967295", "0"),
}


@pytest.mark.parametrize("keyless", [False, True])
def test_every_kind_of_value(desk: Desk, keyless: bool) -> None:
    desk.sql("CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE pair AS (n int, t text)")
    columns = [f"c{number} {kind}" for number, kind in enumerate(TYPES)]
    desk.sql(f"CREATE TABLE t (id int{'' if keyless else ' PRIMARY KEY'}, {', '.join(columns)})")
    marks = ", ".join(f"%s::{kind}" for kind in TYPES)
    for number, values in enumerate(([a for a, _ in TYPES.values()], [b for _, b in TYPES.values()])):
        desk.sql(f"INSERT INTO t VALUES ({number}, {marks})", *values)
    desk.sql("INSERT INTO t (id) VALUES (2)")
    changes, rows = desk.changes("t"), desk.rows("t")
    for number, (first, second) in enumerate(TYPES.values()):
        changes.edit(rows["0"], f"c{number}", second)
        changes.edit(rows["2"], f"c{number}", first)
    changes.delete(rows["1"])
    new: dict[str, StagedCell] = {f"c{number}": first for number, (first, _) in enumerate(TYPES.values())}
    changes.insert({"id": "3", **new})
    assert_round_trip(desk, changes)


def test_composite_keys_and_partitions(desk: Desk) -> None:
    desk.sql(
        "CREATE TABLE p (y int, n int, t text, PRIMARY KEY (y, n)) PARTITION BY LIST (y);"
        " CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);"
        " CREATE TABLE q (id int PRIMARY KEY, y int, n int, FOREIGN KEY (y, n) REFERENCES p ON DELETE CASCADE);"
        " INSERT INTO p VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 1, 'c'); INSERT INTO q VALUES (1, 1, 1), (2, 2, 1)"
    )
    relation = desk.catalog.relation(RelationName("public", "p"), CTX)
    page = RowSource(desk.session).fetch(relation, RowQuery(relation.name), PageRequest(0, 10), 1, CTX)
    changes = ChangeSet(relation)
    for row in page.rows:
        if row.cells[2] == "b":
            changes.edit_cells(row, {"y": "2", "n": "2"})
        else:
            changes.delete(row)
    changes.insert({"y": "1", "n": "9"})
    assert_round_trip(desk, changes)


def test_rows_that_exchange_unique_values(desk: Desk) -> None:
    desk.sql("CREATE TABLE t (id int PRIMARY KEY, s text UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    desk.sql("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    changes, rows = desk.changes("t"), desk.rows("t")
    changes.edit(rows["1"], "s", "b")
    changes.edit(rows["2"], "s", "a")
    assert_round_trip(desk, changes)


def test_what_others_changed_since_is_not_overwritten(desk: Desk) -> None:
    desk.sql("CREATE TABLE t (id int PRIMARY KEY, a text, b text); INSERT INTO t VALUES (1, 'a', 'b'), (2, 'x', 'y')")
    changes, rows = desk.changes("t"), desk.rows("t")
    changes.edit(rows["1"], "a", "mine")
    changes.edit(rows["2"], "a", "mine")
    changes.insert({"id": "3", "a": "new"})
    saved = desk.save(changes)
    desk.sql("UPDATE t SET b = 'of others' WHERE id = 1")
    desk.sql("UPDATE t SET a = 'theirs' WHERE id = 2")
    desk.sql("UPDATE t SET b = 'theirs' WHERE id = 3")
    before = desk.dump()
    with pytest.raises(EditConflict) as caught:
        desk.revert(saved)
    assert len(caught.value.conflicts) == 2
    assert desk.dump() == before
    assert [each.id for each in desk.history.sets(CTX)] == [saved.id]
