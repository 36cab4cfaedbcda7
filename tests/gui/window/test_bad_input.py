"""Bad input in the real window: each gets a clear message and loses nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql as pgsql
from PySide6.QtWidgets import QLabel, QPushButton, QRadioButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.changeset import CellState
from nexus_studio.core.tasks import TaskContext
from nexus_studio.core.urls import url_of
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.ui.kit.pages import ErrorPage
from nexus_studio.ui.panels.data.conflict_dialog import ConflictDialog
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import (
    PATIENCE_MS,
    OpenWindow,
    cells_of,
    data_panel,
    open_table,
    row_at,
    rows_of,
    save,
    stage,
    wait_loaded,
)
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")
Sql = Callable[..., list[tuple[Any, ...]]]


def error_page(window: Studio, qtbot: QtBot) -> ErrorPage:
    page = window.findChild(ErrorPage, "error_page")
    assert isinstance(page, ErrorPage)
    qtbot.waitUntil(page.isVisible, timeout=PATIENCE_MS)
    return page


def test_a_wrong_url(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window("mysql://root:hunter2@localhost/shop", wait=False)
    page = error_page(window, qtbot)
    assert "hunter2" not in page.accessibleName() + page.accessibleDescription()
    assert page.accessibleName()


def test_a_dead_server(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window("postgresql://postgres:postgres@localhost:1/nexus_dev?schema=public", wait=False)
    page = error_page(window, qtbot)
    assert "localhost:1" in page.accessibleName()
    names = {button.objectName() for button in page.findChildren(QPushButton)}
    assert {"step_connection_retry", "step_demo_start", "step_compose_copy"} <= names


@pytest.fixture
def own_server(server_room: Path) -> Iterator[tuple[EmbeddedServer, Path]]:
    """A server of this test's own, to be stopped and started at will."""
    folder = server_room / "own"
    server = EmbeddedServer.start(folder, TaskContext.for_test())
    yield server, folder
    if server.is_running:
        server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_the_server_dies_and_comes_back(
    open_window: OpenWindow, own_server: tuple[EmbeddedServer, Path], qtbot: QtBot
) -> None:
    server, folder = own_server
    server.create_database_if_missing("shop")
    url = url_of(server.profile("shop"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE goods (id int PRIMARY KEY, name text)")
        connection.execute("INSERT INTO goods SELECT n, 'thing ' || n FROM generate_series(1, 50) AS n")
    window = open_window(url)
    page = open_table(qtbot, window, "goods")
    assert page.changes is not None
    stage(page, row_at(qtbot, page, 4), "name", "kept")

    server.stop()
    save(qtbot, page)
    assert page.is_dirty
    qtbot.waitUntil(lambda: window.context.notices.current() is not None, timeout=PATIENCE_MS)
    notice = window.context.notices.current()
    assert notice is not None
    reconnect = notice.buttons[0]

    again = EmbeddedServer.start(folder, TaskContext.for_test())
    try:
        with qtbot.waitSignal(window.connection.restored, timeout=PATIENCE_MS):
            reconnect.run()
        assert page.is_dirty
        wait_loaded(qtbot, page)
        save(qtbot, page)
        assert not page.is_dirty
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT name FROM goods WHERE id = 5").fetchone() == ("kept",)
    finally:
        window.connection.close()
        again.stop()


def test_a_value_the_column_refuses(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    window = open_window(seeded_url)
    page = open_table(qtbot, window, "session_bookings")
    row = row_at(qtbot, page, 0)
    assert page.changes is not None
    key = cells_of(page, row)
    stage(page, row, "rating", "9")
    stage(page, row, "feedback", "not written either")
    save(qtbot, page)
    assert page.is_dirty
    assert page.changes.state(row, "rating") is CellState.REJECTED or page.changes.state(row) is CellState.REJECTED
    assert page.changes.rejection(row, "rating") or page.changes.rejection(row)
    with psycopg.connect(seeded_url) as connection:
        found = connection.execute(
            "SELECT rating::text, feedback FROM session_bookings WHERE id = %s", (key["id"],)
        ).fetchone()
    assert found == (key["rating"], key["feedback"])


HOSTILE = ('Quo"te', "Cap Itals And Spaces", "emoji 🦊", "per%cent :colon", "x" * 63, "select")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(open_window: OpenWindow, pg_url: str, qtbot: QtBot, name: str) -> None:
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute(
            pgsql.SQL("CREATE TABLE {t} ({k} int PRIMARY KEY, {c} text)").format(
                t=pgsql.Identifier(name), k=pgsql.Identifier("k" + name[:40]), c=pgsql.Identifier(name)
            )
        )
        connection.execute(pgsql.SQL("INSERT INTO {} VALUES (1, 'old'), (2, 'other')").format(pgsql.Identifier(name)))
    window = open_window(pg_url)
    page = open_table(qtbot, window, name)
    assert page.changes is not None
    stage(page, row_at(qtbot, page, 0), name, "new")
    save(qtbot, page)
    assert not page.is_dirty
    with psycopg.connect(pg_url) as connection:
        statement = pgsql.SQL("SELECT {} FROM {} ORDER BY 1").format(pgsql.Identifier(name), pgsql.Identifier(name))
        assert connection.execute(statement).fetchall() == [("new",), ("other",)]


def test_fifty_megabytes_in_one_cell(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE big (id int PRIMARY KEY, body text, note text)")
        connection.execute("INSERT INTO big VALUES (1, repeat('abcdefghij', 5242880), 'n')")
    window = open_window(pg_url)
    page = open_table(qtbot, window, "big")
    row = row_at(qtbot, page, 0)
    assert page.changes is not None
    assert len(row.cells[1] or "") < 1000
    assert row.sizes[1] == 52428800
    stage(page, row, "note", "touched")
    save(qtbot, page)
    assert not page.is_dirty
    with psycopg.connect(pg_url) as connection:
        assert connection.execute("SELECT length(body), note FROM big").fetchone() == (52428800, "touched")


def test_sixteen_hundred_columns(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    columns = pgsql.SQL(", ").join(pgsql.SQL("{} int").format(pgsql.Identifier(f"c{number}")) for number in range(1599))
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute(pgsql.SQL("CREATE TABLE wide (id int PRIMARY KEY, {})").format(columns))
        connection.execute("INSERT INTO wide (id, c0, c1598) SELECT n, n, n FROM generate_series(1, 5) AS n")
    window = open_window(pg_url)
    page = open_table(qtbot, window, "wide")
    page.grid.select_cell(2, "c1598")
    page.grid.stage("c1598", "42")  # which was not read yet: only the columns in sight are
    qtbot.waitUntil(lambda: page.changes is not None and not page.changes.is_empty)
    save(qtbot, page)
    assert not page.is_dirty
    with psycopg.connect(pg_url) as connection:
        assert connection.execute("SELECT c1598 FROM wide WHERE id = 3").fetchone() == (42,)


def test_no_columns_and_no_rows(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bare ()")
        connection.execute("INSERT INTO bare DEFAULT VALUES")
        connection.execute("CREATE TABLE vacant (id int PRIMARY KEY)")
    window = open_window(pg_url)
    bare = open_table(qtbot, window, "bare")
    assert bare.relation is not None
    assert not bare.relation.columns
    vacant = open_table(qtbot, window, "vacant")
    assert rows_of(vacant) == 0
    assert data_panel(window).page is vacant


def test_a_row_deleted_by_someone_else(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    with psycopg.connect(pg_url, autocommit=True) as other:
        other.execute("CREATE TABLE goods (id int PRIMARY KEY, name text)")
        other.execute("INSERT INTO goods SELECT n, 'thing ' || n FROM generate_series(1, 9) AS n")
        window = open_window(pg_url)
        page = open_table(qtbot, window, "goods")
        assert page.changes is not None
        stage(page, row_at(qtbot, page, 0), "name", "mine")
        stage(page, row_at(qtbot, page, 1), "name", "mine too")
        other.execute("DELETE FROM goods WHERE id = 1")
        save(qtbot, page)
        assert page.is_dirty
        dialog = window.findChild(ConflictDialog)
        assert isinstance(dialog, ConflictDialog)
        assert other.execute("SELECT name FROM goods WHERE id = 2").fetchone() == ("thing 2",)
        apply = dialog.findChild(QPushButton, "conflict.apply")
        assert isinstance(apply, QPushButton)
        apply.click()
        save(qtbot, page)
        assert not page.is_dirty
        assert other.execute("SELECT name FROM goods ORDER BY id LIMIT 1").fetchone() == ("mine too",)


def test_the_same_cell_changed_by_someone_else(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    with psycopg.connect(pg_url, autocommit=True) as other:
        other.execute("CREATE TABLE goods (id int PRIMARY KEY, name text, price int)")
        other.execute("INSERT INTO goods VALUES (1, 'old', 1)")
        window = open_window(pg_url)
        page = open_table(qtbot, window, "goods")
        assert page.changes is not None
        stage(page, row_at(qtbot, page, 0), "name", "mine")
        other.execute("UPDATE goods SET price = 2")  # another column: merges by itself
        other.execute("UPDATE goods SET name = 'theirs'")
        save(qtbot, page)
        assert other.execute("SELECT name FROM goods").fetchone() == ("theirs",)
        dialog = window.findChild(ConflictDialog)
        assert isinstance(dialog, ConflictDialog)
        inside = child(dialog, QScrollArea, "conflict.rows")
        assert inside.verticalScrollBar().maximum() == 0  # one conflict is seen whole, and nothing but it
        shown = inside.widget()
        assert shown is not None
        assert dialog.height() < 2 * shown.sizeHint().height()
        mine = next(b for b in dialog.findChildren(QRadioButton) if b.objectName().startswith("conflict.mine"))
        mine.setChecked(True)
        dialog.accept()
        save(qtbot, page)
        assert other.execute("SELECT name, price FROM goods").fetchone() == ("mine", 2)


def test_a_table_without_a_key_is_edited_exactly(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    with psycopg.connect(pg_url, autocommit=True) as other:
        other.execute("CREATE TABLE twins (name text, place json)")
        other.execute("""INSERT INTO twins SELECT 'same', '{"a": 1}' FROM generate_series(1, 3)""")
        window = open_window(pg_url)
        page = open_table(qtbot, window, "twins")
        assert page.changes is not None
        stage(page, row_at(qtbot, page, 1), "name", "one")
        save(qtbot, page)
        assert not page.is_dirty
        assert other.execute("SELECT name FROM twins ORDER BY name").fetchall() == [("one",), ("same",), ("same",)]


def test_a_refresh_tells_that_an_edited_row_was_changed(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    with psycopg.connect(pg_url, autocommit=True) as other:
        other.execute("CREATE TABLE goods (id int PRIMARY KEY, name text, price int)")
        other.execute("INSERT INTO goods VALUES (1, 'old', 1), (2, 'old', 2)")
        page = open_table(qtbot, open_window(pg_url), "goods")
        stage(page, row_at(qtbot, page, 0), "name", "mine")
        stage(page, row_at(qtbot, page, 1), "name", "mine")
        count = child(page, QLabel, "change_count")
        other.execute("UPDATE goods SET price = 9")  # another column: in nobody's way
        with qtbot.waitSignal(page.grid.loaded, timeout=PATIENCE_MS):
            page.refresh()
        assert "somebody" not in count.text()
        other.execute("UPDATE goods SET name = 'theirs' WHERE id = 2")
        page.refresh()
        qtbot.waitUntil(lambda: "1 row changed by somebody" in count.text().replace("(s)", ""), timeout=PATIENCE_MS)
        page.saving.discard()
        assert child(page, QWidget, "change_bar").isHidden()
