"""Excel workbooks, read row by row. Formulas count as the values that Excel computed last."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.errors import TransferRefused

_FIRST: Final = 200
_DAY_S: Final = 86_400


def first_rows(path: Path, sheet: str) -> tuple[str, tuple[str, ...], list[tuple[Cell, ...]]]:
    """Return the name of a sheet (the first where none is named), those of all, and its first rows.

    Raises:
        TransferRefused: "transfer.file_missing", "transfer.unreadable", "transfer.no_workbook", "transfer.no_sheet".
    """
    with _opened(path) as book:
        sheets = tuple(each.title for each in book.worksheets)
        if sheet and sheet not in sheets:
            raise TransferRefused("transfer.no_sheet", name=sheet, columns=sheets)
        name = sheet or (sheets[0] if sheets else "")
    return name, sheets, [cells for _, cells in islice(sheet_rows(path, name), _FIRST)] if name else []


def sheet_rows(path: Path, sheet: str) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """Yield the rows of a sheet that hold anything, with their numbers, as PostgreSQL's texts."""
    with _opened(path) as book:
        found = book[sheet]
        found.reset_dimensions()  # what a program says there of the sheet's size is often wrong
        for number, values in enumerate(found.iter_rows(values_only=True), 1):
            if any(value is not None for value in values):
                yield number, tuple(map(_text, values))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except FileNotFoundError:
        raise TransferRefused("transfer.file_missing", file=str(path)) from None
    except OSError as error:
        raise TransferRefused("transfer.unreadable", file=str(path), words=error.strerror or "") from error
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise TransferRefused("transfer.no_workbook", file=path.name) from error
    try:
        yield book
    finally:
        book.close()


def _text(value: Any) -> Cell:
    """Return a value as PostgreSQL reads it: whole numbers without a point, moments in ISO form, days alone as days."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004 - exact
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value.days * _DAY_S + value.seconds} seconds"
    return str(value)
