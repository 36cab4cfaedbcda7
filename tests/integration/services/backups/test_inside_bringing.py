"""Rows of a backup brought back: staged, saved by the same road as any edit, and the tables are equal again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from nexus_studio.core.admin.tablecomparison import TableComparison
from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.errors import EditConflict
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.bringing import rows_back
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowwriter import RowWriter
from tests.integration.services.backups.two import T, Two

CTX = TaskContext.for_test()


@pytest.fixture
def two(own_database: Callable[..., str]) -> Iterator[Two]:
    found = Two(own_database(), own_database())
    yield found
    found.close()


def _back(two: Two, found: TableComparison, *, name: RelationName = T) -> tuple[RowChange, ...]:
    keys = [row.key for row in found.rows for _ in range(row.copies) if row.then is not None]
    return rows_back(two.then, two.now, two.relation(two.then, name), two.relation(two.now, name), keys, CTX)


def _save(two: Two, changes: tuple[RowChange, ...], *, name: RelationName = T) -> None:
    relation = CatalogReader(two.now).relation(name, CTX)
    staged = ChangeSet(relation)
    staged.adopt(changes)
    RowWriter(two.now).apply(staged.freeze(), {name: relation}, CTX)


def test_gone_rows_come_back_as_they_were(two: Two) -> None:
    two.run(
        """CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text, at timestamptz, m money,
                           twice int GENERATED ALWAYS AS (id * 2) STORED, r regclass DEFAULT 'pg_class');
           INSERT INTO t (a, at, m) SELECT repeat('x', n * 300), '2026-01-01Z', n FROM generate_series(1, 5) n"""
    )
    two.run("DELETE FROM t WHERE id IN (2, 4)", then=False)
    found = two.compare()
    back = _back(two, found)
    assert {change.kind for change in back} == {ChangeKind.INSERT}
    assert all("twice" not in change.values for change in back)
    assert two.compare().only_in_backup == 2  # nothing is written by looking
    _save(two, back)
    assert two.compare().is_same
    two.run("INSERT INTO t (a) VALUES ('next')", then=False)
    assert two.rows("SELECT max(id) FROM t") == [(6,)]


def test_changed_rows_are_edits_of_what_differs(two: Two) -> None:
    two.run("CREATE TABLE t (id int PRIMARY KEY, a text, b int, c text)")
    two.run("INSERT INTO t VALUES (1, 'was', 7, 'same'), (2, NULL, 8, 'same')")
    two.run("UPDATE t SET a = 'is', b = NULL; INSERT INTO t VALUES (3, 'new')", then=False)
    back = _back(two, two.compare())
    assert [(dict(each.values), dict(each.base)) for each in back] == [
        ({"a": "was", "b": "7"}, {"a": "is", "b": None}),
        ({"a": None, "b": "8"}, {"a": "is", "b": None}),
    ]
    _save(two, back)
    assert two.rows("SELECT * FROM t ORDER BY id") == [
        (1, "was", 7, "same"),
        (2, None, 8, "same"),
        (3, "new", None, None),
    ]


def test_what_others_changed_meanwhile_is_a_conflict(two: Two) -> None:
    two.run("CREATE TABLE t (id int PRIMARY KEY, at timestamptz); INSERT INTO t VALUES (1, '2026-01-01 00:00+00')")
    two.run(f"ALTER DATABASE {two.now.server.database} SET timezone TO 'Asia/Tokyo'", then=False)
    two.now.drop_idle()
    two.run("UPDATE t SET at = now()", then=False)
    back = _back(two, two.compare())
    two.run("UPDATE t SET at = '2030-01-01'", then=False)
    with pytest.raises(EditConflict):
        _save(two, back)
    _save(two, _back(two, two.compare()))
    assert two.compare().is_same


def test_rows_without_a_key_come_back_as_often_as_they_are_missing(two: Two) -> None:
    two.run("CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (1, 'x'), (1, 'x'), (2, NULL)")
    two.run("DELETE FROM t; INSERT INTO t VALUES (1, 'x')", then=False)
    relation = two.relation(two.now, T)
    changes = _back(two, two.compare())
    assert len(changes) == 3
    RowWriter(two.now).apply(changes, {T: relation}, CTX)
    assert two.compare().is_same


def test_columns_of_today_that_the_backup_lacks_get_their_default(two: Two) -> None:
    two.run('CREATE TABLE "T t" (id int PRIMARY KEY, "a ""b" text, old int); INSERT INTO "T t" VALUES (1, \'x\', 5)')
    two.run('ALTER TABLE "T t" DROP COLUMN old, ADD COLUMN fresh text DEFAULT \'f\'; DELETE FROM "T t"', then=False)
    name = RelationName("public", "T t")
    _save(two, _back(two, two.compare(name=name), name=name), name=name)
    assert two.rows('SELECT * FROM "T t"') == [(1, "x", "f")]


def test_rows_that_are_the_same_or_that_it_lacks_need_nothing(two: Two) -> None:
    two.run("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)")
    relation = two.relation(two.now, T)
    assert rows_back(two.then, two.now, relation, relation, [RowKey(("1",)), RowKey(("2",))], CTX) == ()


def test_what_may_not_be_edited_is_not(two: Two) -> None:
    two.run("CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1)")
    two.run("UPDATE t SET a = 2", then=False)
    then, now = two.relation(two.then, T), two.relation(two.now, T)
    locked = replace(now, columns=tuple(replace(column, may_update=False) for column in now.columns))
    assert rows_back(two.then, two.now, then, locked, [RowKey(("1",))], CTX) == ()


def test_a_key_may_be_written_otherwise(two: Two) -> None:
    two.run("CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (7, 1), (8, 1)")
    two.run("UPDATE t SET a = 2 WHERE id = 7; DELETE FROM t WHERE id = 8", then=False)
    relation = two.relation(two.now, T)
    found = rows_back(two.then, two.now, relation, relation, [RowKey((" 08",)), RowKey(("+7",))], CTX)
    assert {(each.kind, each.key) for each in found} == {
        (ChangeKind.INSERT, None),
        (ChangeKind.UPDATE, RowKey(("7",))),
    }
