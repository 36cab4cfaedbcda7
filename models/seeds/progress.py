"""How the students of a cohort get on: enrolments, badges, assessments, curves, reports over a term."""

from __future__ import annotations

import json
from datetime import date, timedelta

from models.seeds.catalogue import COURSES, OPENED, badge_id, course_id
from models.seeds.dice import FIRST_NUMBER, NOW, Dice, demo_id, local
from models.seeds.history import coach_of
from models.seeds.layout import Rows
from models.seeds.people import STUDENTS, Cohort, Pupil
from models.seeds.texts import BADGES, RECOMMENDATIONS, SUBJECT_NAMES, TOPICS

_TERMS = (
    ("2025-2026 T1", date(2025, 12, 19)),
    ("2025-2026 T2", date(2026, 3, 13)),
    ("2025-2026 T3", date(2026, 6, 12)),
    ("2026-2027 T1", date(2026, 11, 20)),
)
"""Period and last day."""

_SKILLS = ("Modéliser", "Raisonner", "Communiquer")


def progress(cohort: Cohort, rows: Rows) -> None:
    """Add what shows how the students of a cohort get on."""
    dice = Dice(f"nexus demo progress {cohort.number}")
    for pupil in cohort.pupils:
        _courses_and_badges(cohort, pupil, dice, rows)
        _assessment(cohort, pupil, dice, rows)
        _terms(cohort, pupil, dice, rows)
        _old_sessions(cohort, pupil, dice, rows)


def _courses_and_badges(cohort: Cohort, pupil: Pupil, dice: Dice, rows: Rows) -> None:
    first = dice.below(len(COURSES))
    for place in range(dice.between(1, 2)):
        share = dice.between(5, 100)
        since = OPENED + timedelta(days=dice.between(10, 90))
        done = since + timedelta(days=dice.between(120, 300)) if share == 100 else None  # noqa: PLR2004 - percent
        course = course_id((first + place * 7) % len(COURSES))
        rows["course_enrollments"].append((course, pupil.key, since, done, share, since, done or since))
    for place in range(dice.between(1, 3)):
        earned = OPENED + timedelta(days=dice.between(30, 450))
        badge = badge_id((pupil.number + place * 3) % len(BADGES))
        rows["student_badges"].append((pupil.key, badge, earned, earned, earned))


def _assessment(cohort: Cohort, pupil: Pupil, dice: Dice, rows: Rows) -> None:
    number = pupil.number
    subject = coach_of(cohort, pupil, True).subjects[0]
    topics = TOPICS[subject]
    answers = json.dumps({str(question): dice.pick("ABCD") for question in range(1, 11)})
    score = dice.between(35, 95)
    at = local(date(2025, 9, 1), 10) + timedelta(days=dice.below(20))
    analysis = json.dumps({"forces": [topics[0]], "faiblesses": [topics[-1]]}, ensure_ascii=False)
    rows["diagnostics"].append(
        (demo_id("diagnostic", cohort.number, number), pupil.key, subject, answers, score, analysis, at, at, at)
    )
    key = demo_id("assessment", cohort.number, number)
    at = local(date(2026, 9, 7), 10) + timedelta(days=dice.below(60))
    scored = number % 10 != 0
    status = "COMPLETED" if scored else "SCORING"
    result, trust = (score, dice.between(60, 98)) if scored else (None, None)
    rows["assessments"].append((key, pupil.key, subject, pupil.grade, answers, result, trust, status, at, at))
    if scored:
        for place, domain in enumerate(topics[:3]):
            part = demo_id("domain", cohort.number, number * 10 + place)
            rows["domain_scores"].append((part, key, domain, dice.between(30, 100), at, at))
        for place, skill in enumerate(_SKILLS):
            part = demo_id("skill", cohort.number, number * 10 + place)
            rows["skill_scores"].append((part, key, skill, dice.between(3, 10), 10, at, at))
    steps = [
        {"titre": topic, "echeance": f"2026-{month:02d}-15", "fait": month < NOW.month}
        for topic, month in zip(topics, (9, 10, 11, 12), strict=True)
    ]
    rows["trajectories"].append(
        (demo_id("trajectory", cohort.number, number), pupil.key, f"Objectif {SUBJECT_NAMES[subject]}",
         min(score + 10, 100), "[2026-09-07,2027-06-15)", "PAUSED" if number % 15 == 0 else "ACTIVE",
         json.dumps(steps, ensure_ascii=False), at, at)
    )  # fmt: skip


def _terms(cohort: Cohort, pupil: Pupil, dice: Dice, rows: Rows) -> None:
    grade = dice.between(16, 30) / 2
    for term, (period, last_day) in enumerate(_TERMS):
        at = local(last_day, 18)
        grade = min(grade + dice.between(-1, 3) / 2, 19.5)
        number = pupil.number * 10 + term
        coach = coach_of(cohort, pupil, period.startswith("2026"))
        rows["student_reports"].append(
            (demo_id("bulletin", cohort.number, number), pupil.key, coach.profile, f"Bilan {period} – {pupil.name}",
             "Travail régulier, des progrès visibles d'une séance à l'autre.", period, 9 + term, grade,
             dice.pick(RECOMMENDATIONS), at, at)
        )  # fmt: skip
        for place, (metric, value) in enumerate((("moyenne", grade), ("assiduite", dice.between(80, 100) / 100))):
            point = FIRST_NUMBER + ((cohort.number * STUDENTS + pupil.number) * len(_TERMS) + term) * 2 + place
            rows["progression_history"].append((point, pupil.key, metric, value, at, at, at))


def _old_sessions(cohort: Cohort, pupil: Pupil, dice: Dice, rows: Rows) -> None:
    """Add the sessions of the first summer, sold the old way."""
    coach = coach_of(cohort, pupil, False)
    for place in range(2):
        at = local(date(2025, 8, 25), 9 + place * 2) + timedelta(days=pupil.number % 5)
        subject = coach.subjects[place]
        after = at + timedelta(hours=2)
        key = demo_id("session", cohort.number, pupil.number * 10 + place)
        kind = ("COURS_ONLINE", "COURS_PRESENTIEL", "ATELIER_GROUPE")[dice.below(3)]
        rows["sessions"].append(
            (key, pupil.key, coach.profile, kind, subject, f"Stage d'été : {SUBJECT_NAMES[subject]}", None, at, 90,
             None if kind == "COURS_ONLINE" else "Centre de Mutuelleville", "1.50", "COMPLETED",
             "Bonne reprise avant la rentrée.", after, at - timedelta(days=5), after)
        )  # fmt: skip
