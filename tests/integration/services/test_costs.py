"""What a question costs, on a real server: the planner is told that rows are dear, so that small tables are large."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from psycopg import sql as pgsql
from psycopg.conninfo import conninfo_to_dict

from nexus_studio.core.data.cells import PageRequest
from nexus_studio.core.data.cost import CostReason, IndexColumn, QueryCost, TimeClass
from nexus_studio.core.data.filters import AllOf, AnyOf, Condition, Filter
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
ROWS = 20_000

_TABLE = f"""
    CREATE TABLE "Läufe" (
        id bigint PRIMARY KEY, name text, "Größe %" integer NOT NULL, born date, document jsonb, tags text[],
        words tsvector, span int4range, address inet, network cidr, seen timestamptz, plain json
    );
    INSERT INTO "Läufe"
    SELECT n, md5(n::text), n * 7919 % 20000, date '2000-01-01' + n % 5000, jsonb_build_object('k' || n, 1),
           ARRAY['t' || n], to_tsvector('simple', 'w' || n), int4range(n, n + 1),
           inet '10.0.0.0' + n, set_masklen(cidr '10.0.0.0' + n * 256, 24), now() + (n - 10000) * interval '1 day',
           json_build_object('k' || n, 1)
      FROM generate_series(1, {ROWS}) n;
    ANALYZE "Läufe";
"""
_SPANS = """
    ALTER TABLE "Läufe" ADD COLUMN spans int4multirange GENERATED ALWAYS AS (int4multirange(span)) STORED;
    ANALYZE "Läufe";
