"""FilterChips: the conditions rows are filtered by, as chips that can be edited, joined and taken away."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QSize, Signal
from PySide6.QtWidgets import QAbstractButton, QMenu, QPushButton, QSizePolicy, QToolButton, QWidget

from nexus_studio.core.data.filters import AllOf, AnyOf, Filter
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.ui.grid.filter_chip import FilterChip
from nexus_studio.ui.grid.filter_editor import open_condition, open_group, open_part, open_raw
from nexus_studio.ui.grid.filter_menu import fill_chip_menu
from nexus_studio.ui.grid.filter_parts import grouped, joined, negated, parts_of, ungrouped, with_more
from nexus_studio.ui.grid.filter_scope import FilterScope
from nexus_studio.ui.grid.popups import Popup
from nexus_studio.ui.kit.flow import FlowLayout
from nexus_studio.ui.kit.icons import icon

_GLYPH = 14


class FilterChips(QWidget):
    """Holds the parts of one filter. Every change is told by `changed`; what is typed in popups is a draft until then.

    `scope_now` gives what popups need, `column_to_begin` names the column that a new condition starts on.
    """

    changed = Signal(object)  # Filter
    clear_asked = Signal()
    saved_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filter_chips")
        self._relation: Relation | None = None
        self.scope_now: Callable[[], FilterScope | None] = lambda: None
        self.column_to_begin: Callable[[], str] = lambda: ""
        self.popup: Popup | None = None
        self.changed_place = -1
        """The part that was edited or added last, -1 for none: the likeliest to be at fault."""
        self._parts: tuple[Filter, ...] = ()
        self._is_any = False
        self._chips: list[FilterChip] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._flow = FlowLayout(self, 4)
        self._group = QToolButton(self)
        self._group.setObjectName("filter_group")
        self._group.setProperty("chip", True)
        self._group.clicked.connect(self._toggle_group)
        self._add = QPushButton(self)
        self._add.setProperty("flat", True)
        self._dress(self._add, "filter_add", lambda: self.add_condition(self.column_to_begin()), "plus")
        self._sql, self.saved_button = QToolButton(self), QToolButton(self)
        self._dress(self._sql, "filter_add_sql", self.add_raw, "terminal")
        self._dress(self.saved_button, "filter_saved", self.saved_asked.emit, "bookmark")
        self._clear = QPushButton(self)
        self._dress(self._clear, "filter_clear", self.clear_asked.emit)
        self._clear.setProperty("link", True)
        for widget in (self._group, self._add, self._sql, self.saved_button, self._clear):
            self._flow.addWidget(widget)
        self._retranslate()
        self._rebuild()

    @property
    def filter(self) -> Filter:
        """The filter shown."""
        return joined(self._parts, is_any=self._is_any)

    @property
    def parts(self) -> tuple[Filter, ...]:
        """The filter's parts, one for each chip."""
        return self._parts

    @property
    def chips(self) -> tuple[FilterChip, ...]:
        """The chips, left to right."""
        return tuple(self._chips)

    def show_relation(self, relation: Relation, *, can_save: bool) -> None:
        """Serve another relation, without filter."""
        self._relation = relation
        self._parts, self._is_any, self.changed_place = (), False, -1
        self.saved_button.setVisible(can_save)
        self._rebuild()

    def take(self, condition: Filter) -> None:
        """Show a filter and tell it."""
        self.show_filter(condition)
        self.changed.emit(self.filter)

    def append(self, part: Filter) -> None:
        """Add a part and tell."""
        self._set((*self._parts, part), len(self._parts))

    def show_filter(self, condition: Filter) -> None:
        """Show a filter that came from elsewhere; nothing is told. The same one stays as it stands, marks and all."""
        parts, is_any = parts_of(condition)
        if (parts, is_any) != (self._parts, self._is_any):
            self._parts, self._is_any, self.changed_place = parts, is_any, -1
        self._rebuild()

    def clear(self) -> None:
        """Take all parts away; told when there were any."""
        if self._parts:
            self._set(())

    def mark(self, places: dict[int, str]) -> None:
        """Show which chips are at fault, and why."""
        for place, why in places.items():
            if 0 <= place < len(self._chips):
                self._chips[place].mark(why)
        self._flow.invalidate()
        self.updateGeometry()

    def add_condition(self, column: str = "") -> None:
        """Open the popup for one condition more."""
        if (scope := self._usable()) is not None:
            self._follow(open_condition(scope, self, self._add, self.append, column))

    def add_raw(self) -> None:
        """Open the popup for an SQL condition."""
        if (scope := self._usable()) is not None:
            self._follow(open_raw(scope, self, self._sql, self.append))

    def add_group(self) -> None:
        """Open the popup for a group of conditions, joined otherwise than the chips are."""
        if (scope := self._usable()) is not None:
            self._follow(open_group(scope, self, self._add, self.append, is_any=not self._is_any))

    def edit_part(self, place: int) -> None:
        """Open the popup that fits a part."""
        if (scope := self._usable()) is not None:
            take = partial(self._replace, place)
            self._follow(open_part(self._parts[place], scope, self, self._chips[place], take))

    def join_part(self, place: int, *, is_any: bool) -> None:
        """Open the popup for a condition that is joined with a part, as a group, by "or" or "and"."""
        scope = self._usable()
        if scope is None:
            return

        def take(more: Filter) -> None:
            if len(self._parts) == 1:
                self._is_any = is_any
            if is_any == self._is_any:  # the chips are joined that way already
                self._set((*self._parts[: place + 1], more, *self._parts[place + 1 :]), place + 1)
            else:
                self._set(with_more(self._parts, place, more, is_any=is_any), place)

        self._follow(open_condition(scope, self, self._chips[place], take, self.column_to_begin()))

    def group_parts(self, first: int, last: int) -> None:
        """Make one chip of several, joined otherwise than the chips are."""
        if len(self._parts) == last - first + 1:  # all of them: it would be the same filter in parentheses
            return
        self._set(grouped(self._parts, first, last, is_any=not self._is_any), first)

    def ungroup_part(self, place: int) -> None:
        """Make chips of a group's parts."""
        if len(self._parts) == 1:
            self._is_any = isinstance(self._parts[0], AnyOf)
        self._set(ungrouped(self._parts, place), place)

    def negate_part(self, place: int) -> None:
        """Turn a part into its opposite."""
        self._replace(place, negated(self._parts[place]))

    def remove_part(self, place: int) -> None:
        """Take one part away; the chip beside it gets the focus."""
        self._set((*self._parts[:place], *self._parts[place + 1 :]))
        if self._chips:
            self._chips[min(place, len(self._chips) - 1)].focus_body()
        else:
            self._add.setFocus()

    def open_chip_menu(self, place: int, at: QPoint) -> QMenu:
        """Show what can be done with a chip."""
        menu = fill_chip_menu(self, place)
        menu.popup(at)
        return menu

    def can_group(self, first: int, last: int) -> bool:
        """Tell whether these chips could become one."""
        return 0 <= first < last < len(self._parts) and len(self._parts) > last - first + 1

    def can_ungroup(self, place: int) -> bool:
        """Tell whether a chip is a group whose parts could stand alone without meaning something else."""
        part = self._parts[place]
        if not isinstance(part, AllOf | AnyOf):
            return False
        return len(self._parts) == 1 or isinstance(part, AnyOf) == self._is_any

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
            self._rebuild()

    def _usable(self) -> FilterScope | None:
        scope = self.scope_now()
        return scope if scope is not None and any(column.may_select for column in scope.relation.columns) else None

    def _follow(self, popup: Popup) -> None:
        self.popup = popup
        popup.destroyed.connect(lambda: self._popup_gone(popup))

    def _popup_gone(self, popup: Popup) -> None:
        if self.popup is popup:
            self.popup = None

    def _replace(self, place: int, part: Filter) -> None:
        self._set((*self._parts[:place], part, *self._parts[place + 1 :]), place)
        self._chips[place].focus_body()

    def _set(self, parts: tuple[Filter, ...], place: int = -1) -> None:
        self._parts, self.changed_place = parts, place
        self._is_any = self._is_any and bool(parts)
        self._rebuild()
        self.changed.emit(self.filter)

    def _toggle_group(self) -> None:
        self._is_any = not self._is_any
        self._rebuild()
        self.changed.emit(self.filter)

    def _rebuild(self) -> None:
        for chip in self._chips:
            chip.hide()
            self._flow.removeWidget(chip)
            chip.deleteLater()
        self._chips = [self._chip(place, part) for place, part in enumerate(self._parts)]
        for place, chip in enumerate(self._chips):
            self._flow.insert_widget(place + 1, chip)
            chip.show()
        self._group.setVisible(len(self._parts) > 1)
        self._group.setText(self.tr("any of") if self._is_any else self.tr("all of"))
        self._clear.setVisible(bool(self._parts))
        self._level()
        self._flow.invalidate()
        self.updateGeometry()

    def _level(self) -> None:
        """Make all in the line as high as the highest: what is lower would hang from the line's upper edge."""
        widgets = (self._group, self._add, self._sql, self.saved_button, self._clear)
        height = max(widget.sizeHint().height() for widget in (*widgets, *self._chips))
        for widget in (*widgets, *self._chips):
            widget.setFixedHeight(height)

    def _chip(self, place: int, part: Filter) -> FilterChip:
        chip = FilterChip(place, part, self._relation, self)
        chip.edit_asked.connect(lambda: self.edit_part(place))
        chip.remove_asked.connect(lambda: self.remove_part(place))
        chip.menu_asked.connect(lambda at: self.open_chip_menu(place, at))
        chip.step_asked.connect(lambda by: self._step(place, by))
        return chip

    def _step(self, place: int, by: int) -> None:
        """Go to the chip beside; beyond the ends to "all of" and to what adds."""
        goal = {-2: 0, 2: len(self._chips) - 1}.get(by, place + by)
        if 0 <= goal < len(self._chips):
            self._chips[goal].focus_body()
        else:
            (self._group if goal < 0 and self._group.isVisible() else self._add).setFocus()

    def _dress(self, button: QAbstractButton, name: str, run: Callable[[], object], glyph: str = "") -> None:
        if glyph:
            button.setIcon(icon(glyph, "text-muted"))
            button.setIconSize(QSize(_GLYPH, _GLYPH))
        button.setObjectName(name)
        button.clicked.connect(lambda _checked=False: run())

    def _retranslate(self) -> None:
        self.setAccessibleName(self.tr("Conditions"))
        self._add.setText(self.tr("Filter"))
        self._clear.setText(self.tr("Clear"))
        self._group.setToolTip(self.tr("Whether all conditions must hold, or any one of them"))
        self._group.setAccessibleName(self.tr("All or any of the conditions"))
        for button, words in (
            (self._add, self.tr("Add a filter")),
            (self._sql, self.tr("Add an SQL condition")),
            (self.saved_button, self.tr("Saved filters")),
            (self._clear, self.tr("Clear all filters")),
        ):
            button.setToolTip(words)
            button.setAccessibleName(words)
