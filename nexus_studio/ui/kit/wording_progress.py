"""English source of the words for progress: step codes and units. Translated in context "progress"."""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_backups import BACKUP_PROGRESS
from nexus_studio.ui.kit.wording_health import HEALTH_PROGRESS
from nexus_studio.ui.kit.wording_import import IMPORT_PROGRESS
from nexus_studio.ui.kit.wording_migrations import MIGRATION_PROGRESS
from nexus_studio.ui.kit.wording_resets import RESET_PROGRESS
from nexus_studio.ui.kit.wording_seeds import SEED_PROGRESS
from nexus_studio.ui.kit.wording_servers import SERVER_PROGRESS
from nexus_studio.ui.kit.wording_transfer import TRANSFER_PROGRESS

STEPS: Mapping[str, str] = {
    "working": QT_TRANSLATE_NOOP("progress", "Working…"),
    "demo.server": QT_TRANSLATE_NOOP("progress", "Starting the demo's PostgreSQL"),
    "demo.database": QT_TRANSLATE_NOOP("progress", "Creating the demo database"),
    "demo.migrations": QT_TRANSLATE_NOOP("progress", "Creating the demo's tables"),
    "demo.seed": QT_TRANSLATE_NOOP("progress", "Filling in the demo data"),
    "embedded.preparing": QT_TRANSLATE_NOOP("progress", "Preparing PostgreSQL's data"),
    "embedded.starting": QT_TRANSLATE_NOOP("progress", "Starting PostgreSQL"),
    **MIGRATION_PROGRESS,
    **SERVER_PROGRESS,
    "rows.checking": QT_TRANSLATE_NOOP("progress", "Comparing edits with the rows as they are now"),
    "rows.gathering": QT_TRANSLATE_NOOP("progress", "Reading rows"),
    "rows.positions": QT_TRANSLATE_NOOP("progress", "Learning where the rows stand"),
    "rows.saving": QT_TRANSLATE_NOOP("progress", "Saving changes"),
    **SEED_PROGRESS,
    **RESET_PROGRESS,
    **IMPORT_PROGRESS,
    **TRANSFER_PROGRESS,
    **BACKUP_PROGRESS,
    **HEALTH_PROGRESS,
    "readiness.checking": QT_TRANSLATE_NOOP("progress", "Looking at the checklist"),
}

UNITS: Mapping[str, str] = {
    "rows": QT_TRANSLATE_NOOP("progress", "{number} rows"),
    "tables": QT_TRANSLATE_NOOP("progress", "{number} tables"),
    "steps": QT_TRANSLATE_NOOP("progress", "{number} steps"),
    "bytes": "{number}",  # written by size_text
}
