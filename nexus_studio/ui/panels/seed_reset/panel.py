"""The seed & reset panel: pages that share nothing but the database."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.paged import PagedPanel
from nexus_studio.ui.kit.panels import PanelState
from nexus_studio.ui.panels.seed_reset.import_page import ImportPage
from nexus_studio.ui.panels.seed_reset.page import PANEL_ID
from nexus_studio.ui.panels.seed_reset.reset_page import ResetPage
from nexus_studio.ui.panels.seed_reset.seeds_page import SeedsPage
from nexus_studio.ui.panels.seed_reset.shelves_page import ShelvesPage

__all__ = ["PANEL_ID", "SeedResetPanel"]


class SeedResetPanel(PagedPanel):
    """Seeds, reset, shelves and import, a tab each."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, PANEL_ID, (SeedsPage, ResetPage, ShelvesPage, ImportPage), parent)

    @property
    def seeds(self) -> SeedsPage:
        """The page of seeds."""
        return self.page_of(SeedsPage)

    @property
    def reset(self) -> ResetPage:
        """The page that empties and resets."""
        return self.page_of(ResetPage)

    @property
    def shelves(self) -> ShelvesPage:
        """The page of shelves."""
        return self.page_of(ShelvesPage)

    @property
    def imports(self) -> ImportPage:
        """The page that imports from SQLite."""
        return self.page_of(ImportPage)

    def named(self) -> str:
        return self.tr("Seed and reset")

    def state(self) -> PanelState:
        workspace = self._workspace
        return PanelState(
            panel=PANEL_ID,
            writable=workspace is not None and not workspace.session.profile.read_only,
            can=self.page.can(),
        )
