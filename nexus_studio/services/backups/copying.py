"""Copies of backups elsewhere: in a folder, or wherever fsspec leads (s3://…); written aside, compared, then named.

Passwords and keys are where fsspec and its file systems look for them (the environment, their own files).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Final

from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord, sidecar_text
from nexus_studio.core.errors import BackupDamaged, BackupFailed
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backupfiles import PART, files_of, read_record, size_of, write_record
from nexus_studio.services.backups.copyplaces import Place, is_url, place_of, require_place, synced, told

__all__ = ["CopyMade", "copy", "require_place"]

COPYING: Final = "backup.copying"
CHECKING: Final = "backup.copy_checking"
"""The progress steps; in bytes."""

_CHUNK: Final = 1 << 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CopyMade:
    """A copy: its whole address, without secrets, and the original's sidecar, which names it now (None: foreign)."""

    where: str
    record: BackupRecord | None
    size_bytes: int


def copy(file: Path, to: str, ctx: TaskContext) -> CopyMade:
    """Copy a backup with its sidecar and its file of roles, read the copy again, and note where it is.

    A copy that is there already is read again, and that is all.

    Args:
        file: A backup, with or without a sidecar.
        to: A folder that is there, or an address for fsspec. It has no secrets.
        ctx: Told `COPYING`, then `CHECKING`.

    Raises:
        BackupFailed: "backup.unreadable" (facts file, words), "backup.copy_here" (it is where it would be copied to),
            "backup.copy_exists" (fact where: another file has the name there), "backup.copy_differs" (fact where: what
            was read is not what was written), "backup.copy_failed" (fact words), and what `place_of` raises. Nothing
            half is left there, as far as it can be reached.
        BackupDamaged: "backup.altered" (fact file): it is not what its sidecar says; damage is not copied.
        Cancelled: nothing half is left either.
    """
    if not is_url(to) and to and Path(to).expanduser().absolute().resolve() == file.parent.resolve():
        raise BackupFailed("backup.copy_here", file=file.name)
    place = place_of(to)
    record = read_record(file.with_name(file.name + SUFFIX))
    try:
        run = _Run(place, file, size_of(file), ctx)
        run.copy_backup(record)
        if record is not None:
            run.copy_beside(record)
            record = _noted(record, file.parent, place.where(file.name))
    except OSError as error:  # of this side: the other's are told already
        raise BackupFailed("backup.unreadable", file=file.name, words=error.strerror or "") from error
    log.info("backup copied", extra={"size_bytes": run.total})
    return CopyMade(place.where(file.name), record, run.total)


@dataclass(slots=True)
class _Run:
    """One copy on its way."""

    place: Place
    file: Path
    total: int
    ctx: TaskContext
    done: dict[str, int] = field(default_factory=dict)

    def copy_backup(self, record: BackupRecord | None) -> None:
        """Copy the backup itself, unless it is there."""
        if self.place.exists(self.file.name):
            self._require_same(record)
            return
        aside = self.file.name if self.place.is_whole_at_once else self.file.name + PART
        is_good = False
        try:
            self.place.remove(aside)  # what a killed run has left
            written = {name: self._write(inner, f"{aside}{name}") for name, inner in self._files().items()}
            if record is not None and _digest(written) != record.sha256:
                raise BackupDamaged("backup.altered", file=self.file.name)
            for name, digest in written.items():
                self._require_written(f"{aside}{name}", self._files()[name].stat().st_size, digest)
            if aside != self.file.name:
                self.place.rename(aside, self.file.name)
            is_good = True
        finally:
            if not is_good:
                self._clear(aside)

    def copy_beside(self, record: BackupRecord) -> None:
        """Copy the file of roles and, last of all, the sidecar: where it is, all is."""
        name = record.globals_file
        if name and Path(name).name == name and (roles := self.file.with_name(name)).exists():
            self._put(name, roles.read_bytes())
        self._put(self.file.name + SUFFIX, sidecar_text(replace(record, copies=())).encode())

    def _files(self) -> Mapping[str, Path]:
        """Return the backup's files by what follows its own name: "" of a file, "/toc.dat" in a folder."""
        if not self.file.is_dir():
            return {"": self.file}
        return {f"/{each.relative_to(self.file).as_posix()}": each for each in files_of(self.file)}

    def _write(self, source: Path, name: str) -> str:
        found = hashlib.sha256()
        with source.open("rb") as reading, told(), self.place.open(name, "wb") as writing:
            while chunk := reading.read(_CHUNK):
                writing.write(chunk)
                found.update(chunk)
                self._report(COPYING, len(chunk))
            synced(writing)
        return found.hexdigest()

    def _require_written(self, name: str, size: int, digest: str) -> None:
        if self.place.size(name) != size or self._read(name) != digest:
            raise BackupFailed("backup.copy_differs", where=self.place.where(self.file.name))

    def _require_same(self, record: BackupRecord | None) -> None:
        """Have what is there already be this backup."""
        files = self._files()
        there = {name: self.place.exists(f"{self.file.name}{name}") for name in files}
        if not all(there.values()):
            raise BackupFailed("backup.copy_exists", where=self.place.where(self.file.name))
        found = {name: self._read(f"{self.file.name}{name}") for name in files}
        expected = record.sha256 if record is not None else _digest({name: _of(files[name]) for name in files})
        if _digest(found) != expected:
            raise BackupFailed("backup.copy_exists", where=self.place.where(self.file.name))

    def _read(self, name: str) -> str:
        with told(), self.place.open(name, "rb") as stream:
            return _hashed(stream, lambda size: self._report(CHECKING, size))

    def _put(self, name: str, content: bytes) -> None:
        """Write a small file anew."""
        aside = name if self.place.is_whole_at_once else name + PART
        with told(), self.place.open(aside, "wb") as stream:
            stream.write(content)
            synced(stream)
        if aside != name:
            self.place.remove(name)
            self.place.rename(aside, name)

    def _clear(self, name: str) -> None:
        try:
            self.place.remove(name)
        except BackupFailed:
            log.info("half a copy could not be removed")

    def _report(self, step: str, size: int) -> None:
        self.done[step] = self.done.get(step, 0) + size
        self.ctx.report(Progress(step, self.done[step], self.total, "bytes"))


def _digest(files: Mapping[str, str]) -> str:
    """Return the checksum of a backup by those of its files: see `backupfiles.checksum`."""
    if "" in files:
        return files[""]
    return hashlib.sha256("".join(f"{files[name]}  {name[1:]}\n" for name in files).encode()).hexdigest()


def _of(file: Path) -> str:
    with file.open("rb") as stream:
        return _hashed(stream, lambda _size: None)


def _hashed(stream: IO[bytes], report: Callable[[int], None]) -> str:
    found = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        found.update(chunk)
        report(len(chunk))
    return found.hexdigest()


def _noted(record: BackupRecord, folder: Path, where: str) -> BackupRecord:
    """Write into the original's sidecar where the copy is. It may have been proven meanwhile."""
    current = read_record(folder / (record.file + SUFFIX)) or record
    if where in current.copies:
        return current
    noted = replace(current, copies=(*current.copies, where))
    write_record(noted, folder)
    return noted
