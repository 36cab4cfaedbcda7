"""Editors that choose from a list: enums and booleans."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QWidget

from nexus_studio.core.data.cells import DEFAULT, StagedCell
from nexus_studio.ui.grid.editors.cell_editor import CellEditor, Special


class ChoiceEditor(CellEditor):
    """A list of values to choose from; typing finds one, choosing commits."""

    def values(self) -> list[tuple[str, str]]:
        """Return (cell, label) pairs: an enum's labels as stored, in the type's order."""
        return [(label, label) for label in self.type.labels]

    def _build(self) -> QWidget:
        self._combo = QComboBox(self)
        self._combo.setObjectName("editor_choice")
        self._combo.view().installEventFilter(self)
        self._fill()
        self._combo.activated.connect(self._chosen)
        return self._combo

    def open_up(self) -> None:
        """Show the list at once."""
        self._combo.showPopup()

    def start_with(self, text: str) -> None:
        """Jump to the first value that begins with a typed character."""
        for row in range(self._combo.count()):
            if isinstance(self._combo.itemData(row), str) and self._combo.itemText(row).lower().startswith(
                text.lower()
            ):
                self._combo.setCurrentIndex(row)
                self._special = Special.TEXT
                self._touched()
                return

    def _fill(self) -> None:
        self._combo.clear()
        for cell, label in self.values():
            self._combo.addItem(label, cell)
        if self.place.column.nullable:
            self._add_special("NULL", Special.NULL)
        if self.place.may_default:
            self._add_special("DEFAULT", Special.DEFAULT)

    def _add_special(self, label: str, special: Special) -> None:
        self._combo.addItem(label, special)
        font = self._combo.font()
        font.setItalic(True)
        self._combo.setItemData(self._combo.count() - 1, font, Qt.ItemDataRole.FontRole)

    def _show(self, text: str) -> None:
        wanted: object = text if self._special is Special.TEXT else self._special
        row = next((row for row in range(self._combo.count()) if self._combo.itemData(row) == wanted), -1)
        if row < 0 and isinstance(wanted, str):
            self._combo.insertItem(0, text, text)  # a value the type no longer has: shown as it is
            row = 0
        self._combo.setCurrentIndex(row)

    def _typed(self) -> str:
        chosen = self._combo.currentData()
        return chosen if isinstance(chosen, str) else ""

    def cell(self) -> StagedCell:
        """Return the chosen value."""
        chosen = self._combo.currentData()
        if chosen is Special.NULL:
            return None
        return DEFAULT if chosen is Special.DEFAULT else super().cell()

    def _hint(self, text: str) -> None:
        self._combo.setPlaceholderText(text)

    def _chosen(self, row: int) -> None:
        chosen = self._combo.itemData(row)
        self._special = chosen if isinstance(chosen, Special) else Special.TEXT
        self._touched()
        self.commit()

    def _handle_key(self, event: QKeyEvent) -> bool:
        if event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down} and not event.modifiers():
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            row = self._combo.currentIndex() + step
            if 0 <= row < self._combo.count():
                self._combo.setCurrentIndex(row)
                chosen = self._combo.itemData(row)
                self._special = chosen if isinstance(chosen, Special) else Special.TEXT
                self._touched()
            return True
        if event.key() == Qt.Key.Key_Down and event.modifiers() == Qt.KeyboardModifier.AltModifier:
            self._combo.showPopup()
            return True
        return super()._handle_key(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close the whole editor when Esc closes its list."""
        is_press = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if is_press and watched is not self._field and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            self._combo.hidePopup()
            self.cancel()
            return True
        return super().eventFilter(watched, event)


class BooleanEditor(ChoiceEditor):
    """True, false, or NULL where the column takes it."""

    def values(self) -> list[tuple[str, str]]:
        """Return the two truths."""
        return [("true", self.tr("true")), ("false", self.tr("false"))]

    def _show(self, text: str) -> None:
        super()._show({"t": "true", "f": "false"}.get(text, text))
