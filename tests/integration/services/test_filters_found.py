"""Every operator on a real server: the rows it finds, its opposite, its index, and what is refused in good words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from nexus_studio.core.data.cells import Cell, PageRequest
from nexus_studio.core.data.filters import Condition, Filter, Not
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import InvalidFilter
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.explain import Explain
from nexus_studio.core.sql.select import matching_statement
from nexus_studio.services.filterchecking import check_query
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session
from tests.integration.services.test_rowwriter import CTX, Sql, Table
from tests.support.fix_cluster import profile_of

Ask = Callable[..., str]


@pytest.fixture
def relation(session: Session, sql: Sql, server_version: int) -> Relation:
    multirange = "datemultirange" if server_version >= 140000 else "text"
    sql("CREATE DOMAIN tag AS text; CREATE DOMAIN doc AS jsonb")
    sql(
        "CREATE TABLE t (id int PRIMARY KEY, j jsonb, r json, d doc, tags text[], nums int[], doms tag[], docs json[],"
        f" words text, v tsvector, span int4range, days {multirange}, ip inet, net cidr, s varchar(20))"
    )
    sql(
        """INSERT INTO t VALUES
        (1, '{"a": {"b": [1, "x"]}, "k.k": "Paris", "n": 5, "null": null}', '{"a": {"b": "y"}}', '{"a": 1}',
         '{x,y}', '{1,2,3}', '{p,q}', ARRAY['{"a": "deep"}'::json], 'The quick brown foxes', to_tsvector('quick fox'),
         '[1,10)', '{[2026-01-01,2026-02-01)}', '10.1.2.3', '10.1.0.0/16', 'Ab.c'),
        (2, '[]', '[]', '[]', '{}', '{}', '{}', '{}', 'A lazy dog', to_tsvector('lazy dog'),
         '[20,30)', '{}', '2001:db8::1', '2001:db8::/32', 'aB'),
        (3, '{"n": 12, "a": {"b": ["paris"]}}', '{"a": null}', '{"a": {"b": 1}}', '{x,NULL}', '{3,NULL}', '{p}',
         ARRAY['{}'::json], 'the QUICK', NULL, 'empty', '{[2026-06-01,)}', '192.168.0.0/24', '192.168.0.0/16', '')"""
    )
    sql("INSERT INTO t (id) VALUES (4)")
    return Table(session, "t").relation


@pytest.fixture
def ask(session: Session, relation: Relation) -> Ask:
    """A function that finds the ids of a condition's rows, by a page and by a count, and checks its opposite."""
    source = RowSource(session)

    def ids(condition: Filter) -> str:
        query = RowQuery(relation.name, condition)
        check_query(session, relation, query, CTX)
        page = source.fetch(relation, query, PageRequest(0, 9), 1, CTX)
        assert source.count(relation, query, CTX).value == len(page.rows)
        return "".join(row.cells[0] or "" for row in page.rows)

    def ask(column: str, operator: str, *values: Cell) -> str:
        condition = Condition(column, operator, values)
        found = ids(condition)
        # unknown counts as not true: together they are all rows, whatever is NULL
        assert sorted(found + ids(Not(condition))) == list("1234")
        return found

    return ask


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        (("j", "json_has_key", "a"), "13"),
        (("d", "json_has_key", "a"), "13"),
        (("j", "json_has_path", "$.a.b[*] ? (@ == 1)"), "1"),
        (("r", "json_has_path", "$.a.b"), "1"),
        (("d", "json_has_path", "$.a.b"), "3"),
        (("j", "json_has_path", '$.a.b[*] ? (@ like_regex "^p" flag "i")'), "3"),
        (("j", "json_matches", "$.n > 5"), "3"),
        (("j", "json_matches", "$.n"), ""),
        (("j", "json_contains", '{"a": {"b": ["x"]}}'), "1"),
        (("j", "json_contains", "{}"), "13"),
        (("r", "json_contains", '{"a": null}'), "3"),
        (("j", "json_path_is", "a.b.1", "x"), "1"),
        (("j", "json_path_is", "$.a.b.0", "1"), "1"),
        (("j", "json_path_is", '"k.k"', "Paris"), "1"),
        (("j", "json_path_is", "k.k", "Paris"), ""),
        (("j", "json_path_is", "n", None), "24"),
        (("j", "json_path_is", "null", None), "1234"),
        (("j", "json_path_is", "", "[]"), "2"),
        (("r", "json_path_is", "a.b", "y"), "1"),
        (("j", "json_path_contains", "a.b", "PARIS"), "3"),
        (("j", "json_path_contains", "a", "1"), "1"),
        (("d", "json_path_contains", "a", "b"), "3"),
        (("tags", "array_contains", "x"), "13"),
        (("tags", "array_contains", None), "3"),
        (("tags", "array_contains_all", "y", "x"), "1"),
        (("tags", "array_contains_all", "x", None), "3"),
        (("nums", "array_contains_all", "3", "2"), "1"),
        (("nums", "array_overlaps", "9", "3"), "13"),
        (("tags", "array_overlaps", "y", None), "13"),
        (("doms", "array_overlaps", "q", "z"), "1"),
        (("doms", "array_contains_all", "p"), "13"),
        (("nums", "array_within", "3", "2", "1", "0"), "12"),
        (("tags", "array_within", "x", "y"), "12"),
        (("tags", "array_length", "2"), "13"),
        (("docs", "array_length", "0"), "2"),
        (("docs", "array_any_contains", "DEEP"), "1"),
        (("tags", "array_any_contains", "Y"), "1"),
        (("nums", "array_any_contains", "2"), "1"),
        (("tags", "array_any_contains", "%"), ""),
        (("words", "full_text", "fox -dog"), "1"),
        (("words", "full_text", "quick"), "13"),
        (("words", "full_text", '"quick brown"'), "1"),
        (("v", "full_text", "dog or fox"), "12"),
        (("s", "full_text", "'; \" ("), ""),
        (("span", "range_contains", "5"), "1"),
        (("span", "range_overlaps", "[5,25]"), "12"),
        (("span", "range_within", "[0,15)"), "13"),
        (("span", "range_before", "[15,16)"), "1"),
        (("span", "range_after", "[15,16)"), "2"),
        pytest.param(("days", "range_contains", "{[2026-01-15,2026-01-16)}"), "1", marks=pytest.mark.pg(">= 14")),
        pytest.param(("days", "range_within", "{[2025-01-01,2027-01-01)}"), "12", marks=pytest.mark.pg(">= 14")),
        pytest.param(("days", "range_after", "{[2026-03-01,2026-03-02)}"), "3", marks=pytest.mark.pg(">= 14")),
        (("ip", "network_within", "10.0.0.0/8"), "1"),
        (("ip", "network_within", "10.1.2.3"), "1"),
        (("ip", "network_within", "::/0"), "2"),
        (("net", "network_within", "192.168.0.0/15"), "3"),
        (("net", "network_contains", "10.1.200.1"), "1"),
        (("ip", "network_contains", "192.168.0.7"), "3"),
        (("s", "matches", "^a"), "2"),
        (("s", "matches_any_case", "^AB"), "12"),
        (("s", "matches_any_case", r"b\.c$"), "1"),
    ],
)
def test_an_operator_finds_its_rows(ask: Ask, asked: tuple[str, ...], ids: str) -> None:
    assert ask(*asked) == ids


