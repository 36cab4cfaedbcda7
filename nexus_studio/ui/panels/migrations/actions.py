"""What can be done in the migrations panel, declared once: menus, shortcuts and palette come from here."""

from __future__ import annotations

from collections.abc import Callable

from nexus_studio.ui.kit.actions import ActionSpec, Menu
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.panels import Panel, PanelState
from nexus_studio.ui.panels.migrations.offers import ICONS, Verb
from nexus_studio.ui.panels.migrations.panel import MigrationsPanel


def _panel(run: Callable[[MigrationsPanel], object]) -> Callable[[Panel | None], None]:
    def called(panel: Panel | None) -> None:
        if isinstance(panel, MigrationsPanel):
            run(panel)

    return called


def _shown(state: PanelState) -> bool:
    return state.panel == "migrations"


def _verb(verb: Verb, title: str, shortcut: str = "", *, group: int = 0) -> ActionSpec:
    return ActionSpec(
        f"migrations.{verb.value}",
        title,
        _panel(lambda panel: panel.ask(verb)),
        ICONS[verb],
        shortcut,
        Menu.MIGRATIONS,
        lambda state: state.panel == "migrations" and verb.value in state.can,
        group=group,
    )


MIGRATION_ACTIONS: tuple[ActionSpec, ...] = (
    _verb(Verb.DEPLOY, QT_TRANSLATE_NOOP("actions", "&Deploy what is pending…"), "Ctrl+Shift+D"),
    _verb(Verb.RESOLVE, QT_TRANSLATE_NOOP("actions", "&Resolve what failed…")),
    _verb(Verb.RESTORE, QT_TRANSLATE_NOOP("actions", "Restore the &versions…")),
    _verb(Verb.TEST, QT_TRANSLATE_NOOP("actions", "&Test what is pending on a copy")),
    _verb(Verb.CREATE, QT_TRANSLATE_NOOP("actions", "&Create a migration…"), group=1),
    _verb(Verb.CHECK, QT_TRANSLATE_NOOP("actions", "C&heck models against the database"), group=1),
    _verb(Verb.MERGE, QT_TRANSLATE_NOOP("actions", "&Merge heads…"), group=1),
    _verb(Verb.PUSH, QT_TRANSLATE_NOOP("actions", "&Push models to the database…"), group=2),
    _verb(Verb.PULL, QT_TRANSLATE_NOOP("actions", "P&ull models from the database…"), group=2),
    _verb(Verb.DOWNGRADE, QT_TRANSLATE_NOOP("actions", "Do&wngrade…"), group=3),
    _verb(Verb.STAMP, QT_TRANSLATE_NOOP("actions", "&Stamp…"), group=3),
    _verb(Verb.ADOPT, QT_TRANSLATE_NOOP("actions", "Adopt &into Alembic…"), group=3),
    ActionSpec(
        "migrations.read",
        QT_TRANSLATE_NOOP("actions", "R&ead again"),
        _panel(MigrationsPanel.read),
        "refresh",
        "F5; Ctrl+R",
        Menu.MIGRATIONS,
        _shown,
        group=4,
    ),
    ActionSpec(
        "migrations.find",
        QT_TRANSLATE_NOOP("actions", "&Filter migrations"),
        _panel(MigrationsPanel.focus_filter),
        "search",
        "Ctrl+F",
        Menu.MIGRATIONS,
        _shown,
        group=4,
    ),
    ActionSpec(
        "migrations.next_area",
        QT_TRANSLATE_NOOP("actions", "Next &area"),
        _panel(lambda panel: panel.step_area(1)),
        shortcut="F6",
        menu=Menu.HIDDEN,
        enabled=_shown,
    ),
    ActionSpec(
        "migrations.previous_area",
        QT_TRANSLATE_NOOP("actions", "&Previous area"),
        _panel(lambda panel: panel.step_area(-1)),
        shortcut="Shift+F6",
        menu=Menu.HIDDEN,
        enabled=_shown,
    ),
    ActionSpec(
        "migrations.next_tab",
        QT_TRANSLATE_NOOP("actions", "Ne&xt tab"),
        _panel(lambda panel: panel.details.step_tab(1)),
        shortcut="Ctrl+Tab; Ctrl+PgDown",
        menu=Menu.HIDDEN,
        enabled=_shown,
    ),
    ActionSpec(
        "migrations.previous_tab",
        QT_TRANSLATE_NOOP("actions", "Previo&us tab"),
        _panel(lambda panel: panel.details.step_tab(-1)),
        shortcut="Ctrl+Shift+Tab; Ctrl+PgUp",
        menu=Menu.HIDDEN,
        enabled=_shown,
    ),
)
