"""What can be done in the backups panel, for menus, shortcuts and the palette."""

from __future__ import annotations

from collections.abc import Callable

from nexus_studio.ui.kit.actions import ActionSpec, Menu
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.panels import Panel, PanelState
from nexus_studio.ui.panels.backups import details, header
from nexus_studio.ui.panels.backups.panel import PANEL_ID, BackupsPanel


def _panel(run: Callable[[BackupsPanel], object]) -> Callable[[Panel | None], None]:
    def called(panel: Panel | None) -> None:
        if isinstance(panel, BackupsPanel):
            run(panel)

    return called


def _shown(state: PanelState) -> bool:
    return state.panel == PANEL_ID


def _can(ability: str) -> Callable[[PanelState], bool]:
    return lambda state: _shown(state) and ability in state.can


def _ask(what: str, title: str, icon: str, shortcut: str = "", group: int = 0) -> ActionSpec:
    """Declare something that the panel does by its name."""
    run = _panel(lambda panel: panel.ask(what))
    return ActionSpec(f"backups.{what}", title, run, icon, shortcut, Menu.BACKUPS, _can(what), group=group)


BACKUP_ACTIONS: tuple[ActionSpec, ...] = (
    _ask(header.CREATE, QT_TRANSLATE_NOOP("actions", "&Create a backup…"), "plus", "Ctrl+Shift+N"),
    _ask(details.PROVE, QT_TRANSLATE_NOOP("actions", "&Prove the backup"), "success", "Ctrl+Return"),
    _ask(details.RESTORE, QT_TRANSLATE_NOOP("actions", "&Restore the backup…"), "deploy", "Ctrl+Shift+Return"),
    _ask(details.INSIDE, QT_TRANSLATE_NOOP("actions", "&Look inside the backup"), "search", "Ctrl+Shift+O"),
    ActionSpec(
        "backups.bring_back",
        QT_TRANSLATE_NOOP("actions", "&Bring the chosen rows back"),
        _panel(lambda panel: panel.inside.bring_back()),
        "undo",
        "Ctrl+B",
        Menu.BACKUPS,
        _can("bring_back"),
    ),
    _ask(details.COPY, QT_TRANSLATE_NOOP("actions", "Cop&y the backup to…"), "copy", group=8),
    _ask(details.SHOW, QT_TRANSLATE_NOOP("actions", "Show in &folder"), "folder", group=8),
    _ask(header.RULES, QT_TRANSLATE_NOOP("actions", "&Keep rules…"), "trash", group=8),
    _ask(header.SCHEDULE, QT_TRANSLATE_NOOP("actions", "&Schedule…"), "running", group=8),
    _ask(header.FOLDERS, QT_TRANSLATE_NOOP("actions", "F&olders of the library…"), "folder", group=8),
    _ask(header.OPEN_FILE, QT_TRANSLATE_NOOP("actions", "Open a backup from a f&ile…"), "external", group=8),
    _ask(header.READ, QT_TRANSLATE_NOOP("actions", "Read a&gain"), "refresh", "F5; Ctrl+R", group=9),
    ActionSpec(
        "backups.next_area",
        QT_TRANSLATE_NOOP("actions", "Next &area"),
        _panel(lambda panel: panel.step_area(1)),
        shortcut="F6",
        enabled=_shown,
    ),
    ActionSpec(
        "backups.previous_area",
        QT_TRANSLATE_NOOP("actions", "&Previous area"),
        _panel(lambda panel: panel.step_area(-1)),
        shortcut="Shift+F6",
        enabled=_shown,
    ),
)
