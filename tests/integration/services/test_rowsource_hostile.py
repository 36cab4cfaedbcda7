"""Names, sizes and shapes nobody would choose."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from psycopg import sql as pgsql

from nexus_studio.core.data.cells import PREVIEW, Page, PageRequest
from nexus_studio.core.data.changeset import ChangeSet, NeedsWholeCells
from nexus_studio.core.data.filters import Condition
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.errors import EditConflict
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()

NAMES = (
    'it\'s "quoted"',
    "Select",
    "two  spaces ",
    "😀😀",
    "100%s %(x)s %",
    ":colon::text",
    "a.b[1]",
    "back\\slash",
    "c0",
    "é" * 31,
    "x" * 63,
)


def relation_of(session: Session, name: str, schema: str = "public") -> Relation:
    return CatalogReader(session).relation(RelationName(schema, name), CTX)


def fetch(session: Session, relation: Relation, **more: Any) -> Page:
    return RowSource(session).fetch(relation, RowQuery(relation.name, **more), PageRequest(0, 200), 1, CTX)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names(session: Session, sql: Sql, name: str) -> None:
    quoted = pgsql.Identifier(name).as_string()
    sql(f"CREATE SCHEMA {quoted}")
    sql("CREATE SCHEMA types")
    sql(f"CREATE TYPE types.{quoted} AS ENUM ('a', 'b')")
    sql(f"CREATE TABLE {quoted}.{quoted} ({quoted} types.{quoted} PRIMARY KEY, n text)")
    sql(f"INSERT INTO {quoted}.{quoted} VALUES ('a', 'one'), ('b', NULL)")
    relation = relation_of(session, name, name)
    page = fetch(session, relation, sort=(Sort("n"), Sort(name, descending=True)))
    assert [row.cells for row in page.rows] == [("a", "one"), ("b", None)]
    assert page.marks
    after = PageRequest(1, 10, page.marks[0])
    source = RowSource(session)
    query = RowQuery(relation.name, Condition.of(name, "is", "b"), sort=(Sort("n"),))
    assert [row.cells for row in source.fetch(relation, query, after, 1, CTX).rows] == [("b", None)]
    assert source.count(relation, query, CTX).value == 1
    assert source.estimate(relation, query, CTX).value >= 1
    assert source.labels(relation, (name,), (name, "n"), [("a",)], CTX) == {("a",): "a one"}
    changes = ChangeSet(relation, page.columns)
    changes.edit(page.rows[0], name, "b")
    changes.delete(page.rows[1])
    writer = RowWriter(session)
    writer.apply(changes.freeze(), {relation.name: relation}, CTX)
    assert sql(f"SELECT * FROM {quoted}.{quoted}") == [("b", "one")]
    assert all(quoted in text for text in writer.preview(relation, changes.freeze()))


@pytest.mark.parametrize("kind", ["text", "bytea", "jsonb"])
def test_fifty_megabytes_in_one_cell(session: Session, sql: Sql, kind: str) -> None:
    # fifty million bytes on the line: of a bytea that is twice what is stored
    million = {"text": "repeat('é', 25000000)", "bytea": "decode(repeat('ab', 25000000), 'hex')"}.get(
        kind, "to_jsonb(repeat('a', 50000000))"
    )
    sql(f"CREATE TABLE big (id int PRIMARY KEY, doc {kind}, note text)")
    sql(f"INSERT INTO big SELECT 1, {million}, 'n'")
    relation = relation_of(session, "big")
    tracemalloc.start()
    page = fetch(session, relation)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000
    (row,) = page.rows
    if kind == "jsonb":  # it would have to be converted whole to show its beginning
        (stored,) = sql("SELECT pg_column_size(doc) FROM big")[0]
        assert (row.cells[1], row.sizes) == ("", {1: stored})
    else:
        assert len(row.cells[1] or "") == PREVIEW
        assert row.sizes == {1: 50_000_000 if kind == "text" else 25_000_000}
    whole = RowSource(session).whole_cell(relation, row.key, "doc", CTX)
    assert whole is not None
    assert whole.startswith(row.cells[1] or "")
    changes = ChangeSet(relation, page.columns)
    changes.edit(row, "note", "edited without reading the document")
    with pytest.raises(NeedsWholeCells):
        changes.edit(row, "doc", "x")
    new = {"text": whole + "!", "bytea": whole + "00", "jsonb": '"short"'}[kind]
    changes.edit(row, "doc", new, base={"doc": whole})
    RowWriter(session).apply(changes.freeze(), {relation.name: relation}, CTX)
    assert RowSource(session).whole_cell(relation, row.key, "doc", CTX) == new
    texts = RowWriter(session).preview(relation, changes.freeze())
    assert len(texts[0]) < 10_000
    if kind == "text":
        changes.edit(row, "doc", whole + "?", base={"doc": whole})  # which stands on what is no longer there
        with pytest.raises(EditConflict):
            RowWriter(session).apply(changes.freeze(), {relation.name: relation}, CTX)


def test_sixteen_hundred_columns(session: Session, sql: Sql) -> None:
    columns = ", ".join(f"c{index} text" for index in range(1599))
    sql(f"CREATE TABLE wide (id int PRIMARY KEY, {columns})")
    sql("INSERT INTO wide (id, c0, c1598) SELECT i, 'first', 'last' FROM generate_series(1, 300) i")
    relation = relation_of(session, "wide")
    page = fetch(session, relation, sort=(Sort("c0"),))
    assert len(page.rows) == 200
    row = page.rows[0]
    assert (len(row.cells), row.cells[1], row.cells[-1]) == (1600, "first", "last")
    assert page.marks
    query = RowQuery(relation.name, sort=(Sort("c0"),), search="last")
    rest = RowSource(session).fetch(relation, query, PageRequest(200, 200, page.marks[-1]), 1, CTX)
    assert len(rest.rows) == 100
    changes = ChangeSet(relation, page.columns)
    changes.edit(row, "c777", "edited")
    changes.delete(page.rows[1])
    RowWriter(session).apply(changes.freeze(), {relation.name: relation}, CTX)
    assert sql("SELECT c777 FROM wide WHERE id = 1") == [("edited",)]
    assert sql("SELECT count(*) FROM wide") == [(299,)]


def test_sixteen_hundred_columns_without_a_key(session: Session, sql: Sql) -> None:
    sql(f"CREATE TABLE wide ({', '.join(f'c{index} text' for index in range(1600))})")
    sql("INSERT INTO wide (c0) VALUES ('a'), ('a')")
    relation = relation_of(session, "wide")
    page = fetch(session, relation)
    changes = ChangeSet(relation, page.columns)
    changes.edit(page.rows[0], "c1", "b")
    RowWriter(session).apply(changes.freeze(), {relation.name: relation}, CTX)
    assert sql("SELECT c1 FROM wide ORDER BY c1") == [("b",), (None,)]


@pytest.mark.parametrize("what", ["TABLE", "VIEW", "MATERIALIZED VIEW"])
def test_zero_columns(session: Session, sql: Sql, what: str) -> None:
    if what == "TABLE":
        sql("CREATE TABLE nothing ()")
        sql("INSERT INTO nothing DEFAULT VALUES")
        sql("INSERT INTO nothing DEFAULT VALUES")
    else:
        sql(f"CREATE {what} nothing AS SELECT FROM generate_series(1, 2)")
    relation = relation_of(session, "nothing")
    page = fetch(session, relation)
    assert page.columns == ()
    assert [row.cells for row in page.rows] == [(), ()]
    assert RowSource(session).count(relation, RowQuery(relation.name), CTX).value == 2
    assert fetch(session, relation, search="x").rows == ()


def test_zero_rows(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    page = fetch(session, relation_of(session, "t"))
    assert (page.rows, page.is_last, page.marks) == ((), True, ())
    assert page.columns == ("id",)


def test_columns_that_may_not_be_read_are_left_out(session: Session, sql: Sql, profile: ConnectionProfile) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, secret text, open text)")
    sql("INSERT INTO t VALUES (1, 's', 'o')")
    role = f"nxs_reader_{profile.database}"  # roles belong to the cluster, not to this test's database
    sql(f"CREATE ROLE {role}")
    try:
        sql(f"GRANT SELECT (id, open), UPDATE (open) ON t TO {role}")
        reader = Session.open(replace(profile, role=role), None, CTX)
        relation = relation_of(reader, "t")
        page = fetch(reader, relation)
        assert page.columns == ("id", "open")
        assert page.rows[0].cells == ("1", "o")
        assert page.rows[0].version is None
        changes = ChangeSet(relation, page.columns)
        changes.edit(page.rows[0], "open", "new")
        RowWriter(reader).apply(changes.freeze(), {relation.name: relation}, CTX)
        assert sql("SELECT secret, open FROM t") == [("s", "new")]
        reader.close()
    finally:
        sql(f"DROP OWNED BY {role}")
        sql(f"DROP ROLE {role}")


def test_a_cell_just_as_long_as_the_preview_is_whole(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b bytea)")
    sql("INSERT INTO t VALUES (1, repeat('é', 256), decode(repeat('00', 127), 'hex'))")
    sql("INSERT INTO t VALUES (2, repeat('é', 257), decode(repeat('00', 128), 'hex'))")
    rows = fetch(session, relation_of(session, "t")).rows
    assert rows[0].sizes == {}
    assert rows[1].sizes == {1: 514, 2: 128}
    assert [len(cell or "") for cell in rows[0].cells] == [1, 256, 256]
    assert [len(cell or "") for cell in rows[1].cells] == [1, 256, 256]
