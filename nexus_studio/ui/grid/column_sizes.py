"""ColumnSizes: how wide the grid's columns are - as chosen and remembered, else as their content wants."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Final

from PySide6.QtCore import QObject

from nexus_studio.core.data.cells import UNREAD
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.settings import column_widths
from nexus_studio.ui.grid.looks import look_of, masked_look
from nexus_studio.ui.grid.row_model import RowTableModel, spoken
from nexus_studio.ui.grid.row_view import RowView
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.kit.settings import SettingsHolder

MOST_WIDTH: Final = 420  # pixels
_KEY_WIDTH: Final = 150
"""Pixels a key gets by itself: long ids tell a person little, and what stands beside them more."""

_LINK_WIDTH: Final = 250  # a foreign key has its label in the same cell
_SAMPLE_ROWS: Final = 40
_MOST_LETTERS: Final = 200  # of a text that is measured: more are wider than any column
_GUESSES: Final = {TypeKind.TEXT: 160, TypeKind.JSON: 220, TypeKind.UUID: 250, TypeKind.TIMESTAMP: 170}
"""Pixels for columns none of whose cells is here, where more than the name is likely to be needed."""

_LABEL_WIDTH: Final = 90
_PADDING: Final = 24
_CHIP_PADDING: Final = 12


class ColumnSizes(QObject):
    """Sizes columns as their content wants once they and rows are in sight; before that by their names and types.

    A width chosen by hand is kept under the relation's place. Of hundreds of columns only those in sight are measured,
    so that opening a table takes no longer for the others.
    """

    def __init__(self, view: RowView, model: RowTableModel, settings: SettingsHolder) -> None:
        super().__init__(view)
        self._view, self._model, self._settings = view, model, settings
        self._place = ""
        self._keys: frozenset[str] = frozenset()
        self._own_key: frozenset[str] = frozenset()
        self._unmeasured: set[int] = set()
        self._is_ours = False
        view.column_header.sectionResized.connect(self._keep)
        view.column_header.sectionHandleDoubleClicked.connect(self.fit)
        view.columns_in_sight_changed.connect(self._measure)
        model.loaded.connect(self._measure)

    def open(self, relation: Relation, place: str) -> None:
        """Size the columns of another relation: by name now, by content when rows are here."""
        self._place = place
        self._keys = frozenset(name for key in relation.foreign_keys if len(key.columns) == 1 for name in key.columns)
        self._own_key = frozenset(relation.key)
        self._guess()

    def fit(self, column: int) -> None:
        """Make a column as wide as its name and the rows in sight."""
        self._view.column_header.resizeSection(column, self.fitting(column))

    def fitting(self, column: int) -> int:
        """Return the width in pixels that a column's name and the rows in sight fit in, within bounds."""
        return self._fitting(column, self._texts(column, self._sample()))

    def fit_all(self) -> None:
        """Fit all columns that are shown to their content, as far as it is here."""
        rows = self._sample()
        for column in self._view.column_header.places.shown():
            self._view.column_header.resizeSection(column, self._fitting(column, self._texts(column, rows)))

    def reset(self) -> None:
        """Forget the widths chosen by hand, and let the columns take those they want."""
        if self._place:
            self._settings.set(column_widths(self._place), {})
        self._guess()
        self._measure()

    def _fitting(self, column: int, texts: Sequence[str]) -> int:
        known = self._model.columns[column]
        extra = _CHIP_PADDING if known.type.kind is TypeKind.ENUM else 0
        width = self._view.column_header.wanted_width(column)
        if texts:
            width = max(width, ceil(max(map(self._view.cell_painter.text_width, texts))) + _PADDING + extra)
        else:
            width = max(width, _GUESSES.get(known.type.kind, 0))
        return min(width + (_LABEL_WIDTH if known.name in self._keys else 0), MOST_WIDTH)

    def _sample(self) -> list[ShownRow]:
        """Return the rows in sight, as far as they are here. Nothing is asked for."""
        first, _last = self._view.visible_rows()
        rows = []
        for row in range(first, min(first + _SAMPLE_ROWS, self._model.rowCount())):
            shown = self._model.shown(row) if self._model.is_here(row) else None
            if shown is None:
                break
            rows.append(shown)
        return rows

    def _texts(self, column: int, rows: Sequence[ShownRow]) -> list[str]:
        """Return what stands in a column of these rows, as far as it was read, and no more of it than can matter."""
        type_ = self._model.columns[column].type
        if column in self._model.masked:
            return [masked_look(row.cells[column]).text for row in rows]
        sizes = [row.sizes.get(column) for row in rows]
        cells = [(row.cells[column], size) for row, size in zip(rows, sizes, strict=True) if size != UNREAD]
        return [spoken(look_of(cell, type_, size))[:_MOST_LETTERS] for cell, size in cells]

    def _guess(self) -> None:
        """Size all columns without looking at rows."""
        chosen: dict[str, int] = self._settings.get(column_widths(self._place)) if self._place else {}
        self._unmeasured = {index for index, column in enumerate(self._model.columns) if not chosen.get(column.name)}
        header = self._view.column_header
        self._is_ours = True
        for index, column in enumerate(self._model.columns):
            if not header.isSectionHidden(index):
                header.resizeSection(index, chosen.get(column.name) or self._wanted(index, ()))
        self._is_ours = False

    def _measure(self) -> None:
        """Size those columns in sight by their content that were not yet, as soon as cells of them are here."""
        if not self._unmeasured:
            return
        seen = self._view.columns_in_sight()
        columns = enumerate(self._model.columns)
        due = [index for index, column in columns if index in self._unmeasured and column.name in seen]
        rows = self._sample() if due else []
        widths = {index: self._wanted(index, texts) for index in due if (texts := self._texts(index, rows))}
        self._unmeasured -= widths.keys()
        header, bar = self._view.column_header, self._view.horizontalScrollBar()
        left = [one for one in widths if header.sectionViewportPosition(one) < 0 and not header.places.is_frozen(one)]
        shift = sum(widths[index] - header.sectionSize(index) for index in left)
        self._is_ours = True
        for index, width in widths.items():
            header.resizeSection(index, width)
        self._is_ours = False
        if shift:  # what is in sight stays where it is
            bar.setValue(bar.value() + shift)

    def _wanted(self, index: int, texts: Sequence[str]) -> int:
        """Return the width a column gets by itself."""
        name = self._model.columns[index].name
        return min(self._fitting(index, texts), max(self._most_of(name), self._view.column_header.wanted_width(index)))

    def _most_of(self, name: str) -> int:
        if name in self._keys:
            return _LINK_WIDTH
        return _KEY_WIDTH if name in self._own_key else MOST_WIDTH

    def _keep(self, logical: int, before: int, width: int) -> None:
        # A width of 0, before or now, is a column being hidden or shown again.
        if self._is_ours or not self._place or not width or not before or logical >= len(self._model.columns):
            return
        self._unmeasured.discard(logical)
        option = column_widths(self._place)
        chosen: dict[str, int] = self._settings.get(option)
        self._settings.set(option, {**chosen, self._model.columns[logical].name: width})
