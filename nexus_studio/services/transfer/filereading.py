"""Files that rows are imported from: opened, unpacked, decoded; what they are, their first rows, all their records."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO, Final

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.transfer import (
    ENCODINGS,
    IMPORTED,
    TABS,
    UTF8,
    FileFormat,
    Packing,
    TextStyle,
    check_style,
    kind_of,
)
from nexus_studio.core.data.transfercells import Record, Splitter
from nexus_studio.core.data.transferdetect import DELIMITERS, encoding_of, is_header, style_of
from nexus_studio.core.data.transferjson import cell_of, object_of
from nexus_studio.core.data.transferkeeping import MOST_CHARACTERS, MOST_KEPT
from nexus_studio.core.data.transferplan import Preview, Source, Wishes
from nexus_studio.core.errors import TransferRefused
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import PgType
from nexus_studio.services.backups.zstd import ZstdError, ZstdFile

PREVIEWED: Final = 100
_SAMPLE: Final = 256 << 10
_KEYS_FROM: Final = 1000
"""Lines of JSON whose names make up the columns."""
_BLOCK: Final = 128 << 10
_READ_ENCODINGS: Final = {*ENCODINGS, "utf-16-le", "utf-16-be", "utf-16"}

Told = Callable[[int], None]
"""Called with the octets of the file that were read so far, as it has them."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that is being read: `octets` unpacked, `place` how far it was read, as it is on the disk."""

    octets: IO[bytes]
    raw: BinaryIO

    @property
    def place(self) -> int:
        """How many octets of the file were read."""
        return self.raw.tell()


@contextmanager
def opened(path: Path, packing: Packing) -> Iterator[OpenFile]:
    """Open a file and unpack it on the way.

    Raises:
        TransferRefused: "transfer.file_missing", "transfer.unreadable" (words), "transfer.damaged": not packed so, or
            cut off.
    """
    try:
        with path.open("rb") as raw:
            octets: IO[bytes] = raw
            if packing is Packing.GZIP:
                octets = gzip.GzipFile(fileobj=raw)  # type: ignore[assignment]
            elif packing is Packing.ZSTD:
                octets = ZstdFile(raw)  # type: ignore[assignment]
            yield OpenFile(octets, raw)
    except FileNotFoundError:
        raise TransferRefused("transfer.file_missing", file=str(path)) from None
    except (gzip.BadGzipFile, zlib.error, EOFError, ZstdError) as error:
        raise TransferRefused("transfer.damaged", file=path.name) from error
    except OSError as error:
        raise TransferRefused("transfer.unreadable", file=str(path), words=error.strerror or "") from error


def look(path: Path, wishes: Wishes, relation: Relation | None = None) -> Preview:
    """Find out how a file is read, where nobody has said so, and read its first rows.

    Raises:
        TransferRefused: as `opened`; "transfer.kind_unknown", "transfer.empty", "transfer.style" (field), "transfer.
            no_sheet" (name, columns: those that are there), "transfer.not_json" (line).
    """
    form, packing = kind_of(path.name)
    form = wishes.format or form or FileFormat.CSV
    if form not in IMPORTED:
        raise TransferRefused("transfer.kind_unknown", file=path.name, format=form.value)
    names = [*wishes.maps, *((column.name for column in relation.columns) if relation is not None else ())]
    if form is FileFormat.EXCEL:
        source = _workbook(path, wishes, names)
    else:
        with opened(path, packing) as file:
            sample = file.octets.read(_SAMPLE)
        if form.is_table:
            source = _table(form, packing, sample, wishes, names)
        else:
            source = _documents(path, packing, sample, wishes)
    rows = tuple(record.cells for record in islice(records(path, source, {}), PREVIEWED) if not record.problem)
    return Preview(source, rows, path.stat().st_size, lines_to_keep(path, source))


