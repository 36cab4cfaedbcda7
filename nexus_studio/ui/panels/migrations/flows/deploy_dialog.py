"""DeployDialog: what would run, what it would do to the live database, and the run itself."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog


class DeployDialog(FlowDialog):
    """Plan, safety report, run. Refusals are pages of it with their next step."""

    deployed = Signal(object)  # RunResult, after each run, also a failed or cancelled one
    resolve_asked = Signal(str)  # a revision that must be resolved first; the dialog is closed by then
    merge_asked = Signal()  # several heads; the dialog is closed by then
    stamp_asked = Signal()  # nothing is recorded here; the dialog is closed by then

    def __init__(
        self, context: UiContext, workspace: Workspace, parent: QWidget | None = None, *, target: str = "heads"
    ) -> None:
        super().__init__(context, workspace, "deploy_dialog", "", parent)
