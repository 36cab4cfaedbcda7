"""Growth: samples of sizes over time, what grew most, which samples are kept, and when a limit is reached."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from itertools import pairwise
from typing import Final

from nexus_studio.core.names import RelationName

HOURLY_FOR: Final = timedelta(days=2)
DAILY_FOR: Final = timedelta(days=90)
KEPT_FOR: Final = timedelta(days=5 * 365)

FORECAST_FROM: Final = timedelta(days=90)
"""A forecast looks back so far: how a database grew years ago says nothing of next month."""

LEAST_POINTS: Final = 3
_LONGEST_DAYS: Final = 10 * 365
_FLAT_BYTES_PER_DAY: Final = 8192 / 30  # less than a page in a month
_SHAKY: Final = 4  # points from which on neighbours can be told to be alike

# Student's t, two-sided 95 %, by degrees of freedom from 1 on.
_T95: Final = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """How big a relation was at a moment; `relation` None: the whole database, whose rows nobody counts (None)."""

    taken_at: datetime
    relation: RelationName | None
    total_bytes: int
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """The samples of a relation, or of the whole database (None), oldest first."""

    relation: RelationName | None
    samples: tuple[Sample, ...] = ()

    @property
    def grown_bytes(self) -> int:
        """What was added from the first sample to the last; negative when it shrank."""
        return self.samples[-1].total_bytes - self.samples[0].total_bytes if self.samples else 0


@dataclass(frozen=True, slots=True)
class Growth:
    """What a relation gained from one sample to a later one. `is_new`: the earlier one did not have it."""

    relation: RelationName
    since: datetime
    until: datetime
    bytes_before: int
    bytes_now: int
    rows_before: int | None = None
    rows_now: int | None = None
    is_new: bool = False

    @property
    def grown_bytes(self) -> int:
        """The bytes that were added; negative when it shrank."""
        return self.bytes_now - self.bytes_before

    @property
    def grown_share(self) -> float | None:
        """The bytes that were added as a share of those before; None where there were none."""
        return self.grown_bytes / self.bytes_before if self.bytes_before else None


def grown_most(earlier: Iterable[Sample], later: Iterable[Sample], *, since: datetime) -> tuple[Growth, ...]:
    """Return what each relation gained, most first. What is gone in the later samples is left out.

    Args:
        earlier: Of all relations at one moment.
        later: Of all relations at a later one.
        since: The moment of the earlier ones, for relations that they do not have.
    """
    before = {sample.relation: sample for sample in earlier}
    grown = []
    for sample in later:
        if sample.relation is None:
            continue
        base = before.get(sample.relation)
        grown.append(
            Growth(
                sample.relation,
                since=base.taken_at if base else since,
                until=sample.taken_at,
                bytes_before=base.total_bytes if base else 0,
                bytes_now=sample.total_bytes,
                rows_before=base.rows if base else None,
                rows_now=sample.rows,
                is_new=base is None,
            )
        )
    return tuple(sorted(grown, key=lambda each: (-each.grown_bytes, each.relation)))


def kept(moments: Iterable[datetime], now: datetime) -> tuple[datetime, ...]:
    """Return which samples stay: the last of each hour for two days, of each day for 90, of each week for five years.

    Hours, days and weeks are UTC's. What is kept once and again is the same: doing it often does no harm.
    """
    last: dict[tuple[int, ...], datetime] = {}
    for moment in sorted(moments):
        age = now - moment
        utc = moment.astimezone(UTC)
        if age > KEPT_FOR:
            continue
        if age > DAILY_FOR:
            last[(2, *utc.isocalendar()[:2])] = moment
        elif age > HOURLY_FOR:
            last[(1, utc.toordinal())] = moment
        else:
            last[(0, utc.toordinal(), utc.hour)] = moment
    return tuple(sorted(last.values()))


class Trend(Enum):
    """Why a forecast is what it is."""

    GROWING = "growing"
    TOO_FEW = "too_few"
    """Samples of fewer than three days."""

    FLAT = "flat"
    SHRINKING = "shrinking"
    REACHED = "reached"
    FAR = "far"
    """It grows, and takes more than ten years."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a size is reached if all goes on as in the last 90 days.

    `at` is the most likely day; with 95 % it is between `earliest` and `latest`, where growth is steady and what comes
    on top of it is chance. Where growth itself changes from week to week, four times of five is nearer the truth.
    `latest` None beside an `earliest`: it may never come. All three are None unless the trend is GROWING, but that
    `earliest` may also be there for FAR. `days` is how many days had a sample.
    """

    limit_bytes: int
    trend: Trend
    days: int
    bytes_per_day: float | None = None
    at: date | None = None
    earliest: date | None = None
    latest: date | None = None


def forecast(samples: Sequence[Sample], limit_bytes: int) -> Forecast:
    """Say when a size is reached: least squares on the last sample of each day.

    The interval is the one of a prediction by regression, wider where neighbouring days differ from the line alike:
    their number says less then than it seems to.
    """
    points = _daily(samples)
    if points and points[-1][1] >= limit_bytes:
        return Forecast(limit_bytes, Trend.REACHED, len(points))
    if len(points) < LEAST_POINTS:
        return Forecast(limit_bytes, Trend.TOO_FEW, len(points))
    line = _Line.through(points)
    if abs(line.slope) < _FLAT_BYTES_PER_DAY:
        return Forecast(limit_bytes, Trend.FLAT, len(points), line.slope)
    if line.slope < 0:
        return Forecast(limit_bytes, Trend.SHRINKING, len(points), line.slope)
    at, earliest, latest = line.reaches(limit_bytes)
    if at is None:
        return Forecast(limit_bytes, Trend.FAR, len(points), line.slope, earliest=earliest)
    return Forecast(limit_bytes, Trend.GROWING, len(points), line.slope, at, earliest, latest)


def _daily(samples: Sequence[Sample]) -> list[tuple[int, int]]:
    """Return day (its ordinal) and bytes of the last sample of each day that counts, oldest first."""
    if not samples:
        return []
    newest = max(sample.taken_at for sample in samples)
    last: dict[int, Sample] = {}
    for sample in sorted(samples, key=lambda each: each.taken_at):
        if newest - sample.taken_at <= FORECAST_FROM:
            last[sample.taken_at.astimezone(UTC).toordinal()] = sample
    return [(day, sample.total_bytes) for day, sample in last.items()]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line through days and bytes. `spread` is how far a point may lie off it, with 95 %; days from `middle` on."""

    middle: float
    level: float
    slope: float
    spread: float
    count: int
    width: float  # the sum of squared distances from the middle
    last: int

    @classmethod
    def through(cls, points: Sequence[tuple[int, int]]) -> _Line:
        count = len(points)
        middle = sum(day for day, _ in points) / count
        level = sum(size for _, size in points) / count
        width = sum((day - middle) ** 2 for day, _ in points)
        slope = sum((day - middle) * (size - level) for day, size in points) / width
        off = [size - level - slope * (day - middle) for day, size in points]
        squares = sum(each * each for each in off)
        deviation = math.sqrt(squares / (count - 2))
        spread = _student(count - 2) * deviation * _alike(off, squares)
        return cls(middle, level, slope, spread, count, width, points[-1][0])

    def reaches(self, limit: float) -> tuple[date | None, date | None, date | None]:
        """Return when the line reaches a size, the band's upper edge before it, the lower one after it."""
        missing = limit - self.level

        def band(days: float) -> float:
            return self.spread * math.sqrt(1 + 1 / self.count + days * days / self.width)

        at = self._first(lambda days: self.slope * days - missing)
        earliest = self._first(lambda days: self.slope * days + band(days) - missing)
        is_sure = self.slope * self.slope > self.spread * self.spread / self.width
        latest = self._first(lambda days: self.slope * days - band(days) - missing) if is_sure else None
        return at, earliest, latest

    def _first(self, over: Callable[[float], float]) -> date | None:
        """Return the first day from the last point on where a rising function is not below zero; None: too far."""
        begin = self.last - self.middle
        low, high = begin, begin + _LONGEST_DAYS
        if over(high) < 0:
            return None
        while high - low > 0.01:  # noqa: PLR2004 - a quarter of an hour
            half = (low + high) / 2
            low, high = (low, half) if over(half) >= 0 else (half, high)
        return date.fromordinal(math.ceil(self.middle + high - 0.01))


def _alike(off: Sequence[float], squares: float) -> float:
    """Return how much wider an interval must be because neighbours lie off the line alike (first-order correlation)."""
    if len(off) < _SHAKY or not squares:
        return 1.0
    seen = sum(one * other for one, other in pairwise(off)) / squares
    likely = seen + (1 + 3 * seen) / len(off)  # what a sample of few shows is too little
    bounded = min(max(likely, 0.0), 0.95)
    return math.sqrt((1 + bounded) / (1 - bounded))


def _student(freedom: int) -> float:
    return _T95[freedom - 1] if freedom <= len(_T95) else 1.96 + 2.4 / freedom
