"""JsonTree: a JSON text as a tree. Each edit changes the characters of one node, and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.jsontext import (
    JsonKind,
    JsonNode,
    NotJson,
    added,
    is_number,
    node_at,
    parse_json,
    removed,
    renamed,
    replaced,
    string_of,
    written_string,
)
from nexus_studio.ui.grid.editors.json_fields import KEY, KIND, TYPE, VALUE, NodeDelegate
from nexus_studio.ui.grid.editors.part_fields import Index
from nexus_studio.ui.kit.icons import icon

_STEP: Final = Qt.ItemDataRole.UserRole  # a row's index in its parent
_MOST_ROWS: Final = 500
"""Children that are shown at once; the rest is a row that shows more."""

_FRESH: Final = {
    JsonKind.TEXT: '""',
    JsonKind.NUMBER: "0",
    JsonKind.BOOLEAN: "false",
    JsonKind.NULL: "null",
    JsonKind.OBJECT: "{}",
    JsonKind.LIST: "[]",
}


class JsonTree(QWidget):
    """The tree of one text. Enter or F2 edits, Ins adds, Ctrl+Del takes out. Rows are made when they are unfolded."""

    edited = Signal(str)  # the text after an edit of one node
    refused = Signal(str)  # why a value was not taken, translated

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("editor_json")
        self.text = ""
        self._top: JsonNode | None = None
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("editor_json_tree")
        self.tree.setAccessibleName(self.tr("JSON as a tree"))
        self.tree.setColumnCount(3)
        self.tree.setHeaderLabels([self.tr("Key"), self.tr("Value"), self.tr("Type")])
        self.tree.setUniformRowHeights(True)
        self.tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.tree.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(KEY, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(VALUE, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(KIND, QHeaderView.ResizeMode.ResizeToContents)
        header.resizeSection(KEY, 150)
        self._delegate = NodeDelegate(self)
        self.tree.setItemDelegate(self._delegate)
        self.tree.itemExpanded.connect(self._unfold)
        self.tree.itemActivated.connect(self._show_more)
        self.tree.installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self._bar())
        self.setFocusProxy(self.tree)

    def show_text(self, text: str) -> bool:
        """Show a text; False when it is no JSON. What was unfolded, and where one stood, stays."""
        try:
            top = parse_json(text)
        except NotJson:
            return False
        self.text, self._top = text, top
        self._show_rows()
        return True

    def _show_rows(self) -> None:
        """Make the rows anew; what was unfolded, and where one stood, stays."""
        if self._top is None:
            return
        unfolded, place = self._unfolded(), self._place()
        self.tree.clear()
        row = QTreeWidgetItem(self.tree)
        self._dress(row, self._top, 0)
        row.setExpanded(True)
        for path in sorted(unfolded, key=len):
            if (item := self._item_at(path)) is not None:
                item.setExpanded(True)
        self.tree.setCurrentItem(self._item_at(place[0]) or row, place[1])

    def finish(self) -> None:
        """Take what is being typed."""
        self._delegate.finish()

    # ---- what a person does

    def set_value(self, item: QTreeWidgetItem, typed: str) -> bool:
        """Give a text, a number or a truth another value; False when it is none of its type."""
        node = self._node(item)
        if node is None:
            return False
        if node.kind is JsonKind.TEXT:
            written = written_string(typed)
        elif (node.kind is JsonKind.NUMBER and is_number(typed)) or (
            node.kind is JsonKind.BOOLEAN and typed in {"true", "false"}
        ):
            written = typed
        else:
            self.refused.emit(self.tr("Not a number in JSON. To write a text here, choose the type text."))
            return False
        self._edit(replaced(self.text, node, written), later=True)
        return True

    def set_kind(self, item: QTreeWidgetItem, kind: JsonKind) -> None:
        """Make a node another type; a text that is a number becomes that number, and the other way round."""
        node = self._node(item)
        if node is None or node.kind is kind:
            return
        written = _FRESH[kind]
        held = self.text[node.start : node.end]
        if kind is JsonKind.TEXT and node.kind in {JsonKind.NUMBER, JsonKind.BOOLEAN}:
            written = written_string(held)
        elif kind is JsonKind.NUMBER and node.kind is JsonKind.TEXT and is_number(string_of(held)):
            written = string_of(held)
        self._edit(replaced(self.text, node, written), later=True)

    def rename(self, item: QTreeWidgetItem, name: str) -> None:
        """Give a member another name."""
        node = self._node(item)
        if node is not None and node.key is not None:
            self._edit(renamed(self.text, node, name), later=True)

    def add(self) -> None:
        """Add a value: to the object or list one stands on, else beside the value one stands on."""
        item = self.tree.currentItem()
        node = self._node(item) if item is not None else None
        if node is None or item is None:
            return
        if node.kind not in {JsonKind.OBJECT, JsonKind.LIST}:
            node, item = node.parent, item.parent()
        if node is None or item is None:
            return
        path = (*self._path(item), len(node.children))
        self._edit(added(self.text, node, '""', "" if node.kind is JsonKind.OBJECT else None))
        parent = self._item_at(path[:-1])
        if parent is not None:
            parent.setExpanded(True)
        made = self._item_at(path)
        if made is not None:
            column = KEY if node.kind is JsonKind.OBJECT else VALUE
            self.tree.setCurrentItem(made, column)
            self.tree.editItem(made, column)

    def remove(self) -> None:
        """Take out what one stands on."""
        item = self.tree.currentItem()
        node = self._node(item) if item is not None else None
        if node is not None and node.parent is not None:
            self._edit(removed(self.text, node))

    def node_of(self, index: Index) -> JsonNode | None:
        """Return the node of a row."""
        return self._node(self.tree.itemFromIndex(index))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the tree's own keys."""
        if watched is self.tree and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if self._delegate.is_editing:
                return False  # a key that the field did not want
            key, control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if key == Qt.Key.Key_Insert:
                self.add()
            elif key == Qt.Key.Key_Delete and control:
                self.remove()
            elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not control:
                self._enter()
            else:
                return False
            return True
        return super().eventFilter(watched, event)

    # ---- private

    def _bar(self) -> QWidget:
        bar = QWidget(self)
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(4, 2, 4, 2)
        layout.setSpacing(2)
        specs: tuple[tuple[str, str, str, Callable[[], None]], ...] = (
            ("editor_json_add", "plus", self.tr("Add (Ins)"), self.add),
            ("editor_json_remove", "minus", self.tr("Take out (Ctrl+Del)"), self.remove),
        )
        for name, sign, words, run in specs:
            button = QToolButton(bar)
            button.setObjectName(name)
            button.setIcon(icon(sign, "text-muted"))
            button.setAccessibleName(words)
            button.setToolTip(words)
            button.clicked.connect(run)
            layout.addWidget(button)
        layout.addStretch(1)
        return bar

    def _edit(self, text: str, *, later: bool = False) -> None:
        """Take another text at once; `later`: its rows are made when the field that is being left is gone."""
        if text == self.text:
            return
        self.text, self._top = text, parse_json(text)
        self.edited.emit(text)
        if later:
            QTimer.singleShot(0, self, self._show_rows)
        else:
            self._show_rows()

    def _enter(self) -> None:
        item = self.tree.currentItem()
        if item is None:
            return
        if item.data(KEY, _STEP) is None:
            self._show_more(item)
            return
        column, node = self.tree.currentColumn(), self._node(item)
        is_bunch = node is not None and node.kind in {JsonKind.OBJECT, JsonKind.LIST}
        if column == VALUE and is_bunch:
            item.setExpanded(not item.isExpanded())
        else:
            self.tree.editItem(item, column)

    def _dress(self, item: QTreeWidgetItem, node: JsonNode, step: int) -> None:
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        item.setData(KEY, _STEP, step)
        for column in range(3):
            item.setData(column, TYPE, node.kind)
        if node.key is not None:
            item.setText(KEY, string_of(self.text[slice(*node.key)]))
        else:
            item.setText(KEY, "" if node.parent is None else f"[{step}]")
        item.setText(VALUE, self._shown(node))
        item.setText(KIND, self._kind_words(node.kind))
        if node.children:
            item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)

    def _shown(self, node: JsonNode) -> str:
        if node.kind is JsonKind.OBJECT:
            return "{" + self.tr("%Ln key(s)", "", len(node.children)) + "}"
        if node.kind is JsonKind.LIST:
            return "[" + self.tr("%Ln element(s)", "", len(node.children)) + "]"
        written = self.text[node.start : node.end]
        return string_of(written) if node.kind is JsonKind.TEXT else written

    def _kind_words(self, kind: JsonKind) -> str:
        return {
            JsonKind.TEXT: self.tr("text"),
            JsonKind.NUMBER: self.tr("number"),
            JsonKind.BOOLEAN: self.tr("true or false"),
            JsonKind.NULL: self.tr("null"),
            JsonKind.OBJECT: self.tr("object"),
            JsonKind.LIST: self.tr("list"),
        }[kind]

    def kinds(self) -> list[tuple[str, JsonKind]]:
        """Return what a node may be made, with its name."""
        return [(self._kind_words(kind), kind) for kind in JsonKind]

    def _unfold(self, item: QTreeWidgetItem) -> None:
        """Make the rows below one, when it is unfolded first."""
        if item.childCount() == 0:
            self._add_children(item)

    def _add_children(self, item: QTreeWidgetItem) -> None:
        node = self._node(item)
        if node is None:
            return
        first = item.childCount()
        rows = []
        for step, child in enumerate(node.children[first : first + _MOST_ROWS], first):
            row = QTreeWidgetItem()
            self._dress(row, child, step)
            rows.append(row)
        left = len(node.children) - first - len(rows)
        if left > 0:
            more = QTreeWidgetItem()
            more.setFlags(more.flags() & ~Qt.ItemFlag.ItemIsEditable)
            more.setText(KEY, self.tr("Show %Ln more", "", left))
            rows.append(more)
        item.addChildren(rows)

    def _show_more(self, item: QTreeWidgetItem) -> None:
        parent = item.parent()
        if item.data(KEY, _STEP) is None and parent is not None:
            parent.removeChild(item)
            self._add_children(parent)

    def _path(self, item: QTreeWidgetItem) -> tuple[int, ...]:
        steps: list[int] = []
        while (parent := item.parent()) is not None:
            steps.append(int(item.data(KEY, _STEP) or 0))
            item = parent
        return tuple(reversed(steps))

    def _node(self, item: QTreeWidgetItem) -> JsonNode | None:
        if self._top is None or item.data(KEY, _STEP) is None:
            return None
        return node_at(self._top, self._path(item))

    def _item_at(self, path: tuple[int, ...]) -> QTreeWidgetItem | None:
        item = self.tree.topLevelItem(0)
        for step in path:
            if item is None:
                return None
            self._unfold(item)
            item = item.child(step)
        return item

    def _unfolded(self) -> list[tuple[int, ...]]:
        found: list[tuple[int, ...]] = []
        top = self.tree.topLevelItem(0)
        waiting = [] if top is None else [top]
        while waiting:
            item = waiting.pop()
            if item.isExpanded():
                found.append(self._path(item))
                children = (item.child(row) for row in range(item.childCount()))
                waiting += [child for child in children if child is not None]
        return found

    def _place(self) -> tuple[tuple[int, ...], int]:
        item = self.tree.currentItem()
        return ((), VALUE) if item is None else (self._path(item), max(0, self.tree.currentColumn()))
