"""What can be done in the readiness panel, for shortcuts and the palette."""

from __future__ import annotations

from collections.abc import Callable

from nexus_studio.ui.kit.actions import ActionSpec, Menu
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.panels import Panel, PanelState
from nexus_studio.ui.panels.readiness.panel import PANEL_ID, ReadinessPanel


def _panel(run: Callable[[ReadinessPanel], object]) -> Callable[[Panel | None], None]:
    def called(panel: Panel | None) -> None:
        if isinstance(panel, ReadinessPanel):
            run(panel)

    return called


def _shown(state: PanelState) -> bool:
    return state.panel == PANEL_ID


def _can(ability: str) -> Callable[[PanelState], bool]:
    return lambda state: _shown(state) and ability in state.can


READINESS_ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "readiness.read",
        QT_TRANSLATE_NOOP("actions", "&Look at the checklist again"),
        _panel(ReadinessPanel.read),
        "refresh",
        "F5; Ctrl+R",
        Menu.HIDDEN,
        _can("look"),
    ),
    ActionSpec(
        "readiness.copy",
        QT_TRANSLATE_NOOP("actions", "Copy the &report as Markdown"),
        _panel(ReadinessPanel.copy_markdown),
        "copy",
        menu=Menu.HIDDEN,
        enabled=_can("export"),
    ),
    ActionSpec(
        "readiness.markdown",
        QT_TRANSLATE_NOOP("actions", "Save the report as &Markdown…"),
        _panel(lambda panel: panel.save("md")),
        "external",
        "Ctrl+S",
        Menu.HIDDEN,
        _can("export"),
    ),
    ActionSpec(
        "readiness.html",
        QT_TRANSLATE_NOOP("actions", "Save the report as &HTML…"),
        _panel(lambda panel: panel.save("html")),
        "external",
        menu=Menu.HIDDEN,
        enabled=_can("export"),
    ),
    ActionSpec(
        "readiness.next_area",
        QT_TRANSLATE_NOOP("actions", "Next &area"),
        _panel(lambda panel: panel.step_area(1)),
        shortcut="F6",
        menu=Menu.HIDDEN,
        enabled=_shown,
    ),
    ActionSpec(
        "readiness.previous_area",
        QT_TRANSLATE_NOOP("actions", "&Previous area"),
        _panel(lambda panel: panel.step_area(-1)),
        shortcut="Shift+F6",
        menu=Menu.HIDDEN,
        enabled=_shown,
    ),
)
