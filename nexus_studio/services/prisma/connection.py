"""The connection that one action of Prisma's has for itself, and the advisory lock that lives in it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection

from nexus_studio.core.admin import prismatexts as texts
from nexus_studio.core.admin.ledgerentries import LockHolder
from nexus_studio.core.admin.prisma import LOCK_KEY, LOCK_WAIT_S
from nexus_studio.core.errors import MigrationBlocked, StudioError
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.connecting import APPLICATION_NAME
from nexus_studio.services.dberrors import translated
from nexus_studio.services.session import Session

PURPOSE: Final = "migrate"
"""What application_name says: by it, and by the lock, `end_backend` knows whom it may end."""

LOCK_SWITCH: Final = "PRISMA_SCHEMA_DISABLE_ADVISORY_LOCK"
"""The environment variable that has Prisma do without its lock: anything but nothing and "0"."""

_POLL_S = 0.1
_QUIET = frozenset({TransactionStatus.IDLE, TransactionStatus.INTRANS, TransactionStatus.INERROR})
_DEFAULT_SCHEMA = "public"

# Who holds it. A bigint key has its halves in classid and objid (manual 54.12, pg_locks).
_HOLDER = """
    SELECT l.pid, coalesce(CAST(a.usename AS text), ''), coalesce(a.application_name, ''),
           coalesce(a.client_hostname, pg_catalog.host(a.client_addr), ''), coalesce(a.query_start, a.backend_start)
      FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_catalog.pg_backend_pid()
       AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
       AND CAST(l.classid AS bigint) = CAST(%(key)s AS bigint) >> 32
       AND CAST(l.objid AS bigint) = CAST(%(key)s AS bigint) & 4294967295
     LIMIT 1
"""


def lock_holder(connection: Connection) -> LockHolder | None:
    """Return who holds Prisma's lock in the connection's database."""
    found = connection.exec_driver_sql(_HOLDER, {"key": LOCK_KEY}).one_or_none()
    return None if found is None else LockHolder(*found)


def target_schema(profile: ConnectionProfile) -> str:
    """Return the schema that Prisma works in: the URL's `schema`."""
    return profile.schema or _DEFAULT_SCHEMA


def is_schema_named(profile: ConnectionProfile) -> bool:
    """Tell whether the schema is one that was named: it goes before the role's own search path then."""
    return profile.public_given or target_schema(profile) != _DEFAULT_SCHEMA


@contextmanager
def own_connection(session: Session, ctx: TaskContext, *, lock_timeout_ms: int = 0) -> Iterator[psycopg.Connection]:
    """Open a connection as Prisma does: in autocommit, with the server's own settings. The lock goes with it.

    Args:
        session: Whose database.
        ctx: Whose token stops the connecting.
        lock_timeout_ms: The longest wait for a lock of a statement; 0: the server's own.

    Raises:
        MigrationBlocked: "migration.pooled": the profile leads through a pooler, where nothing lives in a session.
    """
    profile = session.profile
    if profile.pooler:
        raise MigrationBlocked("migration.pooled")
    with session.alone(ctx, purpose=PURPOSE) as driver:
        with translated():
            settle(driver, profile, lock_timeout_ms)
        try:
            yield driver
        finally:
            _let_go(driver)


def _let_go(driver: psycopg.Connection) -> None:
    """Give the lock back before the line is closed: the server may need a while to see that, and others look before."""
    if driver.closed or driver.info.transaction_status not in _QUIET:
        return
    with suppress(StudioError), translated():  # where the line is broken, the lock goes with it
        driver.rollback()  # what a script has left open: the end of the line would undo it too
        driver.execute("SELECT pg_catalog.pg_advisory_unlock_all()")


def settle(driver: psycopg.Connection, profile: ConnectionProfile, lock_timeout_ms: int) -> None:
    """Take back what the session sets so that cells read the same everywhere: scripts run by the server's own."""
    row = driver.execute("SELECT current_setting('default_transaction_read_only')").fetchone()
    driver.execute("RESET ALL")
    settings = {"application_name": f"{APPLICATION_NAME} {PURPOSE}", "client_encoding": "UTF8"}
    if row is not None:
        settings["default_transaction_read_only"] = row[0]
    if lock_timeout_ms:
        settings["lock_timeout"] = f"{lock_timeout_ms}ms"
    if is_schema_named(profile):
        settings["search_path"] = sql.Identifier(target_schema(profile)).as_string(driver)
    for name, value in settings.items():
        driver.execute("SELECT pg_catalog.set_config(%s, %s, false)", (name, value))


def has_schema(connection: Connection, schema: str) -> bool:
    """Tell whether a schema is there."""
    found = connection.exec_driver_sql(
        "SELECT FROM pg_catalog.pg_namespace WHERE nspname = %(schema)s", {"schema": schema}
    )
    return found.first() is not None


def make_schema(driver: psycopg.Connection, schema: str) -> bool:
    """Make the schema where there is none, as Prisma does whatever it is asked; tell whether it was made."""
    with translated():
        if driver.execute("SELECT FROM pg_catalog.pg_namespace WHERE nspname = %s", (schema,)).fetchone() is not None:
            return False
        driver.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        return True


def take_lock(driver: psycopg.Connection, ctx: TaskContext) -> None:
    """Take the lock, which others may hold for a while; not where `LOCK_SWITCH` says that Prisma does without it.

    Raises:
        MigrationBlocked: "migration.locked" (Prisma's P1002; facts pid, user, application, client, since).
        Cancelled: while it was waited for.
    """
    if os.environ.get(LOCK_SWITCH, "") not in {"", "0"}:
        return
    ends = time.monotonic() + LOCK_WAIT_S
    while not _try(driver):
        if time.monotonic() >= ends:
            raise _locked(driver)
        ctx.report(Progress("migration.waiting"))
        ctx.token.raise_if_cancelled()
        time.sleep(_POLL_S)


def _try(driver: psycopg.Connection) -> bool:
    with translated():
        row = driver.execute("SELECT pg_catalog.pg_try_advisory_lock(%s::bigint)", (LOCK_KEY,)).fetchone()
    return row == (True,)


def _locked(driver: psycopg.Connection) -> MigrationBlocked:
    with translated():
        found = driver.execute(_HOLDER, {"key": LOCK_KEY}).fetchone()
    holder = LockHolder(*found) if found is not None else LockHolder(0)
    return MigrationBlocked(
        "migration.locked",
        pid=holder.pid,
        user=holder.user,
        application=holder.application,
        client=holder.client,
        since=holder.since.isoformat() if holder.since else "",
        prisma="P1002",
        prisma_text=texts.p1002(),
    )
