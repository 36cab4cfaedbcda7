"""What a backup would be like: which program writes it and why, how large it may be, whether there is room."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nexus_studio.core.admin.backups import BackupSpec, ChosenTool
from nexus_studio.core.errors import BackupFailed
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import backup_folder
from nexus_studio.services.backups.choosing import chosen_dump
from nexus_studio.services.backups.diskspace import room
from nexus_studio.services.backups.encrypting import require_encryption
from nexus_studio.services.backups.extent import read_extent
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is known before a backup is made.

    `size_bytes` is a guess at what is written, `read_bytes` the size of the tables that are read; `tables` counts them.
    `usual_folder` is where it goes unless another folder is chosen; `free_bytes` is the room where it would go now.
    """

    tool: ChosenTool
    size_bytes: int
    read_bytes: int
    tables: int
    usual_folder: Path
    free_bytes: int


def estimate(
    session: Session, paths: Paths, spec: BackupSpec, ctx: TaskContext, *, folder: Path | None = None
) -> Estimate:
    """Say what a backup would be like; nothing is made.

    Raises:
        BackupFailed: as `creating.create` would be refused: "backup.compression", "backup.unknown",
            "backup.may_not_read", "backup.encrypt_directory", …; "backup.no_folder" (fact folder): no part of its path
            is there.
        ToolMissing: no pg_dump is new enough for the server; nothing is there to encrypt with.
    """
    tool = chosen_dump(session.server.version_num, spec)
    require_encryption(spec)
    extent = read_extent(session, spec, ctx)
    usual = backup_folder(paths, session.profile)
    free = _free(folder or usual)
    return Estimate(tool, extent.likely, extent.size, len(extent.tables), usual, free)


def _free(folder: Path) -> int:
    """Return the room where a folder is, or is going to be made."""
    for place in (folder, *folder.parents):
        with suppress(OSError):
            return room(place)[0]
    raise BackupFailed("backup.no_folder", folder=str(folder))
