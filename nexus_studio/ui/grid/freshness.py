"""What a refresh brought: what changed since the last reading is tinted for a moment, rows that went are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from nexus_studio.core.data.cells import Row, RowKey
from nexus_studio.core.data.sightings import WHOLE, Sighting, changed_cells, vanished_keys
from nexus_studio.ui.grid.row_view import RowView
from nexus_studio.ui.grid.shown import CHANGED, ShownRow
from nexus_studio.ui.grid.spoken_model import SpokenTableModel

SHOWN_MS: Final = 2_000
"""Milliseconds for which what changed is tinted."""

_AROUND: Final = 100
"""Rows noted on both sides of those in sight: so that one which only moved into sight is not taken for new."""

_NONE: Final[Mapping[RowKey, frozenset[int]]] = MappingProxyType({})


class FreshTableModel(SpokenTableModel):
    """A `SpokenTableModel` whose rows bear the tint of what changed lately; what is staged keeps its own."""

    changed: Mapping[RowKey, frozenset[int]] = _NONE
    """What changed lately: by key the indexes of cells, or `WHOLE`. Replaced as a whole, by `Freshness`."""

    def line_at(self, line: int) -> ShownRow | None:
        """Return a line's row, as `RowTableModel.line_at` does, tinted where it changed lately."""
        shown = super().line_at(line)
        if not self.changed or shown is None or shown.row is None:
            return shown
        cells = self.changed.get(shown.row.key)
        if cells is None:
            return shown
        if cells == WHOLE:
            return replace(shown, tint=shown.tint or CHANGED)
        return replace(shown, tints={**dict.fromkeys(cells, CHANGED), **shown.tints})


class Freshness(QObject):
    """Compares the rows in sight before and after a refresh, by key, and has the model tint what differs.

    UI thread only; no I/O. One repaint when the tint comes, one when it goes. Rows without a key are left alone: their
    place in the table, all they are known by, is another after each change.
    """

    vanished = Signal(int)  # so many of the rows in sight are gone

    def __init__(self, view: RowView, model: FreshTableModel) -> None:
        super().__init__(view)
        self._view, self._model = view, model
        self._before = Sighting()
        self._is_new = False
        self._own: frozenset[RowKey] = frozenset()
        self._written: frozenset[RowKey] = frozenset()
        self._fading = QTimer(self)
        self._fading.setSingleShot(True)
        self._fading.setInterval(SHOWN_MS)
        self._fading.timeout.connect(self.forget)
        model.replacing.connect(self._note)
        model.replaced.connect(self._begin)
        model.loaded.connect(self._compare)

    def forget(self) -> None:
        """Take every tint away now, and forget what was seen."""
        self._fading.stop()
        self._before, self._is_new = Sighting(), False
        if self._model.changed:
            self._model.changed = _NONE
            self._view.viewport().update()

    def leave_out(self, keys: Iterable[RowKey]) -> None:
        """Keep the next reading from tinting these rows: they were changed here, which is no news to whoever saved."""
        self._written = self._written.union(keys)

    def _note(self) -> None:
        """Note the rows in sight, before others take their place."""
        self._own, self._written = self._written, frozenset()
        self._fading.stop()
        self._model.changed = _NONE
        held = dict(self._held())
        first, last = self._sight()
        total = self._model.total
        is_end = total is not None and total.certainty == "exact" and total.value - 1 in held
        in_sight = frozenset(row.key for ordinal, row in held.items() if first <= ordinal <= last)
        self._before = Sighting({row.key: row for row in held.values()}, in_sight, 0 in held, is_end)

    def _begin(self, is_same: bool) -> None:
        if is_same:
            self._is_new = True  # compared once the place is restored: at `loaded`, which follows
        else:
            self.forget()

    def _compare(self) -> None:
        """Compare with what is here now, and again when more of it comes while the tint stands."""
        if not self._before.rows:
            return
        now = dict(self._held())
        found = changed_cells(self._before, now)
        self._model.changed = {key: cells for key, cells in found.items() if key not in self._own}
        if self._is_new:
            self._is_new = False
            self._fading.start()
            if gone := len(vanished_keys(self._before, now) - self._own):
                self.vanished.emit(gone)
        if self._model.changed:
            self._view.viewport().update()

    def _sight(self) -> tuple[int, int]:
        """Return the ordinals of the first and last row in sight."""
        first, last = self._view.visible_rows()
        shift = self._model.base - self._model.drafts
        return first + shift, last + shift

    def _held(self) -> Iterator[tuple[int, Row]]:
        """Yield the rows in sight and around, with their ordinals, as far as they are here."""
        first, last = self._sight()
        for ordinal in range(max(0, first - _AROUND), last + _AROUND + 1):
            row = self._model.loader.row(ordinal)
            if row is not None and not row.key.by_place:
                yield ordinal, row
