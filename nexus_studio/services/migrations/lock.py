"""The migration lock: one run at a time in a database, whoever starts it; and which runs are alive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from typing import Any, Protocol

import psycopg
from psycopg import sql
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER

from nexus_studio.core.admin.ledgerentries import LedgerEntry, LockHolder
from nexus_studio.core.errors import ConnectionLost, MigrationBlocked
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.migrations.ledgerchanges import PURPOSE, application_name
from nexus_studio.services.migrations.ledgertable import for_driver

LOCK_KEY = 0x6E6578757300
"""The advisory lock's key ("nexus" in ASCII); advisory locks are each database's own."""

_ATTEMPTS = 3

# Who holds it: the two halves of a bigint key (manual 54.12, pg_locks). What a role may not see of another is NULL.
_HOLDER = text(
    """
    SELECT l.pid, coalesce(CAST(a.usename AS text), ''), coalesce(a.application_name, ''),
           coalesce(a.client_hostname, pg_catalog.host(a.client_addr), ''), a.xact_start
      FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
       AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
       AND CAST(l.classid AS bigint) = CAST(:key AS bigint) >> 32
       AND CAST(l.objid AS bigint) = CAST(:key AS bigint) & 4294967295
     LIMIT 1
    """
)
_ALIVE = text(
    """
    SELECT a.pid, coalesce(a.application_name, ''), a.state IS NOT DISTINCT FROM 'idle',
           EXISTS (SELECT FROM pg_catalog.pg_locks l
                    WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
                      AND CAST(l.classid AS bigint) = CAST(:key AS bigint) >> 32
                      AND CAST(l.objid AS bigint) = CAST(:key AS bigint) & 4294967295)
      FROM pg_catalog.pg_stat_activity a
     WHERE a.datname = pg_catalog.current_database() AND (a.pid = ANY(:pids) OR a.application_name LIKE :like)
    """
).bindparams(bindparam("pids", type_=ARRAY(INTEGER)))

# The transaction holds the lock and nothing else, so that neither VACUUM nor CREATE INDEX CONCURRENTLY waits for it:
# READ COMMITTED keeps no snapshot between statements, and the simple protocol (a text without parameters) leaves no
# portal open that would.
_TAKE = sql.SQL(
    "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;"
    " SELECT pg_catalog.pg_try_advisory_xact_lock({}), pg_catalog.pg_backend_pid(), current_user::text, {}"
)
_SET = sql.SQL("pg_catalog.set_config({}, {}, true)")
_UNLIMITED = ("idle_in_transaction_session_timeout", "statement_timeout")
_SINCE_17 = "transaction_timeout"
_VERSION_17 = 170000


class ConnectsAlone(Protocol):
    """A Session, as far as it is needed here: plain Alembic records without loading one."""

    def alone(self, ctx: TaskContext, *, purpose: str = "") -> AbstractContextManager[psycopg.Connection]:
        """Yield a driver's connection of its own in autocommit."""
        ...


@contextmanager
def migration_lock(session: ConnectsAlone, ctx: TaskContext, run: str) -> Iterator[LockHolder]:
    """Hold the lock during the block, on a connection of its own, and yield who holds it.

    It is not waited for. Where its connection breaks, the lock is gone; the run it guarded goes on and can be seen by
    its own connection (`with_liveness`).

    Raises:
        MigrationBlocked: "migration.locked" (facts pid, user, application, client, since: ISO 8601 or "").
        ConnectionFailed: no connection could be made.
    """
    with session.alone(ctx, purpose=f"{PURPOSE} {run}") as driver, locked(driver, run) as holder:
        yield holder


@contextmanager
def locked(driver: psycopg.Connection, run: str) -> Iterator[LockHolder]:
    """Do the same on a driver's connection in autocommit, which stays in a transaction during the block."""
    with translated():
        for _ in range(_ATTEMPTS):
            pid, user = _take(driver, run)
            if pid:
                break
            holder = holder_on(driver)
            driver.execute("ROLLBACK")
            if holder is not None:
                raise blocked_by(holder)
        else:
            raise blocked_by(LockHolder(0))
    try:
        yield LockHolder(pid, user, application_name(run))
    finally:
        if not driver.closed and not driver.broken:
            with suppress(ConnectionLost), translated():  # a connection that broke let go of it
                driver.execute("ROLLBACK")


def take_in_transaction(driver: psycopg.Connection) -> None:
    """Take the lock in the transaction that a connection is in; it goes with it.

    Raises:
        MigrationBlocked: "migration.locked".
    """
    with translated():
        found = driver.execute("SELECT pg_catalog.pg_try_advisory_xact_lock(%s::bigint)", (LOCK_KEY,)).fetchone()
        if found != (True,):
            raise blocked_by(holder_on(driver) or LockHolder(0))


def lock_holder(connection: Connection) -> LockHolder | None:
    """Return who holds the migration lock of the connection's database now. One query."""
    found = connection.execute(_HOLDER, {"key": LOCK_KEY}).one_or_none()
    return None if found is None else LockHolder(*found)


def holder_on(driver: psycopg.Connection) -> LockHolder | None:
    """Return the same on a driver's connection. Errors are the driver's."""
    found = driver.execute(for_driver(_HOLDER), {"key": LOCK_KEY}).fetchone()
    return None if found is None else LockHolder(*found)


def blocked_by(holder: LockHolder) -> MigrationBlocked:
    """Make the error that names a holder."""
    return MigrationBlocked(
        "migration.locked",
        pid=holder.pid,
        user=holder.user,
        application=holder.application,
        client=holder.client,
        since=holder.since.isoformat() if holder.since else "",
    )


def with_liveness(connection: Connection, entries: tuple[LedgerEntry, ...]) -> tuple[LedgerEntry, ...]:
    """Find out which open rows have a process that works on them. One query when there is an open row, else none.

    A run is alive while it holds the lock. When the lock's connection is gone (its process was killed), the server may
    still be at its last statement: the row's backend, by pid and run, is alive unless it idles.
    """
    asked = [each for each in entries if each.is_open and each.error is None and each.run]
    if not asked:
        return entries
    found = connection.execute(_ALIVE, {"key": LOCK_KEY, "pids": _pids(asked), "like": f"%{PURPOSE} %"}).all()
    alive = {each.id for each in asked if any(_works_on(each, *row) for row in found)}
    return tuple(replace(each, is_alive=True) if each.id in alive else each for each in entries)


def _pids(entries: list[LedgerEntry]) -> list[int]:
    return [each.backend_pid for each in entries if each.backend_pid is not None]


def _works_on(entry: LedgerEntry, pid: Any, application: str, idles: bool, holds_lock: bool) -> bool:
    if not application.endswith(entry.run):
        return False
    return holds_lock or (pid == entry.backend_pid and not idles)


def _take(driver: psycopg.Connection, run: str) -> tuple[int, str]:
    """Try to take it, in a transaction that stays open; return pid (0: it is taken) and role of the backend.

    Behind a pooler the driver knows neither.
    """
    names = [*_UNLIMITED, *([_SINCE_17] if driver.info.server_version >= _VERSION_17 else [])]
    settings = {**dict.fromkeys(names, "0"), "application_name": application_name(run)}
    said = sql.SQL(", ").join(_SET.format(name, value) for name, value in settings.items())
    cursor = driver.execute(_TAKE.format(LOCK_KEY, said), prepare=False)
    cursor.nextset()  # the first is the answer to BEGIN
    is_taken, pid, user, *_ = cursor.fetchall()[0]
    return (pid, user) if is_taken else (0, user)
