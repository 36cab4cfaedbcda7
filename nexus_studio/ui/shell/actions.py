"""The window's own actions, those that are there whatever panel is in sight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from nexus_studio.ui.kit.actions import ActionSpec, Menu, with_panel
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.panels import Panel, PanelSpec, PanelState

_KEYS = 9  # Ctrl+1 to Ctrl+9


class Window(Protocol):
    """What the actions need of the window."""

    @property
    def can_unlock(self) -> bool: ...
    @property
    def is_unlocked(self) -> bool: ...
    def ask_connection(self) -> None: ...
    def ask_folder(self) -> None: ...
    def disconnect_now(self) -> None: ...
    def show_palette(self) -> None: ...
    def toggle_theme(self) -> None: ...
    def switch_to_demo(self) -> None: ...
    def ask_server(self) -> None: ...
    def ask_unlock(self) -> None: ...
    def lock(self) -> None: ...
    def ask_declaration(self) -> None: ...
    def quit(self) -> None: ...


def shell_actions(window: Window) -> tuple[ActionSpec, ...]:
    """Declare the window's actions."""
    return (
        ActionSpec(
            "shell.palette",
            QT_TRANSLATE_NOOP("actions", "Go to &anything…"),
            _without_panel(window.show_palette),
            "search",
            "Ctrl+K",
            Menu.GO,
        ),
        ActionSpec(
            "shell.new_connection",
            QT_TRANSLATE_NOOP("actions", "&New connection…"),
            _without_panel(window.ask_connection),
            "plus",
            "Ctrl+N",
            Menu.FILE,
        ),
        ActionSpec(
            "shell.open_folder",
            QT_TRANSLATE_NOOP("actions", "&Open a project folder…"),
            _without_panel(window.ask_folder),
            "folder",
            "Ctrl+O",
            Menu.FILE,
        ),
        ActionSpec(
            "shell.demo",
            QT_TRANSLATE_NOOP("actions", "Start the &demo database"),
            _without_panel(window.switch_to_demo),
            "play",
            menu=Menu.FILE,
        ),
        ActionSpec(
            "shell.server",
            QT_TRANSLATE_NOOP("actions", "&Server and .env…"),
            _without_panel(window.ask_server),
            "terminal",
            menu=Menu.FILE,
        ),
        ActionSpec(
            "shell.disconnect",
            QT_TRANSLATE_NOOP("actions", "D&isconnect"),
            _without_panel(window.disconnect_now),
            "close",
            menu=Menu.FILE,
            enabled=lambda state: bool(state.panel),
            group=1,
        ),
        ActionSpec(
            "shell.unlock",
            QT_TRANSLATE_NOOP("actions", "&Unlock production…"),
            _without_panel(window.ask_unlock),
            "unlock",
            menu=Menu.FILE,
            enabled=lambda _state: window.can_unlock,
            group=1,
        ),
        ActionSpec(
            "shell.lock",
            QT_TRANSLATE_NOOP("actions", "&Lock production again"),
            _without_panel(window.lock),
            "lock",
            menu=Menu.FILE,
            enabled=lambda _state: window.is_unlocked,
            group=1,
        ),
        ActionSpec(
            "shell.declare",
            QT_TRANSLATE_NOOP("actions", "&Say what this database is for…"),
            _without_panel(window.ask_declaration),
            "pin",
            menu=Menu.FILE,
            enabled=lambda state: bool(state.panel),
            group=1,
        ),
        ActionSpec(
            "shell.quit",
            QT_TRANSLATE_NOOP("actions", "&Quit"),
            _without_panel(window.quit),
            shortcut="Ctrl+Q",
            menu=Menu.FILE,
            group=2,
        ),
        ActionSpec(
            "shell.theme",
            QT_TRANSLATE_NOOP("actions", "&Light or dark"),
            _without_panel(window.toggle_theme),
            "theme",
            menu=Menu.VIEW,
        ),
    )


def panel_action(panel_id: str) -> str:
    """Return the id of the action that goes to a panel."""
    return f"shell.panel.{panel_id}"


def panel_actions(specs: Sequence[PanelSpec], show: Callable[[str], object]) -> tuple[ActionSpec, ...]:
    """Declare the ways to the panels, in the order of the rail: Ctrl+1 for the first."""
    return tuple(
        ActionSpec(
            panel_action(spec.id),
            spec.title,
            _without_panel(partial(show, spec.id)),
            spec.icon,
            f"Ctrl+{number}" if number <= _KEYS else "",
            Menu.GO,
            with_panel,
            _is_current(spec.id),
            group=-1,
            context="panels",
        )
        for number, spec in enumerate(specs, 1)
    )


def _is_current(panel_id: str) -> Callable[[PanelState], bool]:
    return lambda state: state.panel == panel_id


def _without_panel(run: Callable[[], object]) -> Callable[[Panel | None], None]:
    def called(panel: Panel | None) -> None:
        del panel
        run()

    return called
