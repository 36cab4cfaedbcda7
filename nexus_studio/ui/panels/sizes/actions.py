"""What can be done in the sizes & health panel, for menus, shortcuts and the palette."""

from __future__ import annotations

from collections.abc import Callable

from nexus_studio.core.admin.maintenance import Job
from nexus_studio.ui.kit.actions import ActionSpec, Menu
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.panels import Panel, PanelState
from nexus_studio.ui.panels.sizes.panel import PANEL_ID, SizesPanel


def _panel(run: Callable[[SizesPanel], object]) -> Callable[[Panel | None], None]:
    def called(panel: Panel | None) -> None:
        if isinstance(panel, SizesPanel):
            run(panel)

    return called


def _shown(state: PanelState) -> bool:
    return state.panel == PANEL_ID


def _can(ability: str) -> Callable[[PanelState], bool]:
    return lambda state: _shown(state) and ability in state.can


def _job(job: Job, title: str, shortcut: str = "") -> ActionSpec:
    """Declare a job on what is chosen in the list of sizes."""
    return ActionSpec(
        f"sizes.{job.value}",
        title,
        _panel(lambda panel: panel.sizes.maintain(job)),
        shortcut=shortcut,
        menu=Menu.HEALTH,
        enabled=_can(f"job.{job.value}"),
        group=1,
    )


def _page(name: str, title: str) -> ActionSpec:
    """Declare the way to a page by its name."""
    return ActionSpec(
        f"sizes.page.{name}",
        title,
        _panel(lambda panel: panel.show_page(panel.page_named(name))),
        menu=Menu.HEALTH,
        enabled=_shown,
        group=8,
    )


SIZES_ACTIONS: tuple[ActionSpec, ...] = (
    _job(Job.VACUUM, QT_TRANSLATE_NOOP("actions", "&VACUUM…")),
    _job(Job.VACUUM_ANALYZE, QT_TRANSLATE_NOOP("actions", "VACUUM A&NALYZE…"), "Ctrl+Return"),
    _job(Job.ANALYZE, QT_TRANSLATE_NOOP("actions", "&ANALYZE…")),
    _job(Job.VACUUM_FULL, QT_TRANSLATE_NOOP("actions", "VACUUM &FULL…")),
    _job(Job.REINDEX, QT_TRANSLATE_NOOP("actions", "&REINDEX…")),
    _job(Job.CLUSTER, QT_TRANSLATE_NOOP("actions", "&CLUSTER…")),
    ActionSpec(
        "sizes.open_rows",
        QT_TRANSLATE_NOOP("actions", "&Open the table's rows"),
        _panel(lambda panel: panel.sizes.open_rows()),
        "table",
        "Ctrl+Shift+O",
        Menu.HEALTH,
        _can("open_rows"),
        group=2,
    ),
    _page("sizes", QT_TRANSLATE_NOOP("actions", "&Sizes")),
    _page("advice", QT_TRANSLATE_NOOP("actions", "A&dvice")),
    _page("activity", QT_TRANSLATE_NOOP("actions", "Activit&y")),
    _page("slow", QT_TRANSLATE_NOOP("actions", "S&low queries")),
    _page("growth", QT_TRANSLATE_NOOP("actions", "Gro&wth")),
    ActionSpec(
        "sizes.read",
        QT_TRANSLATE_NOOP("actions", "Read a&gain"),
        _panel(SizesPanel.read),
        "refresh",
        "F5; Ctrl+R",
        Menu.HEALTH,
        _shown,
        group=9,
    ),
    ActionSpec(
        "sizes.next_tab",
        QT_TRANSLATE_NOOP("actions", "Ne&xt tab"),
        _panel(lambda panel: panel.step_tab(1)),
        shortcut="Ctrl+Tab; Ctrl+PgDown",
        menu=Menu.HIDDEN,
        enabled=_shown,
    ),
    ActionSpec(
        "sizes.previous_tab",
        QT_TRANSLATE_NOOP("actions", "Previo&us tab"),
        _panel(lambda panel: panel.step_tab(-1)),
        shortcut="Ctrl+Shift+Tab; Ctrl+PgUp",
        menu=Menu.HIDDEN,
        enabled=_shown,
    ),
)
