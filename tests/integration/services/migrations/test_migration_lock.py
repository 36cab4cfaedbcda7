"""The migration lock: one run at a time, its holder named, nobody else held up, behind a pooler too."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg import sql as pgsql

from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.ledgerchanges import application_name, new_run
from nexus_studio.services.migrations.lock import lock_holder, migration_lock
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.fix_pgbouncer import OpenPooler
from tests.support.waiting import until

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()


def test_one_at_a_time_and_the_holder_is_named(session: Session) -> None:
    run = new_run()
    with migration_lock(session, CTX, run) as holder:
        with pytest.raises(MigrationBlocked) as caught, migration_lock(session, CTX, new_run()):
            pytest.fail("two runs at once")
        facts = caught.value.facts
        assert caught.value.code == "migration.locked"
        assert (facts["pid"], facts["application"]) == (holder.pid, application_name(run))
        assert facts["user"] == session.server.user
        assert facts["since"]
        with session.read(CTX) as connection:
            seen = lock_holder(connection)
        assert seen is not None
        assert (seen.pid, seen.user, seen.application) == (holder.pid, holder.user, holder.application)
    with session.read(CTX) as connection:
        assert lock_holder(connection) is None
    with migration_lock(session, CTX, new_run()):
        pass


def test_another_database_has_a_lock_of_its_own(session: Session, make_database: Callable[..., str]) -> None:
    other = Session.open(profile_of(make_database()), None, CTX)
    with migration_lock(session, CTX, new_run()), migration_lock(other, CTX, new_run()):
        pass
    other.close()


def test_it_ends_with_its_connection(session: Session, sql: Sql) -> None:
    with migration_lock(session, CTX, new_run()) as holder:
        sql("SELECT pg_terminate_backend(%s)", holder.pid)
        until(lambda: not sql("SELECT FROM pg_stat_activity WHERE pid = %s", holder.pid))
        with migration_lock(session, CTX, new_run()):
            pass


@pytest.mark.parametrize("level", ["read committed", "repeatable read"])
def test_nothing_waits_for_it(session: Session, sql: Sql, pg_url: str, level: str) -> None:
    name = pgsql.Identifier(session.server.database)
    statement = pgsql.SQL("ALTER DATABASE {} SET default_transaction_isolation = {}").format(name, level)
    sql("CREATE TABLE t (id int)")
    with psycopg.connect(pg_url, autocommit=True) as other:
        other.execute(statement)
    with migration_lock(session, CTX, new_run()) as holder:
        assert sql("SELECT backend_xmin, backend_xid, state FROM pg_stat_activity WHERE pid = %s", holder.pid) == [
            (None, None, "idle in transaction")
        ]
        sql("SET statement_timeout = '10s'")
        sql("CREATE INDEX CONCURRENTLY ON t (id)")


def test_no_timeout_ends_it(session: Session, sql: Sql, pg_url: str) -> None:
    name = pgsql.Identifier(session.server.database)
    with psycopg.connect(pg_url, autocommit=True) as other:
        other.execute(pgsql.SQL("ALTER DATABASE {} SET idle_in_transaction_session_timeout = '50ms'").format(name))
    with migration_lock(session, CTX, new_run()) as holder, closing(psycopg.connect(pg_url)) as idler:
        idler.execute("SELECT 1")  # begun after the lock and ended by the server: so would the lock's have been
        until(lambda: not sql("SELECT FROM pg_stat_activity WHERE pid = %s", idler.info.backend_pid))
        assert sql("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", holder.pid) == [(1,)]


def test_a_role_that_sees_nothing_of_others_still_learns_who(session: Session, sql: Sql, pg_url: str) -> None:
    role = f"nxs_{new_run()}"
    sql(f"CREATE ROLE {role} LOGIN")
    try:
        stranger = Session.open(profile_of(pg_url.replace("postgres@", f"{role}@")), None, CTX)
        run = new_run()
        with migration_lock(session, CTX, run) as holder, stranger.read(CTX) as connection:
            seen = lock_holder(connection)
        stranger.close()
        assert seen is not None
        assert (seen.pid, seen.user, seen.application) == (holder.pid, session.server.user, application_name(run))
        assert seen.since is None
    finally:
        sql(f"DROP ROLE {role}")


@pytest.mark.parametrize("size", [2, 3])
def test_behind_a_transaction_pooler(open_pooler: OpenPooler, size: int) -> None:
    session = Session.open(open_pooler(size), None, CTX)
    run = new_run()
    with migration_lock(session, CTX, run) as holder:
        for _ in range(3):
            with session.read(CTX) as connection:
                seen = lock_holder(connection)
            assert seen is not None
            assert (seen.pid, seen.application) == (holder.pid, application_name(run))
        with pytest.raises(MigrationBlocked) as caught, migration_lock(session, CTX, new_run()):
            pytest.fail("two runs at once")
        assert caught.value.facts["application"] == holder.application
    with session.read(CTX) as connection:
        assert lock_holder(connection) is None
    session.close()
