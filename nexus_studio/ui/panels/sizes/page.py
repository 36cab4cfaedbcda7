"""HealthPage: what the pages of the panel have in common; each is one question, in a module of its own."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.paged import PanelPage

PANEL_ID: Final = "sizes"


class HealthPage(PanelPage):
    """One tab of the panel."""

    job_asked = Signal(object)  # a MaintenanceRequest: ask, and do it

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, PANEL_ID, parent)
