"""What need not be read again: a file that is still the one that was read, SQL text of which a sidecar says enough."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nexus_studio.core.admin.archives import ArchiveItem
from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.backups import BackupFormat
from nexus_studio.services.backups.snapshot import LARGE_OBJECT_STATE

_MOST_TABLES: Final = 500
"""Of more tables it is counted what they are: one transaction may not take the locks that they need."""


def stamp_of(backup: Path) -> str:
    """Return what changes when anybody writes to a backup: name, size, and times of each of its files.

    Raises:
        OSError: it can't be read.
    """
    files = sorted(backup.rglob("*")) if backup.is_dir() else [backup]
    found = [(str(each), each.stat()) for each in files]
    return repr([(name, said.st_ino, said.st_size, said.st_mtime_ns, said.st_ctime_ns) for name, said in found])


def says_enough(record: BackupRecord) -> bool:
    """Tell whether a sidecar says all that has to be known before its SQL text is restored whole."""
    if record.format != BackupFormat.PLAIN.value or record.is_partial or record.encrypted:
        return False
    if record.states is None or record.extensions is None or record.roles is None:
        return False
    has_objects = any(each.relation == LARGE_OBJECT_STATE for each in record.states)
    return len(record.states) <= _MOST_TABLES and not has_objects


def items_said(record: BackupRecord) -> tuple[ArchiveItem, ...]:
    """Return the tables and extensions that a sidecar names as a table of contents has them, without owners."""
    extensions = [ArchiveItem("EXTENSION", "", each, "", 0) for each in record.extensions or ()]
    relations = [each.relation for each in record.states or ()]
    return (*extensions, *(ArchiveItem("TABLE", each.schema, each.name, "", 0) for each in relations))
