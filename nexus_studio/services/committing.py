"""A write block that knows how it ended, also when the answer to COMMIT is lost on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, text

from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, InvalidValue, SaveInDoubt, StudioError, TimedOut
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import Cancelled, TaskContext
from nexus_studio.services.session import Session

ASK_FOR_S: Final = 10.0
"""Seconds for which the server is asked what became of a transaction."""

_ASK_EVERY_S: Final = 0.25

# Manual, section 9.27.7 "Transaction ID and Snapshot Information Functions"; the second pair is PostgreSQL 12's.
_SINCE: Final = 130000
_NUMBER: Final = text("SELECT CAST(pg_catalog.pg_current_xact_id_if_assigned() AS text)")
_STATUS: Final = text("SELECT pg_catalog.pg_xact_status(CAST(CAST(:number AS text) AS xid8))")
_OLD_NUMBER: Final = text("SELECT CAST(pg_catalog.txid_current_if_assigned() AS text)")
_OLD_STATUS: Final = text("SELECT pg_catalog.txid_status(CAST(CAST(:number AS text) AS bigint))")


@contextmanager
def written_for_sure(
    session: Session,
    ctx: TaskContext,
    *,
    needs: Capability = Capability.WRITE,
    before_commit: Callable[[str | None], None] | None = None,
) -> Iterator[Connection]:
    """Open `Session.write`. Where its COMMIT is not answered, the server is asked on another connection.

    Args:
        session: Where to write.
        ctx: Whose token cancels it.
        needs: What the profile has to allow.
        before_commit: Called last thing before COMMIT with the transaction's number, None where nothing was written.

    Raises:
        SaveInDoubt: when it does not tell either: what was written may stand or not.
        StudioError: as `Session.write`; then nothing was written.
    """
    number: str | None = None
    refusal: StudioError | None = None
    modern = session.server.version_num >= _SINCE
    try:
        with session.write(ctx, needs=needs) as connection:
            try:
                yield connection
            except StudioError as error:
                refusal = error
                raise
            found = connection.execute(_NUMBER if modern else _OLD_NUMBER).scalar_one()
            if before_commit is not None:
                before_commit(found)
            # What fails after this is the COMMIT; what failed before was rolled back for certain.
            number = found
    except (ConnectionLost, TimedOut, Cancelled) as error:
        if refusal is not None:
            raise refusal from refusal.__cause__  # that the line broke after it is no news
        if number is None:
            raise
        status = _status(session, number, modern=modern)
        if status == "aborted":
            raise
        if status != "committed":
            raise SaveInDoubt from error


def _status(session: Session, number: str, *, modern: bool) -> str | None:
    """Ask until the server says how the transaction ended; None when it does not."""
    deadline = time.monotonic() + ASK_FOR_S
    status: str | None = None
    while True:
        try:
            with session.read(TaskContext()) as connection:
                status = connection.execute(_STATUS if modern else _OLD_STATUS, {"number": number}).scalar_one()
        except (ConnectionLost, ConnectionFailed):
            status = "in progress"  # so far nobody said otherwise
        except InvalidValue:
            # "In the future": a server that crashed has forgotten that number, so that nothing of it was kept.
            return "aborted"
        except StudioError:
            return None  # this server does not know the transaction
        if status != "in progress" or time.monotonic() > deadline:
            return status
        threading.Event().wait(_ASK_EVERY_S)