"""


@pytest.fixture
def dear(sql: Sql, pg_url: str) -> Iterator[Session]:
    """A session in which looking at a row costs what a hundred pages do."""
    make_dear(sql, pg_url)
    session = Session.open(profile_of(pg_url), None, CTX)
    yield session
    session.close()


def make_dear(sql: Sql, pg_url: str) -> None:
    database = pgsql.Identifier(str(conninfo_to_dict(pg_url)["dbname"]))
    sql(pgsql.SQL("ALTER DATABASE {} SET cpu_tuple_cost = 100").format(database).as_string())


def cost(session: Session, name: str, condition: Filter | None = None, search: str = "", *sort: Sort) -> QueryCost:
    relation = CatalogReader(session).relation(RelationName("public", name), CTX)
    query = RowQuery(relation.name, condition or AllOf(), search, sort)
    return RowSource(session).cost(relation, query, CTX)


def test_the_order_of_the_key_costs_nothing(dear: Session, sql: Sql) -> None:
    sql(_TABLE)
    found = cost(dear, "Läufe")
    assert found.time_class is TimeClass.INSTANT
    assert not found.is_worth_saying
    assert found.rows_read < 200
    assert found.missing_index is None


def test_sorting_without_an_index_is_said(dear: Session, sql: Sql) -> None:
    sql(_TABLE)
    found = cost(dear, "Läufe", None, "", Sort("name"))
    assert found.reason is CostReason.SORT
    assert (found.rows_read, found.rows_sorted) == (ROWS, ROWS)
    assert found.time_class is TimeClass.SECONDS
    assert found.is_worth_saying
    assert not found.needs_consent
    assert found.sorted_by == ("name",)
    assert found.missing_index is not None
    assert found.missing_index.columns == (IndexColumn("name"), IndexColumn("id"))


@pytest.mark.parametrize(
    ("condition", "sort", "method"),
    [
        (None, (Sort("name"),), "btree"),
        (None, (Sort("name", descending=True),), "btree"),
        (None, (Sort("name", descending=True, nulls_first=False),), "btree"),
        (None, (Sort("born", nulls_first=True), Sort("Größe %", descending=True)), "btree"),
        (Condition.of("Größe %", "is", "7"), (), "btree"),
        (Condition.of("Größe %", "is", "7"), (Sort("born", descending=True),), "btree"),
        (AllOf((Condition.of("Größe %", "is", "7"), Condition.of("name", "contains", "abc"))), (), "btree"),
        (Condition.of("Größe %", "between", "7", "9"), (), "btree"),
        (Condition.of("Größe %", "in", "7", "9"), (), "btree"),
        (Condition.of("born", "lt", "2000-01-03"), (), "btree"),
        (Condition.of("name", "is_null"), (), "btree"),
        (Condition.of("document", "json_has_key", "k77"), (), "gin"),
        (Condition.of("tags", "array_contains", "t77"), (), "gin"),
        (Condition.of("document", "json_contains", '{"k77": 1}'), (), "gin"),
        (Condition.of("document", "json_has_path", "$.k77"), (), "gin"),
        (Condition.of("document", "json_matches", "$.k77 == 1"), (), "gin"),
        (Condition.of("tags", "array_contains_all", "t77"), (), "gin"),
        (Condition.of("tags", "array_overlaps", "t77", "t78"), (), "gin"),
        (Condition.of("tags", "array_within", "t77", "t78"), (), "gin"),
        (Condition.of("words", "full_text", "w77"), (), "gin"),
        (Condition.of("span", "range_contains", "77"), (), "gist"),
        (Condition.of("span", "range_overlaps", "[77,79)"), (), "gist"),
        (Condition.of("span", "range_within", "[70,79)"), (), "gist"),
        (Condition.of("span", "range_before", "[70,79)"), (), "gist"),
        (Condition.of("span", "range_after", "[19970,19979)"), (), "gist"),
        pytest.param(Condition.of("spans", "range_contains", "{[77,78)}"), (), "gist", marks=pytest.mark.pg(">= 14")),
        (Condition.of("address", "network_within", "10.0.7.0/28"), (), "gist"),
        (Condition.of("network", "network_within", "10.0.0.0/22"), (), "gist"),
        (Condition.of("network", "network_contains", "10.0.7.1"), (), "gist"),
        (Condition.of("seen", "within_last", "3 days"), (), "btree"),
        (Condition.of("seen", "within_next", "3 days"), (Sort("seen"),), "btree"),
        (Condition.of("seen", "today"), (), "btree"),
        (Condition.of("seen", "last_month"), (), "btree"),
    ],
)
def test_the_index_it_names_is_one_that_helps(
    dear: Session, sql: Sql, condition: Filter | None, sort: tuple[Sort, ...], method: str
) -> None:
    sql(_TABLE)
    if condition == Condition.of("spans", "range_contains", "{[77,78)}"):
        sql(_SPANS)
    before = cost(dear, "Läufe", condition, "", *sort)
    assert before.is_worth_saying
    assert before.missing_index is not None
    assert before.missing_index.method == method
    for statement in before.missing_index.statements:
        sql(statement)
    sql('VACUUM ANALYZE "Läufe"')
    after = cost(dear, "Läufe", condition, "", *sort)
    assert after.seconds < before.seconds / 10
    assert after.rows_read < before.rows_read / 10
    assert after.missing_index is None


@pytest.mark.parametrize(
    "condition",
    [
        Condition.of("name", "full_text", "w77"),
        Condition.of("plain", "json_contains", '{"k77": 1}'),
        Condition.of("plain", "json_has_path", "$.k77"),
        Condition.of("document", "json_path_is", "k77", "1"),
        Condition.of("document", "json_path_contains", "k77", "1"),
        Condition.of("tags", "array_any_contains", "t77"),
        Condition.of("tags", "array_overlaps", "t77", None),
        Condition.of("tags", "array_length", "7"),
    ],
)
def test_what_is_worked_out_row_by_row_has_no_index(dear: Session, sql: Sql, condition: Filter) -> None:
    sql(_TABLE)
    found = cost(dear, "Läufe", condition)
    assert found.is_worth_saying
    assert found.missing_index is None


def test_patterns_and_the_search_are_served_by_trigrams(dear: Session, sql: Sql) -> None:
    if not sql("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"):
        pytest.skip("the server has no pg_trgm")
    sql(_TABLE)
    condition = Condition.of("name", "contains", "abcdef")
    by_filter, by_search = cost(dear, "Läufe", condition), cost(dear, "Läufe", None, "abcdef")
    any_case = Condition.of("name", "matches_any_case", "ABC.?DEF")
    assert cost(dear, "Läufe", any_case).missing_index == by_filter.missing_index
    assert by_filter.missing_index is not None
    assert by_filter.missing_index.extension == "pg_trgm"
    assert by_search.missing_index == by_filter.missing_index
    assert by_search.reason is CostReason.SEARCH
    assert by_search.limit_s == 20
    for statement in by_filter.missing_index.statements:
        sql(statement)
    assert cost(dear, "Läufe", condition).seconds < by_filter.seconds / 10
    assert cost(dear, "Läufe", any_case).seconds < by_filter.seconds / 10
    assert cost(dear, "Läufe", None, "abcdef").seconds < by_search.seconds / 10


def test_without_trigrams_of_its_own_the_extension_comes_first(dear: Session, sql: Sql) -> None:
    sql(_TABLE)
    index = cost(dear, "Läufe", Condition.of("name", "contains", "abcdef")).missing_index
    if not sql("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"):
        assert index is None  # what can't be created is no advice
        return
    assert index is not None
    assert index.statements == (
        "CREATE EXTENSION IF NOT EXISTS pg_trgm;",
        'CREATE INDEX CONCURRENTLY "Läufe_name_trgm_idx" ON public."Läufe" USING gin (name gin_trgm_ops);',
    )


@pytest.mark.parametrize(
    "condition",
    [
        Condition.of("name", "contains", "ab"),
        Condition.of("name", "is_not", "x"),
        AnyOf((Condition.of("name", "is", "x"), Condition.of("Größe %", "is", "1"))),
    ],
)
def test_where_no_index_helps_none_is_named(dear: Session, sql: Sql, condition: Filter) -> None:
    sql(_TABLE)
    assert cost(dear, "Läufe", condition).missing_index is None


def test_a_common_word_is_found_at_once_and_a_rare_one_may_not_be(dear: Session, sql: Sql) -> None:
    sql(
        "CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t SELECT n, 'aaa' FROM generate_series(1, 20000) n"
    )
    sql("ANALYZE t")
    found = cost(dear, "t", Condition.of("name", "contains", "a"))
    assert found.time_class is TimeClass.INSTANT
    assert found.is_worth_saying
    assert found.is_uncertain
    assert not found.needs_consent
    assert found.rows_at_most == ROWS
    assert found.rows_read < 200


def test_an_index_that_exists_is_not_named_again(dear: Session, sql: Sql) -> None:
    sql(_TABLE)
    sql('CREATE INDEX ON "Läufe" (("Größe %" + 1)); CREATE INDEX ON "Läufe" ("Größe %")')
    half = Condition.of("Größe %", "gt", "9000")  # not worth the index
    found = cost(dear, "Läufe", half, "", Sort("document"))
    assert found.is_worth_saying
    assert found.missing_index is None or found.missing_index.columns != (IndexColumn("Größe %"),)


def test_partitions_are_added_up_and_indexed_from_above(dear: Session, sql: Sql) -> None:
    sql("CREATE TABLE p (id int, name text, PRIMARY KEY (id)) PARTITION BY RANGE (id)")
    sql("CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10000)")
    sql("CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10000) TO (30000)")
    sql("INSERT INTO p SELECT n, md5(n::text) FROM generate_series(1, 20000) n")
    sql("ANALYZE p")
    found = cost(dear, "p", None, "", Sort("name"))
    assert (found.rows_read, found.rows_sorted) == pytest.approx((ROWS, ROWS), rel=0.001)
    assert cost(dear, "p", Condition.of("name", "is", "x")).rows_read == pytest.approx(ROWS, rel=0.001)
    assert found.missing_index is not None
    assert found.missing_index.statements == ("CREATE INDEX p_name_id_idx ON public.p (name, id);",)
    sql(found.missing_index.statements[0])
    assert cost(dear, "p", None, "", Sort("name")).time_class is TimeClass.INSTANT


def test_views_have_costs_and_no_indexes(dear: Session, sql: Sql) -> None:
    sql(_TABLE)
    sql('CREATE VIEW v AS SELECT born, count(*) AS n FROM "Läufe" GROUP BY born')
    plain = cost(dear, "v")
    assert plain.reason is CostReason.COMPUTE
    assert plain.rows_read == ROWS
    assert plain.missing_index is None
    assert cost(dear, "v", Condition.of("n", "gt", "3")).missing_index is None


def test_rows_without_a_key_come_at_once_and_are_looked_through_when_filtered(dear: Session, sql: Sql) -> None:
    sql("CREATE TABLE log AS SELECT n, rpad(n::text, 1500) AS line FROM generate_series(1, 20000) n; ANALYZE log")
    assert cost(dear, "log").time_class is TimeClass.INSTANT
    found = cost(dear, "log", Condition.of("line", "is", "x"))
    assert found.rows_read == pytest.approx(ROWS, rel=0.001)
    assert found.missing_index is not None
    assert found.missing_index.columns == (IndexColumn("line"),)


def test_tables_nobody_analysed_have_costs(dear: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, name text)")
    sql("INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, 20000) n")
    found = cost(dear, "t", None, "", Sort("name"))
    assert found.is_worth_saying
    assert ROWS / 2 < found.rows_read < ROWS * 2


@pytest.mark.parametrize("environment", [Environment.STAGING, Environment.PRODUCTION])
def test_other_peoples_servers_are_asked_about_from_seconds_on(sql: Sql, pg_url: str, environment: Environment) -> None:
    sql(_TABLE)
    make_dear(sql, pg_url)
    profile: ConnectionProfile = profile_of(pg_url, environment=environment)
    session = Session.open(profile, None, CTX)
    try:
        found = cost(session, "Läufe", None, "", Sort("name"))
        assert found.needs_consent
        assert found.limit_s in {30, 60}
        assert not cost(session, "Läufe").needs_consent
    finally:
        session.close()


def test_the_price_is_that_of_the_page_that_is_read(session: Session, sql: Sql) -> None:
    """Without the planner's leg pulled: what is sorted in an instant is not talked about."""
    sql(_TABLE)
    relation = CatalogReader(session).relation(RelationName("public", "Läufe"), CTX)
    query = RowQuery(relation.name, sort=(Sort("name"),))
    found = RowSource(session).cost(relation, query, CTX)
    assert not found.is_worth_saying
    page = RowSource(session).fetch(relation, query, PageRequest(0, 10), 1, CTX)
    assert len(page.rows) == 10
