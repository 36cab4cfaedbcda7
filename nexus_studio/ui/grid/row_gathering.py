"""Which of the selected rows are here, and which have to be read before a command or a copy can take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QObject

from nexus_studio.core.data.cells import Row
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import StudioError
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.rowgathering import Gap, Wish, gather
from nexus_studio.ui.grid.blocks import END
from nexus_studio.ui.grid.parts import GridParts
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.shown import ShownRow, staged_row
from nexus_studio.ui.kit.tasks import Latest, TaskRunner

_NEAR: Final = 1_000
"""Rows that are read and thrown away at most, to begin beside a known row."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines as they are shown, by line, as far as they are here; gaps are in ordinals of stored rows."""

    here: Mapping[int, ShownRow]
    gaps: Sequence[Gap] = field(default_factory=tuple)


def lines_in(model: RowTableModel, spans: Sequence[tuple[int, int]]) -> Lines:
    """Sort the lines of spans (first, last; `END`: to the end of the query) by whether they are here.

    Nothing is asked for. Cost: the lines; refuse what is too many before (see `too_many`).
    """
    here: dict[int, ShownRow] = {}
    gaps: list[Gap] = []
    row_at = model.loader.row
    total, drafts = model.total, model.drafts
    is_counted = total is not None and total.certainty == "exact"
    for top, bottom in spans:
        missing: int | None = None
        last = min(bottom, model.lines - 1)
        for line in range(top, last + 1):
            shown = model.line_at(line) if line < drafts or row_at(line - drafts) is not None else None
            if shown is None:
                missing = line if missing is None else missing
                continue
            if missing is not None:
                gaps.append(_gap(model, missing - drafts, line - 1 - drafts))
                missing = None
            here[line] = shown
        if bottom > last and not is_counted:  # there may be more lines than the grid knows of
            end = None if bottom >= END else bottom - drafts
            gaps.append(_gap(model, (last + 1 if missing is None else missing) - drafts, end))
        elif missing is not None:
            gaps.append(_gap(model, missing - drafts, last - drafts))
    return Lines(here, tuple(gaps))


def too_many(model: RowTableModel, spans: Sequence[tuple[int, int]], most: int) -> bool:
    """Tell whether spans hold more lines than that, as far as the number of all lines is known."""
    return sum(min(bottom, model.lines - 1) - top + 1 for top, bottom in spans) > most


def in_order(lines: Mapping[int, ShownRow]) -> list[ShownRow]:
    """Return rows top to bottom."""
    return [lines[line] for line in sorted(lines)]


class Gathering(QObject):
    """Reads rows for one grid, as a titled task; a new wish takes the place of the one before. UI thread only."""

    def __init__(self, model: RowTableModel, runner: TaskRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._latest = Latest(runner, self)

    def take(
        self,
        asked: tuple[GridParts, Relation, RowQuery, ChangeSet],
        lines: Lines,
        most: int,
        done: Callable[[dict[int, ShownRow]], None],
        failed: Callable[[StudioError], None],
    ) -> None:
        """Hand lines to `done`: at once when all are here, else when the others were read."""
        parts, relation, query, changes = asked
        if not lines.gaps:
            done(dict(lines.here))
            return

        columns, drafts, source, staged = self._model.columns, self._model.drafts, parts.source, changes.snapshot()
        here = [shown.row for shown in lines.here.values() if shown.row is not None]
        wish = Wish(lines.gaps, here, None, most)

        def work(ctx: TaskContext) -> dict[int, ShownRow]:
            found = gather(source, relation, query, wish, ctx)
            read = {ordinal + drafts: staged_row(staged, columns, row) for ordinal, row in found.rows.items()}
            return {**lines.here, **read}

        self._latest.start(work, done, failed, self.tr("Reading rows"))

    def cancel(self) -> None:
        """Stop reading."""
        self._latest.cancel()


def _gap(model: RowTableModel, first: int, last: int | None) -> Gap:
    row = model.loader.row
    before = _nearest(model, first)
    behind = row(last + 1) if last is not None else None
    loader = model.loader
    known = (last + 1, behind) if last is not None and behind is not None else None
    return Gap(first, last, before, known, loader.mark_before(first), loader.is_exact)


def _nearest(model: RowTableModel, first: int) -> tuple[int, Row] | None:
    for ordinal in range(first - 1, max(-1, first - 1 - _NEAR), -1):
        if (row := model.loader.row(ordinal)) is not None:
            return ordinal, row
    return None
