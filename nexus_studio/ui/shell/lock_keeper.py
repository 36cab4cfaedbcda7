"""LockKeeper: unlocks production, counts the minutes, and locks it again when they are over."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.context import UiContext

if TYPE_CHECKING:  # see doors.py
    from nexus_studio.services.session import Session
    from nexus_studio.services.workspace import Workspace

_TURN_MS = 5_000
_S_OF_MINUTE = 60


class LockKeeper(QObject):
    """Watches one session's lock. UI thread only; the session itself refuses what comes too late."""

    changed = Signal()  # it was unlocked or locked
    ticked = Signal()  # `minutes_left` answers otherwise
    run_out = Signal()  # the time is over, nobody has locked it

    def __init__(self, context: UiContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._session: Session | None = None
        self._shown: int | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_TURN_MS)
        self._timer.timeout.connect(self.look)

    @property
    def can_unlock(self) -> bool:
        """Whether there is production to unlock, now locked."""
        return self._session is not None and self._session.can_unlock and self._session.unlocked_until is None

    @property
    def is_unlocked(self) -> bool:
        """Whether production may be written to now."""
        return self._session is not None and self._session.unlocked_until is not None

    @property
    def minutes_left(self) -> int | None:
        """How many minutes are left, begun ones whole; None while nothing is unlocked."""
        until = self._session.unlocked_until if self._session is not None else None
        if until is None:
            return None
        return max(1, math.ceil((until - datetime.now().astimezone()).total_seconds() / _S_OF_MINUTE))

    def watch(self, workspace: Workspace | None) -> None:
        """Watch another session, or none."""
        self._timer.stop()
        self._session = workspace.session if workspace is not None else None
        self._shown = self.minutes_left

    def unlock(self, reason: str, minutes: int) -> None:
        """Unlock; the reason is written down first, in a worker. What fails is told by the runner."""
        session, paths = self._session, self._context.paths
        if session is None:
            return

        def work(ctx: TaskContext) -> datetime | None:
            ctx.token.raise_if_cancelled()
            return session.unlock(reason, minutes, paths)

        self._context.runner.query(work, owner=self, done=lambda _until: self._unlocked(session))

    def lock(self) -> None:
        """Lock again, at once."""
        if self._session is not None and self.is_unlocked:
            self._session.lock()
            self._tell()

    def look(self) -> None:
        """See how much time is left."""
        left = self.minutes_left
        if left == self._shown:
            return
        if left is None:
            self._tell()
            self.run_out.emit()
        else:
            self._shown = left
            self.ticked.emit()

    def _unlocked(self, session: Session) -> None:
        if session is self._session:
            self._tell()
        else:
            session.lock()  # another database is open by now

    def _tell(self) -> None:
        self._shown = self.minutes_left
        if self._shown is None:
            self._timer.stop()
        else:
            self._timer.start()
        self.changed.emit()
