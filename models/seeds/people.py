"""The people of the demo, in cohorts: five coaches, their families and students. The scale is the number of cohorts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from models.seeds.catalogue import LOCKED, OPENED
from models.seeds.dice import FIRST_NUMBER, NOW, Dice, demo_id, plain
from models.seeds.layout import Rows
from models.seeds.texts import CITIES, COACHES, FIRST_NAMES, GRADES, GREEKS, LAST_NAMES, PARENT_NAMES, SCHOOLS, STREETS

FAMILIES = 28
STUDENTS = 40
"""In a cohort; the first twelve families have two children."""

_LOGINS = 2
_AGENTS = ("Firefox/145.0", "Chrome/142.0 Mobile", "Safari/19.1")


@dataclass(frozen=True, slots=True)
class Coach:
    """A coach of a cohort."""

    user: str
    profile: str
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pupil:
    """A student of a cohort; `number` counts from 0 within it."""

    number: int
    user: str
    key: str
    parent_user: str
    name: str
    grade: str


@dataclass(frozen=True, slots=True)
class Cohort:
    """Who belongs together: these coaches teach these students and nobody else."""

    number: int
    coaches: tuple[Coach, ...]
    pupils: tuple[Pupil, ...]
    parents: tuple[str, ...]


class _Accounts:
    """Writes accounts with what every account has: an address, a telephone, some logins."""

    def __init__(self, rows: Rows, cohort: int, dice: Dice) -> None:
        self._rows = rows
        self._cohort = cohort
        self._dice = dice
        self._made = 0

    def add(self, role: str, first: str, last: str) -> str:
        """Add an account and return its id."""
        dice, number = self._dice, self._made
        self._made += 1
        key = demo_id("user", self._cohort, number)
        email = f"{plain(first)}.{plain(last)}.{self._cohort}-{number}@demo.nexus-reussite.example"
        phone = f"+216 2{dice.below(10)} {dice.between(100, 999)} {dice.between(100, 999)}"
        seen = NOW - timedelta(minutes=dice.between(10, 20_000))
        self._rows["users"].append((key, email, LOCKED, role, first, last, phone, seen, OPENED, seen))
        for turn in range(_LOGINS):
            at = seen - timedelta(days=turn * 3)
            event = FIRST_NUMBER + 1000 + (self._cohort * 100 + number) * _LOGINS + turn
            address = f"192.0.2.{dice.between(10, 250)}"
            succeeded = turn == 0 or dice.chance(0.8)
            self._rows["login_events"].append((event, key, address, dice.pick(_AGENTS), succeeded, at))
        return key


def people(number: int, rows: Rows) -> Cohort:
    """Add the people of a cohort to the rows and return them."""
    dice = Dice(f"nexus demo people {number}")
    accounts = _Accounts(rows, number, dice)
    coaches = tuple(_coach(rows, accounts, dice, number, place) for place in range(len(COACHES)))
    parents = []
    names = []
    for family in range(FAMILIES):
        last = LAST_NAMES[(family * 3 + number * 11) % len(LAST_NAMES)]
        user = accounts.add("PARENT", dice.pick(PARENT_NAMES), last)
        address = f"{dice.between(1, 120)}, {dice.pick(STREETS)}"
        key = demo_id("parent", number, family)
        rows["parent_profiles"].append((key, user, address, dice.pick(CITIES), "Tunisie", OPENED, OPENED))
        parents.append(user)
        names.append(last)
    pupils = []
    for place in range(STUDENTS):
        family = place % FAMILIES
        first = FIRST_NAMES[(place * 5 + number) % len(FIRST_NAMES)]
        pupils.append(_pupil(rows, accounts, dice, number, place, parents[family], f"{first} {names[family]}"))
    return Cohort(number, coaches, tuple(pupils), tuple(parents))


def pseudonym(cohort: int, place: int) -> str:
    """Return a pseudonym that no other coach of the demo has."""
    if cohort == 0:
        return COACHES[place][0]
    turn, name = divmod((cohort - 1) * len(COACHES) + place, len(GREEKS))
    return GREEKS[name] if turn == 0 else f"{GREEKS[name]} {turn + 1}"


def _coach(rows: Rows, accounts: _Accounts, dice: Dice, cohort: int, place: int) -> Coach:
    _, title, tag, subjects = COACHES[place]
    user = accounts.add("COACH", dice.pick(PARENT_NAMES), dice.pick(LAST_NAMES))
    profile = demo_id("coach", cohort, place)
    rate = f"{dice.between(6, 12) * 10}.000"
    text = "Accompagne les élèves de la Troisième à la Terminale."
    philosophy = "Comprendre d'abord, s'entraîner ensuite."
    expertise = "Préparation du baccalauréat français"
    rows["coach_profiles"].append(
        (profile, user, pseudonym(cohort, place), title, tag, text, philosophy, expertise, list(subjects), True,
         place % 2 == 0, rate, OPENED, OPENED)
    )  # fmt: skip
    for day in range(1, 7):
        hours = ("09:00", "17:00") if day == 6 else ("15:00", "20:00")  # noqa: PLR2004 - Saturday
        key = demo_id("availability", cohort, place * 10 + day)
        rows["coach_availabilities"].append(
            (key, user, day, *hours, None, True, True, "[2025-09-01,2027-07-01)", OPENED, OPENED)
        )
    away = date(2026, 12, 7) + timedelta(days=place)
    key = demo_id("availability", cohort, place * 10)
    day = away.isoweekday() % 7
    rows["coach_availabilities"].append((key, user, day, "15:00", "20:00", away, False, False, None, OPENED, OPENED))
    return Coach(user, profile, subjects)


def _pupil(
    rows: Rows,
    accounts: _Accounts,
    dice: Dice,
    cohort: int,
    place: int,
    parent_user: str,
    name: str,
) -> Pupil:
    user = accounts.add("ELEVE", *name.split(" ", 1))
    key = demo_id("student", cohort, place)
    step = dice.below(len(GRADES))
    grade, school = GRADES[step], dice.pick(SCHOOLS)
    born = date(2026 - 14 - step, dice.between(1, 12), dice.between(1, 28))
    profile = demo_id("student-profile", cohort, place)
    rows["student_profiles"].append((profile, user, grade, school, born, OPENED, OPENED))
    parent = demo_id("parent", cohort, place % FAMILIES)
    # The counts of sessions and credits follow from the history, which fills them in.
    rows["students"].append((key, parent, user, grade, school, born, 0, 0, 0, OPENED, OPENED))
    return Pupil(place, user, key, parent_user, name, grade)
