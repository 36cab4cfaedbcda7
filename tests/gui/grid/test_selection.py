"""Selecting: cells, rows, columns, everything - also where Qt's own selection knows a part of the table only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.filters import Condition
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from nexus_studio.ui.grid.blocks import END, Block
from tests.gui.grid.conftest import Bench, OpenGrid

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def long(sql: Sql, open_grid: OpenGrid) -> Bench:
    """A table of 5000 rows under a window of 1000."""
    sql("CREATE TABLE long (id int PRIMARY KEY, name text, amount numeric)")
    sql("INSERT INTO long SELECT n, 'name ' || n, n / 4.0 FROM generate_series(1, 5000) n")
    sql("ANALYZE long")
    bench = open_grid("long", window=1000)
    bench.qtbot.waitUntil(lambda: bench.grid.model.lines == 5000)
    bench.wait()
    return bench


def seen(bench: Bench) -> set[int]:
    """Return the columns that are painted as selected in the middle of what is in sight."""
    view = bench.grid.view
    first, last = view.visible_rows()
    row = (first + last) // 2
    model = bench.grid.model
    return {c for c in range(model.columnCount()) if view.selectionModel().isSelected(model.index(row, c))}


def scroll(bench: Bench, line: int) -> None:
    """Drag the bar so that a line comes into sight."""
    bench.grid._bar.setValue(line * bench.grid.view.row_height)

    def is_there() -> bool:
        first, _last = bench.grid.view.visible_rows()
        return abs(first + bench.grid.model.base - line) < 40 and bench.grid.model.is_here(first)

    bench.qtbot.waitUntil(is_there, timeout=10_000)


def test_everything_is_selected_wherever_one_scrolls(long: Bench, qtbot: QtBot) -> None:
    qtbot.keyClick(long.grid.view, Qt.Key.Key_A, CTRL)
    assert long.grid.chooser.blocks == (Block(0, END, 0, 2),)
    assert long.grid.chooser.is_everything
    assert long.grid.chooser.line_count() == 5000
    assert seen(long) == {0, 1, 2}
    scroll(long, 3000)
    assert long.grid.model.base > 0
    assert seen(long) == {0, 1, 2}
    scroll(long, 0)
    assert seen(long) == {0, 1, 2}
    view = long.grid.view
    spot = view.cell_rect(view.currentIndex().siblingAtColumn(1)).center() + QPoint(0, 3 * view.row_height)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert long.grid.chooser.blocks == (Block(3, 3, 1, 1),)
    assert seen(long) == set()


def test_everything_survives_a_refresh_out_of_sight_of_the_current_cell(sql: Sql, long: Bench, qtbot: QtBot) -> None:
    long.grid.select_all()
    scroll(long, 3000)
    sql("INSERT INTO long VALUES (5001, 'more', 1)")
    with qtbot.waitSignal(long.grid.model.replaced):
        long.grid.refresh()
    assert long.grid.chooser.is_everything
    assert seen(long) == {0, 1, 2}
    assert long.grid.model.base > 0


def test_another_question_drops_it(long: Bench, qtbot: QtBot) -> None:
    long.grid.select_all()
    with qtbot.waitSignal(long.grid.model.replaced):
        long.grid.set_query(RowQuery(RelationName("public", "long"), Condition.of("id", "gt", "4000")))
    assert not long.grid.chooser.is_open
    with qtbot.waitSignal(long.grid.model.replaced):
        long.grid.set_query(RowQuery(RelationName("public", "long"), Condition.of("id", "gt", "40000")))
    assert long.grid.chooser.blocks == ()


def test_a_selection_waits_outside_the_window(long: Bench) -> None:
    view, model = long.grid.view, long.grid.model
    long.grid.select_cell(10, "name")
    view.selectionModel().select(
        model.index(12, 0), view.selectionModel().SelectionFlag.Select | view.selectionModel().SelectionFlag.Rows
    )
    chosen = set(long.grid.chooser.blocks)
    assert chosen == {Block(10, 10, 1, 1), Block(12, 12, 0, 2)}
    scroll(long, 3000)
    assert model.base > 12
    assert set(long.grid.chooser.blocks) == chosen
    scroll(long, 0)
    assert {(i.row(), i.column()) for i in view.selectedIndexes()} == {(10, 1), (12, 0), (12, 1), (12, 2)}
    assert view.currentIndex() == model.index(10, 1)


def test_rows_and_columns_by_keys(long: Bench, qtbot: QtBot) -> None:
    long.grid.select_cell(3, "name")
    qtbot.keyClick(long.grid.view, Qt.Key.Key_Down, SHIFT)
    qtbot.keyClick(long.grid.view, Qt.Key.Key_Space, SHIFT)
    assert long.grid.chooser.blocks == (Block(3, 4, 0, 2),)
    long.grid.select_cell(3, "name")
    qtbot.keyClick(long.grid.view, Qt.Key.Key_Space, CTRL)
    assert long.grid.chooser.blocks == (Block(0, END, 1, 1),)
    assert seen(long) == {1}


def test_to_the_end_and_to_the_start(long: Bench, qtbot: QtBot) -> None:
    long.grid.select_cell(30, "name")
    qtbot.keyClick(long.grid.view, Qt.Key.Key_End, CTRL | SHIFT)
    assert long.grid.chooser.blocks == (Block(30, END, 1, 1),)
    assert long.grid.chooser.line_count() == 4970
    qtbot.keyClick(long.grid.view, Qt.Key.Key_Home, CTRL | SHIFT)
    assert long.grid.chooser.blocks == (Block(0, 30, 1, 1),)


def test_columns_by_their_headers(long: Bench, qtbot: QtBot) -> None:
    header = long.grid.view.column_header

    def click(column: int, modifier: Qt.KeyboardModifier = CTRL) -> None:
        spot = QPoint(header.sectionViewportPosition(column) + header.sectionSize(column) // 2, 10)
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, modifier, spot)

    before = long.grid.query
    click(1)
    click(2)
    assert long.grid.chooser.blocks == (Block(0, END, 1, 1), Block(0, END, 2, 2))
    click(1)
    assert len(long.grid.chooser.blocks) == 1
    assert long.grid.chooser.blocks[0] == Block(0, END, 2, 2)
    assert long.grid.query == before


def test_the_corner_selects_everything(long: Bench, qtbot: QtBot) -> None:
    corner = long.grid.corner
    assert corner is not None
    assert corner.accessibleName()
    qtbot.mouseClick(corner, Qt.MouseButton.LeftButton)
    assert long.grid.chooser.is_everything


def test_new_rows_leave_the_selection_with_its_rows(long: Bench) -> None:
    long.grid.select_cell(5, "name")
    long.grid.view.selectionModel().select(
        long.grid.model.index(6, 1), long.grid.view.selectionModel().SelectionFlag.Select
    )
    stands = long.grid.chooser.blocks
    long.changes.insert()
    long.grid.changes_touched()
    assert {(b.top, b.bottom) for b in long.grid.chooser.blocks} == {(b.top + 1, b.bottom + 1) for b in stands}
    assert long.grid.chooser.stands == (6, 1)
    long.changes.undo()
    long.grid.changes_touched()
    assert set(long.grid.chooser.blocks) == set(stands)


def test_commands_refuse_what_is_too_much(sql: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    sql("CREATE TABLE huge (id int PRIMARY KEY, name text)")
    sql("INSERT INTO huge SELECT n, 'x' FROM generate_series(1, 12000) n")
    sql("ANALYZE huge")
    bench = open_grid("huge")
    bench.wait(rows=12_000)
    bench.grid.select_all()
    for command in (bench.grid.delete_rows, bench.grid.set_null, bench.grid.duplicate_rows):
        with qtbot.waitSignal(bench.grid.locked):
            command()
        assert bench.changes.is_empty


def test_commands_read_the_rows_that_are_not_here(long: Bench, qtbot: QtBot) -> None:
    long.grid.chooser.choose((Block(0, 2999, 1, 1),))
    staged = long.grid.stager.staged
    with qtbot.waitSignal(staged, timeout=10_000):
        long.grid.delete_rows()
    assert len(long.changes.freeze()) == 3000
    long.grid.undo()
    assert long.changes.is_empty
    long.grid.chooser.choose((Block(1000, 2999, 1, 1),))
    with qtbot.waitSignal(staged, timeout=10_000):
        long.grid.set_null()
    keys = {change.key.cells[0] for change in long.changes.freeze() if change.key is not None}
    assert keys == {str(number) for number in range(1001, 3001)}
    with qtbot.waitSignal(staged, timeout=10_000):
        long.grid.revert_rows()
    assert long.changes.is_empty
    assert long.changes.undo()
    assert len(long.changes.freeze()) == 2000


def test_a_large_edit_leaves_the_window_its_turns(long: Bench, qtbot: QtBot) -> None:
    long.grid.chooser.choose((Block(0, 2999, 1, 1),))
    stager, turns = long.grid.stager, 0

    def count() -> None:
        nonlocal turns
        turns += 0 < len(long.changes.staged_rows()) < 3000

    timer = QTimer()
    timer.timeout.connect(count)
    timer.start(0)
    with qtbot.waitSignal(stager.staged, timeout=10_000):
        long.grid.set_null()
    timer.stop()
    assert turns >= 5
    assert not stager.is_busy
    long.grid.undo()
    assert long.changes.is_empty, "it is one step"


def test_what_is_done_during_a_large_edit_comes_after_it(long: Bench, qtbot: QtBot) -> None:
    long.grid.chooser.choose((Block(0, 2999, 1, 1),))
    long.grid.set_null()
    qtbot.waitUntil(lambda: not long.changes.is_empty, timeout=10_000)
    assert long.grid.stager.is_busy
    found: list[int] = []
    long.grid.stager.when_idle(lambda: found.append(len(long.changes.freeze())))
    assert found == [3000]
    long.grid.undo()
    assert long.changes.is_empty
