"""RowSource on a real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nexus_studio.core.data.cells import PageRequest, Row, RowKey
from nexus_studio.core.data.filters import AllOf, AnyOf, Condition, Filter, Not
from nexus_studio.core.data.pagecache import PageCache
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.errors import EditConflict, InvalidFilter
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()


def relation_of(session: Session, name: str, schema: str = "public") -> Relation:
    return CatalogReader(session).relation(RelationName(schema, name), CTX)


def read_all(source: RowSource, relation: Relation, query: RowQuery, page_rows: int = 7) -> list[Row]:
    """Walk down page by page, as the grid does."""
    cache = PageCache(page_rows=page_rows)
    cache.reset(1)
    rows: list[Row] = []
    while True:
        request = cache.plan(len(rows), len(rows) + page_rows - 1)
        if request is None:
            break
        page = source.fetch(relation, query, request, 1, CTX)
        assert cache.store(page) is not None
        rows += page.rows
        if page.is_last:
            break
    return rows


def column(relation: Relation, rows: list[Row], name: str) -> list[str | None]:
    index = [c.name for c in relation.columns].index(name)
    return [row.cells[index] for row in rows]


def test_a_page_is_text_with_key_and_version(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, n numeric, d date)")
    sql("INSERT INTO t VALUES (2, 1.50, 'infinity'), (1, NULL, '0044-03-15 BC')")
    relation = relation_of(session, "t")
    page = RowSource(session).fetch(relation, RowQuery(relation.name), PageRequest(0, 10), 3, CTX)
    assert page.columns == ("id", "n", "d")
    assert [row.cells for row in page.rows] == [("1", None, "0044-03-15 BC"), ("2", "1.50", "infinity")]
    assert page.rows[0].key == RowKey(("1",))
    assert page.rows[0].version is not None
    assert page.is_last
    assert page.generation == 3


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition.of("name", "contains", "50%"), [1]),
        (Condition.of("name", "contains", "ALPHA"), [1, 2]),
        (Condition.of("name", "not_contains", "alpha"), [3, 4]),
        (Condition.of("name", "starts_with", "beta_"), [3]),
        (Condition.of("name", "ends_with", "x"), [2, 3]),
        (Condition.of("name", "matches", "^.lpha"), [1, 2]),
        (Condition.of("name", "is_empty"), []),
        (Condition.of("name", "is_null"), [4]),
        (Condition.of("name", "is", None), [4]),
        (Condition.of("name", "is_not", "beta_x"), [1, 2, 4]),
        (Condition.of("id", "between", "2", "3"), [2, 3]),
        (Condition.of("id", "in", "1", "4"), [1, 4]),
        (Condition.of("role", "in", "A'b", None), [1, 4]),
        (Condition.of("id", "not_in", "1", "4"), [2, 3]),
        (Condition.of("id", "lt", "3"), [1, 2]),
        (Condition.of("id", "gte", "3"), [3, 4]),
        (Condition.of("at", "gt", "2026-01-01"), [2, 3]),
        (Condition.of("role", "is", "A'b"), [1]),
        (Condition.of("role", "lt", "z"), [1]),
        (Condition.of("doc", "json_has_key", "a"), [1]),
        (Condition.of("raw", "is", '{"b": 1}'), [2]),
        (Condition.of("raw", "json_has_key", "b"), [2]),
        (Condition.of("raw", "in", '{"b": 1}', None), [2, 3, 4]),
        (Condition.of("tags", "array_contains", "x"), [1]),
        (Condition.of("tags", "is_empty"), [2]),
        (Condition.of("span", "range_contains", "5"), [1]),
        (Condition.of("span", "range_contains", "[5,6]"), [1]),
        (Condition.of("span", "range_overlaps", "[9,20]"), [1, 2]),
        (Condition.of("span", "is_empty"), [3]),
        (Condition.of("words", "full_text", "quick -dog"), [1]),
        (Condition.of("ok", "is", "true"), [1]),
        (Condition.of("blob", "is", "\\x00ff"), [1]),
        (Condition.of("pt", "is", "(1,2)"), [1]),
        (Not(Condition.of("role", "is", "A'b")), [2, 3, 4]),
        (AnyOf((Condition.of("id", "is", "1"), Condition.of("name", "is_null"))), [1, 4]),
        (AllOf((Condition.of("id", "gt", "1"), Condition.of("id", "lt", "3"))), [2]),
        (AnyOf(), []),
        (AllOf(), [1, 2, 3, 4]),
    ],
)
def test_filters(session: Session, sql: Sql, condition: Filter, expected: list[int]) -> None:
    sql("CREATE TYPE role AS ENUM ('A''b', 'z')")
    sql(
        "CREATE TABLE t (id int PRIMARY KEY, name text, at timestamptz, role role, doc jsonb, raw json, tags text[],"
        " span int4range, words tsvector, ok bool, blob bytea, pt point)"
    )
    sql(
        """INSERT INTO t VALUES
        (1, 'Alpha 50%', '2025-01-01', 'A''b', '{"a": 1}', '{"c": 1}', '{x,y}', '[1,10)',
            to_tsvector('simple', 'quick fox'), true, '\\x00ff', '(1,2)'),
        (2, 'alpha x', '2026-06-01', 'z', '{}', '{"b": 1}', '{}', '[9,12)', to_tsvector('simple', 'quick dog'), false,
            '', NULL),
        (3, 'beta_x', 'infinity', 'z', NULL, NULL, '{y}', 'empty', NULL, NULL, NULL, NULL),
        (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"""
    )
    relation = relation_of(session, "t")
    query = RowQuery(relation.name, condition)
    source = RowSource(session)
    assert [int(row.cells[0] or 0) for row in read_all(source, relation, query)] == expected
    assert source.count(relation, query, CTX).value == len(expected)


@pytest.mark.parametrize(
    "condition",
    [
        Condition.of("nope", "is", "1"),
        Condition.of("id", "contains", "1"),
        Condition.of("id", "between", "1"),
        Condition.of("id", "no_such", "1"),
        AnyOf((Condition.of("id", "is", "1"), Not(Condition.of("id", "is_null", "1")))),
    ],
)
def test_a_filter_that_does_not_fit_is_refused(session: Session, sql: Sql, condition: Filter) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    relation = relation_of(session, "t")
    with pytest.raises(InvalidFilter):
        RowSource(session).fetch(relation, RowQuery(relation.name, condition), PageRequest(0, 10), 1, CTX)


def test_quick_search_looks_into_every_text_column(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b varchar(20), c jsonb)")
    sql("""INSERT INTO t VALUES (1, 'Dupont', '', '{}'), (2, '', 'DUPONT', '{}'), (3, '', '', '"dupont"')""")
    relation = relation_of(session, "t")
    rows = read_all(RowSource(session), relation, RowQuery(relation.name, search="dupont"))
    assert column(relation, rows, "id") == ["1", "2"]


def test_the_estimate_never_needs_an_analyse(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a int)")
    sql("INSERT INTO t SELECT i, i % 10 FROM generate_series(1, 5000) i")
    relation = relation_of(session, "t")
    source = RowSource(session)
    assert source.estimate(relation, RowQuery(relation.name), CTX).value > 100
    sql("ANALYZE t")
    assert source.estimate(relation, RowQuery(relation.name), CTX).value == 5000
    part = source.estimate(relation, RowQuery(relation.name, Condition.of("a", "is", "3")), CTX)
    assert 300 < part.value < 700
    assert part.certainty == "estimate"


def test_labels_search_and_counts_of_related_rows(session: Session, sql: Sql) -> None:
    sql('CREATE TABLE people (id numeric PRIMARY KEY, "firstName" text, "lastName" text)')
    sql("CREATE TABLE visits (id int PRIMARY KEY, person numeric REFERENCES people, guide numeric REFERENCES people)")
    sql("INSERT INTO people VALUES (1.0, 'Ada', 'Lovelace'), (2, 'Alan', NULL), (3, 'A%a', 'Zed')")
    sql("INSERT INTO visits SELECT i, 1, NULL FROM generate_series(1, 1500) i")
    sql("INSERT INTO visits VALUES (2000, 2, 2)")
    people, visits = relation_of(session, "people"), relation_of(session, "visits")
    source = RowSource(session)
    label = ("firstName", "lastName")
    found = source.labels(people, ("id",), label, [("1.00",), ("2",), ("9",), (None,)], CTX)
    assert found == {("1.00",): "Ada Lovelace", ("2",): "Alan"}
    assert source.search(people, ("id",), label, "love ada", 10, CTX) == [(("1.0",), "Ada Lovelace")]
    assert source.search(people, ("id",), label, "a%", 10, CTX) == [(("3",), "A%a Zed")]
    assert len(source.search(people, ("id",), label, "", 2, CTX)) == 2
    assert [key for key, _ in source.search(people, ("id",), label, "2", 10, CTX)] == [("2",)]
    pairs = [(visits, key) for key in people.referenced_by]
    of_one = {key.columns: count for key, count in source.related_counts(pairs, {"id": "1.0"}, CTX).items()}
    assert (of_one[("person",)].value, of_one[("person",)].certainty) == (1000, "at least")
    assert (of_one[("guide",)].value, of_one[("guide",)].certainty) == (0, "exact")


def test_labels_by_a_composite_key(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (a int, b text, name text, PRIMARY KEY (a, b))")
    sql("INSERT INTO t VALUES (1, 'x', 'one'), (1, 'y', 'two')")
    relation = relation_of(session, "t")
    assert RowSource(session).labels(relation, ("a", "b"), ("name",), [("1", "y"), ("2", "x")], CTX) == {
        ("1", "y"): "two"
    }


def test_one_row_by_key(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (a int, b text, c text, PRIMARY KEY (a, b))")
    sql("INSERT INTO t VALUES (1, 'x', repeat('é', 1000))")
    relation = relation_of(session, "t")
    source = RowSource(session)
    row = source.row_by_key(relation, RowKey(("1", "x")), CTX)
    assert row is not None
    assert row.cells[2] == "é" * 256
    assert row.sizes == {2: 2000}
    assert source.whole_cell(relation, row.key, "c", CTX) == "é" * 1000
    assert source.row_by_key(relation, RowKey(("2", "x")), CTX) is None
    with pytest.raises(EditConflict) as caught:
        source.whole_cell(relation, RowKey(("2", "x")), "c", CTX)
    assert caught.value.code == "rows.vanished"


def test_sorting_by_a_document_finds_every_row(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, doc text)")
    sql("INSERT INTO t SELECT i, repeat('a', 300) || (i % 13) FROM generate_series(1, 40) i")
    relation = relation_of(session, "t")
    rows = read_all(RowSource(session), relation, RowQuery(relation.name, sort=(Sort("doc", True),)))
    expected = sql("SELECT t.id::text AS x FROM t ORDER BY t.doc DESC, t.id DESC")
    assert column(relation, rows, "id") == [row[0] for row in expected]
