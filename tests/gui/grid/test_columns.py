"""The grid's columns: moved, sized, hidden, frozen, wrapped; remembered; and which of them are in sight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QLineEdit, QListWidget, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import UNREAD
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from nexus_studio.core.settings import column_names, column_widths
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.grid.column_header import LEAST_WIDTH
from nexus_studio.ui.grid.columns_dialog import ColumnsDialog
from nexus_studio.ui.grid.grid_view import RowGrid
from tests.gui.grid.conftest import Bench, OpenGrid

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
PLACE = "test/public.wide"
LEFT, RIGHT = Qt.Key.Key_Left, Qt.Key.Key_Right
CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def wide(sql: Sql, open_grid: OpenGrid) -> Callable[[], Bench]:
    """A function that opens a table of a key and eleven texts."""
    columns = ", ".join(f"c{number:02} text DEFAULT 'value {number}'" for number in range(1, 12))
    sql(f"CREATE TABLE wide (id int PRIMARY KEY, {columns})")
    sql("INSERT INTO wide SELECT n FROM generate_series(1, 60) n")
    sql("ANALYZE wide")

    def open_it() -> Bench:
        bench = open_grid("wide", place=PLACE)
        bench.grid.resize(700, 400)
        bench.wait(rows=60)
        return bench

    return open_it


def order(bench: Bench) -> list[str]:
    """Return the names of the columns that are shown, left to right."""
    return [bench.grid.model.columns[logical].name for logical in bench.grid.view.column_header.places.shown()]


def logical(bench: Bench, name: str) -> int:
    return [column.name for column in bench.grid.model.columns].index(name)


def head(bench: Bench, name: str) -> QPoint:
    """Return the middle of a column's head."""
    header, place = bench.grid.view.column_header, logical(bench, name)
    return QPoint(header.places.x_of(place) + header.sectionSize(place) // 2, header.height() // 2)


def drag(bench: Bench, start: QPoint, end: QPoint) -> None:
    viewport = bench.grid.view.column_header.viewport()
    bench.qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.6, 1.0):
        bench.qtbot.mouseMove(viewport, start + (end - start) * share)
    bench.qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)


def choose(bench: Bench, name: str, entry: str) -> None:
    """Open a column's menu and choose an entry."""
    bench.grid._show_column_menu(logical(bench, name), QPoint(10, 10))
    menu = bench.grid.findChildren(QMenu, "grid_column_menu")[-1]
    action = menu.findChild(QAction, f"grid_column_menu_{entry}")
    assert action is not None
    assert action.isEnabled()
    action.trigger()
    menu.close()


def current(bench: Bench) -> str:
    return bench.grid.model.columns[bench.grid.view.currentIndex().column()].name


def press(bench: Bench, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    bench.qtbot.keyClick(bench.grid.view, key, modifiers)


def again(bench: Bench) -> Bench:
    """Open the same table in another grid, as after a restart."""
    grid = RowGrid(bench.grid.context)
    bench.qtbot.addWidget(grid)
    grid.resize(bench.grid.size())
    assert bench.grid.query is not None
    grid.open(bench.parts, bench.relation, bench.grid.query, bench.changes)
    grid.show()
    other = Bench(grid, bench.relation, bench.changes, bench.parts, bench.qtbot)
    other.wait(rows=60)
    return other


# ---- order


def test_a_column_is_dragged_and_stays_there(wide: Callable[[], Bench]) -> None:
    bench = wide()
    sorts: list[object] = []
    bench.grid.view.column_header.sort_asked.connect(lambda *asked: sorts.append(asked))
    drag(bench, head(bench, "c01"), head(bench, "c03") + QPoint(20, 0))
    assert order(bench)[:4] == ["id", "c02", "c03", "c01"]
    assert not sorts
    assert order(again(bench))[:4] == ["id", "c02", "c03", "c01"]


def test_a_drag_is_left_by_escape_and_by_going_far(wide: Callable[[], Bench]) -> None:
    bench = wide()
    before, accent = order(bench), QColor(bench.grid.context.theme.color("accent"))
    viewport, start, end = bench.grid.view.column_header.viewport(), head(bench, "c01"), head(bench, "c03")
    bench.qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    bench.qtbot.mouseMove(viewport, end)
    assert bench.grid.view.column_header.drag.visual == 1
    bench.grid.grab()
    assert bench.grid.context.theme.color("accent") == accent
    press(bench, Qt.Key.Key_Escape)
    bench.qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)
    drag(bench, start, end + QPoint(20, 300))
    assert order(bench) == before


