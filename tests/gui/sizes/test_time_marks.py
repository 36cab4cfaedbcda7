"""The marks of a time axis: within it, not too many, in the language of the window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import pytest
from PySide6.QtWidgets import QApplication

from nexus_studio.ui.kit.i18n import Languages
from nexus_studio.ui.panels.sizes.time_marks import MOST, time_marks

HOUR, DAY = 3600, 86_400
START = datetime(2026, 1, 20, 7, 13).astimezone().timestamp()  # in this machine's zone, as the marks are


@pytest.fixture
def speak(qapp: QApplication) -> Iterator[Languages]:
    languages = Languages(qapp)
    yield languages
    languages.apply("en")
    languages.deleteLater()


def words(days: float) -> list[str]:
    return [each for _, each in time_marks(START, START + days * DAY)]


@pytest.mark.parametrize(
    "span", [600, HOUR, 5 * HOUR, DAY, 3 * DAY, 8 * DAY, 30 * DAY, 90 * DAY, 400 * DAY, 4000 * DAY]
)
def test_marks_lie_within_and_are_not_too_many(speak: Languages, span: int) -> None:
    speak.apply("fr")
    found = time_marks(START, START + span)
    assert 2 <= len(found) <= MOST
    assert all(START <= at <= START + span for at, _ in found)
    assert all(one != other for (_, one), (_, other) in pairwise(found))


def test_marks_speak_the_windows_language(speak: Languages) -> None:
    speak.apply("en")
    assert "Feb 3" in words(30)
    assert "Apr 2026" in words(200)
    speak.apply("fr")
    assert "3 févr." in words(30)
    assert "avr. 2026" in words(200)
    assert "21 janv." in words(1)  # midnight says the day
    assert "12:00" in words(1)


def test_an_empty_span_has_no_more_than_one_mark(speak: Languages) -> None:
    assert len(time_marks(START, START)) <= 1
