"""Maintenance on a real server: what each job does, what is said before, and what keeps it from it."""

from __future__ import annotations

import shutil
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql as pgsql

from nexus_studio.core.admin.maintenance import Bytes, Ended, HoldsUp, Job, MaintenanceReport
from nexus_studio.core.admin.timeouts import TIMEOUTS
from nexus_studio.core.effects import Kind
from nexus_studio.core.errors import ForbiddenHere, MaintenanceRefused, UnknownRelation
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health import maintaining
from nexus_studio.services.health.maintaining import MaintenanceService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.fix_pgbouncer import OpenPooler
from tests.support.patient import Patient
from tests.support.slow_table import holding, make_slow_table, slow_down
from tests.support.waiting import until

Sql = Callable[..., list[tuple[Any, ...]]]
Usage = namedtuple("Usage", "total used free")

CTX = TaskContext.for_test()
T = RelationName("public", "t")
SIZES = """
    SELECT pg_table_size('t') - coalesce(pg_total_relation_size(nullif(reltoastrelid, 0)), 0),
           pg_indexes_size('t'), pg_total_relation_size('t') FROM pg_class WHERE oid = 't'::regclass
"""
COUNTED = "SELECT n_dead_tup, last_vacuum IS NOT NULL FROM pg_stat_user_tables"


@pytest.fixture
def bloated(sql: Sql, server_version: int) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b int)")
    sql("INSERT INTO t SELECT n, repeat('x', 200), n % 10 FROM generate_series(1, 20000) n")
    sql("CREATE INDEX t_b ON t (b)")
    sql("DELETE FROM t WHERE id % 4 <> 0")
    if server_version < 150000:  # what is counted late would be counted after the vacuum
        until(lambda: sql(COUNTED)[0][0])
    sql("ANALYZE t")


