"""ActivityService: who is connected and does what; ends what somebody does, and never what another one does."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row
from sqlalchemy.sql.elements import TextClause

from nexus_studio.core.admin.activity import (
    ActivitySnapshot,
    Key,
    PreparedRow,
    SessionRow,
    blocking_tree,
    connections_of,
    marks_of,
)
from nexus_studio.core.admin.literals import without_literals
from nexus_studio.core.errors import MaintenanceRefused, PermissionDenied
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import APPLICATION_NAME
from nexus_studio.services.health.activity_sql import CANCEL, STILL, TERMINATE, activity_query
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

ENDING_S: Final = 1.0
"""Seconds for which it is watched whether what was asked to end does."""

_POLL_S: Final = 0.02


class ActivityService:
    """Looks at one server through a session. Any thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def snapshot(self, ctx: TaskContext, *, whole_texts: bool = False) -> ActivitySnapshot:
        """Look once: one query, a few milliseconds for 200 sessions. Of all databases, for connections are shared.

        Args:
            ctx: Cancels it.
            whole_texts: Show statements with the values in them. They may be personal data: only where asked for.
        """
        with self._session.read(ctx) as connection:
            rows = connection.execute(activity_query(self._session.server.version_num)).all()
        first = rows[0]  # there is always one: who asks
        prepared = _by_prepared(first.held_by_prepared)
        sessions = [_session(row, prepared, whole_texts=whole_texts) for row in rows]
        waits: dict[Key, Sequence[Key]] = {each.pid: each.waits_for for each in sessions if each.waits_for}
        held = {key for keys in waits.values() for key in keys}
        sessions = [replace(each, marks=marks_of(each, first.taken_at, blocks=each.pid in held)) for each in sessions]
        return ActivitySnapshot(
            first.taken_at,
            tuple(sessions),
            connections_of(sessions, first.most, first.reserved),
            tuple(
                PreparedRow(name, user, database, datetime.fromisoformat(at))
                for name, user, database, at in first.prepared or ()
            ),
            blocking_tree(waits),
            tuple(self._notes(first, sessions)),
        )

    def cancel(
        self, pid: int, backend_start: datetime | None, ctx: TaskContext, *, query_start: datetime | None = None
    ) -> bool:
        """Ask a session to stop what it does; it stays connected. Tell whether it stopped within a second.

        Args:
            pid: Its process.
            backend_start: When that was begun, as it was seen: another one may have its number by now.
            ctx: Cancels the asking.
            query_start: When the statement was begun that is to be stopped; None: whatever it does.

        Raises:
            ForbiddenHere: the profile or its lock forbids it.
            MaintenanceRefused: fact pid; "activity.gone", "activity.changed" (it is another process, or does something
                else), "activity.idle" (it does nothing), "activity.unidentified" (its start may not be seen),
                "activity.not_permitted". Nobody was asked then.
        """
        return self._end(CANCEL, pid, backend_start, query_start, ctx)

    def terminate(self, pid: int, backend_start: datetime | None, ctx: TaskContext) -> bool:
        """End a session with what it does, which is rolled back. Tell whether it was gone within a second.

        Raises:
            As `cancel`, but for "activity.idle".
        """
        return self._end(TERMINATE, pid, backend_start, None, ctx)

    def _end(
        self,
        statement: TextClause,
        pid: int,
        backend_start: datetime | None,
        query_start: datetime | None,
        ctx: TaskContext,
    ) -> bool:
        asked = {"pid": pid, "started": backend_start, "query_start": query_start}
        try:
            with self._session.write(ctx, needs=Capability.MAINTAIN) as connection:
                found = connection.execute(statement, asked).one_or_none()
        except PermissionDenied as error:
            raise MaintenanceRefused("activity.not_permitted", report=error.report, pid=pid) from error
        _require_sent(found, pid, is_cancel=statement is CANCEL)
        log.info("session asked to end", extra={"pid": pid, "whole": statement is TERMINATE})
        return self._has_ended(asked, ctx, is_cancel=statement is CANCEL)

    def _has_ended(self, asked: dict[str, Any], ctx: TaskContext, *, is_cancel: bool) -> bool:
        deadline = time.monotonic() + ENDING_S
        while True:
            with self._session.read(ctx) as connection:
                still = _still(connection, asked)
            if still is None or (is_cancel and not still):
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)

    def _notes(self, first: Row[Any], sessions: Sequence[SessionRow]) -> Iterator[str]:
        if first.is_standby:
            yield "standby"
        if self._session.profile.pooler:
            yield "pooler"
        if any(each.is_hidden for each in sessions):
            yield "hidden"


def _still(connection: Connection, asked: dict[str, Any]) -> bool | None:
    """Return whether it still does what it did; None where it is gone."""
    row = connection.execute(STILL, asked).one_or_none()
    return None if row is None else bool(row.is_active)


def _require_sent(found: Row[Any] | None, pid: int, *, is_cancel: bool) -> None:
    """Say why nobody was asked to end."""
    if found is not None and found.is_sent:
        return
    if found is None or found.is_sent is False:  # the second: it ended between the look and the signal
        raise MaintenanceRefused("activity.gone", pid=pid)
    if found.is_unseen or found.is_same is None:
        raise MaintenanceRefused("activity.unidentified", pid=pid)
    if not found.is_same:
        raise MaintenanceRefused("activity.changed", pid=pid)
    if is_cancel and not found.is_active:
        raise MaintenanceRefused("activity.idle", pid=pid)
    raise MaintenanceRefused("activity.changed", pid=pid)


def _by_prepared(pairs: list[tuple[int, str]] | None) -> dict[int, list[str]]:
    """Return the names of the prepared transactions that a process waits for."""
    found: dict[int, list[str]] = defaultdict(list)
    for pid, name in pairs or ():
        found[pid].append(name)
    return found


def _session(row: Row[Any], prepared: dict[int, list[str]], *, whole_texts: bool) -> SessionRow:
    waits: list[Key] = [pid for pid in dict.fromkeys(row.blockers) if pid]
    if 0 in row.blockers:
        waits += prepared.get(row.pid, [""])
    return SessionRow(
        pid=row.pid,
        backend_start=row.backend_start,
        kind=row.kind,
        user=row.user,
        database=row.database,
        application=row.application,
        client=row.client,
        state=row.state,
        wait_type=row.wait_type,
        wait=row.wait,
        query=row.query if whole_texts else without_literals(row.query),
        query_id=row.query_id,
        transaction_start=row.xact_start,
        query_start=row.query_start,
        state_change=row.state_change,
        xmin_age=row.xmin_age,
        leader_pid=row.leader_pid,
        is_hidden=row.is_hidden,
        is_self=row.is_self,
        is_ours=row.application.startswith(APPLICATION_NAME),
        may_end=row.may_end,
        waits_for=tuple(waits),
    )
