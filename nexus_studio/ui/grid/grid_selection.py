"""GridSelection: what is selected, as lines and columns of the whole table rather than indexes of its window.

It holds the truth as `Block`s and keeps Qt's own selection, which knows the window only, in step: whatever part of the
blocks lies in the window is selected there. A block may end at `END`: then it is a statement about the query ("all
rows, whatever they are"), not a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Signal

from nexus_studio.ui.grid.blocks import END, Block, block_spans, with_lines_added, with_lines_removed, within
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.row_view import RowView, ranges_of

Flag = QItemSelectionModel.SelectionFlag


class GridSelection(QItemSelectionModel):
    """The selection of one grid, in lines of the whole table. UI thread only.

    Lines that move without a reset of the model (a staged row comes in front of the window, numbers become exact) keep
    their selection. A model that shows other rows drops it; `restore` brings it back.
    """

    chosen = Signal()  # something else is selected, or may be

    def __init__(self, view: RowView, model: RowTableModel) -> None:
        super().__init__(model, view)
        self._view, self._rows = view, model
        self._blocks: tuple[Block, ...] = ()
        self._stands: tuple[int, int] | None = None
        self._base = model.base
        self._is_mine = False  # what happens now was not chosen by the person
        self._is_replacing = False
        model.replacing.connect(self._replacing)
        model.modelAboutToBeReset.connect(self._settle)
        model.modelReset.connect(self._model_reset)
        model.rowsInserted.connect(self._rows_inserted)
        model.rowsRemoved.connect(self._rows_removed)
        self.currentChanged.connect(self._current_changed)

    # ---- what is selected

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The selected rectangles; none overlaps another."""
        self._settle()
        return self._blocks

    @property
    def stands(self) -> tuple[int, int] | None:
        """Line and column of the current cell, in the window or not; None when there is none."""
        self._settle()
        return self._stands

    @property
    def is_everything(self) -> bool:
        """Whether all rows of the query are selected, in all columns."""
        last = self._rows.columnCount() - 1
        return any(block == Block(0, END, 0, last) for block in self._blocks)

    @property
    def is_columns(self) -> bool:
        """Whether whole columns are selected and nothing else."""
        return bool(self._blocks) and all(block.top == 0 and block.is_open for block in self._blocks)

    @property
    def is_open(self) -> bool:
        """Whether the selection reaches to the end of the query, wherever that is."""
        return any(block.is_open for block in self._blocks)

    @property
    def is_single(self) -> bool:
        """Whether at most one cell is selected."""
        one = self._blocks[0] if len(self._blocks) == 1 else None
        return not self._blocks or (one is not None and one.top == one.bottom and one.left == one.right)

    def line_count(self) -> int:
        """Return the number of lines with a selected cell, as far as the number of all lines is known."""
        return sum(bottom - top + 1 for top, bottom in block_spans(self.blocks, self._rows.lines))

    def cell_count(self) -> int:
        """Return the number of selected cells in columns that are shown, as far as the number of lines is known."""
        header, lines = self._view.column_header, self._rows.lines
        return sum(
            max(0, min(block.bottom, lines - 1) - block.top + 1)
            * sum(not header.isSectionHidden(column) for column in range(block.left, block.right + 1))
            for block in self.blocks
        )

    # ---- choosing

    def choose(self, blocks: Iterable[Block]) -> None:
        """Select these rectangles, and nothing else. They must not overlap."""
        self._settle()
        self._blocks = tuple(blocks)
        self._mirror()
        self.chosen.emit()

    def choose_all(self) -> None:
        """Select all rows of the query."""
        if self._rows.columnCount():
            self.choose((Block(0, END, 0, self._rows.columnCount() - 1),))

    def choose_columns(self, columns: Iterable[int]) -> None:
        """Select whole columns (logical indexes), for all rows of the query."""
        self.choose(Block(0, END, column, column) for column in sorted(set(columns)))

    def toggle_column(self, column: int) -> None:
        """Select one more whole column, or one less where whole columns are selected."""
        chosen = {c for block in self._blocks for c in range(block.left, block.right + 1)} if self.is_columns else set()
        self.choose_columns(chosen ^ {column})

    def choose_rows(self) -> None:
        """Select the lines of all selected cells whole."""
        last = self._rows.columnCount() - 1
        spans = block_spans(self.blocks, END + 1)
        self.choose(Block(top, bottom, 0, last) for top, bottom in spans)

    def widen_to_columns(self) -> None:
        """Select the columns of all selected cells whole."""
        self.choose_columns(c for block in self.blocks for c in range(block.left, block.right + 1))

    def extend(self, *, to_end: bool) -> None:
        """Select from where the selection began to the last row of the query, or to the first."""
        stands, blocks = self.stands, self.blocks
        if stands is None or not blocks:
            return
        line, column = stands
        block = next((b for b in blocks if b.holds(line, column)), blocks[-1])
        anchor = block.top if line == block.bottom else (line if block.is_open else block.bottom)
        top, bottom = (anchor, END) if to_end else (0, anchor)
        self.choose((Block(top, bottom, block.left, block.right),))

    def forget_lines(self, *, but: int | None = None) -> None:
        """Drop what was selected by lines, as they mean other rows now, and the current cell unless in line `but`.

        What is selected to the end of the query stays: it means whatever rows there are.
        """
        stands = self.stands if but is not None and self._stands is not None and self._stands[0] == but else None
        kept = tuple(block for block in self._blocks if block.is_open and block.top == 0)
        if stands is None:
            self.drop()
        self.choose(kept or (() if stands is None else (Block(stands[0], stands[0], stands[1], stands[1]),)))

    def drop(self) -> None:
        """Select nothing, stand nowhere."""
        self._blocks, self._stands = (), None
        self._guarded_clear()
        self.chosen.emit()

    def stand(self, line: int, column: int, blocks: Sequence[Block]) -> bool:
        """Make a cell current without scrolling and select these rectangles; False when it is not in the window."""
        index = index_at(self._rows, line, column)
        self._settle()
        self._blocks = tuple(blocks)
        self._stands = (line, column)
        if index.isValid():
            self.setCurrentIndex(index, Flag.NoUpdate)
        self._mirror()
        self.chosen.emit()
        return index.isValid()

    # ---- Qt

    def select(  # type: ignore[override]  # the stubs have two of it
        self, selection: QItemSelection | QModelIndex, command: QItemSelectionModel.SelectionFlag
    ) -> None:
        """Take an ordinary selection. It puts an end to one that reaches to the end of the query."""
        if self._is_mine or not isinstance(selection, QItemSelection):
            super().select(selection, command)  # the one for an index comes back here with a selection
            return
        if command == Flag.NoUpdate:
            return
        self._settle()
        if self.is_open and not command & Flag.Clear:
            command = Flag.ClearAndSelect | (command & (Flag.Rows | Flag.Columns))
        super().select(selection, command)
        base, rows = self._rows.base, self._rows.rowCount()
        seen = tuple(
            Block(part.top() + base, part.bottom() + base, part.left(), part.right()) for part in ranges_of(self._view)
        )
        outside = () if command & Flag.Clear else _outside(self._blocks, base, base + rows)
        self._blocks = (*outside, *seen)
        self.chosen.emit()

    def reset(self) -> None:
        """Forget Qt's part: the model was reset, which moves the window or shows other rows (see `_model_reset`)."""
        was_mine, self._is_mine = self._is_mine, True
        try:
            super().reset()
        finally:
            self._is_mine = was_mine

    # ---- private

    def _guarded_clear(self) -> None:
        self._is_mine = True
        try:
            super().clear()
        finally:
            self._is_mine = False

    def _mirror(self) -> None:
        """Have Qt select the part of the blocks that lies in the window."""
        chosen = QItemSelection()
        base, rows, columns = self._rows.base, self._rows.rowCount(), self._rows.columnCount()
        for block in self._blocks:
            top, bottom = max(0, block.top - base), min(block.bottom - base, rows - 1)
            if top <= bottom and block.right < columns:
                chosen.select(self._rows.index(top, block.left), self._rows.index(bottom, block.right))
        self._is_mine = True
        try:
            super().select(chosen, Flag.ClearAndSelect)
            if self._stands is not None and not self.currentIndex().isValid():
                index = index_at(self._rows, *self._stands)
                if index.isValid():
                    self.setCurrentIndex(index, Flag.NoUpdate)
        finally:
            self._is_mine = False

    def _settle(self) -> None:
        """Follow lines that moved without a reset: the window's rows are the same, their numbers are others."""
        moved = self._rows.base - self._base
        if moved:
            self._base = self._rows.base
            self._blocks = tuple(block.moved(moved) for block in self._blocks)
            if self._stands is not None:
                self._stands = (self._stands[0] + moved, self._stands[1])

    def _replacing(self) -> None:
        self._is_replacing = True

    def _model_reset(self) -> None:
        self._base = self._rows.base
        if self._is_replacing:
            self._is_replacing = False
            self._blocks, self._stands = (), None
            self.chosen.emit()
        elif self._blocks or self._stands is not None:
            self._mirror()

    def _rows_inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        self._settle()
        self._blocks = with_lines_added(self._blocks, self._base + first, last - first + 1)
        self._follow_current()

    def _rows_removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        self._settle()
        self._blocks = with_lines_removed(self._blocks, self._base + first, last - first + 1)
        self._follow_current()

    def _follow_current(self) -> None:
        index = self.currentIndex()
        if index.isValid():
            self._stands = (index.row() + self._base, index.column())
        self._mirror()

    def _current_changed(self, current: QModelIndex) -> None:
        if current.isValid():
            self._settle()
            self._stands = (current.row() + self._rows.base, current.column())
        elif not self._is_mine:
            self._stands = None


def _outside(blocks: Iterable[Block], first: int, stop: int) -> tuple[Block, ...]:
    """Return the parts of blocks that lie before line `first`, or from line `stop` on."""
    parts = [part for block in blocks for part in (within(block, 0, first - 1), within(block, stop, END))]
    return tuple(part for part in parts if part is not None)


def index_at(model: RowTableModel, line: int, column: int) -> QModelIndex:
    """Return the index of a line's cell; invalid outside the window. The line is held inside the table."""
    row = min(line, model.lines - 1) - model.base
    is_inside = 0 <= row < model.rowCount() and 0 <= column < model.columnCount()
    return model.index(row, column) if is_inside else QModelIndex()
