"""Files of backups on this machine, and their sidecars: where they lie, and how no half one is taken for a whole.

A backup is written as `x.dump.part`, brought to the disk, renamed, and only then has a sidecar: a file without one was
not finished, or is not ours.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord, read_sidecar, safe_name, server_of, sidecar_text
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.paths import Paths

FOLDER = "backups"
PART = ".part"

_CHUNK = 1 << 20


def backup_root(paths: Paths) -> Path:
    """Return the folder of all backups; it may not exist."""
    return paths.data / FOLDER


def backup_folder(paths: Paths, profile: ConnectionProfile) -> Path:
    """Return the folder of a database's backups; it may not exist."""
    return backup_root(paths) / safe_name(server_of(profile)) / safe_name(profile.database)


def write_record(record: BackupRecord, folder: Path) -> Path:
    """Write the sidecar of a file of that folder, whole or not at all, and return where it is.

    Raises:
        OSError: it can't be written.
    """
    sidecar = folder / (record.file + SUFFIX)
    write_whole(sidecar, sidecar_text(record))
    return sidecar


def read_record(sidecar: Path) -> BackupRecord | None:
    """Return what a sidecar says; None where it can't be read or is none."""
    with suppress(OSError, ValueError):
        return read_sidecar(sidecar.read_text(encoding="utf-8"))
    return None


def records(paths: Paths, profile: ConnectionProfile | None = None) -> tuple[tuple[Path, BackupRecord], ...]:
    """List what is said of the files that are there, newest first: each file with its record.

    A sidecar whose file is gone or has another size is left out.

    Args:
        paths: Whose `data` folder.
        profile: Only of this database.
    """
    found = [(file, record) for file, record in _all(paths) if profile is None or record.is_of(profile)]
    return tuple(sorted(found, key=lambda each: each[1].made_at, reverse=True))


def is_whole(file: Path, record: BackupRecord, ctx: TaskContext) -> bool:
    """Read a file and tell whether it is the one that was written."""
    try:
        return file.stat().st_size == record.size_bytes and checksum(file, ctx) == record.sha256
    except OSError:
        return False


def checksum(file: Path, ctx: TaskContext) -> str:
    """Return a file's SHA-256 in hexadecimal. Progress step "backup.checking" in bytes.

    Raises:
        OSError: it can't be read.
    """
    total, done, found = file.stat().st_size, 0, hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            found.update(chunk)
            done += len(chunk)
            ctx.report(Progress("backup.checking", done, total, "bytes"))
    return found.hexdigest()


def keep_part(part: Path) -> Path:
    """Bring a finished `….part` to the disk and give it its name.

    Raises:
        OSError: it can't be.
    """
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())
    file = part.with_name(part.name.removesuffix(PART))
    part.replace(file)
    _sync_folder(file.parent)
    return file


def write_whole(file: Path, text: str) -> None:
    """Write a small file so that after a crash it is as before or as after, and nobody else may read it.

    Raises:
        OSError: it can't be written.
    """
    part = file.with_name(f"{file.name}.{os.getpid()}{PART}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
    _sync_folder(file.parent)


def who() -> str:
    """Say who works at this machine."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = str(os.getuid()) if hasattr(os, "getuid") else "?"
    return f"{user}@{socket.gethostname()}"


def _all(paths: Paths) -> Iterator[tuple[Path, BackupRecord]]:
    for sidecar in backup_root(paths).rglob(f"*{SUFFIX}"):
        record = read_record(sidecar)
        if record is None or record.file + SUFFIX != sidecar.name:
            continue
        file = sidecar.with_name(record.file)
        with suppress(OSError):
            if file.stat().st_size == record.size_bytes:
                yield file, record


def _sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk, where the system knows of such a thing."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