def test_a_click_still_sorts(wide: Callable[[], Bench]) -> None:
    bench = wide()
    viewport = bench.grid.view.column_header.viewport()
    bench.qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=head(bench, "c02"))
    assert bench.grid.query is not None
    assert [sort.column for sort in bench.grid.query.sort] == ["c02"]


def test_keys_move_the_current_column(wide: Callable[[], Bench]) -> None:
    bench = wide()
    bench.grid.select_cell(3, "c02")
    press(bench, LEFT, CTRL_SHIFT)
    press(bench, LEFT, CTRL_SHIFT)
    assert order(bench)[:3] == ["c02", "id", "c01"]
    press(bench, LEFT, CTRL_SHIFT)
    press(bench, RIGHT, CTRL_SHIFT)
    assert order(bench)[:3] == ["id", "c02", "c01"]
    assert current(bench) == "c02"
    assert bench.grid.view.currentIndex().row() == 3


# ---- hiding


def test_hidden_columns_are_passed_over_and_remembered(wide: Callable[[], Bench]) -> None:
    bench = wide()
    bench.grid.select_cell(0, "c01")
    choose(bench, "c01", "hide")
    assert "c01" not in order(bench)
    assert current(bench) in {"id", "c02"}
    bench.grid.select_cell(0, "id")
    press(bench, RIGHT)
    assert current(bench) == "c02"
    press(bench, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert current(bench) == "id"
    press(bench, Qt.Key.Key_Tab)
    assert current(bench) == "c02"
    other = again(bench)
    assert "c01" not in order(other)
    choose(other, "c02", "show_all")
    assert order(other)[:3] == ["id", "c01", "c02"]


def test_hiding_and_showing_keeps_no_width(wide: Callable[[], Bench]) -> None:
    bench = wide()
    choose(bench, "c01", "hide")
    choose(bench, "c02", "show_all")
    assert bench.grid.context.settings.get(column_widths(PLACE)) == {}


def test_a_first_column_that_is_hidden_is_not_gone_to(wide: Callable[[], Bench]) -> None:
    bench = wide()
    choose(bench, "id", "hide")
    other = again(bench)
    assert current(other) == "c01"
    other.grid.view.selectionModel().clear()
    other.grid.go_to_row(5)
    assert current(other) == "c01"


def test_the_last_column_cannot_be_hidden(wide: Callable[[], Bench]) -> None:
    bench = wide()
    names = set(order(bench))
    bench.grid.columns.set_hidden(names)
    assert set(order(bench)) == names
    bench.grid.columns.set_hidden(names - {"c05"})
    bench.grid._show_column_menu(logical(bench, "c05"), QPoint(10, 10))
    menu = bench.grid.findChildren(QMenu, "grid_column_menu")[-1]
    hide = menu.findChild(QAction, "grid_column_menu_hide")
    assert hide is not None
    assert not hide.isEnabled()
    menu.close()


# ---- freezing


def frozen(wide: Callable[[], Bench]) -> Bench:
    """Open the table with id and c01 frozen, and scroll the rest to the end."""
    bench = wide()
    choose(bench, "c01", "freeze")
    bar = bench.grid.view.horizontalScrollBar()
    bar.setValue(bar.maximum())
    assert bar.value() > 300
    return bench


def test_frozen_columns_stay_and_are_found(wide: Callable[[], Bench]) -> None:
    bench = frozen(wide)
    view, model = bench.grid.view, bench.grid.model
    places = view.column_header.places
    for name in ("id", "c01", "c11"):
        index = model.index(2, logical(bench, name))
        rect = view.visualRect(index)
        assert view.viewport().rect().contains(rect)
        assert rect == view.cell_rect(index)
        assert view.indexAt(rect.center()) == index
        assert places.logical_at(rect.center().x()) == index.column()
    covered = view.visualRect(model.index(2, logical(bench, "c02")))
    assert covered.left() < places.edge
    assert places.frozen == 2


def test_frozen_cells_are_painted_over_those_that_scroll(wide: Callable[[], Bench]) -> None:
    bench = wide()
    view = bench.grid.view
    bench.grid.select_cell(20, "c11")
    bar = view.horizontalScrollBar()
    bar.setValue(0)
    choose(bench, "c01", "freeze")
    edge = view.column_header.places.edge
    before = view.viewport().grab().toImage(), view.column_header.viewport().grab().toImage()
    bar.setValue(bar.maximum())
    after = view.viewport().grab().toImage(), view.column_header.viewport().grab().toImage()
    for one, other in zip(before, after, strict=True):
        assert one.copy(0, 0, edge, one.height()) == other.copy(0, 0, edge, other.height())
        assert one.copy(edge, 0, 300, one.height()) != other.copy(edge, 0, 300, other.height())


def test_clicks_and_drags_choose_what_is_seen(wide: Callable[[], Bench]) -> None:
    bench = frozen(wide)
    view, model = bench.grid.view, bench.grid.model
    start = view.visualRect(model.index(1, logical(bench, "c01"))).center()
    bench.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    assert (view.currentIndex().row(), current(bench)) == (1, "c01")
    assert len(view.selectedIndexes()) == 1
    end = view.visualRect(model.index(2, logical(bench, "c11"))).center()
    bench.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, end)
    chosen = {(index.row(), index.column()) for index in view.selectedIndexes()}
    assert chosen == {(row, column) for row in (1, 2) for column in range(1, 12)}


