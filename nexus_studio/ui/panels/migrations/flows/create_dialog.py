"""CreateDialog: writing a migration from the difference between models and database."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog


class CreateDialog(FlowDialog):
    """Name, differences, renames, code and SQL; the file is written when all is seen."""

    written = Signal(str)  # path of the new file, which is not to be run now
    apply_asked = Signal(str)  # the same, to be deployed now; the dialog is closed by then

    def __init__(
        self, context: UiContext, workspace: Workspace, parent: QWidget | None = None, *, empty: bool = False
    ) -> None:
        super().__init__(context, workspace, "create_dialog", parent)
