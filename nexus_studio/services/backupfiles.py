"""Files of backups on this machine, and their sidecars: where they lie, and how no half one is taken for a whole.

A backup is written as `x.dump.part`, gets its sidecar, and last of all its name: a sidecar without its file says
nothing, and a `….part` is what a kill has left. Whoever works on the database next removes that.
"""

from __future__ import annotations

import errno
import getpass
import hashlib
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from nexus_studio.core.admin.backupfiles import (
    SUFFIX,
    BackupRecord,
    identity_of,
    read_sidecar,
    safe_name,
    server_of,
    sidecar_text,
)
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.partlocks import is_left, remove
from nexus_studio.services.paths import Paths

FOLDER = "backups"
SHELVES = "shelves"
PART = ".part"

# What a file system without hard links says when it is asked for one.
_NO_LINKS = frozenset({errno.EPERM, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})

_CHUNK = 1 << 20
_LONGEST_SIDECAR = 256 << 20


def backup_root(paths: Paths) -> Path:
    """Return the folder of all backups; it may not exist."""
    return paths.data / FOLDER


def backup_folder(paths: Paths, profile: ConnectionProfile) -> Path:
    """Return the folder of a database's backups; it may not exist."""
    return backup_root(paths) / safe_name(server_of(profile)) / safe_name(profile.database)


def shelf_folder(paths: Paths, profile: ConnectionProfile) -> Path:
    """Return the folder of a database's shelves that are dumps; it may not exist."""
    return paths.data / SHELVES / safe_name(server_of(profile)) / safe_name(profile.database)


def remove_parts(paths: Paths, profile: ConnectionProfile) -> None:
    """Remove what killed programs have left of a database's dumps in the data folder: see `partlocks.is_left`."""
    for folder in (backup_folder(paths, profile), shelf_folder(paths, profile)):
        with suppress(OSError):
            for part in folder.glob(f"*-{identity_of(profile)}-*{PART}"):  # another database may share the folder
                with suppress(OSError):
                    if is_left(part, is_here=True):
                        remove_with_sidecar(part)


def remove_with_sidecar(part: Path) -> None:
    """Remove half a backup, and the sidecar that it got just before it would have had its name."""
    file = part.with_name(part.name.removesuffix(PART))
    if not os.path.lexists(file):
        sidecar = file.with_name(file.name + SUFFIX)
        if read_record(sidecar) is not None:
            remove(sidecar)
    remove(part)


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
        found = sidecar.stat()
        if stat.S_ISREG(found.st_mode) and found.st_size <= _LONGEST_SIDECAR:  # somebody's data.json, a pipe
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
    """Read a backup and tell whether it is the one that was written."""
    try:
        return size_of(file) == record.size_bytes and checksum(file, ctx) == record.sha256
    except OSError:
        return False


def files_of(backup: Path) -> tuple[Path, ...]:
    """Return the files of a backup: itself, or what is in its folder, by name.

    Raises:
        OSError: it can't be read.
    """
    if not backup.is_dir():
        return (backup,)
    return tuple(sorted(each for each in backup.rglob("*") if each.is_file()))


def size_of(backup: Path) -> int:
    """Return the bytes of a backup: of a folder, those of its files.

    Raises:
        OSError: it can't be read.
    """
    return sum(each.stat().st_size for each in files_of(backup))


def checksum(backup: Path, ctx: TaskContext) -> str:
    """Return a backup's SHA-256 in hexadecimal. Progress step "backup.checking" in bytes.

    That of a folder is of the list of its files, as sha256sum(1) writes it, sorted by name.

    Raises:
        OSError: it can't be read.
    """
    total, done, lines = size_of(backup), 0, hashlib.sha256()
    for file in files_of(backup):
        found = hashlib.sha256()
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                found.update(chunk)
                done += len(chunk)
                ctx.report(Progress("backup.checking", done, total, "bytes"))
        if file == backup:
            return found.hexdigest()
        lines.update(f"{found.hexdigest()}  {file.relative_to(backup).as_posix()}\n".encode())
    return lines.hexdigest()


def keep_part(part: Path) -> Path:
    """Bring a finished `….part` to the disk and give it its name.

    Raises:
        OSError: it can't be; FileExistsError: there is such a file, which is left alone.
    """
    sync(part)
    file = part.with_name(part.name.removesuffix(PART))
    give_name(part, file)
    return file


def give_name(part: Path, file: Path) -> None:
    """Give a file or folder that is on the disk a name of the same file system that nobody has yet.

    Raises:
        OSError: it can't be; FileExistsError: somebody has it, and nothing was changed.
    """
    try:
        os.link(part, file)
    except OSError as error:
        if error.errno not in _NO_LINKS and not part.is_dir():
            raise
        if os.path.lexists(file):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file)) from error
        part.replace(file)
    else:
        part.unlink()
    sync_folder(file.parent)


def write_whole(file: Path, text: str) -> None:
    """Write a small file so that after a crash it is as before or as after, and nobody else may read it.

    Raises:
        OSError: it can't be written.
    """
    part = file.with_name(f"{file.name}.{os.getpid()}{PART}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync_folder(file.parent)


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
            if size_of(file) == record.size_bytes:
                yield file, record


def sync(backup: Path) -> None:
    """Bring a backup to the disk: each of its files, and the folders they are in.

    Raises:
        OSError: it can't be.
    """
    for file in files_of(backup):
        with file.open("rb+") as stream:
            os.fsync(stream.fileno())
    if backup.is_dir():
        sync_folder(backup)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk, where the system knows of such a thing."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
