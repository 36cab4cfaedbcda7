"""What the grid draws: the same whether laid out anew or kept, each column in its place, and told to screen readers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QFont, QFontMetricsF, QImage, QPixmap
from PySide6.QtWidgets import QScrollBar
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import UNREAD
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from nexus_studio.ui.grid.looks import Manner, look_of
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.grid.texts import LENIENCE, Texts, stands_apart, tabular
from tests.gui.grid.conftest import Bench, OpenGrid
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def bench(sql: Sql, open_grid: OpenGrid) -> Bench:
    sql("CREATE TABLE towns (id int PRIMARY KEY, name text)")
    sql("INSERT INTO towns SELECT n, 'town ' || n FROM generate_series(1, 9) n")
    sql("CREATE TABLE drawn (id int PRIMARY KEY, name text, done bool, town int REFERENCES towns, note text, doc json)")
    sql(
        "INSERT INTO drawn SELECT n, 'name ' || n, n % 2 = 0, 1 + n % 9, CASE WHEN n % 3 > 0 THEN 'n ' || n END, '{}' "
        "FROM generate_series(1, 300) n"
    )
    sql("UPDATE drawn SET name = '漢字 ' || id WHERE id = 2")
    sql("ANALYZE drawn")
    found = open_grid("drawn", query=RowQuery(RelationName("public", "drawn")))
    found.wait(rows=300)
    found.qtbot.waitUntil(lambda: found.grid.label_of(3, "3") == "town 3")
    return found


def drawn(bench: Bench) -> QImage:
    return bench.grid.view.viewport().grab().toImage()


def cell(bench: Bench, row: int, column: int) -> QImage:
    place = bench.grid.view.cell_rect(bench.grid.model.index(row, column))
    return drawn(bench).copy(place.adjusted(1, 1, -1, -1))


def has_ink(image: QImage) -> bool:
    ground = image.pixel(image.width() - 1, image.height() - 2)
    return any(image.pixel(x, y) != ground for x in range(image.width()) for y in range(image.height()))


def test_what_is_kept_looks_as_what_is_laid_out_anew(bench: Bench) -> None:
    view = bench.grid.view
    for pixel in (0, 61, 62, view.row_height * 7):
        view.verticalScrollBar().setValue(pixel)
        kept = drawn(bench)
        view.cell_painter.forget()
        assert drawn(bench) == kept


def test_an_edit_and_its_undoing_are_seen(bench: Bench) -> None:
    before = cell(bench, 4, 1)
    bench.grid.select_cell(4, "name")
    bench.grid.go_to_line(0, 0)
    bench.grid.set_cell(bench.grid.model.shown(4), "name", "another")  # type: ignore[arg-type]
    assert cell(bench, 4, 1) != before
    bench.grid.undo()
    assert cell(bench, 4, 1) == before


def test_a_label_is_drawn_once_it_is_here(bench: Bench) -> None:
    with_label = cell(bench, 5, 3)
    bench.grid.labels.forget()
    bench.grid.view.cell_painter.forget()
    assert cell(bench, 5, 3) != with_label
    bench.qtbot.waitUntil(lambda: cell(bench, 5, 3) == with_label)


def test_another_script_moves_no_neighbour(bench: Bench) -> None:
    bench.grid.go_to_line(20, 0)
    bench.grid.view.verticalScrollBar().setValue(0)
    shown = bench.grid.model.shown(1)
    assert shown is not None
    mixed = cell(bench, 1, 4)
    bench.grid.model._shown[1] = replace(shown, cells=(shown.cells[0], "Latin", *shown.cells[2:]))
    assert cell(bench, 1, 4) == mixed
    assert has_ink(mixed)


def test_what_is_not_read_yet_is_a_placeholder(bench: Bench) -> None:
    shown = bench.grid.model.shown(3)
    assert isinstance(shown, ShownRow)
    whole = cell(bench, 3, 5)
    cells = (*shown.cells[:5], "")
    bench.grid.model._shown[3] = replace(shown, cells=cells, sizes={5: UNREAD})
    unread = cell(bench, 3, 5)
    placeholder = bench.grid.context.theme.color("placeholder").rgb()
    assert unread != whole
    assert unread.pixel(12, unread.height() // 2) == placeholder


def test_looks_of_what_was_cut_to_nothing(bench: Bench) -> None:
    doc, name = bench.relation.column("doc").type, bench.relation.column("name").type
    assert look_of("", name, UNREAD).manner is Manner.UNREAD
    assert look_of("", name).manner is Manner.EMPTY
    assert (look_of("", doc, 2_000_000).text, look_of("", name, 9).text) == ("{…}", "…")
    assert look_of("", doc, 2_000_000).note


def test_wrapped_text_takes_more_lines(bench: Bench) -> None:
    bench.grid.set_cell(bench.grid.model.shown(6), "note", "many words " * 20)  # type: ignore[arg-type]
    view = bench.grid.view
    view.set_row_height(60)
    single = cell(bench, 6, 4)
    view.wrapped = frozenset({4})
    wrapped = cell(bench, 6, 4)
    top = QRect(0, 0, wrapped.width() // 2, 18)  # its right corner says that it is staged
    assert not has_ink(single.copy(top))
    assert has_ink(wrapped.copy(top))


@pytest.mark.parametrize("text", ["i" * 200, "W" * 50, "name of row 12", "Œuvre à côté d'un être", "x", ""])
def test_texts_are_cut_to_their_room(qtbot: QtBot, text: str) -> None:
    texts = Texts(QFont())
    for room in (20, 57, 100, 340):
        fitted = texts.fitted(text, room)
        assert texts.width(fitted) <= room + LENIENCE
        if fitted != text:
            assert fitted.endswith("…")
            assert texts.width(text) > room
            assert texts.width(fitted) > room - 2 * texts.widest


def test_what_would_disturb_a_line_stands_apart() -> None:
    assert not any(map(stands_apart, ("plain", "çà et là", "漢字", "Ω")))
    assert all(map(stands_apart, ("שלום", "مرحبا", "a\u202eb", "e\u2028f", "é\t", "\U0001f600")))


@pytest.mark.parametrize("text", ["name of row 12", "Œuvre à 3,50 € – „çà et là“…", "AVAToTe fi ffl"])
def test_latin_texts_are_laid_out_as_wide_as_they_are_measured(qtbot: QtBot, text: str) -> None:
    texts = Texts(tabular(QFont()))
    layout, rise = texts.laid(text)
    assert layout.maximumWidth() == pytest.approx(texts.width(text), abs=1)
    assert rise == 0
    shaped = QFontMetricsF(texts.font)
    digits = {QFontMetricsF(texts.quick).horizontalAdvance(digit) for digit in "0123456789"}
    assert digits == {shaped.horizontalAdvance("0")}


@pytest.mark.parametrize("text", ["سلام", "नमस्ते", "e\u0301tat", "so\u00adft", "漢字"])
def test_other_scripts_are_shaped(qtbot: QtBot, text: str) -> None:
    texts = Texts(tabular(QFont()))
    assert texts.laid(text)[0].font() == texts.font
    assert texts.laid("état")[0].font() == texts.quick


def test_line_numbers_have_room_for_the_sign_of_an_estimate(bench: Bench) -> None:
    header = bench.grid.view.line_header
    header.set_most(12_345)
    written = QFontMetricsF(tabular(header.font())).horizontalAdvance("~12345")
    assert written < header.sizeHint().width() < written + 30


def test_a_finer_screen_gets_a_finer_picture(bench: Bench) -> None:
    viewport = bench.grid.view.viewport()
    fine = QPixmap(viewport.size() * 2)
    fine.setDevicePixelRatio(2)
    viewport.render(fine)
    coarse = drawn(bench)
    enlarged = coarse.scaled(fine.size(), mode=Qt.TransformationMode.FastTransformation)
    image = fine.toImage().convertToFormat(enlarged.format())
    image.setDevicePixelRatio(1)
    assert image != enlarged  # else it was only blown up
    viewport.grab()
    assert drawn(bench) == coarse


def test_a_screen_reader_reaches_cells_and_headers(bench: Bench) -> None:
    view = bench.grid.view
    table = QAccessible.queryAccessibleInterface(view)
    assert table.role() in {QAccessible.Role.Table, QAccessible.Role.Tree}
    assert "drawn" in table.text(QAccessible.Text.Name)
    found = {
        (part.role(), part.text(QAccessible.Text.Name))
        for part in map(table.child, range(min(table.childCount(), 60)))
        if part is not None
    }
    names = {name for _role, name in found}
    assert {"name", "doc", "name 1", "true", "NULL"} <= names | {""}
    assert (QAccessible.Role.ColumnHeader, "name") in found
    assert (QAccessible.Role.Cell, "name 1") in found


def test_the_current_cell_has_the_focus_for_screen_readers(bench: Bench) -> None:
    view = bench.grid.view
    bench.grid.go_to_line(0, 1)
    view.setFocus()
    bench.qtbot.keyClick(view, Qt.Key.Key_Down)
    table = QAccessible.queryAccessibleInterface(view)
    focused = table.focusChild()
    assert focused is not None
    assert focused.text(QAccessible.Text.Name) == "漢字 2"
    assert view.indexAt(focused.rect().center() - view.viewport().mapToGlobal(QPoint())).row() == 1


def test_a_screen_reader_hears_where_a_cell_is(bench: Bench) -> None:
    view = bench.grid.view
    table = QAccessible.queryAccessibleInterface(view)
    bench.grid.select_cell(1, "name")
    focused = table.focusChild()
    assert focused is not None
    assert focused.text(QAccessible.Text.Description) == "name, row 2"
    bench.grid.insert_row()
    bench.qtbot.waitUntil(lambda: bench.grid.model.drafts == 1)
    index = bench.grid.model.index(0, 0)
    role = Qt.ItemDataRole.AccessibleDescriptionRole
    assert bench.grid.model.data(index, role).endswith(", new row")
    bars = [view.horizontalScrollBar(), child(bench.grid, QScrollBar, "grid_scroll")]
    for part in (*bars, view.column_header, view.line_header):
        assert part.objectName()
        assert part.accessibleName()
