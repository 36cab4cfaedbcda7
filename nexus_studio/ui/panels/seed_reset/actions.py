"""What can be done in the seed & reset panel, for menus, shortcuts and the palette."""

from __future__ import annotations

from collections.abc import Callable

from nexus_studio.ui.kit.actions import ActionSpec, Menu
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.panels import Panel, PanelState
from nexus_studio.ui.panels.seed_reset.panel import PANEL_ID, SeedResetPanel


def _panel(run: Callable[[SeedResetPanel], object]) -> Callable[[Panel | None], None]:
    def called(panel: Panel | None) -> None:
        if isinstance(panel, SeedResetPanel):
            run(panel)

    return called


def _shown(state: PanelState) -> bool:
    return state.panel == PANEL_ID


SEED_RESET_ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "seed_reset.read",
        QT_TRANSLATE_NOOP("actions", "R&ead again"),
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
