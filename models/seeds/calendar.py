"""The weeks of the demo and the moments of its bookings, written out once since a large demo needs each many times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.seeds.dice import NOW, local

_TERMS = ((date(2025, 9, 8), 15), (date(2026, 1, 5), 9), (date(2026, 3, 23), 12), (date(2026, 9, 7), 14))
"""First Monday and number of weeks of each term."""

_HOURS = tuple((day, *at) for day in range(5) for at in ((16, 0), (17, 15), (18, 30))) + tuple(
    (5, *at) for at in ((9, 0), (10, 15), (11, 30), (14, 0), (15, 15))
)
"""The hours a coach teaches in a week: day from Monday, hour, minute. They do not overlap."""

HOURS_A_WEEK = len(_HOURS)

SECOND_YEAR = 36
"""The first week of the second school year, among `WEEKS`."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One hour of the calendar, its moments as PostgreSQL reads them (UTC).

    Attributes:
        day: The date.
        starts: When it begins.
        ends: When it ends, an hour later.
        booked: When it was booked.
        called_off: When it was cancelled, if it was.
        reminded: When the day before is.
        reported: When the coach reported on it, if it took place.
        is_past: Whether it has ended.
        is_now: Whether it is going on.
        is_near: Whether it lies within two weeks before or after now.
    """

    day: date
    starts: str
    ends: str
    booked: str
    called_off: str
    reminded: str
    reported: str
    is_past: bool
    is_now: bool
    is_near: bool


def weeks() -> list[tuple[Lesson, ...]]:
    """Return the lessons of every week, in the order of the hours of a week."""
    mondays = [first + timedelta(weeks=n) for first, count in _TERMS for n in range(count)]
    return [tuple(_lesson(monday, *at) for at in _HOURS) for monday in mondays]


def stamp(moment: datetime) -> str:
    """Return a moment as PostgreSQL reads it: quicker to copy than the object."""
    return moment.isoformat(" ")


def _lesson(monday: date, day: int, hour: int, minute: int) -> Lesson:
    starts = local(monday + timedelta(days=day), hour, minute)
    ends = starts + timedelta(hours=1)
    # What is yet to come has been booked already.
    booked = min(starts - timedelta(days=9 + day, hours=hour - 8), NOW - timedelta(days=day, hours=hour))
    return Lesson(
        day=monday + timedelta(days=day),
        starts=stamp(starts),
        ends=stamp(ends),
        booked=stamp(booked),
        called_off=stamp(starts - timedelta(hours=26)),
        reminded=stamp(starts - timedelta(days=1)),
        reported=stamp(ends + timedelta(minutes=35)),
        is_past=ends <= NOW,
        is_now=starts <= NOW < ends,
        is_near=abs(starts - NOW) < timedelta(days=14),
    )
