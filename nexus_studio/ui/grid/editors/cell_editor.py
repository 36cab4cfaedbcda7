"""CellEditor: what all editors share - the three states that are no text, keys, refusing what is plainly wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from nexus_studio.core.data.cells import DEFAULT, Cell, Default, StagedCell
from nexus_studio.core.data.codecs import ValueCodec
from nexus_studio.core.data.targets import Picker
from nexus_studio.core.errors import InvalidValue
from nexus_studio.core.schema.catalog import Column
from nexus_studio.core.schema.types import PgType
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.tasks import TaskRunner
from nexus_studio.ui.kit.wording import reason_sentence


@dataclass(frozen=True, slots=True)
class EditPlace:
    """Where a value is edited. `picker` finds the rows a foreign key may point to; None for other columns.

    `may_default` tells whether "let the database decide" can be staged here. `time_zone` is the session's, empty where
    nobody said. `target` names the table that the foreign key points to where rows of it can be opened and made.
    `fills`: more cells are selected, and Ctrl+Enter gives all of them the value.
    """

    column: Column
    codec: ValueCodec
    runner: TaskRunner
    picker: Picker | None = None
    may_default: bool = True
    time_zone: str = ""
    target: str = ""
    fills: bool = False


class Special(Enum):
    """Whether there is a text, or one of the two things that are none."""

    TEXT = "text"
    NULL = "null"
    DEFAULT = "default"


class CellEditor(QWidget):
    """Edits one value. Enter commits, Esc leaves it as it was, Tab commits and moves on.

    Ctrl+Enter commits for all selected cells.

    Subclasses build their field in `_build`, and implement `_show`, `_typed` and `_hint`. The whole contract for the
    outside: `set_cell`, `cell`, `commit`, the signals, and `size_wanted` when it needs another size.
    """

    committed = Signal(object)  # StagedCell; not sent when nothing was changed
    filled = Signal(object)  # StagedCell: for all selected cells, typed or not
    cancelled = Signal()  # closed without a change
    stepped = Signal(int)  # after committed or cancelled: go to the next (1) or the previous (-1) cell
    size_wanted = Signal()  # sizeHint is another

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cell_editor")
        self.setAutoFillBackground(True)
        self.place = place
        self.type = place.column.type
        self._original: StagedCell = None
        self._special = Special.TEXT
        self._is_touched = False
        self._is_done = False
        self._is_everywhere = False
        self.companions: Mapping[str, Cell] = {}  # cells of other columns of the row that go with the value
        self._inner: list[QWidget] = []
        self._message = QLabel(self)
        self._message.setObjectName("editor_message")
        self._message.setProperty("tone", "danger")
        self._message.setWordWrap(True)
        self._message.setContentsMargins(6, 2, 6, 2)
        self._message.hide()
        self._line = QHBoxLayout()
        self._line.setSpacing(0)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(self._line)
        self._column.addWidget(self._message)
        self._field = self._build()
        self._field.installEventFilter(self)
        self._field.setAccessibleName(self.tr("Value of {column}").format(column=place.column.name))
        if not self._field.objectName():
            self._field.setObjectName("editor_field")
        self._menu_button = self._make_menu_button()
        self._line.addWidget(self._field, 1)
        self._line.addWidget(self._menu_button)
        self.setFocusProxy(self._field)

    # The contract

    def set_cell(self, cell: StagedCell, type_: PgType | None = None) -> None:
        """Show a value; it is also what Esc leaves. A type other than the column's may be given."""
        self.type = type_ or self.type
        self._original = cell
        self._set_state(cell)
        self._is_touched = False
        self._say("")

    def cell(self) -> StagedCell:
        """Return what is in the editor now.

        Raises:
            InvalidValue: when the type's codec refuses the text.
        """
        if self._special is Special.NULL:
            return None
        if self._special is Special.DEFAULT:
            return DEFAULT
        return self._checked(self._typed())

    def commit_everywhere(self) -> bool:
        """Hand over the value for all selected cells, or as `commit` does where only one is selected."""
        self._is_everywhere = self.place.fills
        try:
            return self.commit()
        finally:
            self._is_everywhere = False

    def commit(self) -> bool:
        """Hand over what was typed; False, with the reason shown, when it is refused and the editor stays open."""
        if self._is_done:
            return True
        self._finish_parts()
        if not self._is_touched and not self._is_everywhere:
            self.cancel()
            return True
        try:
            cell = self.cell() if self._is_touched else self._original
        except InvalidValue as error:
            self._say(reason_sentence(error))
            return False
        self._is_done = True
        if self._is_everywhere:
            self.filled.emit(cell)
        else:
            self.committed.emit(cell)
        return True

    def cancel(self) -> None:
        """Close without a change."""
        if not self._is_done:
            self._is_done = True
            self.cancelled.emit()

    def start_with(self, text: str) -> None:
        """Begin with a typed character in place of the value."""
        self._special = Special.TEXT
        self._show(text)
        self._touched()

    def open_up(self) -> None:
        """Unfold what the editor has to unfold, right after it was shown; nothing by default."""

    @property
    def typed(self) -> str:
        """What the field holds now, as a text; it may be no value of the type yet."""
        return self._typed()

    @property
    def special(self) -> Special:
        """Whether the editor holds a text, NULL or DEFAULT."""
        return self._special

    @property
    def message(self) -> str:
        """Why the last commit was refused; empty when it wasn't."""
        return self._message.text()

    @property
    def is_touched(self) -> bool:
        """Whether anything was changed."""
        return self._is_touched

    def set_null(self) -> None:
        """Make the value NULL."""
        self._set_state(None)
        self._touched()

    def set_default(self) -> None:
        """Leave the value to the database."""
        if self.place.may_default:
            self._set_state(DEFAULT)
            self._touched()

    def set_text(self, text: str) -> None:
        """Make the value a text, the empty one included."""
        self._set_state(text)
        self._touched()

    # For subclasses

    def _build(self) -> QWidget:
        """Make the field a person types into."""
        raise NotImplementedError

    def _show(self, text: str) -> None:
        """Put a text into the field without calling it typed."""
        raise NotImplementedError

    def _typed(self) -> str:
        """Return the text in the field."""
        raise NotImplementedError

    def _hint(self, text: str) -> None:
        """Show in the empty field what it stands for: NULL, DEFAULT, empty text."""
        raise NotImplementedError

    def _checked(self, text: str) -> str:
        return self.place.codec.check(text, self.type)

    def _menu_actions(self) -> list[QAction]:
        """Return what the menu offers besides NULL and DEFAULT."""
        return []

    def _finish_parts(self) -> None:
        """Take what is being typed in a part of the value."""

    def _touched(self) -> None:
        self._is_touched = True
        self._say("")

    def _edited(self) -> None:
        """Note that a person typed: whatever it was before, it is a text now."""
        if self._special is not Special.TEXT:
            self._special = Special.TEXT
        self._touched()
        self._show_hint()

    def _say(self, message: str) -> None:
        if message == self._message.text() and self._message.isHidden() == (not message):
            return
        self._message.setText(message)
        self._message.setVisible(bool(message))
        self._field.setAccessibleDescription(message)
        self.size_wanted.emit()

    def _watch(self, *parts: QWidget) -> None:
        """Let Esc and Ctrl+Enter leave the editor from parts of it that have keys of their own."""
        for part in parts:
            self._inner.append(part)
            part.installEventFilter(self)

    def _wants_enter(self, event: QKeyEvent) -> bool:
        """Tell whether Enter belongs to the field (a new line) and not to the editor."""
        return False

    def _handle_key(self, event: QKeyEvent) -> bool:
        key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        control = Qt.KeyboardModifier.ControlModifier
        if key == Qt.Key.Key_Escape:
            self.cancel()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and modifiers == control:
            self.commit_everywhere()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not self._wants_enter(event):
            self.commit()
        elif key in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}:
            if self.commit():
                self.stepped.emit(1 if key == Qt.Key.Key_Tab else -1)
        elif key == Qt.Key.Key_0 and modifiers == control:
            self.set_null()
        elif key == Qt.Key.Key_0 and modifiers == control | Qt.KeyboardModifier.ShiftModifier:
            self.set_default()
        elif key == Qt.Key.Key_Down and modifiers == Qt.KeyboardModifier.AltModifier:
            self._menu_button.showMenu()
        else:
            return False
        return True

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the editor's own keys before the field, and before shortcuts of the window."""
        if isinstance(event, QKeyEvent) and watched in getattr(self, "_inner", ()):
            return self._filter_inner(watched, event)
        if isinstance(event, QKeyEvent) and watched is self._field:
            if event.type() == QEvent.Type.ShortcutOverride and _is_ours(event):
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and self._handle_key(event):
                return True
        return super().eventFilter(watched, event)

    def _filter_inner(self, watched: QObject, event: QKeyEvent) -> bool:
        """Take from a part that was unfolded only what leaves the editor: Esc and Ctrl+Enter."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        is_enter = control and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if event.type() == QEvent.Type.ShortcutOverride and _is_ours(event):
            event.accept()
            return True
        if event.type() != QEvent.Type.KeyPress or not (is_enter or event.key() == Qt.Key.Key_Escape):
            return super().eventFilter(watched, event)
        if is_enter:
            self.commit_everywhere()
        else:
            self.cancel()
        return True

    # Private

    def _set_state(self, cell: StagedCell) -> None:
        if cell is None:
            self._special = Special.NULL
        elif isinstance(cell, Default):
            self._special = Special.DEFAULT
        else:
            self._special = Special.TEXT
        self._show(cell if isinstance(cell, str) else "")
        self._show_hint()

    def _show_hint(self) -> None:
        words = {Special.NULL: "NULL", Special.DEFAULT: "DEFAULT", Special.TEXT: self.tr("empty text")}
        self._hint(words[self._special])

    def _make_menu_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("editor_menu")
        button.setIcon(icon("more", "text-muted"))
        button.setAccessibleName(self.tr("Other values"))
        button.setToolTip(self.tr("Other values (Alt+Down)"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        menu = QMenu(button)
        menu.setObjectName("editor_values")
        menu.aboutToShow.connect(self._fill_menu)
        button.setMenu(menu)
        return button

    def _fill_menu(self) -> None:
        menu = self._menu_button.menu()
        menu.clear()
        if self.place.column.nullable:
            menu.addAction(icon("null"), self.tr("Set NULL\tCtrl+0"), self.set_null)
        if self.place.may_default:
            menu.addAction(self.tr("Set DEFAULT\tCtrl+Shift+0"), self.set_default)
        actions = self._menu_actions()
        if actions:
            menu.addSeparator()
            menu.addActions(actions)


def _is_ours(event: QKeyEvent) -> bool:
    if event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
        return True
    return event.key() == Qt.Key.Key_0 and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
