"""SelectionStatus: what is selected, in a line - how many cells, and their sum, average, minimum and maximum."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from PySide6.QtCore import QEvent, QLocale, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from nexus_studio.core.data.totals import Totals
from nexus_studio.ui.grid.row_count import count_words
from nexus_studio.ui.grid.totalling import Summary

_LONGEST: Final = 32
"""Characters of a number that are written out; longer ones are rounded to this many digits, with an exponent."""


class SelectionStatus(QWidget):
    """Shows a `Summary`. Connect `show_summary` to the grid, `sum_asked` to what asks the server."""

    sum_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("selection_status")
        self._summary: Summary | None = None
        self._text = QLabel(self)
        self._text.setObjectName("selection_text")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setMinimumWidth(1)  # the window may become narrower than what is said; the tool tip has all of it
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._sum = QPushButton("Σ", self)
        self._sum.setObjectName("selection_sum")
        self._sum.setProperty("link", True)
        self._sum.clicked.connect(self.sum_asked)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self._text)
        line.addWidget(self._sum)
        self.show_summary(None)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.show_summary(self._summary)

    def show_summary(self, summary: Summary | None) -> None:
        """Show what is selected; nothing when it is one cell or none."""
        self._summary = summary
        self.setVisible(summary is not None)
        if summary is None:
            return
        totals = summary.totals
        self._text.setText("  ·  ".join([self._what(summary), *self._numbers(totals)]))
        self._text.setToolTip("\n".join([self._what(summary), *self._numbers(totals, exact=True)]))
        self._sum.setVisible(summary.may_ask or summary.is_busy)
        self._sum.setEnabled(not summary.is_busy)
        self._sum.setText("…" if summary.is_busy else "Σ")
        self._sum.setToolTip(self.tr("Add up on the server, without staged changes"))
        self._sum.setAccessibleName(self.tr("Add up the selected cells"))

    def _what(self, summary: Summary) -> str:
        if summary.is_everything:
            return self.tr("all {rows} rows selected").format(rows=count_words(summary.of_all))
        if summary.of_all is not None:
            return self.tr("columns of all {rows} rows selected").format(rows=count_words(summary.of_all))
        number = QLocale().toString(summary.cells)
        # the number chooses the plural, the words show it as the locale writes it
        return self.tr("%n cell(s) selected", "", summary.cells).replace(str(summary.cells), number, 1)

    def _numbers(self, totals: Totals | None, *, exact: bool = False) -> list[str]:
        if totals is None:
            return []
        locale = QLocale()
        found = []
        if totals.numbers:
            count = self.tr("count {number}").format(number=locale.toString(totals.numbers))
            found = [count] if exact or totals.numbers != totals.cells else []
            pairs = (
                (self.tr("sum {number}"), totals.sum),
                (self.tr("average {number}"), totals.average),
                (self.tr("min {number}"), totals.lowest),
                (self.tr("max {number}"), totals.highest),
            )
            longest = None if exact else _LONGEST
            found += [words.format(number=number_words(value, longest)) for words, value in pairs if value is not None]
        elif totals.values != totals.cells:
            found = [self.tr("count {number}").format(number=locale.toString(totals.values))]
        if totals.first and (exact or not totals.numbers):
            found += [
                self.tr("first {date}").format(date=totals.first),
                self.tr("last {date}").format(date=totals.last),
            ]
        return found


def number_words(number: Decimal, longest: int | None = _LONGEST) -> str:
    """Write a number exactly, in the locale's form; one longer than that with an exponent, rounded."""
    locale = QLocale()
    if longest is not None and (len(number.as_tuple().digits) > longest or abs(number.adjusted()) > longest):
        return f"{number:.{longest // 2}E}".replace(".", locale.decimalPoint(), 1)
    sign, _, digits = f"{number:f}".rpartition("-")
    whole, _, rest = digits.partition(".")
    first = len(whole) % 3
    groups = [whole[:first]] * bool(first) + [whole[at : at + 3] for at in range(first, len(whole), 3)]
    text = locale.groupSeparator().join(groups) + (locale.decimalPoint() + rest if rest else "")
    return (locale.negativeSign() if "-" in f"{number:f}" else "") + text + sign
