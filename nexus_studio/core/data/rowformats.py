"""Rows as text for elsewhere: TSV, CSV, JSON, Markdown. Pure; INSERT statements are in `services.inserttext`.

All take a `Sheet`: cells as PostgreSQL's own text. What cannot be told apart in a form is said with that form.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, SupportsFloat

from nexus_studio.core.data.cells import Default
from nexus_studio.core.data.jsonarrays import json_array
from nexus_studio.core.schema.types import PgType, TypeKind

MASK: Final = "••••••"
"""What stands in place of a masked value, in every form."""


class Format(Enum):
    """The forms rows are copied and written in; the values are those of the command line's `--format`."""

    TSV = "tsv"
    TSV_HEADERS = "tsv-headers"
    CSV = "csv"
    JSON = "json"
    SQL = "sql"
    MARKDOWN = "markdown"


class Missing(Enum):
    """The sentinel for a cell that does not belong to what is copied: a hole in a selection that is no rectangle."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
SheetCell = str | None | Default | Missing


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet. `is_computed`: PostgreSQL alone decides its values. `is_masked`: values are dots."""

    name: str
    type: PgType
    is_computed: bool = False
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """Columns, and rows whose cells stand in the columns' order. Masked values are dots in it already (`masked`)."""

    columns: Sequence[SheetColumn]
    rows: Sequence[Sequence[SheetCell]]

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return [column.name for column in self.columns]


def masked(cell: SheetCell) -> SheetCell:
    """Hide a value. Whether there is one is no secret."""
    return MASK if isinstance(cell, str) else cell


def to_tsv(sheet: Sheet, *, with_headers: bool = False) -> str:
    """Write what spreadsheets paste: tabs between cells, quotes where a cell holds tabs or line ends.

    NULL, DEFAULT and empty text are all empty. One cell alone is written as it is, without quotes or line end.
    """
    if not with_headers and len(sheet.rows) == 1 and len(sheet.columns) == 1:
        return _plain(sheet.rows[0][0])
    out = _Lines()
    # What is in the line's end is quoted in cells, and a CR alone ends a line for whoever reads it.
    writer = csv.writer(out, dialect="excel-tab", lineterminator="\r\n")
    if with_headers:
        writer.writerow(sheet.names)
    writer.writerows([_plain(cell) for cell in row] for row in sheet.rows)
    return "\n".join(out.lines)


def to_csv(sheet: Sheet) -> str:
    r"""Write CSV by RFC 4180, names first, lines ended by CR LF. NULL is nothing, empty text is `""`, as for COPY."""
    out = io.StringIO()
    # Quotes all that is not a number: `_Bare` is one to the writer, and quoted only where it must be.
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([_Bare(name) if name else "" for name in sheet.names])
    for row in sheet.rows:
        if len(row) == 1 and not isinstance(row[0], str):
            out.write("\r\n")  # the writer would quote a line's only field, and make empty text of a NULL
        else:
            writer.writerow([cell if cell == "" else _Bare(_plain(cell)) for cell in row])
    return out.getvalue()


def to_json(sheet: Sheet) -> str:
    """Write a JSON array of objects, one row a line. Numbers are written digit for digit, documents as they are.

    NaN and infinities, which JSON has no numbers for, are strings, and so are arrays of other elements than numbers,
    booleans and texts. DEFAULT and missing cells are left out.
    """
    names = [json.dumps(column.name, ensure_ascii=False) for column in sheet.columns]
    writers = [_text if column.is_masked else _json_writer(column.type) for column in sheet.columns]
    lines = []
    for row in sheet.rows:
        fields = [
            f"{name}: {'null' if cell is None else write(cell)}"
            for name, write, cell in zip(names, writers, row, strict=True)
            if not isinstance(cell, Default | Missing)
        ]
        lines.append("  {" + ", ".join(fields) + "}")
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


def to_markdown(sheet: Sheet) -> str:
    """Write a table of GitHub's Markdown. NULL is emphasized, so that no text looks like it; line ends are `<br>`."""
    columns = sheet.columns
    head = [_markdown(column.name) for column in columns]
    rule = ["---:" if column.type.kind is TypeKind.NUMBER else "---" for column in columns]
    body = [[_markdown(cell) for cell in row] for row in sheet.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *body))


WRITERS: Final[Mapping[Format, Callable[[Sheet], str]]] = {
    Format.TSV: to_tsv,
    Format.TSV_HEADERS: lambda sheet: to_tsv(sheet, with_headers=True),
    Format.CSV: to_csv,
    Format.JSON: to_json,
    Format.MARKDOWN: to_markdown,
}
"""The writers of all forms but SQL, whose quoting is the driver's."""


class _Lines:
    """Takes lines of the csv module, without their ends."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        """Take one line, as `csv.writer` hands it over."""
        self.lines.append(line.removesuffix("\r\n"))


class _Bare(str):
    """Text that the csv module takes for a number, and so quotes only where delimiters or line ends are in it."""

    __slots__ = ()

    def __float__(self) -> float:
        """Be a number in the eyes of `csv`, which asks whether this method is there and never calls it."""
        raise TypeError


def _plain(cell: SheetCell) -> str:
    return cell if isinstance(cell, str) else ""


_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\Z")
_SPECIAL: Final = re.compile(r"[\\`*|<]")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


def is_json_number(text: str) -> bool:
    """Tell whether a text is a number as JSON writes them."""
    return _NUMBER.match(text) is not None


def _text(cell: str) -> str:
    return json.dumps(cell, ensure_ascii=False)


def _number(cell: str) -> str:
    return cell if is_json_number(cell) else _text(cell)


def _boolean(cell: str) -> str:
    return {"t": "true", "true": "true", "f": "false", "false": "false"}.get(cell) or _text(cell)


def _document(cell: str) -> str:
    """Put a document in as it is; what is none (an edit that is being typed, a jsonpath) becomes a string."""
    try:
        # Numbers stay text: Python refuses integers of more than 4300 digits, PostgreSQL does not.
        json.loads(cell, parse_int=str, parse_float=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return _text(cell)
    return cell.strip()


def _refuse(constant: str) -> SupportsFloat:
    raise ValueError(constant)


_JSON: Final[Mapping[TypeKind, Callable[[str], str]]] = {
    TypeKind.NUMBER: _number,
    TypeKind.BOOLEAN: _boolean,
    TypeKind.JSON: _document,
}

_ELEMENTS: Final[Mapping[TypeKind, Callable[[str], str]]] = {
    TypeKind.NUMBER: _number,
    TypeKind.BOOLEAN: _boolean,
    TypeKind.TEXT: _text,
    TypeKind.ENUM: _text,
    TypeKind.UUID: _text,
}


def _json_writer(type_: PgType) -> Callable[[str], str]:
    """Return what writes a type's values as JSON."""
    element = _ELEMENTS.get(type_.element.kind) if type_.kind is TypeKind.ARRAY and type_.element is not None else None
    if element is None:
        return _JSON.get(type_.kind, _text)
    write = element
    return lambda cell: json_array(cell, write) or _text(cell)


def _markdown(cell: SheetCell) -> str:
    if cell is None:
        return "*NULL*"
    if isinstance(cell, Default):
        return "*DEFAULT*"
    return _LINE_END.sub("<br>", _SPECIAL.sub(r"\\\g<0>", _plain(cell)))
