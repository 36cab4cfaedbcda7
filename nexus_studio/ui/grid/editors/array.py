"""The editor of arrays: PostgreSQL's text form, and for simple arrays a list with one element a line."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QPlainTextEdit, QToolButton, QWidget

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.ui.grid.editors.cell_editor import EditPlace
from nexus_studio.ui.grid.editors.line import PlainEditor
from nexus_studio.ui.grid.editors.pgarray import format_array, parse_array
from nexus_studio.ui.kit.icons import icon

_LIST_HEIGHT: Final = 150


class ArrayEditor(PlainEditor):
    """The array as text; `show_list` unfolds one element a line, or a check list for an array of enum."""

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        self._button = QToolButton(self)
        self._button.setObjectName("editor_list_button")
        self._button.setIcon(icon("type-array", "text-muted"))
        self._button.setAccessibleName(self.tr("Edit as a list"))
        self._button.setToolTip(self.tr("Edit as a list"))
        self._button.clicked.connect(self.show_list)
        self._line.insertWidget(1, self._button)
        self._list: QWidget | None = None

    def sizeHint(self) -> QSize:
        """Return room for the list when it is unfolded."""
        hint = super().sizeHint()
        return hint if self._list is None else QSize(max(hint.width(), 260), hint.height())

    def show_list(self) -> None:
        """Unfold the list; nested arrays and elements of several lines stay text."""
        elements = parse_array(self._edit.text()) if self._edit.text() else []
        if self._list is not None or elements is None or any("\n" in (element or "") for element in elements):
            return
        element = self.type.element
        labels = self.type.labels or (element.labels if element is not None else ())
        is_set = element is not None and element.kind is TypeKind.ENUM and bool(labels)
        if is_set and set(elements) <= set(labels) and len(set(elements)) == len(elements):
            self._list = self._check_list(labels, elements)
        else:
            self._list = self._line_list(elements)
        self._list.setFixedHeight(_LIST_HEIGHT)
        self._column.insertWidget(1, self._list)
        self.size_wanted.emit()
        self._list.setFocus()

    def _check_list(self, labels: tuple[str, ...], elements: list[Cell]) -> QWidget:
        found = QListWidget(self)
        found.setObjectName("editor_list")
        found.setAccessibleName(self.tr("Elements"))
        chosen = [element for element in elements if element is not None]
        for label in [*chosen, *(label for label in labels if label not in chosen)]:
            item = QListWidgetItem(label, found)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if label in chosen else Qt.CheckState.Unchecked)
        found.itemChanged.connect(lambda _item: self._take_checked(found))
        found.installEventFilter(self)
        return found

    def _take_checked(self, found: QListWidget) -> None:
        items = [found.item(row) for row in range(found.count())]
        self.set_text(format_array([item.text() for item in items if item.checkState() == Qt.CheckState.Checked]))

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
        lines.textChanged.connect(lambda: self._take_lines(lines.toPlainText()))
        note = QLabel(self.tr("One element a line"), holder)
        note.setProperty("muted", True)
        note.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout.addWidget(lines, 1)
        layout.addWidget(note)
        holder.setFocusProxy(lines)
        return holder

    def _take_lines(self, text: str) -> None:
        self.set_text(format_array([_element_of(line) for line in text.split("\n")] if text else []))

    def _menu_actions(self) -> list[QAction]:
        empty = QAction(self.tr("Set empty array"), self)
        empty.triggered.connect(lambda: self.set_text("{}"))
        return [empty]


def _line_of(element: Cell) -> str:
    if element is None:
        return "NULL"
    return f'"{element}"' if element.upper() == "NULL" else element


def _element_of(line: str) -> Cell:
    if line.upper() == "NULL":
        return None
    return line[1:-1] if line.upper() == '"NULL"' else line
