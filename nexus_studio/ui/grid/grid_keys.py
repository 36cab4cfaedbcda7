"""The grid's keys as a table: what each does when no action of the window took it first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent


@dataclass(frozen=True, slots=True)
class KeyAction:
    """A method of RowGrid. `takes_text`: called with what was typed."""

    method: str
    takes_text: bool = False


_NONE: Final = Qt.KeyboardModifier.NoModifier
_CTRL: Final = Qt.KeyboardModifier.ControlModifier
_SHIFT: Final = Qt.KeyboardModifier.ShiftModifier
_ALT: Final = Qt.KeyboardModifier.AltModifier
_TYPING: Final = KeyAction("begin_edit", takes_text=True)

KEYS: Final = {
    (Qt.Key.Key_Return, _NONE): KeyAction("begin_edit"),
    (Qt.Key.Key_Enter, _NONE): KeyAction("begin_edit"),
    (Qt.Key.Key_F2, _NONE): KeyAction("begin_edit"),
    (Qt.Key.Key_Delete, _NONE): KeyAction("set_null"),
    (Qt.Key.Key_0, _CTRL): KeyAction("set_null"),
    (Qt.Key.Key_0, _CTRL | _SHIFT): KeyAction("set_default"),
    (Qt.Key.Key_C, _CTRL): KeyAction("copy"),
    (Qt.Key.Key_C, _CTRL | _SHIFT): KeyAction("ask_copy"),
    (Qt.Key.Key_V, _CTRL): KeyAction("paste"),
    (Qt.Key.Key_V, _CTRL | _SHIFT): KeyAction("paste_rows"),
    (Qt.Key.Key_J, _CTRL): KeyAction("fill_down"),
    (Qt.Key.Key_H, _CTRL): KeyAction("find_and_replace"),
    (Qt.Key.Key_A, _CTRL): KeyAction("select_all"),
    (Qt.Key.Key_Space, _SHIFT): KeyAction("select_rows"),
    (Qt.Key.Key_Space, _CTRL): KeyAction("select_columns"),
    (Qt.Key.Key_End, _CTRL | _SHIFT): KeyAction("select_to_end"),
    (Qt.Key.Key_Home, _CTRL | _SHIFT): KeyAction("select_to_start"),
    (Qt.Key.Key_Insert, _NONE): KeyAction("insert_row"),
    (Qt.Key.Key_I, _CTRL): KeyAction("insert_row"),
    (Qt.Key.Key_D, _CTRL): KeyAction("duplicate_rows"),
    (Qt.Key.Key_Delete, _CTRL): KeyAction("delete_rows"),
    (Qt.Key.Key_Z, _CTRL): KeyAction("undo"),
    (Qt.Key.Key_Z, _CTRL | _SHIFT): KeyAction("redo"),
    (Qt.Key.Key_Y, _CTRL): KeyAction("redo"),
    (Qt.Key.Key_G, _CTRL): KeyAction("ask_row"),
    (Qt.Key.Key_Home, _CTRL): KeyAction("go_to_start"),
    (Qt.Key.Key_End, _CTRL): KeyAction("go_to_end"),
    (Qt.Key.Key_Return, _CTRL): KeyAction("follow"),
    (Qt.Key.Key_Left, _CTRL | _SHIFT): KeyAction("move_column_left"),
    (Qt.Key.Key_Right, _CTRL | _SHIFT): KeyAction("move_column_right"),
    (Qt.Key.Key_Down, _ALT): KeyAction("open_column_menu"),
    (Qt.Key.Key_L, _CTRL | _SHIFT): KeyAction("choose_columns"),
    (Qt.Key.Key_F5, _NONE): KeyAction("refresh"),
}


def action_for(event: QKeyEvent) -> KeyAction | None:
    """Return what a key press does; None when it is the table's own (arrows, pages, Tab)."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    found = KEYS.get((Qt.Key(event.key()), modifiers))
    if found is not None:
        return found
    text = event.text()
    is_typing = len(text) == 1 and text.isprintable() and not modifiers & (_CTRL | _ALT)
    return _TYPING if is_typing and text != " " else None
