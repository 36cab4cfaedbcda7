"""Copying: selected cells to the clipboard, in several forms, and blocks of cells from it into staged edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Final

from PySide6.QtCore import QLocale, QObject, Signal

from nexus_studio.core.data.cells import Cell, RowKey, StagedCell
from nexus_studio.core.data.codecs import CodecRegistry
from nexus_studio.core.data.rowformats import MASK, Format, Missing
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import InvalidValue, StudioError
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.rowgathering import Wish, gather
from nexus_studio.ui.grid.blocks import END, Block, block_spans
from nexus_studio.ui.grid.clipboard import Block as Cells
from nexus_studio.ui.grid.clipboard import Clip, from_clipboard, put
from nexus_studio.ui.grid.copy_sheet import Cut
from nexus_studio.ui.grid.parts import GridParts
from nexus_studio.ui.grid.row_gathering import lines_in, too_many
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.row_view import RowView
from nexus_studio.ui.grid.selection import blocks_of
from nexus_studio.ui.grid.shown import ShownRow, staged_row
from nexus_studio.ui.grid.stager import Stager
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import reason_sentence

MOST_LINES: Final = 20_000
"""Lines that are copied at most: more is an export."""

COPY_NOTICE: Final = "grid.copy"
"""The key of the notice that says why nothing was copied; it is withdrawn where another table is looked at."""

_AT_ONCE: Final = 3_000
"""Cells that are written in the UI thread: a few milliseconds, and what was copied can be pasted the next moment."""

Target = tuple[ShownRow, Column, StagedCell | Missing]


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
        self._writing = Latest(context.runner, self)

    def copy(self, parts: GridParts, relation: Relation, query: RowQuery, form: Format = Format.TSV) -> None:
        """Put the selected cells on the clipboard; rows not here and cut cells are read first, by a task."""
        cut = self._cut(relation)
        spans = block_spans(cut.blocks, END + 1)
        if not spans or not cut.places:
            return
        if too_many(self._model, spans, MOST_LINES):
            most = QLocale().toString(MOST_LINES)
            words = self.tr("At most {most} rows are copied at a time.")
            more = self.tr("Select fewer rows, or write them to a file on the command line: {command}")
            command = f"nexus-studio rows {quote(str(relation.name))} --format csv --limit N"
            self._notices.warning(words.format(most=most), explanation=more.format(command=command), key=COPY_NOTICE)
            return
        lines = lines_in(self._model, spans)
        short = [shown.row for shown in lines.here.values() if shown.row is not None and not cut.is_whole(shown)]
        if not lines.gaps and not short:
            self._write(cut, form, lines.here, {})
            return
        wish, source = Wish(lines.gaps, short, cut.names, MOST_LINES), parts.source
        drafts, columns, changes = self._model.drafts, self._model.columns, self._stager.parts.changes.snapshot()

        def work(ctx: TaskContext) -> tuple[Clip, int]:
            found = gather(source, relation, query, wish, ctx)
            read = {at + drafts: staged_row(changes, columns, row) for at, row in found.rows.items()}
            sheet = cut.sheet({**lines.here, **read}, found.whole)
            return cut.clip(form, sheet), len(sheet.rows)

        self._writing.start(work, lambda made: self._put(*made), self._fail, self.tr("Reading rows to copy"))

    def paste(self, block: Cells, lines: Mapping[int, ShownRow], place: tuple[int, int]) -> None:
        """Stage a block of cells from a line and column on; see `fill` for one value alone.

        `lines` are those it reaches, as far as there are any.
        """
        self._stage(block, self._targets(block, lines, place))

    def fill(self, lines: Mapping[int, ShownRow], blocks: Sequence[Block]) -> None:
        """Stage the one value on the clipboard in all cells of blocks, whose lines are given."""
        block, header = from_clipboard(), self._view.column_header
        targets = [
            (lines[line], self._model.columns[column], block[0][0])
            for line in sorted(lines)
            for column in sorted({c for b in blocks if b.top <= line <= b.bottom for c in range(b.left, b.right + 1)})
            if not header.isSectionHidden(column)
        ]
        self._stage(block, targets)

    @property
    def holds_one_value(self) -> bool:
        """Whether one value alone is on the clipboard: pasted, it fills the selection."""
        block = from_clipboard()
        return len(block) == 1 and len(block[0]) == 1

    def _stage(self, block: Cells, targets: Sequence[Target]) -> None:
        cells: list[tuple[ShownRow, Column, StagedCell]] = []
        left_alone = False
        for shown, column, cell in targets:
            if isinstance(cell, Missing) or cell == MASK:
                continue  # dots stand for a value that was hidden where they come from
            if column.type.kind is TypeKind.BINARY and (not cell or cell == "\\N"):
                left_alone = True  # a picture is gone in a moment, and no one sees what a cell of bytes held
                continue
            try:
                cells.append((shown, column, self._fitting(cell, column)))
            except InvalidValue as error:
                words = self.tr("Nothing was pasted: {column} does not take one of the values.")
                self._notices.warning(words.format(column=column.name), explanation=reason_sentence(error))
                return
        if cells:
            self._stager.set_cells(cells)
        if left_alone:
            words = self.tr("Binary cells were left as they are: nothing and NULL are not pasted over them.")
            self._notices.info(words)
        if sum(map(len, block)) > len(targets) > 0:
            words = self.tr("Some of the pasted cells lie outside the table and were left out.")
            more = self.tr("Paste as new rows (Ctrl+Shift+V) adds them as rows.")
            self._notices.info(words, explanation=more)

    def _cut(self, relation: Relation) -> Cut:
        blocks, header = blocks_of(self._view, self._model), self._view.column_header
        chosen = {column for block in blocks for column in range(block.left, block.right + 1)}
        places = sorted((c for c in chosen if not header.isSectionHidden(c)), key=header.visualIndex)
        return Cut(relation.name, self._model.columns, places, blocks, self._view.masked)

    def _write(
        self, cut: Cut, form: Format, lines: Mapping[int, ShownRow], whole: Mapping[RowKey, Mapping[str, Cell]]
    ) -> None:
        """Write the text here and now, or by a task when it is long."""

        def work() -> Clip:
            return cut.clip(form, cut.sheet(lines, whole))

        if len(lines) * len(cut.places) <= _AT_ONCE and not whole:
            self._put(work(), len(lines))
        else:
            self._writing.start(lambda _ctx: work(), lambda clip: self._put(clip, len(lines)), self._fail)

    def _put(self, clip: Clip, lines: int) -> None:
        put(clip)
        self.copied.emit(lines)

    def _fail(self, error: StudioError) -> None:
        self.failed.emit(error)

    def _targets(self, block: Cells, lines: Mapping[int, ShownRow], place: tuple[int, int]) -> list[Target]:
        header, (line, column) = self._view.column_header, place
        visible = [header.logicalIndex(v) for v in range(header.visualIndex(column), header.count())]
        columns = [self._model.columns[c] for c in visible if not header.isSectionHidden(c)]
        return [
            (lines[line + down], under, cell)
            for down, cells in enumerate(block)
            if line + down in lines
            for under, cell in zip(columns, cells, strict=False)
        ]

    def _fitting(self, cell: StagedCell, column: Column) -> StagedCell:
        """Check a pasted cell; an empty field means NULL where the type has no empty text."""
        if not isinstance(cell, str):
            return cell
        if cell == "" and column.type.kind is not TypeKind.TEXT and column.nullable:
            return None
        return self._codecs.for_type(column.type).check(cell, column.type)
