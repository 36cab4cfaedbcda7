"""The seed & reset panel: a frame around its pages, which share nothing but the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from nexus_studio.core.effects import Effects
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.panels import Panel, PanelState
from nexus_studio.ui.panels.seed_reset.import_page import ImportPage
from nexus_studio.ui.panels.seed_reset.page import SeedResetPage
from nexus_studio.ui.panels.seed_reset.reset_page import ResetPage
from nexus_studio.ui.panels.seed_reset.seeds_page import SeedsPage
from nexus_studio.ui.panels.seed_reset.shelves_page import ShelvesPage

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

PANEL_ID = "seed_reset"


class SeedResetPanel(Panel):
    """Seeds, reset, shelves and import, a tab each."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.setObjectName(f"panel.{PANEL_ID}")
        self._workspace: Workspace | None = None
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("seed_reset.tabs")
        self.tabs.setDocumentMode(True)
        self.seeds = SeedsPage(context, self.tabs)
        self.reset = ResetPage(context, self.tabs)
        self.shelves = ShelvesPage(context, self.tabs)
        self.imports = ImportPage(context, self.tabs)
        self.pages: tuple[SeedResetPage, ...] = (self.seeds, self.reset, self.shelves, self.imports)
        for page in self.pages:
            self.tabs.addTab(page, "")
            page.state_changed.connect(self.state_changed)
            page.failed.connect(self.failed)
            page.open_relation.connect(self.open_relation)
            page.step_asked.connect(self.step_asked)
        self.tabs.currentChanged.connect(self._turned)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tabs)
        self.setFocusProxy(self.tabs)
        self.retranslate()

    # Panel

    def open(self, workspace: Workspace) -> None:
        self._workspace = workspace
        for page in self.pages:
            page.open(workspace)
        self.state_changed.emit()

    def leave(self) -> None:
        for page in self.pages:
            page.leave()
        self._workspace = None

    def on_effects(self, effects: Effects) -> None:
        for page in self.pages:
            page.on_effects(effects)

    def may_close(self) -> bool:
        return all(page.may_close() for page in self.pages)

    def state(self) -> PanelState:
        workspace = self._workspace
        return PanelState(
            panel=PANEL_ID,
            writable=workspace is not None and not workspace.session.profile.read_only,
            can=self.page.can(),
        )

    def cure(self, step: str) -> None:
        if step in {"connection.retry", "rows.refresh"}:
            self.read()

    # what actions do

    @property
    def page(self) -> SeedResetPage:
        """The page in sight."""
        return self.pages[max(0, self.tabs.currentIndex())]

    def read(self) -> None:
        """Read again what is in sight."""
        self.page.read()

    def page_named(self, name: str) -> SeedResetPage:
        """Return the page of an objectName such as "seed_reset.reset".

        Raises:
            KeyError: when there is none.
        """
        return {page.objectName(): page for page in self.pages}[name]

    def show_page(self, page: SeedResetPage) -> None:
        """Turn to a page and give it the keyboard."""
        self.tabs.setCurrentWidget(page)
        page.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def step_tab(self, by: int) -> None:
        """Go to the next tab to the right (or left), round the corner."""
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + by) % self.tabs.count())

    def retranslate(self) -> None:
        """Say everything in the current language."""
        for number, page in enumerate(self.pages):
            self.tabs.setTabText(number, page.title().replace("&", "&&"))
        self.tabs.setAccessibleName(self.tr("Seed and reset"))
        self.tabs.tabBar().setAccessibleName(self.tr("Seed and reset"))

    # Qt

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _turned(self, _number: int) -> None:
        self.state_changed.emit()
