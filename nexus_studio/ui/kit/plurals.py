"""Counts in sentences: with the language's thousands, in the right form, however large (Qt's counting ends at 2³¹).

What is held in memory is counted by Qt: `self.tr("%Ln row(s)", "", len(rows))`. What a server or a file holds may be
more: `numbered(self.tr("{number} row(s)", "", plural_of(rows)), rows)`.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLocale

_MOST: Final = 2**31 - 1
_SAME_ENDS: Final = 1_000_000  # no language looks at more than a number's last six digits


def plural_of(number: int) -> int:
    """Return a number that takes the same form as `number` and that `tr` takes; the text itself has it as `{…}`."""
    return number if number <= _MOST else _SAME_ENDS + number % _SAME_ENDS


def numbered(text: str, number: int) -> str:
    """Fill a count into the `{number}` of a text."""
    return text.format(number=QLocale().toString(number))
