"""Types whose operators the search path does not reach, and types without an order, are read and written too."""

from __future__ import annotations

import pytest

from nexus_studio.core.data.cells import Page, PageRequest
from nexus_studio.core.data.filters import Condition
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session
from tests.integration.services.test_rowwriter import CTX, Sql, Table
from tests.integration.services.test_rowwriter_guards import make_nondeterministic_collation


def install(sql: Sql, extension: str, schema: str) -> None:
    """Create an extension in a schema of its own, or skip the test."""
    if not sql("SELECT 1 FROM pg_available_extensions WHERE name = %s", extension):
        pytest.skip(f"this PostgreSQL comes without {extension}")
    sql(f"CREATE SCHEMA {schema}")
    sql(f"CREATE EXTENSION {extension} SCHEMA {schema}")


def walk(session: Session, relation: Relation, query: RowQuery, step: int) -> list[tuple[str | None, ...]]:
    source = RowSource(session)
    found: list[tuple[str | None, ...]] = []
    page: Page | None = None
    while page is None or not page.is_last:
        after = page.marks[-1] if page else None
        page = source.fetch(relation, query, PageRequest(len(found), step, after), 1, CTX)
        found += [row.cells for row in page.rows]
    return found


def test_citext_off_the_search_path(session: Session, sql: Sql) -> None:
    install(sql, "citext", '"my ""ext"')
    sql("""CREATE TABLE t (e "my ""ext".citext PRIMARY KEY, n int)""")
    sql(
        "INSERT INTO t SELECT CASE n % 2 WHEN 0 THEN 'U' ELSE 'u' END || lpad(n::text, 3, '0'), n "
        "FROM generate_series(1, 60) n"
    )
    table = Table(session, "t")
    rows = walk(session, table.relation, RowQuery(table.relation.name), 7)
    assert [row[1] for row in rows] == [str(n) for n in range(1, 61)]
    found = RowSource(session).fetch(
        table.relation, RowQuery(table.relation.name, Condition.of("e", "is", "u002")), PageRequest(0, 9), 1, CTX
    )
    assert [row.cells[1] for row in found.rows] == ["2"]
    table.changes.edit(table.page.rows[0], "n", "100")
    table.save()
    assert sql("SELECT n FROM t WHERE e::text = 'u001'") == [(100,)]


def test_vectors_off_the_search_path(session: Session, sql: Sql) -> None:
    install(sql, "vector", '"my ""ext"')
    sql("""CREATE TABLE t (v "my ""ext".vector(2) PRIMARY KEY, a "my ""ext".vector[], n int)""")
    sql('INSERT INTO t SELECT ARRAY[1, n]::"my ""ext".vector, NULL, n FROM generate_series(1, 30) n')
    table = Table(session, "t")
    assert table.relation.operator_schemas == ('my "ext',)
    rows = walk(session, table.relation, RowQuery(table.relation.name, sort=(Sort("v", descending=True),)), 7)
    assert [row[2] for row in rows] == [str(n) for n in range(30, 0, -1)]
    table.changes.edit(table.page.rows[0], "n", "100")
    table.changes.edit(table.page.rows[1], "v", "[3,3]")
    table.changes.delete(table.page.rows[2])
    table.save()
    assert sql("SELECT count(*) FROM t") == [(29,)]
    assert sql("SHOW search_path") == [('"$user", public',)]


def test_what_the_path_reaches_costs_no_question(session: Session, sql: Sql) -> None:
    sql("CREATE TYPE mood AS ENUM ('a'); CREATE SCHEMA s; CREATE TYPE s.mood AS ENUM ('a')")
    sql("CREATE TABLE t (id int PRIMARY KEY, m mood, o s.mood[])")
    assert CatalogReader(session).relation(RelationName("public", "t"), CTX).operator_schemas == ()


def test_types_without_an_order_are_ordered_by_their_text(session: Session, sql: Sql) -> None:
    sql("CREATE DOMAIN x AS xid; CREATE TABLE t (id int PRIMARY KEY, a xid[], b xid, c x)")
    sql("INSERT INTO t SELECT n, ARRAY[n::text::xid], n::text::xid, n::text::xid FROM generate_series(1, 9) n")
    table = Table(session, "t")
    for column in ("a", "b", "c"):
        rows = walk(session, table.relation, RowQuery(table.relation.name, sort=(Sort(column, descending=True),)), 2)
        assert [row[0] for row in rows] == [str(n) for n in range(9, 0, -1)]


def test_text_of_a_nondeterministic_collation_is_searched(session: Session, sql: Sql) -> None:
    make_nondeterministic_collation(sql)
    sql("CREATE TABLE t (id int PRIMARY KEY, v text COLLATE ci, a text[] COLLATE ci)")
    sql("INSERT INTO t VALUES (1, 'Anna', '{Anna}'), (2, 'Bert', '{Bert}')")
    relation, source = Table(session, "t").relation, RowSource(session)
    for operator, typed in (("contains", "NN"), ("starts_with", "an"), ("ends_with", "NA"), ("matches", "^An")):
        asked = RowQuery(relation.name, Condition.of("v", operator, typed))
        assert [row.cells[0] for row in source.fetch(relation, asked, PageRequest(0, 9), 1, CTX).rows] == ["1"]
    searched = source.fetch(relation, RowQuery(relation.name, search="ERT"), PageRequest(0, 9), 1, CTX)
    assert [row.cells[0] for row in searched.rows] == ["2"]
    assert source.search(relation, ("id",), ("v",), "er", 5, CTX) == [(("2",), "Bert")]


def test_a_view_is_paged_in_an_order(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t AS SELECT n, '{}'::json AS j FROM generate_series(1, 20000) n")
    sql("CREATE VIEW v AS SELECT * FROM t; ALTER TABLE t SET (parallel_workers = 4)")
    source, relation = RowSource(session), Table(session, "v").relation
    pages = [source.fetch(relation, RowQuery(relation.name), PageRequest(s, 50), 1, CTX) for s in (0, 50, 10_000)]
    assert [[row.cells[0] for row in page.rows] for page in pages] == [
        [str(n + 1) for n in range(s, s + 50)] for s in (0, 50, 10_000)
    ]
    sql("UPDATE t SET n = n WHERE n <= 50")
    again = source.fetch(relation, RowQuery(relation.name), PageRequest(0, 50), 1, CTX)
    assert again.rows == pages[0].rows
