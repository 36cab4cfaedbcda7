"""ColumnSizes: how wide the grid's columns are - as chosen and remembered, else as their content wants."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject

from nexus_studio.core.data.cells import UNREAD
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.settings import column_widths
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.row_view import RowView
from nexus_studio.ui.kit.settings import SettingsHolder

MOST_WIDTH: Final = 420  # pixels
_KEY_WIDTH: Final = 150
"""Pixels a key gets by itself: long ids tell a person little, and what stands beside them more."""

_LINK_WIDTH: Final = 250  # a foreign key has its label in the same cell
_SAMPLE_ROWS: Final = 40
_SAMPLE_COLUMNS: Final = 60
_GUESSES: Final = {TypeKind.TEXT: 160, TypeKind.JSON: 220, TypeKind.UUID: 250, TypeKind.TIMESTAMP: 170}
"""Pixels for columns none of whose cells is here, where more than the name is likely to be needed."""

_LABEL_WIDTH: Final = 90
_PADDING: Final = 24
_CHIP_PADDING: Final = 12


class ColumnSizes(QObject):
    """Sizes columns once the first rows are here; a width chosen by hand is kept under the relation's place."""

    def __init__(self, view: RowView, model: RowTableModel, settings: SettingsHolder) -> None:
        super().__init__(view)
        self._view, self._model, self._settings = view, model, settings
        self._place = ""
        self._keys: frozenset[str] = frozenset()
        self._own_key: frozenset[str] = frozenset()
        self._is_due = False
        self._is_ours = False
        view.column_header.sectionResized.connect(self._keep)
        view.column_header.sectionHandleDoubleClicked.connect(self.fit)
        model.loaded.connect(self._rows_loaded)

    def open(self, relation: Relation, place: str) -> None:
        """Size the columns of another relation: by name now, by content when rows are here."""
        self._place = place
        self._keys = frozenset(name for key in relation.foreign_keys if len(key.columns) == 1 for name in key.columns)
        self._own_key = frozenset(relation.key)
        self._is_due = True
        self._size()

    def fit(self, column: int) -> None:
        """Make a column as wide as its name and the rows in sight."""
        self._view.column_header.resizeSection(column, self.fitting(column))

    def fitting(self, column: int) -> int:
        """Return the width in pixels that a column's name and the rows in sight fit in, within bounds."""
        width = self._view.column_header.wanted_width(column)
        extra = _CHIP_PADDING if self._model.columns[column].type.kind is TypeKind.ENUM else 0
        texts = self._texts(column)
        if not texts:
            width = max(width, _GUESSES.get(self._model.columns[column].type.kind, 0))
        for text in texts:
            width = max(width, self._view.cell_painter.text_width(text) + _PADDING + extra)
        is_key = self._model.columns[column].name in self._keys
        return min(width + (_LABEL_WIDTH if is_key else 0), MOST_WIDTH)

    def fit_all(self) -> None:
        """Fit all columns that are shown to their content, as far as it is here."""
        for column in self._view.column_header.places.shown():
            self.fit(column)

    def reset(self) -> None:
        """Forget the widths chosen by hand, and let the columns take those they want."""
        if self._place:
            self._settings.set(column_widths(self._place), {})
        self._size()

    def _texts(self, column: int) -> list[str]:
        """Return what stands in a column in the rows in sight, as far as it was read. Nothing is asked for."""
        first, _last = self._view.visible_rows()
        texts = []
        for row in range(first, min(first + _SAMPLE_ROWS, self._model.rowCount())):
            shown = self._model.shown(row) if self._model.is_here(row) else None
            if shown is None:
                break
            if shown.sizes.get(column) != UNREAD:
                texts.append(str(self._model.data(self._model.index(row, column)) or ""))
        return texts

    def _size(self) -> None:
        chosen: dict[str, int] = {}
        if self._place:
            chosen = self._settings.get(column_widths(self._place))
        header = self._view.column_header
        self._is_ours = True
        for index, column in enumerate(self._model.columns):
            # Of hundreds of columns only the first are measured: the others by their name.
            wanted = self.fitting(index) if index < _SAMPLE_COLUMNS else header.wanted_width(index)
            wanted = min(wanted, max(self._most_of(column.name), header.wanted_width(index)))
            if not header.isSectionHidden(index):
                header.resizeSection(index, chosen.get(column.name) or wanted)
        self._is_ours = False

    def _most_of(self, name: str) -> int:
        if name in self._keys:
            return _LINK_WIDTH
        return _KEY_WIDTH if name in self._own_key else MOST_WIDTH

    def _rows_loaded(self) -> None:
        if self._is_due and self._model.is_here(0):
            self._is_due = False
            self._size()

    def _keep(self, logical: int, before: int, width: int) -> None:
        # A width of 0, before or now, is a column being hidden or shown again.
        if self._is_ours or not self._place or not width or not before or logical >= len(self._model.columns):
            return
        option = column_widths(self._place)
        chosen: dict[str, int] = self._settings.get(option)
        self._settings.set(option, {**chosen, self._model.columns[logical].name: width})
