"""Actions: menus, shortcuts and the palette from one list, enabled and disabled in one place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.panel import PaletteEntry, Panel, PanelState

_AMPERSAND: Final = re.compile("&(.?)")


class Menu(Enum):
    """The menus of the window, in their order; the value is the English title. HIDDEN: shortcut and palette only."""

    FILE = QT_TRANSLATE_NOOP("menus", "&File")
    EDIT = QT_TRANSLATE_NOOP("menus", "&Edit")
    ROWS = QT_TRANSLATE_NOOP("menus", "&Rows")
    MIGRATIONS = QT_TRANSLATE_NOOP("menus", "&Migrations")
    SEED = QT_TRANSLATE_NOOP("menus", "&Seed")
    BACKUPS = QT_TRANSLATE_NOOP("menus", "&Backups")
    HEALTH = QT_TRANSLATE_NOOP("menus", "Hea&lth")
    VIEW = QT_TRANSLATE_NOOP("menus", "&View")
    GO = QT_TRANSLATE_NOOP("menus", "&Go")
    HELP = QT_TRANSLATE_NOOP("menus", "&Help")
    HIDDEN = ""


def without_mnemonic(title: str) -> str:
    """Return a title as people read it: "&Seed && reset" is "Seed & reset"."""
    return _AMPERSAND.sub(r"\1", title)


def always(state: PanelState) -> bool:
    """Enable an action whatever the state."""
    del state
    return True


def with_panel(state: PanelState) -> bool:
    """Enable an action while there is a panel."""
    return bool(state.panel)


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action. `title` is English source text marked with QT_TRANSLATE_NOOP("actions", ...).

    What stands in it behind a tab is shown at the right of the menu: the key of something that is done by whatever has
    the focus (Ctrl+C), and so must not be a shortcut of the whole window.

    `shortcut` is a QKeySequence text; several are separated by "; ". `run` gets the current panel, None when there is
    none. `checked`, when given, makes the action a switch that shows the answer. `group` separates actions in a menu.
    `context` is where the title is translated; a panel's own title is one of "panels".
    """

    id: str
    title: str
    run: Callable[[Panel | None], None]
    icon: str = ""
    shortcut: str = ""
    menu: Menu = Menu.HIDDEN
    enabled: Callable[[PanelState], bool] = always
    checked: Callable[[PanelState], bool] | None = None
    group: int = 0
    context: str = "actions"

    @property
    def translated_title(self) -> str:
        """The title in the current language, without the mnemonic's ampersand and the key that a menu shows."""
        return without_mnemonic(QCoreApplication.translate(self.context, self.title)).partition("\t")[0]


class ActionTable(QObject):
    """All actions of a window. `current_panel` says which panel an action is meant for."""

    def __init__(
        self,
        specs: Iterable[ActionSpec],
        current_panel: Callable[[], Panel | None] = lambda: None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._specs = {spec.id: spec for spec in specs}
        self._current_panel = current_panel
        self._actions = {spec.id: self._make(spec) for spec in self._specs.values()}
        self._menus: dict[Menu, QMenu] = {}
        self.retranslate()

    def install(self, window: QMainWindow) -> None:
        """Put the menus into the window's menu bar and the shortcuts on the window; follow its language."""
        for menu in Menu:
            wanted = [spec for spec in self._specs.values() if spec.menu is menu]
            window.addActions([self._actions[spec.id] for spec in wanted])
            if menu is not Menu.HIDDEN and wanted:
                self._menus[menu] = self._fill(QMenu(window), wanted)
                self._menus[menu].setObjectName(f"menu_{menu.name.lower()}")
                window.menuBar().addMenu(self._menus[menu])
        window.installEventFilter(self)
        self.retranslate()

    def refresh(self, state: PanelState) -> None:
        """Enable and disable every action by the state of the current panel: the only place that does."""
        for spec in self._specs.values():
            action = self._actions[spec.id]
            action.setEnabled(spec.enabled(state))
            if spec.checked is not None:
                action.setChecked(spec.checked(state))

    def action(self, identifier: str) -> QAction:
        """Return an action, for a tool bar or a context menu.

        Raises:
            KeyError: when there is none of this id.
        """
        return self._actions[identifier]

    def entries(self) -> tuple[tuple[ActionSpec, QAction], ...]:
        """Return all actions in their order, for whoever lists them."""
        return tuple((spec, self._actions[spec.id]) for spec in self._specs.values())

    def palette_entries(self) -> tuple[PaletteEntry, ...]:
        """Return what can be done now, for the palette."""
        return tuple(
            PaletteEntry(
                spec.translated_title,
                action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
                spec.icon,
                action.trigger,
            )
            for spec, action in self.entries()
            if action.isEnabled()
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        return super().eventFilter(watched, event)

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(self)
        action.setObjectName(f"action_{spec.id.replace('.', '_')}")
        if spec.icon:
            action.setIcon(icon(spec.icon))
        action.setShortcuts([QKeySequence(keys) for keys in spec.shortcut.split("; ") if keys])
        action.setCheckable(spec.checked is not None)
        action.triggered.connect(lambda _checked=False: spec.run(self._current_panel()))
        return action

    def _fill(self, menu: QMenu, specs: list[ActionSpec]) -> QMenu:
        group = specs[0].group
        for spec in specs:
            if spec.group != group:
                menu.addSeparator()
                group = spec.group
            menu.addAction(self._actions[spec.id])
        return menu

    def retranslate(self) -> None:
        """Say all titles in the current language; done by itself when the window's language changes."""
        for spec in self._specs.values():
            action = self._actions[spec.id]
            action.setText(QCoreApplication.translate(spec.context, spec.title))
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{spec.translated_title} ({keys})" if keys else spec.translated_title)
        for menu, shown in self._menus.items():
            shown.setTitle(QCoreApplication.translate("menus", menu.value))
