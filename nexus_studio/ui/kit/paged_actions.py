"""Actions of panels of pages: what each of them has, and how an action is enabled by its panel."""

from __future__ import annotations

from collections.abc import Callable

from nexus_studio.ui.kit.actions import ActionSpec, Menu
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.paged import PagedPanel
from nexus_studio.ui.kit.panel import Panel, PanelState


def shown(panel_id: str) -> Callable[[PanelState], bool]:
    """Enable an action while its panel is in sight."""
    return lambda state: state.panel == panel_id


def able(panel_id: str, ability: str) -> Callable[[PanelState], bool]:
    """Enable an action while its panel is in sight and can do something, by the name in `PanelState.can`."""
    return lambda state: state.panel == panel_id and ability in state.can


def page_actions(panel_id: str, menu: Menu, read_title: str, *pages: tuple[str, str]) -> tuple[ActionSpec, ...]:
    """Declare what every panel of pages has: the ways to its pages, reading again, and going from tab to tab.

    Args:
        panel_id: The panel's.
        menu: Where they stand.
        read_title: The title of reading again, marked: each menu has another letter to spare.
        *pages: Each page's name and its marked title.
    """
    is_shown = shown(panel_id)
    to_pages = (
        ActionSpec(f"{panel_id}.page.{name}", title, _turning(name), menu=menu, enabled=is_shown, group=8)
        for name, title in pages
    )
    return (
        *to_pages,
        ActionSpec(f"{panel_id}.read", read_title, _read, "refresh", "F5; Ctrl+R", menu, is_shown, group=9),
        ActionSpec(
            f"{panel_id}.next_tab",
            QT_TRANSLATE_NOOP("actions", "Ne&xt tab"),
            _stepping(1),
            shortcut="Ctrl+Tab; Ctrl+PgDown",
            enabled=is_shown,
        ),
        ActionSpec(
            f"{panel_id}.previous_tab",
            QT_TRANSLATE_NOOP("actions", "Previo&us tab"),
            _stepping(-1),
            shortcut="Ctrl+Shift+Tab; Ctrl+PgUp",
            enabled=is_shown,
        ),
    )


def _turning(name: str) -> Callable[[Panel | None], None]:
    def turn(panel: Panel | None) -> None:
        if isinstance(panel, PagedPanel):
            panel.show_page(panel.page_named(name))

    return turn


def _stepping(by: int) -> Callable[[Panel | None], None]:
    def step(panel: Panel | None) -> None:
        if isinstance(panel, PagedPanel):
            panel.step_tab(by)

    return step


def _read(panel: Panel | None) -> None:
    if isinstance(panel, PagedPanel):
        panel.read()
