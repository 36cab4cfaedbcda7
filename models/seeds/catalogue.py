"""The demo's rows that exist once, whatever the scale: staff, courses, badges, material, jobs, the audit trail."""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta

from models.seeds.dice import FIRST_NUMBER, NOW, Dice, demo_id, local, plain
from models.seeds.layout import Rows, no_rows
from models.seeds.texts import BADGES, GRADES, LAST_NAMES, PARENT_NAMES, SUBJECT_NAMES, TOPICS

ADMIN = demo_id("user", 0, 90001)
ASSISTANT = demo_id("user", 0, 90002)

OPENED = local(date(2025, 8, 18), 8)
"""When the demo's platform opened its doors."""

LOCKED = "!demo"
"""Stands where the hash of a password would be: no password has it, so nobody can log in with a demo account."""

COURSES = tuple((subject, level) for subject in SUBJECT_NAMES for level in ("Première", "Terminale"))


def course_id(number: int) -> str:
    """Return the id of a course of `COURSES`."""
    return demo_id("course", 0, number)


def badge_id(number: int) -> str:
    """Return the id of a badge of `models.seeds.texts.BADGES`."""
    return demo_id("badge", 0, number)


def catalogue() -> Rows:
    """Return the rows that exist once."""
    rows = no_rows()
    _staff(rows)
    _teaching(rows)
    _reservations(rows)
    _jobs(rows)
    _audit(rows)
    rows["invoice_sequences"] += [(2025, 80, OPENED, NOW), (2026, 160, OPENED, NOW)]
    return rows


def _staff(rows: Rows) -> None:
    staff = (
        (ADMIN, "admin@nexus-reussite.example", "ADMIN", "Alaeddine", "Zouari"),
        (ASSISTANT, "assistante@nexus-reussite.example", "ASSISTANTE", "Hela", "Mansouri"),
    )
    for number, (key, email, role, first, last) in enumerate(staff):
        phone = f"+216 71 000 00{number + 1}"
        seen = NOW - timedelta(hours=2 + number)
        rows["users"].append((key, email, LOCKED, role, first, last, phone, seen, OPENED, seen))
        rows["login_events"].append((FIRST_NUMBER + number, key, f"192.0.2.{number + 1}", "Firefox/145.0", True, seen))


def _teaching(rows: Rows) -> None:
    dice = Dice("nexus demo catalogue")
    for number, (subject, level) in enumerate(COURSES):
        name = SUBJECT_NAMES[subject]
        title = f"{name} – {level}"
        text = f"Le programme de {level} en {name.lower()}, chapitre par chapitre, avec des annales corrigées."
        price = f"{dice.between(18, 42) * 10}.000"
        tags = [plain(name), plain(level), "bac"]
        hours = timedelta(hours=dice.between(12, 40))
        rows["courses"].append(
            (course_id(number), title, plain(title), subject, level, text, hours, price, tags, True, OPENED, OPENED)
        )
    for number, (subject, topics) in enumerate(TOPICS.items()):
        for place, topic in enumerate(topics):
            key = demo_id("content", 0, number * 10 + place)
            text = f"Fiche de révision : {topic}. Définitions, méthode en trois étapes, exercices corrigés."
            grade = GRADES[2 + place % 2]
            rows["pedagogical_contents"].append((key, topic, text, subject, grade, [plain(topic)], OPENED, OPENED))
    for number, (name, text, category, condition) in enumerate(BADGES):
        rows["badges"].append((badge_id(number), name, text, category, plain(name), condition, OPENED))


def _reservations(rows: Rows) -> None:
    dice = Dice("nexus demo reservations")
    for number in range(12):
        last = LAST_NAMES[(number * 7 + 3) % len(LAST_NAMES)]
        first = dice.pick(PARENT_NAMES)
        made = NOW - timedelta(days=dice.between(3, 60))
        rows["stage_reservations"].append(
            (
                demo_id("reservation", 0, number),
                f"{first} {last}",
                f"{plain(first)}.{plain(last)}@famille.example",
                f"+216 20 {dice.between(100, 999)} {dice.between(100, 999)}",
                f"{dice.pick(('Sami', 'Lina', 'Paul', 'Anaïs'))} {last}",
                dice.pick(GRADES),
                dice.pick(("Stage de la Toussaint", "Stage d'hiver : maths et NSI", "Prépa bac blanc")),
                f"{dice.between(30, 60) * 10}.000",
                dice.pick(("PENDING", "CONFIRMED", "CONFIRMED", "CANCELLED")),
                None,
                uuid.uuid5(uuid.NAMESPACE_URL, f"https://nexus-reussite.example/stages/{number}"),
                made,
                made,
            )
        )


def _jobs(rows: Rows) -> None:
    for number in range(60):
        name = ("send-reminders", "expire-credits", "refresh-revenue")[number % 3]
        day = NOW.date() - timedelta(days=number // 3)
        start = local(day, 6, number % 3 * 10)
        failed = number == 31  # noqa: PLR2004 - one bad night among sixty
        error = "délai dépassé en attendant le serveur de courriel" if failed else None
        status = "FAILED" if failed else "COMPLETED"
        end = start + timedelta(seconds=2 + number % 7)
        key = demo_id("job", 0, number)
        counts = json.dumps({"traites": number * 3 % 17})
        rows["cron_executions"].append((key, name, day.isoformat(), status, start, end, error, counts, start, end))


def _audit(rows: Rows) -> None:
    dice = Dice("nexus demo audit")
    for number in range(200):
        moment = OPENED + (NOW - OPENED) * number / 200
        action = dice.pick(("CREATE", "UPDATE", "UPDATE", "DELETE"))
        entity = dice.pick(("courses", "subscriptions", "users", "session_bookings"))
        before = None if action == "CREATE" else json.dumps({"status": "ACTIVE", "version": number})
        after = None if action == "DELETE" else json.dumps({"status": "INACTIVE", "version": number + 1})
        actor = dice.pick((ADMIN, ASSISTANT, None))
        rows["audit_events"].append(
            (FIRST_NUMBER + number, actor, action, entity, demo_id("old", 0, number), before, after, moment)
        )
