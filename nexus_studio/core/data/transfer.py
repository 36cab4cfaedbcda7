"""Files that rows are exported to and imported from: their formats, how they are packed, how their text is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import PurePath
from typing import Final

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import TransferRefused
from nexus_studio.core.names import RelationName


class FileFormat(Enum):
    """What a file of rows is; the values are those of the command line and the usual ends of names."""

    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    JSON_LINES = "jsonl"
    SQL = "sql"
    EXCEL = "xlsx"
    PARQUET = "parquet"

    @property
    def is_table(self) -> bool:
        """Whether it is lines of cells between delimiters."""
        return self in {FileFormat.CSV, FileFormat.TSV}

    @property
    def is_packed(self) -> bool:
        """Whether it is compressed by its own nature."""
        return self in {FileFormat.EXCEL, FileFormat.PARQUET}


class Packing(Enum):
    """How a file is compressed; the values are the ends of its name."""

    NONE = ""
    GZIP = "gz"
    ZSTD = "zst"


IMPORTED: Final = (FileFormat.CSV, FileFormat.TSV, FileFormat.JSON, FileFormat.JSON_LINES, FileFormat.EXCEL)
"""Formats that can be read."""

COMMA: Final = ","
UTF8: Final = "utf-8"

ENCODINGS: Final[Mapping[str, str]] = {
    UTF8: "UTF8",
    "windows-1252": "WIN1252",
    "iso-8859-1": "LATIN1",
    "iso-8859-15": "LATIN9",
}
"""Encodings that can be written, by Python's name, and what PostgreSQL calls them."""

_BY_END: Final[Mapping[str, FileFormat]] = {
    "csv": FileFormat.CSV,
    "txt": FileFormat.TSV,
    "tsv": FileFormat.TSV,
    "tab": FileFormat.TSV,
    "json": FileFormat.JSON,
    "jsonl": FileFormat.JSON_LINES,
    "ndjson": FileFormat.JSON_LINES,
    "sql": FileFormat.SQL,
    "xlsx": FileFormat.EXCEL,
    "xlsm": FileFormat.EXCEL,
    "parquet": FileFormat.PARQUET,
}
_PACKED_ENDS: Final[Mapping[str, Packing]] = {
    "gz": Packing.GZIP,
    "gzip": Packing.GZIP,
    "zst": Packing.ZSTD,
    "zstd": Packing.ZSTD,
}


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How lines of cells are written.

    `null` is what stands for NULL, unquoted; empty text is always quoted, so that the two can be told apart. `bom`
    puts the mark in front by which Excel knows UTF-8. `is_guarded` puts an apostrophe before texts that a spreadsheet
    would take for a formula.
    """

    delimiter: str = COMMA
    quote: str = '"'
    has_header: bool = True
    null: str = ""
    encoding: str = UTF8
    bom: bool = False
    is_guarded: bool = False


TABS: Final = TextStyle(delimiter="\t")


@dataclass(frozen=True, slots=True)
class ExportRows:
    """Which rows and cells: those of a query, or of it the rows of `keys` alone; `columns` None is all in order."""

    query: RowQuery
    columns: tuple[str, ...] | None = None
    keys: tuple[RowKey, ...] | None = None


@dataclass(frozen=True, slots=True)
class ExportSpec:
    """How a file is to be written. `style` counts for CSV and TSV; its `is_guarded` for Excel too."""

    format: FileFormat = FileFormat.CSV
    packing: Packing = Packing.NONE
    style: TextStyle = TextStyle()


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to be told of an export: a code, how often, which columns."""

    code: str
    number: int = 0
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written: `size_bytes` as the file has them, `masked` the columns whose values were hidden."""

    relation: RelationName
    format: FileFormat
    rows: int
    size_bytes: int
    columns: tuple[str, ...]
    masked: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


def kind_of(name: str) -> tuple[FileFormat | None, Packing]:
    """Tell format and packing by a file's name; None where its end says nothing."""
    ends = [end[1:].lower() for end in PurePath(name).suffixes]
    packing = _PACKED_ENDS.get(ends[-1], Packing.NONE) if ends else Packing.NONE
    if packing is not Packing.NONE:
        ends.pop()
    return (_BY_END.get(ends[-1]) if ends else None), packing


def file_name(stem: str, spec: ExportSpec) -> str:
    """Return the usual name of a file of that kind."""
    end = f".{spec.packing.value}" if spec.packing.value else ""
    return f"{stem}.{spec.format.value}{end}"


def checked(spec: ExportSpec) -> ExportSpec:
    """Return a spec that can be written; one of tabs has tabs.

    Raises:
        TransferRefused: "transfer.style" (fact field), "transfer.packed" (fact format).
    """
    if spec.packing is not Packing.NONE and spec.format.is_packed:
        raise TransferRefused("transfer.packed", format=spec.format.value)
    if not spec.format.is_table:
        return spec
    style = spec.style
    if spec.format is FileFormat.TSV and style.delimiter == COMMA:
        style = replace(style, delimiter=TABS.delimiter)
    check_style(style)
    return replace(spec, style=style)


def check_style(style: TextStyle) -> None:
    """Refuse what PostgreSQL can't write or read (manual, COPY).

    Raises:
        TransferRefused: "transfer.style", fact field: delimiter, quote, null, encoding or bom.
    """
    ends = {"\n", "\r", "\0"}
    if len(style.delimiter.encode()) != 1 or style.delimiter in ends:
        raise TransferRefused("transfer.style", field="delimiter")
    if len(style.quote.encode()) != 1 or style.quote in ends | {style.delimiter}:
        raise TransferRefused("transfer.style", field="quote")
    if (ends | {style.delimiter, style.quote}) & set(style.null):
        raise TransferRefused("transfer.style", field="null")
    if style.encoding not in ENCODINGS:
        raise TransferRefused("transfer.style", field="encoding")
    if style.bom and style.encoding != UTF8:
        raise TransferRefused("transfer.style", field="bom")
