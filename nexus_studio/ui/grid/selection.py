"""Where a person stands in the grid and what they selected: noted before rows are replaced, and found again after."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from nexus_studio.core.data.cells import RowKey
from nexus_studio.ui.grid.blocks import Block, block_spans
from nexus_studio.ui.grid.grid_selection import Flag, GridSelection, index_at
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.row_view import RowView, ranges_of

__all__ = ["GridSelection", "Place", "blocks_of", "corner_of", "index_at", "place_of", "restore", "selected_lines"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person stands: by key or draft number (which survive a refresh), by line, and how it is scrolled."""

    line: int
    column: int
    key: RowKey | None
    draft: int | None
    blocks: tuple[Block, ...]
    scroll: int


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
    if not index.isValid():
        stands = chooser.stands if isinstance(chooser, GridSelection) else None
        return None if stands is None else Place(*stands, None, None, blocks_of(view, model), scroll)
    shown = model.shown(index.row())
    key = model.key_of(shown) if shown is not None else None
    draft = shown.draft if shown is not None else None
    return Place(index.row() + model.base, index.column(), key, draft, blocks_of(view, model), scroll)


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
        return chooser.stand(line, place.column, [block.moved(line - place.line) for block in place.blocks])
    index = index_at(model, line, place.column)
    chooser.setCurrentIndex(index, Flag.ClearAndSelect)
    return index.isValid()


def _line_of(model: RowTableModel, place: Place) -> int | None:
    """Find the row again: a new row by its number, or by its key when it has been saved meanwhile."""
    if place.draft is not None and (line := model.line_of_draft(place.draft)) is not None:
        return line
    if place.key is not None:
        ordinal = model.loader.find(place.key)
        return model.line_of_ordinal(ordinal) if ordinal is not None else None
    return place.line if place.draft is None else None


def corner_of(view: RowView) -> QAbstractButton | None:
    """Return the button between the headers, which selects everything."""
    found = view.findChild(QAbstractButton, options=Qt.FindChildOption.FindDirectChildrenOnly)
    if isinstance(found, QAbstractButton):
        found.setObjectName("grid_corner")
        return found
    return None
