"""MergeDialog: a revision that joins all heads."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.core.admin.migrations import MigrationStatus
from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog


class MergeDialog(FlowDialog):
    """Shows the heads, asks for a name, writes the file."""

    merged = Signal(str)  # path of the new file

    def __init__(
        self, context: UiContext, workspace: Workspace, status: MigrationStatus, parent: QWidget | None = None
    ) -> None:
        super().__init__(context, workspace, "merge_dialog", parent)
