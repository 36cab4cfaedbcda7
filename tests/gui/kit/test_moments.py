"""Moments are written in the locale's form and this machine's time, or exactly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from PySide6.QtCore import QLocale

from nexus_studio.ui.kit.moments import exact_moment_text, moment_text

NAIVE = datetime(2026, 3, 9, 17, 4, 59)  # noqa: DTZ001 - what a revision's file says has no zone


@pytest.fixture(autouse=True)
def default_locale() -> Iterator[None]:
    before = QLocale()
    yield
    QLocale.setDefault(before)


@pytest.mark.parametrize(("locale", "day", "hour"), [("fr_FR", "09/03/", "17:04"), ("de_DE", "09.03.", "17:04")])
def test_the_form_is_the_locales(locale: str, day: str, hour: str) -> None:
    QLocale.setDefault(QLocale("en_US"))
    in_english = moment_text(NAIVE)
    QLocale.setDefault(QLocale(locale))
    assert moment_text(NAIVE).startswith(day)
    assert hour in moment_text(NAIVE)
    assert moment_text(NAIVE) != in_english  # what was remembered was another locale's


def test_a_zone_is_brought_to_this_machines() -> None:
    there = datetime(2026, 3, 9, 23, 30, tzinfo=timezone(timedelta(hours=-9)))
    here = there.astimezone()
    assert moment_text(there) == moment_text(here.replace(tzinfo=None))
    assert moment_text(there) == moment_text(there.astimezone(UTC))
    assert datetime.fromisoformat(exact_moment_text(there)) == there


def test_the_exact_one_has_seconds() -> None:
    assert exact_moment_text(NAIVE) == "2026-03-09 17:04:59"
