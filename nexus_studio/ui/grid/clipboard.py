"""Cells on the clipboard: tab-separated text for the world, and an exact form for ourselves."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Final

from PySide6.QtGui import QGuiApplication

from nexus_studio.core.data.cells import DEFAULT, Cell, Default, Page, Row, StagedCell
from nexus_studio.core.data.pagecache import PageCache
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.rowsource import RowSource

_EXACT: Final = "studio_cells"
"""Property of the clipboard that holds the exact form beside the text: JSON, null for NULL and false for DEFAULT.

No mime data of our own: PySide6 6.11 crashes when the application ends while the clipboard holds one made in Python.
"""

Block = list[list[StagedCell]]


def to_clipboard(block: Sequence[Sequence[StagedCell]], header: Sequence[str] = ()) -> None:
    """Put a block of cells on the clipboard; NULL and DEFAULT are empty fields in the text others see."""
    out = io.StringIO()
    writer = csv.writer(out, dialect="excel-tab", lineterminator="\n")
    if header:
        writer.writerow(header)
    for line in block:
        writer.writerow([cell if isinstance(cell, str) else "" for cell in line])
    # One cell alone is wanted as it is: without a line end, without quotes.
    alone = block[0][0] if len(block) == 1 and len(block[0]) == 1 and not header else None
    text = alone if isinstance(alone, str) else out.getvalue().removesuffix("\n")
    exact = [[False if isinstance(cell, Default) else cell for cell in line] for line in block]
    clipboard = QGuiApplication.clipboard()
    clipboard.setText(text)
    clipboard.setProperty(_EXACT, json.dumps({"text": text, "cells": exact}))


def from_clipboard() -> Block:
    """Read a block of cells: exactly, where what stands there is what we put there."""
    clipboard = QGuiApplication.clipboard()
    text, ours = clipboard.text(), clipboard.property(_EXACT)
    if isinstance(ours, str):
        held = json.loads(ours)
        if held["text"] == text:
            return [[_exact(cell) for cell in line] for line in held["cells"]]
    return parse_tsv(text)


def parse_tsv(text: str) -> Block:
    r"""Read what spreadsheets copy: tabs between cells, quotes around what holds tabs or lines, `\N` for NULL."""
    if not text:
        return []
    if "\t" not in text and "\n" not in text.strip("\r\n") and not text.startswith('"'):
        return [[text.strip("\r\n")]]
    rows = csv.reader(io.StringIO(text.removesuffix("\n").removesuffix("\r"), newline=""), dialect="excel-tab")
    return [[None if cell == "\\N" else cell for cell in row] or [""] for row in rows]


def read_lines(
    source: RowSource,
    relation: Relation,
    query: RowQuery,
    span: tuple[int, int],
    columns: Sequence[str],
    ctx: TaskContext,
) -> list[tuple[Row, dict[str, Cell]]]:
    """Read rows `span[0]` to `span[1]` (ordinals, both included) with the whole values of their cut cells.

    Runs on a worker thread; as many statements as pages, and one more for each row with cut cells among `columns`.
    """
    cache = PageCache()
    cache.reset(1)
    found: list[tuple[Row, dict[str, Cell]]] = []
    places: tuple[str, ...] = ()
    for ordinal in range(span[0], span[1] + 1):
        row = cache.row(ordinal)
        if row is None:
            request = cache.plan(ordinal, span[1])
            if request is None:
                break
            page: Page = source.fetch(relation, query, request, 1, ctx)
            places = page.columns
            cache.store(page)
            row = cache.row(ordinal)
        if row is None:
            break
        cut = [name for index, name in enumerate(places) if row.is_cut(index) and name in columns]
        found.append((row, source.whole_cells(relation, row.key, cut, ctx) if cut else {}))
    return found


def _exact(cell: object) -> StagedCell:
    if cell is False:
        return DEFAULT
    return None if cell is None else str(cell)
