"""StampDialog: saying by hand what is in the database."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.core.admin.migrations import MigrationStatus
from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog


class StampDialog(FlowDialog):
    """Sets the version table; nothing is run."""

    stamped = Signal(str)  # revision, "heads" or "base"

    def __init__(
        self,
        context: UiContext,
        workspace: Workspace,
        status: MigrationStatus,
        parent: QWidget | None = None,
        *,
        revision: str = "",
    ) -> None:
        super().__init__(context, workspace, "stamp_dialog", parent)
