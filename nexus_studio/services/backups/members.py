"""The files of which a dump's folder consists: how large each table's is, and whether each is whole.

pg_restore takes a compressed file that is cut off for one with fewer rows, and says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.admin.archivetoc import Toc
from nexus_studio.core.errors import BackupDamaged
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backups.plaintext import chunks

_ROWS_END: Final = b"\\.\n\n\n"
_BLOBS: Final = frozenset({"BLOBS"})
_KINDS: Final = {".gz": ArchiveKind.PLAIN_GZIP, ".zst": ArchiveKind.PLAIN_ZSTD}
_SEALED: Final = ".lz4"
"""What can't be looked into here."""


def sizes_of(toc: Toc, file: Path, kind: ArchiveKind) -> Mapping[int, int]:
    """Return the bytes of each entry's data: by where the next one begins, or by their files.

    Raises:
        OSError: it can't be read.
    """
    if kind is ArchiveKind.CUSTOM:
        placed = sorted((each.offset, each.dump_id) for each in toc.entries if each.offset is not None)
        ends = [*(offset for offset, _ in placed), file.stat().st_size][1:]  # none where there are no rows
        return {dump_id: end - offset for (offset, dump_id), end in zip(placed, ends, strict=True)}
    if kind is ArchiveKind.DIRECTORY:
        there = {each.name: each.stat().st_size for each in file.iterdir()}
        return {each.dump_id: there.get(_there(each.file, there), 0) for each in toc.entries if each.file}
    return {}


def check_members(folder: Path, toc: Toc, ctx: TaskContext) -> None:
    """Read all files of a folder to their ends. Progress step "backup.checking" in bytes.

    Raises:
        BackupDamaged: "backup.truncated", "backup.altered" (facts file, words: the name of that one).
        BackupFailed: "backup.unreadable".
    """
    there = {each.name: each.stat().st_size for each in sorted(folder.iterdir()) if each.is_file()}
    total, done = sum(there.values()), 0

    def read(count: int) -> None:
        nonlocal done
        done += count
        ctx.report(Progress("backup.checking", done, total, "bytes"))

    copied = {_there(each.file, there) for each in toc.entries if each.file and each.is_copied}
    wanted = {each.file for each in toc.entries if each.file}
    for each in toc.entries:
        if each.file and each.kind in _BLOBS:
            wanted |= _blobs(folder, _there(each.file, there))
    for name in sorted(wanted):
        if not _there(name, there):
            raise BackupDamaged("backup.truncated", file=str(folder), words=name)
    for name in there:
        last = b""
        try:
            for chunk in chunks(folder / name, _KINDS.get(Path(name).suffix, ArchiveKind.PLAIN), read):
                last = (last + chunk)[-len(_ROWS_END) :]
        except BackupDamaged as error:
            raise BackupDamaged(error.code, file=str(folder), words=name) from error
        if name in copied and not name.endswith(_SEALED) and last != _ROWS_END:
            raise BackupDamaged("backup.truncated", file=str(folder), words=name)


def _there(name: str, there: Mapping[str, int]) -> str:
    """Return the name that a file has, compressed or not; "" where there is none."""
    return next((each for each in (name, f"{name}.gz", f"{name}.lz4", f"{name}.zst") if each in there), "")


def _blobs(folder: Path, listed: str) -> set[str]:
    """Return the files of large objects: a line for each with its number and its file."""
    if not listed or Path(listed).suffix in {*_KINDS, _SEALED}:
        return set()
    lines = b"".join(chunks(folder / listed, ArchiveKind.PLAIN)).decode("ascii", "replace").splitlines()
    return {line.partition(" ")[2] for line in lines if " " in line}
