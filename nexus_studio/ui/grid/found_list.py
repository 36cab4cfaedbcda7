"""FoundList: the rows a foreign key may point to, found by what is typed, as a list to choose from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QListWidgetItem, QWidget

from nexus_studio.core.data.targets import FoundTargets, Picker
from nexus_studio.core.errors import StudioError
from nexus_studio.core.schema.catalog import Column
from nexus_studio.ui.grid.searched_words import searched_words
from nexus_studio.ui.grid.short_list import ShortList
from nexus_studio.ui.kit.tasks import Latest, TaskRunner

DELAY_MS: Final = 120
_LINES: Final = 6
_CELL: Final = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class TargetFinder:
    """How rows that keys point to are found: `picker_of` gives what searches them, None for columns without a key."""

    runner: TaskRunner
    picker_of: Callable[[Column], Picker | None]


class FoundList(ShortList):
    """Lists what a picker finds; hidden while there is no picker. UI thread only."""

    chosen = Signal(str)  # the value of a row that was clicked
    searched = Signal(str)  # what was searched, in words; empty where that was everything

    def __init__(self, runner: TaskRunner | None, parent: QWidget | None = None) -> None:
        super().__init__(_LINES, parent)
        self.setObjectName("found_list")
        self.setAccessibleName(self.tr("Rows found"))
        self.hide()
        self._picker: Picker | None = None
        self._text = ""
        self._latest = Latest(runner, self) if runner is not None else None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._ask)
        self.itemClicked.connect(lambda item: self.chosen.emit(item.data(_CELL)))

    def show_for(self, picker: Picker | None) -> None:
        """Serve another column; None hides the list."""
        self.clear()
        self._picker, self._text = picker, ""
        self.setVisible(picker is not None)
        if picker is not None:
            self._ask()

    def search(self, text: str) -> None:
        """Look for what is typed, a moment after the last key."""
        self._text = text
        self.setCurrentRow(-1)
        if self._picker is not None:
            self._timer.start()

    def step(self, by: int) -> None:
        """Mark the next or the previous row."""
        self.setCurrentRow(max(0, min(self.currentRow() + by, self.count() - 1)))

    def marked(self) -> str:
        """Return the value of the marked row; empty when none is, or the list is hidden."""
        item = self.currentItem()
        return str(item.data(_CELL)) if item is not None and not self.isHidden() else ""

    def _ask(self) -> None:
        picker, text = self._picker, self._text
        if picker is not None and self._latest is not None:
            self._latest.start(lambda ctx: picker(text, ctx), self._show, self._show_nothing)

    def _show(self, found: FoundTargets) -> None:
        self.clear()
        place = self._picker.place if self._picker is not None else 0
        cells = [(key[place], label) for key, label in found.rows]
        for cell, label in cells:
            if cell is not None:
                item = QListWidgetItem(f"{label}  ·  {cell}" if label else cell, self)
                item.setData(_CELL, cell)
        self.fit()
        self.setToolTip(searched_words(found))
        self.setAccessibleDescription(self.toolTip())
        self.searched.emit(self.toolTip())
        if self._text and self.count() and not any(cell == self._text for cell, _ in cells):
            self.setCurrentRow(0)

    def _show_nothing(self, _error: StudioError) -> None:
        """Go without: the value itself can be typed."""
        self.clear()
