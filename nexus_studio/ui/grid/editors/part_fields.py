"""PartDelegate: the fields that open over a row of a tree of parts; what is typed in one can be taken at any time."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QStyledItemDelegate, QTreeWidget, QWidget
from shiboken6 import isValid

ANY_LENGTH: Final = (1 << 31) - 1  # a field of Qt would cut off at 32 767 characters

Index = QModelIndex | QPersistentModelIndex


class PartDelegate(QStyledItemDelegate):
    """Makes the fields, and remembers the one that is open."""

    def __init__(self, tree: QTreeWidget) -> None:
        super().__init__(tree)
        self._tree = tree
        self._field: QWidget | None = None

    @property
    def is_editing(self) -> bool:
        """Whether a field is open."""
        return self._field is not None and isValid(self._field) and not self._field.isHidden()

    def finish(self) -> None:
        """Take what is typed in the open field; it stays open, for Qt may be about to close it by itself."""
        if self._field is not None and self.is_editing:
            self.commitData.emit(self._field)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close the field by Ctrl+Enter too, and hand the key on: it takes the whole value."""
        is_press = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if is_press and isinstance(event, QKeyEvent) and isinstance(watched, QWidget) and _takes_all(event):
            self.commitData.emit(watched)
            self.closeEditor.emit(watched)
            self._field = None
            QCoreApplication.sendEvent(self._tree, event)
            return True
        return super().eventFilter(watched, event)

    def line(self, parent: QWidget, name: str, words: str) -> QWidget:
        """Make a field for a text of any length."""
        made = QLineEdit(parent)
        made.setObjectName(name)
        made.setAccessibleName(words)
        made.setFrame(False)
        made.setMaxLength(ANY_LENGTH)
        self._field = made
        return made

    def list(self, parent: QWidget, name: str, words: str) -> QComboBox:
        """Make a field to choose in."""
        made = QComboBox(parent)
        made.setObjectName(name)
        made.setAccessibleName(words)
        self._field = made
        return made


def _takes_all(event: QKeyEvent) -> bool:
    control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    return control and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