def lines_to_keep(path: Path, source: Source) -> int | None:
    """Count the lines of a file; None where there are more, or longer ones, than a history keeps.

    Raises:
        TransferRefused: as `opened`.
    """
    number = characters = 0
    for number, record in enumerate(records(path, source, {}), 1):
        characters += sum(map(len, filter(None, record.cells)))
        if number > MOST_KEPT or characters > MOST_CHARACTERS:
            return None
    return number


def records(path: Path, source: Source, types: dict[str, PgType], told: Told = lambda _place: None) -> Iterator[Record]:
    """Yield the records of a file behind its header, with the lines they begin in. Cells are as wide as the header.

    Lines that are none are yielded too, with their problem: "transfer.width", "transfer.open_quote", "transfer.nul",
    "transfer.not_text", "transfer.not_json", "transfer.other_key".

    Args:
        path: The file.
        source: How it is read.
        types: Of the columns it goes to, by the file's names: how lists and documents of JSON are written.
        told: Hears from time to time how far it is.
    """
    if source.format is FileFormat.EXCEL:
        yield from _workbook_records(path, source)
        return
    with opened(path, source.packing) as file, _lines(file, source, told) as lines:
        if source.format.is_table:
            yield from _table_records(lines, source)
        else:
            yield from _json_records(lines, source, types)


def utf8_blocks(path: Path, source: Source, told: Told) -> Iterator[bytes]:
    """Yield the text of a file in UTF-8, the mark in front left out.

    Raises:
        UnicodeDecodeError: where it is not in its encoding. UTF-8 is left to the server.
    """
    decoder = None if source.style.encoding == UTF8 else codecs.getincrementaldecoder(source.style.encoding)()
    with opened(path, source.packing) as file:
        file.octets.read(source.mark)
        while block := file.octets.read(_BLOCK):
            told(file.place)
            yield block if decoder is None else decoder.decode(block).encode()
        if decoder is not None:
            decoder.decode(b"", final=True)


def _table(form: FileFormat, packing: Packing, sample: bytes, wishes: Wishes, names: list[str]) -> Source:
    found, mark = encoding_of(sample)
    encoding = wishes.encoding or found
    if encoding not in _READ_ENCODINGS:
        raise TransferRefused("transfer.style", field="encoding")
    if wishes.encoding and not found.startswith(wishes.encoding):
        mark = 0
    if encoding == "utf-16":
        encoding = found if found.startswith("utf-16") else "utf-16-le"
    text = sample[mark:].decode(encoding, "replace")
    if len(sample) == _SAMPLE and "\n" in text:
        text = text[: text.rindex("\n") + 1]  # the last line may be cut
    delimiters = (
        (wishes.delimiter,) if wishes.delimiter else (TABS.delimiter,) if form is FileFormat.TSV else DELIMITERS
    )
    style = style_of(text, names, delimiters=delimiters)
    style = _wished(replace(style, encoding=encoding), wishes)
    check_style(replace(style, encoding=UTF8))
    lines = io.StringIO(text, newline="")
    first = next((each for each in Splitter(style).records(lines) if not each.problem), None)
    if first is None:
        raise TransferRefused("transfer.empty")
    return Source(form, packing, style, _named(first.cells, has_header=style.has_header), mark)


def _wished(style: TextStyle, wishes: Wishes) -> TextStyle:
    changes: dict[str, Any] = {
        "quote": wishes.quote, "has_header": wishes.has_header, "null": wishes.null, "delimiter": wishes.delimiter,
    }  # fmt: skip
    return replace(style, **{name: said for name, said in changes.items() if said is not None})


def _named(cells: tuple[Any, ...], *, has_header: bool) -> tuple[str, ...]:
    """Return the names of columns: those of the header, numbers where it has none or one is there twice."""
    found: list[str] = []
    for place, cell in enumerate(cells, 1):
        name = str(cell).strip() if has_header and cell is not None else ""
        found.append(name if name and name not in found else str(place))
    return tuple(found)


@contextmanager
def _lines(file: OpenFile, source: Source, told: Told) -> Iterator[Iterator[str]]:
    """Yield the lines with their ends; what is no text in the encoding comes as lone surrogates."""
    file.octets.read(source.mark)
    with io.TextIOWrapper(file.octets, source.style.encoding, "surrogateescape", newline="") as text:
        yield _telling(text, file, told)


