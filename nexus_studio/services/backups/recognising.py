"""What a file in somebody's folder is: cheaply, by how it begins. Whether it is whole, `archives.look` finds out."""

from __future__ import annotations

import zlib
from contextlib import suppress
from pathlib import Path

from nexus_studio.core.admin.archives import HEAD_BYTES, ArchiveKind, is_dump_text, kind_of_head
from nexus_studio.services.backups.zstd import ZstdDecompressor, ZstdError

TABLE_OF_CONTENTS = "toc.dat"
"""What is in a folder that pg_dump has written."""

_GZIP_WINDOW = 31  # a window of 32 KiB, in a gzip file (zlib's manual, inflateInit2)
_ENCRYPTED_ENDINGS = (".age", ".gpg", ".pgp", ".asc")
_DUMP_ENDINGS = (".dump", ".sql", ".sql.gz", ".sql.zst", ".backup", ".bak", ".tar", ".dmp", ".pgdump")


def recognised(file: Path) -> ArchiveKind:
    """Return a dump's kind, UNKNOWN of anything else: a few thousand bytes are read.

    What is compressed must begin as a dump's text does. What is encrypted can't be looked into: it counts where its
    name was a dump's.

    Raises:
        OSError: it can't be read.
    """
    if file.is_dir():
        table = file / TABLE_OF_CONTENTS
        with suppress(FileNotFoundError, NotADirectoryError):
            return ArchiveKind.DIRECTORY if _head(table).startswith(b"PGDMP") else ArchiveKind.UNKNOWN
        return ArchiveKind.UNKNOWN
    head = _head(file)
    kind = kind_of_head(head, file.name)
    if kind in {ArchiveKind.PLAIN_GZIP, ArchiveKind.PLAIN_ZSTD}:
        return kind if is_dump_text(_unpacked(head, kind)) else ArchiveKind.UNKNOWN
    if kind is ArchiveKind.ENCRYPTED and not _named_as_dump(file.name):
        return ArchiveKind.UNKNOWN
    return kind


def kind_of(file: Path) -> ArchiveKind:
    """Return a file's kind by its first bytes alone, whatever it is called: UNKNOWN of a folder.

    Raises:
        OSError: it can't be read.
    """
    return ArchiveKind.UNKNOWN if file.is_dir() else kind_of_head(_head(file), file.name)


def kind_of_format(dump_format: str, compression: str, encrypted: str) -> ArchiveKind:
    """Return the kind of a backup by what its sidecar says of it."""
    if encrypted:
        return ArchiveKind.ENCRYPTED
    if dump_format == "plain":
        return {"gzip": ArchiveKind.PLAIN_GZIP, "zstd": ArchiveKind.PLAIN_ZSTD}.get(compression, ArchiveKind.PLAIN)
    with suppress(ValueError):
        return ArchiveKind(dump_format)
    return ArchiveKind.UNKNOWN


def _head(file: Path) -> bytes:
    if not file.is_file() and file.exists():  # a pipe has no beginning, and reading it may never end
        return b""
    with file.open("rb") as stream:
        return stream.read(HEAD_BYTES)


def _unpacked(head: bytes, kind: ArchiveKind) -> bytes:
    """Return how something compressed begins; b"" where it is broken."""
    with suppress(zlib.error, ZstdError, EOFError):
        if kind is ArchiveKind.PLAIN_GZIP:
            return zlib.decompressobj(_GZIP_WINDOW).decompress(head, HEAD_BYTES)
        return ZstdDecompressor().decompress(head, HEAD_BYTES)
    return b""


def _named_as_dump(name: str) -> bool:
    plain = name.lower()
    for ending in _ENCRYPTED_ENDINGS:
        plain = plain.removesuffix(ending)
    return plain.endswith(_DUMP_ENDINGS)
