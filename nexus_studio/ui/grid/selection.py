"""Where a person stands in the grid and what they selected: noted before rows are replaced, and found again after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from nexus_studio.core.data.cells import RowKey
from nexus_studio.ui.grid.blocks import Block, block_spans
from nexus_studio.ui.grid.grid_selection import Flag, GridSelection, index_at
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.row_view import RowView, ranges_of

__all__ = ["GridSelection", "Place", "blocks_of", "corner_of", "index_at", "place_of", "restore", "selected_lines"]


_MOST_ROWS: Final = 2_000
"""Selected rows that are found again after a refresh."""

_FAR: Final = 2_000
"""Lines a selected row may have moved, apart from what the current one did, to be found again."""

Who = RowKey | int | tuple[RowKey, str | None]
"""What tells a row from all others: its key or the number of a new one; without a key its ctid and version."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person stands: by row (which survives a refresh), by line, and how it is scrolled.

    `saved` is the key that a new row will have once it is saved, as far as that is known. `rows` are those of the
    selected lines, by line, blocks to the end of the query left out; None when not all of them are here, or too many
    are selected to remember them.
    """

    line: int
    column: int
    who: Who | None
    saved: RowKey | None
    blocks: tuple[Block, ...]
    scroll: int
    rows: Mapping[int, Who] | None = None


def blocks_of(view: RowView, model: RowTableModel) -> tuple[Block, ...]:
    """Return the selected rectangles; the bottom of one that reaches to the end of the query is `END`."""
    chooser = view.selectionModel()
    if isinstance(chooser, GridSelection):
        return chooser.blocks
    return tuple(
        Block(part.top() + model.base, part.bottom() + model.base, part.left(), part.right())
        for part in ranges_of(view)
    )


def selected_lines(view: RowView, model: RowTableModel, most: int) -> list[int]:
    """Return the lines any of whose cells is selected, ascending, the current one when none is; at most `most`."""
    lines: list[int] = []
    for top, bottom in block_spans(blocks_of(view, model), model.lines):
        lines += range(top, min(bottom, top + most - len(lines) - 1) + 1)
        if len(lines) >= most:
            break
    if not lines and view.currentIndex().isValid():
        lines.append(view.currentIndex().row() + model.base)
    return lines


def place_of(view: RowView, model: RowTableModel) -> Place | None:
    """Note where a person stands, in the window or out of it; None when nowhere."""
    index, chooser = view.currentIndex(), view.selectionModel()
    scroll = view.verticalScrollBar().value()
    stands = (index.row() + model.base, index.column()) if index.isValid() else None
    if stands is None and isinstance(chooser, GridSelection):
        stands = chooser.stands
    if stands is None:
        return None
    blocks, shown = blocks_of(view, model), model.shown(index.row()) if index.isValid() else None
    saved = model.key_of(shown) if shown is not None and shown.draft is not None else None
    return Place(*stands, _who(model, stands[0]), saved, blocks, scroll, _rows_of(model, blocks))


def _who(model: RowTableModel, line: int) -> Who | None:
    """Return who stands in a line; None when that row is not here, or can't be told from others."""
    if line < model.drafts:
        shown = model.line_at(line)
        return None if shown is None else shown.draft
    row = model.loader.row(line - model.drafts)  # not by the model, which would ask for it
    if row is None or not row.key.cells:
        return None
    return (row.key, row.version) if row.key.by_place else row.key


def _rows_of(model: RowTableModel, blocks: Sequence[Block]) -> dict[int, Who] | None:
    closed = [block for block in blocks if not block.is_open]
    spans = block_spans(closed, model.lines)
    if sum(bottom - top + 1 for top, bottom in spans) > _MOST_ROWS:
        return None
    found: dict[int, Who] = {}
    for top, bottom in spans:
        for line in range(top, bottom + 1):
            if (who := _who(model, line)) is None:
                return None
            found[line] = who
    return found


def restore(view: RowView, model: RowTableModel, place: Place, *, by_key: bool) -> bool:
    """Go back to where a person stood, without scrolling; False when that row can't be found any more.

    Then no cell is current: what is typed next must not go into another row. What is selected to the end of the query
    stays selected, as it means whatever rows there are.
    """
    chooser = view.selectionModel()
    line = _line_of(model, place) if by_key else place.line
    open_ones = tuple(block for block in place.blocks if block.is_open and block.top == 0)
    if line is None:
        chooser.clear()
        if isinstance(chooser, GridSelection) and open_ones:
            chooser.choose(open_ones)
        return False
    if isinstance(chooser, GridSelection):
        blocks = _found_again(model, place, line) if by_key else place.blocks
        return chooser.stand(line, place.column, blocks)
    index = index_at(model, line, place.column)
    chooser.setCurrentIndex(index, Flag.ClearAndSelect)
    return index.isValid()


def _line_of(model: RowTableModel, place: Place) -> int | None:
    """Find the row again: a new row by its number, or by its key when it has been saved meanwhile."""
    who = place.who
    if isinstance(who, int):
        if (line := model.line_of_draft(who)) is not None or place.saved is None:
            return line
        who = place.saved
    if who is None:
        return place.line
    ordinal = model.loader.find(who[0] if isinstance(who, tuple) else who)
    line = None if ordinal is None else model.line_of_ordinal(ordinal)
    return line if line is None or _who(model, line) == who else None


def _found_again(model: RowTableModel, place: Place, line: int) -> list[Block]:
    """Return what is selected now that the current row stands in `line`: the same rows, wherever they are.

    Rows that are gone are left out, rows that came are not in it. Where nobody knows, the current cell alone: rows that
    were not chosen must not be deleted with it.
    """
    found = [block.moved(line - place.line) for block in place.blocks if block.is_open]
    closed = [block for block in place.blocks if not block.is_open]
    lines = _lines_now(model, place.rows, line - place.line)
    if lines is None:
        return found or [Block(line, line, place.column, place.column)]
    for block in closed:
        here = sorted(lines[old] for old in range(block.top, block.bottom + 1) if old in lines)
        for first, last in _runs(here):
            found.append(Block(first, last, block.left, block.right))
    return found


def _lines_now(model: RowTableModel, rows: Mapping[int, Who] | None, moved: int) -> dict[int, int] | None:
    """Return the lines in which rows stand now, by former line; None when some may stand where nothing was read."""
    if not rows:
        return None if rows is None else {}
    low, high = max(0, min(rows) + min(moved, 0) - _FAR), min(max(rows) + max(moved, 0) + _FAR, model.lines - 1)
    seen = {who: line for line in range(low, high + 1) if (who := _who(model, line)) is not None}
    found: dict[int, int] = {}
    for old, who in rows.items():
        if (now := seen.get(who)) is not None:
            found[old] = now
        elif 0 <= old + moved < model.lines and _who(model, old + moved) is None:
            return None
    return found


def _runs(lines: Sequence[int]) -> list[tuple[int, int]]:
    """Join neighbouring lines, ascending, to (first, last)."""
    runs: list[tuple[int, int]] = []
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], line)
        else:
            runs.append((line, line))
    return runs


def corner_of(view: RowView) -> QAbstractButton | None:
    """Return the button between the headers, which selects everything."""
    found = view.findChild(QAbstractButton, options=Qt.FindChildOption.FindDirectChildrenOnly)
    if isinstance(found, QAbstractButton):
        found.setObjectName("grid_corner")
        return found
    return None
