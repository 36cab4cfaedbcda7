"""The menu of a filter's chip: edit, join with more, group, negate, remove."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMenu, QWidget

from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP

# What stands behind the tab is the key, shown at the right of the menu.
_WORDS = {
    "edit": QT_TRANSLATE_NOOP("filter_menu", "Edit…\tEnter"),
    "and": QT_TRANSLATE_NOOP("filter_menu", "And…"),
    "or": QT_TRANSLATE_NOOP("filter_menu", "Or…"),
    "group_left": QT_TRANSLATE_NOOP("filter_menu", "Group with the one before"),
    "group_right": QT_TRANSLATE_NOOP("filter_menu", "Group with the next one"),
    "ungroup": QT_TRANSLATE_NOOP("filter_menu", "Ungroup"),
    "negate": QT_TRANSLATE_NOOP("filter_menu", "Turn into its opposite"),
    "remove": QT_TRANSLATE_NOOP("filter_menu", "Remove\tDel"),
    "new_group": QT_TRANSLATE_NOOP("filter_menu", "New group…"),
}


class ChipHost(Protocol):
    """What the menu needs of the chips."""

    def edit_part(self, place: int) -> None:
        """Edit."""

    def join_part(self, place: int, *, is_any: bool) -> None:
        """Join with one more."""

    def can_group(self, first: int, last: int) -> bool:
        """Tell whether chips can become one."""

    def group_parts(self, first: int, last: int) -> None:
        """Make one of several."""

    def can_ungroup(self, place: int) -> bool:
        """Tell whether a chip can become several."""

    def ungroup_part(self, place: int) -> None:
        """Make several of one."""

    def negate_part(self, place: int) -> None:
        """Negate."""

    def remove_part(self, place: int) -> None:
        """Remove."""

    def add_group(self) -> None:
        """Make a group."""


def fill_chip_menu(host: ChipHost, place: int) -> QMenu:
    """Make the menu of one chip; it is gone once it is closed."""
    menu = QMenu(host if isinstance(host, QWidget) else None)
    menu.setObjectName("filter_chip_menu")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    _add(menu, "edit", lambda: host.edit_part(place), "edit")
    _add(menu, "and", lambda: host.join_part(place, is_any=False), "plus")
    _add(menu, "or", lambda: host.join_part(place, is_any=True), "plus")
    menu.addSeparator()
    if host.can_group(place - 1, place):
        _add(menu, "group_left", lambda: host.group_parts(place - 1, place))
    if host.can_group(place, place + 1):
        _add(menu, "group_right", lambda: host.group_parts(place, place + 1))
    if host.can_ungroup(place):
        _add(menu, "ungroup", lambda: host.ungroup_part(place))
    _add(menu, "new_group", host.add_group)
    menu.addSeparator()
    _add(menu, "negate", lambda: host.negate_part(place))
    _add(menu, "remove", lambda: host.remove_part(place), "trash")
    return menu


def _add(menu: QMenu, name: str, run: Callable[[], object], glyph: str = "") -> None:
    action = menu.addAction(QCoreApplication.translate("filter_menu", _WORDS[name]))
    action.setObjectName(f"filter_chip_menu_{name}")
    if glyph:
        action.setIcon(icon(glyph))
    action.triggered.connect(lambda _checked=False: run())
