"""Slow queries: the columns of each version, what is missing before queries are counted, parameters of a text."""

from __future__ import annotations

import pytest

from nexus_studio.core.admin.slowqueries import (
    Columns,
    CountingState,
    columns_of,
    has_plan,
    hit_share,
    libraries_of,
    may_be_run,
    parameters_of,
    steps_to,
)

OLD = ("userid", "dbid", "queryid", "query", "calls", "total_time", "mean_time", "rows")
NEW = ("userid", "dbid", "toplevel", "queryid", "query", "plans", "total_plan_time", "calls", "total_exec_time",
       "mean_exec_time", "rows")  # fmt: skip


def test_columns_of_each_version() -> None:
    assert columns_of(OLD) == Columns("total_time", "mean_time")
    assert columns_of(NEW) == Columns("total_exec_time", "mean_exec_time", "toplevel")


@pytest.mark.parametrize(
    ("state", "preload", "is_created", "codes"),
    [
        (CountingState.READY, "", True, []),
        (CountingState.HIDDEN, "", True, ["grant"]),
        (CountingState.NOT_INSTALLED, "", False, ["package", "preload", "restart", "create"]),
        (CountingState.NOT_LOADED, "", False, ["preload", "restart", "create"]),
        (CountingState.NOT_LOADED, "auto_explain", True, ["preload", "restart"]),
        (CountingState.NOT_LOADED, "auto_explain, pg_stat_statements", True, ["restart"]),
        (CountingState.NOT_CREATED, "pg_stat_statements", False, ["create"]),
    ],
)
def test_what_is_to_be_done(state: CountingState, preload: str, is_created: bool, codes: list[str]) -> None:
    assert list(steps_to(state, preload=preload, is_created=is_created)) == codes


def test_libraries() -> None:
    assert libraries_of("") == ()
    assert libraries_of('a, "b c",pg_stat_statements') == ("a", "b c", "pg_stat_statements")


def test_parameters() -> None:
    assert parameters_of("SELECT 1") == 0
    assert parameters_of("SELECT $1, $12, $3, $x$, $") == 12
    assert parameters_of("SELECT $1, '$7', \"$8\", a$9, E'\\' $10', $$ $11 $$ -- $12") == 1


def test_what_has_a_plan() -> None:
    assert has_plan("/* a */ (WITH x AS (SELECT 1) TABLE x)")
    assert not has_plan("DROP TABLE t")
    assert not has_plan("")


def test_what_may_be_run_to_measure_it() -> None:
    assert may_be_run("SELECT 'into', \"into\" FROM t -- into")
    assert may_be_run("WITH x AS (SELECT 1) TABLE x")
    for statement in ("SELECT 1 INTO t", "select E'\\'' into t", "DELETE FROM t", "INSERT INTO t VALUES (1)", ""):
        assert not may_be_run(statement), statement


def test_pages_in_memory() -> None:
    assert hit_share(0, 0) is None
    assert hit_share(3, 1) == 0.75
