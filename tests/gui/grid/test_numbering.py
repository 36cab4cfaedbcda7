"""Estimated row numbers: they begin, move and become true without any row being taken for another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollBar
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.rowquery import Sort
from tests.gui.grid.conftest import Bench, OpenGrid

ROWS = 60_000


@pytest.fixture
def long(sql: Callable[..., Any], open_grid: OpenGrid, qtbot: QtBot) -> Bench:
    """A table whose numbers nobody has learned, and nobody learns by itself."""
    sql("CREATE TABLE long (id bigint, name text, amount integer)")
    sql(f"INSERT INTO long SELECT n + n / 1000 * 700, 'row ' || n, n * 7919 % 10007 FROM generate_series(1, {ROWS}) n")
    sql("ALTER TABLE long ADD PRIMARY KEY (id)")
    sql("ANALYZE long")
    bench = open_grid("long")
    numbering = bench.grid.model.loader.numbering
    numbering.learn = numbering.learn_positions  # type: ignore[attr-defined]
    numbering.learn_positions = lambda: None  # type: ignore[method-assign]
    bench.wait()
    return bench


def drag(bench: Bench, share: float) -> None:
    """Move the bar, and wait until the rows there are in sight."""
    bar = bench.grid.findChild(QScrollBar, "grid_scroll")
    assert isinstance(bar, QScrollBar)
    bar.setValue(round(bar.maximum() * share))
    bench.qtbot.waitUntil(lambda: not bench.grid.model.loader.is_busy and in_sight(bench) != [])


def in_sight(bench: Bench) -> list[RowKey]:
    """Return the keys of the rows in sight; none unless all are here."""
    first, last = bench.grid.view.visible_rows()
    rows = [bench.grid.model.shown(row) for row in range(first, last + 1)]
    return [shown.row.key for shown in rows if shown is not None and shown.row is not None] if all(rows) else []


def learn(bench: Bench) -> None:
    loader = bench.grid.model.loader
    loader.numbering.learn()  # type: ignore[attr-defined]
    bench.qtbot.waitUntil(lambda: loader.is_exact and loader.numbering.are_positions_known and not loader.is_busy)


def test_what_was_chosen_before_a_second_jump_is_no_other_row_after_it(long: Bench) -> None:
    drag(long, 0.6)
    assert not long.grid.model.loader.is_exact
    first, _last = long.grid.view.visible_rows()
    long.grid.view.make_current(long.grid.model.index(first + 2, 1))
    drag(long, 0.2)
    long.grid.set_null()
    long.grid.delete_rows()
    assert long.changes.is_empty
    assert long.grid.chooser.blocks == ()
    drag(long, 0.6)
    assert long.grid.current_row() is None


def test_all_rows_stay_chosen_whatever_numbers_mean(long: Bench) -> None:
    drag(long, 0.6)
    long.grid.select_all()
    drag(long, 0.2)
    assert long.grid.chooser.is_everything


def test_the_rows_in_sight_stay_when_their_numbers_become_true(long: Bench) -> None:
    drag(long, 0.6)
    first, _last = long.grid.view.visible_rows()
    long.grid.view.make_current(long.grid.model.index(first + 2, 1))
    chosen, seen = long.grid.current_row(), in_sight(long)
    assert chosen is not None
    assert long.grid.model.number_of(first + long.grid.model.base).startswith("~")
    learn(long)
    assert in_sight(long) == seen
    current = long.grid.current_row()
    assert current is not None
    assert current.row == chosen.row
    first, _last = long.grid.view.visible_rows()
    # ids leap by 700 after each thousand rows: the row's true number follows from its id
    key = int(str(seen[0].cells[0]))
    assert long.grid.model.number_of(first + long.grid.model.base) == str(key - key // 1700 * 700)


def test_the_last_row_bears_the_last_number_once_rows_were_counted(long: Bench) -> None:
    long.grid.count_exactly()
    long.qtbot.waitUntil(lambda: long.grid.count is not None and long.grid.count.certainty == "exact")
    drag(long, 0.6)
    long.grid.go_to_end()
    long.qtbot.waitUntil(lambda: long.grid.current_row() is not None and not long.grid.model.loader.is_busy)
    current = long.grid.current_row()
    assert current is not None
    assert current.cells[1] == f"row {ROWS}"
    assert long.grid.count is not None
    assert long.grid.count.value == ROWS
    line = long.grid.view.currentIndex().row() + long.grid.model.base
    assert long.grid.model.number_of(line) == str(ROWS)


def test_the_last_row_stays_current_when_the_estimate_was_too_high(long: Bench, sql: Callable[..., Any]) -> None:
    sql("DELETE FROM long WHERE id % 10 = 3")  # nobody analysed it since
    last = sql("SELECT max(id)::text FROM long")[0][0]
    long.grid.go_to_end()
    long.qtbot.waitUntil(lambda: long.grid.current_row() is not None and not long.grid.model.loader.is_busy)
    learn(long)
    current = long.grid.current_row()
    assert current is not None
    assert current.cells[0] == last


def test_reading_again_keeps_estimates_and_what_is_learned(long: Bench) -> None:
    drag(long, 0.6)
    seen = in_sight(long)
    for _ in range(2):
        with long.qtbot.waitSignal(long.grid.model.replaced):
            long.grid.refresh()
        long.qtbot.waitUntil(lambda: in_sight(long) != [])
    assert in_sight(long) == seen
    numbering = long.grid.model.loader.numbering
    numbering.learn()  # type: ignore[attr-defined]
    with long.qtbot.waitSignal(long.grid.model.replaced):
        long.grid.refresh()
    long.qtbot.waitUntil(lambda: long.grid.model.loader.is_exact and in_sight(long) != [])
    assert in_sight(long) == seen


def test_a_question_given_up_stops_nothing_that_is_learned_of_the_other(long: Bench) -> None:
    drag(long, 0.6)
    long.grid.model.loader.numbering.learn()  # type: ignore[attr-defined]
    long.grid.set_sort((Sort("amount"),))
    long.grid.model.loader.give_up()
    long.qtbot.waitUntil(lambda: long.grid.model.loader.is_exact)


def test_numbers_that_move_while_one_lands_do_not_hold_it_up(long: Bench) -> None:
    drag(long, 0.6)
    loader = long.grid.model.loader
    with long.qtbot.waitSignal(loader.landed):
        loader.land(("30000",), 20_000)
        loader.numbering.moved.emit(200)
    drag(long, 0.3)


def test_a_key_pressed_after_a_jump_begins_with_what_is_in_sight(long: Bench) -> None:
    drag(long, 0.6)
    long.grid.view.setFocus()
    first, last = long.grid.view.visible_rows()
    long.qtbot.keyClick(long.grid.view, Qt.Key.Key_Down)
    assert first <= long.grid.view.currentIndex().row() <= last
    long.qtbot.keyClick(long.grid.view, Qt.Key.Key_Down)
    assert first < long.grid.view.currentIndex().row() <= last


def test_another_order_keeps_the_count_and_the_column_one_stands_in(long: Bench) -> None:
    long.grid.count_exactly()
    long.qtbot.waitUntil(lambda: long.grid.count is not None and long.grid.count.certainty == "exact")
    long.grid.select_cell(3, "amount")
    with long.qtbot.waitSignal(long.grid.model.replaced):
        long.grid.set_sort((Sort("amount", descending=True),))
    assert long.grid.count is not None
    assert (long.grid.count.value, long.grid.count.certainty) == (ROWS, "exact")
    column = long.grid.current_column()
    assert column is not None
    assert column.name == "amount"


def test_escape_gives_up_the_question_that_is_being_asked(long: Bench) -> None:
    long.grid.view.setFocus()
    long.grid.set_sort((Sort("amount"),))
    long.qtbot.keyClick(long.grid.view, Qt.Key.Key_Escape)
    assert long.grid.query is not None
    assert long.grid.query.sort == ()
    assert not long.grid.model.loader.is_busy
