"""Options and the settings value."""

from __future__ import annotations

import pytest

from nexus_studio.core import settings as declared
from nexus_studio.core.settings import (
    GRID_ROW_HEIGHT,
    RECENT,
    RECENT_LIMIT,
    UI_THEME,
    Option,
    Settings,
    column_widths,
    with_recent,
)

ALL = [value for value in vars(declared).values() if isinstance(value, Option)]


@pytest.mark.parametrize("option", ALL, ids=lambda option: option.key)
def test_every_default_passes_its_own_check(option: Option[object]) -> None:
    assert option.check(option.default) == option.default
    assert Settings().get(option) == option.default


def test_keys_are_unique() -> None:
    assert len({option.key for option in ALL}) == len(ALL) > 5


def test_a_value_is_kept_and_the_old_settings_are_as_they_were() -> None:
    before = Settings()
    after = before.with_value(UI_THEME, "dark")
    assert (before.get(UI_THEME), after.get(UI_THEME)) == ("system", "dark")
    assert after.without(UI_THEME).get(UI_THEME) == "system"


@pytest.mark.parametrize("nonsense", ["pink", 3, None, ["dark"]])
def test_nonsense_from_a_file_means_the_default(nonsense: object) -> None:
    assert Settings({"ui.theme": nonsense}).get(UI_THEME) == "system"


@pytest.mark.parametrize("height", [17, 97, True, "28"])
def test_nonsense_is_refused_when_set(height: int) -> None:
    with pytest.raises(ValueError, match=str(height)):
        Settings().with_value(GRID_ROW_HEIGHT, height)


def test_the_mapping_given_is_copied() -> None:
    values: dict[str, object] = {"ui.theme": "dark"}
    settings = Settings(values)
    values["ui.theme"] = "light"
    assert settings.get(UI_THEME) == "dark"


def test_recent_ones_come_first_once_and_are_limited() -> None:
    settings = Settings()
    for number in range(30):
        settings = with_recent(settings, f"profile {number}")
    settings = with_recent(settings, "profile 25")
    recent = settings.get(RECENT)
    assert recent[:2] == ("profile 25", "profile 29")
    assert len(recent) == len(set(recent)) == RECENT_LIMIT


def test_column_widths_of_odd_names_do_not_meet() -> None:
    one, other = column_widths("a.b"), column_widths("a%2Eb")
    assert one.key != other.key
    settings = Settings().with_value(one, {"id": 80})
    assert settings.get(one) == {"id": 80}
    assert settings.get(other) == {}
