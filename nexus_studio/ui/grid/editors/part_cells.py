"""What a tree of parts is like, and the delegate that shows its parts and edits them in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QLineEdit, QStyleOptionViewItem, QTreeWidget, QWidget

from nexus_studio.core.data.cells import Cell
from nexus_studio.ui.grid.editors.part_fields import Index, PartDelegate

CELL: Final = Qt.ItemDataRole.UserRole
"""The role of a part: its text, or None for NULL."""

IS_CELL: Final = Qt.ItemDataRole.UserRole + 1
"""The role that tells that there is a part."""


@dataclass(frozen=True, slots=True)
class PartsLook:
    """What a tree of parts is like.

    `columns` are the heads; the values are those from `first_value` on. `null_word` stands for a part that is None,
    `empty_word` for one that is empty text. `choices` are by column the only parts there are, with what they are shown
    as (an enum's labels). `nests`: a row may have rows below it. `grows`: rows may be added, taken out and moved.
    `nullable` are the columns that may be None, `narrow` those that are no wider than what stands in them.
    """

    columns: tuple[str, ...]
    first_value: int = 0
    null_word: str = "NULL"
    empty_word: str = ""
    choices: Mapping[int, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    nests: bool = False
    grows: bool = True
    nullable: frozenset[int] = frozenset()
    narrow: frozenset[int] = frozenset()


class CellDelegate(PartDelegate):
    """Shows parts, NULL and empty ones as words of their own, and edits them as exact text or from a list."""

    def __init__(self, look: PartsLook, tree: QTreeWidget) -> None:
        super().__init__(tree)
        self._look = look

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Show what the part is."""
        super().initStyleOption(option, index)
        if not index.data(IS_CELL):
            return
        cell = index.data(CELL)
        is_word = not isinstance(cell, str) or not cell
        if is_word:
            empty = self._look.empty_word or self.tr("empty text")
            words = empty if isinstance(cell, str) else self._look.null_word
            option.font.setItalic(True)
            muted = option.palette.color(QPalette.ColorRole.PlaceholderText)
            option.palette.setColor(QPalette.ColorRole.Text, muted)
        else:
            words = dict(self._look.choices.get(index.column(), ())).get(cell, cell).replace("\n", "⏎")
        option.text = words
        option.features |= QStyleOptionViewItem.ViewItemFeature.HasDisplay

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget | None:  # type: ignore[override]
        """Make a field, or a list where there are choices."""
        if not index.data(IS_CELL):
            return None
        choices = self._look.choices.get(index.column(), ())
        if choices:
            combo = self.list(parent, "editor_part_choice", self._look.columns[index.column()])
            for cell, label in choices:
                combo.addItem(label, cell)
            if index.column() in self._look.nullable:
                combo.addItem(self._look.null_word)
            return combo
        return self.line(parent, "editor_part_field", self._look.columns[index.column()])

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Show the part in its field."""
        cell = index.data(CELL)
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(editor.findData(cell) if isinstance(cell, str) else editor.count() - 1)
        elif isinstance(editor, QLineEdit) and not editor.isModified():
            editor.setText(cell if isinstance(cell, str) else "")
            editor.setPlaceholderText(self._look.null_word if cell is None else "")
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QObject, index: Index) -> None:
        """Take over what was typed or chosen; what was not touched stays."""
        cell: Cell = index.data(CELL)
        if isinstance(editor, QComboBox):
            cell = editor.currentData() if editor.currentIndex() >= 0 else cell
        elif isinstance(editor, QLineEdit) and editor.isModified():
            cell = editor.text()
        if cell != index.data(CELL):
            index.model().setData(index, cell, CELL)
