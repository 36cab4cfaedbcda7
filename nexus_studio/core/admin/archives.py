"""What a backup's file holds, where it is restored to, what came of it. Values, and how a kind is told by its head."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.resets import Others
from nexus_studio.core.names import RelationName


class ArchiveKind(Enum):
    """How a backup is written."""

    CUSTOM = "custom"
    DIRECTORY = "directory"
    TAR = "tar"
    PLAIN = "plain"
    PLAIN_GZIP = "plain+gzip"
    PLAIN_ZSTD = "plain+zstd"
    ENCRYPTED = "encrypted"
    UNKNOWN = "unknown"

    @property
    def is_archive(self) -> bool:
        """Whether pg_restore reads it, and it has a table of contents."""
        return self in {ArchiveKind.CUSTOM, ArchiveKind.DIRECTORY, ArchiveKind.TAR}

    @property
    def is_plain(self) -> bool:
        """Whether it is SQL text, compressed or not."""
        return self in {ArchiveKind.PLAIN, ArchiveKind.PLAIN_GZIP, ArchiveKind.PLAIN_ZSTD}

    @property
    def takes_jobs(self) -> bool:
        """Whether several jobs can restore it."""
        return self in {ArchiveKind.CUSTOM, ArchiveKind.DIRECTORY}


@dataclass(frozen=True, slots=True)
class ArchiveItem:
    """An entry of a table of contents: `kind` in pg_dump's words ("TABLE", "TABLE DATA", "FK CONSTRAINT").

    `schema` and `owner` are "" where it has none. `size_bytes` are those of its data in the archive, 0 where that is
    not known. `depends` are the dump ids of what must be there before it.
    """

    kind: str
    schema: str
    name: str
    owner: str
    dump_id: int
    size_bytes: int = 0
    depends: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchivePreview:
    """What is known of a file before it is restored.

    `record` is its sidecar's, None where there is none. `made_at`, `database`, `server_version`, `tool` and `encoding`
    are what the file says itself, else its sidecar; None and "" where neither does. `size_bytes` of a folder is the sum
    of its files. `extensions` and `roles` are what it names; `missing_…` those that the target server does not have
    (extensions: does not offer), where one was asked. `refused_for` is what it holds that is never run (a command of
    psql), where it is not restored for that. `warnings` are codes:

    - "archive.unverified": it has no sidecar, so only its own structure could be checked.
    - "archive.newer_server": it is of a server of a newer major version than the target.
    - "archive.newer_tool": it was written by a newer pg_dump than the target's version; it is restored as SQL text.
    - "archive.newer_format": no program here knows its format; its contents can't be listed.
    - "archive.drops_database", "archive.connects": it wants to drop, make or change databases, or to go to another
      one; it is run without that.
    - "archive.commands": it holds commands of psql or programs to run: it is not restored.
    - "archive.several_databases", "archive.cluster": it is of several databases, or of roles and tablespaces: it is
      not restored.
    - "archive.revision_differs": the migrations were others than those the target database has now.

    `stamp` tells whether the file is still the one of which all was read; "" where not all was. `is_brief`: `items` are
    not all there are, and of owners nothing is said.
    """

    file: str
    kind: ArchiveKind
    size_bytes: int
    record: BackupRecord | None = None
    made_at: datetime | None = None
    database: str = ""
    server_version: str = ""
    tool: str = ""
    encoding: str = ""
    items: tuple[ArchiveItem, ...] = ()
    schemas: tuple[str, ...] = ()
    tables: tuple[RelationName, ...] = ()
    extensions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    large_objects: bool = False
    revision: str = ""
    missing_extensions: tuple[str, ...] = ()
    missing_roles: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    refused_for: tuple[str, ...] = ()
    stamp: str = ""
    is_brief: bool = False


REFUSED: Final = {
    "archive.commands": "restore.commands",
    "archive.several_databases": "restore.several_databases",
    "archive.cluster": "restore.cluster",
}
"""Warnings of what is never restored, and the code of the error that says so."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What of an archive is restored; both empty: all of it."""

    schemas: tuple[str, ...] = ()
    tables: tuple[RelationName, ...] = ()

    @property
    def is_all(self) -> bool:
        """Whether nothing was chosen."""
        return not self.schemas and not self.tables


