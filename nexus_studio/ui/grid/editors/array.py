"""The editor of arrays: PostgreSQL's text form, and below it a list - elements by line, labels to check, or a tree."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QTreeWidgetItem,
    QWidget,
)

from nexus_studio.core.data.arraytext import ArrayText, Items, format_array_text, parse_array_text
from nexus_studio.core.data.cells import Cell
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.ui.grid.editors.part_cells import PartsLook
from nexus_studio.ui.grid.editors.parts_tree import PartsTree, is_part, part
from nexus_studio.ui.grid.editors.pgarray import format_array, parse_array
from nexus_studio.ui.grid.editors.unfolding import UnfoldingEditor

_LIST_HEIGHT: Final = 150
_VALUE: Final = 0
_MOST_IN_LINES: Final = 2_000
"""Elements that get a line each; and rows that a tree of them has."""


class ArrayEditor(UnfoldingEditor):
    """The array as text; unfolded, what fits it best.

    A check list for an array of an enum, one element a line for other plain arrays, and a tree for what has several
    dimensions, bounds of its own, elements of several lines, or labels that stand twice.
    """

    button_name = "editor_list_button"

    def show_list(self) -> None:
        """Unfold the list."""
        self.unfold()

    def _button_words(self) -> str:
        return self.tr("Edit as a list")

    @property
    def _labels(self) -> tuple[str, ...]:
        element = self.type.element
        if element is None or element.kind is not TypeKind.ENUM:
            return ()
        return self.type.labels or element.labels

    # The three ways

    def _make_parts(self, text: str) -> QWidget | None:
        array = parse_array_text(text, self.type.delimiter) if text else ArrayText([])
        if array is None or _count(array.items) > _MOST_IN_LINES:
            return None
        plain = parse_array(text) if text and self.type.delimiter == "," else [] if not text else None
        labels = self._labels
        if plain is not None and labels and set(plain) <= set(labels) and len(set(plain)) == len(plain):
            return self._check_list(labels, plain)
        if plain is not None and not labels and not any(_is_odd(element) for element in plain):
            return self._line_list(plain)
        return self._tree_of(array)

    def _fill_parts(self, text: str) -> bool:
        array = parse_array_text(text, self.type.delimiter) if text else ArrayText([])
        if array is None:
            return False
        if isinstance(self._parts, PartsTree):
            self._array = array
            self._parts.fill(lambda: _add_rows(self._parts, array.items, None))  # type: ignore[arg-type]
            return True
        plain = parse_array(text) if text else []
        if plain is None or self._parts is None:
            return False
        if isinstance(self._parts, QListWidget):
            return self._check(self._parts, plain)
        lines = self._parts.findChild(QPlainTextEdit)
        if lines is None or any(_is_odd(element) for element in plain):
            return False
        blocked = lines.blockSignals(True)
        lines.setPlainText("\n".join(_line_of(element) for element in plain))
        lines.blockSignals(blocked)
        return True

    def _finish_parts(self) -> None:
        if isinstance(self._parts, PartsTree):
            self._parts.finish()

    # A check list

    def _check_list(self, labels: tuple[str, ...], elements: list[Cell]) -> QWidget:
        found = QListWidget(self)
        found.setObjectName("editor_list")
        found.setAccessibleName(self.tr("Elements"))
        chosen = [element for element in elements if element is not None]
        for label in [*chosen, *(label for label in labels if label not in chosen)]:
            item = QListWidgetItem(label, found)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if label in chosen else Qt.CheckState.Unchecked)
        found.setFixedHeight(_LIST_HEIGHT)
        found.itemChanged.connect(lambda _item: self._take_checked(found))
        self._watch(found)
        return found

    def _check(self, found: QListWidget, elements: list[Cell]) -> bool:
        """Check other labels; False where an element is none, or stands twice."""
        items = [found.item(row) for row in range(found.count())]
        if not set(elements) <= {item.text() for item in items} or len(set(elements)) != len(elements):
            return False
        blocked = found.blockSignals(True)
        for item in items:
            item.setCheckState(Qt.CheckState.Checked if item.text() in elements else Qt.CheckState.Unchecked)
        found.blockSignals(blocked)
        return True

    def _take_checked(self, found: QListWidget) -> None:
        items = [found.item(row) for row in range(found.count())]
        self._write(format_array([item.text() for item in items if item.checkState() == Qt.CheckState.Checked]))

    # One element a line

    def _line_list(self, elements: list[Cell]) -> QWidget:
        holder = QWidget(self)
        layout = QHBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        lines = QPlainTextEdit(holder)
        lines.setObjectName("editor_list")
        lines.setAccessibleName(self.tr("Elements, one a line"))
        lines.setTabChangesFocus(True)
        # A line that says NULL is NULL; the word itself is written "NULL" in quotes, as in an array's text.
        lines.setPlainText("\n".join(_line_of(element) for element in elements))
        lines.textChanged.connect(lambda: self._take_lines(lines.document().toRawText()))
        note = QLabel(self.tr("One element a line"), holder)
        note.setProperty("muted", True)
        note.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout.addWidget(lines, 1)
        layout.addWidget(note)
        holder.setFocusProxy(lines)
        holder.setFixedHeight(_LIST_HEIGHT)
        self._watch(lines)
        return holder

    def _take_lines(self, raw: str) -> None:
        self._write(format_array([_element_of(line) for line in raw.split("\u2029")] if raw else []))

    # A tree

    def _tree_of(self, array: ArrayText) -> QWidget:
        labels = self._labels
        tree = PartsTree(
            PartsLook(
                (self.tr("Elements"),),
                nests=True,
                nullable=frozenset({_VALUE}),
                choices={_VALUE: tuple((label, label) for label in labels)} if labels else {},
            ),
            self,
        )
        self._array = array
        tree.fill(lambda: _add_rows(tree, array.items, None))
        tree.changed.connect(lambda: self._take_tree(tree))
        self._watch(tree.tree)
        return tree

    def _take_tree(self, tree: PartsTree) -> None:
        self._array = ArrayText(_items_of(tree, None), self._array.lower)
        self._write(format_array_text(self._array, self.type.delimiter))

    def _menu_actions(self) -> list[QAction]:
        empty = QAction(self.tr("Set empty array"), self)
        empty.triggered.connect(lambda: self.set_text("{}"))
        return [empty]


def _add_rows(tree: PartsTree, items: Items, below: QTreeWidgetItem | None) -> None:
    for item in items:
        if isinstance(item, list):
            _add_rows(tree, item, tree.add_row((), below=below))
        else:
            tree.add_row((item,), below=below)


def _items_of(tree: PartsTree, below: QTreeWidgetItem | None) -> Items:
    return [part(row, _VALUE) if is_part(row, _VALUE) else _items_of(tree, row) for row in tree.rows(below)]


def _count(items: Items) -> int:
    return sum(1 + _count(item) if isinstance(item, list) else 1 for item in items)


def _is_odd(element: Cell) -> bool:
    """Tell whether a field of several lines would not give an element back as it is."""
    return element is not None and any(character in element for character in "\n\r\u2028\u2029\ufdd0\ufdd1")


def _line_of(element: Cell) -> str:
    if element is None:
        return "NULL"
    return f'"{element}"' if element.upper().strip('"') == "NULL" else element


def _element_of(line: str) -> Cell:
    if line.upper() == "NULL":
        return None
    return line[1:-1] if line.upper().strip('"') == "NULL" and line.startswith('"') else line
