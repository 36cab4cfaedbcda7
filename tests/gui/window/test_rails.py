"""The buttons of the seed & reset panel and of the window against environments: the rails that the acts declare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from PySide6.QtWidgets import QAbstractButton, QLineEdit
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.acts import ACTS, Rail, act, rail
from nexus_studio.core.profiles import Environment
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.seed_reset.panel import SeedResetPanel
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import PATIENCE_MS, OpenWindow
from tests.support.widgets import child

Sql = Callable[..., list[tuple[Any, ...]]]
OF_PANEL = tuple(each for each in ACTS if each.id.partition(".")[0] in {"seed", "reset", "shelf", "import"})

pytestmark = pytest.mark.usefixtures("gui_thread_guard")


def panel_of(qtbot: QtBot, window: Studio) -> SeedResetPanel:
    window.show_panel("seed_reset")
    panel = window.panel("seed_reset")
    assert isinstance(panel, SeedResetPanel)
    for page in panel.pages:  # each reads when it is looked at
        panel.show_page(page)
        qtbot.waitUntil(lambda: window.context.runner.is_idle, timeout=PATIENCE_MS)
    return panel


def buttons(panel: SeedResetPanel) -> dict[str, QAbstractButton]:
    """Return the buttons that are there, by the act's id."""
    found = {each.id: panel.findChild(QAbstractButton, each.button) for each in OF_PANEL}
    return {name: button for name, button in found.items() if isinstance(button, QAbstractButton)}


@pytest.mark.parametrize("environment", [Environment.STAGING, Environment.PRODUCTION])
def test_what_is_refused_cannot_be_pressed(
    qtbot: QtBot, open_window: OpenWindow, pg_url: str, sql: Sql, environment: Environment
) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    window = open_window(pg_url, environment=environment)
    panel = panel_of(qtbot, window)
    if environment is Environment.PRODUCTION:  # no lock is what stands against it
        with qtbot.waitSignal(window.safety.keeper.changed, timeout=PATIENCE_MS):
            window.safety.keeper.unlock("ticket 4711", 15)
        panel = panel_of(qtbot, window)
    there = buttons(panel)
    assert {"seed.run", "reset.reset", "reset.empty", "reset.recreate", "import.sqlite"} <= set(there)
    for each in OF_PANEL:
        if each.id in there and rail(each, environment) is Rail.REFUSED:
            assert not there[each.id].isEnabled(), each.id


def test_what_wants_the_name_does_nothing_before_it_is_typed(
    qtbot: QtBot, open_window: OpenWindow, pg_url: str
) -> None:
    with psycopg.connect(pg_url, autocommit=True) as connection:  # and leaves: a reset would not go beside it
        connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
    window = open_window(pg_url, environment=Environment.DEVELOPMENT)
    panel = panel_of(qtbot, window)
    panel.show_page(panel.reset)
    for act_id in ("reset.reset", "reset.recreate"):
        assert rail(act(act_id), Environment.DEVELOPMENT) is Rail.NAMED
        button = buttons(panel)[act_id]
        panel.reset.choices.kinds[act_id].click()
        for is_ready in (button.isVisible, button.isEnabled):
            qtbot.waitUntil(is_ready, timeout=PATIENCE_MS)
        button.click()
        asked = window.findChild(ConfirmDialog, "confirm_dialog")
        assert asked is not None, act_id
        do, typed = child(asked, QAbstractButton, "confirm_do"), child(asked, QLineEdit, "confirm_name")
        name = str(conninfo_to_dict(pg_url)["dbname"])
        for words, enough in (("", False), (name[:-1], False), (name, True)):
            typed.setText(words)
            assert do.isEnabled() is enough, act_id
        asked.reject()
        asked.setParent(None)
        asked.deleteLater()
    with psycopg.connect(pg_url) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
