"""GroupPopup: the parts of a group of conditions, and whether all or any of them must hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from nexus_studio.core.data.filters import AllOf, AnyOf, Condition, Filter, Not, Raw
from nexus_studio.ui.grid.condition_popup import ConditionPopup
from nexus_studio.ui.grid.filter_part_list import PartList
from nexus_studio.ui.grid.filter_parts import affirmed, like, negated, parts_of, settled
from nexus_studio.ui.grid.filter_scope import FilterScope
from nexus_studio.ui.grid.popups import Popup
from nexus_studio.ui.grid.raw_filter import RawPopup
from nexus_studio.ui.kit.icons import icon

_WIDTH: Final = 420
_LIST_HEIGHT: Final = 144

Take = Callable[[Filter], None]


class GroupPopup(Popup):
    """Edits a draft of one group. What is applied is told by `accepted`; a group of one part is told as that part.

    Keys in the list are those of `PartList`; Ctrl+Enter applies.
    """

    accepted = Signal(object)  # Filter

    def __init__(self, scope: FilterScope, parent: QWidget | None = None) -> None:
        super().__init__("group_popup", _WIDTH, parent)
        self._scope = scope
        self._parts: tuple[Filter, ...] = ()
        self.popup: Popup | None = None
        self._kind = QComboBox(self)
        self._kind.setObjectName("group_kind")
        self._kind.setAccessibleName(self.tr("All or any of the conditions"))
        self._kind.addItem(self.tr("All of these hold"), False)
        self._kind.addItem(self.tr("Any of these holds"), True)
        self._not = QCheckBox(self.tr("Not"), self)
        self._not.setObjectName("group_not")
        self._not.setAccessibleName(self.tr("Rows for which the group does not hold"))
        self._not.setToolTip(self.tr("Rows for which the group does not hold"))
        self._list = PartList(scope.relation, self)
        self._list.setFixedHeight(_LIST_HEIGHT)
        self._list.edit_asked.connect(self.edit_part)
        self._list.remove_asked.connect(self.remove_part)
        self._list.negate_asked.connect(self.negate_part)
        self._list.add_asked.connect(self.add_condition)
        self._list.currentRowChanged.connect(lambda _row: self._update_buttons())
        self._message = QLabel(self)
        self._message.setObjectName("group_message")
        self._message.setProperty("tone", "danger")
        self._message.setWordWrap(True)
        self._message.hide()
        self._lay_out()
        self._rebuild(0)

    def show_group(self, part: Filter) -> None:
        """Start from a group, negated or not; anything else becomes the first part of one."""
        inner = affirmed(part)
        if not isinstance(inner, AllOf | AnyOf):
            self._parts = (part,)
        else:
            self._parts, is_any = parts_of(inner)
            self._kind.setCurrentIndex(1 if is_any else 0)
            self._not.setChecked(isinstance(part, Not))
        self._rebuild(0)

    def set_any(self, is_any: bool) -> None:
        """Begin with "any of" or "all of"."""
        self._kind.setCurrentIndex(1 if is_any else 0)

    @property
    def draft(self) -> Filter:
        """The group as it is now."""
        group = settled(self._parts, is_any=bool(self._kind.currentData()))
        return negated(group) if self._not.isChecked() else group

    @property
    def message(self) -> str:
        """Why the group was refused."""
        return self._message.text()

    def focus_first(self) -> None:
        """Begin in the list; in an empty group, at what to choose first."""
        (self._list if self._parts else self._kind).setFocus()

    def accept(self) -> None:
        """Tell the group, or say that it is empty and stay."""
        if not self._parts:
            self._message.setText(self.tr("The group has no conditions yet."))
            self._message.show()
            self.fit()
            return
        draft = self.draft
        self.close()
        self.accepted.emit(draft)

    def add_condition(self) -> None:
        """Open the popup for one condition more."""
        self._follow(open_condition(self._scope, self, self._add, self._append))

    def add_raw(self) -> None:
        """Open the popup for one SQL condition more."""
        self._follow(open_raw(self._scope, self, self._sql, self._append))

    def add_group(self) -> None:
        """Open the popup for a group within this one, of the other kind."""
        is_any = not self._kind.currentData()
        self._follow(open_group(self._scope, self, self._group, self._append, is_any=is_any))

    def edit_part(self) -> None:
        """Open the popup that fits the chosen part."""
        place = self._list.currentRow()
        if 0 <= place < len(self._parts):
            self._follow(
                open_part(self._parts[place], self._scope, self, self._edit, lambda part: self._replace(place, part))
            )

    def negate_part(self) -> None:
        """Turn the chosen part into its opposite."""
        place = self._list.currentRow()
        if 0 <= place < len(self._parts):
            self._replace(place, negated(self._parts[place]))

    def remove_part(self) -> None:
        """Take the chosen part away."""
        place = self._list.currentRow()
        if 0 <= place < len(self._parts):
            self._parts = (*self._parts[:place], *self._parts[place + 1 :])
            self._rebuild(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Apply with Ctrl+Enter wherever the focus is."""
        is_enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.accept()
            return
        super().keyPressEvent(event)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._not)
        head.addWidget(self._kind, 1)
        self._add = self._button("group_add", self.tr("Condition"), self.add_condition, "plus")
        self._group = self._button("group_add_group", self.tr("Group"), self.add_group, "plus")
        self._sql = self._button("group_add_sql", self.tr("SQL"), self.add_raw, "terminal")
        self._edit = self._button("group_edit", self.tr("Edit"), self.edit_part)
        self._negate = self._button("group_negate", self.tr("Not"), self.negate_part)
        self._negate.setToolTip(self.tr("Turn the chosen condition into its opposite"))
        self._negate.setAccessibleName(self.tr("Turn the chosen condition into its opposite"))
        self._remove = self._button("group_remove", self.tr("Remove"), self.remove_part)
        adds, acts = QHBoxLayout(), QHBoxLayout()
        for button in (self._add, self._group, self._sql):
            adds.addWidget(button)
        adds.addStretch(1)
        for button in (self._edit, self._negate, self._remove):
            acts.addWidget(button)
        acts.addStretch(1)
        self._apply = self._button("group_apply", self.tr("Apply"), self.accept)
        self._apply.setProperty("flat", False)
        self._apply.setProperty("primary", True)
        self._apply.setToolTip(self.tr("Ctrl+Enter"))
        acts.addWidget(self._apply)
        self.rows.addLayout(head)
        self.rows.addLayout(adds)
        self.rows.addWidget(self._list)
        self.rows.addWidget(self._message)
        self.rows.addLayout(acts)

    def _button(self, name: str, words: str, run: Callable[[], None], glyph: str = "") -> QPushButton:
        button = QPushButton(words, self)
        if glyph:
            button.setIcon(icon(glyph, "text-muted"))
        button.setObjectName(name)
        button.setAccessibleName(words)
        button.setProperty("flat", True)
        button.clicked.connect(lambda _checked=False: run())
        return button

    def _append(self, part: Filter) -> None:
        self._parts = (*self._parts, part)
        self._rebuild(len(self._parts) - 1)

    def _replace(self, place: int, part: Filter) -> None:
        self._parts = (*self._parts[:place], part, *self._parts[place + 1 :])
        self._rebuild(place)

    def _rebuild(self, current: int) -> None:
        self._list.show_parts(self._parts, current)
        if self._parts:
            self._message.clear()
            self._message.hide()
            self._list.setFocus()
        self._update_buttons()
        self.fit()

    def _update_buttons(self) -> None:
        for button in (self._edit, self._negate, self._remove):
            button.setEnabled(self._list.currentRow() >= 0)

    def _follow(self, popup: Popup) -> None:
        self.popup = popup
        popup.destroyed.connect(self._popup_gone)

    def _popup_gone(self) -> None:
        self.popup = None


