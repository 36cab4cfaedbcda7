"""Saves of many rows with a witness, and a server that dies while it commits: Studio looks, and tells how it ended."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from nexus_studio.core.data.images import Outcome
from nexus_studio.core.errors import ConnectionLost, SaveInDoubt
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services import committing
from nexus_studio.services.connecting import connect
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session
from tests.integration.services.test_committing import COMMIT, Line, line
from tests.integration.services.test_rowwriter import CTX, Sql, Table
from tests.support.watching import Watching

__all__ = ["line"]

ROWS = 90
MAKE = "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t SELECT n, 'old' FROM generate_series(1, 90) n"


@pytest.fixture
def table(line: Line, sql: Sql) -> Iterator[Table]:
    sql(MAKE)
    opened = Session.open(line.profile, None, CTX)
    yield staged(opened)
    opened.close()


def staged(session: Session) -> Table:
    table = Table(session, "t")
    for row in table.page.rows:
        table.changes.edit(row, "a", "new")
    assert len(table.page.rows) == ROWS
    return table


def save(table: Table, watching: Watching) -> None:
    relations = {table.relation.name: table.relation}
    RowWriter(table.session).apply(table.changes.freeze(), relations, CTX, witness=watching)


def test_many_rows_whose_answer_is_lost_are_saved(line: Line, table: Table, sql: Sql) -> None:
    watching = Watching()
    line.cut_after = COMMIT
    save(table, watching)
    assert watching.outcomes == [Outcome.WRITTEN]
    assert len(watching.images) == ROWS
    assert sql("SELECT DISTINCT a FROM t") == [("new",)]


def test_many_rows_that_never_reached_the_server_are_not(line: Line, table: Table, sql: Sql) -> None:
    watching = Watching()
    line.cut_before = COMMIT
    with pytest.raises(ConnectionLost):
        save(table, watching)
    assert watching.outcomes == [Outcome.NOT_WRITTEN]
    assert sql("SELECT DISTINCT a FROM t") == [("old",)]


def test_a_line_lost_among_the_rows_is_no_doubt(line: Line, table: Table, sql: Sql) -> None:
    watching = Watching()
    line.cut_behind = b"UPDATE 1"  # the answers have begun to come
    with pytest.raises(ConnectionLost):
        save(table, watching)
    assert (watching.outcomes, watching.images) == ([Outcome.NOT_WRITTEN], ())
    assert sql("SELECT DISTINCT a FROM t") == [("old",)]


def test_a_doubt_is_told_to_the_witness(line: Line, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "ASK_FOR_S", 0.3)
    watching = Watching()
    line.once = False
    line.cut_after = COMMIT
    with pytest.raises(SaveInDoubt):
        save(table, watching)
    assert watching.outcomes == [Outcome.IN_DOUBT]


class Killing(Line):
    """A line that kills the backend (and with it the server, which then recovers) when COMMIT has gone by."""

    def __init__(self, folder: Path, profile: ConnectionProfile) -> None:
        self.pid = 0
        self.after_ms = 0.0
        self.has_killed = threading.Event()
        super().__init__(folder, profile)

    def _relay(self, source, target, silent, up):  # type: ignore[no-untyped-def]
        if up:
            source = _Tapped(source, self._seen)
        super()._relay(source, target, silent, up)

    def _seen(self, chunk: bytes) -> None:
        if COMMIT in chunk and self.pid:
            pid, self.pid = self.pid, 0
            threading.Timer(self.after_ms / 1000, lambda: self._kill(pid)).start()

    def _kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.has_killed.set()


class _Tapped:
    """A socket whose received bytes are looked at."""

    def __init__(self, source, seen) -> None:  # type: ignore[no-untyped-def]
        self._source = source
        self._see = seen

    def recv(self, size: int) -> bytes:
        chunk: bytes = self._source.recv(size)
        self._see(chunk)
        return chunk

    def shutdown(self, how: int) -> None:
        self._source.shutdown(how)


def test_a_server_killed_in_the_middle_of_commit(server_room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "ASK_FOR_S", 60.0)
    server = EmbeddedServer.start(server_room / "committing", CTX)
    try:
        server.create_database_if_missing("killed")
        profile = server.profile("killed")
        told: list[tuple[Outcome, ...]] = []
        for round_, after_ms in enumerate((0.0, 0.1, 0.3, 0.6, 1.0, 2.0, 5.0)):
            canary = connect(profile, None)
            canary.execute(f"DROP TABLE IF EXISTS t; {MAKE}")
            canary.commit()
            folder = server_room / f"line{round_}"
            folder.mkdir()
            killing = Killing(folder, profile)
            session = Session.open(killing.profile, None, CTX)
            table, watching = staged(session), Watching()
            killing.after_ms = after_ms

            def began(pid: int, killing: Killing = killing) -> None:
                killing.pid = pid

            with suppress(ConnectionLost):
                relations = {table.relation.name: table.relation}
                RowWriter(session).apply(table.changes.freeze(), relations, CTX, witness=watching, began=began)
            assert killing.has_killed.wait(10)
            _wait_for_the_end_of(canary)
            _wait_for(profile)
            session.close()
            killing.close()
            with connect(profile, None) as plain:
                found = plain.execute("SELECT DISTINCT a FROM t").fetchall()
            truth = {"new": Outcome.WRITTEN, "old": Outcome.NOT_WRITTEN}[found[0][0]]
            told.append(tuple(watching.outcomes))
            assert (told[-1], len(found)) == ((truth,), 1), told
    finally:
        server.stop()


def _wait_for_the_end_of(canary: psycopg.Connection) -> None:
    """Wait until the server has ended all connections, as it does when one backend dies."""
    for _ in range(600):
        try:
            canary.execute("SELECT 1")
        except psycopg.OperationalError:
            canary.close()
            return
        threading.Event().wait(0.02)
    raise AssertionError("the server went on as if nothing had happened")


def _wait_for(profile: ConnectionProfile) -> None:
    """Wait until the server has recovered, if it was killed at all."""
    for _ in range(600):
        try:
            with psycopg.connect(host=profile.host, port=profile.port, user=profile.user, dbname=profile.database):
                return
        except psycopg.OperationalError:
            threading.Event().wait(0.1)
    raise AssertionError("the server did not come back")
