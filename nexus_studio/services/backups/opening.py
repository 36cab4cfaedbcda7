"""Encrypted backups where plain ones are wanted: opened for a moment, with what their sidecar says of the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.admin.backupfiles import SUFFIX
from nexus_studio.core.errors import BackupDamaged
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import checksum, is_whole, read_record, size_of, write_record
from nexus_studio.services.backups.encrypting import decrypted
from nexus_studio.services.backups.recognising import kind_of
from nexus_studio.services.paths import Paths


@contextmanager
def plain(file: Path, paths: Paths, ctx: TaskContext) -> Iterator[Path]:
    """Lend a backup that can be read: itself, or of an encrypted one a plain file with a sidecar, removed at the end.

    The plain file is in the folder of caches, on a disk where there is room for things of this size.

    Raises:
        BackupDamaged: "backup.altered" (fact file): an encrypted one is not what its sidecar says.
        BackupFailed, ToolMissing, Cancelled: see `encrypting.decrypted`.
    """
    if not is_encrypted(file):
        yield file
        return
    folder = private_folder(paths)
    record = read_record(file.with_name(file.name + SUFFIX))
    if record is not None and not is_whole(file, record, ctx):
        raise BackupDamaged("backup.altered", file=file.name)
    with decrypted(file, ctx, folder=folder) as found:
        if record is not None:
            size, sha256 = size_of(found), checksum(found, ctx)
            said = replace(
                record, file=found.name, size_bytes=size, sha256=sha256, encrypted="", globals_file="", copies=()
            )
            write_record(said, found.parent)
        yield found


def private_folder(paths: Paths) -> Path:
    """Return the folder where what is encrypted is plain for a moment; it is made.

    Raises:
        OSError: it can't be.
    """
    folder = paths.cache / "decrypted"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def is_encrypted(file: Path) -> bool:
    """Tell whether a file begins as an encrypted one does; False where it can't be read."""
    try:
        return kind_of(file) is ArchiveKind.ENCRYPTED
    except OSError:
        return False
