"""Runs over lines that are not plain: a pooler between, and a server that crashes and comes back in the middle."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.migrations import MigrationStanding, RevisionState
from nexus_studio.core.tasks import CancelToken, TaskContext
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.migrations.project import find_project
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_pgbouncer import OpenPooler
from tests.support.fix_projects import Rev
from tests.support.waiting import until
from tests.support.ways_to_fail import BASE, LAST, Sql

SLEEPS = Rev("b1", "a1", 'op.execute("CREATE TABLE b (id int)")\nop.execute("SELECT pg_sleep(60)")')
BLOCK = """
    op.execute("CREATE TABLE b (id int)")
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY b_x ON b (id)")
"""


@pytest.fixture
def own_server(server_room: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer.start(server_room / "crashing", TaskContext())
    server.create_database_if_missing("crashing")
    yield server
    server.stop()


def test_a_server_that_restarts_in_the_middle(
    own_server: EmbeddedServer, make_project: Callable[..., Path], tmp_path: Path
) -> None:
    profile = own_server.profile("crashing")
    session = Session.open(profile, None, TaskContext())
    service = MigrationService(session, find_project(make_project([BASE, SLEEPS])), Paths.below(tmp_path))

    def crash() -> None:
        asked = "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'"
        with psycopg.connect(own_server_url(own_server), autocommit=True) as other:
            found = until(lambda: other.execute(asked).fetchone())
        assert found is not None
        os.kill(found[0], signal.SIGKILL)  # the postmaster ends all others too, and recovers

    watcher = threading.Thread(target=crash)
    watcher.start()
    result, _ = service.deploy(TaskContext(), ledger=LedgerPlace.DATABASE)
    watcher.join()
    assert result.done == ("a1",)
    assert result.failed is not None
    assert result.failed.error is not None
    status = service.status(TaskContext())
    assert (status.standing, status.current) == (MigrationStanding.FAILED, ("a1",))
    assert [each.state for each in status.revisions] == [RevisionState.APPLIED, RevisionState.FAILED]
    session.close()


def own_server_url(server: EmbeddedServer) -> str:
    profile = server.profile("crashing")
    return psycopg.conninfo.make_conninfo(
        host=profile.host, port=profile.port, user=profile.user, dbname=profile.database
    )


def test_through_a_pooler(open_pooler: OpenPooler, make_project: Callable[..., Path], tmp_path: Path, sql: Sql) -> None:
    session = Session.open(open_pooler(4), None, TaskContext())
    folder = make_project([BASE, Rev("b1", "a1", BLOCK), LAST])
    service = MigrationService(session, find_project(folder), Paths.below(tmp_path))
    result, _ = service.deploy(TaskContext(), ledger=LedgerPlace.DATABASE, lock_timeout_ms=4321)
    assert result.done == ("a1", "b1", "c1")
    assert service.status(TaskContext()).standing is MigrationStanding.UP_TO_DATE
    assert sql("SELECT count(*) FROM pg_class WHERE relname = 'b_x'") == [(1,)]
    session.close()


def test_a_cancel_through_a_pooler(
    open_pooler: OpenPooler, make_project: Callable[..., Path], tmp_path: Path, sql: Sql
) -> None:
    session = Session.open(open_pooler(6), None, TaskContext())
    service = MigrationService(session, find_project(make_project([BASE, SLEEPS])), Paths.below(tmp_path))
    token = CancelToken()

    def cancel(event: Any) -> None:
        if event.kind == "statement" and "pg_sleep" in event.statement.sql:
            threading.Timer(0.2, token.cancel).start()

    result, _ = service.deploy(TaskContext(token), ledger=LedgerPlace.DATABASE, listener=cancel)
    assert result.cancelled
    assert result.failed is not None
    assert sql("SELECT to_regclass('b')") == [(None,)]
    session.close()
