"""A row made for a foreign key to point to: once it is saved, its key stands in the cell that waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from nexus_studio.ui.grid.editors.reference import ReferenceEditor
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, open_table, row_at, save
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
SHOP = """
CREATE TABLE place (
    id int GENERATED ALWAYS AS IDENTITY (START 40) PRIMARY KEY, name text NOT NULL, near int REFERENCES place
);
CREATE TABLE shop (id int PRIMARY KEY, place int REFERENCES place);
INSERT INTO shop VALUES (1, NULL)
"""


@pytest.fixture
def window(open_window: OpenWindow, pg_url: str, sql: Sql) -> Studio:
    sql(SHOP)
    return open_window(pg_url)


def want_new(qtbot: QtBot, window: Studio, page: TablePage, column: str) -> TablePage:
    """Press "New row in ..." in the picker, and return the tab of the table pointed to, with its new row."""
    page.edit_field(column)
    editor = page.grid.editing.editor
    assert isinstance(editor, ReferenceEditor)
    child(editor, QToolButton, "editor_new_target").click()
    target = data_panel(window).page
    assert target is not None
    qtbot.waitUntil(lambda: target.changes is not None and bool(target.changes.drafts()), timeout=PATIENCE_MS)
    return target


def fill(page: TablePage, name: str) -> None:
    assert page.changes is not None
    page.changes.edit_draft(page.changes.drafts()[-1].draft, "name", name)
    page.grid.changes_touched()


def test_the_key_that_the_server_made_goes_into_the_cell(window: Studio, qtbot: QtBot, sql: Sql) -> None:
    page = open_table(qtbot, window, "shop")
    row_at(qtbot, page, 0)
    target = want_new(qtbot, window, page, "place")
    assert target.name.name == "place"
    fill(target, "Nice")
    save(qtbot, target)
    qtbot.waitUntil(lambda: data_panel(window).page is page and page.is_dirty, timeout=PATIENCE_MS)
    assert page.changes is not None
    assert [dict(change.values) for change in page.changes.freeze()] == [{"place": "40"}]
    save(qtbot, page)
    assert sql("SELECT s.id, p.name FROM shop s JOIN place p ON p.id = s.place") == [(1, "Nice")]


def test_a_new_row_that_is_let_go_leaves_the_cell_alone(window: Studio, qtbot: QtBot) -> None:
    page = open_table(qtbot, window, "shop")
    row_at(qtbot, page, 0)
    target = want_new(qtbot, window, page, "place")
    assert target.changes is not None
    target.changes.discard_draft(target.changes.drafts()[-1].draft)
    target.changes.insert({"name": "another"})
    target.grid.changes_touched()
    save(qtbot, target)
    assert not page.is_dirty
    assert data_panel(window).page is target


def test_two_new_rows_alike_are_not_guessed_between(window: Studio, qtbot: QtBot) -> None:
    page = open_table(qtbot, window, "shop")
    row_at(qtbot, page, 0)
    target = want_new(qtbot, window, page, "place")
    fill(target, "Nice")
    assert target.changes is not None
    target.changes.insert({"name": "Nice"})
    target.grid.changes_touched()
    save(qtbot, target)
    assert not page.is_dirty
    assert any("Choose it in the cell" in notice.text for notice in window.context.notices.standing())


def test_a_table_that_points_to_itself(window: Studio, qtbot: QtBot, sql: Sql) -> None:
    sql("INSERT INTO place (name) VALUES ('first')")
    page = open_table(qtbot, window, "place")
    row_at(qtbot, page, 0)
    assert want_new(qtbot, window, page, "near") is page
    fill(page, "second")
    save(qtbot, page)
    qtbot.waitUntil(lambda: page.is_dirty, timeout=PATIENCE_MS)
    save(qtbot, page)
    assert sql("SELECT name, near FROM place ORDER BY id") == [("first", 41), ("second", None)]
