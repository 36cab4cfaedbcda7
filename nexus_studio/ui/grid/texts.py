"""Texts of the grid measured, elided and laid out at little cost: most cells are seen once and are plain Latin text."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from math import ceil
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QFontMetricsF, QStaticText, QTextLayout, QTextOption

ELLIPSIS: Final = "…"
_DIGITS: Final = "0123456789.,:+-/ abcdef"
"""What numbers, moments and uuids are written with; the widest gives a bound that spares most measuring."""

_TYPICAL: Final = "the quick brown fox jumps"

_WIDE: Final = "".join(map(chr, range(32, 127))) + "\u01c4\u3000\u6f22"
"""As wide as characters are: Latin, the widest of its digraphs, Chinese."""

LENIENCE: Final = 3
"""Pixels a text may reach into the padding of its cell before it is cut: the sum of advances ignores kerning."""

_SURPLUS: Final = 1.3
"""By how much a text may have more characters than a typical one of its width before all of it is measured."""

_MOST_ADVANCES: Final = 20_000
_MOST_STATICS: Final = 2_000
_RUNS_APART: Final = re.compile(
    "[^\\u0020-\\u007e\\u00a0-\\u058f\\u0900-\\u1fff\\u2010-\\u2027\\u2030-\\u205e\\u2070-\\ud7ff\\uf900-\\ufb1c"
    "\\ufe10-\\ufe6f\\uff01-\\uffef\\U00020000-\\U0003ffff]"
)
"""Characters that let a text share no line with others: controls, those written from right to left, emoji."""

_SHAPED: Final = re.compile(
    "[^\\t\\u0020-\\u007e\\u00a0-\\u00ac\\u00ae-\\u017f\\u2010-\\u2015\\u2018-\\u2022\\u2026\\u20ac\\u2122]"
)
"""What may look otherwise beside other characters, or hides: all but Latin letters and punctuation."""


class _Advances(dict[str, float]):
    """Advance widths of single characters, measured when they are met first."""

    def __init__(self, metrics: QFontMetricsF) -> None:
        super().__init__()
        self._metrics = metrics

    def __missing__(self, character: str) -> float:
        if len(self) > _MOST_ADVANCES:
            self.clear()
        wide = self[character] = self._metrics.horizontalAdvance(character)
        return wide


class Texts:
    """One font's measures. Widths are logical pixels; UI thread only."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.quick = unshaped(font)
        """The font of plain Latin texts."""
        self.metrics = QFontMetrics(font)
        self._advances = _Advances(QFontMetricsF(font))
        self._advance = self._advances.__getitem__
        self.widest_digit = max(map(self._advance, _DIGITS))
        self.widest = max(map(self._advance, _WIDE))
        self.typical = self.width(_TYPICAL) / len(_TYPICAL)
        """Pixels that a character of a text takes on the average."""
        self._ellipsis = self._advances[ELLIPSIS]
        self._ascent = QFontMetricsF(font).ascent()
        self._statics: dict[tuple[str, int], tuple[QStaticText, int]] = {}
        self._plain = QTextOption()
        self._plain.setWrapMode(QTextOption.WrapMode.NoWrap)

    def width(self, text: str) -> float:
        """Return about how wide a text is: exact but for kerning. O(characters)."""
        return sum(map(self._advance, text))

    def fitted(self, text: str, room: int) -> str:
        """Return a text so shortened, with an ellipsis at its end, that it is about `room` pixels wide at most."""
        most = room + LENIENCE
        reaches = list(accumulate(map(self._advance, text[: int(most / self.typical * _SURPLUS)])))
        if len(reaches) < len(text) and reaches[-1] <= most:  # narrower letters than most texts have
            reaches = list(accumulate(map(self._advance, text)))
        if not reaches or reaches[-1] <= most:
            return text
        if not text.isascii():  # never cut between a letter and its accent
            return self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        return text[: bisect_right(reaches, room - self._ellipsis)] + ELLIPSIS

    def static(self, text: str, room: int) -> tuple[QStaticText, int]:
        """Return a text that is met again and again, elided and laid out, with its width. Remembered."""
        found = self._statics.get((text, room))
        if found is None:
            if len(self._statics) > _MOST_STATICS:
                self._statics.clear()
            laid = QStaticText(self.fitted(text, room))
            laid.setTextFormat(Qt.TextFormat.PlainText)
            laid.prepare(font=self.font)
            found = self._statics[text, room] = (laid, ceil(laid.size().width()))
        return found

    def laid(self, text: str, option: QTextOption | None = None) -> tuple[QTextLayout, float]:
        """Lay out one line, by an option with tab stops for several texts at once.

        Returns the layout and by how much its top must be raised to stand on the same line as the font's own text:
        characters of another font are higher.
        """
        is_ascii = text.isascii()
        layout = QTextLayout(text, self.quick if is_ascii or not _SHAPED.search(text) else self.font)
        layout.setTextOption(option or self._plain)
        layout.setCacheEnabled(True)  # else each drawing shapes the text anew
        layout.beginLayout()
        line = layout.createLine()
        layout.endLayout()
        return layout, 0.0 if is_ascii else line.ascent() - self._ascent

    def wrapped(self, text: str, room: int, lines: int) -> QTextLayout:
        """Lay out a text of several lines `room` pixels wide; the last of at most `lines` is elided."""
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        first = self._broken(text, room, option)
        if first.lineCount() <= lines:
            return first
        begin = first.lineAt(lines - 1).textStart()
        last = self.metrics.elidedText(text[begin:].replace("\u2028", " "), Qt.TextElideMode.ElideRight, room)
        return self._broken(text[:begin] + last, room, option)

    def _broken(self, text: str, room: int, option: QTextOption) -> QTextLayout:
        layout = QTextLayout(text, self.font)
        layout.setTextOption(option)
        layout.setCacheEnabled(True)
        layout.beginLayout()
        y = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(room)
            line.setPosition(QPointF(0, y))
            y += line.height()
        layout.endLayout()
        return layout


def tabular(font: QFont) -> QFont:
    """Return a font whose digits are all of one width, where it has such."""
    made = QFont(font)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def unshaped(font: QFont) -> QFont:
    """Return a font for texts whose characters stand side by side as they are: laid out in half the time.

    Without shaping a font has no "tnum" either: one whose digits are not all of one width then stays as it is.
    """
    plain = QFont(font)
    plain.setKerning(False)
    plain.setStyleStrategy(QFont.StyleStrategy.PreferNoShaping)
    measures, shaped = QFontMetricsF(plain), QFontMetricsF(font)
    widths = {measures.horizontalAdvance(digit) for digit in "0123456789"}
    return plain if widths == {shaped.horizontalAdvance("0")} else font


def stands_apart(text: str) -> bool:
    """Tell whether a text must be laid out by itself, as it would disturb what stands beside it."""
    return not text.isascii() and _RUNS_APART.search(text) is not None
