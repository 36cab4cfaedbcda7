"""Bulk: one edit of many cells - the same value, the value above, a block as new rows, find and replace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QObject

from nexus_studio.core.data.cells import Cell, Row, RowKey, StagedCell
from nexus_studio.core.data.codecs import CodecRegistry
from nexus_studio.core.data.pasting import PastePlan
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import InvalidValue, StudioError
from nexus_studio.core.schema.catalog import Column
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.rowgathering import Wish, gather
from nexus_studio.ui.grid.blocks import Block
from nexus_studio.ui.grid.clipboard import from_clipboard
from nexus_studio.ui.grid.locks import Lock
from nexus_studio.ui.grid.paste_dialog import PasteDialog
from nexus_studio.ui.grid.replace_dialog import ReplaceDialog, Sought
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.row_view import RowView
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.grid.stager import Stager, Whole
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import reason_sentence

_NOTICE = "grid.bulk"

Target = tuple[int, ShownRow, Column]


class Bulk(QObject):
    """Edits of many cells of one grid. UI thread only; each is one step of undo, and staged by the stager."""

    def __init__(
        self, view: RowView, model: RowTableModel, stager: Stager, codecs: CodecRegistry, context: UiContext
    ) -> None:
        super().__init__(view)
        self._view, self._model, self._stager, self._codecs = view, model, stager, codecs
        self._context, self._reading = context, Latest(context.runner, self)

    # ---- the same value

    def spread(
        self,
        cell: StagedCell,
        others: Mapping[str, Cell],
        lines: Mapping[int, ShownRow],
        blocks: Sequence[Block],
        origin: str,
    ) -> None:
        """Stage one value in all cells of blocks. `others` go with it in other columns: a key is taken whole.

        `origin` is the column the value was typed in. Columns that don't take NULL are left out of NULL, and so on.
        """
        targets = list(self._cells(lines, blocks))
        if others:
            names = {origin, *others}
            rows = [(line, lines[line]) for line in sorted({line for line, _, _ in targets})]
            columns = [column for column in self._model.columns if column.name in names]
            targets = [(line, shown, column) for line, shown in rows for column in columns]
            values: Mapping[str, StagedCell] = {**others, origin: cell}
        else:
            values = {column.name: cell for _, _, column in targets}
        self._stage([(shown, column, values[column.name]) for _, shown, column in targets])

    # ---- the value above

    def reach_down(self, blocks: Sequence[Block]) -> tuple[Block, ...]:
        """Return the blocks that filling down looks at: one of a single line takes the line above it along."""
        return tuple(
            Block(block.top - 1, block.bottom, block.left, block.right)
            if block.top == block.bottom and block.top > 0
            else block
            for block in blocks
        )

    def fill_down(self, lines: Mapping[int, ShownRow], blocks: Sequence[Block]) -> None:
        """Stage in each block what its first line holds in the lines below. Long values are read whole first."""
        pairs: list[tuple[ShownRow, int, Target]] = []
        for block in blocks:
            source = lines.get(block.top)
            if source is None:
                continue
            place_of = {column.name: place for place, column in enumerate(self._model.columns)}
            below = Block(block.top + 1, block.bottom, block.left, block.right)
            pairs += [(source, place_of[target[2].name], target) for target in self._cells(lines, (below,))]
        if not pairs:
            self._say(self.tr("Select the cell to take and those below it."))
            return
        masked = self._stager.parts.masked
        pairs = [pair for pair in pairs if pair[2][2].name not in masked]
        names: dict[RowKey, set[str]] = {}
        rows: dict[RowKey, Row] = {}
        for source, place, (_, _, column) in pairs:
            if source.row is not None and place in source.sizes:
                names.setdefault(source.row.key, set()).add(column.name)
                rows[source.row.key] = source.row

        def stage(whole: Whole) -> None:
            cells: list[tuple[ShownRow, Column, StagedCell]] = []
            for source, place, (_, shown, column) in pairs:
                cell = source.cells[place]
                if source.row is not None and place in source.sizes:
                    cell = whole.get(source.row.key, {}).get(column.name, cell)
                cells.append((shown, column, cell))
            self._stage(cells)

        self._with_whole(list(rows.values()), frozenset().union(*names.values()) if names else frozenset(), stage)

    # ---- a block as new rows

    def ask_rows(self, first: Column | None) -> PasteDialog | None:
        """Show what the clipboard becomes as new rows, beginning at a column, and stage it when that is agreed to."""
        lock = self._stager.insert_lock()
        if lock is not Lock.OPEN:
            self._stager.refused.emit(lock)
            return None
        block = from_clipboard()
        if not block:
            self._say(self.tr("There is nothing on the clipboard that could become rows."))
            return None
        header = self._view.column_header
        visible = [header.logicalIndex(v) for v in range(header.count())]
        columns = [self._model.columns[c] for c in visible if not header.isSectionHidden(c)]
        dialog = PasteDialog(block, columns, first, self._codecs, self._view)
        dialog.agreed.connect(self._add)
        dialog.open()
        return dialog

    def _add(self, plan: PastePlan) -> None:
        self._stager.insert_many(plan.rows)

    # ---- find and replace

    def ask_replacement(self, lines: Mapping[int, ShownRow], blocks: Sequence[Block]) -> None:
        """Ask what to find in cells and what to put there; what is cut is read whole first."""
        places = {column.name: place for place, column in enumerate(self._model.columns)}
        found: list[tuple[ShownRow, Column]] = []
        locks: dict[tuple[str, bool, bool], Lock] = {}
        for _, shown, column in self._cells(lines, blocks):
            kind = (column.name, shown.is_deleted, shown.draft is not None)
            if kind not in locks:
                locks[kind] = self._stager.lock(shown, column)
            is_text = isinstance(shown.cells[places[column.name]], str) and column.type.kind is not TypeKind.BINARY
            if is_text and locks[kind] is Lock.OPEN and column.name not in self._stager.parts.masked:
                found.append((shown, column))
        if not found:
            self._say(self.tr("None of the selected cells holds a text that can be changed."))
            return
        cut: dict[RowKey, Row] = {}
        names: set[str] = set()
        for shown, column in found:
            if shown.row is not None and places[column.name] in shown.sizes:
                cut[shown.row.key] = shown.row
                names.add(column.name)
        self._with_whole(list(cut.values()), frozenset(names), partial(self._open_replacement, found, places))

    def _open_replacement(
        self, found: Sequence[tuple[ShownRow, Column]], places: Mapping[str, int], whole: Whole
    ) -> None:
        sought: list[Sought] = []
        for shown, column in found:
            cell = shown.cells[places[column.name]]
            if shown.row is not None and places[column.name] in shown.sizes:
                cell = whole.get(shown.row.key, {}).get(column.name)
            if isinstance(cell, str):
                sought.append(Sought(shown, column, cell))
        session = self._stager.parts.source.session
        dialog = ReplaceDialog(sought, session, self._codecs, self._context, self._view)
        dialog.agreed.connect(lambda cells: self._stager.set_cells(cells, whole))
        dialog.open()

    # ---- inside

    def _cells(self, lines: Mapping[int, ShownRow], blocks: Iterable[Block]) -> Iterator[Target]:
        """Go through the cells of blocks whose lines are given, line by line, each once; hidden columns are not."""
        header, known = self._view.column_header, sorted(lines)
        shown_columns = [not header.isSectionHidden(place) for place in range(len(self._model.columns))]
        done: set[tuple[int, int]] = set()
        for block in blocks:
            places = [place for place in range(block.left, block.right + 1) if shown_columns[place]]
            for line in known:
                if not block.top <= line <= block.bottom:
                    continue
                for place in places:
                    if (line, place) not in done:
                        done.add((line, place))
                        yield line, lines[line], self._model.columns[place]

    def _stage(self, cells: Sequence[tuple[ShownRow, Column, StagedCell]]) -> None:
        """Stage cells that fit; none where a column does not take one of the values."""
        fitting: list[tuple[ShownRow, Column, StagedCell]] = []
        checked: dict[tuple[str, StagedCell], StagedCell] = {}
        has_given, first_locked = False, None
        for shown, column, cell in cells:
            if not _takes(cell, shown, column):
                continue
            if self._stager.lock(shown, column) is not Lock.OPEN:
                first_locked = first_locked or (shown, column, cell)  # set_cells says why
                continue
            kind = (column.name, cell)
            if kind not in checked:
                try:
                    checked[kind] = self._checked(cell, column)
                except InvalidValue as error:
                    words = self.tr("Nothing was changed: {column} does not take the value.").format(column=column.name)
                    self._context.notices.warning(words, explanation=reason_sentence(error), key=_NOTICE)
                    return
            has_given = True
            fitting.append((shown, column, checked[kind]))
        if first_locked is not None:
            fitting.append(first_locked)
        if fitting:
            self._stager.set_cells(fitting)
        if not has_given and first_locked is None:
            self._say(self.tr("None of the selected cells takes this value."))

    def _checked(self, cell: StagedCell, column: Column) -> StagedCell:
        return self._codecs.for_type(column.type).check(cell, column.type) if isinstance(cell, str) else cell

    def _with_whole(self, rows: Sequence[Row], columns: frozenset[str], then: Callable[[Whole], None]) -> None:
        """Read cells of rows whole, by a task, and go on with them."""
        if not rows:
            then({})
            return
        parts = self._stager.parts

        def work(ctx: TaskContext) -> Whole:
            wish = Wish((), rows, columns)
            found = gather(parts.source, parts.relation, RowQuery(parts.relation.name), wish, ctx)
            return {key: dict(cells) for key, cells in found.whole.items()}

        def take(whole: Whole) -> None:
            if self._stager.is_on(parts):
                then(whole)

        self._reading.start(work, take, self._fail, self.tr("Reading whole values"))

    def _fail(self, error: StudioError) -> None:
        self._stager.failed.emit(error)

    def _say(self, text: str) -> None:
        self._context.notices.info(text, key=_NOTICE)


def _takes(cell: StagedCell, shown: ShownRow, column: Column) -> bool:
    """Tell whether a column takes NULL, or has a default, whichever is meant; bytes are never emptied in bulk."""
    if isinstance(cell, str):
        return bool(cell) or column.type.kind is not TypeKind.BINARY
    if cell is None:
        return column.nullable and column.type.kind is not TypeKind.BINARY
    return shown.draft is not None or bool(column.default) or bool(column.generated.value)
