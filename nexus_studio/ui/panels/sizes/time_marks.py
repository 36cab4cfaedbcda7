"""Where a time axis has its marks and what they say, in the language of the window: the charting library says English.

Context "sizes" has the pattern of a day: "Nov 3", « 3 nov. ».
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QDate, QDateTime, QLocale, QTime

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.panels.sizes.words import said

MOST: Final = 8
"""More marks than this are not written beside one another."""

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_CLOCK: Final = (60, 300, 900, 1800, _HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR)
_CLOCK_UNTIL: Final = 3 * _DAY
_DAYS: Final = (1, 2, 5, 10)
_MONTHS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
_MONTH: Final = 31 * _DAY

_SHORT: Final = QLocale.FormatType.ShortFormat

Mark = tuple[float, str]


def time_marks(first: float, last: float) -> list[Mark]:
    """Return marks between two moments (seconds since 1970), each with its words; times of day for short spans."""
    span = max(1.0, last - first)
    if span <= _CLOCK_UNTIL:
        found = _of_clock(first, last, _step(_CLOCK, span, 1))
    elif span <= (MOST - 1) * _DAYS[-1] * _DAY:
        found = _of_days(first, last, _step(_DAYS, span, _DAY))
    else:
        found = _of_months(first, last, _step(_MONTHS, span, _MONTH))
    return [(at, words) for at, words in found if first <= at <= last]


def _step(steps: tuple[int, ...], span: float, unit: int) -> int:
    """Choose the finest step of which there are not too many."""
    return next((step for step in steps if span / (step * unit) <= MOST - 1), steps[-1])


def _of_clock(first: float, last: float, step: int) -> list[Mark]:
    locale, found = QLocale(), []
    at = _begin(_day(first))
    while at <= last:
        moment = QDateTime.fromSecsSinceEpoch(at)
        is_midnight = moment.time() == QTime(0, 0)
        words = _day_words(moment.date()) if is_midnight else locale.toString(moment.time(), _SHORT)
        found.append((float(at), words))
        at += step
    return found


def _of_days(first: float, last: float, step: int) -> list[Mark]:
    day, found = _day(first), []
    day = day.addDays(-(day.toJulianDay() % step))  # the same days whatever the first one is
    while _begin(day) <= last:
        found.append((float(_begin(day)), _day_words(day)))
        day = day.addDays(step)
    return found


def _of_months(first: float, last: float, step: int) -> list[Mark]:
    start, found = _day(first), []
    month = QDate(start.year(), 1, 1)
    while _begin(month) <= last:
        found.append((float(_begin(month)), QLocale().toString(month, "MMM yyyy")))
        month = month.addMonths(step)
    return found


def _day(at: float) -> QDate:
    return QDateTime.fromSecsSinceEpoch(int(at)).date()


def _begin(day: QDate) -> int:
    return day.startOfDay().toSecsSinceEpoch()


def _day_words(day: QDate) -> str:
    return QLocale().toString(day, said(QT_TRANSLATE_NOOP("sizes", "MMM d")))
