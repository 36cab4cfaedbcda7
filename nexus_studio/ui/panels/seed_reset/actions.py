"""What can be done in the seed & reset panel, for menus, shortcuts and the palette."""

from __future__ import annotations

from collections.abc import Callable

from nexus_studio.ui.kit.actions import ActionSpec, Menu
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.panels import Panel, PanelState
from nexus_studio.ui.panels.seed_reset.panel import PANEL_ID, SeedResetPanel
from nexus_studio.ui.panels.seed_reset.seeds_page import RUN, TRY


def _panel(run: Callable[[SeedResetPanel], object]) -> Callable[[Panel | None], None]:
    def called(panel: Panel | None) -> None:
        if isinstance(panel, SeedResetPanel):
            run(panel)

    return called


def _shown(state: PanelState) -> bool:
    return state.panel == PANEL_ID


def _able(ability: str) -> Callable[[PanelState], bool]:
    return lambda state: state.panel == PANEL_ID and ability in state.can


def _page(name: str, title: str) -> ActionSpec:
    """Declare the way to a page, by the end of its objectName."""
    return ActionSpec(
        f"seed_reset.page.{name}",
        title,
        _panel(lambda panel: panel.show_page(panel.page_named(f"seed_reset.{name}"))),
        menu=Menu.SEED,
        enabled=_shown,
        group=8,
    )


SEED_RESET_ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        RUN,
        QT_TRANSLATE_NOOP("actions", "&Run the seed"),
        _panel(lambda panel: panel.seeds.run_seed()),
        "play",
        "Ctrl+Return",
        Menu.SEED,
        _able(RUN),
    ),
    ActionSpec(
        TRY,
        QT_TRANSLATE_NOOP("actions", "&Dry run of the seed"),
        _panel(lambda panel: panel.seeds.try_seed()),
        "test",
        "Ctrl+Shift+Return",
        Menu.SEED,
        _able(TRY),
    ),
    _page("seeds", QT_TRANSLATE_NOOP("actions", "&Seeds")),
    _page("reset", QT_TRANSLATE_NOOP("actions", "R&eset")),
    _page("shelves", QT_TRANSLATE_NOOP("actions", "S&helves")),
    _page("import", QT_TRANSLATE_NOOP("actions", "&Import from SQLite")),
    ActionSpec(
        "seed_reset.read",
        QT_TRANSLATE_NOOP("actions", "Re&ad again"),
        _panel(SeedResetPanel.read),
        "refresh",
        "F5; Ctrl+R",
        Menu.SEED,
        _shown,
        group=9,
    ),
    ActionSpec(
        "seed_reset.next_tab",
        QT_TRANSLATE_NOOP("actions", "Ne&xt tab"),
        _panel(lambda panel: panel.step_tab(1)),
        shortcut="Ctrl+Tab; Ctrl+PgDown",
        menu=Menu.HIDDEN,
        enabled=_shown,
    ),
    ActionSpec(
        "seed_reset.previous_tab",
        QT_TRANSLATE_NOOP("actions", "Previo&us tab"),
        _panel(lambda panel: panel.step_tab(-1)),
        shortcut="Ctrl+Shift+Tab; Ctrl+PgUp",
        menu=Menu.HIDDEN,
        enabled=_shown,
    ),
)
