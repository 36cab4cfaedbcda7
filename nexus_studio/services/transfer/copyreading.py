"""The transaction that an export reads in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import pq
from sqlalchemy import Connection

from nexus_studio.core.errors import BugError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.session import Session
from nexus_studio.services.transfer.exportsql import Cut

_CANCEL_TIMEOUT_S: Final = 5.0


@contextmanager
def reading(session: Session, cut: Cut, ctx: TaskContext) -> Iterator[tuple[Connection, psycopg.Connection]]:
    """Open the transaction of an export: READ ONLY, without the environment's time limit, since a person waits.

    Where it is left before the server has sent all, the statement is cancelled and the line closed.
    """
    with session.read(ctx, timeout_ms=0, runs_raw=True) as connection:
        reach_operators(connection, (cut.relation,))
        driver = connection.connection.driver_connection
        if not isinstance(driver, psycopg.Connection):
            raise BugError("bug.driver")
        try:
            with translated(ctx.token):
                yield connection, driver
        finally:
            if driver.pgconn.transaction_status == pq.TransactionStatus.ACTIVE:
                driver.cancel_safe(timeout=_CANCEL_TIMEOUT_S)
                connection.invalidate()
