"""The session: transactions, the read-only promise, cancelling on the server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text

from nexus_studio.core.errors import (
    ConnectionFailed,
    ConnectionLost,
    ConstraintViolated,
    ForbiddenHere,
    PermissionDenied,
    TimedOut,
)
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Cancelled, CancelToken, TaskContext
from nexus_studio.services.connecting import connect
from nexus_studio.services.session import Session
from nexus_studio.services.status import status_of
from tests.support.waiting import until

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


def test_strings_are_read_as_the_standard_says(profile: ConnectionProfile, sql: Sql) -> None:
    """Whatever the database's own setting is: raw expressions are checked for the standard's reading."""
    sql(f"ALTER DATABASE {profile.database} SET standard_conforming_strings = off")
    session = Session.open(profile, None, TaskContext.for_test())
    with session.read(TaskContext.for_test()) as connection:
        assert connection.scalar(text("SHOW standard_conforming_strings")) == "on"
    session.close()


@pytest.mark.parametrize("whose", ["database", "role", "url"])
@pytest.mark.parametrize("pooler", [False, True])
def test_a_default_of_read_only_is_kept(profile: ConnectionProfile, sql: Sql, whose: str, pooler: bool) -> None:
    role = f"{profile.database}_reader"
    sql("CREATE TABLE t (a int)")
    sql(f"CREATE ROLE {role} LOGIN SUPERUSER")
    changed = replace(profile, user=role, pooler=pooler)
    match whose:
        case "database":
            sql(f"ALTER DATABASE {profile.database} SET default_transaction_read_only = on")
        case "role":
            sql(f"ALTER ROLE {role} SET default_transaction_read_only = on")
        case "url":
            changed = replace(changed, libpq=(*profile.libpq, ("options", "-c default_transaction_read_only=on")))
    try:
        session = Session.open(changed, None, TaskContext.for_test())
        assert session.server.read_only
        assert session.is_read_only
        assert status_of(session, TaskContext.for_test()).read_only
        for block in (session.write, session.autocommit):
            with pytest.raises(ForbiddenHere) as caught, block(TaskContext.for_test()) as connection:
                connection.execute(text("INSERT INTO t VALUES (1)"))
            assert caught.value.code == "forbidden.read_only"
        session.close()
        assert sql("SELECT count(*) FROM t") == [(0,)]
    finally:
        sql("SET default_transaction_read_only = off")
        sql(f"DROP ROLE {role}")


def test_an_ordinary_server_is_not_read_only(session: Session) -> None:
    assert not session.server.read_only
    assert not session.is_read_only
    assert not status_of(session, TaskContext.for_test()).read_only


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
        connection.execute(text("SELECT pg_sleep(600)"))
    assert time.monotonic() - start < 60
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


@pytest.mark.parametrize("pooler", [False, True])
def test_a_time_zone_and_a_role_are_refused_each_by_its_name(
    profile: ConnectionProfile, sql: Sql, pooler: bool
) -> None:
    role = f"{profile.database}_role"
    sql(f"CREATE ROLE {role}")
    try:
        good = replace(profile, pooler=pooler, role=role, time_zone="Asia/Kathmandu")
        session = Session.open(good, None, TaskContext.for_test())
        assert (session.server.user, session.server.time_zone) == (role, "Asia/Kathmandu")
        session.close()
        for more, code, facts in (
            ({"time_zone": "Mars/Base"}, "connection.time_zone", {"time_zone": "Mars/Base"}),
            ({"role": "no such"}, "connection.role_not_allowed", {"role": "no such"}),
        ):
            with pytest.raises(ConnectionFailed) as caught:
                Session.open(replace(good, **more), None, TaskContext.for_test())  # type: ignore[arg-type]
            assert (caught.value.code, caught.value.facts) == (code, facts)
    finally:
        sql(f"DROP ROLE {role}")


def connections(sql: Sql) -> int:
    """Count the connections of ours to the test's database."""
    where = "datname = current_database() AND application_name = 'nexus-studio'"
    return int(sql(f"SELECT count(*) FROM pg_stat_activity WHERE {where}")[0][0])


def wait_for_connections(sql: Sql, count: int) -> None:
    until(lambda: connections(sql) == count)


@pytest.mark.parametrize("block", ["read", "write", "autocommit"])
def test_nothing_begins_on_a_closed_session(profile: ConnectionProfile, sql: Sql, block: str) -> None:
    session = Session.open(profile, None, TaskContext.for_test())
    wait_for_connections(sql, 1)
    session.close()
    with pytest.raises(ConnectionLost) as caught, getattr(session, block)(TaskContext.for_test()):
        pass
    assert caught.value.code == "connection.closed"
    wait_for_connections(sql, 0)
    session.close()  # again: nothing


def test_a_session_closed_while_a_connection_comes_back_keeps_none(profile: ConnectionProfile) -> None:
    session = Session.open(profile, None, TaskContext.for_test())
    drivers: list[psycopg.Connection] = []

    def close_now(driver: psycopg.Connection, _record: object) -> None:
        drivers.append(driver)
        session.close()

    event.listen(session._engine, "checkin", close_now)
    with session.read(TaskContext.for_test()) as connection:
        connection.execute(text("SELECT 1"))
    assert [each.closed for each in drivers] == [True]


def test_a_session_closed_while_busy_keeps_no_connection(profile: ConnectionProfile, sql: Sql) -> None:
    sql("CREATE TABLE t (a int)")
    session = Session.open(profile, None, TaskContext.for_test())
    entered, go = threading.Event(), threading.Event()

    def work() -> None:
        with session.write(TaskContext.for_test()) as connection:
            connection.execute(text("INSERT INTO t VALUES (1)"))
            entered.set()
            go.wait(20)

    worker = threading.Thread(target=work)
    worker.start()
    assert entered.wait(20)
    session.close()
    wait_for_connections(sql, 1)
    go.set()
    worker.join()
    wait_for_connections(sql, 0)
    assert sql("SELECT a FROM t") == [(1,)]


def test_making_a_connection_can_be_given_up() -> None:
    """A host that lets the line stand and says nothing would be waited for until connect_timeout."""
    ctx = TaskContext()
    with socket.create_server(("127.0.0.1", 0)) as silent, ExitStack() as held:

        def let_in() -> None:
            held.enter_context(silent.accept()[0])
            ctx.token.cancel()

        silent_profile = ConnectionProfile(
            "silent", "127.0.0.1", silent.getsockname()[1], libpq=(("connect_timeout", "600"),)
        )
        caller = threading.Thread(target=let_in)
        caller.start()
        start = time.monotonic()
        with pytest.raises(Cancelled):
            Session.open(silent_profile, None, ctx)
        assert time.monotonic() - start < 60
        caller.join()


def test_a_connection_that_comes_after_it_was_given_up_is_closed(
    profile: ConnectionProfile, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, go = CancelToken(), threading.Event()
    original = psycopg.connect

    def slow(**parameters: Any) -> Any:
        made = original(**parameters)
        token.cancel()
        go.wait(20)
        return made

    monkeypatch.setattr(psycopg, "connect", slow)
    with pytest.raises(Cancelled):
        connect(profile, None, token)
    wait_for_connections(sql, 1)
    go.set()
    wait_for_connections(sql, 0)
