"""Samples of a real database: taken, not too often, and what they tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from nexus_studio.core.admin.growth import Trend
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health.growing import GrowthService, keep
from nexus_studio.services.health.sizing import SizingService
from nexus_studio.services.paths import Paths
from tests.support.patient import Patient

NONE = timedelta(0)
CTX = TaskContext.for_test()
T, P, P1 = (RelationName("public", name) for name in ("t", "p", "p1"))


def test_samples_tell_what_grew(patient: Patient, tmp_path: Path) -> None:
    growth = GrowthService(patient.session, Paths.below(tmp_path))
    patient.run(
        "CREATE TABLE t (id int)",
        "CREATE TABLE p (id int) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100000)",
    )
    first = growth.take(CTX)
    assert (first.is_new, first.relations, first.torn) == (True, 3, None)
    assert abs(datetime.now(UTC) - first.taken_at) < timedelta(minutes=5)
    again = growth.take(CTX)
    assert (again.is_new, again.taken_at) == (False, growth.store.moments()[0])
    patient.run("INSERT INTO t SELECT generate_series(1, 9000)", "INSERT INTO p SELECT generate_series(1, 50000)")
    patient.run("CREATE TABLE late AS SELECT generate_series(1, 100) AS id")
    report = SizingService(patient.session).sizes(CTX)
    keep(growth.store, report, first.taken_at + timedelta(hours=3))
    found = growth.grown_most(first.taken_at, first.taken_at + timedelta(hours=4))
    assert [each.relation.name for each in found] == ["p", "t", "late"]  # a partition is in its table
    assert [each.is_new for each in found] == [False, False, True]
    grown = {each.relation: each.bytes_now for each in found}
    assert grown == {each.name: each.total_bytes for each in report.relations if each.name != P1}
    assert [each.rows for each in growth.series(T).samples] == [0, 9000]
    assert growth.series(P1).grown_bytes == growth.series(P).grown_bytes > 0
    assert growth.series().samples[-1].total_bytes == report.database_bytes
    assert growth.forecast(10**15).trend is Trend.TOO_FEW


def test_a_table_that_somebody_has_to_himself_has_not_shrunk(patient: Patient, tmp_path: Path) -> None:
    growth = GrowthService(patient.session, Paths.below(tmp_path))
    patient.run(
        "CREATE TABLE t (id int, words text STORAGE EXTERNAL)",
        "INSERT INTO t SELECT id, repeat('x', 9000) FROM generate_series(1, 200) AS id",
    )
    first = growth.take(CTX).taken_at
    (before,) = growth.series(T).samples
    with patient.connect() as holder:
        holder.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        report = SizingService(patient.session).sizes(CTX)
        (locked,) = (each for each in report.relations if each.name == T)
        assert locked.is_locked
        assert locked.total_bytes < before.total_bytes  # never analyzed: nothing is known of it
        keep(growth.store, report, first + timedelta(hours=2))
    assert [each.total_bytes for each in growth.series(T).samples] == [before.total_bytes] * 2
    assert [each.relation for each in growth.grown_most(first) if each.grown_bytes] == []


def test_a_sample_shares_what_was_measured_already(patient: Patient, tmp_path: Path) -> None:
    growth = GrowthService(patient.session, Paths.below(tmp_path))
    report = SizingService(patient.session).sizes(CTX)
    patient.session.close()
    assert growth.take(CTX, report=report).is_new
    assert not growth.take(CTX, report=report, apart=NONE).is_new  # the same second


def test_each_database_has_a_store_of_its_own(patient: Patient, tmp_path: Path) -> None:
    profile = patient.session.profile
    files = {
        GrowthService(patient.session, Paths.below(tmp_path)).store.file,
        type(GrowthService(patient.session, Paths.below(tmp_path)).store).of(tmp_path, profile.with_database("x")).file,
    }
    assert len({each.name for each in files}) == 2
