"""CheckDialog: where models and database differ, as a readable list."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog


class CheckDialog(FlowDialog):
    """Compares, changes nothing."""

    checked = Signal(int)  # how many differences there are
    create_asked = Signal()  # the dialog is closed by then

    def __init__(self, context: UiContext, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(context, workspace, "check_dialog", parent)
