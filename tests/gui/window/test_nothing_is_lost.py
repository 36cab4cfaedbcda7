"""Nothing that happens around staged edits loses one: steps back and forth, other questions, a dead server, closing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import DEFAULT
from nexus_studio.core.data.changeset import CellState
from nexus_studio.core.data.filters import AllOf, Condition
from nexus_studio.core.data.rowquery import Sort
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.core.tasks import TaskContext
from nexus_studio.core.urls import url_of
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.data.draft_offer import DraftOffer
from nexus_studio.ui.panels.data.table_page import TablePage
from tests.support.fix_window import (
    PATIENCE_MS,
    OpenWindow,
    cells_of,
    data_panel,
    open_table,
    row_at,
    save,
    stage,
    wait_loaded,
)


@pytest.fixture
def goods_url(pg_url: str) -> str:
    make_goods(pg_url)
    return pg_url


def make_goods(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE goods (id int PRIMARY KEY, name text NOT NULL DEFAULT 'none', price numeric)")
        connection.execute("INSERT INTO goods SELECT n, 'thing ' || n, n FROM generate_series(1, 3000) AS n")


def staged(page: TablePage) -> tuple[StagedRow, ...]:
    assert page.changes is not None
    return page.changes.staged_rows()


def test_every_single_step_is_taken_back_and_done_again(qtbot: QtBot, open_window: OpenWindow, goods_url: str) -> None:
    page = open_table(qtbot, open_window(goods_url), "goods")
    changes = page.changes
    assert changes is not None
    first, second = row_at(qtbot, page, 0), row_at(qtbot, page, 1)
    draft = 0

    def insert() -> None:
        nonlocal draft
        draft = changes.insert({"id": "9001"})

    steps: list[Callable[[], object]] = [
        lambda: changes.edit(first, "name", "a"),
        lambda: changes.edit(first, "price", None),
        lambda: changes.edit(first, "name", "b"),
        lambda: changes.edit(first, "name", DEFAULT),
        insert,
        lambda: changes.edit_draft(draft, "name", ""),
        lambda: changes.delete(second),
        lambda: changes.undelete(second),
        lambda: changes.delete(first),
        lambda: changes.discard_draft(draft),
        page.saving.discard,
    ]
    states = [staged(page)]
    for step in steps:
        step()
        page.grid.changes_touched()
        states.append(staged(page))

    for state in reversed(states[:-1]):
        page.grid.undo()
        assert staged(page) == state
    assert not changes.can_undo
    for state in states[1:]:
        page.grid.redo()
        assert staged(page) == state
    assert not changes.can_redo


def test_ten_thousand_single_steps_are_all_taken_back(qtbot: QtBot, open_window: OpenWindow, goods_url: str) -> None:
    page = open_table(qtbot, open_window(goods_url), "goods")
    changes = page.changes
    assert changes is not None
    row = row_at(qtbot, page, 0)
    for number in range(10_000):
        changes.edit(row, "name", f"name {number}")

    taken = 0
    while changes.undo():
        taken += 1

    assert taken == 10_000
    assert changes.is_empty


def test_typing_the_original_again_clears_the_mark(qtbot: QtBot, open_window: OpenWindow, goods_url: str) -> None:
    page = open_table(qtbot, open_window(goods_url), "goods")
    changes = page.changes
    assert changes is not None
    row = row_at(qtbot, page, 0)
    for text in ("other", "thing 1"):
        page.edit_field("name")
        editor = page.grid.editing.editor
        assert editor is not None
        editor.start_with(text)
        assert editor.commit()
        expected = CellState.EDITED if text == "other" else CellState.CLEAN
        assert changes.state(row, "name") is expected
    assert changes.is_empty
    assert page.change_bar.isHidden()


def test_other_questions_and_reading_again_keep_every_edit(
    qtbot: QtBot, open_window: OpenWindow, goods_url: str
) -> None:
    window = open_window(goods_url)
    page = open_table(qtbot, window, "goods")
    changes = page.changes
    assert changes is not None
    stage(page, row_at(qtbot, page, 0), "name", "mine")
    changes.delete(row_at(qtbot, page, 2))
    changes.insert({"id": "9001", "name": "new"})
    page.grid.changes_touched()
    before = staged(page)

    def asks() -> Iterator[Callable[[], object]]:
        yield lambda: page.grid.set_sort((Sort("price", descending=True),))
        yield lambda: page.ask(page.query.filtered_by(AllOf((Condition("id", "is", ("7",)),))))
        yield lambda: page.ask(page.query.filtered_by(AllOf()))
        yield lambda: page.ask(page.query.searching("thing 5"))
        yield lambda: page.ask(page.query.searching(""))
        yield lambda: page.grid.go_to_row(2_900)
        yield lambda: page.grid.set_sort(())
        yield page.refresh
        yield page.reload
        yield data_panel(window).refresh
        yield lambda: page.grid.go_to_row(0)

    for ask in asks():
        ask()
        wait_loaded(qtbot, page)
        assert page.changes is changes
        assert staged(page) == before
    save(qtbot, page)
    with psycopg.connect(goods_url) as connection:
        found = connection.execute("SELECT id, name FROM goods WHERE id IN (1, 3, 9001) ORDER BY id").fetchall()
    assert found == [(1, "mine"), (9001, "new")]


def test_a_column_that_comes_meanwhile_loses_no_edit(qtbot: QtBot, open_window: OpenWindow, goods_url: str) -> None:
    window = open_window(goods_url)
    page = open_table(qtbot, window, "goods")
    stage(page, row_at(qtbot, page, 0), "name", "mine")
    with psycopg.connect(goods_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE goods ADD COLUMN more text")

    data_panel(window).refresh()
    qtbot.waitUntil(
        lambda: any(each.key == "columns" for each in window.context.notices.history()), timeout=PATIENCE_MS
    )

    assert [row.values for row in staged(page)] == [{"name": "mine"}]
    save(qtbot, page)
    with psycopg.connect(goods_url) as connection:
        assert connection.execute("SELECT name FROM goods WHERE id = 1").fetchone() == ("mine",)


@contextmanager
def answering(answer: Callable[[ConfirmDialog], object]) -> Iterator[list[str]]:
    """Answer the next question that is asked; what it said is in the list."""
    said: list[str] = []
    timer = QTimer()

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, ConfirmDialog):
            timer.stop()
            said.append(dialog.windowTitle())
            answer(dialog)

    timer.timeout.connect(look)
    timer.start(10)
    yield said
    timer.stop()


def test_closing_a_tab_asks_also_for_what_is_only_typed(qtbot: QtBot, open_window: OpenWindow, goods_url: str) -> None:
    window = open_window(goods_url)
    page = open_table(qtbot, window, "goods")
    row_at(qtbot, page, 0)
    page.edit_field("name")
    editor = page.grid.editing.editor
    assert editor is not None
    qtbot.keyClicks(editor.focusProxy(), "typed")

    with answering(ConfirmDialog.reject) as said:
        data_panel(window).close_tab()

    assert len(said) == 1
    assert data_panel(window).page is page
    assert [row.values for row in staged(page)] == [{"name": "typed"}]
    with answering(ConfirmDialog.accept):
        data_panel(window).close_tab()
    assert data_panel(window).page is None


def test_a_text_that_is_no_value_yet_is_asked_about_too(qtbot: QtBot, open_window: OpenWindow, goods_url: str) -> None:
    window = open_window(goods_url)
    page = open_table(qtbot, window, "goods")
    row_at(qtbot, page, 0)
    page.edit_field("price")
    editor = page.grid.editing.editor
    assert editor is not None
    editor.start_with("-")

    with answering(ConfirmDialog.reject) as said:
        data_panel(window).close_tab()

    assert len(said) == 1
    assert page.grid.editing.editor is editor
    assert editor.typed == "-"
    page.grid.editing.cancel()


def test_connections_that_are_cut_lose_no_edit(qtbot: QtBot, open_window: OpenWindow, goods_url: str) -> None:
    window = open_window(goods_url)
    page = open_table(qtbot, window, "goods")
    stage(page, row_at(qtbot, page, 0), "name", "before")
    second = row_at(qtbot, page, 1)
    with psycopg.connect(goods_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    stage(page, second, "name", "after")
    page.refresh()
    window.connection.check()
    qtbot.waitUntil(lambda: window.context.runner.is_idle, timeout=PATIENCE_MS)

    assert [row.values for row in staged(page)] == [{"name": "before"}, {"name": "after"}]
    save(qtbot, page)
    qtbot.waitUntil(lambda: not page.is_dirty, timeout=PATIENCE_MS)


def test_a_server_that_was_stopped_and_started_again_loses_no_edit(
    qtbot: QtBot, open_window: OpenWindow, server_room: Path
) -> None:
    room = server_room / "restarted"
    server = EmbeddedServer.start(room, TaskContext.for_test())
    try:
        server.create_database_if_missing("goods")
        url = url_of(server.profile("goods"))
        make_goods(url)
        window = open_window(url)
        page = open_table(qtbot, window, "goods")
        stage(page, row_at(qtbot, page, 0), "name", "before")
        second = row_at(qtbot, page, 1)
        server.stop()
        assert not server.is_running

        page.saving.save()
        qtbot.waitUntil(lambda: not page.saving.is_running, timeout=PATIENCE_MS)
        stage(page, second, "name", "while it was down")
        page.refresh()
        qtbot.waitUntil(lambda: window.context.runner.is_idle, timeout=PATIENCE_MS)
        assert [row.values for row in staged(page)] == [{"name": "before"}, {"name": "while it was down"}]

        server = EmbeddedServer.start(room, TaskContext.for_test())
        with qtbot.waitSignal(window.connection.restored, timeout=PATIENCE_MS):
            window.connection.check()
        wait_loaded(qtbot, page)
        save(qtbot, page)
        assert not page.is_dirty
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT name FROM goods WHERE id <= 2 ORDER BY id").fetchall()
        assert found == [("before",), ("while it was down",)]
        window.disconnect_now()
    finally:
        server.stop()


def test_an_edit_that_needs_the_dead_server_waits_for_it(
    qtbot: QtBot, open_window: OpenWindow, server_room: Path
) -> None:
    room = server_room / "waited_for"
    server = EmbeddedServer.start(room, TaskContext.for_test())
    try:
        server.create_database_if_missing("loose")
        url = url_of(server.profile("loose"))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE loose (a text, body text)")  # no key: all cells are needed whole
            connection.execute("INSERT INTO loose VALUES ('one', repeat('long ', 1000))")
        window = open_window(url)
        page = open_table(qtbot, window, "loose")
        row_at(qtbot, page, 0)
        shown, column = page.grid.current_row(), page.grid.current_column()
        assert shown is not None
        assert column is not None
        server.stop()

        page.grid.stager.set_cells([(shown, column, "typed")])
        qtbot.waitUntil(lambda: window.context.runner.is_idle, timeout=PATIENCE_MS)
        assert staged(page) == ()
        assert page.is_dirty  # closing would ask

        server = EmbeddedServer.start(room, TaskContext.for_test())
        with qtbot.waitSignal(window.connection.restored, timeout=PATIENCE_MS):
            window.connection.check()
        qtbot.waitUntil(lambda: [row.values for row in staged(page)] == [{"a": "typed"}], timeout=PATIENCE_MS)
        save(qtbot, page)
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT a, length(body) FROM loose").fetchall() == [("typed", 5000)]
        window.disconnect_now()
    finally:
        server.stop()


def test_connecting_anew_without_a_question_offers_the_edits_again(
    qtbot: QtBot, open_window: OpenWindow, goods_url: str
) -> None:
    window = open_window(goods_url)
    page = open_table(qtbot, window, "goods")
    row = row_at(qtbot, page, 0)
    stage(page, row, "name", "mine")
    target = window.connection.target
    assert target is not None

    with qtbot.waitSignal(window.connection.opened, timeout=PATIENCE_MS):
        window.connection.connect_to(target)  # as after a password was typed again
    page = open_table(qtbot, window, "goods")
    qtbot.waitUntil(lambda: page.findChild(DraftOffer) is not None, timeout=PATIENCE_MS)
    offer = page.findChild(DraftOffer)
    assert isinstance(offer, DraftOffer)
    offer.restore_asked.emit()
    qtbot.waitUntil(lambda: page.is_dirty, timeout=PATIENCE_MS)

    assert [each.values for each in staged(page)] == [{"name": "mine"}]
    assert cells_of(page, row)["id"] == "1"
