"""Cells on the clipboard: text for the world, and an exact form for ourselves."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QGuiApplication

from nexus_studio.core.data.cells import DEFAULT, Default, StagedCell
from nexus_studio.core.data.rowformats import MISSING, Missing, SheetCell

_EXACT: Final = "studio_cells"
"""Property of the clipboard that holds the exact form beside the text: JSON, null for NULL, false for DEFAULT, true for
what is not in it: holes of a selection, and values that are masked.

No mime data of our own: PySide6 6.11 crashes when the application ends while the clipboard holds one made in Python.
"""

_MOST_EXACT: Final = 4 << 20
"""Characters that are kept in the exact form too: nobody pastes more into a grid."""

Block = list[list[StagedCell | Missing]]


@dataclass(frozen=True, slots=True)
class Clip:
    """What is put on the clipboard. `exact` is the JSON of the cells, empty where others' text is all there is."""

    text: str
    exact: str = ""


def clip_of(text: str, block: Sequence[Sequence[SheetCell]]) -> Clip:
    """Make a clip whose cells we can paste exactly. Any thread; cost: the text."""
    if len(text) > _MOST_EXACT:
        return Clip(text)
    exact = [[_written(cell) for cell in line] for line in block]
    return Clip(text, json.dumps({"text": text, "cells": exact}))


def put(clip: Clip) -> None:
    """Put a clip on the clipboard."""
    clipboard = QGuiApplication.clipboard()
    clipboard.setText(clip.text)
    clipboard.setProperty(_EXACT, clip.exact)


def from_clipboard() -> Block:
    """Read a block of cells: exactly, where what stands there is what we put there."""
    clipboard = QGuiApplication.clipboard()
    text, ours = clipboard.text(), clipboard.property(_EXACT)
    if isinstance(ours, str) and ours:
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
    found: Block = [[None if cell == "\\N" else cell for cell in row] or [""] for row in rows]
    return found


def _written(cell: SheetCell) -> str | bool | None:
    if isinstance(cell, Missing):
        return True
    return False if isinstance(cell, Default) else cell


def _exact(cell: object) -> StagedCell | Missing:
    if isinstance(cell, bool):
        return MISSING if cell else DEFAULT
    return None if cell is None else str(cell)
