"""The library: all backups in the folders of a person, and what is known of each. Nothing is restored or changed.

Ours have a sidecar; dumps of others are recognised by how they begin, and all other files are passed over.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord
from nexus_studio.core.admin.retention import LibraryEntry, Standing, standing_of
from nexus_studio.core.errors import BackupFailed
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backupfiles import PART, backup_root, read_record, size_of
from nexus_studio.services.backups.backupsettings import BackupSettings
from nexus_studio.services.backups.recognising import TABLE_OF_CONTENTS, kind_of_format, recognised
from nexus_studio.services.paths import Paths

STEP = "backup.listing"
"""The progress step; in files."""

DEEPEST = 4
"""How many folders below one of the library's are looked into."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found, newest first, and the folders and files that could not be read, each with the system's words."""

    entries: tuple[LibraryEntry, ...]
    unreadable: tuple[tuple[Path, str], ...] = ()


def folders(paths: Paths) -> tuple[Path, ...]:
    """Return the folders of the library: the program's own, then those that were added. Any may be gone.

    Raises:
        BackupFailed: "backup.settings_broken" (fact file).
    """
    return (backup_root(paths), *BackupSettings(paths).folders())


def add_folder(paths: Paths, folder: Path, *, must_exist: bool = True) -> tuple[Path, ...]:
    """Look for backups there too, and return all folders.

    Raises:
        BackupFailed: "backup.no_folder" (fact folder), "backup.settings_broken", "backup.settings_unwritable".
    """
    folder = folder.expanduser().absolute()
    if must_exist and not folder.is_dir():
        raise BackupFailed("backup.no_folder", folder=str(folder))
    if not any(_is_same(folder, each) for each in folders(paths)):
        settings = BackupSettings(paths)
        settings.set_folders((*settings.folders(), folder))
    return folders(paths)


def remove_folder(paths: Paths, folder: Path) -> tuple[Path, ...]:
    """Look there no more, and return all folders. What is in it stays, and the program's own folder too.

    Raises:
        BackupFailed: "backup.not_a_folder_of_ours" (fact folder), "backup.settings_broken", …
    """
    settings = BackupSettings(paths)
    wanted = folder.expanduser().absolute()
    kept = [each for each in settings.folders() if not _is_same(each, wanted)]
    if len(kept) == len(settings.folders()):
        raise BackupFailed("backup.not_a_folder_of_ours", folder=str(folder))
    settings.set_folders(kept)
    return folders(paths)


def entries(
    paths: Paths, where: Iterable[Path] | None, ctx: TaskContext, profile: ConnectionProfile | None = None
) -> tuple[LibraryEntry, ...]:
    """List the backups of some folders, newest first: see `listing`."""
    return listing(paths, where, ctx, profile).entries


def listing(
    paths: Paths, where: Iterable[Path] | None, ctx: TaskContext, profile: ConnectionProfile | None = None
) -> Listing:
    """List the backups of some folders.

    Args:
        paths: Whose library.
        where: The folders; None: all of the library.
        ctx: Told `STEP`.
        profile: Only of this database, and foreign ones, of which nobody knows.

    Raises:
        BackupFailed: "backup.settings_broken" (fact file).
    """
    walk = _Walk(ctx)
    for folder in folders(paths) if where is None else where:
        if folder.exists() or folder != backup_root(paths):
            walk.into(folder, 0)
    found = [
        each
        for each in walk.found
        if profile is None or each.is_foreign or (each.record is not None and each.record.is_of(profile))
    ]
    return Listing(tuple(sorted(found, key=lambda each: each.made_at, reverse=True)), tuple(walk.unreadable))


def entry_of(file: Path) -> LibraryEntry:
    """Return what is known of one file, with or without a sidecar.

    Raises:
        OSError: it can't be read.
    """
    record = read_record(file.with_name(file.name + SUFFIX))
    return _ours(file, record) if record is not None and record.file == file.name else _foreign(file, recognised(file))


class _Walk:
    """One look at folders, each looked into once."""

    def __init__(self, ctx: TaskContext) -> None:
        self.found: list[LibraryEntry] = []
        self.unreadable: list[tuple[Path, str]] = []
        self._ctx = ctx
        self._seen: set[Path] = set()
        self._files = 0

    def into(self, folder: Path, depth: int) -> None:
        """Look into a folder and those below it."""
        try:
            real = folder.resolve()
            if real in self._seen:
                return
            self._seen.add(real)
            with os.scandir(folder) as found:
                there = sorted(found, key=lambda each: each.name)
        except OSError as error:
            self.unreadable.append((folder, error.strerror or ""))
            return
        mine = self._with_sidecars(folder, there)
        for each in there:
            self._files += 1
            self._ctx.report(Progress(STEP, self._files, None, "files"))
            if each.name in mine or each.name.endswith(PART):
                continue
            try:
                self._look_at(Path(each.path), each, depth)
            except OSError as error:
                self.unreadable.append((Path(each.path), error.strerror or ""))

    def _look_at(self, file: Path, each: os.DirEntry[str], depth: int) -> None:
        if each.is_dir(follow_symlinks=False):
            if (kind := recognised(file)) is ArchiveKind.DIRECTORY:
                self.found.append(_foreign(file, kind))
            elif depth < DEEPEST and not each.name.startswith("."):
                self.into(file, depth + 1)
        elif each.is_file() and (kind := recognised(file)) is not ArchiveKind.UNKNOWN:
            self.found.append(_foreign(file, kind))

    def _with_sidecars(self, folder: Path, there: Sequence[os.DirEntry[str]]) -> set[str]:
        """Note the backups of a folder that have a sidecar, and return the names that belong to them."""
        names = {each.name for each in there}
        mine: set[str] = set()
        for name in names:
            if not name.endswith(SUFFIX):
                continue
            record = read_record(folder / name)
            if record is None or record.file + SUFFIX != name:
                continue
            mine |= {name, record.file, record.globals_file}
            try:
                self.found.append(_ours(folder / record.file, record))
            except OSError as error:
                self.unreadable.append((folder / record.file, error.strerror or ""))
        return mine


def _ours(file: Path, record: BackupRecord) -> LibraryEntry:
    size: int | None = None
    with suppress(FileNotFoundError):
        size = size_of(file)
    kind = kind_of_format(record.format, record.compression, record.encrypted)
    return LibraryEntry(file, record, kind, size or 0, record.made_at, standing_of(record, size))


def _foreign(file: Path, kind: ArchiveKind) -> LibraryEntry:
    written = (file / TABLE_OF_CONTENTS if kind is ArchiveKind.DIRECTORY else file).stat().st_mtime
    made_at = datetime.fromtimestamp(written, UTC)
    return LibraryEntry(file, None, kind, size_of(file), made_at, Standing.FOREIGN)


def _is_same(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return one.samefile(other)
    return one == other
