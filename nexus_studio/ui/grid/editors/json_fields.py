"""NodeDelegate: shows and edits the keys, values and types of a tree of JSON in place."""

from __future__ import annotations

from typing import Final, Protocol

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QLineEdit, QStyleOptionViewItem, QTreeWidget, QTreeWidgetItem, QWidget

from nexus_studio.core.data.jsontext import JsonKind, JsonNode
from nexus_studio.ui.grid.editors.part_fields import Index, PartDelegate

KEY, VALUE, KIND = range(3)
"""The columns."""

TYPE: Final = Qt.ItemDataRole.UserRole + 1
"""The role of a node's JsonKind, in each column."""


class NodeOwner(Protocol):
    """The tree whose nodes are edited."""

    tree: QTreeWidget

    def node_of(self, index: Index) -> JsonNode | None:
        """Return the node of a row."""
        ...

    def kinds(self) -> list[tuple[str, JsonKind]]:
        """Return what a node may be made, with its name."""
        ...

    def set_value(self, item: QTreeWidgetItem, typed: str) -> bool:
        """Give a node another value."""
        ...

    def set_kind(self, item: QTreeWidgetItem, kind: JsonKind) -> None:
        """Make a node another type."""
        ...

    def rename(self, item: QTreeWidgetItem, name: str) -> None:
        """Give a member another name."""
        ...


class NodeDelegate(PartDelegate):
    """Edits a key, a value or a type in place."""

    def __init__(self, owner: NodeOwner) -> None:
        super().__init__(owner.tree)
        self._owner = owner

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Mute what is no value; an empty text says so."""
        super().initStyleOption(option, index)
        kind = index.data(TYPE)
        is_bunch = kind in {JsonKind.OBJECT, JsonKind.LIST, JsonKind.NULL, None}
        is_empty = kind is JsonKind.TEXT and index.column() == VALUE and not index.data()
        if index.column() == KIND or (index.column() == VALUE and (is_bunch or is_empty)):
            muted = option.palette.color(QPalette.ColorRole.PlaceholderText)
            option.palette.setColor(QPalette.ColorRole.Text, muted)
        if is_empty:
            option.font.setItalic(True)
            option.text = self.tr("empty text")
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDisplay
        elif option.text:
            option.text = option.text.replace("\n", "⏎")

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget | None:  # type: ignore[override]
        """Make a field for a key or a value, a list for a type or a truth."""
        node = self._owner.node_of(index)
        if node is None:
            return None
        if index.column() == KIND or (index.column() == VALUE and node.kind is JsonKind.BOOLEAN):
            return self._choice(parent, index)
        has_field = node.key is not None if index.column() == KEY else node.kind in {JsonKind.TEXT, JsonKind.NUMBER}
        if not has_field:
            return None
        words = self.tr("Key") if index.column() == KEY else self.tr("Value")
        return self.line(parent, "editor_json_field", words)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Show what there is."""
        if isinstance(editor, QComboBox):
            wanted = index.data(TYPE) if index.column() == KIND else index.data()
            editor.setCurrentIndex(next((row for row in range(editor.count()) if editor.itemData(row) == wanted), -1))
        elif isinstance(editor, QLineEdit) and not editor.isModified():
            editor.setText(index.data())
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QObject, index: Index) -> None:
        """Take what was typed or chosen."""
        owner, item = self._owner, self._owner.tree.itemFromIndex(index)
        if isinstance(editor, QComboBox):
            chosen = editor.currentData()
            if isinstance(chosen, JsonKind):
                owner.set_kind(item, chosen)
            elif isinstance(chosen, str):
                owner.set_value(item, chosen)
        elif isinstance(editor, QLineEdit) and editor.isModified():
            if index.column() == KEY:
                owner.rename(item, editor.text())
            else:
                owner.set_value(item, editor.text())

    def _choice(self, parent: QWidget, index: Index) -> QWidget:
        words = self.tr("Type") if index.column() == KIND else self.tr("Value")
        combo = self.list(parent, "editor_json_choice", words)
        if index.column() == KIND:
            for words, kind in self._owner.kinds():
                combo.addItem(words, kind)
        else:
            for word in ("true", "false"):
                combo.addItem(word, word)
        return combo
