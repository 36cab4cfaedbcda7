"""PartList: the parts of a group of conditions, one line each, worked by keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from nexus_studio.core.data.filters import Condition, Filter, Raw
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.ui.grid.filter_parts import affirmed, part_words
from nexus_studio.ui.kit.icons import icon, type_icon

_GLYPH: Final = 14
_EDIT: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2})
_REMOVE: Final = frozenset({Qt.Key.Key_Delete, Qt.Key.Key_Backspace})


class PartList(QListWidget):
    """Shows parts in words. Enter and F2 edit, Delete removes, N negates, Insert adds; so does a double click edit."""

    edit_asked = Signal()
    remove_asked = Signal()
    negate_asked = Signal()
    add_asked = Signal()

    def __init__(self, relation: Relation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._relation = relation
        self.setObjectName("group_parts")
        self.setAccessibleName(self.tr("Conditions of the group"))
        self.setIconSize(QSize(_GLYPH, _GLYPH))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # what is long is cut with "…"
        self.itemDoubleClicked.connect(lambda _item: self.edit_asked.emit())

    def show_parts(self, parts: Sequence[Filter], current: int) -> None:
        """Show these parts and go to one of them, or to the last."""
        self.clear()
        for part in parts:
            item = QListWidgetItem(self._sign(part), part_words(part, self._relation), self)
            item.setToolTip(item.text())
        self.setCurrentRow(min(current, len(parts) - 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask for what the keys mean; Ctrl+Enter is the group's."""
        has_modifier = bool(event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier)
        key, is_on_part = event.key(), self.currentRow() >= 0
        if has_modifier and key in _EDIT:
            event.ignore()
        elif not has_modifier and key == Qt.Key.Key_Insert:
            self.add_asked.emit()
        elif not has_modifier and is_on_part and key in _EDIT:
            self.edit_asked.emit()
        elif not has_modifier and is_on_part and key in _REMOVE:
            self.remove_asked.emit()
        elif not has_modifier and is_on_part and key == Qt.Key.Key_N:
            self.negate_asked.emit()
        else:
            super().keyPressEvent(event)

    def _sign(self, part: Filter) -> QIcon:
        inner = affirmed(part)
        if isinstance(inner, Condition):
            is_known = self._relation.has_column(inner.column)
            kind = self._relation.column(inner.column).type.kind.value if is_known else ""
            return type_icon(kind) if is_known else icon("error", "danger")
        return icon("terminal" if isinstance(inner, Raw) else "filter", "text-muted")
