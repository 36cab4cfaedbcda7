"""The editor of json and jsonb: the text, told while typing whether it is whole, and a tree to edit it node by node."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from nexus_studio.core.data.jsontext import NotJson, is_json, laid_out, parse_json
from nexus_studio.ui.grid.editors.cell_editor import EditPlace
from nexus_studio.ui.grid.editors.json_tree import JsonTree
from nexus_studio.ui.grid.editors.long_text import LongPlainEditor

MOST_IN_TREE: Final = 300_000
"""Characters of a text that is shown as a tree: each edit reads it anew."""


class JsonEditor(LongPlainEditor):
    """JSON. Numbers, spaces, the order of keys and keys that stand twice stay as they are, unless they are edited."""

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        self._tree: JsonTree | None = None
        layout = QPushButton(self.tr("Format"), self)
        layout.setObjectName("editor_format")
        layout.setToolTip(self.tr("Lay the text out over lines"))
        layout.clicked.connect(self.format)
        self._tree_button = QPushButton(self.tr("Tree"), self)
        self._tree_button.setObjectName("editor_tree_button")
        self._tree_button.setCheckable(True)
        self._tree_button.setToolTip(self.tr("Edit node by node (F4)"))
        self._tree_button.clicked.connect(self.show_tree)
        self._foot.insertWidget(1, self._tree_button)
        self._foot.insertWidget(2, layout)

    def format(self) -> None:
        """Lay the text out over lines; what is no JSON stays as it is."""
        found = laid_out(self._typed())
        if found is not None and found != self._typed():
            self.set_text(found)

    @property
    def is_tree(self) -> bool:
        """Whether the tree is shown in place of the text."""
        return self._tree is not None and not self._tree.isHidden()

    def show_tree(self, wanted: bool = True) -> None:
        """Show the tree in place of the text, or the text again; what is no JSON stays text."""
        text = self._typed()
        if wanted and (len(text) > MOST_IN_TREE or not self._made().show_text(text)):
            self._tree_button.setChecked(False)
            too_long = self.tr("This text is too long for a tree.")
            self._say(too_long if len(text) > MOST_IN_TREE else self.tr("Only valid JSON has a tree."))
            return
        tree = self._made()
        self._say("")
        tree.setVisible(wanted)
        self._edit.setVisible(not wanted)
        self._tree_button.setChecked(wanted)
        (tree if wanted else self._edit).setFocus()

    def _made(self) -> JsonTree:
        """Return the tree, made when it is wanted first."""
        if self._tree is None:
            self._tree = JsonTree(self)
            self._tree.hide()
            self._tree.edited.connect(self.set_text)
            self._tree.refused.connect(self._say)
            self._watch(self._tree.tree)
            self._line.insertWidget(1, self._tree, 1)
        return self._tree

    def _finish_parts(self) -> None:
        if self._tree is not None:
            self._tree.finish()

    def _show(self, text: str) -> None:
        super()._show(text)
        tree = getattr(self, "_tree", None)
        if tree is not None and self.is_tree and tree.text != text and not tree.show_text(text):
            self.show_tree(False)

    def _handle_key(self, event: QKeyEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_F4:
            self.show_tree()
            return True
        return super()._handle_key(event)

    def _filter_inner(self, watched: QObject, event: QKeyEvent) -> bool:
        """Go back to the text by F4."""
        if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_F4:
            self.show_tree(False)
            return True
        return super()._filter_inner(watched, event)

    def _menu_actions(self) -> list[QAction]:
        null = QAction(self.tr("Set JSON null"), self)
        null.setObjectName("editor_json_null")
        null.triggered.connect(lambda: self.set_text("null"))
        return [null]

    def _said_of(self, text: str) -> str:
        if not text:
            return ""
        if is_json(text):
            return self.tr("Valid JSON")
        try:
            parse_json(text)
        except NotJson as error:
            line = text.count("\n", 0, error.at) + 1
            column = error.at - (text.rfind("\n", 0, error.at) + 1) + 1
            return self.tr("Not JSON yet: line {line}, column {column}").format(line=line, column=column)
        return self.tr("Valid JSON")
