"""Go to (Ctrl+G): by number, by share, by key; what can't be gone to is explained where it was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.filters import Condition
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from nexus_studio.core.settings import GO_TO
from nexus_studio.ui.grid.go_to_dialog import GoToDialog
from tests.gui.grid.conftest import Bench, OpenGrid
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def people(sql: Sql) -> Sql:
    sql("CREATE TABLE people (id int PRIMARY KEY, name text)")
    sql("INSERT INTO people SELECT n * 10, 'name ' || n FROM generate_series(1, 3000) n")
    sql("CREATE TABLE stays (room text, night date, guest text, PRIMARY KEY (room, night))")
    sql(
        "INSERT INTO stays SELECT 'R' || r, date '2025-01-01' + d, 'guest' "
        "FROM generate_series(1, 20) r, generate_series(0, 99) d"
    )
    sql("CREATE TABLE loose (a int)")
    sql("INSERT INTO loose SELECT generate_series(1, 5)")
    sql("ANALYZE")
    return sql


def ask(bench: Bench) -> GoToDialog:
    """Press Ctrl+G and return what opens."""
    bench.qtbot.keyClick(bench.grid.view, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    dialog = bench.grid.findChild(GoToDialog)
    assert isinstance(dialog, GoToDialog)
    bench.qtbot.waitUntil(lambda: dialog.isVisible() and dialog.focusWidget() is not None)
    return dialog


def rows_word() -> str:
    """Return the number of rows as the language in force writes it: another test may have chosen it."""
    return QLocale().toString(3000)


def message(dialog: GoToDialog) -> str:
    return child(dialog, QLabel, "go_to_message").text()


def type_number(bench: Bench, dialog: GoToDialog, text: str) -> None:
    field = child(dialog, QLineEdit, "go_to_number")
    field.clear()
    bench.qtbot.keyClicks(field, text)
    bench.qtbot.keyClick(field, Qt.Key.Key_Return)


def choose_key(bench: Bench, dialog: GoToDialog) -> None:
    """By keyboard alone: back from the field to the choice before it."""
    bench.qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    button = child(dialog, QRadioButton, "go_to_by_key")
    assert dialog.focusWidget() is button
    bench.qtbot.keyClick(button, Qt.Key.Key_Space)
    assert button.isChecked()


def type_key(bench: Bench, dialog: GoToDialog, **cells: str) -> None:
    for name, text in cells.items():
        field = child(dialog, QLineEdit, f"go_to_key.{name}")
        field.clear()
        bench.qtbot.keyClicks(field, text)
    bench.qtbot.keyClick(field, Qt.Key.Key_Return)


def stands_on(bench: Bench, *key: str) -> bool:
    shown = bench.grid.current_row()
    return shown is not None and shown.row is not None and shown.row.key.cells == key


@pytest.mark.parametrize(
    ("typed", "key"), [("1234", "12340"), ("2,000", "20000"), ("-1", "30000"), ("-10", "29910"), ("50 %", "15010")]
)
def test_by_number(people: Sql, open_grid: OpenGrid, typed: str, key: str) -> None:
    bench = open_grid("people")
    bench.wait()
    bench.grid.count_exactly()
    bench.qtbot.waitUntil(lambda: bench.grid.count is not None and bench.grid.count.certainty == "exact")
    dialog = ask(bench)
    assert rows_word() in message(dialog)
    type_number(bench, dialog, typed)
    bench.qtbot.waitUntil(lambda: stands_on(bench, key))
    assert bench.grid.context.settings.get(GO_TO) == "row"


def test_a_bad_number_is_explained_and_can_be_mended(people: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("people")
    bench.wait()
    bench.grid.count_exactly()
    bench.qtbot.waitUntil(lambda: bench.grid.count is not None and bench.grid.count.certainty == "exact")
    dialog = ask(bench)
    for typed, said in (
        ("twelve", "no row number"),
        ("0", "counted from 1"),
        ("3001", rows_word()),
        ("101 %", "100 %"),
    ):
        type_number(bench, dialog, typed)
        assert said in message(dialog)
        assert dialog.isVisible()
        assert stands_on(bench, "10")
    bench.qtbot.keyClicks(dialog.focusWidget(), "7")  # what was refused is selected: typing replaces it
    assert "twelve" not in message(dialog)
    bench.qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    bench.qtbot.waitUntil(lambda: stands_on(bench, "70"))


def test_a_long_message_is_seen_whole(people: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("people")
    bench.wait()
    dialog = ask(bench)
    label, go = child(dialog, QLabel, "go_to_message"), child(dialog, QPushButton, "go_to_go")
    before = dialog.height()
    type_number(bench, dialog, "twelve")
    assert QLocale().toString(50_000) in message(dialog)  # written as the other numbers are
    assert dialog.height() == before  # there was room
    dialog.setMinimumWidth(220)
    dialog.resize(220, before)
    type_number(bench, dialog, "twelve")
    bench.qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()))
    assert go.geometry().bottom() <= dialog.rect().bottom()
    dialog.reject()


def test_by_key(people: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("people")
    bench.wait()
    dialog = ask(bench)
    choose_key(bench, dialog)
    type_key(bench, dialog, id="12345")
    bench.qtbot.waitUntil(lambda: "No row" in message(dialog))
    type_key(bench, dialog, id="x")
    assert dialog.isVisible()
    assert message(dialog)
    type_key(bench, dialog, id="23450")
    bench.qtbot.waitUntil(lambda: stands_on(bench, "23450"))
    first, last = bench.grid.view.visible_rows()
    assert first <= bench.grid.view.currentIndex().row() <= last
    assert bench.grid.context.settings.get(GO_TO) == "key"
    dialog = ask(bench)
    assert child(dialog, QRadioButton, "go_to_by_key").isChecked()  # as chosen last
    dialog.reject()


def test_by_a_key_of_two_columns_in_another_order(people: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("stays")
    bench.wait()
    with bench.qtbot.waitSignal(bench.grid.model.replaced):
        bench.grid.sort_by("night")
    dialog = ask(bench)
    choose_key(bench, dialog)
    assert unnamed_widgets(dialog) == []
    assert unreachable_widgets(dialog) == []
    type_key(bench, dialog, room="R7", night="2025-03-04")
    bench.qtbot.waitUntil(lambda: stands_on(bench, "R7", "2025-03-04"))


def test_a_row_that_the_filter_leaves_out_is_told_from_none(people: Sql, open_grid: OpenGrid) -> None:
    query = RowQuery(RelationName("public", "people"), Condition.of("id", "lt", "1000"))
    bench = open_grid("people", query=query)
    bench.wait()
    dialog = ask(bench)
    choose_key(bench, dialog)
    type_key(bench, dialog, id="2000")
    bench.qtbot.waitUntil(lambda: "filter" in message(dialog))
    type_key(bench, dialog, id="500")
    bench.qtbot.waitUntil(lambda: stands_on(bench, "500"))


def test_rows_without_a_key_have_numbers_only(people: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("loose")
    bench.wait(rows=5)
    bench.grid.context.settings.set(GO_TO, "key")
    dialog = ask(bench)
    assert not child(dialog, QRadioButton, "go_to_by_key").isEnabled()
    assert child(dialog, QRadioButton, "go_to_by_row").isChecked()
    type_number(bench, dialog, "5")
    bench.qtbot.waitUntil(lambda: bench.grid.view.currentIndex().row() == 4)


def test_escape_leaves_all_as_it_was(people: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    bench = open_grid("people")
    bench.wait()
    dialog = ask(bench)
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert stands_on(bench, "10")
    assert bench.grid.findChild(GoToDialog) is None
