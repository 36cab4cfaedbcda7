"""Excel workbooks, written row by row. What Excel can't hold as it is becomes text, or is cut, and is told.

Its limits: 1,048,576 rows a sheet, 15 digits a number, 32,767 characters a cell, days from 1900 on without a zone
("Excel specifications and limits", support.microsoft.com).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.rowformats import is_json_number
from nexus_studio.core.data.transfer import ExportSpec, Remark
from nexus_studio.core.schema.catalog import Column
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session
from nexus_studio.services.transfer.exportsql import Cut
from nexus_studio.services.transfer.textrows import text_rows

MOST_ROWS: Final = 1_048_576
MOST_DIGITS: Final = 15
MOST_CHARACTERS: Final = 32_767

_FIRST_DAY: Final = date(1900, 3, 1)  # before it Excel counts a day that never was
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
_READ_OTHERWISE: Final = ("=", "#")  # what openpyxl takes for a formula or an error

Value = Callable[[str], Any]


def write_workbook(
    session: Session, cut: Cut, spec: ExportSpec, part: Path, ctx: TaskContext, told: Callable[[int], None]
) -> tuple[int, tuple[Remark, ...]]:
    """Write a workbook; further sheets where one is full. Returns rows and remarks."""
    writing = _Writing(cut, spec)
    rows = 0
    with closing(text_rows(session, cut, ctx)) as batches:
        for some in batches:
            for cells in some:
                writing.append(cells)
            rows += len(some)
            told(rows)
    with part.open("xb") as stream:
        writing.book.save(stream)
    return rows, writing.remarks()


class _Writing:
    """One workbook as it grows."""

    def __init__(self, cut: Cut, spec: ExportSpec) -> None:
        self.book = Workbook(write_only=True)
        self._title = "".join(sign for sign in cut.relation.name.name if sign not in "[]:*?/\\'")[:25] or "rows"
        self._names = [column.name for column in cut.columns]
        self._style = spec.style
        self._counts: dict[tuple[str, str], int] = defaultdict(int)
        self._sheets = 0
        self._columns = [self._writer(column, is_masked=column.name in cut.masked) for column in cut.columns]
        self._begin_sheet()

    def append(self, cells: Sequence[Cell]) -> None:
        """Write a row, on a new sheet where the last is full."""
        if self._rows >= MOST_ROWS:
            self._begin_sheet()
        self._rows += 1
        pairs = zip(self._columns, cells, strict=True)
        self._sheet.append([None if cell is None else write(cell) for write, cell in pairs])

    def remarks(self) -> tuple[Remark, ...]:
        """Say what is not as it is in the database."""
        found = [Remark("transfer.sheets", self._sheets)] if self._sheets > 1 else []
        for code in dict.fromkeys(code for code, _ in self._counts):
            of_code = {name: number for (each, name), number in self._counts.items() if each == code}
            found.append(Remark(code, sum(of_code.values()), tuple(of_code)))
        return tuple(found)

    def _begin_sheet(self) -> None:
        self._sheets += 1
        title = self._title if self._sheets == 1 else f"{self._title} {self._sheets}"
        self._sheet: Any = self.book.create_sheet(title)
        self._rows = 0
        if self._style.has_header:
            self._sheet.append([self._text(name) for name in self._names])
            self._rows = 1

    def _writer(self, column: Column, *, is_masked: bool) -> Value:
        kind = TypeKind.TEXT if is_masked else column.type.kind
        name = column.name
        if kind is TypeKind.NUMBER:
            places = column.type.scale or 0
            look = f"0.{'0' * places}" if places > 0 else ""
            return lambda cell: self._number(cell, name, look)
        if kind is TypeKind.BOOLEAN:
            return lambda cell: {"t": True, "f": False}.get(cell, cell)
        if kind is TypeKind.DATE:
            return lambda cell: self._moment(cell, name, date.fromisoformat)
        if kind is TypeKind.TIMESTAMP and not column.type.has_time_zone:
            return lambda cell: self._moment(cell, name, datetime.fromisoformat)
        return lambda cell: self._text(cell, name)

    def _number(self, cell: str, name: str, look: str) -> Any:
        if not is_json_number(cell):
            return cell
        digits = cell.partition("e")[0].lstrip("-").replace(".", "").lstrip("0")
        if len(digits.rstrip("0") if "." in cell or "e" in cell else digits) > MOST_DIGITS:
            self._counts["transfer.digits", name] += 1
            return cell
        number = float(cell) if "." in cell or "e" in cell else int(cell)
        if not look:
            return number
        made = WriteOnlyCell(self._sheet, number)
        made.number_format = look
        return made

    def _moment(self, cell: str, name: str, read: Callable[[str], date]) -> Any:
        try:
            found = read(cell)
        except ValueError:
            found = None
        day = found.date() if isinstance(found, datetime) else found
        is_fine = isinstance(found, datetime) and found.microsecond % 1000
        if found is None or day is None or day < _FIRST_DAY or is_fine:
            self._counts["transfer.moments", name] += 1
            return cell
        return found

    def _text(self, cell: str, name: str = "") -> Any:
        if not cell.isprintable() and ILLEGAL_CHARACTERS_RE.search(cell):
            cell = ILLEGAL_CHARACTERS_RE.sub("", cell)
            self._counts["transfer.control", name] += 1
        if self._style.is_guarded and cell.startswith(_FORMULAS):
            cell = f"'{cell}"
        if len(cell) > MOST_CHARACTERS:
            cell = cell[:MOST_CHARACTERS]
            self._counts["transfer.cut", name] += 1
        if cell.startswith(_READ_OTHERWISE):
            made = WriteOnlyCell(self._sheet, cell)
            made.data_type = "s"
            return made
        return cell