def test_keys_never_leave_the_cell_beneath_the_frozen_ones(wide: Callable[[], Bench]) -> None:
    bench = frozen(wide)
    view, places = bench.grid.view, bench.grid.view.column_header.places
    bench.grid.select_cell(4, "c11")
    for name in ("c10", "c09", "c08", "c07", "c06", "c05", "c04", "c03", "c02"):
        press(bench, LEFT)
        assert current(bench) == name
        assert view.cell_rect(view.currentIndex()).left() >= places.edge
    press(bench, LEFT)
    assert current(bench) == "c01"
    assert view.cell_rect(view.currentIndex()).right() < places.edge


def test_selecting_by_keys_spans_what_lies_between(wide: Callable[[], Bench]) -> None:
    bench = frozen(wide)
    bench.grid.select_cell(4, "c05")
    for _ in range(3):
        press(bench, RIGHT, Qt.KeyboardModifier.ShiftModifier)
    columns = {index.column() for index in bench.grid.view.selectedIndexes()}
    assert columns == {5, 6, 7, 8}


def test_an_editor_opens_over_its_cell(wide: Callable[[], Bench]) -> None:
    bench = frozen(wide)
    view = bench.grid.view
    for name in ("c01", "c02", "c11"):
        bench.grid.select_cell(1, name)
        bench.grid.begin_edit()
        editor = bench.grid.editing.editor
        assert editor is not None
        cell, room = view.cell_rect(view.currentIndex()), view.viewport().rect()
        assert editor.y() == cell.y()
        assert editor.x() == min(cell.x(), room.width() - editor.width())
        assert room.contains(editor.geometry())
        assert name == "c01" or cell.x() >= view.column_header.places.edge
        bench.grid.editing.cancel()


def test_heads_of_frozen_columns_are_sized_moved_and_clicked(wide: Callable[[], Bench]) -> None:
    bench = frozen(wide)
    header = bench.grid.view.column_header
    bench.qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=head(bench, "c01"))
    assert bench.grid.query is not None
    assert [sort.column for sort in bench.grid.query.sort] == ["c01"]
    bench.wait(rows=60)
    before = header.sectionSize(logical(bench, "c01"))
    grip = QPoint(header.places.edge - 2, 10)
    drag(bench, grip, grip + QPoint(30, 0))
    assert header.sectionSize(logical(bench, "c01")) == before + 30
    assert bench.grid.context.settings.get(column_widths(PLACE)) == {"c01": before + 30}
    drag(bench, head(bench, "c11"), head(bench, "id") - QPoint(30, 0))
    assert order(bench)[:3] == ["c11", "id", "c01"]
    assert header.places.wanted == 3


