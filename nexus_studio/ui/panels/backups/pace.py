"""Pace: how fast something goes and how long it will still take, from a few reports of the last seconds."""

from __future__ import annotations

from collections import deque
from typing import Final

_WINDOW_S: Final = 10.0
"""Reports older than this say nothing of how fast it goes now."""

_LEAST_S: Final = 1.0
"""Before so much time has passed, a rate would be a guess."""


class Pace:
    """Told how far something is, says its rate and the time left. Knows no clock: the caller tells the time."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()
        self._total: float | None = None

    def forget(self) -> None:
        """Begin anew: something else is measured from now on."""
        self._seen.clear()
        self._total = None

    def tell(self, now: float, done: float, total: float | None) -> None:
        """Take a report in.

        Args:
            now: Seconds by a clock that never goes back.
            done: How far it is, in any unit.
            total: Where it ends, None where nobody knows.
        """
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, done))
        self._total = total
        while len(self._seen) > 2 and now - self._seen[1][0] >= _WINDOW_S:  # noqa: PLR2004 - two ends make a span
            self._seen.popleft()

    @property
    def rate(self) -> float | None:
        """Units a second over the last seconds; None while that can't be told, or where nothing moves."""
        if not self._seen:
            return None
        (began, before), (ended, after) = self._seen[0], self._seen[-1]
        if ended - began < _LEAST_S or after <= before:
            return None
        return (after - before) / (ended - began)

    @property
    def left_s(self) -> float | None:
        """Seconds to the end at this rate; None where end or rate are not known, or where the end was passed."""
        rate = self.rate
        if rate is None or not self._total or self._seen[-1][1] >= self._total:
            return None
        return (self._total - self._seen[-1][1]) / rate
