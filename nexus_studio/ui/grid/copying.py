"""Copying: selected cells to the clipboard, and blocks of cells from it into staged edits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QLocale, QObject, Signal

from nexus_studio.core.data.cells import Cell, Row, StagedCell
from nexus_studio.core.data.codecs import CodecRegistry
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import InvalidValue
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.ui.grid.clipboard import from_clipboard, read_lines, to_clipboard
from nexus_studio.ui.grid.looks import MASK
from nexus_studio.ui.grid.parts import GridParts
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.row_view import RowView
from nexus_studio.ui.grid.selection import Block, blocks_of
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.grid.stager import Stager
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import reason_sentence

MOST_LINES: Final = 20_000
"""Lines that are copied at most: more is an export."""


class Copying(QObject):
    """The clipboard of one grid. UI thread only."""

    copied = Signal(int)  # lines
    failed = Signal(object)  # StudioError

    def __init__(
        self, view: RowView, model: RowTableModel, stager: Stager, codecs: CodecRegistry, context: UiContext
    ) -> None:
        super().__init__(view)
        self._view, self._model, self._stager, self._codecs = view, model, stager, codecs
        self._notices = context.notices
        self._latest = Latest(context.runner, self)

    def copy(self, parts: GridParts, relation: Relation, query: RowQuery, *, with_headers: bool) -> None:
        """Put the selected cells on the clipboard; rows not here and cut cells are read first, by a task."""
        blocks = blocks_of(self._view, self._model)
        if not blocks:
            return
        top, bottom = min(block.top for block in blocks), max(block.bottom for block in blocks)
        if bottom - top >= MOST_LINES:
            most = QLocale().toString(MOST_LINES)
            self._notices.warning(self.tr("At most {most} rows are copied at a time.").format(most=most))
            return
        header = self._view.column_header
        chosen = {column for block in blocks for column in range(block.left, block.right + 1)}
        columns = sorted((c for c in chosen if not header.isSectionHidden(c)), key=header.visualIndex)
        lines = [line for line in range(top, bottom + 1) if any(b.top <= line <= b.bottom for b in blocks)]
        shown = {line: self._model.line_at(line) for line in lines}
        names = [self._model.columns[column].name for column in columns] if with_headers else []
        read = [column for column in columns if column not in self._view.masked]
        is_whole = all(row is not None and not any(c in row.sizes for c in read) for row in shown.values())
        if is_whole:
            self._put([self._line(shown[line], {}, columns, blocks, line) for line in lines], names)
            return
        drafts = self._model.drafts
        span = (max(0, top - drafts), bottom - drafts)
        wanted = [self._model.columns[column].name for column in read]

        def take(found: list[tuple[Row, dict[str, Cell]]]) -> None:
            rows = {span[0] + drafts + number: pair for number, pair in enumerate(found)}
            block = []
            for line in lines:
                row = shown[line]
                stored, whole = rows.get(line, (None, {}))
                if row is None and stored is not None:
                    row = ShownRow(stored.cells, stored, sizes=stored.sizes)
                if row is not None:
                    block.append(self._line(row, whole, columns, blocks, line))
            self._put(block, names)

        self._latest.start(
            lambda ctx: read_lines(parts.source, relation, query, span, wanted, ctx),
            take,
            self.failed.emit,
            self.tr("Reading rows to copy"),
        )

    def paste(self) -> None:
        """Stage what is on the clipboard from the current cell on; one value fills the whole selection."""
        block = from_clipboard()
        index = self._view.currentIndex()
        if not block or not index.isValid():
            return
        targets = self._targets(block)
        cells: list[tuple[ShownRow, Column, StagedCell]] = []
        for shown, column, cell in targets:
            try:
                cells.append((shown, column, self._fitting(cell, column)))
            except InvalidValue as error:
                words = self.tr("Nothing was pasted: {column} does not take one of the values.")
                self._notices.warning(words.format(column=column.name), explanation=reason_sentence(error))
                return
        if cells:
            self._stager.set_cells(cells)
        if len(block) * max(map(len, block)) > len(targets) > 0 and len(block) > 1:
            self._notices.info(self.tr("Some of the pasted cells lie outside the table and were left out."))

    def _targets(self, block: list[list[StagedCell]]) -> list[tuple[ShownRow, Column, StagedCell]]:
        if len(block) == 1 and len(block[0]) == 1:
            places = [(i.row(), i.column()) for i in self._view.selectedIndexes()[:MOST_LINES]]
            found = [(self._model.shown(row), column, block[0][0]) for row, column in sorted(places)]
        else:
            header, index = self._view.column_header, self._view.currentIndex()
            first = header.visualIndex(index.column())
            visible = [header.logicalIndex(v) for v in range(first, header.count())]
            visible = [column for column in visible if not header.isSectionHidden(column)]
            found = [
                (self._model.shown(index.row() + down), column, cell)
                for down, line in enumerate(block)
                if index.row() + down < self._model.rowCount()
                for column, cell in zip(visible, line, strict=False)
            ]
        return [(shown, self._model.columns[column], cell) for shown, column, cell in found if shown is not None]

    def _fitting(self, cell: StagedCell, column: Column) -> StagedCell:
        """Check a pasted cell; an empty field means NULL where the type has no empty text."""
        if not isinstance(cell, str):
            return cell
        if cell == "" and column.type.kind is not TypeKind.TEXT and column.nullable:
            return None
        return self._codecs.for_type(column.type).check(cell, column.type)

    def _line(
        self,
        shown: ShownRow | None,
        whole: dict[str, Cell],
        columns: Sequence[int],
        blocks: Sequence[Block],
        line: int,
    ) -> list[StagedCell]:
        cells: list[StagedCell] = []
        for column in columns:
            is_chosen = any(b.top <= line <= b.bottom and b.left <= column <= b.right for b in blocks)
            if shown is None or not is_chosen:
                cells.append("")
            elif column in self._view.masked and shown.cells[column] is not None:
                cells.append(MASK)
            elif column in shown.sizes:
                cells.append(whole.get(self._model.columns[column].name, shown.cells[column]))
            else:
                cells.append(shown.cells[column])
        return cells

    def _put(self, block: list[list[StagedCell]], names: Sequence[str]) -> None:
        to_clipboard(block, names)
        self.copied.emit(len(block))
