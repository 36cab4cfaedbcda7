"""What an interrupted REINDEX CONCURRENTLY leaves behind: indexes that nobody uses and every change keeps up."""

from __future__ import annotations

import logging
import threading

import psycopg

from nexus_studio.core.admin.maintenance import Leftover
from nexus_studio.core.admin.timeouts import TIMEOUTS
from nexus_studio.core.errors import StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.cutting import Stop
from nexus_studio.services.dberrors import translated
from nexus_studio.services.health.maintaining_sql import INVALID, drop
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

_SLACK = 1.5  # the server's own limit comes first, where there is one


def invalid_of(driver: psycopg.Connection, oid: int) -> frozenset[int]:
    """Return the oids of a table's indexes that such a job once left, of those of its long values too."""
    return frozenset(row[0] for row in driver.execute(INVALID, (oid,)).fetchall())


def drop_leftovers(session: Session, oid: int, known: frozenset[int]) -> tuple[Leftover, ...]:
    """Drop what was left of a table since `known`, and name it.

    On a connection of its own: the one that was interrupted may be gone, or a second request to cancel be on its way
    to it. Who uses the table is waited for as long as a lock may be; what can't be dropped stays, and is named.
    """
    ctx, found = TaskContext(), []
    try:
        with session.alone(ctx, purpose="clearing") as driver, translated():
            lock_ms = TIMEOUTS[session.profile.environment].lock_ms
            for number, schema, name in driver.execute(INVALID, (oid,)).fetchall():
                if number not in known:
                    found.append(_dropped(driver, RelationName(schema, name), lock_ms))
    except StudioError as error:
        log.warning("leftovers of an index not looked for", extra=loggable(error))
    return tuple(found)


def _dropped(driver: psycopg.Connection, index: RelationName, lock_ms: int) -> Leftover:
    """Drop an index. Behind a pooler the server knows no limit of ours, so that it is told when the time is over."""
    limit = threading.Timer(_SLACK * lock_ms / 1000, Stop(driver, may_cut=False))
    limit.start()
    try:
        with translated():
            driver.execute(drop(index))
    except StudioError as error:
        log.info("leftover of an index not dropped", extra=loggable(error))
        return Leftover(index, is_dropped=False)
    finally:
        limit.cancel()
        limit.join()
    return Leftover(index, is_dropped=True)
