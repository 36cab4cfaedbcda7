"""The window's menus over the grid's current cell, the bar of open tables, and the record pane's room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QTableView, QTabWidget, QToolButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.rowquery import Sort
from nexus_studio.ui.grid.copying import COPY_NOTICE
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import OpenWindow, data_panel, open_table, row_at, wait_loaded
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def window(open_window: OpenWindow, pg_url: str, sql: Sql) -> Studio:
    sql("CREATE TABLE people (id int PRIMARY KEY, name text, age int)")
    sql("INSERT INTO people SELECT n, 'name ' || n, n % 3 FROM generate_series(1, 30) n")
    sql("CREATE TABLE bare (note text, a_column_with_quite_a_long_name_that_no_pane_has_room_for text)")
    sql("INSERT INTO bare SELECT 'note ' || n, NULL FROM generate_series(1, 5) n")
    sql("CREATE TABLE points_there (id int PRIMARY KEY, person int REFERENCES people)")
    sql("ANALYZE")
    return open_window(pg_url)


def action(window: Studio, name: str) -> QAction:
    """Return an action of the window by its id."""
    found = window.frame.findChild(QAction, f"action_{name.replace('.', '_')}")
    assert found is not None, name
    return found


def test_menus_act_on_the_current_cell(window: Studio, qtbot: QtBot) -> None:
    page = open_table(qtbot, window, "people")
    row_at(qtbot, page, 4)
    page.grid.select_cell(4, "age")
    assert {"data.copy", "data.copy_as", "data.paste", "data.select_all"} <= {
        name
        for name in ("data.copy", "data.copy_as", "data.paste", "data.select_all")
        if action(window, name).isEnabled()
    }
    action(window, "data.copy").trigger()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() == "2")
    assert action(window, "data.copy").shortcut().isEmpty()  # else Ctrl+C in the record pane would copy the grid's
    action(window, "data.sort_descending").trigger()
    wait_loaded(qtbot, page)
    assert page.query.sort == (Sort("age", descending=True),)
    page.grid.select_cell(0, "age")
    action(window, "data.filter_value").trigger()
    wait_loaded(qtbot, page)
    qtbot.waitUntil(lambda: page.grid.row_count() == 10)
    action(window, "data.select_all").trigger()
    assert page.grid.chooser.is_everything


def test_a_notice_about_copying_goes_with_the_tab(window: Studio, qtbot: QtBot) -> None:
    open_table(qtbot, window, "people")
    panel = data_panel(window)
    panel.context.notices.warning("too many", key=COPY_NOTICE)
    assert panel.context.notices.current() is not None
    open_table(qtbot, window, "bare")
    assert panel.context.notices.current() is None


def test_the_arrows_of_the_tabs_have_names(window: Studio, qtbot: QtBot) -> None:
    open_table(qtbot, window, "people")
    bar = child(data_panel(window), QTabWidget, "data.tabs").tabBar()
    assert bar.usesScrollButtons()
    for name in ("ScrollLeftButton", "ScrollRightButton"):
        assert child(bar, QToolButton, name).accessibleName().startswith("Tables further")


def test_the_record_pane_uses_its_room(window: Studio, qtbot: QtBot) -> None:
    record = data_panel(window).record
    fields, related = child(record, QTableView, "record.fields"), child(record, QScrollArea, "record.related")
    page = open_table(qtbot, window, "bare")
    row_at(qtbot, page, 2)
    assert child(record, QLabel, "record.title").text() == "Row 3"
    assert related.isHidden()
    assert 0 < fields.columnWidth(0) <= fields.viewport().width() * 0.4
    page = open_table(qtbot, window, "people")
    row_at(qtbot, page, 2)
    qtbot.waitUntil(related.isVisible)
    inner = related.widget()
    assert inner is not None
    qtbot.waitUntil(lambda: related.height() <= inner.sizeHint().height() + related.horizontalScrollBar().height())
    line = child(record, QPushButton, "record.related.points_there_person_fkey")
    assert line.height() >= line.sizeHint().height()
    assert fields.columnWidth(0) < fields.viewport().width() * 0.4  # short names leave more to the values
