"""ColumnField: chooses a column by a part of its name; Tab and Enter take the first that fits."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QWidget

from nexus_studio.core.schema.catalog import Column
from nexus_studio.ui.kit.icons import type_icon


class ColumnField(QComboBox):
    """A list of columns that can be typed into."""

    taken = Signal(bool)  # a column was completed: by Enter (True) or by Tab

    def __init__(self, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = tuple(column.name for column in columns)
        for column in columns:
            self.addItem(type_icon(column.type.kind.value), column.name)
        typed = QLineEdit(self)
        typed.setObjectName("column_typed")
        self.setLineEdit(typed)
        typed.installEventFilter(self)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = QCompleter(self.model(), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.setCompleter(completer)
        self._popup = completer.popup()
        if self._popup is not None:
            self._popup.installEventFilter(self)
        self.setCurrentIndex(0)

    def fitting(self, typed: str) -> str:
        """Return the column meant by what is typed: that name, the first that begins so, the first that has it."""
        text = typed.strip().casefold()
        begins = [name for name in self._names if name.casefold().startswith(text)]
        holds = [name for name in self._names if text in name.casefold()]
        return typed if typed in self._names else next(iter(begins + holds), "")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Complete the name with Tab and Enter."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            is_enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            is_marked = self._popup is not None and self._popup.isVisible() and self._popup.currentIndex().isValid()
            if (is_enter or event.key() == Qt.Key.Key_Tab) and not is_marked:
                self._take(is_enter=is_enter)
                return True
        return super().eventFilter(watched, event)

    def _take(self, *, is_enter: bool) -> None:
        name = self.fitting(self.currentText())
        if self._popup is not None:
            self._popup.hide()
        if name:
            self.setCurrentIndex(self.findText(name))
            self.setEditText(name)
            self.taken.emit(is_enter)
