"""SQLite's moments -> PostgreSQL's own text of them. Pure, for every year that PostgreSQL knows.

SQLite has no type for moments: ISO text, Julian days (REAL), unix seconds (INTEGER), and what programs made of it, such
as Prisma's unix milliseconds (https://www.sqlite.org/lang_datefunc.html, section 2). Where no zone is said it is UTC,
as SQLite's own functions have it. The text is the one that PostgreSQL prints with DateStyle ISO in the zone UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import Final

from nexus_studio.core.data.textcodec import refuse


class MomentForm(Enum):
    """What a number in a column of moments counts, since 1970 but for Julian days."""

    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    MICROSECONDS = "microseconds"
    JULIAN_DAYS = "julian"


@dataclass(frozen=True, slots=True)
class MomentForms:
    """How the whole numbers and how the REAL numbers of one column are read."""

    integers: MomentForm = MomentForm.SECONDS
    reals: MomentForm = MomentForm.JULIAN_DAYS


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The least and the greatest of a column's whole numbers and of its REAL ones; None where there are none."""

    integers: tuple[int, int] | None = None
    reals: tuple[float, float] | None = None


DAY_S: Final = 86_400
DAY_US: Final = DAY_S * 1_000_000
_FIRST_DAY: Final = -2_440_588  # Julian day 0, 24 November 4714 BC: the first that PostgreSQL has
_TIMESTAMPS_END: Final = 106_762_940  # 1 January 294277, the first day that a timestamp can't have
_DATES_END: Final = 2_145_042_906  # 1 January 5874898, the first that a date can't be
_LAST_JULIAN: Final = 5_373_484.5  # the end of the year 9999, where SQLite's own functions end
_JULIAN_EPOCH: Final = 2_440_587.5
_MILLISECONDS_FROM: Final = 10**11  # as seconds the year 5138, as milliseconds March 1973
_MICROSECONDS_FROM: Final = 10**14
_PER_SECOND: Final = {MomentForm.SECONDS: 1, MomentForm.MILLISECONDS: 1000, MomentForm.MICROSECONDS: 1_000_000}
_MOST_DIGITS: Final = 6

_ISO: Final = re.compile(
    r"\s*(\d{4,6})-(\d\d)-(\d\d)(?:[T ]\s*(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*(Z|z|[+-]\d\d(?::?\d\d)?)?)?\s*\Z",
    re.ASCII,
)
_CLOCK: Final = re.compile(r"\s*(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*(Z|z|[+-]\d\d(?::?\d\d)?)?\s*\Z", re.ASCII)
_NUMBER: Final = re.compile(r"\s*[+-]?\d{1,18}(\.\d*)?\s*\Z", re.ASCII)
_ENDLESS: Final = frozenset({"infinity", "-infinity"})
_ASSUMED_DAY: Final = 10_957  # SQLite takes a time alone for one of 1 January 2000


def forms_of(found: NumberRange, *, is_prisma: bool) -> MomentForms:
    """Guess how a column's numbers are read from how large they are; Prisma's whole numbers are milliseconds."""
    integers, reals = MomentForm.SECONDS, MomentForm.JULIAN_DAYS
    if found.integers is not None:
        integers = MomentForm.MILLISECONDS if is_prisma else _by_size(max(map(abs, found.integers)))
    if found.reals is not None and not (found.reals[0] >= 0 and found.reals[1] < _LAST_JULIAN):
        reals = _by_size(max(map(abs, found.reals)))
    return MomentForms(integers, reals)


def _by_size(greatest: float) -> MomentForm:
    if greatest >= _MICROSECONDS_FROM:
        return MomentForm.MICROSECONDS
    return MomentForm.MILLISECONDS if greatest >= _MILLISECONDS_FROM else MomentForm.SECONDS


