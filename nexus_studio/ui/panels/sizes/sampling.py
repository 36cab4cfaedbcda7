"""Sampler: takes a sample of sizes every hour while a database is open, in the background."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

from nexus_studio.core.errors import StudioError
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.tasks import Lane

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

log = logging.getLogger(__name__)

FIRST_MS: Final = 60_000
"""The first sample waits until whoever has opened the database has what they came for."""

PERIOD_MS: Final = 3_600_000


class Sampler(QObject):
    """Lives as long as its owner. Ends when the session is closed; a new database takes the old one's place."""

    def __init__(self, context: UiContext, owner: QObject) -> None:
        super().__init__(owner)
        self._context = context
        self._workspace: Workspace | None = None
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.timeout.connect(self.take)

    def follow(self, workspace: Workspace) -> None:
        """Sample this database from now on."""
        self._workspace = workspace
        self.timer.start(FIRST_MS)

    def take(self) -> None:
        """Take a sample now, in a worker that nobody waits for."""
        workspace = self._workspace
        if workspace is None:
            return

        def work(ctx: TaskContext) -> None:
            workspace.health.growth.take(ctx)

        self._context.runner.query(
            work,
            owner=self,
            done=lambda _: self._go_on(workspace),
            failed=lambda error: self._failed(workspace, error),
            lane=Lane.LEARN,
        )

    # inside

    def _go_on(self, workspace: Workspace) -> None:
        if workspace is self._workspace:
            self.timer.start(PERIOD_MS)

    def _failed(self, workspace: Workspace, error: StudioError) -> None:
        """Try again in an hour; a session that was closed is left. The page of growth says what is wrong."""
        log.info("sample not taken", extra=loggable(error))
        if workspace is not self._workspace:
            return
        if error.code == "connection.closed":
            self._workspace = None
        else:
            self.timer.start(PERIOD_MS)


def sample_while_open(context: UiContext, workspace: Workspace, owner: QObject) -> None:
    """Begin to sample a database that was opened."""
    sampler = owner.findChild(Sampler) or Sampler(context, owner)
    sampler.follow(workspace)
