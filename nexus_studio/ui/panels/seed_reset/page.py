"""SeedResetPage: what the pages of the panel have in common; each is one job, in a module of its own."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget

from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.paged import PanelPage
from nexus_studio.ui.kit.tasks import Task

PANEL_ID: Final = "seed_reset"


class SeedResetPage(PanelPage):
    """One tab of the panel. It does one thing at a time (`_task`)."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, PANEL_ID, parent)
        self._task: Task | None = None

    def leave(self) -> None:
        super().leave()
        if self._task is not None:
            self._task.cancel()
