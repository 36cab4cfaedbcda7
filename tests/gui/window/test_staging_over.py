"""What comes from elsewhere does not replace staged edits unasked, and a save waits for what is still to be staged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.names import RelationName
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, open_table, row_at, stage
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
PEOPLE, PLACES = RelationName("public", "people"), RelationName("public", "places")


@pytest.fixture(autouse=True)
def _tables(sql: Sql) -> None:
    sql("CREATE TABLE people (id int PRIMARY KEY, name text, note text); CREATE TABLE places (id int PRIMARY KEY)")
    sql("INSERT INTO people VALUES (1, 'Anna', 'x'), (2, 'Bea', 'y'), (3, 'Cid', 'z'); INSERT INTO places VALUES (1)")


def change(key: str, values: dict[str, str], base: dict[str, str]) -> RowChange:
    return RowChange(PEOPLE, ChangeKind.UPDATE, 0, RowKey((key,)), dict(values), dict(base))


BACK = {
    PLACES: (RowChange(PLACES, ChangeKind.INSERT, 0, None, {"id": "2"}),),
    PEOPLE: (change("1", {"name": "Ann"}, {"name": "Anna"}), change("3", {"note": "old"}, {"note": "z"})),
}


def edited(studio: Studio, qtbot: QtBot) -> TablePage:
    """Stage edits of the cell that is to come back, and of another row."""
    page = open_table(qtbot, studio, "people")
    stage(page, row_at(qtbot, page, 0), "name", "mine")
    stage(page, row_at(qtbot, page, 2), "name", "Cyd")
    return page


def asked(studio: Studio, qtbot: QtBot) -> ConfirmDialog:
    qtbot.waitUntil(lambda: bool(studio.findChildren(ConfirmDialog)), timeout=PATIENCE_MS)
    return studio.findChildren(ConfirmDialog)[-1]


def name_of(page: TablePage, key: str) -> object:
    assert page.changes is not None
    rows = {row.key: row for row in page.changes.staged_rows()}
    return rows[RowKey((key,))].values.get("name") if RowKey((key,)) in rows else None


def test_edits_are_replaced_only_when_a_person_says_so(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    studio = open_window(pg_url)
    page = edited(studio, qtbot)
    studio.stage_all(BACK)
    dialog = asked(studio, qtbot)
    assert any("people: 1 row" in label.text() for label in dialog.findChildren(QLabel))
    child(dialog, QPushButton, "confirm_cancel").click()
    qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=PATIENCE_MS)
    assert name_of(page, "1") == "mine"
    assert [each.name for each in data_panel(studio).pages()] == [PEOPLE]  # all of it is staged, or nothing

    studio.stage_all(BACK)
    child(asked(studio, qtbot), QPushButton, "confirm_do").click()
    qtbot.waitUntil(lambda: len(data_panel(studio).pages()) == 2, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: name_of(page, "1") == "Ann", timeout=PATIENCE_MS)
    assert name_of(page, "3") == "Cyd"  # another cell of a row that comes back in part
    assert page.changes is not None
    page.changes.undo()
    assert name_of(page, "1") == "mine"


def test_nothing_is_asked_where_nothing_is_replaced(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    studio = open_window(pg_url)
    page = open_table(qtbot, studio, "people")
    stage(page, row_at(qtbot, page, 0), "note", "mine")
    stage(page, row_at(qtbot, page, 1), "name", "mine")
    studio.stage_all(BACK)
    qtbot.waitUntil(lambda: name_of(page, "1") == "Ann", timeout=PATIENCE_MS)
    assert not studio.findChildren(ConfirmDialog)


def test_a_deletion_does_not_give_way_unasked(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    studio = open_window(pg_url)
    page = open_table(qtbot, studio, "people")
    assert page.changes is not None
    page.changes.delete(row_at(qtbot, page, 0))
    studio.stage(PEOPLE, BACK[PEOPLE])
    child(asked(studio, qtbot), QPushButton, "confirm_cancel").click()
    assert page.changes.counts.deleted == 1
    assert page.changes.counts.edited == 0


def test_a_save_waits_for_what_is_still_to_be_staged(
    open_window: OpenWindow, pg_url: str, qtbot: QtBot, sql: Sql
) -> None:
    studio = open_window(pg_url)
    studio.stage(PEOPLE, BACK[PEOPLE])
    page = data_panel(studio).page
    assert page is not None
    assert page.changes is None  # it is not known yet what the table is like
    assert page.is_dirty
    page.saving.save()
    page.saving.save()
    qtbot.waitUntil(lambda: not page.is_dirty and studio.context.runner.is_idle, timeout=PATIENCE_MS)
    assert sql("SELECT name, note FROM people ORDER BY id") == [("Ann", "x"), ("Bea", "y"), ("Cid", "old")]


def test_a_save_waits_for_the_other_tabs_too(open_window: OpenWindow, pg_url: str, qtbot: QtBot, sql: Sql) -> None:
    studio = open_window(pg_url)
    open_table(qtbot, studio, "places")
    studio.stage_all(BACK)
    panel = data_panel(studio)
    page = next(each for each in panel.pages() if each.name == PLACES)
    assert any(each.changes is None for each in panel.pages())
    page.saving.save()
    qtbot.waitUntil(lambda: not any(each.is_dirty for each in panel.pages()), timeout=PATIENCE_MS)
    assert sql("SELECT count(*) FROM places") == [(2,)]
    assert sql("SELECT name FROM people WHERE id = 1") == [("Ann",)]
