"""Names of backups in a folder: found free, held while one is written, given when it is whole. None is written over."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from secrets import token_hex
from typing import Final

from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord, file_name
from nexus_studio.core.admin.backups import DEFAULT_PLAIN_NAME, BackupFormat, BackupSpec, ending_of
from nexus_studio.core.errors import BackupFailed
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.backupfiles import PART, give_name, sync, write_record
from nexus_studio.services.backups.leftovers import GLOBALS, remove_leftovers
from nexus_studio.services.partlocks import at_work, remove

_LONGEST: Final = 200
_TAKEN: Final = ("", SUFFIX, GLOBALS, GLOBALS + PART, ".age", ".gpg")  # the last two: it may be encrypted


class Place:
    """A name that is held in a folder for a backup: `part` is written, and becomes `file` by `publish`.

    Args:
        folder: Where; it exists.
        names: Tried one after the other.
        is_folder: The backup is one.

    Raises:
        BackupFailed: "backup.exists" (fact file): none of them is free.
        OSError: nothing can be written there.
    """

    def __init__(self, folder: Path, names: Iterator[str], *, is_folder: bool) -> None:
        self._folder = folder
        self._names = names
        self._is_folder = is_folder
        self._published: list[Path] = []
        self.file = self._hold()

    @property
    def part(self) -> Path:
        """Where it is written."""
        return self.file.with_name(self.file.name + PART)

    @property
    def globals_part(self) -> Path:
        """Where roles are written."""
        return self.file.with_name(self.file.name + GLOBALS + PART)

    def publish(self, record: BackupRecord) -> BackupRecord:
        """Bring all to the disk and give it its names: the sidecar's before the backup's. Return what is said of it.

        Raises:
            OSError: it can't be.
            BackupFailed: "backup.exists" (fact file): somebody has made a file of that name meanwhile.
        """
        sync(self.part)
        while True:
            try:
                return self._give_names(record)
            except FileExistsError:
                self._take_names_back()
                part, roles = self.part, self.globals_part
                self.file = self._hold()
                remove(self.part)
                part.rename(self.part)
                if roles.exists():
                    roles.rename(self.globals_part)

    def clear(self) -> None:
        """Remove what was not published."""
        self._take_names_back()
        remove(self.part)
        remove(self.globals_part)

    def _give_names(self, record: BackupRecord) -> BackupRecord:
        globals_file = ""
        if self.globals_part.exists():
            globals_file = self.file.name + GLOBALS
            give_name(self.globals_part, self.file.with_name(globals_file))
            self._published.append(self.file.with_name(globals_file))
        named = replace(record, file=self.file.name, globals_file=globals_file)
        self._published.append(self.file.with_name(self.file.name + SUFFIX))
        write_record(named, self._folder)
        give_name(self.part, self.file)
        self._published.clear()
        return named

    def _take_names_back(self) -> None:
        for each in self._published:
            if each.name.endswith(GLOBALS):
                with suppress(OSError):
                    each.rename(self.globals_part)
                    continue
            remove(each)
        self._published.clear()

    def _hold(self) -> Path:
        tried = ""
        for tried in self._names:
            file = self._folder / tried
            if any(os.path.lexists(f"{file}{suffix}") for suffix in _TAKEN):
                continue
            part = file.with_name(tried + PART)
            with suppress(FileExistsError):
                if self._is_folder:
                    part.mkdir(mode=0o700)
                else:
                    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                return file
        raise BackupFailed("backup.exists", file=str(self._folder / tried))


@contextmanager
def held(folder: Path, names: Iterator[str], *, is_folder: bool) -> Iterator[Place]:
    """Hold a name for the length of the block; what is not published in it leaves nothing behind.

    Raises:
        BackupFailed: "backup.exists" (fact file), "backup.unwritable" (facts folder, words), "backup.disk_full" (facts
            folder, free): what the system says of files in the block.
    """
    place: Place | None = None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        remove_leftovers(folder)
        place = Place(folder, names, is_folder=is_folder)
        with at_work(place.part):
            yield place
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise BackupFailed("backup.disk_full", folder=str(folder), free=0) from error
        raise BackupFailed("backup.unwritable", folder=str(folder), words=error.strerror or "") from error
    finally:
        if place is not None:
            place.clear()


def names_of(profile: ConnectionProfile, spec: BackupSpec, made_at: datetime, name: str) -> Iterator[str]:
    """Return the names a backup may have, the first one first; one that was asked for is the only one.

    Raises:
        BackupFailed: "backup.name" (fact name): it is none for a file.
    """
    ending = ending_of(spec)
    if name:
        return iter((_asked_for(name, ending),))
    if spec.format is BackupFormat.PLAIN:
        stem = made_at.astimezone().strftime(DEFAULT_PLAIN_NAME).removesuffix(".sql")
        return (f"{stem}.{ending}" if number == 1 else f"{stem}_{number}.{ending}" for number in count(1))
    return (file_name(profile, made_at, spec.reason, token_hex(2), ending) for _ in count())


def _asked_for(name: str, ending: str) -> str:
    stem = name
    for each in (f".{ending}", ".sql" if ending.startswith("sql") else f".{ending}"):
        stem = stem.removesuffix(each)
    is_odd = not stem or stem.startswith(".") or len(name) > _LONGEST or not name.isprintable()
    if is_odd or any(each in name for each in '/\\:*?"<>|'):
        raise BackupFailed("backup.name", name=name)
    return f"{stem}.{ending}"
