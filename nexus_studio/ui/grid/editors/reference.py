"""The editor of foreign keys: type the value itself, or a part of the label of the row meant, and choose."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidgetItem, QWidget

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.errors import StudioError
from nexus_studio.ui.grid.editors.cell_editor import EditPlace
from nexus_studio.ui.grid.editors.line import PlainEditor
from nexus_studio.ui.grid.short_list import ShortList
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import sentence

DELAY_MS: Final = 120
_LINES: Final = 7
_CELL: Final = Qt.ItemDataRole.UserRole


class ReferenceEditor(PlainEditor):
    """A value and, below it, the rows it may point to. Down goes to the list, Enter takes what is marked there."""

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        self._found = ShortList(_LINES, self)
        self._found.setObjectName("editor_found")
        self._found.setAccessibleName(self.tr("Rows found"))
        self._found.itemClicked.connect(self._take)
        self._found.installEventFilter(self)
        self._column.insertWidget(1, self._found)
        self._latest = Latest(place.runner, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._search)
        self._edit.textEdited.connect(lambda _text: self._timer.start())
        self._edit.setToolTip(self.tr("Type a value, or part of a name to find it"))

    def sizeHint(self) -> QSize:
        """Return room for the rows found."""
        return super().sizeHint().expandedTo(QSize(340, 0))

    def open_up(self) -> None:
        """Show the first rows at once."""
        self._search(is_first=True)

    def _search(self, *, is_first: bool = False) -> None:
        picker, text = self.place.picker, "" if is_first else self._edit.text()
        if picker is not None:
            self._latest.start(lambda ctx: picker(text, ctx), self._show_found, self._say_error)

    def _show_found(self, found: list[tuple[Cell, str]]) -> None:
        self._found.clear()
        for cell, label in found:
            if cell is None:
                continue
            item = QListWidgetItem(f"{label}  ·  {cell}" if label else cell, self._found)
            item.setData(_CELL, cell)
        self._found.fit()
        if self._is_touched and self._found.count() and not self._is_one_of(self._edit.text()):
            self._found.setCurrentRow(0)

    def _is_one_of(self, text: str) -> bool:
        return any(self._found.item(row).data(_CELL) == text for row in range(self._found.count()))

    def _take(self, item: QListWidgetItem) -> None:
        self.set_text(item.data(_CELL))
        self.commit()

    def _say_error(self, error: StudioError) -> None:
        said = sentence(error)
        self._say(said.explanation or said.title)

    def _handle_key(self, event: QKeyEvent) -> bool:
        key, marked = event.key(), self._found.currentItem()
        if key in {Qt.Key.Key_Up, Qt.Key.Key_Down} and not event.modifiers() and self._found.count():
            row = self._found.currentRow() + (1 if key == Qt.Key.Key_Down else -1)
            self._found.setCurrentRow(max(0, min(row, self._found.count() - 1)))
            return True
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and marked is not None:
            self._take(marked)
            return True
        return super()._handle_key(event)

    def _edited(self) -> None:
        self._found.setCurrentRow(-1)
        super()._edited()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Enter and Esc from the list as well."""
        if watched is getattr(self, "_found", None) and isinstance(event, QKeyEvent):
            is_ours = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape}
            if event.type() == QEvent.Type.KeyPress and is_ours:
                return self._handle_key(event)
        return super().eventFilter(watched, event)
