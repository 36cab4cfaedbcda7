"""Rates and times left: of the last seconds alone, and nothing where it would be a guess."""

from __future__ import annotations

import pytest

from nexus_studio.ui.panels.backups.pace import Pace


def test_nothing_is_said_before_a_second_has_passed() -> None:
    pace = Pace()
    assert (pace.rate, pace.left_s) == (None, None)
    pace.tell(0.0, 0, 100)
    pace.tell(0.5, 50, 100)
    assert pace.rate is None


def test_a_steady_pace() -> None:
    pace = Pace()
    for second in range(6):
        pace.tell(second, second * 10, 100)
    assert pace.rate == pytest.approx(10)
    assert pace.left_s == pytest.approx(5)


def test_only_the_last_seconds_count() -> None:
    pace = Pace()
    for second in range(30):
        pace.tell(second, second * 1000, 1_000_000)
    for second in range(30, 60):
        pace.tell(second, 29_000 + (second - 29), 1_000_000)
    assert pace.rate == pytest.approx(1, abs=0.01)


def test_what_begins_again_is_measured_again() -> None:
    pace = Pace()
    pace.tell(0, 500, 1000)
    pace.tell(2, 900, 1000)
    pace.tell(3, 10, 1000)
    assert pace.rate is None
    pace.forget()
    pace.tell(4, 0, None)
    pace.tell(6, 100, None)
    assert pace.rate == pytest.approx(50)
    assert pace.left_s is None  # nobody knows where it ends


def test_an_estimate_that_was_passed_says_no_time() -> None:
    pace = Pace()
    pace.tell(0, 0, 100)
    pace.tell(2, 120, 100)
    assert pace.rate == pytest.approx(60)
    assert pace.left_s is None
