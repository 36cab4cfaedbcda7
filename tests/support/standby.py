"""A real standby of a server of the tests, which can be started, killed, and connected with or without a slot."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import psycopg

from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services import postmaster
from nexus_studio.services.embedded import EmbeddedServer
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
