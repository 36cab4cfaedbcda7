"""What is selected in the grid, as lines and columns of the whole table rather than indexes of its window."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex

from nexus_studio.core.data.cells import RowKey
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.row_view import RowView, ranges_of


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle: lines from `top` to `bottom`, columns (logical) from `left` to `right`, all included."""

    top: int
    bottom: int
    left: int
    right: int


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
    """Return the selected rectangles."""
    return tuple(
        Block(part.top() + model.base, part.bottom() + model.base, part.left(), part.right())
        for part in ranges_of(view)
    )


def selected_lines(view: RowView, model: RowTableModel, most: int) -> list[int]:
    """Return the lines any of whose cells is selected, ascending, the current one when none is; at most `most`."""
    lines: set[int] = set()
    for block in blocks_of(view, model):
        lines.update(range(block.top, min(block.bottom, block.top + most) + 1))
        if len(lines) > most:
            break
    if not lines and view.currentIndex().isValid():
        lines.add(view.currentIndex().row() + model.base)
    return sorted(lines)[:most]


def place_of(view: RowView, model: RowTableModel) -> Place | None:
    """Note where a person stands; None when nowhere."""
    index = view.currentIndex()
    if not index.isValid():
        return None
    shown = model.shown(index.row())
    key = model.key_of(shown) if shown is not None else None
    draft = shown.draft if shown is not None else None
    line = index.row() + model.base
    return Place(line, index.column(), key, draft, blocks_of(view, model), view.verticalScrollBar().value())


def restore(view: RowView, model: RowTableModel, place: Place, *, by_key: bool) -> bool:
    """Go back to where a person stood, without scrolling; False when that row can't be found any more.

    Then no cell is current: what is typed next must not go into another row.
    """
    line = _line_of(model, place) if by_key else place.line
    if line is None:
        view.selectionModel().clear()
        return False
    moved = line - place.line
    selection = QItemSelection()
    for block in place.blocks:
        top, bottom = block.top + moved - model.base, block.bottom + moved - model.base
        top, bottom = max(0, top), min(bottom, model.rowCount() - 1)
        if top <= bottom and block.right < model.columnCount():
            selection.select(model.index(top, block.left), model.index(bottom, block.right))
    chooser = view.selectionModel()
    index = index_at(model, line, place.column)
    if index.isValid():
        chooser.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
    chooser.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    return True


def _line_of(model: RowTableModel, place: Place) -> int | None:
    """Find the row again: a new row by its number, or by its key when it has been saved meanwhile."""
    if place.draft is not None and (line := model.line_of_draft(place.draft)) is not None:
        return line
    if place.key is not None:
        ordinal = model.loader.find(place.key)
        return model.line_of_ordinal(ordinal) if ordinal is not None else None
    return place.line if place.draft is None else None


def index_at(model: RowTableModel, line: int, column: int) -> QModelIndex:
    """Return the index of a line's cell; invalid outside the window. The line is held inside the table."""
    row = min(line - model.base, model.rowCount() - 1)
    return model.index(row, column) if row >= 0 and 0 <= column < model.columnCount() else QModelIndex()
