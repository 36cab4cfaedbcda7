"""DowngradeDialog: taking revisions back."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.core.admin.migrations import MigrationStatus
from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog


class DowngradeDialog(FlowDialog):
    """Target, plan, what is lost, confirmation, run."""

    downgraded = Signal(object)  # RunResult
    resolve_asked = Signal(str)  # a revision that must be resolved first; the dialog is closed by then

    def __init__(
        self,
        context: UiContext,
        workspace: Workspace,
        status: MigrationStatus,
        parent: QWidget | None = None,
        *,
        target: str = "",
    ) -> None:
        super().__init__(context, workspace, "downgrade_dialog", parent)
