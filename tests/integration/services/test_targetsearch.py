"""What a picker finds in tables too large to be looked through, by which index, and what it says of that."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from nexus_studio.core.data.targets import FoundTargets, Searched
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.explain import Explain
from nexus_studio.core.sql.targets import SCANNED, TargetSearch
from nexus_studio.core.tasks import Cancelled, CancelToken, TaskContext
from nexus_studio.services import targetsearch
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session
from nexus_studio.services.targetsearch import find_targets

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
ROWS = 30_000
PEOPLE = f"""
CREATE TABLE people (id int PRIMARY KEY, name text, nick text);
INSERT INTO people SELECT n, CASE WHEN n % 2 = 0 THEN 'Person ' ELSE 'person ' END || n, 'nick ' || n
  FROM generate_series(1, {ROWS}) n;
INSERT INTO people VALUES (-77, 'Élodie 100% Straße', 'Zoé_1');
ANALYZE people
"""


@pytest.fixture(autouse=True)
def _all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targetsearch, "SMALL_BYTES", 0)


@pytest.fixture
def people(sql: Sql) -> Sql:
    sql(PEOPLE)
    return sql


def relation_of(session: Session, name: str) -> Relation:
    return CatalogReader(session).relation(RelationName("public", name), CTX)


def find(session: Session, typed: str, *labels: str, table: str = "people", limit: int = 10) -> FoundTargets:
    relation = relation_of(session, table)
    return find_targets(session, relation, relation.key, labels, typed, limit, CTX)


def keys(found: FoundTargets) -> list[str]:
    return [",".join(cell or "" for cell in key) for key, _ in found.rows]


def test_a_key_comes_first_then_those_that_begin_with_it(session: Session, people: Sql) -> None:
    found = find(session, "29", "name", limit=14)
    assert keys(found)[:12] == ["29", *(str(n) for n in range(290, 300)), "2900"]
    assert found.is_cut
    assert keys(find(session, "-7")) == ["-77"]
    assert find(session, "29999").rows == ((("29999",), ""),)


@pytest.mark.parametrize("index", ["name", "name text_pattern_ops", "lower(name)", 'name COLLATE "C"'])
@pytest.mark.parametrize("typed", ["person 1234", "Person 1234", "PERSON 1234"])
def test_beginnings_of_labels_are_found_by_each_kind_of_index(
    session: Session, people: Sql, index: str, typed: str
) -> None:
    people(f"CREATE INDEX ON people ({index})")
    found = find(session, typed, "name")
    likely = {"1234", "12340", "12342", "12344", "12346", "12348"}
    assert set(keys(found)) & likely
    assert found.searched == Searched(beginnings=True)
    assert keys(find(session, "élodie 100%", "name"))[:1] == ["-77"]


def test_every_word_is_found_with_trigrams(session: Session, people: Sql) -> None:
    if not people("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"):
        pytest.skip("the server has no pg_trgm")
    people("CREATE EXTENSION pg_trgm; CREATE INDEX ON people USING gin (name gin_trgm_ops)")
    found = find(session, "straß élod", "name")
    assert found == FoundTargets(((("-77",), "Élodie 100% Straße"),), Searched(everything=True))
    assert find(session, "nobody at all", "name") == FoundTargets((), Searched(everything=True))


def test_without_an_index_the_first_rows_are_read_and_that_is_said(session: Session, people: Sql) -> None:
    assert find(session, "nick 999", "nick").rows[0] == (("999",), "nick 999")
    beyond = find(session, f"nick {ROWS}", "nick")  # it stands behind the rows that are read
    assert beyond == FoundTargets((), Searched(first_rows=SCANNED))


def test_what_takes_too_long_is_given_up_and_said(
    session: Session, people: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    people("CREATE FUNCTION slow(t text) RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(5); RETURN t; END$$")
    people("CREATE VIEW slowly AS SELECT id, slow(name) AS name FROM people")
    monkeypatch.setattr(targetsearch, "STEP_MS", 100)
    view = relation_of(session, "slowly")
    assert find_targets(session, view, ("id",), ("name",), "person", 10, CTX) == FoundTargets((), Searched())


def test_the_first_rows_come_in_the_order_of_an_index(session: Session, people: Sql) -> None:
    assert keys(find(session, "", "nick", limit=2)) == ["-77", "1"]
    people("CREATE INDEX ON people (nick)")
    first = [nick for (nick,) in people("SELECT nick FROM people ORDER BY nick LIMIT 2")]
    assert [label for _, label in find(session, "", "nick", limit=2).rows] == first


def test_several_columns_label_a_row(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE people (id text PRIMARY KEY, first text, last text)")
    sql("INSERT INTO people SELECT 'p' || n, 'First' || n % 100, 'Last' || n FROM generate_series(1, 30000) n")
    sql("CREATE INDEX ON people (last); ANALYZE people")
    assert keys(find(session, "first99 last29999", "first", "last")) == ["p29999"]
    assert keys(find(session, "P29999", "first", "last")) == ["p29999"]


def test_keys_of_several_columns(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE people (shop int, number int, name text, PRIMARY KEY (shop, number))")
    sql("INSERT INTO people SELECT n % 10, n, 'name ' || n FROM generate_series(1, 30000) n; ANALYZE people")
    assert find(session, "3, 1233", "name").rows == ((("3", "1233"), "name 1233"),)
    assert len(find(session, "4", "name", limit=5).rows) == 5


def test_uuids_and_values_of_other_types(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE people (id uuid PRIMARY KEY, name text)")
    sql("INSERT INTO people SELECT CAST(md5(n::text) AS uuid), 'n' FROM generate_series(1, 30000) n; ANALYZE people")
    ((whole,),) = sql("SELECT id::text FROM people WHERE id = CAST(md5('29999') AS uuid)")
    assert keys(find(session, whole[:13], "name")) == [whole]
    assert keys(find(session, whole.upper(), "name")) == [whole]
    assert keys(find(session, "no uuid", "name")) == []


def test_partitioned_targets(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE people (id int PRIMARY KEY, name text) PARTITION BY HASH (id)")
    for part in range(3):
        sql(f"CREATE TABLE part_{part} PARTITION OF people FOR VALUES WITH (MODULUS 3, REMAINDER {part})")
    sql("INSERT INTO people SELECT n, 'name ' || n FROM generate_series(1, 30000) n")
    sql("CREATE INDEX ON people (name); ANALYZE people")
    assert keys(find(session, "name 29999", "name")) == ["29999"]
    assert keys(find(session, "2999", "name", limit=3)) == ["2999", "29990", "29991"]


def test_no_search_by_index_reads_the_table(session: Session, people: Sql) -> None:
    people("CREATE INDEX ON people (name)")
    relation = relation_of(session, "people")
    with session.read(CTX) as connection:
        known = connection.execute(targetsearch._KNOWN, {"schema": "public", "table": "people"}).all()
        leads = targetsearch._leads(relation, known)
        search = TargetSearch(relation, ("id",), ("name",), leads, 50)
        statements = [search.first_rows(), *search.by_key("123"), *search.by_beginning("person 12")]
        assert len(statements) > 3
        for statement in statements:
            assert "Seq Scan" not in str(connection.execute(Explain(statement)).scalar_one())


def test_a_search_is_cancelled_on_the_server(session: Session, people: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targetsearch, "STEP_MS", 60_000)
    token = CancelToken()
    ctx = TaskContext(token)
    people("CREATE FUNCTION slow(t text) RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(5); RETURN t; END$$")
    people("CREATE VIEW slowly AS SELECT id, slow(name) AS name FROM people")
    view = relation_of(session, "slowly")
    begin = time.monotonic()
    with ThreadPoolExecutor() as pool:
        search = pool.submit(find_targets, session, view, ("id",), ("name",), "person", 10, ctx)
        while not people("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
            assert time.monotonic() - begin < 20
        token.cancel()
        with pytest.raises(Cancelled):
            search.result()
    assert not people("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    with session.read(CTX) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
