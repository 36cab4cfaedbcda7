"""The filter bar over real rows: what is refused is said at its chip, a long search can be stopped and says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.filters import AllOf, AnyOf, Condition, Not, Raw
from nexus_studio.core.errors import ConnectionLost
from nexus_studio.services import rowsource
from nexus_studio.ui.grid.condition_popup import ConditionPopup
from nexus_studio.ui.grid.raw_filter import RawPopup
from nexus_studio.ui.grid.raw_text import RawText
from nexus_studio.ui.panels.data.table_page import TablePage
from tests.support.fix_window import PATIENCE_MS, OpenWindow, cells_of, open_table, row_at, wait_loaded
from tests.support.widgets import child

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def people(sql: Sql, pg_url: str, open_window: OpenWindow, qtbot: QtBot) -> TablePage:
    sql("CREATE TABLE people (id int PRIMARY KEY, name text, role text)")
    sql(
        "INSERT INTO people SELECT n, 'name ' || n, CASE WHEN n % 2 = 0 THEN 'A' ELSE 'B' END"
        " FROM generate_series(1, 50) n"
    )
    return open_table(qtbot, open_window(pg_url), "people")


@pytest.fixture
def lock(people: TablePage, pg_url: str) -> Iterator[psycopg.Connection]:
    """Another session that keeps the table to itself until it is rolled back: questions wait."""
    del people  # it must stand before it is locked
    with psycopg.connect(pg_url) as connection:
        connection.execute("LOCK TABLE people IN ACCESS EXCLUSIVE MODE")
        yield connection


def ids(page: TablePage, qtbot: QtBot, count: int) -> list[str]:
    return [cells_of(page, row_at(qtbot, page, place))["id"] for place in range(count)]


def total(page: TablePage) -> int:
    assert page.grid.count is not None
    return page.grid.count.value


def test_groups_and_sql_find_the_rows(people: TablePage, qtbot: QtBot) -> None:
    near = AnyOf((Condition.of("id", "is", "3"), Condition.of("id", "is", "4"), Raw("id % 25 = 0")))
    people.filter_bar.applied.emit(AllOf((near, Not(Condition.of("role", "is", "A")))))
    wait_loaded(qtbot, people)
    assert ids(people, qtbot, 2) == ["3", "25"]
    people.filter_bar.begin_sql()
    popup = people.filter_bar.popup
    assert isinstance(popup, RawPopup)
    text = child(popup, RawText, "raw_text")
    text.setPlainText("name LIKE '%5'")
    qtbot.keyClick(text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: people.query.filter == people.filter_bar.filter != AllOf(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: len(people.filter_bar.chips.parts) == 3, timeout=PATIENCE_MS)
    wait_loaded(qtbot, people)
    assert ids(people, qtbot, 1) == ["25"]


def test_what_the_server_refuses_is_marked_at_its_chip(people: TablePage, qtbot: QtBot) -> None:
    bar, good, bad = people.filter_bar, Condition.of("id", "gt", "10"), Condition.of("name", "matches", "(x")
    bar.applied.emit(AllOf((good,)))
    wait_loaded(qtbot, people)
    bar.applied.emit(AllOf((good, bad, Condition.of("id", "lt", "20"))))
    qtbot.waitUntil(lambda: [chip.is_marked for chip in bar.chips.chips] == [False, True, False], timeout=PATIENCE_MS)
    assert "regular expression" in bar.message.text
    assert ids(people, qtbot, 1) == ["11"]  # the rows of the former question stay
    child(bar, QPushButton, "filter_step_back").click()
    assert bar.filter == AllOf((good,)) == people.query.filter
    assert bar.message.text == ""


def test_a_filter_that_would_write_is_refused_at_the_bar(people: TablePage, sql: Sql, qtbot: QtBot) -> None:
    sql("CREATE SEQUENCE s")
    bar, told = people.filter_bar, list[object]()
    people.failed.connect(told.append)
    bar.applied.emit(Raw("nextval('s') > 0"))
    qtbot.waitUntil(lambda: "only read" in bar.message.text, timeout=PATIENCE_MS)
    assert "nextval" in bar.message.text
    assert [chip.is_marked for chip in bar.chips.chips] == [True]
    child(bar, QPushButton, "filter_step_back").click()
    assert bar.filter == AllOf() == people.query.filter
    assert bar.message.text == ""
    assert told == []  # nothing was said elsewhere


def test_a_bad_path_is_refused_at_its_chip_in_the_servers_words(people: TablePage, qtbot: QtBot) -> None:
    bar, told = people.filter_bar, list[object]()
    people.failed.connect(told.append)
    path = Raw("to_jsonb(name) @? ('$.' || left(name, 0))::jsonpath")
    bar.applied.emit(AllOf((Condition.of("id", "gt", "0"), path)))
    qtbot.waitUntil(lambda: "jsonpath" in bar.message.text, timeout=PATIENCE_MS)
    assert "Nothing was changed" not in bar.message.text
    qtbot.waitUntil(lambda: [chip.is_marked for chip in bar.chips.chips] == [False, True], timeout=PATIENCE_MS)
    assert told == []


def test_a_filter_that_works_takes_the_message_of_the_last_one_down(people: TablePage, qtbot: QtBot) -> None:
    bar = people.filter_bar
    bar.applied.emit(Condition.of("name", "matches", "(x"))
    qtbot.waitUntil(lambda: "regular expression" in bar.message.text, timeout=PATIENCE_MS)
    people.grid.filter_by_requested.emit(Condition.of("role", "is", "A"))
    assert bar.message.text == ""
    wait_loaded(qtbot, people)
    assert ids(people, qtbot, 1) == ["2"]
    assert bar.message.text == ""


def test_a_filter_that_ends_the_connection_is_not_shown_as_applied(people: TablePage, qtbot: QtBot) -> None:
    bar, told = people.filter_bar, list[object]()
    people.failed.connect(told.append)
    bar.applied.emit(Raw("pg_terminate_backend(pg_backend_pid())"))
    qtbot.waitUntil(lambda: "from before" in bar.message.text, timeout=PATIENCE_MS)
    assert [type(error) for error in told] == [ConnectionLost]
    child(bar, QPushButton, "filter_step_back").click()
    assert bar.filter == AllOf()


def test_a_filter_on_a_lost_column_says_so_at_its_chip(people: TablePage, qtbot: QtBot) -> None:
    bar = people.filter_bar
    bar.applied.emit(AllOf((Condition.of("id", "is", "1"), Condition.of("gone", "is", "1"))))
    qtbot.waitUntil(lambda: [chip.is_marked for chip in bar.chips.chips] == [False, True], timeout=PATIENCE_MS)
    assert "gone" in bar.message.text
    bar.chips.remove_part(1)
    wait_loaded(qtbot, people)
    assert bar.message.text == ""
    assert ids(people, qtbot, 1) == ["1"]


def test_escape_clears_the_search_and_goes_back_to_the_rows(people: TablePage, qtbot: QtBot) -> None:
    field = child(people.filter_bar, QLineEdit, "filter_search")
    qtbot.keyClicks(field, "name 33")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: people.query.search == "name 33")
    wait_loaded(qtbot, people)
    assert ids(people, qtbot, 1) == ["33"]
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""
    assert people.query.search == ""
    left: list[bool] = []
    people.filter_bar.left.connect(lambda: left.append(True))
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert left == [True]


def test_a_running_search_is_stopped_on_the_server(
    people: TablePage, lock: psycopg.Connection, sql: Sql, qtbot: QtBot
) -> None:
    bar = people.filter_bar
    field = child(bar, QLineEdit, "filter_search")
    qtbot.keyClicks(field, "nowhere")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bar.message.text.startswith("Searching"), timeout=PATIENCE_MS)
    searching = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%ILIKE%'"
    assert sql(searching)[0][0] == 1
    child(bar, QPushButton, "filter_step_stop").click()
    qtbot.waitUntil(lambda: sql(searching)[0][0] == 0, timeout=PATIENCE_MS)
    lock.rollback()
    wait_loaded(qtbot, people)
    assert bar.message.text == ""
    assert people.query.search == ""
    assert field.text() == "nowhere"  # a draft: Enter asks again
    assert ids(people, qtbot, 1) == ["1"]


def test_a_search_that_takes_too_long_says_what_to_do(
    people: TablePage, sql: Sql, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql("INSERT INTO people SELECT n, 'name ' || n, repeat('role', 100) FROM generate_series(51, 20000) n")
    monkeypatch.setattr(rowsource, "SEARCH_TIMEOUT_MS", 1)
    bar = people.filter_bar
    bar.search.setText("nowhere")
    bar.apply_search()
    qtbot.waitUntil(lambda: "pg_trgm" in bar.message.text, timeout=PATIENCE_MS)
    assert people.query.search == ""
    assert ids(people, qtbot, 1) == ["1"]
    child(bar, QPushButton, "filter_step_column").click()
    popup = bar.popup
    assert isinstance(popup, ConditionPopup)
    assert child(popup, QLineEdit, "condition_value").text() == "nowhere"
    assert bar.search.text() == ""
    popup.close()


def test_going_back_brings_the_search_back(people: TablePage, qtbot: QtBot) -> None:
    people.ask(people.query.searching("name 4"))
    assert people.filter_bar.search.text() == "name 4"
    people.ask(people.query.searching(""))
    assert people.filter_bar.search.text() == ""