class RestoreInto(Enum):
    """Where a backup is restored to."""

    SWAP = "swap"
    """Into a new database, which then takes the name of the present one; that is kept under another name."""

    NEW = "new"
    """Into a new database that stays under its own name."""

    EMPTY = "empty"
    """Into a database that is there and holds nothing."""


@dataclass(frozen=True, slots=True)
class RestoreTarget:
    """Where a backup is restored to and how.

    `database` is a name on the session's server: of the new or the empty database; with SWAP the session's own, or "".
    `owners` and `privileges`: whether the archive's are restored. `jobs` count for custom and directory. `others` says
    what becomes of those who are connected to what is swapped.
    """

    into: RestoreInto
    database: str = ""
    selection: Selection = field(default_factory=Selection)
    owners: bool = True
    privileges: bool = True
    jobs: int = 1
    others: Others = Others.REFUSE

    @property
    def takes_all(self) -> bool:
        """Whether all of a backup goes into a new database, with owners and privileges."""
        is_new = self.into is not RestoreInto.EMPTY
        return is_new and self.selection.is_all and self.owners and self.privileges


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """What came of a restore. `kept_as` is the name of the database that was replaced, "" where none was.

    `tables` were loaded, `duration_s` is all it took. `warnings` are codes: the preview's, and "restore.left_out"
    (foreign keys to tables that were not chosen), "restore.needed" (more than was chosen, which that needs),
    "restore.not_analyzed" (the planner knows nothing of the tables yet: ANALYZE is still to be run).
    """

    database: str
    kept_as: str
    tables: int
    duration_s: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptDatabase:
    """A database that was replaced by a restore and is kept until it is dismissed. `of` is the name that it had."""

    name: str
    of: str
    kept_at: datetime
    size_bytes: int


HEAD_BYTES: Final = 4096
"""How much of a file tells its kind."""

_ARCHIVE: Final = b"PGDMP"
_GZIP: Final = b"\x1f\x8b\x08"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_TAR_AT: Final = 257
_PLAIN: Final = (b"-- PostgreSQL database dump", b"-- PostgreSQL database cluster dump")
_ENCRYPTED: Final = (
    b"age-encryption.org/v1",
    b"-----BEGIN AGE ENCRYPTED FILE-----",
    b"-----BEGIN PGP MESSAGE-----",
)
# The first byte of an OpenPGP message: a session key's packet, old and new format (RFC 9580, section 4.2).
_OPENPGP: Final = frozenset({0x84, 0x85, 0x86, 0x8C, 0x8D, 0xC1, 0xC3})
_OPENPGP_ENDINGS: Final = (".gpg", ".pgp")


def kind_of_head(head: bytes, name: str = "") -> ArchiveKind:
    """Tell a file's kind by its first `HEAD_BYTES`.

    What is compressed counts as SQL text: whoever reads on sees whether it is.

    Args:
        head: How it begins.
        name: Its name: binary OpenPGP has no mark of its own.
    """
    if head.startswith(_ARCHIVE):
        return ArchiveKind.CUSTOM
    if head.startswith(_GZIP):
        return ArchiveKind.PLAIN_GZIP
    if head.startswith(_ZSTD):
        return ArchiveKind.PLAIN_ZSTD
    if head.startswith(_ENCRYPTED) or (name.lower().endswith(_OPENPGP_ENDINGS) and head[:1] and head[0] in _OPENPGP):
        return ArchiveKind.ENCRYPTED
    if head[_TAR_AT : _TAR_AT + 5] == b"ustar" and head.startswith(b"toc.dat\0"):
        return ArchiveKind.TAR
    return ArchiveKind.PLAIN if is_dump_text(head) else ArchiveKind.UNKNOWN


def is_dump_text(head: bytes) -> bool:
    """Tell whether SQL text begins as pg_dump's or pg_dumpall's does."""
    return any(mark in head for mark in _PLAIN)
