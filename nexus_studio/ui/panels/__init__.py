"""The panels, in the order of the rail. A panel is one folder; nothing else in the program knows it by name."""

from __future__ import annotations

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.panels import PanelSpec
from nexus_studio.ui.panels.backups.actions import BACKUP_ACTIONS
from nexus_studio.ui.panels.backups.panel import BackupsPanel
from nexus_studio.ui.panels.backups.troubles import tell_at_start
from nexus_studio.ui.panels.data.actions import DATA_ACTIONS
from nexus_studio.ui.panels.data.panel import DataPanel
from nexus_studio.ui.panels.data.record_actions import RECORD_ACTIONS
from nexus_studio.ui.panels.history.actions import HISTORY_ACTIONS
from nexus_studio.ui.panels.history.panel import HistoryPanel
from nexus_studio.ui.panels.migrations.actions import MIGRATION_ACTIONS
from nexus_studio.ui.panels.migrations.panel import MigrationsPanel
from nexus_studio.ui.panels.readiness.actions import READINESS_ACTIONS
from nexus_studio.ui.panels.readiness.panel import ReadinessPanel
from nexus_studio.ui.panels.seed_reset.actions import SEED_RESET_ACTIONS
from nexus_studio.ui.panels.seed_reset.panel import SeedResetPanel
from nexus_studio.ui.panels.sizes.actions import SIZES_ACTIONS
from nexus_studio.ui.panels.sizes.panel import SizesPanel
from nexus_studio.ui.panels.sizes.sampling import sample_while_open

PANELS: tuple[PanelSpec, ...] = (
    PanelSpec(
        "data",
        QT_TRANSLATE_NOOP("panels", "&Data"),
        "data",
        DataPanel,
        actions=(*DATA_ACTIONS, *RECORD_ACTIONS),
    ),
    PanelSpec(
        "migrations",
        QT_TRANSLATE_NOOP("panels", "&Migrations"),
        "migrations",
        MigrationsPanel,
        actions=MIGRATION_ACTIONS,
    ),
    PanelSpec(
        "seed_reset",
        QT_TRANSLATE_NOOP("panels", "&Seed && reset"),
        "seed",
        SeedResetPanel,
        actions=SEED_RESET_ACTIONS,
    ),
    PanelSpec(
        "backups",
        QT_TRANSLATE_NOOP("panels", "Bac&kups"),
        "backups",
        BackupsPanel,
        actions=BACKUP_ACTIONS,
        at_start=tell_at_start,
    ),
    PanelSpec(
        "sizes",
        QT_TRANSLATE_NOOP("panels", "Si&zes && health"),
        "sizes",
        SizesPanel,
        actions=SIZES_ACTIONS,
        at_start=sample_while_open,
    ),
    PanelSpec(
        "readiness",
        QT_TRANSLATE_NOOP("panels", "Read&iness"),
        "readiness",
        ReadinessPanel,
        actions=READINESS_ACTIONS,
    ),
    PanelSpec(
        "history",
        QT_TRANSLATE_NOOP("panels", "Histor&y"),
        "history",
        HistoryPanel,
        actions=HISTORY_ACTIONS,
    ),
)
