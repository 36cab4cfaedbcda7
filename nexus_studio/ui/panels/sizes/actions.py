"""What can be done in the sizes & health panel, for menus, shortcuts and the palette."""

from __future__ import annotations

from collections.abc import Callable

from nexus_studio.core.admin.maintenance import Job
from nexus_studio.ui.kit.actions import ActionSpec, Menu
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.paged_actions import able, page_actions
from nexus_studio.ui.kit.panels import Panel
from nexus_studio.ui.panels.sizes.panel import PANEL_ID, SizesPanel


def _panel(run: Callable[[SizesPanel], object]) -> Callable[[Panel | None], None]:
    def called(panel: Panel | None) -> None:
        if isinstance(panel, SizesPanel):
            run(panel)

    return called


def _job(job: Job, title: str, shortcut: str = "") -> ActionSpec:
    """Declare a job on what is chosen in the list of sizes."""
    return ActionSpec(
        f"sizes.{job.value}",
        title,
        _panel(lambda panel: panel.sizes.maintain(job)),
        shortcut=shortcut,
        menu=Menu.HEALTH,
        enabled=able(PANEL_ID, f"job.{job.value}"),
        group=1,
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
        able(PANEL_ID, "open_rows"),
        group=2,
    ),
    *page_actions(
        PANEL_ID,
        Menu.HEALTH,
        QT_TRANSLATE_NOOP("actions", "Read a&gain"),
        ("sizes", QT_TRANSLATE_NOOP("actions", "&Sizes")),
        ("advice", QT_TRANSLATE_NOOP("actions", "A&dvice")),
        ("activity", QT_TRANSLATE_NOOP("actions", "Activit&y")),
        ("slow", QT_TRANSLATE_NOOP("actions", "S&low queries")),
        ("explain", QT_TRANSLATE_NOOP("actions", "E&XPLAIN")),
        ("growth", QT_TRANSLATE_NOOP("actions", "Gro&wth")),
    ),
)
