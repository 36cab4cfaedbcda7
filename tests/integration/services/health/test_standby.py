"""A real standby: its sizes, what it may be advised, and how it holds back VACUUM on its primary."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest

from nexus_studio.core.admin.advice import Action, Gravity, Risk
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services import postmaster
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.health.advising import AdviceService
from nexus_studio.services.health.sizing import SizingService
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of
from tests.support.patient import Patient
from tests.support.waiting import until

CTX = TaskContext.for_test()
SLOT = "for_the_standby"
SETTINGS = "\nhot_standby_feedback = on\nwal_receiver_status_interval = 1\nwal_retrieve_retry_interval = 100ms\n"


class Standby:
    """A standby of the tests' server, which can be started, killed, and connected with or without a slot."""

    def __init__(self, room: Path, primary: ConnectionProfile) -> None:
        self.room = room
        self.data = room / "postgres" / "data"
        self.primary = primary
        self._server: EmbeddedServer | None = None

    def make(self) -> None:
        """Copy the primary."""
        home = self.room / "postgres"
        home.mkdir(parents=True)
        if os.geteuid() == 0:
            shutil.chown(home, postmaster.SYSTEM_USER)
        where = ("-h", self.primary.host, "-U", self.primary.user, "-D", str(self.data))
        how = ("-R", "-C", "-S", SLOT, "-X", "stream", "-c", "fast")
        postmaster.run("pg_basebackup", (*where, *how), home, failure="start", timeout=60)
        (self.data / ".s.PGSQL.5432.lock").unlink()  # the primary's: its socket is in its data folder
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.write(SETTINGS)

    def start(self) -> None:
        """Start it."""
        self._server = EmbeddedServer.start(self.room, CTX)

    def kill(self) -> None:
        """End it as a crash does: the primary learns nothing."""
        process = psutil.Process(int((self.data / "postmaster.pid").read_text().splitlines()[0]))
        process.send_signal(signal.SIGQUIT)
        process.wait(20)
        if self._server is not None:
            self._server.stop()
            self._server = None

    @property
    def is_running(self) -> bool:
        """Whether it was started and not killed."""
        return self._server is not None

    def profile(self, database: str) -> ConnectionProfile:
        """Return the profile of one of its databases."""
        assert self._server is not None
        return replace(self._server.profile(database), environment=Environment.DEVELOPMENT)

    def caught_up(self, patient: Patient) -> None:
        """Wait until it has all that was done on the primary."""
        (position,) = patient.run("SELECT pg_current_wal_insert_lsn()")[0]
        with psycopg.connect(conninfo_of(self.profile("postgres")), autocommit=True) as connection:
            question = "SELECT pg_last_wal_replay_lsn() >= %s::text::pg_lsn"
            until(lambda: (connection.execute(question, (position,)).fetchone() or (False,))[0])


@pytest.fixture(scope="module")
def standby(health_server: ConnectionProfile, server_room: Path) -> Iterator[Standby]:
    made = Standby(server_room / "standby", health_server)
    made.make()
    made.start()
    yield made
    if made.is_running:
        made.kill()
    with psycopg.connect(conninfo_of(health_server), autocommit=True) as connection:
        gone = "SELECT NOT active FROM pg_replication_slots WHERE slot_name = %s"
        until(lambda: (connection.execute(gone, (SLOT,)).fetchone() or (True,))[0])
        connection.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")


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
