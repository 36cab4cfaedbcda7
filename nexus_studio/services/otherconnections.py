"""Who else is connected to a database, and having them leave where that was asked for."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any, Final

import psycopg
from sqlalchemy import text

from nexus_studio.core.admin.resets import Others, OtherSession
from nexus_studio.core.errors import PermissionDenied, ResetRefused
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import APPLICATION_NAME
from nexus_studio.services.session import Session

LEAVING_S: Final = 2.0
"""Seconds for which a connection that is just being closed, ours or an ended one, may still be seen."""

_CLOSED_S: Final = 0.1
"""The same for one of somebody else: its process is seen a moment longer than its program has it."""

_POLL_S: Final = 0.02
_MOST_NAMED: Final = 10

# What a role may not see of another's is NULL (manual, section 28.2.3), what kind it is among it: but autovacuum's
# workers bear no role. Workers of a query are their leader's.
_OTHERS: Final = """
    SELECT a.pid, coalesce(CAST(a.usename AS text), ''), coalesce(a.application_name, ''),
           coalesce(a.client_hostname, pg_catalog.host(a.client_addr), ''), coalesce(a.state, ''), a.backend_start
      FROM pg_catalog.pg_stat_activity a
     WHERE a.datname = {database} AND a.pid <> pg_catalog.pg_backend_pid() AND a.usesysid IS NOT NULL
       AND coalesce(a.backend_type, 'client backend') IN ('client backend', 'walsender')
     ORDER BY a.backend_start, a.pid
"""
# As the server itself asks (signalfuncs.c): a superuser's is ended by superusers alone.
_NOT_OURS: Final = """
    SELECT a.pid
      FROM pg_catalog.pg_stat_activity a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
     WHERE a.pid = ANY ({pids})
       AND NOT coalesce((SELECT me.rolsuper FROM pg_catalog.pg_roles me WHERE me.rolname = current_user), false)
       AND (coalesce(r.rolsuper, false)
            OR NOT (coalesce(pg_catalog.pg_has_role(r.oid, 'USAGE'), false)
                    OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')))
"""
_HERE: Final = text(_OTHERS.format(database="pg_catalog.current_database()"))
_THERE: Final = _OTHERS.format(database="%s").encode()
_NOT_OURS_HERE: Final = text(_NOT_OURS.format(pids="CAST(:pids AS integer[])"))
_NOT_OURS_THERE: Final = _NOT_OURS.format(pids="%s").encode()
_END: Final = text("SELECT pg_catalog.pg_terminate_backend(CAST(:pid AS integer))")


def read_others(session: Session, ctx: TaskContext) -> tuple[OtherSession, ...]:
    """Return the connections of others.

    This session's own are closed where nobody uses them, and waited for, but for the one that asks: what comes next
    finds it warm.
    """
    begun = time.monotonic()
    while True:
        session.drop_idle(but=1)
        with session.read(ctx) as connection:
            found = tuple(OtherSession(*row) for row in connection.execute(_HERE))
        patience = LEAVING_S if all(map(_may_be_ours, found)) else _CLOSED_S
        if not found or time.monotonic() - begun > patience:
            return found
        ctx.token.raise_if_cancelled()
        time.sleep(_POLL_S)


def settle_others(session: Session, wish: Others, ctx: TaskContext) -> tuple[OtherSession, ...]:
    """Do as was chosen about the connections of others, and return those that were ended: all of them, or none.

    Raises:
        ResetRefused: "reset.connected" (facts count, names): they are there, and that was not to be;
            "reset.may_not_end" (fact names): these are of roles that this one may not end; nobody was ended.
    """
    found = read_others(session, ctx)
    if not found or wish is Others.LEAVE:
        return ()
    if wish is Others.REFUSE:
        raise connected(found)
    with session.read(ctx) as connection:
        _refuse(found, connection.scalars(_NOT_OURS_HERE, {"pids": [each.pid for each in found]}).all())
    for each in found:
        try:
            with session.write(ctx, needs=Capability.RESET) as connection:
                connection.execute(_END, {"pid": each.pid})
        except PermissionDenied as error:
            raise _may_not_end(each) from error  # its role has changed since
    return found


def others_at(driver: psycopg.Connection, database: str) -> tuple[OtherSession, ...]:
    """Return who is connected to a database, asked on a connection to another. Errors are the driver's."""
    return tuple(OtherSession(*row) for row in driver.execute(_THERE, (database,)).fetchall())


def end_at(driver: psycopg.Connection, found: tuple[OtherSession, ...]) -> None:
    """End connections, all or none, asked on a connection to another database. Errors are the driver's.

    Raises:
        ResetRefused: "reset.may_not_end" (fact names).
    """
    rows = driver.execute(_NOT_OURS_THERE, ([each.pid for each in found],)).fetchall()
    _refuse(found, [pid for (pid,) in rows])
    for each in found:
        try:
            driver.execute("SELECT pg_catalog.pg_terminate_backend(%s)", (each.pid,))
        except psycopg.errors.InsufficientPrivilege as error:
            raise _may_not_end(each) from error


def connected(found: tuple[OtherSession, ...]) -> ResetRefused:
    """Make the error that names who is connected."""
    return ResetRefused("reset.connected", count=len(found), names=tuple(named(each) for each in found[:_MOST_NAMED]))


def named(each: OtherSession) -> str:
    """Name a connection: its process, role, program and machine."""
    parts: list[Any] = [each.pid, each.user, each.application, each.client]
    return " ".join(str(part) for part in parts if part)


def _refuse(found: tuple[OtherSession, ...], pids: Collection[int]) -> None:
    """Refuse before the first is ended where one may not be: who was ended for nothing has lost work."""
    if foreign := [each for each in found if each.pid in pids]:
        raise _may_not_end(*foreign)


def _may_not_end(*found: OtherSession) -> ResetRefused:
    return ResetRefused("reset.may_not_end", names=tuple(named(each) for each in found[:_MOST_NAMED]))


def _may_be_ours(each: OtherSession) -> bool:
    return each.application.startswith(APPLICATION_NAME)
