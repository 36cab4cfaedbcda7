"""Where a person wants to go, as typed: a row's number, a share of the table, or a count from the end."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from nexus_studio.core.data.cells import RowCount

_SPACES: Final = "\u0020\u00a0\u2009\u202f"
_GROUPED: Final = re.compile(rf"\d{{1,3}}(?:([,.'’_{_SPACES}])\d{{3}})(?:\1\d{{3}})*\Z", re.ASCII)
_SHARE: Final = re.compile(rf"(\d{{1,3}}(?:[.,]\d{{1,9}})?)[{_SPACES}]*%\Z", re.ASCII)
_MOST_DIGITS: Final = 18
_WHOLE: Final = 100.0


class Refusal(Enum):
    """Why a typed place can't be gone to."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not a number"
    TOO_SMALL = "too small"  # rows count from 1
    TOO_LARGE = "too large"  # the table is known to end before
    NOT_A_SHARE = "not a share"  # more than all of it


class PlaceRefused(Exception):
    """A typed place can't be gone to."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def ordinal_of(typed: str, total: RowCount | None) -> int:
    """Return the ordinal, from 0, that a typed place means.

    "5 000 123" (groups of three between any of the separators that languages use) is a row's number, from 1; "60 %" a
    share of the rows; "-1" the last row, "-2" the one before. `total` may be an estimate; the ordinal is one then.

    Raises:
        PlaceRefused: when it means nothing, or no row.
    """
    text = typed.strip().replace("−", "-")
    if not text:
        raise PlaceRefused(Refusal.EMPTY)
    rows = total.value if total is not None else 0
    if (share := _SHARE.match(text)) is not None:
        part = float(share[1].replace(",", "."))
        if part > _WHOLE:
            raise PlaceRefused(Refusal.NOT_A_SHARE)
        return round(part / _WHOLE * max(0, rows - 1))
    is_from_end = text.startswith("-")
    number = _number(text.removeprefix("-").strip())
    if number == 0:
        raise PlaceRefused(Refusal.TOO_SMALL)
    if total is not None and total.certainty == "exact" and number > rows:
        raise PlaceRefused(Refusal.TOO_LARGE)
    return max(0, rows - number) if is_from_end else number - 1


def _number(text: str) -> int:
    digits = text
    if (grouped := _GROUPED.match(text)) is not None:
        digits = text.replace(grouped[1], "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _MOST_DIGITS:
        raise PlaceRefused(Refusal.NOT_A_NUMBER)
    return int(digits)
