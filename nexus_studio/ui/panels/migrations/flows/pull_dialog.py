"""PullDialog: the models of a database as it is, to be copied or saved."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog


class PullDialog(FlowDialog):
    """Changes nothing; the source is saved where the person says."""

    saved = Signal(str)  # path of the file

    def __init__(self, context: UiContext, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(context, workspace, "pull_dialog", parent)