@pytest.mark.parametrize(
    ("asked", "state"),
    [
        (("j", "json_has_path", "$.a["), "42601"),
        (("j", "json_matches", ""), "22P02"),
        (("j", "json_contains", "{a}"), "22P02"),
        (("nums", "array_overlaps", "1", "x"), "22P02"),
        (("nums", "array_length", "two"), "22P02"),
        (("span", "range_within", "[9,1]"), "22000"),
        (("ip", "network_within", "10.0.0.0/99"), "22P02"),
        (("s", "matches", "("), "2201B"),
        (("s", "matches_any_case", "["), "2201B"),
        (("id", "gt", "one"), "22P02"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_column(ask: Ask, asked: tuple[str, ...], state: str) -> None:
    with pytest.raises(InvalidFilter) as caught:
        ask(*asked)
    assert (caught.value.code, caught.value.facts) == ("filter.refused", {"column": asked[0], "operator": asked[1]})
    assert caught.value.report is not None
    assert caught.value.report.sqlstate == state


FAR = "Pacific/Kiritimati"  # fourteen hours before UTC: another day than there, most of the time
PERIODS = {
    "today": ("day", 0),
    "yesterday": ("day", -1),
    "this_week": ("week", 0),
    "this_month": ("month", 0),
    "last_month": ("month", -1),
    "this_year": ("year", 0),
}


@pytest.fixture
def far_session(pg_url: str) -> Iterator[Session]:
    opened = Session.open(profile_of(pg_url, time_zone=FAR), None, CTX)
    yield opened
    opened.close()


def read_ids(session: Session, relation: Relation, condition: Condition) -> set[str | None]:
    query = RowQuery(relation.name, condition)
    return {row.cells[0] for row in RowSource(session).fetch(relation, query, PageRequest(0, 99), 1, CTX).rows}


@pytest.mark.parametrize("column", ["d", "p", "z"])
def test_periods_are_those_of_the_session_s_zone(far_session: Session, sql: Sql, column: str) -> None:
    """Rows stand at the first and the last moment of each period and just beside it, as the clock there shows them."""
    sql("CREATE TABLE m (id text PRIMARY KEY, d date, p timestamp, z timestamptz)")
    for key, (unit, turn) in PERIODS.items():
        sql(
            "INSERT INTO m SELECT concat_ws('.', %s::text, name), at, at, at AT TIME ZONE %s FROM (SELECT"
            " date_trunc(%s, now() AT TIME ZONE %s) + %s * ('1 ' || %s)::interval) s (first),"
            " LATERAL (SELECT first + ('1 ' || %s)::interval) e (behind),"
            " LATERAL (VALUES ('first', first), ('last', behind - interval '1 microsecond'), ('behind', behind),"
            " ('before', first - interval '1 microsecond')) v (name, at)",
            *(key, FAR, unit, FAR, turn, unit, unit),
        )
    relation = Table(far_session, "m").relation
    for key in PERIODS:
        found = read_ids(far_session, relation, Condition(column, key))
        assert {f"{key}.first", f"{key}.last"} <= found
        assert not {f"{key}.before", f"{key}.behind"} & found


@pytest.mark.parametrize(("column", "day"), [("d", "d"), ("p", "h"), ("z", "h")])
def test_the_last_and_the_next_days(far_session: Session, sql: Sql, column: str, day: str) -> None:
    sql("CREATE TABLE m (id int PRIMARY KEY, d date, p timestamp, z timestamptz)")
    sql(
        "INSERT INTO m SELECT n, (now() AT TIME ZONE %s)::date + n, (now() AT TIME ZONE %s) + n * interval '1 hour',"
        " now() + n * interval '1 hour' FROM generate_series(-5, 5) n",
        *(FAR, FAR),
    )
    relation = Table(far_session, "m").relation
    span = "2 days" if day == "d" else "2:30"
    # a moment later, "now" of the table is past
    assert read_ids(far_session, relation, Condition.of(column, "within_last", span)) == {"-2", "-1", "0"}
    later = {"1", "2", "0"} if day == "d" else {"1", "2"}
    assert read_ids(far_session, relation, Condition.of(column, "within_next", span)) == later
    with pytest.raises(InvalidFilter) as caught:
        check_query(far_session, relation, RowQuery(relation.name, Condition.of(column, "within_last", "soon")), CTX)
    assert caught.value.facts["column"] == column


def indexes_in(plan: dict[str, Any]) -> set[str]:
    """Name the indexes that a plan looks something up in."""
    own = {plan["Index Name"]} if "Index Cond" in plan else set()
    return own.union(*(indexes_in(part) for part in plan.get("Plans", ())))


@pytest.mark.parametrize(
    ("index", "asked"),
    [
        ("gin (j)", ("j", "json_has_key", "a")),
        ("gin (j)", ("j", "json_contains", '{"a": 1}')),
        ("gin (j)", ("j", "json_has_path", "$.a ? (@ == 1)")),
        ("gin (j)", ("j", "json_matches", "$.a == 1")),
        ("gin (j jsonb_path_ops)", ("j", "json_contains", '{"a": 1}')),
        ("gin (j jsonb_path_ops)", ("j", "json_has_path", "$.a ? (@ == 1)")),
        ("gin (tags)", ("tags", "array_contains", "x")),
        ("gin (tags)", ("tags", "array_contains_all", "x", "y")),
        ("gin (tags)", ("tags", "array_overlaps", "x", "y")),
        ("gin (tags)", ("tags", "array_within", "x", "y")),
        ("gin (v)", ("v", "full_text", "fox")),
        ("gist (span)", ("span", "range_contains", "5")),
        ("gist (span)", ("span", "range_overlaps", "[1,2]")),
        ("gist (span)", ("span", "range_within", "[1,2]")),
        ("gist (span)", ("span", "range_before", "[1,2]")),
        ("gist (ip inet_ops)", ("ip", "network_within", "10.0.0.0/8")),
        ("spgist (ip)", ("ip", "network_contains", "10.0.0.1")),
        ("btree (ip)", ("ip", "network_within", "10.0.0.0/8")),
        ("btree (z)", ("z", "within_last", "1 day")),
        ("btree (z)", ("z", "today")),
        ("btree (p)", ("p", "this_month")),
        ("btree (d)", ("d", "within_next", "3 days")),
        ("btree (d)", ("d", "last_month")),
        ("btree (s)", ("s", "is", "x")),
        ("gin (s gin_trgm_ops)", ("s", "contains", "brown")),
        ("gin (s gin_trgm_ops)", ("s", "matches_any_case", "brown.*fox")),
    ],
)
def test_an_index_serves(session: Session, sql: Sql, index: str, asked: tuple[str, ...]) -> None:
    if "trgm" in index:
        if not sql("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"):
            pytest.skip("this PostgreSQL comes without pg_trgm")
        sql("CREATE EXTENSION pg_trgm")
    sql(
        "CREATE TABLE i (j jsonb, tags text[], v tsvector, span int4range, ip inet, d date, p timestamp,"
        " z timestamptz, s text)"
    )
    sql(f"CREATE INDEX served ON i USING {index}")
    relation = Table(session, "i").relation
    statement = matching_statement(relation, RowQuery(relation.name, Condition(asked[0], asked[1], asked[2:])))
    with session.read(CTX) as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))  # the table is empty: can the index be used at all?
        plan = connection.execute(Explain(statement)).scalar_one()[0]["Plan"]
    assert indexes_in(plan) == {"served"}