def open_condition(
    scope: FilterScope, parent: QWidget, below: QWidget, take: Take, start: Condition | str = ""
) -> ConditionPopup:
    """Open the popup of a condition: on a column's name, or on a condition to be edited."""
    popup = ConditionPopup(scope.relation, scope.codecs, parent, finder=scope.finder)
    if isinstance(start, Condition):
        popup.show_condition(start)
    else:
        popup.start_on(start)
    popup.accepted.connect(take)
    popup.open_below(below)
    return popup


def open_raw(scope: FilterScope, parent: QWidget, below: QWidget, take: Take, start: Raw | None = None) -> RawPopup:
    """Open the popup of an SQL condition, new or to be edited."""
    popup = RawPopup(scope, parent)
    if start is not None:
        popup.show_raw(start)
    popup.accepted.connect(take)
    popup.open_below(below)
    return popup


def open_group(
    scope: FilterScope,
    parent: QWidget,
    below: QWidget,
    take: Take,
    start: Filter | None = None,
    *,
    is_any: bool = True,
) -> GroupPopup:
    """Open the popup of a group: a new one of that kind, or one to be edited."""
    popup = GroupPopup(scope, parent)
    popup.set_any(is_any)
    if start is not None:
        popup.show_group(start)
    popup.accepted.connect(take)
    popup.open_below(below)
    return popup


def open_part(part: Filter, scope: FilterScope, parent: QWidget, below: QWidget, take: Take) -> Popup:
    """Open the popup that fits a part. A negated condition stays negated; a group says so itself."""
    inner = affirmed(part)

    def take_alike(edited: Filter) -> None:
        take(like(part, edited))

    if isinstance(inner, Condition):
        return open_condition(scope, parent, below, take_alike, inner)
    if isinstance(inner, Raw):
        return open_raw(scope, parent, below, take_alike, inner)
    return open_group(scope, parent, below, take, part)
