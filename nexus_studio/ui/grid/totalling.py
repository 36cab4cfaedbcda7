"""Totals of the selected cells: from the rows at hand when all are here, by the server when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from nexus_studio.core.data.cells import RowCount, StagedCell
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.data.totals import Totals, is_ranged, is_summable, totals_of
from nexus_studio.core.errors import StudioError, UserError
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.core.sql.aggregates import Span
from nexus_studio.services.aggregates import server_totals
from nexus_studio.services.rowgathering import place_of_row
from nexus_studio.ui.grid.blocks import END, Block, block_spans
from nexus_studio.ui.grid.parts import GridParts
from nexus_studio.ui.grid.row_gathering import lines_in
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.row_view import RowView
from nexus_studio.ui.grid.selection import GridSelection
from nexus_studio.ui.kit.tasks import Latest, TaskRunner

_SETTLE_MS: Final = 60
_AT_ONCE: Final = 2_000  # cells added up in the UI thread
_MOST: Final = 20_000  # cells looked at in the UI thread
_MOST_PARTS: Final = 50


@dataclass(frozen=True, slots=True)
class Summary:
    """What is told of a selection of more than one cell. `totals` None: not known (yet); `may_ask`: the server can say.

    `of_all` is the number of rows when the whole query is selected, or whole columns of it.
    """

    cells: int
    lines: int
    is_everything: bool = False
    of_all: RowCount | None = None
    totals: Totals | None = None
    may_ask: bool = False
    is_busy: bool = False


class Totalling(QObject):
    """Keeps the summary of one grid's selection. UI thread only; nothing here waits."""

    changed = Signal(object)  # Summary, None for one cell or nothing
    failed = Signal(object)  # StudioError

    def __init__(self, view: RowView, model: RowTableModel, chooser: GridSelection, runner: TaskRunner) -> None:
        super().__init__(view)
        self._view, self._model, self._chooser = view, model, chooser
        self._parts: GridParts | None = None
        self._relation: Relation | None = None
        self._latest = Latest(runner, self)
        self.summary: Summary | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE_MS)
        self._timer.timeout.connect(self._compute)
        chooser.chosen.connect(self.look_again)
        model.loaded.connect(self._rows_came)
        model.count_changed.connect(self._rows_came)

    def open(self, parts: GridParts, relation: Relation) -> None:
        """Look at another relation."""
        self._parts, self._relation = parts, relation
        self.look_again()

    def look_again(self) -> None:
        """Forget what was added up: the selection, or a cell, is another."""
        self._latest.cancel()
        if self.summary is not None and self._chooser.is_single:
            self._tell(None)
        self._timer.start()

    def ask_server(self, query: RowQuery) -> None:
        """Add up on the server, as a task the window shows. Staged edits are not in it."""
        summary, parts, relation = self.summary, self._parts, self._relation
        if summary is None or parts is None or relation is None or not summary.may_ask:
            return
        columns, source = self._model.columns, parts.source
        try:
            wanted = [(self._span(block, relation, query), self._names(block)) for block in self._chooser.blocks]
        except UserError as error:
            self.failed.emit(error)
            return
        drafts = self._drafts()
        self._tell(_with(summary, is_busy=True))

        def take(found: Totals) -> None:
            for column, cells in drafts.items():
                found = found.joined(totals_of(columns[column].type, cells))
            self._tell(_with(summary, totals=found))

        def fail(error: StudioError) -> None:
            self._tell(summary)
            self.failed.emit(error)

        self._latest.start(
            lambda ctx: server_totals(source, relation, query, wanted, ctx),
            take,
            fail,
            self.tr("Adding up {relation}").format(relation=relation.name.name),
        )

    # ---- private

    def _tell(self, summary: Summary | None) -> None:
        if summary != self.summary:
            self.summary = summary
            self.changed.emit(summary)

    def _rows_came(self) -> None:
        if self._chooser.is_single or self._latest.is_busy:
            return
        if self.summary is None or self.summary.totals is None:
            self._timer.start()
        elif self.summary.of_all is not None:
            self._tell(replace(self.summary, of_all=self._model.total))

    def _compute(self) -> None:
        chooser = self._chooser
        cells = chooser.cell_count()
        if cells <= 1:
            self._tell(None)
            return
        of_all = self._model.total if chooser.is_columns else None
        summary = Summary(cells, chooser.line_count(), chooser.is_everything, of_all)
        columns = self._columns()
        here = self._at_hand(columns) if cells <= _MOST else None
        if here is None:
            may_ask = len(chooser.blocks) <= _MOST_PARTS and any(
                is_summable(column.type) or is_ranged(column.type) for column in columns.values()
            )
            self._tell(_with(summary, may_ask=may_ask))
        elif cells <= _AT_ONCE:
            self._tell(_with(summary, totals=_added(columns, here)))
        else:
            self._latest.start(
                lambda _ctx: _added(columns, here), lambda found: self._tell(_with(summary, totals=found))
            )

    def _columns(self) -> dict[int, Column]:
        """Return the columns that are added up: chosen, shown and not hidden behind dots."""
        header, masked = self._view.column_header, self._view.masked
        chosen = {c for block in self._chooser.blocks for c in range(block.left, block.right + 1)}
        return {c: self._model.columns[c] for c in chosen if c not in masked and not header.isSectionHidden(c)}

    def _names(self, block: Block) -> tuple[str, ...]:
        columns = self._columns()
        return tuple(columns[c].name for c in range(block.left, block.right + 1) if c in columns)

    def _at_hand(self, columns: Mapping[int, Column]) -> dict[int, list[StagedCell]] | None:
        """Return the chosen cells by column; None when one of them that counts is not here."""
        lines = lines_in(self._model, block_spans(self._chooser.blocks, END + 1))
        if lines.gaps:
            return None
        counting = [c for c, column in columns.items() if is_summable(column.type) or is_ranged(column.type)]
        found: dict[int, list[StagedCell]] = {column: [] for column in columns}
        for block in self._chooser.blocks:
            inside = [c for c in columns if block.left <= c <= block.right]
            for line, shown in lines.here.items():
                if block.top <= line <= block.bottom:
                    if shown.sizes and any(c in shown.sizes for c in counting if c in inside):
                        return None
                    for column in inside:
                        found[column].append(shown.cells[column])
        return found

    def _drafts(self) -> dict[int, list[StagedCell]]:
        """Return the chosen cells of staged new rows, which the server does not know."""
        columns = self._columns()
        found: dict[int, list[StagedCell]] = {}
        for line in range(self._model.drafts):
            shown = self._model.line_at(line)
            for column in columns:
                if shown is not None and any(block.holds(line, column) for block in self._chooser.blocks):
                    found.setdefault(column, []).append(shown.cells[column])
        return found

    def _span(self, block: Block, relation: Relation, query: RowQuery) -> Span:
        """Say which rows a block means: by the places of its ends where those rows are here, else by counting.

        Raises:
            UserError: "rows.not_numbered", where they would have to be counted by numbers that are estimates.
        """
        drafts = self._model.drafts
        top, bottom = max(block.top - drafts, 0), block.bottom - drafts
        first = self._place(top, relation, query) if top else None
        last = None if block.is_open else self._place(bottom, relation, query)
        if (top and first is None) or (not block.is_open and last is None):
            if not self._model.loader.is_exact:
                raise UserError("rows.not_numbered", relation=str(relation.name))
            return Span(skip=top, count=None if block.is_open else max(0, bottom - top + 1))
        return Span(first, last)

    def _place(self, ordinal: int, relation: Relation, query: RowQuery) -> tuple[str | None, ...] | None:
        row = self._model.loader.row(ordinal)
        return None if row is None else place_of_row(relation, query, row)


def _added(columns: Mapping[int, Column], cells: Mapping[int, list[StagedCell]]) -> Totals:
    found = Totals()
    for index, column in columns.items():
        found = found.joined(totals_of(column.type, cells[index]))
    return found


def _with(summary: Summary, *, totals: Totals | None = None, may_ask: bool = False, is_busy: bool = False) -> Summary:
    return replace(summary, totals=totals, may_ask=may_ask, is_busy=is_busy)
