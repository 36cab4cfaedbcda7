"""Slow queries as pg_stat_statements counts them: figures, no values, plans; and how to have it count."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.slowqueries import CountingState, EnableStep, Order, SlowQueries, SlowQuery
from nexus_studio.core.errors import MaintenanceRefused
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health.slowqueries import SlowQueryService
from nexus_studio.services.session import Session
from tests.support.counting_server import counting_server
from tests.support.fix_cluster import make_conninfo_url, profile_of
from tests.support.fix_pgbouncer import OpenPooler

Sql = Callable[..., list[tuple[Any, ...]]]

CTX = TaskContext.for_test()


@pytest.fixture(scope="module")
def server(server_room: Path) -> Iterator[str]:
    """A server that counts, in one database of it the extension is in a schema of its own."""
    settings = ("shared_preload_libraries = 'auto_explain, pg_stat_statements'", "pg_stat_statements.track = all")
    with counting_server(server_room, *settings) as url:
        yield url


class Bench:
    """A database there, and a session on it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.plain = psycopg.connect(url, autocommit=True)
        self.session = Session.open(profile_of(url), None, CTX)
        self.service = SlowQueryService(self.session)

    def run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        cursor = self.plain.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []

    def find(self, piece: str, **more: Any) -> SlowQuery:
        found = [each for each in self.service.report(CTX, **more).queries if piece in each.text]
        assert len(found) == 1, found
        return found[0]

    def close(self) -> None:
        self.session.close()
        self.plain.close()


@pytest.fixture
def bench(server: str) -> Iterator[Bench]:
    name = f"bench_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        made = Bench(make_conninfo_url(server, name))
        made.run('CREATE SCHEMA "Stats"; CREATE EXTENSION pg_stat_statements SCHEMA "Stats"')
        made.run(
            "CREATE TABLE t (id int PRIMARY KEY, email text); INSERT INTO t SELECT n, n FROM generate_series(1, 900) n"
        )
        made.run("ANALYZE t")
        yield made
        made.close()
        connection.execute(f"DROP DATABASE {name}".encode())


def test_what_was_counted(bench: Bench) -> None:
    for number in range(3):
        bench.run("SELECT email FROM t WHERE id > %s AND email <> 'ann@example.org'", number)
    found = bench.find("email <>")
    own = bench.run("""SELECT queryid, calls, rows, shared_blks_hit, shared_blks_read FROM "Stats".pg_stat_statements
                        WHERE query LIKE 'SELECT email%'""")  # fmt: skip
    assert (found.id, found.calls, found.rows) == own[0][:3]
    assert (found.calls, found.rows) == (3, 900 + 899 + 898)
    assert found.cache_hit == pytest.approx(own[0][3] / (own[0][3] + own[0][4]))
    assert found.mean_ms == pytest.approx(found.total_ms / 3)
    assert (found.user, found.database, found.is_hidden) == ("postgres", bench.session.server.database, False)
    assert "ann@" not in found.text
    assert found.text.startswith("SELECT email FROM t WHERE id > $1")
    report = bench.service.report(CTX)
    assert report.state is CountingState.READY
    assert sum(each.share for each in report.queries) == pytest.approx(1)
    if bench.session.server.version_num >= 140000:
        assert report.since is not None
        assert report.evicted == 0
    assert report.count >= len(report.queries) > 3


def test_no_value_is_shown(bench: Bench) -> None:
    bench.run("SET search_path = public, 'hunter2'")
    bench.run("SELECT 1 /* ann@example.org */ AS commented")
    bench.run("CREATE TABLE with_default (a text DEFAULT 'hunter2')")
    report = bench.service.report(CTX, every_database=True, most=1000)
    said = " ".join(each.text for each in report.queries)
    assert "search_path" in said
    assert "commented" in said
    assert "with_default" in said
    assert "hunter2" not in said
    assert "ann@" not in said


@pytest.mark.parametrize("order", list(Order))
def test_orders(bench: Bench, order: Order) -> None:
    for number in range(5):
        bench.run("SELECT count(*) FROM t WHERE id = %s", number)
    figure = {Order.TOTAL: "total_ms", Order.MEAN: "mean_ms", Order.CALLS: "calls", Order.ROWS: "rows"}[order]
    figures = [getattr(each, figure) for each in bench.service.report(CTX, order=order).queries]
    assert figures == sorted(figures, reverse=True)
    assert len(bench.service.report(CTX, order=order, most=2).queries) == 2


def test_other_databases_are_shown_where_that_is_wished(bench: Bench) -> None:
    names = {each.database for each in bench.service.report(CTX, most=1000).queries}
    assert names == {bench.session.server.database}
    every = {each.database for each in bench.service.report(CTX, every_database=True, most=1000).queries}
    assert names < every
    assert "postgres" in every


