"""A server for tests of health, and its standby: autovacuum never comes; transactions may be prepared, slots made."""

from __future__ import annotations

import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest
from psycopg import sql as pgsql

from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.migrations.upgrade import upgrade
from nexus_studio.services.seeding import DEFAULT_SEED, SeedService
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of
from tests.support.fix_cluster import drop_database, make_conninfo_url, profile_of
from tests.support.patient import Patient
from tests.support.standby import SLOT, Standby
from tests.support.waiting import until

DEMO_SCALE = 5

_SETTINGS = {
    "autovacuum_naptime": "2000000",
    "max_prepared_transactions": "10",
    "wal_level": "logical",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}


@pytest.fixture(scope="session")
def health_server(server_room: Path) -> Iterator[ConnectionProfile]:
    """The profile of the server's maintenance database."""
    room = server_room / "health"
    server = EmbeddedServer.start(room, TaskContext.for_test())
    with psycopg.connect(conninfo_of(server.profile("postgres")), autocommit=True) as connection:
        for name, value in _SETTINGS.items():
            connection.execute(
                pgsql.SQL("ALTER SYSTEM SET {} = {}").format(pgsql.Identifier(name), pgsql.Literal(value))
            )
    server.stop()
    server = EmbeddedServer.start(room, TaskContext.for_test())
    try:
        yield server.profile("postgres")
    finally:
        pid_file = room / "postgres" / "data" / "postmaster.pid"
        postmaster = psutil.Process(int(pid_file.read_text(encoding="utf-8").splitlines()[0]))
        postmaster.send_signal(signal.SIGQUIT)  # nothing of it is worth a checkpoint
        postmaster.wait(20)
        server.stop()


@pytest.fixture(scope="session")
def health_url(health_server: ConnectionProfile) -> str:
    """The URL of the server's maintenance database."""
    return f"postgresql://{health_server.user}@/postgres?host={health_server.host}"


@pytest.fixture
def patient(health_url: str) -> Iterator[Patient]:
    """A database of its own on that server, empty."""
    yield from _patients(health_url, "template0")


@pytest.fixture(scope="session")
def health_demo(health_url: str) -> str:
    """The name of a database there with the demo at scale."""
    with psycopg.connect(health_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE demo")
    session = Session.open(profile_of(make_conninfo_url(health_url, "demo")), None, TaskContext.for_test())
    try:
        upgrade(session, TaskContext.for_test())
        SeedService(session).run(DEFAULT_SEED, DEMO_SCALE, TaskContext.for_test())
    finally:
        session.close()
    return "demo"


@pytest.fixture
def demo_patient(health_url: str, health_demo: str) -> Iterator[Patient]:
    """A copy of the demo on that server, analyzed as the demo is."""
    for each in _patients(health_url, health_demo):
        each.run("ANALYZE")
        yield each


def _patients(url: str, template: str) -> Iterator[Patient]:
    name = f"patient_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(url, autocommit=True) as connection:
        made = pgsql.SQL("CREATE DATABASE {} TEMPLATE {}").format(pgsql.Identifier(name), pgsql.Identifier(template))
        connection.execute(made)
        mine = make_conninfo_url(url, name)
        patient = Patient(mine, Session.open(profile_of(mine), None, TaskContext.for_test()))
        try:
            with patient.ending:
                yield patient
        finally:
            patient.session.close()
            drop_database(connection, name)


@pytest.fixture(scope="module")
def standby(health_server: ConnectionProfile, server_room: Path) -> Iterator[Standby]:
    """A standby of that server, running."""
    made = Standby(server_room / f"standby-{uuid.uuid4().hex[:6]}", health_server)
    made.make()
    made.start()
    yield made
    if made.is_running:
        made.kill()
    with psycopg.connect(conninfo_of(health_server), autocommit=True) as connection:
        gone = "SELECT NOT active FROM pg_replication_slots WHERE slot_name = %s"
        until(lambda: (connection.execute(gone, (SLOT,)).fetchone() or (True,))[0])
        connection.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
