"""Which form of a word a number takes, however large the number is: Qt's own counting ends at 2³¹."""

from __future__ import annotations

from typing import Final

_MOST: Final = 2**31 - 1
_SAME_ENDS: Final = 1_000_000  # no language looks at more than a number's last six digits


def plural_of(number: int) -> int:
    """Return a number that takes the same form as `number` and that `tr` takes; the text itself has it as `{…}`."""
    return number if number <= _MOST else _SAME_ENDS + number % _SAME_ENDS
