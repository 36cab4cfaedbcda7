"""Watching a statement of maintenance from a second connection: how far it is, and whom it waits for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from nexus_studio.core.admin.maintenance import Holder, Phase
from nexus_studio.core.admin.maintenancephases import VIEWS, WAITING, WORKING, phase_of
from nexus_studio.core.errors import StudioError
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import Cancelled, TaskContext
from nexus_studio.services.health.maintaining_sql import WHO, progress_query
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

EVERY_S: Final = 0.25
_PATIENCE_S: Final = 5.0  # for a question that is still out when the statement has ended


@dataclass
class Watch:
    """What was seen. `holders` are those that the statement has last waited for; `gave_up`: it waited too long."""

    session: Session
    pid: int
    tell: Callable[[Phase], None]
    give_up: Callable[[], None]
    block_bytes: int = 8192
    indexes: int = 0
    patience_s: float | None = None
    holders: tuple[Holder, ...] = ()
    gave_up: bool = False
    waiting_since: float | None = None

    def look(self, connection: Connection) -> None:
        """Ask once, and tell what is seen."""
        row = connection.execute(progress_query(self.session.server.version_num), {"pid": self.pid}).one_or_none()
        if row is None:
            return
        seen = {view: getattr(row, view) for view in VIEWS}
        phase = phase_of(seen, block_bytes=self.block_bytes, indexes=self.indexes)
        pids = tuple(row.blockers)
        if row.is_waiting and phase.code in {WORKING, "initializing"}:
            self.holders = _named(connection, pids) or self.holders
            phase = Phase(WAITING, waits_for=self.holders)
        elif row.is_waiting:
            locker = (seen["create_index"] or {}).get("current_locker_pid")
            phase = Phase(phase.code, phase.done, phase.total, phase.unit, _named(connection, (*pids, locker or 0)))
        self.tell(phase)
        self._mind(phase)

    def _mind(self, phase: Phase) -> None:
        """Give up where nothing else limits the waiting for the table itself."""
        if phase.code != WAITING:
            self.waiting_since = None
            return
        self.waiting_since = self.waiting_since or time.monotonic()
        if self.patience_s is not None and time.monotonic() - self.waiting_since > self.patience_s:
            self.gave_up = True
            self.give_up()


@contextmanager
def watched(watch: Watch) -> Iterator[Watch]:
    """Look every quarter of a second on a thread of its own, as long as the block takes.

    What goes wrong with looking is no reason to fail: nothing is seen then.
    """
    over, ctx = threading.Event(), TaskContext()

    def look_on() -> None:
        while not over.wait(EVERY_S):
            try:
                with watch.session.read(ctx) as connection:
                    watch.look(connection)
            except Cancelled:
                return
            except StudioError as error:
                log.info("progress not seen", extra=loggable(error))

    thread = threading.Thread(target=look_on, name="watch", daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        ctx.token.cancel()
        thread.join(_PATIENCE_S)


def _named(connection: Connection, pids: Sequence[int]) -> tuple[Holder, ...]:
    wanted = list(dict.fromkeys(pids))
    if len(wanted) > 1:
        wanted = [pid for pid in wanted if pid]  # 0 is a prepared transaction where it stands alone
    if not wanted:
        return ()
    rows = connection.execute(WHO, {"pids": wanted})
    return tuple(Holder(row.pid, row.user, row.application, since=row.since) for row in rows)
