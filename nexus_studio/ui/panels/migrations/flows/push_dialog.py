"""PushDialog: models to database without a file, for prototyping."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog


class PushDialog(FlowDialog):
    """Shows the SQL first, then runs it."""

    pushed = Signal()

    def __init__(self, context: UiContext, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(context, workspace, "push_dialog", parent)
