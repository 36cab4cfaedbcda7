"""Every act that has a button, pressed in the real window on a database of every environment: what its rail wants.

The acts of migrations have rails of their own to be tried: see the folders beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.acts import ACTS, Rail, act, rail
from nexus_studio.core.admin.resets import Others
from nexus_studio.core.profiles import Environment
from nexus_studio.services import composeserver
from nexus_studio.ui.kit.confirm import ConfirmDialog
from tests.support.fix_docker import FakeDocker
from tests.support.fix_window import PATIENCE_MS, OpenWindow
from tests.support.rail_desk import WAYS, RailDesk
from tests.support.widgets import child

PRESSED = tuple(WAYS)
"""The acts whose buttons are pressed here. Each test_rails.py of tests/gui has such a tuple."""

pytestmark = [pytest.mark.usefixtures("gui_thread_guard"), pytest.mark.any_screen]


def test_every_button_of_an_act_is_pressed_by_a_test_of_rails() -> None:
    pressed: list[str] = []
    for file in sorted(Path(__file__).parents[1].glob("*/test_rails.py")):
        pressed += import_module(f"tests.gui.{file.parent.name}.test_rails").PRESSED
    assert sorted(pressed) == sorted(each.id for each in ACTS if each.button)


@pytest.fixture
def desk(
    qtbot: QtBot,
    open_window: OpenWindow,
    pg_url: str,
    shop: Path,
    fake_docker_on_path: FakeDocker,
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[RailDesk]:
    """The window, and all that acts are tried on."""
    monkeypatch.setattr(composeserver, "POLL_S", 0.01)
    monkeypatch.chdir(shop)
    found = RailDesk(qtbot, open_window, pg_url, shop, fake_docker_on_path, environment)
    found.furnish()
    yield found
    found.clear()


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize("act_id", PRESSED)
def test_a_button_does_what_its_rail_lets_it(act_id: str, environment: Environment, desk: RailDesk) -> None:
    way, found = WAYS[act_id], rail(act(act_id), environment)
    before = way.state(desk)
    if found is Rail.REFUSED:
        assert_nothing_comes_of_it(desk, act_id, way.refusal)
        if desk.window.can_unlock:  # no lock is what stands against it
            desk.unlock()
            assert_nothing_comes_of_it(desk, act_id, way.refusal)
        return
    if found.is_locked:
        assert_nothing_comes_of_it(desk, act_id, "Production is locked")
        desk.unlock()
    button = way.reach(desk)
    assert button.isEnabled()
    button.click()
    desk.rest()
    asked = desk.questions()
    if found in {Rail.FREE, Rail.REVIEWED}:
        assert asked == []
    else:
        assert way.state(desk) == before
        say_yes(desk, asked[0], is_named=found.is_named)
    desk.qtbot.waitUntil(lambda: way.state(desk) != before, timeout=PATIENCE_MS)


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize("act_id", [each for each in act("sessions.end").within if each in WAYS])
def test_others_are_ended_only_with_the_name(act_id: str, environment: Environment, desk: RailDesk) -> None:
    found, way = rail(act("sessions.end"), environment), WAYS[act_id]
    with psycopg.connect(desk.url, autocommit=True) as other:
        button = way.reach(desk)
        others = child(desk.window, QComboBox, "shelves.others" if act_id.startswith("shelf") else "reset.others")
        assert Others(others.currentData()) is Others.REFUSE
        others.setCurrentIndex(others.findData(Others.END.value))
        assert button.isEnabled() is (found is not Rail.REFUSED)
        button.click()
        desk.rest()
        asked = desk.questions()
        assert len(asked) == (found is not Rail.REFUSED)
        assert other.execute("SELECT 1").fetchone() == (1,)
        if not asked:
            return
        assert any(word in desk.words() for word in ("connections of others are ended", "Connected now"))
        say_yes(desk, asked[0], is_named=True)
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")


def assert_nothing_comes_of_it(desk: RailDesk, act_id: str, said: str) -> None:
    """Press what can be pressed, agree to all that is asked, and see that it is refused, and why."""
    way = WAYS[act_id]
    before, button = way.state(desk), way.reach(desk)
    hint = button.toolTip()
    if button.isEnabled():
        button.click()
        desk.rest()
        for asked in desk.questions():
            say_yes(desk, asked, is_named=True)
        hint = ""
    desk.qtbot.waitUntil(lambda: said in f"{desk.words()} {hint}", timeout=PATIENCE_MS)
    assert way.state(desk) == before


def say_yes(desk: RailDesk, asked: ConfirmDialog, *, is_named: bool) -> None:
    """Type the database's name, where it is wanted; nothing less is enough."""
    do, typed = child(asked, QPushButton, "confirm_do"), child(asked, QLineEdit, "confirm_name")
    assert typed.isVisible() or not is_named
    if typed.isVisible():
        name = desk.database
        for words, enough in (
            ("", False),
            (name[:-1], False),
            (f"{name}x", False),
            (name.upper(), False),
            (name, True),
        ):
            typed.setText(words)
            assert do.isEnabled() is enough, words
    assert do.isEnabled()
    do.click()
    desk.rest()
