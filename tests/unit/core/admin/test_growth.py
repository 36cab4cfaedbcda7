"""Growth: what grew most, what is kept, and forecasts that are as sure as they say."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.growth import Sample, Series, Trend, forecast, grown_most, kept
from nexus_studio.core.names import RelationName

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
MB = 1024 * 1024
A, B, C = (RelationName("public", name) for name in "abc")


def daily(sizes: list[float]) -> list[Sample]:
    """Samples of the whole database at noon of days of which the last is NOON's."""
    first = NOON - timedelta(days=len(sizes) - 1)
    return [Sample(first + timedelta(days=day), None, round(size)) for day, size in enumerate(sizes)]


def test_what_grew_most() -> None:
    before = [Sample(NOON, A, 100, 1), Sample(NOON, B, 50), Sample(NOON, None, 1000)]
    later = NOON + timedelta(1)
    now = [Sample(later, A, 120, 2), Sample(later, C, 70, 9), Sample(later, B, 40), Sample(later, None, 1030)]
    found = grown_most(before, now, since=NOON)
    assert [(each.relation, each.grown_bytes, each.grown_share, each.is_new) for each in found] == [
        (C, 70, None, True),
        (A, 20, 0.2, False),
        (B, -10, -0.2, False),
    ]
    assert (found[1].rows_before, found[1].rows_now, found[1].since, found[1].until) == (1, 2, NOON, later)
    assert grown_most(now, before[:1], since=NOON)[0].grown_bytes == -20  # b and c are gone
    assert Series(A).grown_bytes == 0
    assert Series(A, (before[0], now[0])).grown_bytes == 20


def test_samples_are_kept_by_the_hour_then_the_day_then_the_week() -> None:
    moments = [NOON - timedelta(minutes=10 * n) for n in range(6 * 24 * 400)]
    stay = kept(moments, NOON)
    ages = [NOON - moment for moment in stay]
    assert sum(age <= timedelta(days=2) for age in ages) == 49
    assert sum(timedelta(days=2) < age <= timedelta(days=90) for age in ages) in {88, 89}
    assert sum(age > timedelta(days=90) for age in ages) in {44, 45, 46}
    assert stay[-1] == NOON
    assert kept(stay, NOON) == stay
    assert kept([NOON - timedelta(days=6 * 365)], NOON) == ()


@given(st.lists(st.integers(0, 5_000_000), max_size=80), st.integers(0, 3000))
def test_keeping_often_is_keeping_once(minutes: list[int], later: int) -> None:
    moments = [NOON - timedelta(minutes=each) for each in minutes]
    then = NOON + timedelta(minutes=later)
    assert kept(kept(moments, NOON), then) == kept(moments, then)
    assert not moments or max(moments) in kept(moments, NOON) or NOON - max(moments) > timedelta(days=5 * 365)


def test_a_steady_growth_is_foretold_to_the_day() -> None:
    found = forecast(daily([100 * MB + n * MB for n in range(10)]), 209 * MB)
    assert found.trend is Trend.GROWING
    assert found.at == found.earliest == found.latest == date(2027, 3, 10)  # 100 days after the last
    assert found.bytes_per_day == pytest.approx(MB)
    assert found.days == 10


def test_what_can_not_be_foretold_is_said() -> None:
    assert forecast([], MB).trend is Trend.TOO_FEW
    assert forecast(daily([1, 2]), MB).trend is Trend.TOO_FEW
    several = [Sample(NOON + timedelta(minutes=n), None, n) for n in range(50)]
    assert (forecast(several, MB).trend, forecast(several, MB).days) == (Trend.TOO_FEW, 1)
    assert forecast(daily([5 * MB] * 9), 9 * MB).trend is Trend.FLAT
    assert forecast(daily([5 * MB - n * MB / 10 for n in range(9)]), 9 * MB).trend is Trend.SHRINKING
    assert forecast(daily([MB, 2 * MB, 9 * MB]), 9 * MB).trend is Trend.REACHED
    far = forecast(daily([100 * MB + n * 1000 for n in range(9)]), 10_000 * MB)
    assert (far.trend, far.at, far.latest) == (Trend.FAR, None, None)


def test_a_shaky_growth_may_never_come() -> None:
    found = forecast(daily([100 * MB, 180 * MB, 90 * MB, 170 * MB, 120 * MB, 150 * MB]), 300 * MB)
    assert found.trend is Trend.GROWING
    assert found.earliest is not None
    assert found.latest is None


def test_years_ago_does_not_count() -> None:
    old = [Sample(NOON - timedelta(days=365 + n), None, 5000 * MB) for n in range(50)]
    new = daily([100 * MB + n * MB for n in range(10)])
    assert forecast([*old, *new], 209 * MB) == forecast(new, 209 * MB)


Walk = Callable[[random.Random, int], list[float]]


def steady(chance: random.Random, days: int) -> list[float]:
    return [1000 * MB + 10 * MB * day + chance.gauss(0, 30 * MB) for day in range(days)]


def lasting(chance: random.Random, days: int) -> list[float]:
    """What a day adds on top stays for a while: a batch that is cleaned up by and by."""
    sizes, extra = [], 0.0
    for day in range(days):
        extra = 0.7 * extra + chance.gauss(0, 20 * MB)
        sizes.append(1000 * MB + 10 * MB * day + extra)
    return sizes


def wandering(chance: random.Random, days: int) -> list[float]:
    """Each day adds something else, and it stays for ever."""
    sizes, level = [], 1000.0 * MB
    for _ in range(days):
        level += 10 * MB + chance.gauss(0, 10 * MB)
        sizes.append(level)
    return sizes


@pytest.mark.parametrize(("walk", "share"), [(steady, 0.95), (lasting, 0.85), (wandering, 0.72)])
@pytest.mark.parametrize("days", [14, 30, 90])
def test_forecasts_are_as_sure_as_they_say(walk: Walk, share: float, days: int) -> None:
    """Of many futures, so many reach the limit between the earliest and the latest day; and the interval is of use."""
    right, sure, runs = 0, 0, 300
    for seed in range(runs):
        sizes = walk(random.Random(seed), days * 7)
        limit = sizes[days - 1] + 10 * MB * days
        real = next(day for day in range(days, days * 7) if sizes[day] >= limit)
        samples = daily(sizes[:days])
        found = forecast(samples, round(limit))
        assert found.trend is Trend.GROWING
        reached = NOON.date() + timedelta(days=real - (days - 1))
        assert found.earliest is not None
        is_right = found.earliest - timedelta(1) <= reached
        right += is_right and (found.latest is None or reached <= found.latest + timedelta(1))
        sure += found.latest is not None
    assert right / runs >= share
    assert sure / runs >= 0.8
