"""The strip that says what a question costs: its words, and that it stops, asks and goes away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cost import CostReason, IndexColumn, MissingIndex, QueryCost
from nexus_studio.core.data.filters import AllOf, Raw
from nexus_studio.core.data.rowquery import Sort
from nexus_studio.core.names import RelationName
from nexus_studio.ui.grid.cost_bar import CostBar
from nexus_studio.ui.grid.cost_words import DOING, cost_words, index_words, time_words
from nexus_studio.ui.grid.index_dialog import IndexDialog
from nexus_studio.ui.panels.data.panel import DataPanel
from nexus_studio.ui.panels.data.table_page import TablePage
from tests.support.fix_window import PATIENCE_MS, OpenWindow, open_table, wait_loaded
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

Sql = Callable[..., list[tuple[Any, ...]]]

INDEX = MissingIndex(
    RelationName("public", "t"),
    "t_name_id_idx",
    (IndexColumn("name"), IndexColumn("id")),
    statements=("CREATE INDEX CONCURRENTLY t_name_id_idx ON public.t (name, id);",),
)
DEAR = QueryCost(10_000_558, 10_000_558, 5.2, reason=CostReason.SORT, sorted_by=("name",), missing_index=INDEX)
DEARER = QueryCost(10_000_558, 10_000_558, 200, reason=CostReason.SORT, sorted_by=("name",))


@pytest.fixture
def bar(qtbot: QtBot) -> CostBar:
    bar = CostBar()
    qtbot.addWidget(bar)
    bar.resize(900, 40)
    return bar


def button(root: CostBar, name: str) -> QPushButton:
    return child(root, QPushButton, name)


# ---- words


def test_every_reason_has_words() -> None:
    assert set(DOING) == set(CostReason)


def test_a_cost_in_words() -> None:
    words = cost_words(DEAR)
    assert words.replace(",", "") == "Sorting ~10000000 rows by name without an index: about 5 seconds."
    assert "without an index" not in cost_words(DEARER)


@pytest.mark.parametrize("reason", CostReason)
def test_no_word_is_left_unfilled(reason: CostReason) -> None:
    for seconds, at_most in ((5, 5), (0.1, 90)):
        words = cost_words(QueryCost(2_345_678, 2_000_000, seconds, 9_999_999, at_most, reason, ("a", "b"), 4.0))
        assert "{" not in words
        assert ("at most" in words) is (at_most > seconds)
        assert ("gives up after 4 seconds" in words) is (seconds > 4)
    assert "2300000" in cost_words(QueryCost(2_345_678, 2_300_000, 5, reason=reason)).replace(",", "")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.6, "about a second"),
        (7.4, "about 7 seconds"),
        (23, "about 25 seconds"),
        (70, "about a minute"),
        (500, "about 8 minutes"),
        (3700, "about an hour"),
        (40_000, "about 11 hours"),
        (1e6, "more than a day"),
    ],
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert time_words(seconds) == words


@pytest.mark.parametrize(
    ("method", "trigrams", "word"),
    [("btree", False, "An index"), ("gin", False, "GIN"), ("gist", False, "GiST"), ("gin", True, "trigram")],
)
def test_indexes_in_words(method: str, trigrams: bool, word: str) -> None:
    index = MissingIndex(RelationName("public", "t"), "i", (IndexColumn("a"), IndexColumn("b")), method, trigrams)
    assert word in index_words(index)
    assert "a, b" in index_words(index)


# ---- the strip


def test_what_comes_at_once_is_not_talked_about(bar: CostBar, qtbot: QtBot) -> None:
    bar.show_cost(QueryCost(100, 0, 0.01))
    assert bar.isHidden()
    bar.show_cost(DEAR)
    assert bar.isHidden()
    bar.clear()
    with qtbot.assertNotEmitted(bar.shown_changed, wait=400):
        pass
    assert bar.isHidden()


def test_a_dear_question_can_be_stopped(bar: CostBar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bar.shown_changed, timeout=PATIENCE_MS):
        bar.show_cost(DEAR)
    assert "about 5 seconds" in child(bar, QLabel, "cost_words").text()
    assert not bar.is_asking
    assert button(bar, "cost_go_on").isHidden()
    with qtbot.waitSignal(bar.stop_asked, timeout=PATIENCE_MS):
        qtbot.mouseClick(button(bar, "cost_stop"), Qt.MouseButton.LeftButton)


def test_a_dearer_one_asks_first(bar: CostBar, qtbot: QtBot) -> None:
    bar.show_cost(DEARER)
    assert not bar.isHidden()
    assert bar.is_asking
    assert button(bar, "cost_stop").isHidden()
    assert button(bar, "cost_index").isHidden()
    with qtbot.waitSignal(bar.go_on_asked, timeout=PATIENCE_MS):
        qtbot.mouseClick(button(bar, "cost_go_on"), Qt.MouseButton.LeftButton)
    assert not bar.is_asking
    assert not bar.isHidden()
    assert not button(bar, "cost_stop").isHidden()


def test_escape_leaves_it(bar: CostBar, qtbot: QtBot) -> None:
    bar.show_cost(DEARER)
    with qtbot.waitSignal(bar.give_up_asked, timeout=PATIENCE_MS):
        qtbot.keyClick(button(bar, "cost_go_on"), Qt.Key.Key_Escape)


def test_everything_has_a_name_and_is_reached_by_tab(bar: CostBar) -> None:
    bar.show_cost(DEARER)
    assert unnamed_widgets(bar) == []
    assert unreachable_widgets(bar) == []


def test_the_index_is_shown_and_copied(bar: CostBar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bar.shown_changed, timeout=PATIENCE_MS):
        bar.show_cost(DEAR)
    qtbot.mouseClick(button(bar, "cost_index"), Qt.MouseButton.LeftButton)
    dialog = child(bar, IndexDialog, "index_dialog")
    assert unnamed_widgets(dialog) == []
    assert child(dialog, QPlainTextEdit, "index_sql").toPlainText() == INDEX.statements[0]
    with qtbot.waitSignal(dialog.destroyed, timeout=PATIENCE_MS):
        qtbot.mouseClick(child(dialog, QPushButton, "index_copy"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == INDEX.statements[0]


# ---- with the rows


@pytest.fixture
def slow_url(sql: Sql, pg_url: str) -> str:
    """A database with 1000 rows, and functions that are slow, that only seem to be, and that fail late."""
    sql("CREATE TABLE t (id int PRIMARY KEY, name text)")
    sql("INSERT INTO t SELECT n, 'name ' || n FROM generate_series(1, 1000) n; ANALYZE t")
    for name, body, price in (
        ("slow", "PERFORM pg_sleep(0.05); RETURN n;", 1_000_000),
        ("seems_slow", "RETURN n;", 100_000_000),
        ("fails", "IF n = 20 THEN RAISE division_by_zero; END IF; PERFORM pg_sleep(0.05); RETURN n;", 1_000_000),
    ):
        sql(f"CREATE FUNCTION {name}(n int) RETURNS int LANGUAGE plpgsql COST {price} AS $$ BEGIN {body} END $$")
    return pg_url


@pytest.fixture
def page(slow_url: str, open_window: OpenWindow, qtbot: QtBot) -> TablePage:
    return open_table(qtbot, open_window(slow_url), "t")


def bar_of(page: TablePage, qtbot: QtBot) -> CostBar:
    def is_shown() -> bool:
        bar = page.findChild(CostBar, "cost_bar")
        return bar is not None and not bar.isHidden()

    qtbot.waitUntil(is_shown, timeout=PATIENCE_MS)
    return child(page, CostBar, "cost_bar")


def data_panel_of(page: TablePage) -> DataPanel:
    above = page.parentWidget()
    while not isinstance(above, DataPanel):
        assert above is not None
        above = above.parentWidget()
    return above


def running(sql: Sql) -> int:
    found = sql(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%slow(%'"
        " AND pid <> pg_backend_pid() AND datname = current_database()"
    )
    return int(found[0][0])


def ask_raw(page: TablePage, expression: str) -> None:
    page.filter_bar.chips.take(Raw(expression))
    assert page.filter_bar.filter != AllOf()


def test_cheap_questions_make_no_strip(page: TablePage, qtbot: QtBot) -> None:
    page.grid.set_sort((Sort("name"),))
    wait_loaded(qtbot, page)
    assert page.findChild(CostBar, "cost_bar") is None


def test_stop_ends_it_on_the_server_and_brings_the_former_question_back(
    page: TablePage, qtbot: QtBot, sql: Sql
) -> None:
    former = page.query
    ask_raw(page, "slow(id) < 0")
    bar = bar_of(page, qtbot)
    qtbot.waitUntil(lambda: running(sql) == 1, timeout=PATIENCE_MS)
    assert any(task.title for task in page.grid.context.runner.running())
    qtbot.mouseClick(button(bar, "cost_stop"), Qt.MouseButton.LeftButton)
    assert bar.isHidden()
    assert page.query == former
    assert page.filter_bar.filter == AllOf()
    assert page.grid.model.is_here(0)
    qtbot.waitUntil(lambda: running(sql) == 0, timeout=PATIENCE_MS)
    ask_raw(page, "id > 990")
    wait_loaded(qtbot, page)
    qtbot.waitUntil(lambda: page.grid.row_count() == 10, timeout=PATIENCE_MS)


def test_minutes_are_asked_about_before_anything_is_sent(page: TablePage, qtbot: QtBot) -> None:
    sent = page.grid.model.loader.requests_sent
    ask_raw(page, "seems_slow(id) > 700")
    bar = bar_of(page, qtbot)
    assert bar.is_asking
    assert not page.grid.model.loader.is_busy
    assert page.grid.model.loader.requests_sent <= sent + 1  # the weighing
    qtbot.mouseClick(button(bar, "cost_go_on"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(bar.isHidden, timeout=PATIENCE_MS)
    first = page.grid.model.loader.row(0)
    assert first is not None
    assert first.key.cells == ("701",)


def test_it_moves_no_row_and_keys_reach_it(page: TablePage, qtbot: QtBot) -> None:
    window, view = page.window(), page.grid.view
    before = view.viewport().mapTo(window, QPoint(0, 0)), view.viewport().size()
    ask_raw(page, "seems_slow(id) > 700")
    bar = bar_of(page, qtbot)
    assert (view.viewport().mapTo(window, QPoint(0, 0)), view.viewport().size()) == before
    top = bar.mapTo(window, QPoint(0, 0))
    assert top.y() == before[0].y()  # below the header, over the rows
    assert bar.width() <= view.width()
    panel = data_panel_of(page)
    page.filter_bar.focus_search()
    panel.step_area(1)
    assert window.focusWidget() is button(bar, "cost_give_up")
    panel.step_area(1)
    assert page.grid.isAncestorOf(window.focusWidget())
    page.filter_bar.chips.saved_button.setFocus()
    for _ in range(20):
        if bar.isAncestorOf(window.focusWidget()):
            break
        assert not page.grid.isAncestorOf(window.focusWidget())
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    assert bar.isAncestorOf(window.focusWidget())
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert bar.isHidden()
    assert page.grid.isAncestorOf(window.focusWidget())


def test_no_leaves_everything_as_it_was(page: TablePage, qtbot: QtBot) -> None:
    former = page.query
    ask_raw(page, "seems_slow(id) > 700")
    bar = bar_of(page, qtbot)
    qtbot.mouseClick(button(bar, "cost_give_up"), Qt.MouseButton.LeftButton)
    assert bar.isHidden()
    assert page.query == former
    assert page.filter_bar.filter == AllOf()
    assert page.grid.model.is_here(0)


def test_another_question_takes_the_strip_down(page: TablePage, qtbot: QtBot) -> None:
    ask_raw(page, "seems_slow(id) > 700")
    bar = bar_of(page, qtbot)
    ask_raw(page, "id > 990")
    wait_loaded(qtbot, page)
    assert bar.isHidden()


def test_a_failure_takes_the_strip_down(page: TablePage, qtbot: QtBot) -> None:
    ask_raw(page, "fails(id) < 0")
    bar = bar_of(page, qtbot)
    qtbot.waitUntil(bar.isHidden, timeout=PATIENCE_MS)
    assert page.grid.model.is_here(0)
