"""What an archive's table of contents would have run, judged as plain dumps are: pg_restore runs whatever stands there.

Code that a dump defines (functions, triggers, DO) is not looked into: a dump is a program, whatever its format.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.archives import REFUSED, ArchiveKind
from nexus_studio.core.admin.archivetoc import TocEntry, UnknownFormat
from nexus_studio.core.admin.plaindump import PieceKind, Unreadable, pieces
from nexus_studio.core.admin.plainjudge import Judge, PlainOptions, Refused
from nexus_studio.core.errors import RestoreRefused
from nexus_studio.services.backups.archivefiles import toc_of

# Entries that pg_restore does not run unless it makes the database itself, and one that is no SQL.
_NOT_RUN: Final = frozenset({"DATABASE", "DATABASE PROPERTIES", "BLOB METADATA"})
_OF_ANYTHING: Final = frozenset({"ACL", "COMMENT", "SECURITY LABEL"})

# Words without which nothing is refused: most entries need no more than to be searched for them.
_SUSPICIOUS: Final = re.compile(
    r"\b(?:copy|role|user|group|tablespace|system|database|begin|start|commit|end|rollback|abort|savepoint|release"
    r"|prepare|standard_conforming_strings)\b",
    re.IGNORECASE,
)
_ENDINGS: Final = ("", ".gz", ".lz4", ".zst")
_WORK: Final = re.compile(rb"(?:begin|start|commit|end)\b", re.IGNORECASE)


def require_harmless(file: Path, kind: ArchiveKind) -> None:
    """See that no entry of an archive reaches beyond its database, or ends the transaction that it is restored in.

    Nor may an entry's rows be taken from a file that is not the folder's own.

    Raises:
        RestoreRefused: "restore.commands", "restore.cluster" (facts file, names).
        BackupDamaged, BackupFailed: as `archivefiles.toc_of`.
    """
    if not kind.is_archive:
        return
    try:
        entries = toc_of(file, kind).entries
    except UnknownFormat:
        return
    for each in entries:
        if each.file and _is_elsewhere(file, each.file):
            raise RestoreRefused("restore.commands", file=str(file), names=(each.file,))
        if _is_run(each) and _SUSPICIOUS.search(each.definition):
            _require_harmless(each.definition, file)


def _is_elsewhere(folder: Path, name: str) -> bool:
    """Tell whether an entry's file is not in the folder of its archive."""
    is_path = Path(name).name != name or "\\" in name
    return is_path or any((folder / f"{name}{ending}").is_symlink() for ending in _ENDINGS)


def _is_run(entry: TocEntry) -> bool:
    is_of_the_database = entry.kind in _OF_ANYTHING and entry.name.startswith("DATABASE ")
    return entry.kind not in _NOT_RUN and not is_of_the_database


def _require_harmless(definition: str, file: Path) -> None:
    judge = Judge(PlainOptions())
    try:
        for piece in pieces([definition.encode("utf-8", "surrogateescape"), b"\n;"]):
            if piece.kind is not PieceKind.STATEMENT:
                continue
            judge.judged(piece)
            if judge.warnings or _WORK.match(piece.body):
                raise RestoreRefused("restore.commands", file=str(file), names=(_begin_of(piece.body),))
    except Refused as error:
        raise RestoreRefused(REFUSED[error.code], file=str(file), names=(error.named,)) from error
    except Unreadable:  # what the server can't read either, it refuses
        return


def _begin_of(statement: bytes) -> str:
    return " ".join(statement[:40].decode("utf-8", "replace").split()[:2])
