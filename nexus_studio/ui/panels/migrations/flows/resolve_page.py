"""ResolvePage: one page about a failed or interrupted revision, and the ways out of it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.frame import FlowFrame


class ResolvePage(FlowFrame):
    """What ran, what failed and why, what of it is in the database, the right way out and the others.

    `left` (of FlowFrame): back to the panel.
    """

    resolved = Signal(object)  # RunResult, after a way was gone

    def __init__(self, context: UiContext, workspace: Workspace, revision: str, parent: QWidget | None = None) -> None:
        super().__init__(context, workspace, "resolve_page", parent)
        self.revision = revision
