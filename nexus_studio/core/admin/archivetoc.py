"""The table of contents of pg_dump's archives, read from the bytes themselves (PostgreSQL's pg_backup_archiver.c).

`pg_restore --list` writes names so that one with a space in it can't be told from two.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from nexus_studio.core.admin.encodings import codec_of

_MAGIC: Final = b"PGDMP"
_CUSTOM: Final = 1
_POSITION_SET: Final = 2
_OLDEST: Final = (1, 12)
_NEWEST: Final = (1, 16)
_COMPRESSION_BYTE: Final = (1, 15)
_TABLE_METHOD: Final = (1, 14)
_RELATION_KIND: Final = (1, 16)

# The oldest major version of pg_restore that reads a format.
_READ_BY: Final = {(1, 15): 16, (1, 16): 17}

_MOST_ENTRIES: Final = 50_000_000
_LONGEST: Final = 1 << 30

Take = Callable[[int], bytes]
"""Gives the next so many bytes, fewer at the end."""


class NotAnArchive(ValueError):
    """The bytes are no table of contents, or end before it does."""


class UnknownFormat(ValueError):
    """It is an archive, of a format that is not known here. The argument is its version, such as "1.17"."""


@dataclass(frozen=True, slots=True)
class TocEntry:
    """An entry. `definition` is its SQL; `offset` is where its data begins (custom), `file` in which it is (else).

    `has_data` tells whether it has any; `offset` is None where it has none or was written to what can't be sought in.
    `is_copied`: its data are rows for COPY, which end with a line of their own.
    """

    dump_id: int
    kind: str
    schema: str
    name: str
    owner: str
    definition: str
    depends: tuple[int, ...]
    has_data: bool
    offset: int | None = None
    file: str = ""
    is_copied: bool = False


@dataclass(frozen=True, slots=True)
class Toc:
    """A table of contents and what stands before it. `made_at` is None where it makes no sense.

    pg_dump writes its machine's wall clock without a zone; it is taken for UTC. `readable_from` is the lowest major
    version of pg_restore that reads it. `int_size` are the bytes of an integer, `end` is where the first data begins.
    """

    made_at: datetime | None
    database: str
    server_version: str
    tool_version: str
    entries: tuple[TocEntry, ...]
    format_version: str
    readable_from: int
    int_size: int
    end: int


def read_toc(take: Take) -> Toc:
    """Read a table of contents.

    Args:
        take: From the beginning of the archive, or of the folder's or tar's `toc.dat`.

    Raises:
        NotAnArchive: it is none, or it is cut off.
        UnknownFormat: of a version that is not known here.
    """
    reader = _Reader(take)
    if reader.raw(len(_MAGIC)) != _MAGIC:
        raise NotAnArchive("magic")
    version = (reader.byte(), reader.byte())
    reader.byte()  # the revision: the same format
    if not _OLDEST <= version <= _NEWEST:
        raise UnknownFormat(f"{version[0]}.{version[1]}")
    reader.int_size, reader.offset_size = reader.byte(), reader.byte()
    is_custom = reader.byte() == _CUSTOM
    if reader.int_size not in {2, 4, 8} or reader.offset_size not in {4, 8}:
        raise NotAnArchive("sizes")
    if version >= _COMPRESSION_BYTE:
        reader.byte()
    else:
        reader.integer()
    moment = [reader.integer() for _ in range(7)]
    database, server, tool = (reader.text() for _ in range(3))
    count = reader.integer()
    if not 0 <= count <= _MOST_ENTRIES:
        raise NotAnArchive("count")
    entries = tuple(_entry(reader, version, is_custom=is_custom) for _ in range(count))
    codec = codec_of(next((quoted(each.definition) for each in entries if each.kind == "ENCODING"), ""))
    if codec != "utf-8":
        database, entries = _read_as(codec, database), tuple(_in(codec, each) for each in entries)
    return Toc(
        made_at=_moment(moment),
        database=database,
        server_version=server.partition(" ")[0],
        tool_version=tool.partition(" ")[0],
        entries=entries,
        format_version=f"{version[0]}.{version[1]}",
        readable_from=_READ_BY.get(version, 0),
        int_size=reader.int_size,
        end=reader.taken,
    )


class _Reader:
    """Reads the archive's numbers and texts: an integer is a byte of sign and its bytes, the lowest first."""

    def __init__(self, take: Take) -> None:
        self.int_size = 4
        self.offset_size = 8
        self.taken = 0
        self._take = take

    def raw(self, size: int) -> bytes:
        found = self._take(size)
        self.taken += len(found)
        if len(found) != size:
            raise NotAnArchive("end")
        return found

    def byte(self) -> int:
        return self.raw(1)[0]

    def integer(self) -> int:
        found = self.raw(1 + self.int_size)
        value = int.from_bytes(found[1:], "little")
        return -value if found[0] else value

    def maybe_text(self) -> str | None:
        size = self.integer()
        if size < 0:
            return None
        if size > _LONGEST:
            raise NotAnArchive("length")
        return self.raw(size).decode("utf-8", "surrogateescape")

    def text(self) -> str:
        return self.maybe_text() or ""


def _entry(reader: _Reader, version: tuple[int, int], *, is_custom: bool) -> TocEntry:
    dump_id = reader.integer()
    had_dumper = reader.integer() != 0
    reader.text(), reader.text()  # the oid of its catalog, its own
    name, kind = reader.text(), reader.text()
    reader.integer()  # section
    definition = reader.text()
    reader.text()  # DROP
    is_copied = bool(reader.text())
    schema = reader.text()
    reader.text()  # tablespace
    if version >= _TABLE_METHOD:
        reader.text()
    if version >= _RELATION_KIND:
        reader.integer()
    owner = reader.text()
    reader.text()  # WITH OIDS
    depends = []
    while (each := reader.maybe_text()) is not None:
        if not each.isdecimal():
            raise NotAnArchive("dependency")
        depends.append(int(each))
    offset, file = None, ""
    if is_custom:
        state = reader.byte()
        place = int.from_bytes(reader.raw(reader.offset_size), "little")
        offset = place if state == _POSITION_SET else None
        has_data = had_dumper
    else:
        file = reader.text()
        has_data = bool(file)
    return TocEntry(dump_id, kind, schema, name, owner, definition, tuple(depends), has_data, offset, file, is_copied)


def quoted(definition: str) -> str:
    """Return what stands in the first quotes of a statement, "" where there are none."""
    return definition.split("'")[1] if definition.count("'") > 1 else ""


def _in(codec: str, entry: TocEntry) -> TocEntry:
    """Read an entry's texts as what they are: they are of the dump's encoding, which an entry among them names."""
    return replace(
        entry,
        schema=_read_as(codec, entry.schema),
        name=_read_as(codec, entry.name),
        owner=_read_as(codec, entry.owner),
        definition=_read_as(codec, entry.definition),
    )


def _read_as(codec: str, text: str) -> str:
    if text.isascii():
        return text
    given = text.encode("utf-8", "surrogateescape")
    try:
        return given.decode(codec)
    except UnicodeDecodeError:
        return text


def _moment(parts: list[int]) -> datetime | None:
    second, minute, hour, day, month, year, _ = parts
    try:
        seconds = calendar.timegm((year + 1900, month + 1, day, hour, minute, min(second, 59)))
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
