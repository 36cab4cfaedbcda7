"""ImportPage: the rows of a SQLite file, taken over."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import EmptyPage
from nexus_studio.ui.panels.seed_reset.page import SeedResetPage


class ImportPage(SeedResetPage):
    """Takes over the rows of a SQLite file."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.setObjectName("seed_reset.import")
        self._nothing = EmptyPage(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._nothing)

    def title(self) -> str:
        return self.tr("Import")
