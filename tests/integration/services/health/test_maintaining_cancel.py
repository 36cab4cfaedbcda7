"""Maintenance that takes long: seen from outside, cancelled at once, and nothing left behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from nexus_studio.core.admin.maintenance import Ended, Job
from nexus_studio.core.admin.maintenancephases import PHASES, WAITING
from nexus_studio.core.admin.timeouts import TIMEOUTS
from nexus_studio.core.errors import ConnectionLost
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import Cancelled, TaskContext
from nexus_studio.services.health import leftovers
from nexus_studio.services.health.maintaining import PURPOSE, MaintenanceService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.fix_pgbouncer import OpenPooler
from tests.support.slow_table import Listening, begun, holding, make_slow_table, slow_down
from tests.support.waiting import until

Sql = Callable[..., list[tuple[Any, ...]]]

T, U = RelationName("public", "t"), RelationName("public", "u")
INVALID = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
AT_WORK = f"SELECT pid FROM pg_stat_activity WHERE application_name LIKE '%{PURPOSE}' AND state = 'active'"


@pytest.fixture
def maintenance(session: Session) -> MaintenanceService:
    return MaintenanceService(session, Paths.default())


def test_a_running_vacuum_is_seen_and_cancelled(maintenance: MaintenanceService, sql: Sql) -> None:
    sql("CREATE TABLE t (id int, a text)")
    sql("INSERT INTO t SELECT n, repeat('x', 500) FROM generate_series(1, 20000) n")
    sql("DELETE FROM t")
    database = sql("SELECT quote_ident(current_database())")[0][0]
    sql(f"ALTER DATABASE {database} SET vacuum_cost_delay = 50")
    sql(f"ALTER DATABASE {database} SET vacuum_cost_limit = 10")
    listening = Listening()
    with begun(lambda: maintenance.run(Job.VACUUM, [T], listening.ctx, listener=listening), listening) as future:
        told = listening.until(lambda each: each.phase.code == "scanning_heap" and each.phase.done > 0)
        assert (told.relation, told.number, told.of, told.phase.unit) == (T, 1, 1, "bytes")
        assert 0 < told.phase.done < (told.phase.total or 0)
        assert told.phase.total == sql("SELECT pg_relation_size('t')")[0][0]
        begin = time.monotonic()
        listening.token.cancel()
        with pytest.raises(Cancelled):
            future.result(60)
        assert time.monotonic() - begin < 60  # all of it would take minutes
    assert [each.ended for each in listening.outcomes] == [Ended.CANCELLED]
    assert "maintain.scanning_heap" in listening.steps
    assert sql(AT_WORK) == []


@pytest.mark.parametrize("job", [Job.VACUUM_FULL, Job.CLUSTER])
def test_a_table_that_is_written_anew_stays_as_it_was(job: Job, maintenance: MaintenanceService, sql: Sql) -> None:
    make_slow_table(sql)
    file = sql("SELECT relfilenode, pg_total_relation_size(oid) FROM pg_class WHERE relname = 't'")
    slow_down(sql, 0.1)
    listening = Listening()
    index = "t_pkey" if job is Job.CLUSTER else ""

    def work() -> Any:
        return maintenance.run(job, [T], listening.ctx, index=index, listener=listening)

    with begun(work, listening) as future:
        told = listening.until(lambda each: each.phase.code == "rebuilding_index" and each.phase.done > 0)
        assert (told.phase.done, told.phase.total) == (1, 2)
        listening.token.cancel()
        with pytest.raises(Cancelled):
            future.result(10)
    assert sql("SELECT relfilenode, pg_total_relation_size(oid) FROM pg_class WHERE relname = 't'") == file
    assert {each.phase.code for each in listening.at_work} <= set(PHASES)


def test_what_a_cancelled_reindex_leaves_is_dropped(maintenance: MaintenanceService, sql: Sql) -> None:
    make_slow_table(sql)
    slow_down(sql, 0.1)
    listening = Listening()
    with begun(lambda: maintenance.run(Job.REINDEX, [T], listening.ctx, listener=listening), listening) as future:
        listening.until(lambda each: each.phase.code == "building_index")
        until(lambda: sql(INVALID) != [(0,)])
        listening.token.cancel()
        with pytest.raises(Cancelled):
            future.result(20)
    assert sql(INVALID) == [(0,)]
    (outcome,) = listening.outcomes
    assert outcome.ended is Ended.CANCELLED
    assert {each.name.name.rstrip("0123456789")[-5:] for each in outcome.leftovers} == {"ccnew"}
    assert all(each.is_dropped for each in outcome.leftovers)
    assert sorted(row[0] for row in sql("SELECT relname FROM pg_class WHERE relkind = 'i' AND relname LIKE 't%'")) == [
        "t_pkey", "t_slow",
    ]  # fmt: skip


def test_what_can_not_be_dropped_is_named(
    maintenance: MaintenanceService, sql: Sql, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = {each: replace(times, lock_ms=300) for each, times in TIMEOUTS.items()}
    monkeypatch.setattr("nexus_studio.services.session.TIMEOUTS", quick)
    make_slow_table(sql)
    old = sql("CREATE INDEX t_pkey_ccnew ON t (id)")  # somebody's own, valid: not ours to drop
    assert old == []
    slow_down(sql, 0.1)
    listening = Listening()
    with begun(lambda: maintenance.run(Job.REINDEX, [T], listening.ctx, listener=listening), listening) as future:
        listening.until(lambda each: each.phase.code == "building_index")
        until(lambda: sql(INVALID) != [(0,)])
        with holding(pg_url, "UPDATE t SET a = '' WHERE id = 1"):
            listening.token.cancel()
            with pytest.raises(Cancelled):
                future.result(20)
    (outcome,) = listening.outcomes
    own = [each for each in outcome.leftovers if each.name.schema == "public"]
    assert own
    assert not any(each.is_dropped for each in own)
    assert all(each.is_dropped for each in outcome.leftovers if each not in own)  # of its long values: nobody is there
    left = {row[0] for row in sql("SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = indexrelid "
                                  "WHERE NOT indisvalid")}  # fmt: skip
    assert left == {each.name.name for each in own}
    assert sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_pkey_ccnew'::regclass") == [(True,)]


def test_behind_a_pooler_clearing_up_ends_too(
    open_pooler: OpenPooler, sql: Sql, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = {each: replace(times, lock_ms=300) for each, times in TIMEOUTS.items()}
    monkeypatch.setattr(leftovers, "TIMEOUTS", quick)
    make_slow_table(sql)
    slow_down(sql, 0.1)
    listening = Listening()
    with closing(Session.open(open_pooler(3), None, TaskContext.for_test())) as session:
        maintenance = MaintenanceService(session, Paths.default())
        with begun(lambda: maintenance.run(Job.REINDEX, [T], listening.ctx, listener=listening), listening) as future:
            until(lambda: sql(INVALID) != [(0,)])
            with holding(pg_url, "UPDATE t SET a = '' WHERE id = 1"):
                begin = time.monotonic()
                listening.token.cancel()
                with pytest.raises(Cancelled):
                    future.result(20)
                assert time.monotonic() - begin < 5
    (outcome,) = listening.outcomes
    assert [each for each in outcome.leftovers if not each.is_dropped]
    assert {each.phase.code for each in listening.at_work} == {"working"}


def test_a_reindex_says_whom_it_waits_for(maintenance: MaintenanceService, sql: Sql, pg_url: str) -> None:
    make_slow_table(sql, rows=5)
    listening = Listening()
    with (
        holding(pg_url, "UPDATE t SET a = '' WHERE id = 1") as other,
        begun(lambda: maintenance.run(Job.REINDEX, [T], listening.ctx, listener=listening), listening) as future,
    ):
        told = listening.until(lambda each: each.phase.code.startswith("waiting_for_") and each.phase.waits_for)
        assert told.phase.code != WAITING
        assert [each.pid for each in told.phase.waits_for] == [other.info.backend_pid]
        assert told.phase.waits_for[0].application == "somebody"
        assert sql("UPDATE t SET a = 'not held up' WHERE id = 2") == []
        other.rollback()
        report, _ = future.result(20)
    assert report.is_done


def test_waiting_for_a_lock_is_told(maintenance: MaintenanceService, sql: Sql, pg_url: str) -> None:
    sql("CREATE TABLE t (id int)")
    listening = Listening()
    with (
        holding(pg_url, "SELECT * FROM t") as other,
        begun(lambda: maintenance.run(Job.VACUUM_FULL, [T], listening.ctx, listener=listening), listening) as future,
    ):
        told = listening.until(lambda each: each.phase.code == WAITING and each.phase.waits_for)
        assert [each.pid for each in told.phase.waits_for] == [other.info.backend_pid]
        other.rollback()
        assert future.result(20)[0].is_done


def test_cancelled_between_two_tables(maintenance: MaintenanceService, sql: Sql) -> None:
    make_slow_table(sql, rows=100)
    sql("CREATE TABLE u (id int)")
    sql("INSERT INTO u VALUES (1)")
    slow_down(sql, 0.1)
    listening = Listening()
    with begun(lambda: maintenance.run(Job.VACUUM_FULL, [T, U], listening.ctx, listener=listening), listening) as work:
        told = listening.until(lambda each: each.relation == T and each.phase.code == "rebuilding_index")
        assert (told.number, told.of) == (2, 2)  # the small one was first
        listening.token.cancel()
        with pytest.raises(Cancelled):
            work.result(10)
    assert [(each.relation, each.ended) for each in listening.outcomes] == [(U, Ended.DONE), (T, Ended.CANCELLED)]


def test_a_lost_connection_is_not_done(maintenance: MaintenanceService, sql: Sql) -> None:
    make_slow_table(sql)
    slow_down(sql, 0.1)
    listening = Listening()
    with begun(lambda: maintenance.run(Job.REINDEX, [T, T], listening.ctx, listener=listening), listening) as future:
        listening.until(lambda each: each.phase.code == "building_index")
        until(lambda: sql(INVALID) != [(0,)])
        for (pid,) in sql(AT_WORK):
            sql("SELECT pg_terminate_backend(%s)", pid)
        with pytest.raises(ConnectionLost):
            future.result(20)
    (outcome,) = listening.outcomes
    assert (outcome.ended, outcome.error is not None) == (Ended.FAILED, True)
    assert sql(INVALID) == [(0,)]


def test_cancelled_before_it_began(pg_url: str) -> None:
    listening = Listening()
    with closing(Session.open(profile_of(pg_url), None, TaskContext.for_test())) as session:
        listening.token.cancel()
        with pytest.raises(Cancelled):
            MaintenanceService(session, Paths.default()).run(Job.VACUUM, None, listening.ctx, listener=listening)
    assert listening.outcomes == []
