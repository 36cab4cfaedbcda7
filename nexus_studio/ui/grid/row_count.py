"""RowCountButton: how many rows there are; a click counts an estimate exactly."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from nexus_studio.core.data.cells import RowCount
from nexus_studio.ui.grid.parts import GridStatus
from nexus_studio.ui.kit.plurals import plural_of


class RowCountButton(QPushButton):
    """Says "row 5,000,123 of ~10,000,000". Connect `show_status` to the grid, `count_asked` to `count_exactly`."""

    count_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("row_count")
        self.setProperty("link", True)
        self.clicked.connect(self.count_asked)
        self.show_status(GridStatus(None, None, 0, is_loading=False))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.show_status(self._status)

    def show_status(self, status: GridStatus) -> None:
        """Show where the person stands."""
        self._status = status
        text = self._words(status)
        if status.is_counting:
            text = self.tr("{rows}, counting…").format(rows=text)
        is_exact = status.count is None or status.count.certainty == "exact"
        self.setText(text)
        self.setAccessibleName(text or self.tr("Number of rows"))
        self.setEnabled(not is_exact)
        tip = self.tr("Stop counting") if status.is_counting else self.tr("Count exactly")
        self.setToolTip("" if is_exact else tip)

    def _words(self, status: GridStatus) -> str:
        """Put a grid's status into words; "~" marks an estimate, "+" a lower bound."""
        if status.count is None:
            return ""
        locale, number, count = QLocale(), status.count.value, count_words(status.count)
        if status.ordinal is None or number == 0:
            return self.tr("{number} row(s)", "", plural_of(number)).format(number=count)
        here = locale.toString(status.ordinal + 1)
        return self.tr("row {number} of {count}").format(number=here if status.is_exact else f"~{here}", count=count)


def count_words(count: RowCount | None) -> str:
    """Write a number of rows in the locale's form: "~" marks an estimate, "+" a lower bound, "?" that none is known."""
    if count is None:
        return "?"
    sign = {"exact": "{number}", "estimate": "~{number}", "at least": "{number}+"}[count.certainty]
    return sign.format(number=QLocale().toString(count.value))