def microseconds(value: float | str, forms: MomentForms) -> int | str:
    """Return microseconds since 1970 (UTC), or "infinity" or "-infinity" as they are.

    Raises:
        InvalidValue: "value.not_timestamp"; "value.too_fine" for text that is finer than a microsecond.
    """
    if isinstance(value, str):
        return _of_text(value, forms)
    form = forms.integers if isinstance(value, int) else forms.reals
    if isinstance(value, int):
        if form is MomentForm.JULIAN_DAYS:
            return round((value - _JULIAN_EPOCH) * DAY_US)
        return value * (1_000_000 // _PER_SECOND[form])
    if not abs(value) < 1e18:  # noqa: PLR2004 - infinite, or beyond every calendar
        raise refuse("value.not_timestamp")
    if form is MomentForm.JULIAN_DAYS:
        # a double holds a Julian day to some 40 microseconds, and SQLite itself counts milliseconds
        return round((value - _JULIAN_EPOCH) * DAY_S * 1000) * 1000
    return round(value * (1_000_000 // _PER_SECOND[form]))


def _of_text(text: str, forms: MomentForms) -> int | str:
    found = _ISO.match(text)
    if found is not None:
        year, month, day, hour, minute, second, fraction, zone = found.groups()
        return days_of(int(year), int(month), int(day)) * DAY_US + _of_clock(hour, minute, second, fraction, zone)
    if (clock := _CLOCK.match(text)) is not None:
        return _ASSUMED_DAY * DAY_US + _of_clock(*clock.groups())
    if _NUMBER.match(text):
        # a number in text: SQLite's functions take it for a Julian day, programs write what they count
        return microseconds(float(text) if "." in text else int(text), forms)
    if (word := text.strip().lower()) in _ENDLESS:
        return word
    raise refuse("value.not_timestamp")


def clock_microseconds(value: float | str, forms: MomentForms) -> int:
    """Return a time of day in microseconds, of a text with or without a date (which is left out), or of 1970-01-01.

    Raises:
        InvalidValue: "value.not_time", "value.too_fine".
    """
    if isinstance(value, str) and (clock := _CLOCK.match(value)) is not None and clock[5] is None:
        return _of_clock(*clock.groups())
    found = _of_text(value, forms) if isinstance(value, str) and _ISO.match(value) else None
    if found is None and not isinstance(value, str):
        found = microseconds(value, forms)
        if not isinstance(found, int) or not 0 <= found < DAY_US:
            raise refuse("value.not_time")
    if not isinstance(found, int):
        raise refuse("value.not_time")
    return found % DAY_US


def _of_clock(hour: str | None, minute: str | None, second: str | None, fraction: str | None, zone: str | None) -> int:
    """Return microseconds since midnight UTC; may be before it or after the day's end by the zone."""
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if hours > 23 or minutes > 59 or seconds > 59:  # noqa: PLR2004 - a clock's bounds
        raise refuse("value.not_timestamp")
    digits = (fraction or "").rstrip("0")
    if len(digits) > _MOST_DIGITS:
        raise refuse("value.too_fine", digits=_MOST_DIGITS)
    offset = 0
    if zone and zone not in "Zz":
        plain = zone[1:].replace(":", "")
        offset = (int(plain[:2]) * 60 + int(plain[2:] or 0)) * (-1 if zone[0] == "-" else 1)
    return (hours * 3600 + minutes * 60 + seconds - offset * 60) * 1_000_000 + int(digits.ljust(_MOST_DIGITS, "0") or 0)


def days_of(year: int, month: int, day: int) -> int:
    """Return days since 1970-01-01 in the Gregorian calendar, also before it was made; year 0 is 1 BC.

    Raises:
        InvalidValue: "value.not_date" for a day that does not exist.
    """
    # The calendar repeats itself every 400 years of 146,097 days.
    cycles, inside = divmod(year, 400)
    try:
        return date(inside + 400, month, day).toordinal() - _EPOCH_ORDINAL + (cycles - 1) * 146_097
    except ValueError:
        raise refuse("value.not_date") from None


_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=4096)
def day_text(days: int) -> tuple[str, str]:
    """Return a day as PostgreSQL prints it and what is said behind: ("0044-03-15", " BC")."""
    cycles, rest = divmod(days + _EPOCH_ORDINAL - date(400, 1, 1).toordinal(), 146_097)
    found = date.fromordinal(rest + date(400, 1, 1).toordinal())
    year = found.year + cycles * 400
    if year > 0:
        return f"{year:04}-{found.month:02}-{found.day:02}", ""
    return f"{1 - year:04}-{found.month:02}-{found.day:02}", " BC"


@lru_cache(maxsize=4096)
def second_text(seconds: int) -> str:
    """Return a second of a day: "10:09:08"."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def fraction_text(micro: int) -> str:
    """Return a fraction of a second without zeros at its end: ".5", or nothing."""
    return f".{micro:06}".rstrip("0") if micro else ""


def timestamp_text(micro: int | str, *, zone: bool, digits: int = _MOST_DIGITS) -> str:
    """Write a moment as PostgreSQL prints it in UTC.

    Raises:
        InvalidValue: "value.moment_range" where PostgreSQL has none; "value.too_fine" where digits would be lost.
    """
    if isinstance(micro, str):
        return micro
    check_digits(micro, digits)
    days, rest = divmod(micro, DAY_US)
    if not _FIRST_DAY <= days < _TIMESTAMPS_END:
        raise refuse("value.moment_range")
    day, era = day_text(days)
    seconds, fraction = divmod(rest, 1_000_000)
    return f"{day} {second_text(seconds)}{fraction_text(fraction)}{'+00' if zone else ''}{era}"


def date_text(micro: int | str) -> str:
    """Write a day as PostgreSQL prints it.

    Raises:
        InvalidValue: "value.time_lost" for another time than midnight, "value.moment_range".
    """
    if isinstance(micro, str):
        return micro
    days, rest = divmod(micro, DAY_US)
    if rest:
        raise refuse("value.time_lost")
    if not _FIRST_DAY <= days < _DATES_END:
        raise refuse("value.moment_range")
    return "".join(day_text(days))


def clock_text(micro: int, digits: int = _MOST_DIGITS) -> str:
    """Write a time of day as PostgreSQL prints it.

    Raises:
        InvalidValue: "value.too_fine" where digits would be lost.
    """
    check_digits(micro, digits)
    seconds, fraction = divmod(micro, 1_000_000)
    return second_text(seconds) + fraction_text(fraction)


def check_digits(micro: int, digits: int) -> None:
    """Refuse a moment that a column with fewer digits of a second would round.

    Raises:
        InvalidValue: "value.too_fine".
    """
    if digits < _MOST_DIGITS and micro % 10 ** (_MOST_DIGITS - digits):
        raise refuse("value.too_fine", digits=digits)


class _Days(dict[int, str]):
    """The text of days between the years 1 and 9999; KeyError for others."""

    def __missing__(self, days: int) -> str:
        if not _PLAIN_DAYS[0] <= days < _PLAIN_DAYS[1]:
            raise KeyError(days)
        self[days] = said = day_text(days)[0]
        return said


_PLAIN_DAYS: Final = (days_of(1, 1, 1), days_of(10_000, 1, 1))


def millisecond_writer(*, zone: bool) -> Callable[[Iterable[int]], list[str]]:
    """Return a quick `timestamp_text` of many milliseconds between the years 1 and 9999, for a million of them.

    The function raises KeyError for others.
    """
    days = _Days()
    seconds = [second_text(each) for each in range(DAY_S)]
    behind = "+00" if zone else ""
    fractions = [f"{fraction_text(each * 1000)}{behind}" for each in range(1000)]

    def write(values: Iterable[int]) -> list[str]:
        return [
            f"{days[total // DAY_S]} {seconds[total % DAY_S]}{fractions[value % 1000]}"
            for value in values
            for total in (value // 1000,)
        ]

    return write


_PLAIN: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|[+]00:00)?\Z", re.ASCII)


def iso_writer(*, zone: bool) -> Callable[[Iterable[str]], list[str]]:
    """Return a quick `timestamp_text` of many ISO texts with seconds and without another zone than UTC.

    The function raises KeyError for all other texts.
    """
    days: set[str] = set()
    seconds = frozenset(map(second_text, range(DAY_S)))
    behind = "+00" if zone else ""

    def write(text: str) -> str:
        found = _PLAIN.match(text)
        if found is None:
            raise KeyError(text)
        day, clock, fraction = found.groups()
        if day not in days:
            if day < "0001":
                raise KeyError(day)
            days_of(int(day[:4]), int(day[5:7]), int(day[8:]))
            days.add(day)
        if clock not in seconds:
            raise KeyError(clock)
        if fraction and (digits := fraction.rstrip("0")):
            return f"{day} {clock}.{digits}{behind}"
        return f"{day} {clock}{behind}"

    return lambda texts: [write(text) for text in texts]