@pytest.fixture
def maintenance(session: Session) -> MaintenanceService:
    return MaintenanceService(session, Paths.default())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are waited for a third of a second."""
    quick = {each: replace(times, lock_ms=300) for each, times in TIMEOUTS.items()}
    monkeypatch.setattr(maintaining, "TIMEOUTS", quick)


def size_of(sql: Sql) -> Bytes:
    table, indexes, total = sql(SIZES)[0]
    return Bytes(table, indexes, total - table - indexes)


def run(service: MaintenanceService, job: Job, *names: str, **more: Any) -> MaintenanceReport:
    relations = [RelationName("public", name) for name in names] or None
    return service.run(job, relations, CTX, **more)[0]


@pytest.mark.usefixtures("bloated")
@pytest.mark.parametrize("job", list(Job))
def test_each_job_does_what_it_is_called(job: Job, maintenance: MaintenanceService, sql: Sql) -> None:
    before, files = size_of(sql), sql("SELECT relname, relfilenode FROM pg_class WHERE relname LIKE 't%' ORDER BY 1")
    report, effects = maintenance.run(job, [T], CTX, index="t_b" if job is Job.CLUSTER else "")
    (outcome,) = report.outcomes
    assert (report.job, report.is_done, outcome.ended, outcome.error) == (job, True, Ended.DONE, None)
    assert outcome.before == before
    assert outcome.after == size_of(sql)
    assert report.freed_bytes == outcome.freed_bytes == before.total - size_of(sql).total
    assert (effects.kinds, effects.relations) == (Kind.SIZES, frozenset({T}))
    now = sql("SELECT relname, relfilenode FROM pg_class WHERE relname LIKE 't%' ORDER BY 1")
    changed = {name for (name, one), (_, other) in zip(files, now, strict=True) if one != other}
    rebuilt = {"t", "t_b", "t_pkey"} if job.rewrites else {"t_b", "t_pkey"} if job is Job.REINDEX else set()
    assert changed - {"t"} == rebuilt - {"t"}
    assert ("t" in changed) == job.rewrites
    if job.rewrites:
        assert size_of(sql).table < before.table / 3
    vacuums = job in {Job.VACUUM, Job.VACUUM_ANALYZE}
    until(lambda: sql(COUNTED)[0][1] is vacuums and (sql(COUNTED)[0][0] == 0 or not vacuums))
    said = " ".join(outcome.log)
    assert "vacuum" in said or "cluster" in said or "analyz" in said or "reindexed" in said, said
    assert sql("SELECT count(*) FROM t") == [(5000,)]
    assert sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]


@pytest.mark.usefixtures("bloated")
def test_what_is_said_before(maintenance: MaintenanceService, sql: Sql, pg_url: str) -> None:
    with holding(pg_url, "SELECT * FROM t LIMIT 1") as other:
        quiet = maintenance.forewarn(Job.VACUUM, [T], CTX)
        loud = maintenance.forewarn(Job.VACUUM_FULL, [T], CTX)
        again = maintenance.forewarn(Job.REINDEX, [T], CTX)
        pid = other.info.backend_pid
    assert (quiet.job.holds_up, quiet.disk.needed_bytes, quiet.busy, quiet.refusal) == (HoldsUp.UPKEEP, 0, (), "")
    assert (loud.job.holds_up, loud.job.lock, loud.notes) == (HoldsUp.EVERYBODY, "AccessExclusiveLock", ("off_peak",))
    assert [(each.pid, each.application, each.relation) for each in loud.busy] == [(pid, "somebody", T)]
    assert loud.busy[0].since is not None
    assert [each.pid for each in again.busy] == [pid]
    assert again.notes == ("waits_for_transactions",)
    size = size_of(sql)
    live = size.table - (loud.targets[0].bloat_bytes or 0)
    assert live + size.indexes <= loud.disk.needed_bytes < 3 * (live + size.indexes) < 2 * size.total
    assert loud.disk.free_bytes == pytest.approx(shutil.disk_usage(sql("SHOW data_directory")[0][0]).free, rel=0.1)
    assert size.indexes <= again.disk.needed_bytes <= 2 * size.indexes
    assert loud.duration is None  # nobody has seen it yet
    run(maintenance, Job.VACUUM_FULL, "t")
    known = maintenance.forewarn(Job.VACUUM_FULL, [T], CTX).duration
    assert known is not None
    assert 0 < known.least <= known.seconds <= known.most < 60
    assert maintenance.forewarn(Job.CLUSTER, [T], CTX, index="t_b").duration is None


def test_a_prepared_transaction_is_named_too(patient: Patient) -> None:
    patient.run("CREATE TABLE t (id int)")
    with closing(psycopg.connect(patient.url)) as holder:
        holder.execute("INSERT INTO t VALUES (1)")
        holder.execute("PREPARE TRANSACTION 'the move'")
    try:
        warning = MaintenanceService(patient.session, Paths.default()).forewarn(Job.VACUUM_FULL, [T], CTX)
    finally:
        patient.run("ROLLBACK PREPARED 'the move'")
    assert [(each.pid, each.name, each.said, each.relation) for each in warning.busy] == [
        (0, "the move", "the move", T)
    ]


@pytest.mark.usefixtures("bloated")
def test_a_disk_that_is_too_small_refuses(
    maintenance: MaintenanceService, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = size_of(sql)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(1 << 30, 1 << 30, 100_000))
    for job in (Job.VACUUM_FULL, Job.REINDEX, Job.CLUSTER):
        index = "t_b" if job is Job.CLUSTER else ""
        warning = maintenance.forewarn(job, [T], CTX, index=index)
        assert (warning.refuses, warning.disk.free_bytes) == (True, 100_000)
        with pytest.raises(MaintenanceRefused) as caught:
            maintenance.run(job, [T], CTX, index=index)
        facts = caught.value.facts
        assert (caught.value.code, facts["free"], facts["needed"]) == (
            "maintain.disk", 100_000, warning.disk.needed_bytes,
        )  # fmt: skip
    assert run(maintenance, Job.VACUUM, "t").is_done
    assert size_of(sql).indexes == before.indexes


@pytest.mark.usefixtures("bloated")
def test_a_server_elsewhere_has_an_unknown_disk(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    maintenance = MaintenanceService(session, Paths.default())
    monkeypatch.setattr(session, "profile", replace(session.profile, host="db.example.org"))
    disk = maintenance.forewarn(Job.VACUUM_FULL, [T], CTX).disk
    assert (disk.free_bytes, disk.unknown, disk.is_too_small) == (None, "remote", False)
    assert disk.needed_bytes > 0


@pytest.mark.usefixtures("bloated", "impatient")
@pytest.mark.parametrize("job", list(Job))
def test_nobody_is_waited_for_unseen(job: Job, maintenance: MaintenanceService, sql: Sql, pg_url: str) -> None:
    sql("CREATE TABLE u (id int PRIMARY KEY)")
    sql("CLUSTER u USING u_pkey")
    sql("CLUSTER t USING t_b")
    begin = time.monotonic()
    with holding(pg_url, "LOCK TABLE t IN SHARE MODE") as other:
        report = run(maintenance, job, "t", "u")
        pid = other.info.backend_pid
    assert time.monotonic() - begin < 4
    ended = {str(each.relation): each for each in report.outcomes}
    assert (ended["u"].ended, ended["t"].ended, report.is_done) == (Ended.DONE, Ended.SKIPPED, False)
    error = ended["t"].error
    assert error is not None
    assert (error.code, error.facts["relation"]) == ("maintain.locked", "t")
    assert str(pid) in str(error.facts["names"])
    assert "somebody" in str(error.facts["names"])
    assert ended["t"].leftovers == ()
    assert sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]


def test_the_log_has_no_values(maintenance: MaintenanceService, sql: Sql) -> None:
    make_slow_table(sql, rows=5)
    slow_down(sql, 0)
    for job in (Job.REINDEX, Job.VACUUM_FULL, Job.ANALYZE):
        (outcome,) = run(maintenance, job, "t").outcomes
        assert (outcome.ended, bool(outcome.log)) == (Ended.DONE, True)
        assert "hunter2" not in " ".join(outcome.log)


@pytest.mark.pg(">= 14")
def test_partitioned_tables_are_done_part_by_part(maintenance: MaintenanceService, sql: Sql) -> None:
    sql("CREATE TABLE p (id int, b int) PARTITION BY RANGE (id)")
    sql("CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (100)")
    sql("CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id)")
    sql("CREATE TABLE p_2_a PARTITION OF p_2 FOR VALUES FROM (100) TO (200)")
    sql("CREATE INDEX p_b ON p (b)")
    sql("INSERT INTO p SELECT n, n FROM generate_series(0, 199) n")
    done = {
        job: [str(each.relation) for each in run(maintenance, job, "p", index=index).outcomes]
        for job, index in ((Job.VACUUM, ""), (Job.VACUUM_FULL, ""), (Job.REINDEX, ""), (Job.CLUSTER, "p_b"))
    }
    assert all(sorted(found) == ["p_1", "p_2_a"] for found in done.values()), done
    assert [str(each.relation) for each in run(maintenance, Job.ANALYZE, "p").outcomes] == ["p"]
    assert sql("SELECT count(*) FROM pg_stats WHERE tablename = 'p' AND inherited") == [(2,)]
    sql("DELETE FROM pg_statistic WHERE starelid = 'p'::regclass")
    both = [str(each.relation) for each in run(maintenance, Job.VACUUM_ANALYZE, "p").outcomes]
    assert (sorted(both[:-1]), both[-1]) == (["p_1", "p_2_a"], "p")
    assert sql("SELECT count(*) FROM pg_stats WHERE tablename = 'p' AND inherited") == [(2,)]
    only = run(maintenance, Job.REINDEX, "p_1", index="p_1_b_idx").outcomes
    assert [(str(each.relation), each.ended) for each in only] == [("p_1", Ended.DONE)]


@pytest.mark.usefixtures("bloated")
def test_what_can_not_be_done_is_left_out_and_said(maintenance: MaintenanceService, sql: Sql) -> None:
    def reasons(job: Job, **more: Any) -> list[tuple[str, str]]:
        with pytest.raises(MaintenanceRefused) as caught:
            maintenance.run(job, [T], CTX, **more)
        assert caught.value.code == "maintain.nothing"
        return [(str(each.relation), each.reason) for each in maintenance.forewarn(job, [T], CTX, **more).left_out]

    assert reasons(Job.CLUSTER) == [("t", "no_index")]
    assert reasons(Job.CLUSTER, index="nope") == [("t", "unfit_index")]
    sql("CREATE INDEX t_hash ON t USING hash (b)")
    assert reasons(Job.CLUSTER, index="t_hash") == [("t", "unfit_index")]
    assert maintenance.forewarn(Job.CLUSTER, [T], CTX).targets == ()
    assert maintenance.forewarn(Job.CLUSTER, [T], CTX, index="t_b").targets[0].cluster_choices == ("t_pkey", "t_b")
    with pytest.raises(UnknownRelation) as caught:
        maintenance.forewarn(Job.VACUUM, [T, RelationName("public", "gone")], CTX)
    assert caught.value.facts["relation"] == "gone"


@pytest.fixture
def plain(pg_url: str, sql: Sql) -> Iterator[Session]:
    """A session of a role that owns one table, `mine`, and may read another."""
    role = f"plain_{time.monotonic_ns()}"
    name = pgsql.Identifier(role).as_string()
    sql(f"CREATE ROLE {name} LOGIN")
    sql("CREATE TABLE mine (id int PRIMARY KEY); ALTER TABLE mine CLUSTER ON mine_pkey")
    sql(f"ALTER TABLE mine OWNER TO {name}; GRANT SELECT ON t TO {name}")
    session = Session.open(replace(profile_of(pg_url), user=role), None, CTX)
    yield session
    session.close()
    sql(f"DROP OWNED BY {name}; DROP ROLE {name}")


@pytest.mark.usefixtures("bloated")
def test_a_plain_role_looks_after_its_own(plain: Session) -> None:
    maintenance = MaintenanceService(plain, Paths.default())
    for job in Job:
        warning = maintenance.forewarn(job, None, CTX)
        assert ("t", "permission") in [(str(each.relation), each.reason) for each in warning.left_out]
        assert warning.disk.unknown in {"hidden", "remote"}
    for job in Job:
        report = run(maintenance, job)
        assert [(str(each.relation), each.ended) for each in report.outcomes] == [("mine", Ended.DONE)]
        assert [str(each.relation) for each in report.left_out] == ["t"]
    with pytest.raises(MaintenanceRefused) as caught:
        run(maintenance, Job.VACUUM, "t")
    assert (caught.value.code, caught.value.facts["reason"]) == ("maintain.nothing", "permission")


@pytest.mark.pg(">= 17")
@pytest.mark.usefixtures("bloated")
def test_the_privilege_to_maintain_is_enough(plain: Session, sql: Sql) -> None:
    sql(f"GRANT MAINTAIN ON t TO {pgsql.Identifier(plain.profile.user).as_string()}")
    maintenance = MaintenanceService(plain, Paths.default())
    for job in Job:
        assert run(maintenance, job, "t", index="t_b" if job is Job.CLUSTER else "").is_done, job


@pytest.mark.usefixtures("bloated")
def test_a_standby_and_a_locked_production_refuse(pg_url: str, session: Session, sql: Sql) -> None:
    session.server = replace(session.server, standby=True)
    maintenance = MaintenanceService(session, Paths.default())
    assert maintenance.forewarn(Job.VACUUM, [T], CTX).refusal == "maintain.standby"
    with pytest.raises(MaintenanceRefused) as caught:
        run(maintenance, Job.VACUUM, "t")
    assert caught.value.code == "maintain.standby"
    with closing(Session.open(profile_of(pg_url, environment=Environment.PRODUCTION), None, CTX)) as production:
        maintenance = MaintenanceService(production, Paths.default())
        assert maintenance.forewarn(Job.VACUUM_FULL, [T], CTX).refusal == ""
        with pytest.raises(ForbiddenHere) as forbidden:
            run(maintenance, Job.VACUUM, "t")
        assert forbidden.value.code == "forbidden.locked"
        assert sql("SELECT last_vacuum FROM pg_stat_user_tables") == [(None,)]
        production.unlock("a test", 15)
        assert run(maintenance, Job.VACUUM_FULL, "t").is_done
        production.lock()
    read_only = profile_of(pg_url, read_only=True)
    with closing(Session.open(read_only, None, CTX)) as reader, pytest.raises(ForbiddenHere):
        run(MaintenanceService(reader, Paths.default()), Job.ANALYZE, "t")


def test_no_statement_timeout_ends_it(pg_url: str, sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = {each: replace(times, statement_ms=100) for each, times in TIMEOUTS.items()}
    monkeypatch.setattr("nexus_studio.services.session.TIMEOUTS", quick)
    make_slow_table(sql, rows=20)
    slow_down(sql, 0.02)
    with closing(Session.open(profile_of(pg_url), None, CTX)) as session:
        report = run(MaintenanceService(session, Paths.default()), Job.REINDEX, "t", index="t_slow")
    assert report.is_done
    assert report.outcomes[0].seconds > 0.3


@pytest.mark.usefixtures("bloated", "impatient")
@pytest.mark.parametrize("job", list(Job))
def test_behind_a_pooler(job: Job, open_pooler: OpenPooler, sql: Sql, pg_url: str) -> None:
    index = "t_b" if job is Job.CLUSTER else ""
    profile = open_pooler(2)
    with closing(Session.open(profile, None, CTX)) as session:
        maintenance = MaintenanceService(session, Paths.default())
        assert "pooler" in maintenance.forewarn(job, [T], CTX, index=index).notes
        with holding(pg_url, "LOCK TABLE t IN SHARE MODE") as other:
            (outcome,) = run(maintenance, job, "t", index=index).outcomes
            assert outcome.error is not None
            assert (outcome.ended, outcome.error.code) == (Ended.SKIPPED, "maintain.locked")
            assert str(other.info.backend_pid) in str(outcome.error.facts["names"])
        assert run(maintenance, job, "t", index=index).is_done
    line: dict[str, Any] = {
        "host": profile.host,
        "port": profile.port,
        "user": profile.user,
        "dbname": profile.database,
    }
    with psycopg.connect(**line, prepare_threshold=None) as one, psycopg.connect(**line) as other:
        for stranger in (one, other):  # both of the pooler's connections: nothing stays on them
            assert stranger.execute("SHOW lock_timeout").fetchone() == ("0",)
