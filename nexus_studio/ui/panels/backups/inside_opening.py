"""Opening a backup like a database, with the tables that it has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nexus_studio.core.admin.backups import TableState
from nexus_studio.core.tasks import TaskContext

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.backups.inside import Inside
    from nexus_studio.services.backups.service import BackupService

Opened = tuple["Inside", tuple[TableState, ...]]
"""An open backup and its tables. Whoever has it closes it."""


def opened_inside(backups: BackupService, file: Path, ctx: TaskContext) -> Opened:
    """Open a backup; not on the UI thread. Errors are those of `BackupService.open_inside`."""
    inside = backups.open_inside(file, ctx)
    try:
        return inside, _tables_of(inside, ctx)
    except BaseException:
        inside.close()
        raise


def _tables_of(inside: Inside, ctx: TaskContext) -> tuple[TableState, ...]:
    """Return the tables of an open backup with their rows: as the sidecar counted them, else as they are estimated."""
    record = inside.preview.record
    counted = {each.relation: each.rows for each in (record.states if record is not None else None) or ()}
    return tuple(TableState(each.name, counted.get(each.name, each.rows or 0)) for each in inside.tables(ctx))
