"""A backup's file opened: what kind it is, its table of contents, and the pg_restore that reads it."""

from __future__ import annotations

import errno
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from nexus_studio.core.admin.archives import HEAD_BYTES, ArchiveItem, ArchiveKind, kind_of_head
from nexus_studio.core.admin.archivetoc import NotAnArchive, Toc, read_toc
from nexus_studio.core.errors import BackupDamaged, BackupFailed, ToolMissing
from nexus_studio.services.backups.members import sizes_of
from nexus_studio.services.tools import find_tool

TOC: Final = "toc.dat"
"""The file with the table of contents, in a folder and in a tar."""


@contextmanager
def readable(file: Path) -> Iterator[None]:
    """Say of a file that can't be read in the block: BackupFailed "backup.unreadable" (facts file, words)."""
    try:
        yield
    except OSError as error:
        raise BackupFailed("backup.unreadable", file=str(file), words=error.strerror or "") from error


def require_end(file: Path) -> None:
    """Refuse what may never end: a pipe, a device.

    Raises:
        OSError: it is that, or can't be read.
    """
    for each in (file, file / TOC):
        if each.exists() and not each.is_file() and not each.is_dir():
            raise OSError(errno.EINVAL, "It is no file")
    file.stat()


def kind_of(file: Path) -> ArchiveKind:
    """Tell a file's kind by how it begins.

    Raises:
        OSError: it can't be read.
    """
    if file.is_dir():
        if not (file / TOC).exists():
            return ArchiveKind.UNKNOWN
        with (file / TOC).open("rb") as stream:
            is_archive = kind_of_head(stream.read(HEAD_BYTES)) is ArchiveKind.CUSTOM
        return ArchiveKind.DIRECTORY if is_archive else ArchiveKind.UNKNOWN
    with file.open("rb") as stream:
        return kind_of_head(stream.read(HEAD_BYTES), file.name)


def toc_of(file: Path, kind: ArchiveKind) -> Toc:
    """Read the table of contents of an archive.

    Raises:
        BackupDamaged: "backup.truncated".
        BackupFailed: "backup.unreadable".
        UnknownFormat: it is of a version that is not known here.
    """
    with readable(file):
        try:
            with _toc_stream(file, kind) as stream:
                return read_toc(stream.read)
        except (NotAnArchive, tarfile.TarError, KeyError, EOFError) as error:
            raise BackupDamaged("backup.truncated", file=str(file)) from error


def items_of(toc: Toc, file: Path, kind: ArchiveKind) -> tuple[ArchiveItem, ...]:
    """Return a table of contents with the bytes that each entry's data has in the archive."""
    sizes = sizes_of(toc, file, kind)
    return tuple(
        ArchiveItem(
            each.kind, each.schema, each.name, each.owner, each.dump_id, sizes.get(each.dump_id, 0), each.depends
        )
        for each in toc.entries
    )


def restore_program(toc: Toc | None) -> Path:
    """Return a pg_restore that reads an archive: of the version that wrote it, else of any that reads its format.

    Raises:
        ToolMissing: none does.
    """
    if toc is None:
        return find_tool("pg_restore", 0)
    try:
        return find_tool("pg_restore", max(major_of(toc.tool_version), toc.readable_from) * 10_000)
    except ToolMissing:
        return find_tool("pg_restore", toc.readable_from * 10_000)


@contextmanager
def _toc_stream(file: Path, kind: ArchiveKind) -> Iterator[IO[bytes]]:
    if kind is ArchiveKind.TAR:
        with tarfile.open(file, "r:") as tar:
            # the last one too: pg_restore never ends on a tar that does so too early
            is_whole = all(each.offset_data + each.size <= file.stat().st_size for each in tar)
            stream = tar.extractfile(TOC) if is_whole else None
            if stream is None:
                raise NotAnArchive(TOC)
            yield stream
    else:
        with (file / TOC if kind is ArchiveKind.DIRECTORY else file).open("rb") as stream:
            yield stream


def major_of(version: str) -> int:
    """Return the major version of a version such as "16.4" or "18beta1"; 0 where there is none."""
    digits = ""
    for letter in version:
        if not letter.isdecimal():
            break
        digits += letter
    return int(digits or 0)
