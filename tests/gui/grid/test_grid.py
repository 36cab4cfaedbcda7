"""The grid on real tables: what it shows, where it goes, what it asks of the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.filters import Condition
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from tests.gui.grid.conftest import OpenGrid

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def people(sql: Sql) -> Sql:
    sql(
        "CREATE TABLE people "
        "(id int PRIMARY KEY, name text, note text DEFAULT 'x' NOT NULL, boss int REFERENCES people)"
    )
    sql("INSERT INTO people SELECT n, 'name ' || n, '', NULLIF(n-1, 0) FROM generate_series(1, 500) n")
    sql("ANALYZE people")
    return sql


def test_rows_come_and_scroll(people: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("people")
    bench.wait(rows=500)
    assert bench.text(0, "name") == "name 1"
    assert bench.text(0, "boss") == "NULL"
    bench.grid.go_to_end()
    bench.qtbot.waitUntil(lambda: bench.grid.model.is_here(499))
    assert bench.text(499, "name") == "name 500"
    assert bench.grid.current_row() is not None
    assert bench.grid.current_row().cells[0] == "500"  # type: ignore[union-attr]


def test_the_model_obeys_qt(people: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("people")
    tester = QAbstractItemModelTester(bench.grid.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    bench.wait(rows=500)
    bench.grid.insert_row()
    bench.grid.insert_row()
    bench.grid.undo()
    bench.grid.set_query(RowQuery(RelationName("public", "people"), Condition.of("id", "lt", "10")))
    bench.wait(rows=10)
    bench.grid.undo()
    assert bench.grid.model.rowCount() == 9
    tester.deleteLater()


def test_labels_follow_the_rows(people: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    bench = open_grid("people")
    bench.wait(rows=500)
    qtbot.waitUntil(lambda: bench.grid.label_of(3, "1") == "name 1")


def test_sorting_by_clicks(people: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("people")
    bench.wait(rows=500)
    bench.grid.sort_by("id")
    bench.wait(rows=500)
    bench.grid.sort_by("id")
    bench.wait(rows=500)
    assert bench.text(0, "id") == "500"
    bench.grid.sort_by("note", add=True)
    assert [sort.column for sort in bench.grid.query.sort] == ["id", "note"]  # type: ignore[union-attr]
    bench.wait(rows=500)
    bench.grid.sort_by("id", add=True)
    assert [sort.column for sort in bench.grid.query.sort] == ["note"]  # type: ignore[union-attr]


def test_a_refused_query_leaves_the_rows(people: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    bench = open_grid("people")
    bench.wait(rows=500)
    former = bench.grid.query
    with qtbot.waitSignal(bench.grid.failed):
        bench.grid.set_query(RowQuery(RelationName("public", "people"), Condition.of("id", "is", "not a number")))
    assert bench.text(0, "name") == "name 1"
    assert bench.grid.query == former


def test_refresh_keeps_the_row_and_the_edits(people: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    bench = open_grid("people")
    bench.wait(rows=500)
    bench.grid.select_cell(10, "name")
    bench.grid.set_null()
    people("DELETE FROM people WHERE id = 500")
    people("INSERT INTO people VALUES (0, 'first', '', NULL)")
    people("UPDATE people SET note = 'seen' WHERE id = 11")
    with qtbot.waitSignal(bench.grid.loaded):
        bench.grid.refresh()
    row = bench.grid.current_row()
    assert row is not None
    assert row.cells[:3] == ("11", None, "seen")
    assert bench.grid.view.currentIndex().row() == 11


def test_a_row_that_is_gone_leaves_no_other_marked(people: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    bench = open_grid("people")
    bench.wait(rows=500)
    bench.grid.select_cell(499, "name")
    qtbot.waitUntil(lambda: bench.grid.current_row() is not None)
    people("DELETE FROM people WHERE id = 500")
    with qtbot.waitSignal(bench.grid.loaded):
        bench.grid.refresh()
    assert bench.grid.current_row() is None
    bench.wait(rows=499)
    assert bench.grid.current_row() is None
    assert bench.grid.selected_rows() == []
    bench.grid.begin_edit("x")
    assert bench.grid.editing.editor is None
    bench.grid.set_query(RowQuery(RelationName("public", "people"), Condition.of("id", "lt", "10")))
    bench.wait(rows=9)
    assert bench.grid.current_row().cells[0] == "1"  # type: ignore[union-attr]


def test_a_saved_row_is_stood_on_where_it_lies_now(people: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    bench = open_grid("people")
    bench.wait(rows=500)
    bench.grid.insert_row()
    bench.grid.stage("id", "0")
    bench.grid.stage("name", "zero")
    frozen = bench.changes.freeze()
    people("INSERT INTO people VALUES (0, 'zero', 'x', NULL), (-1, 'before', 'x', NULL)")
    bench.changes.settle(frozen)
    with qtbot.waitSignal(bench.grid.loaded):
        bench.grid.refresh()
    row = bench.grid.current_row()
    assert row is not None
    assert row.row is not None
    assert row.cells[:2] == ("0", "zero")
    assert bench.grid.model.drafts == 0
    assert bench.grid.view.currentIndex().row() == 1


def test_keys_leave_room_and_a_bar_without_use_is_gone(sql: Sql, open_grid: OpenGrid) -> None:
    sql("CREATE TABLE long_keys (id text PRIMARY KEY, words text)")
    sql("INSERT INTO long_keys VALUES (repeat('k', 60), repeat('w', 60))")
    bench = open_grid("long_keys")
    bench.wait(rows=1)
    header = bench.grid.view.column_header
    bench.qtbot.waitUntil(lambda: header.sectionSize(1) > 200)
    assert header.sectionSize(0) <= 150
    bench.grid.sizes.fit(0)
    assert header.sectionSize(0) > 200
    assert bench.grid._bar.isHidden()
    sql("INSERT INTO long_keys SELECT n::text, '' FROM generate_series(1, 100) n")
    bench.grid.refresh()
    bench.wait(rows=101)
    assert not bench.grid._bar.isHidden()


def test_many_scrolls_send_few_requests(sql: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    sql("CREATE TABLE big (id int PRIMARY KEY, name text)")
    sql("INSERT INTO big SELECT n, 'row ' || n FROM generate_series(1, 50000) n")
    sql("ANALYZE big")
    bench = open_grid("big")
    bench.wait(rows=50_000)
    before = bench.grid.model.loader.requests_sent
    for step in range(0, 1_300_000, 13_000):
        bench.grid._bar.setValue(step)
        qtbot.waitUntil(lambda: True)
        bench.grid.grab()
    bench.qtbot.waitUntil(lambda: bench.grid.model.is_here(bench.grid.view.visible_rows()[0]))
    assert bench.grid.model.loader.requests_sent - before < 60
    first = bench.grid.view.visible_rows()[0]
    assert bench.text(first, "id") == str(first + 1)


def test_a_window_moves_over_a_long_table(sql: Sql, open_grid: OpenGrid) -> None:
    sql("CREATE TABLE big (id int PRIMARY KEY)")
    sql("INSERT INTO big SELECT n FROM generate_series(1, 5000) n")
    sql("ANALYZE big")
    bench = open_grid("big", window=1000)
    bench.qtbot.waitUntil(lambda: bench.grid.model.lines == 5000)
    assert bench.grid.model.rowCount() == 1000
    bench.grid.go_to_row(4321)
    bench.qtbot.waitUntil(lambda: bench.grid.current_row() is not None)
    assert bench.grid.current_row().cells == ("4322",)  # type: ignore[union-attr]
    bench.qtbot.keyClick(bench.grid.view, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    bench.qtbot.waitUntil(lambda: bench.grid.current_row() is not None)
    assert bench.grid.current_row().cells == ("1",)  # type: ignore[union-attr]
    bench.grid._bar.setValue(bench.grid._bar.maximum())
    bench.qtbot.waitUntil(lambda: bench.grid.model.base == 4000)


def test_count_exactly(people: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    people("INSERT INTO people SELECT n, 'more', '', NULL FROM generate_series(501, 900) n")
    bench = open_grid("people")
    bench.wait()
    bench.grid.count_exactly()
    qtbot.waitUntil(lambda: bench.grid.count is not None and bench.grid.count.certainty == "exact")
    assert bench.grid.count.value == 900  # type: ignore[union-attr]


def test_following_a_key(people: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    bench = open_grid("people")
    bench.wait(rows=500)
    bench.grid.select_cell(5, "boss")
    with qtbot.waitSignal(bench.grid.follow_requested) as followed:
        qtbot.keyClick(bench.grid.view, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert followed.args is not None
    assert followed.args[0].target == RelationName("public", "people")
    assert followed.args[1] == ("5",)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_what_is_staged_is_seen_under_the_selection(people: Sql, open_grid: OpenGrid, mode: str) -> None:
    bench = open_grid("people")
    bench.wait(rows=500)
    bench.grid.context.theme.set_mode(mode)
    view, model = bench.grid.view, bench.grid.model
    bench.grid.select_cell(1, "name")
    bench.grid.set_null()
    bench.grid.select_cell(2, "name")
    bench.grid.delete_rows()
    bench.grid.select_cell(4, "name")
    view.selectAll()
    picture = view.viewport().grab().toImage()

    def ground(row: int) -> QColor:
        return picture.pixelColor(view.cell_rect(model.index(row, 1)).bottomRight() - QPoint(6, 4))

    plain, edited, deleted = ground(0), ground(1), ground(2)
    assert plain == bench.grid.context.theme.color("selection")
    assert len({plain.name(), edited.name(), deleted.name()}) == 3
    corner = view.cell_rect(model.index(1, 1)).topRight() + QPoint(-2, 1)
    assert picture.pixelColor(corner) == bench.grid.context.theme.color("warning")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_it_is_painted_in_both_themes(people: Sql, open_grid: OpenGrid, mode: str) -> None:
    bench = open_grid("people")
    bench.wait(rows=500)
    bench.grid.context.theme.set_mode(mode)
    bench.grid.select_cell(2, "name")
    bench.grid.set_null()
    image = bench.grid.grab().toImage()
    ratio = image.devicePixelRatio()
    rect = bench.grid.view.cell_rect(bench.grid.view.currentIndex())
    spot = bench.grid.view.viewport().mapTo(bench.grid, rect.center())
    color = image.pixelColor(int((spot.x() + 40) * ratio), int(spot.y() * ratio))
    assert color != bench.grid.context.theme.color("base")
