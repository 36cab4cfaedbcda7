"""The session: transactions, the read-only promise, cancelling on the server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from nexus_studio.core.errors import ConstraintViolated, ForbiddenHere, PermissionDenied, TimedOut
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Cancelled, TaskContext
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]


def test_a_read_cannot_write(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (a int)")
    with pytest.raises(PermissionDenied) as caught, session.read(TaskContext.for_test()) as connection:
        connection.execute(text("INSERT INTO t VALUES (1)"))
    assert caught.value.code == "permission.read_only"
    assert sql("SELECT count(*) FROM t") == [(0,)]


def test_a_read_only_profile_is_read_only_on_the_server(profile: ConnectionProfile, sql: Sql) -> None:
    sql("CREATE TABLE t (a int)")
    session = Session.open(replace(profile, read_only=True), None, TaskContext.for_test())
    with pytest.raises(ForbiddenHere), session.write(TaskContext.for_test()):
        pass
    with session.read(TaskContext.for_test()) as connection:
        assert connection.scalar(text("SHOW default_transaction_read_only")) == "on"
    session.close()


def test_a_write_commits_and_a_failure_rolls_back(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (a int PRIMARY KEY)")
    with session.write(TaskContext.for_test()) as connection:
        connection.execute(text("INSERT INTO t VALUES (1)"))
    with pytest.raises(ConstraintViolated) as caught, session.write(TaskContext.for_test()) as connection:
        connection.execute(text("INSERT INTO t VALUES (2)"))
        connection.execute(text("INSERT INTO t VALUES (1)"))
    assert caught.value.code == "constraint.unique"
    assert caught.value.facts["constraint"] == "t_pkey"
    assert sql("SELECT a FROM t") == [(1,)]


@pytest.mark.parametrize("pooler", [False, True])
def test_cancel_reaches_the_server(profile: ConnectionProfile, pooler: bool) -> None:
    session = Session.open(replace(profile, pooler=pooler), None, TaskContext.for_test())
    ctx = TaskContext()
    timer = threading.Timer(0.2, ctx.token.cancel)
    timer.start()
    start = time.monotonic()
    with pytest.raises(Cancelled), session.read(ctx) as connection:
        connection.execute(text("SELECT pg_sleep(30)"))
    assert time.monotonic() - start < 5
    timer.join()
    with session.read(TaskContext.for_test()) as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    session.close()


def test_a_time_out_is_no_cancel(session: Session) -> None:
    with pytest.raises(TimedOut), session.read(TaskContext.for_test(), timeout_ms=50) as connection:
        connection.execute(text("SELECT pg_sleep(10)"))


def test_the_server_says_who_it_is(session: Session) -> None:
    assert session.server.version_num >= 120000
    assert session.server.database == session.profile.database
    assert session.server.encoding == "UTF8"
