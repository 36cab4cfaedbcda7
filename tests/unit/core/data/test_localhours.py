"""Local times that do not exist, or happen twice."""

from __future__ import annotations

import pytest

from nexus_studio.core.data.localhours import Hour, knows_zone, local_hour, without_offset

PARIS = "Europe/Paris"


def test_an_hour_that_is_skipped() -> None:
    found = local_hour("2026-03-29 02:30:00.25", PARIS)
    assert (found.hour, found.choices) == (
        Hour.MISSING,
        ("2026-03-29 01:30:00.25+01", "2026-03-29 03:30:00.25+02"),
    )


def test_an_hour_that_comes_twice() -> None:
    found = local_hour("2026-10-25 02:30", PARIS)
    assert (found.hour, found.choices) == (Hour.TWICE, ("2026-10-25 02:30:00+02", "2026-10-25 02:30:00+01"))


def test_half_hours_and_the_west() -> None:
    found = local_hour("2026-04-05 01:45", "Australia/Lord_Howe")
    assert found.choices == ("2026-04-05 01:45:00+11", "2026-04-05 01:45:00+10:30")
    found = local_hour("2026-11-01 01:30", "America/St_Johns")
    assert found.choices == ("2026-11-01 01:30:00-02:30", "2026-11-01 01:30:00-03:30")


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-29 01:59:59",
        "2026-03-29 03:00",
        "2026-03-29 02:30+02",
        "2026-03-29 02:30:00 UTC",
        "infinity",
        "-infinity",
        "0044-03-15 12:00:00 BC",
        "294276-01-01 00:00:00",
        "0000-01-01 00:00",
        "2026-02-30 02:00",
        "2026-03-29 24:00:00",
        "now",
        "",
    ],
)
def test_everything_else_is_left_to_the_server(text: str) -> None:
    assert local_hour(text, PARIS).hour is Hour.ONCE


def test_zones_that_nobody_knows() -> None:
    assert local_hour("2026-03-29 02:30", "").hour is Hour.ONCE
    assert local_hour("2026-03-29 02:30", "<+01>-01").hour is Hour.ONCE
    assert (knows_zone(PARIS), knows_zone("../x"), knows_zone("")) == (True, False, False)


def test_what_clocks_show() -> None:
    assert without_offset("2026-03-29 04:30:00+02") == "2026-03-29 04:30:00"
    assert without_offset("1890-01-01 00:00:00+00:09:21") == "1890-01-01 00:00:00"
    assert without_offset("2026-03-29 04:30:00") == "2026-03-29 04:30:00"
