"""Changes that another panel asks to stage: they come into the table's page, and a person saves them there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.names import RelationName
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, save, wait_loaded

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
PEOPLE = RelationName("public", "people")
GONE = RowChange(PEOPLE, ChangeKind.INSERT, 0, None, {"id": "2", "name": "Bea"})
CHANGED = RowChange(PEOPLE, ChangeKind.UPDATE, 0, RowKey(("1",)), {"name": "Ann"}, {"name": "Anna"})


@pytest.fixture(autouse=True)
def _people(sql: Sql) -> None:
    sql("CREATE TABLE people (id int PRIMARY KEY, name text)")
    sql("INSERT INTO people VALUES (1, 'Anna')")


def test_rows_are_staged_and_saved_there(open_window: OpenWindow, pg_url: str, sql: Sql, qtbot: QtBot) -> None:
    studio = open_window(pg_url)
    studio.stage(PEOPLE, (GONE, CHANGED))
    page = data_panel(studio).page
    assert page is not None
    wait_loaded(qtbot, page)
    qtbot.waitUntil(lambda: page.is_dirty, timeout=PATIENCE_MS)
    assert page.changes is not None
    assert (page.changes.counts.inserted, page.changes.counts.edited) == (1, 1)
    assert sql("SELECT * FROM people") == [(1, "Anna")]  # nothing is written before it is saved
    save(qtbot, page)
    assert sql("SELECT * FROM people ORDER BY id") == [(1, "Ann"), (2, "Bea")]


def test_a_row_that_changed_meanwhile_is_a_conflict(
    open_window: OpenWindow, pg_url: str, sql: Sql, qtbot: QtBot
) -> None:
    studio = open_window(pg_url)
    sql("UPDATE people SET name = 'Anne'")
    studio.stage(PEOPLE, (CHANGED,))
    page = data_panel(studio).page
    assert page is not None
    wait_loaded(qtbot, page)  # a tab is dirty already while what is to be staged waits for it
    qtbot.waitUntil(lambda: page.is_dirty, timeout=PATIENCE_MS)
    save(qtbot, page)
    assert page.changes is not None
    assert len(page.changes.conflicts()) == 1
    assert sql("SELECT name FROM people") == [("Anne",)]


def test_nothing_is_staged_where_nothing_may_be_written(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    studio = open_window(pg_url, read_only=True)
    studio.stage(PEOPLE, (GONE,))
    page = data_panel(studio).page
    assert page is not None
    qtbot.waitUntil(lambda: studio.context.notices.current() is not None, timeout=PATIENCE_MS)
    assert not page.is_dirty
    notice = studio.context.notices.current()
    assert notice is not None
    assert notice.text == "This connection is read-only."
