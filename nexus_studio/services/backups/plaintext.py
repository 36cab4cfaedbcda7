"""Plain dumps read as a stream, compressed or not: what they hold, whether they are whole, and what of them is run.

Nothing of a dump is kept in memory but single statements.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.archiveroles import roles_named
from nexus_studio.core.admin.archives import HEAD_BYTES, REFUSED, ArchiveItem, ArchiveKind, is_dump_text
from nexus_studio.core.admin.encodings import codec_of
from nexus_studio.core.admin.plaindump import Piece, PieceKind, Unreadable, pieces
from nexus_studio.core.admin.plainjudge import Judge, PlainOptions, Refused
from nexus_studio.core.errors import BackupDamaged, BackupFailed, RestoreRefused
from nexus_studio.services.backups.zstd import ZstdDecompressor, ZstdError

_READ: Final = 1 << 18
_MOST: Final = 1 << 20
"""Bytes that decompressing gives at once."""

_HEAD_PIECES: Final = 1000

# What pg_dump says of each thing it writes. Line breaks in names are spaces there.
_THING: Final = re.compile(
    r"^-- (?:Data for )?Name: (?P<name>.*); Type: (?P<kind>[A-Z][A-Z ]*); Schema: (?P<schema>.*); Owner: (?P<owner>.*?)"
    r"(?:; Tablespace: .*)?$",
    re.MULTILINE,
)
_SERVER: Final = re.compile(r"^-- Dumped from database version (\S+)", re.MULTILINE)
_TOOL: Final = re.compile(r"^-- Dumped by (pg_dump|pg_dumpall) version (\S+)", re.MULTILINE)
_ENCODING: Final = re.compile(rb"SET client_encoding = '([^']+)'")
_COMPLETE: Final = (b"-- PostgreSQL database dump complete", b"-- PostgreSQL database cluster dump complete")
_COMMENT: Final = b"--"

Read = Callable[[int], None]
"""Is told how many bytes of the file were read just now."""


@dataclass(slots=True)
class Survey:
    """What was found in a plain dump. `refused` is a warning's code where it must not be run, `named` what it was for.

    `items` have no ids and no dependencies. `size_bytes` are those of the text.
    """

    items: list[ArchiveItem] = field(default_factory=list)
    roles: dict[str, None] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    refused: str = ""
    named: str = ""
    server_version: str = ""
    tool: str = ""
    encoding: str = ""
    is_complete: bool = False
    has_large_objects: bool = False
    size_bytes: int = 0


def chunks(file: Path, kind: ArchiveKind, read: Read | None = None) -> Iterator[bytes]:
    """Read a plain dump's text.

    Raises:
        BackupFailed: "backup.unreadable" (facts file, words).
        BackupDamaged: "backup.truncated", "backup.altered" (fact file): what it is compressed with says so.
    """
    unpack = {ArchiveKind.PLAIN_GZIP: _gunzipped, ArchiveKind.PLAIN_ZSTD: _unzstd}.get(kind)
    raw = _raw(file, read)
    try:
        yield from (raw if unpack is None else unpack(raw, file))
    except (zlib.error, ZstdError) as error:
        raise BackupDamaged("backup.altered", file=str(file)) from error


def survey(file: Path, kind: ArchiveKind, read: Read | None = None) -> Survey:
    """Read a plain dump to its end and say what is in it. Nothing is run.

    Raises:
        BackupFailed: "backup.unreadable".
        BackupDamaged: "backup.no_dump", "backup.truncated", "backup.altered" (facts file, words).
    """
    found, judge = Survey(), Judge(PlainOptions())
    try:
        for piece in pieces(_counted(chunks(file, kind, read), file, found)):
            _note(piece, found)
            if not found.refused:
                _judge(piece, judge, found)
    except Unreadable as error:
        raise _unreadable(error, file) from error
    if not found.is_complete:
        raise BackupDamaged("backup.truncated", file=str(file))
    found.warnings = (*judge.warnings, *([found.refused] if found.refused else ()))
    return found


def head(file: Path, kind: ArchiveKind) -> Survey:
    """Say what the beginning of a plain dump tells, without reading the rest.

    Raises:
        BackupFailed, BackupDamaged: as `survey`, by what is read.
    """
    found = Survey()
    first = islice(_counted(chunks(file, kind), file, found), 1)
    with suppress(Unreadable):
        for piece in islice(pieces(first), _HEAD_PIECES):
            _note(piece, found)
    if not found.size_bytes:
        raise BackupDamaged("backup.no_dump", file=str(file))
    return found


def runnable(
    file: Path,
    kind: ArchiveKind,
    options: PlainOptions,
    read: Read | None = None,
    begun: Callable[[], None] | None = None,
) -> Iterator[bytes]:
    """Yield what of a plain dump is run, for psql.

    Args:
        file: The dump.
        kind: What it is compressed with.
        options: What is left out.
        read: Is told of what was read of the file.
        begun: Is called when the rows of a table begin.

    Raises:
        RestoreRefused: "restore.commands", "restore.several_databases", "restore.cluster" (facts file, names).
        BackupFailed, BackupDamaged: as `survey`.
    """
    found = Survey()
    yield from judged(pieces(_counted(chunks(file, kind, read), file, found)), options, file, begun, found)
    if not found.is_complete:
        raise BackupDamaged("backup.truncated", file=str(file))


def judged(
    found: Iterator[Piece],
    options: PlainOptions,
    file: Path,
    begun: Callable[[], None] | None = None,
    seen: Survey | None = None,
) -> Iterator[bytes]:
    """Yield what of a dump's pieces is run. Errors are those of `runnable`."""
    judge, former = Judge(options), PieceKind.REST
    try:
        for piece in found:
            if seen is not None and piece.kind is not PieceKind.ROWS:
                _note_end(piece, seen)
            text = judge.judged(piece)
            if text:  # a line of its own; what is behind a COPY in its line is the first of its rows
                yield text if piece.kind is PieceKind.ROWS else b"\n" + text
            if begun is not None and piece.kind is PieceKind.ROWS and former is not PieceKind.ROWS:
                begun()
            former = piece.kind
    except Refused as error:
        raise RestoreRefused(REFUSED[error.code], file=str(file), names=(error.named,)) from error
    except Unreadable as error:
        raise _unreadable(error, file) from error


