"""ShelvesPage: named states of the database."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import EmptyPage
from nexus_studio.ui.panels.seed_reset.page import SeedResetPage


class ShelvesPage(SeedResetPage):
    """Takes named states of the database, and puts them back."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.setObjectName("seed_reset.shelves")
        self._nothing = EmptyPage(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._nothing)

    def title(self) -> str:
        return self.tr("Shelves")
