"""A real standby: its sizes, what it may be advised, and how it holds back VACUUM on its primary."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from nexus_studio.core.admin.advice import Action, Gravity, Risk
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health.advising import AdviceService
from nexus_studio.services.health.sizing import SizingService
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of
from tests.support.patient import Patient
from tests.support.standby import SLOT, Standby
from tests.support.waiting import until

CTX = TaskContext.for_test()


@pytest.fixture
def reader(standby: Standby, patient: Patient) -> Iterator[Session]:
    """A session on the standby's copy of the patient."""
    patient.run(
        "CREATE TABLE t (id int PRIMARY KEY, n int)",
        "INSERT INTO t SELECT i, i FROM generate_series(1, 20000) i",
        "VACUUM ANALYZE t",
    )
    standby.caught_up(patient)
    session = Session.open(standby.profile(patient.session.profile.database), None, CTX)
    yield session
    session.close()


def codes(session: Session) -> list[str]:
    return [each.code for each in AdviceService(session).advise(CTX).advice]


def test_a_standby_says_so_and_has_the_same_sizes(patient: Patient, reader: Session) -> None:
    mine, theirs = SizingService(patient.session).sizes(CTX), SizingService(reader).sizes(CTX)
    assert (mine.is_standby, theirs.is_standby) == (False, True)
    size, here = theirs.relations[0], mine.relations[0]
    assert (size.name, size.rows, size.bloat_bytes) == (here.name, here.rows, here.bloat_bytes)
    with psycopg.connect(conninfo_of(reader.profile)) as there:  # maps of free space are not the primary's
        own = there.execute("SELECT pg_table_size('t'), pg_indexes_size('t')").fetchone()
    assert (size.table_bytes, size.index_bytes) == own
    assert (size.last_vacuum, here.last_vacuum is None) == (None, False)


def test_a_standby_is_advised_what_can_be_known_there(patient: Patient, standby: Standby, reader: Session) -> None:
    patient.run("CREATE TABLE no_key AS SELECT 1 AS id", "CREATE INDEX again ON t (id)")
    standby.caught_up(patient)
    report = AdviceService(reader).advise(CTX)
    assert report.is_standby
    assert [each.code for each in report.advice] == ["index.duplicate", "table.no_primary_key"]
    patient.run("DROP TABLE no_key, t")


def test_a_standby_that_is_gone_holds_vacuum_back_by_its_slot(
    patient: Patient, standby: Standby, reader: Session
) -> None:
    with reader.read(CTX, one_snapshot=True) as looking:
        looking.exec_driver_sql("SELECT count(*) FROM t")
        until(lambda: patient.run("SELECT 1 FROM pg_replication_slots WHERE xmin IS NOT NULL"))
        patient.run("DELETE FROM t WHERE id <= 10000", "VACUUM t")
        assert codes(patient.session) == []  # it is at work, and not far behind
        standby.kill()
        looking.invalidate()
    until(lambda: patient.run("SELECT 1 FROM pg_replication_slots WHERE NOT active"))
    report = AdviceService(patient.session).advise(CTX)
    assert [each.code for each in report.advice] == ["held_back.slot"]
    advice = report.advice[0]
    assert (advice.evidence["name"], advice.evidence["in_use"], advice.evidence["dead_rows"]) == (SLOT, False, 10_000)
    assert (advice.gravity, advice.risk, advice.action) == (Gravity.URGENT, Risk.ENDS, Action.RUN)
    patient.run(*advice.statements, "VACUUM t")
    assert codes(patient.session) == []
    with (standby.data / "postgresql.auto.conf").open("a") as file:
        file.write("\nprimary_slot_name = ''\n")
    standby.start()


def test_a_standby_without_a_slot_holds_vacuum_back(patient: Patient, standby: Standby, reader: Session) -> None:
    if patient.run("SELECT 1 FROM pg_replication_slots"):  # this test may run alone
        standby.kill()
        until(lambda: patient.run("SELECT 1 FROM pg_replication_slots WHERE NOT active"))
        patient.run("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
        with (standby.data / "postgresql.auto.conf").open("a") as file:
            file.write("\nprimary_slot_name = ''\n")
        standby.start()
    reader.drop_idle()
    with reader.read(CTX, one_snapshot=True) as looking:
        looking.exec_driver_sql("SELECT count(*) FROM t")
        until(lambda: patient.run("SELECT 1 FROM pg_stat_replication WHERE backend_xmin IS NOT NULL"))
        patient.run("DELETE FROM t WHERE id <= 10000", "VACUUM t")
        assert codes(patient.session) == []
        patient.run(
            "CREATE PROCEDURE burn() LANGUAGE plpgsql AS 'BEGIN FOR i IN 1..1000000 LOOP"
            " PERFORM pg_current_xact_id(); COMMIT; END LOOP; END'",
            "CALL burn()",
        )
        report = AdviceService(patient.session).advise(CTX)
        assert [each.code for each in report.advice] == ["held_back.standby"]
        advice = report.advice[0]
        assert (advice.evidence["name"], advice.action, advice.risk) == ("walreceiver", Action.COPY, Risk.READS)
        with psycopg.connect(conninfo_of(reader.profile)) as there:
            assert there.execute(advice.statements[0].encode()).fetchone()