def test_a_query_is_explained_for_any_values(bench: Bench) -> None:
    bench.run("SELECT email FROM t WHERE id = %s AND email LIKE '%%x%%' AND id %% 2 = 1", 1)
    found = bench.find("email LIKE")
    assert found.may_explain
    assert found.id is not None
    for _ in range(3):  # nothing of the first one stands in the way of the next
        plan = bench.service.explain(found.id, CTX)
        assert "Index Scan using t_pkey on t" in plan.lines[0]
        assert "id = $1" in plan.text.replace("(", "")
    bench.run("UPDATE t SET email = 'x' WHERE id = 5")
    before = bench.run("SELECT * FROM t ORDER BY id")
    update = bench.find("UPDATE t SET")
    assert update.id is not None
    assert "Update on t" in bench.service.explain(update.id, CTX).text
    assert bench.run("SELECT * FROM t ORDER BY id") == before
    bench.run("SELECT count(*) FROM t")
    count = bench.find("SELECT count(*) FROM t")
    assert "Aggregate" in bench.service.explain(count.id or 0, CTX).text  # without a parameter


def test_what_can_not_be_explained_says_so(bench: Bench) -> None:
    bench.run("SELECT INTERVAL '1 day'")
    bench.run("CREATE TABLE gone (id int)")
    bench.run("SELECT * FROM gone")
    bench.run("DROP TABLE gone")
    for piece in ("SELECT INTERVAL", "SELECT * FROM gone", "DROP TABLE"):
        found = bench.find(piece)
        with pytest.raises(MaintenanceRefused) as caught:
            bench.service.explain(found.id or 0, CTX)
        assert caught.value.code == "slow.not_explained", piece
        assert (caught.value.report is None) == (piece == "DROP TABLE")
    with pytest.raises(MaintenanceRefused) as caught:
        bench.service.explain(4711, CTX)
    assert caught.value.code == "slow.unknown"
    bench.run("SELECT email FROM t WHERE id = 1")
    assert bench.service.explain(bench.find("SELECT email").id or 0, CTX).lines


def test_what_a_plain_role_may_not_see_is_marked(bench: Bench) -> None:
    role = f"plain_{uuid.uuid4().hex[:8]}"
    bench.run(f'CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA "Stats" TO {role}')
    try:
        with closing(Session.open(replace(profile_of(bench.url), user=role), None, CTX)) as opened:
            report = SlowQueryService(opened).report(CTX)
            hidden = [each for each in report.queries if each.is_hidden]
            assert [(each.user, each.text, each.id, each.may_explain) for each in hidden] == [
                ("postgres", "", None, False)
            ]
            assert 0 < report.may_not_see <= hidden[0].calls
            own = [each.text for each in SlowQueryService(opened).report(CTX).queries if each.user == role]
            assert any("pg_stat_statements" in text for text in own)
            bench.run(f'REVOKE USAGE ON SCHEMA "Stats" FROM {role}')
            shut = SlowQueryService(opened).report(CTX)
            assert (shut.state, shut.steps) == (
                CountingState.HIDDEN, (EnableStep("grant", f'GRANT USAGE ON SCHEMA "Stats" TO "{role}"'),),
            )  # fmt: skip
            bench.run(f'GRANT USAGE ON SCHEMA "Stats" TO {role}; GRANT pg_read_all_stats TO {role}')
            assert SlowQueryService(opened).report(CTX).may_not_see == 0
    finally:
        bench.run(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_how_to_enable_it(bench: Bench) -> None:
    def steps() -> SlowQueries:
        return bench.service.report(CTX)

    bench.run("DROP EXTENSION pg_stat_statements")
    assert (steps().state, steps().steps) == (
        CountingState.NOT_CREATED, (EnableStep("create", "CREATE EXTENSION pg_stat_statements"),),
    )  # fmt: skip
    with pytest.raises(MaintenanceRefused) as caught:
        bench.service.explain(1, CTX)
    assert caught.value.code == "slow.not_ready"
    bench.run(steps().steps[0].sql)
    assert steps().state is CountingState.READY


def test_it_can_be_enabled_from_nothing(server_room: Path) -> None:
    room = server_room / "from-nothing"
    room.mkdir(mode=0o755)
    with counting_server(room, "shared_preload_libraries = 'auto_explain'") as url:
        with closing(Session.open(profile_of(url), None, CTX)) as opened:
            found = SlowQueryService(opened).report(CTX)
        assert found.state is CountingState.NOT_LOADED
        assert [each.code for each in found.steps] == ["preload", "restart", "create"]
        with psycopg.connect(url, autocommit=True) as connection:
            for step in found.steps:
                if step.sql:
                    connection.execute(step.sql.encode())
        with closing(Session.open(profile_of(url), None, CTX)) as opened:
            again = SlowQueryService(opened).report(CTX)
        assert (again.state, [each.code for each in again.steps]) == (CountingState.NOT_LOADED, ["restart"])
        conf = (room / "counting" / "data" / "postgresql.auto.conf").read_text()
        assert "shared_preload_libraries = 'auto_explain, pg_stat_statements'" in conf.replace('"', "")


def test_the_embedded_server_says_what_is_missing(session: Session) -> None:
    found = SlowQueryService(session).report(CTX)
    if found.state is CountingState.READY:
        pytest.skip("this server counts queries")
    assert found.queries == ()
    if found.state is CountingState.NOT_INSTALLED:
        assert [each.code for each in found.steps] == ["package", "preload", "restart", "create"]
        assert found.steps[1].sql == "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'"


def test_behind_a_pooler(open_pooler: OpenPooler) -> None:
    with closing(Session.open(open_pooler(1), None, CTX)) as opened:
        assert SlowQueryService(opened).report(CTX).state in CountingState
