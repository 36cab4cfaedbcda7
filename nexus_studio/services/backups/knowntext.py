"""What need not be read again: a file that is still the one that was read, SQL text of which a sidecar says enough."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.archives import ArchiveItem
from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.backups import BackupFormat
from nexus_studio.core.names import RelationName
from nexus_studio.services.backups.snapshot import LARGE_OBJECT_STATE

_MOST_TABLES: Final = 500
"""Of more tables, where no sidecar says what locks they need, it is counted: one transaction may not have so many."""


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
    if record.extensions is None or record.roles is None or (record.states is None and record.tables is None):
        return False
    return record.objects is not None or (len(_relations(record)) <= _MOST_TABLES and not has_large_objects(record))


def has_large_objects(record: BackupRecord) -> bool:
    """Tell whether a sidecar says that there are large objects."""
    return LARGE_OBJECT_STATE in _relations(record)


def items_said(record: BackupRecord) -> tuple[ArchiveItem, ...]:
    """Return the tables and extensions that a sidecar names as a table of contents has them, without owners."""
    extensions = [ArchiveItem("EXTENSION", "", each, "", 0) for each in record.extensions or ()]
    tables = [each for each in _relations(record) if each != LARGE_OBJECT_STATE]
    return (*extensions, *(ArchiveItem("TABLE", each.schema, each.name, "", 0) for each in tables))


def _relations(record: BackupRecord) -> Sequence[RelationName]:
    return record.tables or () if record.states is None else [each.relation for each in record.states]
