"""TestDialog: pending migrations tried on a throwaway copy."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog


class TestDialog(FlowDialog):
    """Up, down, up, then the models; each leg with its time."""

    __test__ = False  # not a test class, whatever its name

    tested = Signal(object)  # TestReport

    def __init__(
        self, context: UiContext, workspace: Workspace, parent: QWidget | None = None, *, target: str = "heads"
    ) -> None:
        super().__init__(context, workspace, "test_dialog", parent)