def test_freezing_is_remembered_and_undone(wide: Callable[[], Bench]) -> None:
    bench = frozen(wide)
    other = again(bench)
    assert other.grid.view.column_header.places.frozen == 2
    choose(other, "id", "unfreeze")
    assert other.grid.view.column_header.places.edge == 0
    assert bench.grid.context.settings.get(column_names("frozen", PLACE)) == ()


def test_a_narrow_window_freezes_no_more_than_leaves_room(wide: Callable[[], Bench]) -> None:
    bench = wide()
    choose(bench, "c08", "freeze")
    places = bench.grid.view.column_header.places
    assert 0 < places.frozen < 9
    assert places.edge <= bench.grid.view.viewport().width() - 100
    bench.grid.select_cell(0, "c08")
    rect = bench.grid.view.cell_rect(bench.grid.view.currentIndex())
    assert bench.grid.view.viewport().rect().contains(rect.center())


def test_it_is_said_how_many_columns_stay(wide: Callable[[], Bench]) -> None:
    bench = wide()
    notices = bench.grid.context.notices
    choose(bench, "c01", "freeze")
    assert notices.current() is None
    choose(bench, "c08", "freeze")
    stays = bench.grid.view.column_header.places.frozen
    notice = notices.current()
    assert notice is not None
    assert notice.text.startswith(f"{stays} column(s) of 9 ")
    bench.grid.choose_columns()
    dialog = bench.grid.findChild(ColumnsDialog)
    assert dialog is not None
    entries = dialog.findChildren(QListWidget)[0]
    tips = [entries.item(row).toolTip() for row in range(entries.count())]
    assert tips == ["Frozen"] * stays + ["Frozen when the window is wide enough"] * (9 - stays) + [""] * 3
    dialog.close()


@pytest.mark.parametrize("keys", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier])
def test_home_scrolls_back_beside_the_frozen_columns(wide: Callable[[], Bench], keys: Qt.KeyboardModifier) -> None:
    bench = frozen(wide)
    view = bench.grid.view
    bench.grid.select_cell(3, "c11")
    assert view.horizontalScrollBar().value() > 0
    bench.qtbot.keyClick(view, Qt.Key.Key_Home, keys)
    assert (view.currentIndex().row(), view.currentIndex().column()) == (3, 0)
    assert view.horizontalScrollBar().value() == 0


# ---- wrapping, widths, all of it


def test_wrapping_gives_rows_three_lines(wide: Callable[[], Bench]) -> None:
    bench = wide()
    plain = bench.grid.view.row_height
    bench.grid.select_cell(30, "c02")
    bench.grid.view.verticalScrollBar().setValue(20 * plain)
    choose(bench, "c02", "wrap")
    tall = bench.grid.view.row_height
    assert tall >= plain + 2 * bench.grid.view.fontMetrics().height()
    assert bench.grid.view.visible_rows()[0] == 20
    assert bench.grid.view.wrapped == {2}
    assert again(bench).grid.view.row_height == tall
    choose(bench, "c02", "hide")
    assert bench.grid.view.row_height == plain
    bench.grid.columns.show_all()
    choose(bench, "c02", "wrap")
    assert bench.grid.view.row_height == plain


def test_all_widths_are_fitted_and_the_layout_reset(wide: Callable[[], Bench]) -> None:
    bench = wide()
    header = bench.grid.view.column_header
    before = order(bench), [header.sectionSize(place) for place in range(12)]
    header.resizeSection(2, 300)
    choose(bench, "c05", "fit_all")
    assert header.sectionSize(2) < 200
    header.resizeSection(2, 300)
    choose(bench, "c02", "hide")
    choose(bench, "c03", "freeze")
    choose(bench, "c03", "move_right")
    choose(bench, "c03", "wrap")
    choose(bench, "c03", "reset_layout")
    assert (order(bench), [header.sectionSize(place) for place in range(12)]) == before
    assert header.places.wanted == 0
    settings = bench.grid.context.settings
    assert settings.get(column_widths(PLACE)) == {}
    assert all(settings.get(column_names(part, PLACE)) == () for part in ("order", "hidden", "frozen", "wrapped"))


