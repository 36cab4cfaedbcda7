"""The button that imports a file, pressed on a database of every environment: what its rail wants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.profiles import Environment
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.data.transfer.opening import open_import
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, open_table
from tests.support.widgets import child

PRESSED = ("rows.import",)
"""The acts whose buttons are pressed here; see tests/gui/window/test_rails.py."""

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.mark.parametrize("environment", list(Environment))
def test_a_button_does_what_its_rail_lets_it(
    environment: Environment, open_window: OpenWindow, qtbot: QtBot, pg_url: str, sql: Sql, tmp_path: Path
) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    (tmp_path / "rows.csv").write_text("id\n1\n")
    found, database = rail(act(PRESSED[0]), environment), str(conninfo_to_dict(pg_url)["dbname"])
    assert found is not Rail.REFUSED
    window = open_window(pg_url, environment=environment)
    open_table(qtbot, window, "t")
    dialog = open_import(data_panel(window))
    assert dialog is not None
    dialog.show_file(tmp_path / "rows.csv")
    qtbot.waitUntil(lambda: not dialog.reading.is_busy, timeout=PATIENCE_MS)
    button = child(dialog, QPushButton, act(PRESSED[0]).button)
    if found.is_locked:
        assert not button.isEnabled()
        assert not dialog.try_.isEnabled()
        said = " ".join(each.text() for each in dialog.findChildren(QLabel) if each.isVisible())
        assert "Production is locked" in said
        with qtbot.waitSignal(window.safety.keeper.changed, timeout=PATIENCE_MS):
            window.safety.keeper.unlock("ticket 4711", 15)
        qtbot.waitUntil(button.isEnabled, timeout=PATIENCE_MS)
    button.click()
    (asked,) = [each for each in dialog.findChildren(ConfirmDialog) if each.isVisible()]
    assert sql("SELECT count(*) FROM t") == [(0,)]
    do, typed = child(asked, QPushButton, "confirm_do"), child(asked, QLineEdit, "confirm_name")
    assert typed.isVisible() is found.is_named
    if found.is_named:
        for words, enough in (("", False), (database[:-1], False), (database, True)):
            typed.setText(words)
            assert do.isEnabled() is enough
    do.click()
    qtbot.waitUntil(lambda: not dialog.desk.is_busy, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: sql("SELECT count(*) FROM t") == [(1,)], timeout=PATIENCE_MS)


def test_a_connection_that_only_reads(
    open_window: OpenWindow, qtbot: QtBot, pg_url: str, sql: Sql, tmp_path: Path
) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    (tmp_path / "rows.csv").write_text("id\n1\n")
    window = open_window(pg_url, read_only=True)
    open_table(qtbot, window, "t")
    dialog = open_import(data_panel(window))
    assert dialog is not None
    dialog.show_file(tmp_path / "rows.csv")
    qtbot.waitUntil(lambda: not dialog.reading.is_busy, timeout=PATIENCE_MS)
    assert not dialog.run_.isEnabled()
    assert "read-only" in dialog.run_.toolTip()
