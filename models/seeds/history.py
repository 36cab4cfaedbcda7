"""What happened between the students and coaches of a cohort: bookings and what hangs off them."""

from __future__ import annotations

from typing import NamedTuple

from models.seeds.calendar import HOURS_A_WEEK, SECOND_YEAR, Lesson, stamp
from models.seeds.dice import NOW, Dice, demo_id
from models.seeds.layout import Rows
from models.seeds.people import Coach, Cohort, Pupil
from models.seeds.texts import FEEDBACKS, NOTES, RECOMMENDATIONS, SUBJECT_NAMES, SUMMARIES, TOPICS

Weeks = list[tuple[Lesson, ...]]

_NOW = stamp(NOW)
_MONTHLY_CREDITS = 4
_YEAR_ENDS = "2027-06-30 22:59:59+00:00"
_CALLED_OFF = frozenset({"CANCELLED", "RESCHEDULED"})
_PAID_FOR = frozenset({"COMPLETED", "NO_SHOW"})
_NEWS = {
    "COMPLETED": "SESSION_COMPLETED",
    "CANCELLED": "SESSION_CANCELLED",
    "RESCHEDULED": "SESSION_RESCHEDULED",
    "NO_SHOW": "SESSION_REMINDER",
    "IN_PROGRESS": "SESSION_REMINDER",
}


class Booked(NamedTuple):
    """One booking; `number` is its own within the cohort."""

    cohort: int
    number: int
    key: str
    pupil: Pupil
    coach: Coach
    subject: str
    topic: str
    lesson: Lesson
    status: str


def history(cohort: Cohort, weeks: Weeks, rows: Rows) -> None:
    """Add the bookings of a cohort, one a week and student, with their reports, credits, notices and reminders."""
    dice = Dice(f"nexus demo history {cohort.number}")
    counts = [_bookings_of(cohort, pupil, weeks, dice, rows) for pupil in cohort.pupils]
    first = len(rows["students"]) - len(counts)
    for place, (total, completed, credits_left) in enumerate(counts):
        row = rows["students"][first + place]
        rows["students"][first + place] = (*row[:6], credits_left, total, completed, *row[9:])


def coach_of(cohort: Cohort, pupil: Pupil, second_year: bool) -> Coach:
    """Return who teaches a student in a school year."""
    return cohort.coaches[(pupil.number + 2 * second_year) % len(cohort.coaches)]