def test_another_relation_takes_nothing_over(wide: Callable[[], Bench], sql: Sql) -> None:
    bench = wide()
    choose(bench, "id", "hide")
    choose(bench, "c03", "freeze")
    choose(bench, "c05", "move_left")
    sql("CREATE TABLE other (a int PRIMARY KEY, b text, c text)")
    relation = bench.parts.catalog.relation(RelationName("public", "other"), TaskContext.for_test())
    parts = replace(bench.parts, place="test/public.other")
    bench.grid.open(parts, relation, RowQuery(relation.name), ChangeSet(relation))
    assert order(bench) == ["a", "b", "c"]
    assert bench.grid.view.column_header.places.wanted == 0


# ---- the list of columns


def test_the_list_shows_hides_orders_and_goes(wide: Callable[[], Bench]) -> None:
    bench = wide()
    bench.grid.select_cell(7, "id")
    press(bench, Qt.Key.Key_L, CTRL_SHIFT)
    dialog = bench.grid.findChild(ColumnsDialog)
    assert dialog is not None
    names = dialog.findChild(QListWidget, "columns_list")
    search = dialog.findChild(QLineEdit, "columns_search")
    hide_all = dialog.findChild(QToolButton, "columns_hide_all")
    assert names is not None
    assert search is not None
    assert hide_all is not None
    names.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert "c01" not in order(bench)
    names.setCurrentRow(2)
    bench.qtbot.keyClick(names, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    bench.qtbot.keyClick(names, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert order(bench)[0] == "c02"
    assert names.currentItem().text() == "c02"
    bench.qtbot.keyClicks(search, "c1")
    assert [item.text() for item in dialog._seen()] == ["c10", "c11"]
    bench.qtbot.mouseClick(hide_all, Qt.MouseButton.LeftButton)
    assert order(bench)[-1] == "c09"
    bench.qtbot.keyClick(search, Qt.Key.Key_Return)
    assert current(bench) == "c10"
    assert bench.grid.view.currentIndex().row() == 7
    assert order(bench)[-1] == "c10"


def test_hiding_all_in_the_list_leaves_one(wide: Callable[[], Bench]) -> None:
    bench = wide()
    bench.grid.choose_columns()
    dialog = bench.grid.findChild(ColumnsDialog)
    assert dialog is not None
    hide_all = dialog.findChild(QToolButton, "columns_hide_all")
    names = dialog.findChild(QListWidget, "columns_list")
    assert hide_all is not None
    assert names is not None
    bench.qtbot.mouseClick(hide_all, Qt.MouseButton.LeftButton)
    assert order(bench) == ["id"]
    assert names.item(0).checkState() == Qt.CheckState.Checked
    dialog.close()


def test_the_column_menu_is_reached_by_keyboard(wide: Callable[[], Bench]) -> None:
    bench = wide()
    bench.grid.select_cell(0, "c09")
    press(bench, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    menu = bench.grid.findChild(QMenu, "grid_column_menu")
    assert menu is not None
    assert menu.isVisible()
    menu.close()


# ---- what is in sight


@pytest.fixture
def huge(sql: Sql, open_grid: OpenGrid) -> Bench:
    """A table of 300 columns."""
    sql("CREATE TABLE huge (id int PRIMARY KEY, " + ", ".join(f"c{n} text DEFAULT 'v{n}'" for n in range(1, 300)) + ")")
    sql("INSERT INTO huge SELECT n FROM generate_series(1, 2000) n")
    sql("ANALYZE huge")
    bench = open_grid("huge", place="test/public.huge")
    bench.wait(rows=2000)
    return bench


def test_columns_in_sight_follow_the_scrolling(huge: Bench, qtbot: QtBot) -> None:
    view = huge.grid.view
    seen = view.columns_in_sight()
    assert "id" in seen
    assert len(seen) < 40
    told: list[frozenset[str]] = []
    view.columns_in_sight_changed.connect(told.append)
    bar = view.horizontalScrollBar()
    for step in range(0, bar.maximum(), 400):
        bar.setValue(step)
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: len(told) == 1)
    assert "c299" in told[0]
    assert "c100" not in told[0]
    bar.setValue(bar.maximum() - 20)
    huge.grid.columns.freeze_up_to(0)
    huge.grid.columns.set_hidden({"c299"})
    qtbot.waitUntil(lambda: len(told) == 2)
    assert "id" in told[1]
    assert "c299" not in told[1]


def test_the_first_page_has_the_columns_in_sight_alone(huge: Bench) -> None:
    shown = huge.grid.model.shown(0)
    assert shown is not None
    unread = {huge.grid.model.columns[index].name for index, size in shown.sizes.items() if size == UNREAD}
    assert len(unread) > 200
    header, room = huge.grid.view.column_header, huge.grid.view.viewport().width()
    seen = {name for place, name in enumerate(order(huge)) if header.sectionViewportPosition(place) < room}
    assert len(seen) > 5
    assert not unread & seen


def test_what_will_be_in_sight_is_foretold(huge: Bench) -> None:
    names = [column.name for column in huge.grid.model.columns]
    columns = huge.grid.columns
    foretold = columns.first_in_sight(names, "test/public.huge")
    assert foretold is not None
    assert huge.grid.view.columns_in_sight() <= foretold
    assert len(foretold) < 60
    assert columns.first_in_sight(names[:20], "test/public.little") is None


def test_cells_out_of_sight_are_read_when_they_come_into_sight(huge: Bench, qtbot: QtBot) -> None:
    grid = huge.grid
    grid.go_to_row(1500)
    qtbot.waitUntil(lambda: grid.current_row() is not None)
    shown = grid.current_row()
    assert shown is not None
    assert shown.cells[:2] == ("1501", "v1")
    assert shown.sizes[299] == UNREAD
    before = grid.model.loader.requests_sent
    grid.view.horizontalScrollBar().setValue(grid.view.horizontalScrollBar().maximum())

    def is_read() -> bool:
        grid.grab()
        now = grid.current_row()
        return now is not None and now.cells[299] == "v299"

    qtbot.waitUntil(is_read, timeout=10_000)
    assert grid.model.loader.requests_sent - before < 10
    grid.sizes.fit_all()


def test_columns_are_measured_when_they_come_into_sight(huge: Bench, qtbot: QtBot) -> None:
    header, bar = huge.grid.view.column_header, huge.grid.view.horizontalScrollBar()
    qtbot.waitUntil(lambda: header.sectionSize(logical(huge, "c1")) < 120)
    middle, last = logical(huge, "c150"), logical(huge, "c299")
    guessed = header.sectionSize(middle)
    assert guessed > 120
    header.resizeSection(logical(huge, "c151"), 333)
    bar.setValue(header.sectionPosition(middle) - 20)
    first = header.places.logical_at(0)
    huge.grid.grab()
    qtbot.waitUntil(lambda: header.sectionSize(middle) < 120, timeout=10_000)
    assert header.places.logical_at(0) == first  # what is seen stays where it is
    assert header.sectionSize(middle - 1) < 120
    assert header.sectionSize(logical(huge, "c151")) == 333
    assert header.sectionSize(last) == guessed
    chosen: dict[str, int] = huge.grid.context.settings.get(column_widths("test/public.huge"))
    assert list(chosen) == ["c151"]


def test_a_hidden_column_is_shown_when_it_is_gone_to(wide: Callable[[], Bench]) -> None:
    bench = wide()
    choose(bench, "c05", "hide")
    bench.grid.select_cell(3, "c05")
    assert "c05" in order(bench)
    assert current(bench) == "c05"


def test_the_narrowest_column_shows_its_type(wide: Callable[[], Bench]) -> None:
    bench = wide()
    header, place = bench.grid.view.column_header, logical(bench, "c01")
    header.resizeSection(place, 1)
    assert header.sectionSize(place) == LEAST_WIDTH
    picture = header.viewport().grab(QRect(header.places.x_of(place) + 8, 8, 14, 14)).toImage()
    ground = bench.grid.context.theme.color("header").rgb()
    seen = {picture.pixelColor(x, y).rgb() for x in range(picture.width()) for y in range(picture.height())}
    assert seen != {ground}
    assert len(seen) > 1
