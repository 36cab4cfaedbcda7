"""Who is connected on a real server: what is seen, who waits for whom, and that nobody else is ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql as pgsql

from nexus_studio.core.admin.activity import CLIENT, ActivitySnapshot, SessionRow
from nexus_studio.core.errors import ForbiddenHere, MaintenanceRefused, StudioError
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health.activity import ActivityService
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.fix_pgbouncer import OpenPooler
from tests.support.patient import Patient
from tests.support.waiting import until

Sql = Callable[..., list[tuple[Any, ...]]]

CTX = TaskContext.for_test()


@pytest.fixture
def activity(session: Session) -> ActivityService:
    return ActivityService(session)


class Crowd:
    """Others who are connected, and what they do meanwhile on threads of their own."""

    def __init__(self, url: str, ending: ExitStack) -> None:
        self.url = url
        self._ending = ending
        self._pool = ending.enter_context(ThreadPoolExecutor(8))

    def join(self, name: str, **more: Any) -> psycopg.Connection:
        """Connect as somebody of that name."""
        return self._ending.enter_context(closing(psycopg.connect(self.url, application_name=name, **more)))

    def begin(self, who: psycopg.Connection, statement: str) -> None:
        """Have somebody begin something that may take long; it ends with the test at the latest."""
        self._ending.callback(who.cancel_safe)
        self._pool.submit(lambda: who.execute(statement.encode()))


@pytest.fixture
def crowd(pg_url: str) -> Iterator[Crowd]:
    with ExitStack() as ending:
        yield Crowd(pg_url, ending)


def pid_of(connection: psycopg.Connection) -> int:
    return connection.info.backend_pid


def seen(activity: ActivityService, who: psycopg.Connection, **more: Any) -> SessionRow:
    found = activity.snapshot(CTX, **more).session(pid_of(who))
    assert found is not None
    return found


def waiting(activity: ActivityService, *who: psycopg.Connection) -> ActivitySnapshot:
    """Wait until all of them wait for somebody, and return what is seen then."""

    def look() -> ActivitySnapshot | None:
        found = activity.snapshot(CTX)
        rows = [found.session(pid_of(each)) for each in who]
        return found if all(row is not None and row.waits_for for row in rows) else None

    found = until(look)
    assert found is not None
    return found


def test_what_a_session_does(activity: ActivityService, crowd: Crowd, pg_url: str) -> None:
    idle, inside = crowd.join("idle one", autocommit=True), crowd.join("inside one")
    idle.execute("SELECT 'ann@example.org'")
    inside.execute("SELECT 41 /* Ann */")
    row = seen(activity, idle)
    database = pg_url.partition("?")[0].rpartition("/")[2]
    assert (row.kind, row.application, row.database, row.state) == (CLIENT, "idle one", database, "idle")
    assert (row.query, row.wait_type, row.may_end, row.is_ours, row.is_self) == (
        "SELECT '…'",
        "Client",
        "",
        False,
        False,
    )
    assert (row.transaction_start, row.is_hidden, row.waits_for, row.marks) == (None, False, (), frozenset())
    other = seen(activity, inside)
    assert (other.state, other.query) == ("idle in transaction", "SELECT … /*…*/")
    assert other.transaction_start is not None
    assert seen(activity, idle, whole_texts=True).query == "SELECT 'ann@example.org'"
    snapshot = activity.snapshot(CTX)
    mine = [each for each in snapshot.sessions if each.is_self]
    assert [(each.is_ours, each.may_end) for each in mine] == [(True, "self")]
    assert other.query_start is not None
    assert abs((snapshot.taken_at - other.query_start).total_seconds()) < 60
    kinds = {each.kind: each.may_end for each in snapshot.sessions}
    assert kinds["checkpointer"] == "kind"


def test_connections_are_counted_as_the_server_does(activity: ActivityService, crowd: Crowd, sql: Sql) -> None:
    kept = [crowd.join("many") for _ in range(5)]
    found = activity.snapshot(CTX).connections
    assert len(kept) == dict(found.by_application)["many"] == 5
    assert found.most == int(sql("SHOW max_connections")[0][0])
    assert found.reserved >= int(sql("SHOW superuser_reserved_connections")[0][0])
    count = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    assert found.used == sum(number for _, number in found.by_database) == sql(count)[0][0]


def test_a_blocking_tree_of_three_floors(activity: ActivityService, crowd: Crowd, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0), (2, 0), (3, 0)")
    first, second, third, reader = (crowd.join(name) for name in ("first", "second", "third", "reader"))
    first.execute("UPDATE t SET n = 1 WHERE id = 1")
    second.execute("UPDATE t SET n = 2 WHERE id = 2")
    crowd.begin(second, "UPDATE t SET n = 2 WHERE id = 1")
    waiting(activity, second)
    crowd.begin(third, "UPDATE t SET n = 3 WHERE id = 2")
    waiting(activity, third)
    crowd.begin(reader, "LOCK TABLE t")
    found = waiting(activity, second, third, reader)
    lines = [(each.key, each.depth, each.waiting) for each in found.tree]
    a, b, c, d = map(pid_of, (first, second, third, reader))
    assert lines[0] == (a, 0, 3)
    assert {(key, depth) for key, depth, _ in lines} >= {(b, 1), (c, 2)}
    assert [found.tree[each.parent].key for each in found.tree if each.key == c and each.parent is not None] == [b]
    rows = {each.pid: each for each in found.sessions}
    assert [sorted(rows[each].marks) for each in (a, b)] == [["blocks"], ["blocks", "waits"]]
    assert "waits" in rows[c].marks
    assert set(rows[d].waits_for) >= {a}
    first.rollback()
    until(lambda: not seen(activity, second).waits_for)
    assert seen(activity, third).waits_for == (b,)


def test_a_prepared_transaction_is_who_is_waited_for(patient: Patient) -> None:
    patient.run("CREATE TABLE t (id int PRIMARY KEY, n int)", "INSERT INTO t VALUES (1, 0)")
    with closing(psycopg.connect(patient.url)) as holder:
        holder.execute("UPDATE t SET n = 1")
        holder.execute("PREPARE TRANSACTION 'the move'")
    activity = ActivityService(patient.session)
    with ExitStack() as ending:
        ending.callback(patient.run, "ROLLBACK PREPARED 'the move'")
        crowd = Crowd(patient.url, ending)
        rows, table = crowd.join("rows"), crowd.join("table")
        crowd.begin(rows, "UPDATE t SET n = 2")
        crowd.begin(table, "LOCK TABLE t IN SHARE MODE")
        found = waiting(activity, rows, table)
        assert (found.tree[0].key, found.tree[0].depth) == ("the move", 0)
        assert {each.key for each in found.tree} == {"the move", pid_of(rows), pid_of(table)}
        prepared = [each for each in found.prepared if each.name == "the move"]
        assert [(each.database, each.prepared_at < found.taken_at) for each in prepared] == [
            (patient.session.server.database, True)
        ]


def test_a_query_is_cancelled_and_the_session_stays(activity: ActivityService, crowd: Crowd) -> None:
    sleeper = crowd.join("sleeper", autocommit=True)
    crowd.begin(sleeper, "SELECT pg_sleep(600)")
    row = until(lambda: (found := seen(activity, sleeper)).state == "active" and found)
    assert row
    assert activity.cancel(row.pid, row.backend_start, CTX, query_start=row.query_start)
    until(lambda: seen(activity, sleeper).state == "idle")
    refused(lambda: activity.cancel(row.pid, row.backend_start, CTX), "activity.idle")
    crowd.begin(sleeper, "SELECT pg_sleep(601)")
    until(lambda: seen(activity, sleeper).state == "active")
    # it does something else by now than what was seen
    refused(lambda: activity.cancel(row.pid, row.backend_start, CTX, query_start=row.query_start), "activity.changed")
    assert seen(activity, sleeper).state == "active"
    assert activity.cancel(row.pid, row.backend_start, CTX)


def test_a_session_is_ended(activity: ActivityService, crowd: Crowd, sql: Sql) -> None:
    sql("CREATE TABLE t (id int)")
    victim, bystander = crowd.join("victim"), crowd.join("bystander", autocommit=True)
    victim.execute("INSERT INTO t VALUES (1)")
    row = seen(activity, victim)
    assert activity.terminate(row.pid, row.backend_start, CTX)
    with pytest.raises(psycopg.OperationalError):
        victim.execute("SELECT 1")
    assert bystander.execute("SELECT count(*) FROM t").fetchone() == (0,)
    refused(lambda: activity.terminate(row.pid, row.backend_start, CTX), "activity.gone")


def test_never_another_one_than_was_seen(activity: ActivityService, crowd: Crowd) -> None:
    other = crowd.join("other", autocommit=True)
    row = seen(activity, other)
    assert row.backend_start is not None
    before = row.backend_start - timedelta(microseconds=1)
    refused(lambda: activity.terminate(row.pid, before, CTX), "activity.changed")
    refused(lambda: activity.cancel(row.pid, before, CTX), "activity.changed")
    refused(lambda: activity.terminate(row.pid, None, CTX), "activity.unidentified")
    refused(lambda: activity.terminate(2**31 - 1, row.backend_start, CTX), "activity.gone")
    assert other.execute("SELECT 1").fetchone() == (1,)


def refused(act: Callable[[], object], code: str) -> StudioError:
    with pytest.raises(MaintenanceRefused) as caught:
        act()
    assert caught.value.code == code
    return caught.value


@pytest.fixture
def plain(pg_url: str, sql: Sql) -> Iterator[tuple[Session, str]]:
    """A session of a role without rights, and its name."""
    role = f"plain_{time.monotonic_ns()}"
    name = pgsql.Identifier(role).as_string()
    sql(f"CREATE ROLE {name} LOGIN")
    opened = Session.open(replace(profile_of(pg_url), user=role), None, CTX)
    yield opened, role
    opened.close()
    sql(f"DROP ROLE {name}")


def test_what_a_plain_role_sees_and_may(plain: tuple[Session, str], crowd: Crowd, sql: Sql) -> None:
    opened, role = plain
    activity, name = ActivityService(opened), pgsql.Identifier(role).as_string()
    other = crowd.join("other")
    sql("CREATE TABLE t (id int)")
    other.execute("LOCK TABLE t")
    own = crowd.join("own", user=role)
    row, mine = seen(activity, other), seen(activity, own)
    assert (row.is_hidden, row.application, row.query, row.backend_start) == (True, "other", "", None)
    assert row.may_end == "superuser"
    assert (mine.is_hidden, mine.may_end) == (False, "")
    snapshot = activity.snapshot(CTX)
    assert "hidden" in snapshot.notes
    assert snapshot.connections.used >= 3
    refused(lambda: activity.terminate(row.pid, row.backend_start, CTX), "activity.unidentified")
    sql(f"GRANT pg_read_all_stats TO {name}")  # it sees all now, and may no more than before
    row = seen(activity, other)
    assert (row.is_hidden, row.may_end) == (False, "superuser")
    assert "hidden" not in activity.snapshot(CTX).notes
    refused(lambda: activity.terminate(row.pid, row.backend_start, CTX), "activity.not_permitted")
    assert other.execute("SELECT 1").fetchone() == (1,)
    assert activity.terminate(mine.pid, mine.backend_start, CTX)


def test_who_waits_is_seen_by_a_plain_role(plain: tuple[Session, str], crowd: Crowd, sql: Sql) -> None:
    activity = ActivityService(plain[0])
    sql("CREATE TABLE t (id int)")
    holder, waiter = crowd.join("holder"), crowd.join("waiter")
    holder.execute("LOCK TABLE t")
    crowd.begin(waiter, "SELECT * FROM t")
    found = waiting(activity, waiter)
    assert [(each.key, each.depth) for each in found.tree] == [(pid_of(holder), 0), (pid_of(waiter), 1)]


def test_the_right_role_is_known_before(plain: tuple[Session, str], crowd: Crowd, sql: Sql) -> None:
    opened, role = plain
    activity, name = ActivityService(opened), pgsql.Identifier(role).as_string()
    other_role = f"other_{role}"
    other_name = pgsql.Identifier(other_role).as_string()
    sql(f"CREATE ROLE {other_name} LOGIN")
    try:
        with closing(psycopg.connect(crowd.url, user=other_role, application_name="theirs")) as theirs:
            assert seen(activity, theirs).may_end == "role"
            sql(f"GRANT pg_signal_backend TO {name}")
            assert seen(activity, theirs).may_end == "unseen"  # it might be another one by now
            sql(f"REVOKE pg_signal_backend FROM {name}; GRANT {other_name} TO {name}")
            row = seen(activity, theirs)
            assert (row.is_hidden, row.may_end) == (False, "")
            assert activity.terminate(row.pid, row.backend_start, CTX)
    finally:
        sql(f"DROP ROLE {other_name}")


def test_the_profile_guards_it(pg_url: str, crowd: Crowd) -> None:
    other = crowd.join("other", autocommit=True)
    for more in ({"read_only": True}, {"environment": Environment.PRODUCTION}):
        with closing(Session.open(profile_of(pg_url, **more), None, CTX)) as opened:
            activity = ActivityService(opened)
            row = seen(activity, other)
            with pytest.raises(ForbiddenHere):
                activity.terminate(row.pid, row.backend_start, CTX)
            with pytest.raises(ForbiddenHere):
                activity.cancel(row.pid, row.backend_start, CTX)
    assert other.execute("SELECT 1").fetchone() == (1,)


def test_behind_a_pooler_it_says_so(open_pooler: OpenPooler, crowd: Crowd) -> None:
    with closing(Session.open(open_pooler(2), None, CTX)) as opened:
        activity = ActivityService(opened)
        other = crowd.join("other", autocommit=True)
        assert "pooler" in activity.snapshot(CTX).notes
        row = seen(activity, other)
        assert activity.terminate(row.pid, row.backend_start, CTX)
