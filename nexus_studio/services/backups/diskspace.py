"""Room for a backup: looked at before it is written and while it is, so that no disk is filled to its last byte."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from nexus_studio.core.errors import BackupFailed

RESERVE_BYTES: Final = 64 * 1024**2
"""What is left free on a disk; of a small one a twentieth."""

_SMALL_PART: Final = 20


def room(folder: Path) -> tuple[int, int]:
    """Return how many bytes may be written to a folder's disk, and how many are free there at all.

    Raises:
        OSError: nobody can tell.
    """
    found = shutil.disk_usage(folder)
    return max(found.free - min(RESERVE_BYTES, found.total // _SMALL_PART), 0), found.free


def require_room(folder: Path, least: int) -> None:
    """Refuse to begin what can't fit.

    Raises:
        BackupFailed: "backup.no_room" (facts folder, free, needed: bytes).
    """
    usable, free = room(folder)
    if usable < least or not usable:
        raise BackupFailed("backup.no_room", folder=str(folder), free=free, needed=least)


def require_some(folder: Path) -> None:
    """Stop what is being written before the disk is full.

    Raises:
        BackupFailed: "backup.disk_full" (facts folder, free: bytes).
    """
    usable, free = room(folder)
    if not usable:
        raise BackupFailed("backup.disk_full", folder=str(folder), free=free)
