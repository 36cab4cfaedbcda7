"""The palette (Ctrl+K): type a few letters, go to a table or run an action."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.panels import PaletteEntry

MOST_SHOWN = 50
_PLACE_WEIGHT = 10  # where it stands counts more than how long the rest is
_SCATTERED = 10_000  # letters that only stand in order come after everything that stands together


def rank(wanted: str, text: str) -> int | None:
    """Score how well `text` answers to `wanted`; lower is better, None when its letters are not there in order."""
    needle, hay = wanted.casefold().replace(" ", ""), text.casefold()
    if not needle:
        return 0
    if needle == hay:
        return 0
    place = hay.find(needle)
    if place >= 0:
        return 1 + place * _PLACE_WEIGHT + len(hay) - len(needle)
    score, at = _SCATTERED, -1
    for letter in needle:
        found = hay.find(letter, at + 1)
        if found < 0:
            return None
        score += found - at - 1
        at = found
    return score


class Palette(QDialog):
    """A field and the entries that fit, best first. Enter runs the marked one, Escape leaves."""

    def __init__(self, entries: Sequence[PaletteEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._entries = list(entries)
        self._shown: list[PaletteEntry] = []
        self._field = QLineEdit(self)
        self._field.setObjectName("palette.field")
        self._field.setPlaceholderText(self.tr("Go to table or action…"))
        self._field.setAccessibleName(self.tr("Go to table or action"))
        self._list = QListWidget(self)
        self._list.setObjectName("palette.list")
        self._list.setAccessibleName(self.tr("Matches"))
        self._list.setUniformItemSizes(True)
        self._list.setIconSize(QSize(16, 16))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self._field)
        layout.addWidget(self._list)
        self._field.textChanged.connect(self._fill)
        self._field.returnPressed.connect(self._run_current)
        self._list.itemClicked.connect(self._run_current)
        self._field.installEventFilter(self)
        self._fill("")
        self._field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self._list.count():
                self._list.setCurrentRow((self._list.currentRow() + step) % self._list.count())
                return True
        return super().eventFilter(watched, event)

    def _fill(self, wanted: str) -> None:
        ranked = [(rank(wanted, entry.title), number) for number, entry in enumerate(self._entries)]
        best = sorted((score, number) for score, number in ranked if score is not None)[:MOST_SHOWN]
        self._shown = [self._entries[number] for _, number in best]
        self._list.clear()
        for entry in self._shown:
            text = f"{entry.title}    {entry.hint}" if entry.hint else entry.title
            self._list.addItem(QListWidgetItem(icon(entry.icon), text))
        if self._shown:
            self._list.setCurrentRow(0)

    def _run_current(self) -> None:
        row = self._list.currentRow()
        if 0 <= row < len(self._shown):
            chosen = self._shown[row]
            self.close()
            chosen.run()
