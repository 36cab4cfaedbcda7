"""From selected lines to a sheet: which cells are taken, which are hidden, which were read whole. Pure; any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.core.data.rowformats import MISSING, Format, Sheet, SheetCell, SheetColumn, masked
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column
from nexus_studio.services.inserttext import written
from nexus_studio.ui.grid.blocks import Block
from nexus_studio.ui.grid.clipboard import Clip, clip_of
from nexus_studio.ui.grid.shown import ShownRow


@dataclass(frozen=True, slots=True)
class Cut:
    """What is to be copied: blocks of a relation's lines; `places` are the columns (logical) in the order shown."""

    relation: RelationName
    columns: Sequence[Column]
    places: Sequence[int]
    blocks: Sequence[Block]
    hidden: frozenset[int]

    @property
    def names(self) -> frozenset[str]:
        """The columns whose values are needed."""
        return frozenset(self.columns[place].name for place in self.places if place not in self.hidden)

    def is_whole(self, shown: ShownRow) -> bool:
        """Tell whether a row has all the cells wanted of it."""
        return not shown.sizes or not any(p in shown.sizes and p not in self.hidden for p in self.places)

    def sheet(self, lines: Mapping[int, ShownRow], whole: Mapping[RowKey, Mapping[str, Cell]]) -> Sheet:
        """Take the cells out of lines, top to bottom."""
        columns = [self.columns[place] for place in self.places]
        heads = [
            SheetColumn(column.name, column.type, column.is_computed, place in self.hidden)
            for place, column in zip(self.places, columns, strict=True)
        ]
        spans = {place: [b for b in self.blocks if b.left <= place <= b.right] for place in self.places}
        rows = []
        for line in sorted(lines):
            shown = lines[line]
            cells = whole.get(shown.row.key, {}) if shown.row is not None and shown.sizes else {}
            row: list[SheetCell] = []
            for place, column in zip(self.places, columns, strict=True):
                if not any(block.top <= line <= block.bottom for block in spans[place]):
                    row.append(MISSING)
                elif place in self.hidden:
                    row.append(masked(shown.cells[place]))
                else:
                    row.append(
                        cells.get(column.name, shown.cells[place]) if place in shown.sizes else shown.cells[place]
                    )
            rows.append(row)
        return Sheet(heads, rows)

    def clip(self, form: Format, sheet: Sheet) -> Clip:
        """Write a sheet for the clipboard; tab-separated cells can be pasted exactly."""
        text = written(form, sheet, self.relation)
        if form not in {Format.TSV, Format.TSV_HEADERS}:
            return Clip(text)
        hidden = {index for index, place in enumerate(self.places) if place in self.hidden}
        exact = [[MISSING if index in hidden else cell for index, cell in enumerate(row)] for row in sheet.rows]
        return clip_of(text, exact)
