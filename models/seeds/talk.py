"""What is said and sent in a cohort: conversations with ARIA, messages, notifications, documents."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

from models.seeds.dice import NOW, Dice, demo_id
from models.seeds.history import coach_of
from models.seeds.layout import Rows
from models.seeds.people import Cohort, Pupil
from models.seeds.picture import png
from models.seeds.texts import LETTERS, QUESTIONS, TOPICS


def talk(cohort: Cohort, rows: Rows) -> None:
    """Add what is said and sent in a cohort."""
    dice = Dice(f"nexus demo talk {cohort.number}")
    for pupil in cohort.pupils:
        _conversations(cohort, pupil, dice, rows)
        _letters(cohort, pupil, dice, rows)
        _notifications(cohort, pupil, dice, rows)
        if pupil.number % 2 == 0:
            _document(cohort, pupil, dice, rows)


def _conversations(cohort: Cohort, pupil: Pupil, dice: Dice, rows: Rows) -> None:
    subjects = coach_of(cohort, pupil, True).subjects
    for place in range(dice.between(1, 3)):
        number = pupil.number * 10 + place
        key = demo_id("conversation", cohort.number, number)
        subject = subjects[place % 2]
        at = NOW - timedelta(days=dice.between(1, 300), minutes=dice.below(600))
        rows["aria_conversations"].append((key, pupil.key, subject, dice.pick(TOPICS[subject]), at, at))
        for turn in range(dice.between(1, 3)):
            question, answer = QUESTIONS[(number + turn) % len(QUESTIONS)]
            liked = dice.chance(0.8) if dice.chance(0.4) else None
            for half, (role, text, thumb) in enumerate((("user", question, None), ("assistant", answer, liked))):
                message = demo_id("aria-message", cohort.number, number * 10 + turn * 2 + half)
                spoken = at + timedelta(minutes=turn * 3, seconds=half * 4)
                rows["aria_messages"].append((message, key, role, text, thumb, spoken))


def _letters(cohort: Cohort, pupil: Pupil, dice: Dice, rows: Rows) -> None:
    coach = coach_of(cohort, pupil, True)
    letter, answer = LETTERS[pupil.number % len(LETTERS)]
    at = NOW - timedelta(days=dice.between(1, 70), minutes=dice.below(600))
    later = at + timedelta(hours=3)
    first = demo_id("message", cohort.number, pupil.number * 10)
    second = demo_id("message", cohort.number, pupil.number * 10 + 1)
    attached = (
        ("https://fichiers.nexus-reussite.example/" + first, "bulletin.pdf") if pupil.number % 6 == 0 else (None, None)
    )
    rows["messages"].append((first, pupil.parent_user, coach.user, None, letter, *attached, later, at))
    read = later + timedelta(hours=1) if dice.chance(0.7) else None
    rows["messages"].append((second, coach.user, pupil.parent_user, first, answer, None, None, read, later))


def _notifications(cohort: Cohort, pupil: Pupil, dice: Dice, rows: Rows) -> None:
    news = (
        (pupil.user, "ELEVE", "COACH_ASSIGNED", "Votre coach", "Un coach vous accompagne cette année."),
        (pupil.parent_user, "PARENT", "PAYMENT_REQUIRED", "Échéance", "Le paiement du mois est attendu."),
    )
    for place, (user, role, kind, title, text) in enumerate(news):
        at = NOW - timedelta(days=dice.between(1, 60))
        link = json.dumps({"eleve": pupil.key})
        key = demo_id("notification", cohort.number, pupil.number * 10 + place)
        rows["notifications"].append((key, user, role, kind, title, text, link, dice.chance(0.6), at, at))


def _document(cohort: Cohort, pupil: Pupil, dice: Dice, rows: Rows) -> None:
    key = demo_id("document", cohort.number, pupil.number)
    at = NOW - timedelta(days=dice.between(5, 200))
    picture = png(dice.between(0, 200), dice.between(0, 200), dice.between(0, 200))
    size = dice.between(20_000, 900_000)
    checksum = hashlib.sha256(key.encode()).hexdigest()
    name = dice.pick(("bulletin.pdf", "copie.pdf", "dissertation.pdf", "exercice.pdf"))
    rows["user_documents"].append((key, pupil.user, name, "application/pdf", size, picture, checksum, at, at))