def _bookings_of(cohort: Cohort, pupil: Pupil, weeks: Weeks, dice: Dice, rows: Rows) -> tuple[int, int, int]:
    """Add the bookings of one student; return how many there are, how many took place, and the credits left."""
    completed = credits_left = month = 0
    for week, lessons in enumerate(weeks):
        second_year = week >= SECOND_YEAR
        coach = coach_of(cohort, pupil, second_year)
        # Seven and twenty have no common factor: the eight students of a coach have eight different hours.
        hour = (pupil.number // len(cohort.coaches) * 7 + cohort.number + 3 * (not second_year)) % HOURS_A_WEEK
        lesson = lessons[hour]
        subject = coach.subjects[pupil.number // len(cohort.coaches) % len(coach.subjects)]
        number = pupil.number * 100 + week
        key = demo_id("booking", cohort.number, number)
        status = _status(lesson, dice.below(100))
        topic = dice.pick(TOPICS[subject])
        booked = Booked(cohort.number, number, key, pupil, coach, subject, topic, lesson, status)
        _booking(booked, dice, rows)
        completed += status == "COMPLETED"
        # Credits of a school year are lost at its end, and the platform then drops them from its books.
        if second_year and lesson.day <= NOW.date():
            if lesson.day.month != month:
                month = lesson.day.month
                credits_left += _allocation(booked, rows)
            credits_left += _usage(booked, rows)
    return len(weeks), completed, credits_left


def _booking(booked: Booked, dice: Dice, rows: Rows) -> None:
    """Add one booking with what hangs off it."""
    number, lesson, status = booked.number, booked.lesson, booked.status
    took_place = status == "COMPLETED"
    online = dice.chance(0.7)
    liked = took_place and dice.chance(0.4)
    rows["session_bookings"].append(
        (
            booked.key,
            booked.pupil.user,
            booked.coach.user,
            booked.pupil.parent_user if dice.chance(0.6) else None,
            booked.subject,
            f"{SUBJECT_NAMES[booked.subject]} : {booked.topic}",
            lesson.starts,
            lesson.ends,
            status,
            "INDIVIDUAL" if number % 12 else "GROUP",
            "ONLINE" if online else "IN_PERSON",
            "https://visio.nexus-reussite.example/" + booked.key if online else None,
            None if online else "Centre de Mutuelleville, salle 2",
            1,
            dice.pick(NOTES) if number % 5 == 0 else None,
            dice.between(3, 5) if liked else None,
            dice.pick(FEEDBACKS) if liked and number % 3 == 0 else None,
            True if took_place else False if status == "NO_SHOW" else None,
            lesson.ends if took_place else None,
            lesson.called_off if status in _CALLED_OFF else None,
            lesson.is_past or lesson.is_now,
            lesson.booked,
            lesson.reported if took_place else lesson.called_off if status in _CALLED_OFF else lesson.booked,
        )
    )
    # Coaches report on every other session.
    if took_place and number % 2:
        _report(booked, dice, rows)
    if lesson.is_near:
        _notices(booked, rows)


def _status(lesson: Lesson, chance: int) -> str:
    """Return the status of a booking; `chance` is 0 to 99."""
    if lesson.is_past:
        outcomes = ((88, "COMPLETED"), (94, "CANCELLED"), (97, "NO_SHOW"), (100, "RESCHEDULED"))
        return next(name for limit, name in outcomes if chance < limit)
    if lesson.is_now:
        return "IN_PROGRESS"
    return "CONFIRMED" if lesson.is_near else "SCHEDULED"


def _report(booked: Booked, dice: Dice, rows: Rows) -> None:
    rating = dice.between(2, 5)
    reported = booked.lesson.reported
    rows["session_reports"].append(
        (
            demo_id("report", booked.cohort, booked.number),
            booked.key,
            booked.pupil.key,
            booked.coach.profile,
            dice.pick(SUMMARIES),
            booked.topic,
            rating,
            dice.pick(RECOMMENDATIONS),
            True,
            ("LOW", "MEDIUM", "HIGH", "HIGH")[rating - 2],
            reported,
            reported,
        )
    )


def _allocation(booked: Booked, rows: Rows) -> int:
    """Add the credits that a month brings; return how many."""
    key = demo_id("allocation", booked.cohort, booked.number)
    pupil, at = booked.pupil.key, booked.lesson.booked
    rows["credit_transactions"].append(
        (key, pupil, "MONTHLY_ALLOCATION", _MONTHLY_CREDITS, "Crédits du mois", None, _YEAR_ENDS, at, at)
    )
    return _MONTHLY_CREDITS


def _usage(booked: Booked, rows: Rows) -> int:
    """Add the credit that a booking cost, and for some who stayed away, the credit given back; return the sum."""
    if booked.status not in _PAID_FOR:
        return 0
    number, pupil, ends, later = booked.number, booked.pupil.key, booked.lesson.ends, booked.lesson.reported
    key = demo_id("usage", booked.cohort, number)
    rows["credit_transactions"].append((key, pupil, "USAGE", -1, booked.topic, booked.key, None, ends, ends))
    if booked.status == "COMPLETED" or number % 2:
        return -1
    key = demo_id("refund", booked.cohort, number)
    text = "Absence excusée"
    rows["credit_transactions"].append((key, pupil, "REFUND", 1, text, booked.key, None, later, later))
    return 0


def _notices(booked: Booked, rows: Rows) -> None:
    """Add what people were told of a booking; the platform keeps this for two weeks only."""
    lesson, number, booking = booked.lesson, booked.number, booked.key
    kind = _NEWS.get(booked.status, "SESSION_BOOKED")
    title = f"Séance : {booked.topic}"
    sent = lesson.ends if lesson.is_past else lesson.booked
    people = ((booked.pupil.user, "IN_APP", "votre coach"), (booked.coach.user, "EMAIL", booked.pupil.name))
    for place, (user, method, other) in enumerate(people):
        key = demo_id("session-notice", booked.cohort, number * 2 + place)
        read = sent if place == 0 else None
        status = "READ" if read else "DELIVERED" if lesson.is_past else "SENT"
        text = f"Votre séance du {lesson.day:%d/%m/%Y} avec {other}."
        rows["session_notifications"].append(
            (key, booking, user, kind, title, text, status, method, sent, read, lesson.booked, sent)
        )
    key = demo_id("reminder", booked.cohort, number)
    due = lesson.reminded
    sent_at = due if due < _NOW else None
    rows["session_reminders"].append(
        (key, booking, "ONE_DAY_BEFORE", due, sent_at is not None, sent_at, lesson.booked, sent_at or lesson.booked)
    )
