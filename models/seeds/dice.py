"""Chance that falls alike on every machine, and the ids and moments of demo rows."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")

TUNIS = timedelta(hours=1)
"""Tunis is one hour ahead of UTC, all year round."""

NOW = datetime(2026, 11, 23, 15, 20, tzinfo=UTC)
"""The moment at which the demo stands still: a Monday afternoon in term. Later bookings are yet to come."""

FIRST_NUMBER = 1_000_000_000
"""Where demo rows begin in tables whose ids the database counts, so that they never meet counted ones."""


class Dice:
    """Random choices that depend on a name only.

    Only `random.Random.random` is used: Python promises its sequence for a given seed, but not that of its other
    methods.
    """

    def __init__(self, name: str) -> None:
        """Take the name that decides the whole sequence."""
        # The seed goes through SHA-512, not hash(): the same on every machine. Nothing secret is drawn here.
        self._next = random.Random(name).random  # noqa: S311

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to limit - 1."""
        return int(self._next() * limit)

    def between(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + int(self._next() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[int(self._next() * len(items))]

    def chance(self, share: float) -> bool:
        """Return True in that share of calls (0 to 1)."""
        return self._next() < share


def demo_id(kind: str, group: int, number: int) -> str:
    """Return the id of a demo row: always the same, plain to see, sorted by group and number."""
    return f"demo-{kind}-{group:05d}-{number:05d}"


def local(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """Return the moment of a day and time of Tunis."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - TUNIS


def plain(text: str) -> str:
    """Return a text as it may stand in an address: ASCII, lower case, words joined by hyphens."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in ascii_text.lower()).split())
