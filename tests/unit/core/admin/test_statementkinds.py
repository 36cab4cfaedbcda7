"""What a statement's text says of it; where it is unsure, the statement may change something."""

from __future__ import annotations

import pytest

from nexus_studio.core.admin.statementkinds import changes_nothing, is_of_session, is_repeatable, returns_rows

STABLE = frozenset({"count", "pg_table_is_visible", "in", "exists", "and"})


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        "SELECT pg_catalog.count(*) FROM t WHERE x IN (1, 2) AND EXISTS (SELECT 1)",
        "-- setval('s', 1)\nSELECT 'setval(1)'",
        "SELECT pg_sleep(60)",
        "SET lock_timeout = '5s'",
        "SET search_path = a; SELECT 1;",
        "LOCK TABLE t",
        "CREATE TEMPORARY TABLE x (id int)",
        "  (SELECT 1)",
    ],
)
def test_what_surely_changes_nothing(statement: str) -> None:
    assert changes_nothing(statement, STABLE)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES (1)",
        "UPDATE t SET x = 1",
        "SELECT setval('s', 1)",
        "SELECT app.count(1)",
        "SELECT backfill()",
        "WITH gone AS (DELETE FROM t RETURNING 1) SELECT 1",
        "SELECT * INTO copy FROM t",
        "SET x = 1; INSERT INTO t VALUES (1)",
        "DO $$BEGIN PERFORM 1; END$$",
        "CREATE TABLE IF NOT EXISTS t (id int)",
        "REFRESH MATERIALIZED VIEW m",
        "ALTER SYSTEM SET x = 1",
        'SELECT "Backfill"(1)',
    ],
)
def test_what_may_change_something(statement: str) -> None:
    assert not changes_nothing(statement, STABLE)


def test_what_can_be_repeated() -> None:
    assert is_repeatable("CREATE EXTENSION IF NOT EXISTS x; DROP INDEX IF EXISTS i")
    assert not is_repeatable("CREATE EXTENSION IF NOT EXISTS x; INSERT INTO t VALUES (1)")
    assert not is_repeatable("DO $$IF EXISTS$$")


def test_what_others_rely_on() -> None:
    assert is_of_session("SET search_path = a")
    assert is_of_session("SELECT set_config('a.b', '1', false)")
    assert is_of_session("CREATE TEMP TABLE x (id int)")
    assert not is_of_session("SET LOCAL lock_timeout = '5s'")
    assert not is_of_session("UPDATE t SET x = 1")


def test_what_gives_rows_back() -> None:
    assert returns_rows("SELECT id FROM t")
    assert returns_rows("INSERT INTO t VALUES (1) RETURNING id")
    assert not returns_rows("SELECT 1 FROM pg_catalog.pg_class")
    assert not returns_rows("INSERT INTO t VALUES ('returning')")
