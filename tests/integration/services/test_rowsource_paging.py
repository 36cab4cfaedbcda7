"""Paging by key equals ORDER BY, whatever the order, the NULLs and the way one gets there."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexus_studio.core.data.cells import Bookmark, Cell, PageRequest, RowCount
from nexus_studio.core.data.filters import Condition
from nexus_studio.core.data.pagecache import PageCache
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.explain import Explain
from nexus_studio.core.sql.expressions import named, table_of
from nexus_studio.core.sql.ordering import ordering_of
from nexus_studio.core.sql.select import page_statement
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
COLUMNS = ("k1", "k2", "n", "t", "f", "j")
KEYS = {"": (), "k1": ("k1",), "k1, k2": ("k1", "k2")}


@st.composite
def _sorts(draw: st.DrawFn) -> tuple[Sort, ...]:
    names = draw(st.lists(st.sampled_from(COLUMNS), unique=True, max_size=3))
    return tuple(Sort(name, draw(st.booleans()), draw(st.sampled_from([None, True, False]))) for name in names)


def _fill(sql: Sql, key: str, rows: int, seed: int) -> None:
    chance = random.Random(seed)
    sql("DROP TABLE IF EXISTS t")
    sql("CREATE TABLE t (k1 int NOT NULL, k2 text NOT NULL, n int, t text, f float8, j json)")
    for number in range(rows):
        sql(
            "INSERT INTO t VALUES (%s, %s, %s, %s, %s, %s)",
            number if key == "k1" else number // 3,
            f"k{number % 3}" if key != "" else "k",
            chance.choice([None, 1, 2, 3]),
            chance.choice([None, "", "a", "B", "é", "x" * 300]),
            chance.choice([None, float("nan"), 0.1, float("-inf"), 1e-300]),
            chance.choice([None, "{}", '{"a":1}']),
        )
    if key:
        sql(f"ALTER TABLE t ADD PRIMARY KEY ({key})")


def _expected(sql: Sql, sorts: Sequence[Sort], key: tuple[str, ...]) -> list[tuple[Cell, ...]]:
    parts = [
        f"t.{sort.column}{'::text' if sort.column == 'j' else ''} {'DESC' if sort.descending else 'ASC'}"
        f" NULLS {'FIRST' if sort.nulls_lead else 'LAST'}"
        for sort in sorts
    ]
    way = "DESC" if sorts and sorts[-1].descending else "ASC"
    parts += [f"t.{name} {way}" for name in key or ("ctid",)]
    cells = ", ".join(f"t.{name}::text AS x{index}" for index, name in enumerate(COLUMNS))
    return sql(f"SELECT {cells} FROM t ORDER BY {', '.join(parts)}")


class Reader:
    """Looks at ordinals as a grid does: plan, fetch, store until they are here."""

    def __init__(self, source: RowSource, relation: Relation, query: RowQuery, page_rows: int) -> None:
        self.source, self.relation, self.query = source, relation, query
        self.cache = PageCache(page_rows=page_rows, max_pages=3)
        self.cache.reset(1)

    def look(self, first: int, last: int) -> list[tuple[Cell, ...]]:
        for _ in range(10):
            request = self.cache.plan(first, last)
            if request is None:
                break
            self.cache.store(self.source.fetch(self.relation, self.query, request, 1, CTX))
        rows = [self.cache.row(ordinal) for ordinal in range(first, last + 1)]
        return [tuple((cell or "")[:256] if cell is not None else None for cell in row.cells) for row in rows if row]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    sorts=_sorts(),
    key=st.sampled_from(list(KEYS)),
    rows=st.integers(0, 40),
    page_rows=st.sampled_from([3, 5]),
    walk=st.tuples(st.lists(st.integers(0, 45), max_size=12), st.booleans()),
    seed=st.integers(0, 1000),
)
def test_paging_is_order_by(
    session: Session,
    sql: Sql,
    sorts: tuple[Sort, ...],
    key: str,
    rows: int,
    page_rows: int,
    walk: tuple[list[int], bool],
    seed: int,
) -> None:
    jumps, counted = walk
    _fill(sql, key, rows, seed)
    relation = CatalogReader(session).relation(RelationName("public", "t"), CTX)
    assert relation.key == KEYS[key]
    expected = [tuple(None if c is None else c[:256] for c in row) for row in _expected(sql, sorts, relation.key)]
    reader = Reader(RowSource(session), relation, RowQuery(relation.name, sort=sorts), page_rows)
    if counted:
        reader.cache.set_total(RowCount(rows, "exact"))
        for ordinal in jumps:
            assert reader.look(ordinal, ordinal + 2) == expected[ordinal : ordinal + 3]
    down = [reader.look(ordinal, ordinal) for ordinal in range(rows + 1)]
    assert [row for found in down for row in found] == expected
    assert reader.cache.known_end == rows
    up = [reader.look(ordinal, ordinal) for ordinal in reversed(range(rows))]
    assert [row for found in up for row in found] == expected[::-1]
    for ordinal in jumps:
        assert reader.look(ordinal, ordinal + 2) == expected[ordinal : ordinal + 3]


@pytest.fixture
def big(session: Session, sql: Sql) -> Relation:
    """Fifty thousand rows with an index on a nullable column."""
    sql("CREATE TABLE big (id int PRIMARY KEY, at timestamptz, kind int NOT NULL)")
    sql(
        "INSERT INTO big SELECT i, CASE WHEN i % 5 > 0 THEN timestamptz '2026-01-01' + i * interval '1 minute' END,"
        " i % 7 FROM generate_series(1, 50000) i"
    )
    sql("CREATE INDEX ON big (at, id)")
    sql("CREATE INDEX ON big (kind, id)")
    sql("ANALYZE big")
    return CatalogReader(session).relation(RelationName("public", "big"), CTX)


@pytest.mark.parametrize(
    ("sort", "condition"),
    [
        (Sort("id"), None),
        (Sort("at"), None),
        (Sort("at", descending=True), None),
        (Sort("kind"), Condition.of("id", "gt", "5")),
        (Sort("at"), Condition.of("kind", "is", "3")),
    ],
)
def test_a_page_in_the_middle_is_found_by_an_index(
    session: Session, sql: Sql, big: Relation, sort: Sort, condition: Condition | None
) -> None:
    query = RowQuery(big.name, sort=(sort,))
    query = query.filtered_by(condition) if condition else query
    reader = Reader(RowSource(session), big, query, 200)
    place = 20_400 if condition is None else 2_400
    reader.look(place - 400, place - 400)
    request = reader.cache.plan(place, place)
    assert request is not None
    assert request.after is not None
    with session.read(CTX) as connection:
        plan = connection.execute(Explain(page_statement(big, query, request).statement)).scalar_one()[0]["Plan"]
    scans = [node for node in _nodes(plan) if "Relation Name" in node]
    assert scans
    assert all("Index" in node["Node Type"] and "Index Cond" in node for node in scans)
    assert plan["Plan Rows"] <= 201 + request.skip


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


@pytest.mark.pg(">= 14")
def test_a_table_without_key_is_read_block_by_block(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (a int, b text)")
    sql("INSERT INTO t SELECT i, repeat('x', 50) FROM generate_series(1, 50000) i")
    sql("DELETE FROM t WHERE a BETWEEN 20000 AND 45000")
    sql("VACUUM ANALYZE t")
    relation = CatalogReader(session).relation(RelationName("public", "t"), CTX)
    query = RowQuery(relation.name)
    reader = Reader(RowSource(session), relation, query, 200)
    found = [row for first in range(0, 24999, 200) for row in reader.look(first, first + 199)]
    assert [row[0] for row in found] == [str(n) for n in (*range(1, 20000), *range(45001, 50001))]
    request = PageRequest(400, 200, Bookmark(399, ("(5,1)",)))
    asked = page_statement(relation, query, request, nearby=True)
    assert asked.is_bounded
    with session.read(CTX) as connection:
        plan = connection.execute(Explain(asked.statement)).scalar_one()[0]["Plan"]
    assert "Tid Range Scan" in [node["Node Type"] for node in _nodes(plan)]
    assert not page_statement(relation, query.sorted_by(Sort("a")), PageRequest(0, 200), nearby=True).is_bounded


def test_a_view_is_paged_by_counting(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (a int, b text)")
    sql("INSERT INTO t SELECT i % 4, 'b' || i FROM generate_series(1, 50) i")
    sql("CREATE VIEW v AS SELECT a, b, null::json AS j FROM t")
    view = CatalogReader(session).relation(RelationName("public", "v"), CTX)
    reader = Reader(RowSource(session), view, RowQuery(view.name, sort=(Sort("a", descending=True),)), 7)
    found = [row for ordinal in range(50) for row in reader.look(ordinal, ordinal)]
    expected = sql("SELECT a::text, b FROM t ORDER BY t.a DESC, t.b DESC")
    assert [row[:2] for row in found] == expected
    plain = Reader(RowSource(session), view, RowQuery(view.name), 7)
    assert len({row for ordinal in range(50) for row in plain.look(ordinal, ordinal)}) == 50


def test_keyless_partitions_and_inheritance_lose_nothing(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE p (a int, b text) PARTITION BY LIST (a)")
    sql("CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)")
    sql("CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2)")
    sql("INSERT INTO p SELECT 1 + i % 2, 'b' || i FROM generate_series(1, 30) i")
    relation = CatalogReader(session).relation(RelationName("public", "p"), CTX)
    for sorts in ((), (Sort("a"),)):
        reader = Reader(RowSource(session), relation, RowQuery(relation.name, sort=sorts), 7)
        assert len({row for ordinal in range(30) for row in reader.look(ordinal, ordinal)}) == 30


def test_the_order_names_table_columns(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (c0 int PRIMARY KEY)")
    sql("INSERT INTO t VALUES (2), (10), (1)")
    relation = CatalogReader(session).relation(RelationName("public", "t"), CTX)
    assert ordering_of(relation, named(table_of(relation)), RowQuery(relation.name)).is_total
    reader = Reader(RowSource(session), relation, RowQuery(relation.name), 7)
    assert reader.look(0, 2) == [("1",), ("2",), ("10",)]
