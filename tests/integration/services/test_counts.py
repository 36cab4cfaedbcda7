"""Exact counts on a real server: how they end when the server's patience does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nexus_studio.core.data.cells import RowCount
from nexus_studio.core.data.filters import Condition
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import TimedOut
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()


def test_a_count_that_takes_too_long_says_so_of_itself(sql: Sql, pg_url: str) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100); ANALYZE t")
    sql("CREATE FUNCTION slow(n int) RETURNS int LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.05); RETURN n; END'")
    sql("CREATE VIEW v AS SELECT id, slow(id) AS n FROM t")
    session = Session.open(profile_of(pg_url), None, CTX)
    try:
        with session.read(CTX) as connection:
            connection.exec_driver_sql("SET SESSION statement_timeout = 300")
            connection.commit()
        relation = CatalogReader(session).relation(RelationName("public", "v"), CTX)
        query = RowQuery(relation.name).filtered_by(Condition.of("n", "gt", "10"))
        with pytest.raises(TimedOut) as caught:
            RowSource(session).count(relation, query, CTX)
        assert caught.value.code == "timeout.count"
    finally:
        session.close()


@pytest.mark.parametrize(
    ("query", "about", "exact"),
    [
        (RowQuery(RelationName("public", "t")), 5000, 5000),
        (RowQuery(RelationName("public", "t")).filtered_by(Condition.of("id", "lte", "1000")), 1000, 1000),
        (RowQuery(RelationName("public", "t")).searching("name 77"), None, 11),
    ],
)
def test_every_question_has_an_estimate_and_a_count(
    session: Session, sql: Sql, query: RowQuery, about: int | None, exact: int
) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, name text)")
    sql("INSERT INTO t SELECT n, 'name ' || n || '.' FROM generate_series(1, 5000) n; ANALYZE t")
    relation = CatalogReader(session).relation(RelationName("public", "t"), CTX)
    source = RowSource(session)
    estimate = source.estimate(relation, query, CTX)
    assert estimate.certainty == "estimate"
    if about is not None:
        assert estimate.value == pytest.approx(about, rel=0.05)
    assert source.count(relation, query, CTX) == RowCount(exact, "exact")
