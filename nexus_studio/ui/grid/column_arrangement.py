"""ColumnArrangement: the order, hiding, freezing and wrapping of a grid's columns, remembered per table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from PySide6.QtCore import QItemSelectionModel, QObject, Signal

from nexus_studio.core.data.columnlayout import ColumnLayout, fitted
from nexus_studio.core.settings import column_names, column_widths
from nexus_studio.ui.grid.column_window import MARGIN
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.row_view import RowView
from nexus_studio.ui.kit.settings import SettingsHolder

READ_WHOLE: Final = 60
"""Columns up to which a relation's rows are read whole, whatever is in sight of them."""

_LEAST_WIDTH: Final = 40  # pixels of the narrowest column


class ColumnArrangement(QObject):
    """Applies a `ColumnLayout` to the view, changes it as a person asks, and remembers it under the relation's place.

    UI thread only. Columns are named, not numbered: what was remembered survives columns that come and go.
    """

    changed = Signal()
    crowded = Signal(int, int)  # columns that stay of those that were to be frozen: there is no room for more
    wrap_changed = Signal(bool)  # whether any column in the layout wraps now

    def __init__(self, view: RowView, model: RowTableModel, settings: SettingsHolder) -> None:
        super().__init__(view)
        self._view, self._model, self._settings = view, model, settings
        self._place = ""
        self._layout = ColumnLayout(())
        view.column_header.move_asked.connect(self.move)

    @property
    def layout(self) -> ColumnLayout:
        """How the columns stand."""
        return self._layout

    @property
    def staying(self) -> int:
        """How many of the first columns of the order do stay: those frozen, as far as there is room beside them."""
        return self._view.column_header.places.frozen

    @property
    def is_wrapping(self) -> bool:
        """Whether a column that is shown wraps its text."""
        return bool(self._layout.wrapped - self._layout.hidden)

    def open(self, place: str) -> None:
        """Lay out the model's columns as they were left at this place (empty: nowhere)."""
        self._place = place
        self._layout = self._remembered(place, self._names())
        self._apply()
        self._view.forget_columns()

    def first_in_sight(self, names: Sequence[str], place: str) -> frozenset[str] | None:
        """Foretell which columns will be in sight when a relation is opened, a few more than less; None for all."""
        layout = self._remembered(place, names)
        if len(names) <= READ_WHOLE and not layout.hidden:
            return None
        widths: dict[str, int] = self._settings.get(column_widths(place)) if place else {}
        room, count = self._view.width(), 0
        for name in layout.shown:
            if room <= 0:
                break
            room -= widths.get(name, _LEAST_WIDTH)
            count += 1
        return frozenset(layout.shown[: count + MARGIN])

    def wanted_columns(self) -> frozenset[str] | None:
        """Return the columns whose cells must be read for what is in sight; None for all."""
        if len(self._layout.order) <= READ_WHOLE and not self._layout.hidden:
            return None
        return self._view.columns_in_sight()

    # ---- what the person does

    def move(self, start: int, to: int) -> None:
        """Move a column from one visual index to another."""
        self._take(self._layout.moved(start, to))

    def step(self, logical: int, by: int) -> None:
        """Move a column past its neighbour on the left (-1) or on the right (1), and keep it in sight."""
        self._take(self._layout.stepped(self._name(logical), by))
        index = self._view.currentIndex()
        if index.isValid():
            self._view.scrollTo(index)

    def hide(self, logical: int) -> None:
        """Hide a column."""
        self.set_hidden(self._layout.hidden | {self._name(logical)})

    def set_hidden(self, names: Collection[str]) -> None:
        """Hide just these columns; one at least stays."""
        self._take(self._layout.hiding(names))

    def show(self, name: str) -> None:
        """Show a column if it is hidden."""
        self.set_hidden(self._layout.hidden - {name})

    def show_all(self) -> None:
        """Hide none."""
        self.set_hidden(())

    def freeze_up_to(self, logical: int) -> None:
        """Let this column and those left of it stay while the others scroll."""
        self._take(self._layout.frozen_up_to(self._name(logical)))
        if self.staying < self._layout.frozen:
            self.crowded.emit(self._shown_among(self.staying), self._shown_among(self._layout.frozen))

    def unfreeze(self) -> None:
        """Let all columns scroll."""
        self._take(fitted(self._layout.order, (), self._layout.hidden, (), self._layout.wrapped))

    def set_wrapping(self, logical: int, *, wraps: bool) -> None:
        """Show a column's text in several lines, or in one again."""
        self._take(self._layout.wrapping(self._name(logical), wraps=wraps))

    def set_order(self, names: Sequence[str]) -> None:
        """Put the columns into this order, which names all of them."""
        self._take(self._layout.reordered(names))

    def reset(self) -> None:
        """Lay the columns out as the table has them. Their widths are for `ColumnSizes` to reset."""
        self._take(fitted(self._names()))

    def go_to(self, name: str) -> None:
        """Make a column current in the row one stands on, and bring it into sight."""
        logical, index = self._names().index(name), self._view.currentIndex()
        row = index.row() if index.isValid() else self._view.visible_rows()[0]
        self._view.make_current(self._model.index(row, logical))

    # ---- private

    def _shown_among(self, first: int) -> int:
        """Count the columns that are not hidden among the first ones."""
        return sum(name not in self._layout.hidden for name in self._layout.order[:first])

    def _names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self._model.columns)

    def _name(self, logical: int) -> str:
        return self._model.columns[logical].name

    def _remembered(self, place: str, names: Sequence[str]) -> ColumnLayout:
        if not place:
            return fitted(names)
        parts = [self._settings.get(column_names(part, place)) for part in ("order", "hidden", "frozen", "wrapped")]
        return fitted(names, *parts)

    def _take(self, layout: ColumnLayout) -> None:
        if layout == self._layout:
            return
        self._layout = layout
        self._apply()
        self._keep()
        self.changed.emit()

    def _apply(self) -> None:
        """Make the header stand as the layout says; what stands so already costs nothing."""
        header, layout = self._view.column_header, self._layout
        logical = {name: place for place, name in enumerate(self._names())}
        for visual, name in enumerate(layout.order):
            if (now := header.visualIndex(logical[name])) != visual:
                header.moveSection(now, visual)
            if header.isSectionHidden(logical[name]) != (name in layout.hidden):
                header.setSectionHidden(logical[name], name in layout.hidden)
        self._view.freeze(layout.frozen)
        self._view.wrapped = frozenset(logical[name] for name in layout.wrapped)
        self._leave_hidden()
        self.wrap_changed.emit(self.is_wrapping)
        self._view.viewport().update()

    def _leave_hidden(self) -> None:
        """Let no hidden column be current: what is typed must be seen."""
        index, header = self._view.currentIndex(), self._view.column_header
        if not index.isValid() or not header.isSectionHidden(index.column()):
            return
        visual, shown = header.visualIndex(index.column()), header.places.shown()
        nearest = min(shown, key=lambda one: abs(header.visualIndex(one) - visual))
        chooser = self._view.selectionModel()
        chooser.setCurrentIndex(index.siblingAtColumn(nearest), QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _keep(self) -> None:
        if not self._place:
            return
        layout, names = self._layout, self._names()
        kept = {
            "order": () if layout.order == names else layout.order,
            "hidden": tuple(name for name in names if name in layout.hidden),
            "frozen": layout.order[: layout.frozen],
            "wrapped": tuple(name for name in names if name in layout.wrapped),
        }
        for part, value in kept.items():
            self._settings.set(column_names(part, self._place), value)
