"""Count, sum, minimum, maximum and average of selected cells: exact, whatever the size of the numbers. Pure.

NaN and infinities are no numbers here: one of them would hide all the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation
from typing import Final

from nexus_studio.core.data.cells import StagedCell
from nexus_studio.core.schema.types import PgType, TypeKind

_EXACT: Final = Context(prec=300_000, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Adds any numbers of PostgreSQL without rounding: numeric has at most 131072 digits before and 16383 behind."""

_MORE: Final = 6  # decimals an average has more than its numbers
_NUMBERS: Final = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"})
_DATES: Final = frozenset({TypeKind.DATE, TypeKind.TIMESTAMP})


def is_summable(type_: PgType) -> bool:
    """Tell whether values of a type are added up. Object ids and money are not: the one names, the other is text."""
    return type_.kind is TypeKind.NUMBER and type_.compared_sql in _NUMBERS


def is_ranged(type_: PgType) -> bool:
    """Tell whether the first and the last value of a type are worth telling."""
    return type_.kind in _DATES


@dataclass(frozen=True, slots=True)
class Totals:
    """What is known of some cells. `values`: those that are not NULL; `numbers`: those that were added up.

    `first` and `last` are dates as PostgreSQL writes them, "" where the cells hold none.
    """

    cells: int = 0
    values: int = 0
    numbers: int = 0
    sum: Decimal = Decimal(0)
    lowest: Decimal | None = None
    highest: Decimal | None = None
    first: str = ""
    last: str = ""

    @property
    def average(self) -> Decimal | None:
        """The average with some more decimals than the numbers have, rounded half even; None without numbers."""
        if not self.numbers:
            return None
        exponent = self.sum.as_tuple().exponent
        decimals = max(0, -exponent) if isinstance(exponent, int) else 0
        digits = max(1, self.sum.adjusted() + 1) + decimals + _MORE
        return Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN).divide(self.sum, Decimal(self.numbers))

    def joined(self, other: Totals) -> Totals:
        """Return the totals of both. Dates of different cells are compared by moment."""
        dates = [text for text in (self.first, self.last, other.first, other.last) if text]
        known = sorted_dates(dates)
        lowest = [number for number in (self.lowest, other.lowest) if number is not None]
        highest = [number for number in (self.highest, other.highest) if number is not None]
        return Totals(
            self.cells + other.cells,
            self.values + other.values,
            self.numbers + other.numbers,
            _EXACT.add(self.sum, other.sum),
            min(lowest, default=None),
            max(highest, default=None),
            known[0] if known else "",
            known[-1] if known else "",
        )


def totals_of(type_: PgType, cells: Iterable[StagedCell]) -> Totals:
    """Add up the cells of one column. Cost: the cells."""
    count = 0
    values: list[str] = []
    for cell in cells:
        count += 1
        if isinstance(cell, str):
            values.append(cell)
    if is_ranged(type_):
        known = sorted_dates(values)
        return Totals(count, len(values), first=known[0] if known else "", last=known[-1] if known else "")
    numbers = [number for value in values if (number := finite(value)) is not None] if is_summable(type_) else []
    if not numbers:
        return Totals(count, len(values))
    total = Decimal(0)
    for number in numbers:
        total = _EXACT.add(total, number)
    return Totals(count, len(values), len(numbers), total, min(numbers), max(numbers))


def finite(text: str) -> Decimal | None:
    """Read a number; None for NaN, infinities and what is none."""
    try:
        number = _EXACT.create_decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def sorted_dates(texts: Iterable[str]) -> list[str]:
    """Sort dates by moment; nothing when one of them is beyond what Python's calendar knows (infinity, BC)."""
    try:
        pairs = [(datetime.fromisoformat(text), text) for text in texts]
        return [text for _moment, text in sorted(pairs, key=lambda pair: pair[0])]
    except (ValueError, TypeError):
        return []