def _judge(piece: Piece, judge: Judge, found: Survey) -> None:
    try:
        judge.judged(piece)
    except Refused as error:
        found.refused, found.named = error.code, error.named


def _note(piece: Piece, found: Survey) -> None:
    """Note what a piece and pg_dump's comments before it say."""
    if piece.kind is PieceKind.ROWS:
        return
    _note_end(piece, found)
    space = piece.text if piece.kind is PieceKind.REST else piece.text[: piece.begins]
    if _COMMENT in space:
        said = space.decode(codec_of(found.encoding), "replace").replace("\r\n", "\n")
        found.items += [_item(each) for each in _THING.finditer(said)]
        if not found.server_version and (server := _SERVER.search(said)):
            found.server_version = server.group(1)
        if not found.tool and (tool := _TOOL.search(said)):
            found.tool = " ".join(tool.groups())
    body = piece.body
    if not found.encoding and (encoding := _ENCODING.match(body)):
        found.encoding = encoding.group(1).decode("ascii", "replace")
    if b"lo_create" in body[:200] or b"lo_open" in body[:200]:
        found.has_large_objects = True
    if body[:1] in {b"A", b"G", b"R", b"S", b"C"} and piece.kind is PieceKind.STATEMENT:
        found.roles.update(dict.fromkeys(roles_named(body.decode(codec_of(found.encoding), "replace"))))


def _note_end(piece: Piece, found: Survey) -> None:
    space = piece.text if piece.kind is PieceKind.REST else piece.text[: piece.begins]
    if any(mark in space for mark in _COMPLETE):
        found.is_complete = True
    if piece.kind is PieceKind.STATEMENT:
        found.is_complete = False


def _item(found: re.Match[str]) -> ArchiveItem:
    schema, owner = ("" if found[name] == "-" else found[name] for name in ("schema", "owner"))
    return ArchiveItem(found["kind"], schema, found["name"], owner, 0)


def _counted(given: Iterator[bytes], file: Path, found: Survey) -> Iterator[bytes]:
    """Count a dump's bytes; raise BackupDamaged "backup.no_dump" where the first of them are not those of one."""
    for chunk in given:
        if not found.size_bytes and not is_dump_text(chunk[:HEAD_BYTES]):
            raise BackupDamaged("backup.no_dump", file=str(file))
        found.size_bytes += len(chunk)
        yield chunk


def _unreadable(error: Unreadable, file: Path) -> BackupDamaged | RestoreRefused:
    """Say what it means that a dump can't be cut: it ends too early, or it does what no dump does."""
    reason = str(error.args[0])
    if reason == "open":
        return BackupDamaged("backup.truncated", file=str(file))
    named = {"command": str(error.args[-1]), "line": "COPY"}.get(reason, reason)
    return RestoreRefused("restore.commands", file=str(file), names=(named,))


def _raw(file: Path, read: Read | None) -> Iterator[bytes]:
    try:
        with file.open("rb") as stream:
            while chunk := stream.read(_READ):
                if read is not None:
                    read(len(chunk))
                yield chunk
    except OSError as error:
        raise BackupFailed("backup.unreadable", file=str(file), words=error.strerror or "") from error


def _gunzipped(raw: Iterator[bytes], file: Path) -> Iterator[bytes]:
    """Unpack gzip, also several members one behind another."""
    member = zlib.decompressobj(wbits=31)
    is_begun = False
    for chunk in raw:
        rest = chunk
        while rest:
            if member.eof:
                member, is_begun = zlib.decompressobj(wbits=31), False
            if not is_begun:
                rest = rest.lstrip(b"\0")  # what tapes and some programs fill up with
                is_begun = bool(rest)
            if not is_begun:
                break
            if unpacked := member.decompress(rest, _MOST):
                yield unpacked
            rest = member.unused_data if member.eof else member.unconsumed_tail
    if is_begun and not member.eof:
        raise BackupDamaged("backup.truncated", file=str(file))


def _unzstd(raw: Iterator[bytes], file: Path) -> Iterator[bytes]:
    """Unpack Zstandard, also several frames one behind another."""
    frame = ZstdDecompressor()
    is_begun = False
    for chunk in raw:
        rest = chunk
        while rest or not (frame.eof or frame.needs_input):
            if frame.eof:
                frame = ZstdDecompressor()
            is_begun = True
            if unpacked := frame.decompress(rest, _MOST):
                yield unpacked
            rest = frame.unused_data if frame.eof else b""
    if is_begun and not frame.eof:
        raise BackupDamaged("backup.truncated", file=str(file))
