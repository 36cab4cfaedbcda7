"""What can be done in the history panel, for shortcuts and the palette."""

from __future__ import annotations

from collections.abc import Callable

from nexus_studio.ui.kit.actions import ActionSpec
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.panels import Panel, PanelState
from nexus_studio.ui.panels.history.panel import PANEL_ID, HistoryPanel


def _panel(run: Callable[[HistoryPanel], object]) -> Callable[[Panel | None], None]:
    def called(panel: Panel | None) -> None:
        if isinstance(panel, HistoryPanel):
            run(panel)

    return called


def _shown(state: PanelState) -> bool:
    return state.panel == PANEL_ID


def _can(ability: str) -> Callable[[PanelState], bool]:
    return lambda state: _shown(state) and ability in state.can


HISTORY_ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "history.revert",
        QT_TRANSLATE_NOOP("actions", "Take the chosen save back…"),
        _panel(HistoryPanel.revert),
        "undo",
        "Ctrl+Shift+Return",
        enabled=_can("revert"),
    ),
    ActionSpec(
        "history.open",
        QT_TRANSLATE_NOOP("actions", "Open the table of the chosen save"),
        _panel(HistoryPanel.open_table),
        "table",
        "Ctrl+Return",
        enabled=_can("open"),
    ),
    ActionSpec(
        "history.search",
        QT_TRANSLATE_NOOP("actions", "Search the history"),
        _panel(HistoryPanel.focus_search),
        "search",
        "Ctrl+F",
        enabled=_shown,
    ),
    ActionSpec(
        "history.keep",
        QT_TRANSLATE_NOOP("actions", "How long the history is kept…"),
        _panel(HistoryPanel.ask_keep),
        "pending",
        enabled=_can("read"),
    ),
    ActionSpec(
        "history.share",
        QT_TRANSLATE_NOOP("actions", "Share the history with the team…"),
        _panel(HistoryPanel.ask_share),
        "user",
        enabled=_can("share"),
    ),
    ActionSpec(
        "history.read",
        QT_TRANSLATE_NOOP("actions", "Read the history again"),
        _panel(HistoryPanel.read),
        "refresh",
        "F5; Ctrl+R",
        enabled=_can("read"),
    ),
    ActionSpec(
        "history.next_area",
        QT_TRANSLATE_NOOP("actions", "Next &area"),
        _panel(lambda panel: panel.step_area(1)),
        shortcut="F6",
        enabled=_shown,
    ),
    ActionSpec(
        "history.previous_area",
        QT_TRANSLATE_NOOP("actions", "&Previous area"),
        _panel(lambda panel: panel.step_area(-1)),
        shortcut="Shift+F6",
        enabled=_shown,
    ),
)