def _telling(lines: Iterable[str], file: OpenFile, told: Told) -> Iterator[str]:
    for number, line in enumerate(lines):
        if not number % 1000:
            told(file.place)
        yield line


def _table_records(lines: Iterator[str], source: Source) -> Iterator[Record]:
    width = len(source.names)
    found = Splitter(source.style).records(lines, is_single=width == 1)
    if source.style.has_header:
        next(found, None)
    for record in found:
        if record.problem:
            yield record
        elif len(record.cells) != width:
            yield replace(record, problem="transfer.width")
        else:
            yield record if not (problem := _problem(record.cells)) else replace(record, problem=problem)


def _problem(cells: Iterable[Cell]) -> str:
    known = [cell for cell in cells if cell is not None]
    if any("\0" in cell for cell in known):
        return "transfer.nul"
    return "" if all(map(_is_text, known)) else "transfer.not_text"


def _is_text(cell: str) -> bool:
    """Tell whether a cell is text altogether: what was none in the file is in it as lone surrogates."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True


def _documents(path: Path, packing: Packing, sample: bytes, wishes: Wishes) -> Source:
    encoding, mark = encoding_of(sample)
    form = wishes.format or kind_of(path.name)[0] or FileFormat.JSON_LINES
    source = Source(form, packing, TextStyle(encoding=wishes.encoding or encoding), (), mark)
    names: dict[str, None] = {}
    with opened(path, packing) as file, _lines(file, source, lambda _place: None) as lines:
        for number, line in enumerate(islice(lines, _KEYS_FROM), 1):
            try:
                found = object_of(line)
            except (ValueError, RecursionError):
                if not names:
                    raise TransferRefused("transfer.not_json", file=path.name, line=number) from None
                continue
            names.update(dict.fromkeys(found or ()))
    if not names:
        raise TransferRefused("transfer.empty", file=path.name)
    return replace(source, names=tuple(names))


def _json_records(lines: Iterator[str], source: Source, types: dict[str, PgType]) -> Iterator[Record]:
    known = set(source.names)
    for number, line in enumerate(lines, 1):
        try:
            found = object_of(line)
        except (ValueError, RecursionError):
            yield Record(number, (), "transfer.not_json")
            continue
        if found is None:
            continue
        if not found.keys() <= known:
            yield Record(number, (), "transfer.other_key")
            continue
        cells = tuple(cell_of(found.get(name), types.get(name)) for name in source.names)
        if any(cell is not None and ("\0" in cell or not _is_text(cell)) for cell in cells):
            yield Record(
                number, (), "transfer.nul" if any("\0" in (cell or "") for cell in cells) else "transfer.not_text"
            )
        else:
            yield Record(number, cells)


def _workbook(path: Path, wishes: Wishes, names: list[str]) -> Source:
    from nexus_studio.services.transfer.workbooks import first_rows  # noqa: PLC0415 - openpyxl

    sheet, sheets, rows = first_rows(path, wishes.sheet)
    if not rows:
        raise TransferRefused("transfer.empty", file=path.name)
    has_header = is_header(rows, names) if wishes.has_header is None else wishes.has_header
    style = TextStyle(has_header=has_header)
    return Source(
        FileFormat.EXCEL, Packing.NONE, style, _named(rows[0], has_header=has_header), sheet=sheet, sheets=sheets
    )


def _workbook_records(path: Path, source: Source) -> Iterator[Record]:
    from nexus_studio.services.transfer.workbooks import sheet_rows  # noqa: PLC0415 - openpyxl

    width = len(source.names)
    found = sheet_rows(path, source.sheet)
    if source.style.has_header:
        next(found, None)
    for line, cells in found:
        if len(cells) > width and any(cell is not None for cell in cells[width:]):
            yield Record(line, cells, "transfer.width")
        else:
            yield Record(line, (*cells[:width], *(None,) * (width - len(cells))))
