"""What became of sets whose end nobody heard of: the server is asked by their transactions' numbers."""

from __future__ import annotations

import logging
from typing import Final

from sqlalchemy import text

from nexus_studio.core.data.history import Standing
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, StudioError
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.history.store import HistoryStore
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

# Manual, section 9.27.7 "Transaction ID and Snapshot Information Functions"; the second is PostgreSQL 12's.
_SINCE: Final = 130000
_STATUS: Final = text("SELECT pg_catalog.pg_xact_status(CAST(CAST(:number AS text) AS xid8))")
_OLD_STATUS: Final = text("SELECT pg_catalog.txid_status(CAST(CAST(:number AS text) AS bigint))")

_STANDINGS: Final = {"committed": Standing.WRITTEN, "aborted": None, "in progress": Standing.PENDING}


def settle(store: HistoryStore, session: Session, identity: str, ctx: TaskContext) -> None:
    """Settle what is pending of the open database, as far as its server tells; what was rolled back is forgotten.

    A server that can't be reached, or is a standby and so does not tell, is asked the next time.
    """
    if session.server.standby:
        return
    for identifier, number in store.pending(identity):
        try:
            standing = _standing(session, number, ctx)
        except (ConnectionLost, ConnectionFailed):
            return
        if standing is None:
            store.drop(identifier)
        elif standing is not Standing.PENDING:
            store.settle(identifier, standing)


def _standing(session: Session, number: str | None, ctx: TaskContext) -> Standing | None:
    """Return how a transaction ended; None when it was rolled back."""
    if number is None:
        return Standing.UNKNOWN
    question = _STATUS if session.server.version_num >= _SINCE else _OLD_STATUS
    try:
        with session.read(ctx) as connection:
            said = connection.execute(question, {"number": number}).scalar_one()
    except (ConnectionLost, ConnectionFailed):
        raise
    except StudioError as error:  # a number this server has not given out: the database was moved
        log.info("transaction not known", extra=loggable(error))
        return Standing.UNKNOWN
    return _STANDINGS.get(said, Standing.UNKNOWN)
