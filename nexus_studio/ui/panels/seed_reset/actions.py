"""What can be done in the seed & reset panel, for menus, shortcuts and the palette."""

from __future__ import annotations

from collections.abc import Callable

from nexus_studio.ui.kit.actions import ActionSpec, Menu
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.paged_actions import able, page_actions
from nexus_studio.ui.kit.panels import Panel
from nexus_studio.ui.panels.seed_reset.panel import PANEL_ID, SeedResetPanel
from nexus_studio.ui.panels.seed_reset.seeds_page import RUN, TRY


def _panel(run: Callable[[SeedResetPanel], object]) -> Callable[[Panel | None], None]:
    def called(panel: Panel | None) -> None:
        if isinstance(panel, SeedResetPanel):
            run(panel)

    return called


SEED_RESET_ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        RUN,
        QT_TRANSLATE_NOOP("actions", "&Run the seed"),
        _panel(lambda panel: panel.seeds.run_seed()),
        "play",
        "Ctrl+Return",
        Menu.SEED,
        able(PANEL_ID, RUN),
    ),
    ActionSpec(
        TRY,
        QT_TRANSLATE_NOOP("actions", "&Dry run of the seed"),
        _panel(lambda panel: panel.seeds.try_seed()),
        "test",
        "Ctrl+Shift+Return",
        Menu.SEED,
        able(PANEL_ID, TRY),
    ),
    *page_actions(
        PANEL_ID,
        Menu.SEED,
        QT_TRANSLATE_NOOP("actions", "Re&ad again"),
        ("seeds", QT_TRANSLATE_NOOP("actions", "&Seeds")),
        ("reset", QT_TRANSLATE_NOOP("actions", "R&eset")),
        ("shelves", QT_TRANSLATE_NOOP("actions", "S&helves")),
        ("import", QT_TRANSLATE_NOOP("actions", "&Import from SQLite")),
    ),
)
