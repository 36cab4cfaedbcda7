"""SelectionStatus: what is selected, in a line - how many cells, and their sum, average, minimum and maximum."""

from __future__ import annotations

from decimal import MIN_EMIN, Context, Decimal
from typing import Final

from PySide6.QtCore import QEvent, QLocale, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from nexus_studio.core.data.totals import Totals
from nexus_studio.ui.grid.row_count import count_words
from nexus_studio.ui.grid.totalling import Summary
from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.plurals import plural_of

DECIMALS: Final = 6
"""Decimals that are shown; the tool tip has all. Numbers below 0.1 show as many digits that are not leading zeros."""

_LEAST: Final = 30  # decimals behind which even the first digit of a tiny number is not shown


class SelectionStatus(QWidget):
    """Shows a `Summary`. Connect `show_summary` to the grid, `sum_asked` to what asks the server."""

    sum_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("selection_status")
        self._summary: Summary | None = None
        self._text = ElidedLabel(self)
        self._text.setObjectName("selection_text")
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
        self._text.say(self._what(summary), *self._numbers(totals))
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
        return self.tr("{number} cell(s) selected", "", plural_of(summary.cells)).format(number=number)

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
            decimals = None if exact else DECIMALS
            found += [words.format(number=number_words(value, decimals)) for words, value in pairs if value is not None]
        elif totals.values != totals.cells:
            found = [self.tr("count {number}").format(number=locale.toString(totals.values))]
        if totals.first and (exact or not totals.numbers):
            found += [
                self.tr("first {date}").format(date=totals.first),
                self.tr("last {date}").format(date=totals.last),
            ]
        return found


def number_words(number: Decimal, decimals: int | None = DECIMALS) -> str:
    """Write a number plainly, in the locale's form; rounded half even to some decimals, None for all of it.

    Never with an exponent: a number of many digits is long, and whoever shows it cuts it by width.
    """
    locale = QLocale()
    plain = f"{number if decimals is None else _rounded(number, decimals):f}"
    whole, _, rest = plain.lstrip("-").partition(".")
    first = len(whole) % 3
    groups = [whole[:first]] * bool(first) + [whole[at : at + 3] for at in range(first, len(whole), 3)]
    text = locale.groupSeparator().join(groups) + (locale.decimalPoint() + rest if rest else "")
    return (locale.negativeSign() if plain.startswith("-") else "") + text


def _rounded(number: Decimal, decimals: int) -> Decimal:
    """Round a number that has more decimals, and leave no zeros at its end that rounding made."""
    exponent = number.as_tuple().exponent
    shown = min(_LEAST, max(decimals, decimals - 1 - number.adjusted())) if number else decimals
    if not isinstance(exponent, int) or -exponent <= shown:
        return number
    digits = max(1, number.adjusted() + 1 + shown)
    rounded = number.quantize(Decimal(1).scaleb(-shown), context=Context(prec=digits + 1, Emin=MIN_EMIN))
    plain = f"{rounded:f}".rstrip("0").rstrip(".")
    return Decimal(plain)
