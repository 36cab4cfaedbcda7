"""Filter bar, change bar, review, count: what they show and what they ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QTabWidget,
    QToolButton,
    QTreeWidget,
)
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import RowCount
from nexus_studio.core.data.filters import OPERATORS, AllOf, AnyOf, Condition, Not
from nexus_studio.core.data.merge import Conflict
from nexus_studio.core.errors import ConstraintViolated, ServerReport
from nexus_studio.core.profiles import Environment
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.services import targetsearch
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session
from nexus_studio.ui.grid.change_bar import ChangeBar
from nexus_studio.ui.grid.condition_popup import ConditionPopup
from nexus_studio.ui.grid.filter_bar import FilterBar
from nexus_studio.ui.grid.operator_words import WORDS, filter_words
from nexus_studio.ui.grid.parts import GridStatus
from nexus_studio.ui.grid.review_dialog import ReviewDialog
from nexus_studio.ui.grid.row_count import RowCountButton
from tests.gui.grid.conftest import Bench, OpenGrid
from tests.support.widgets import child, unnamed_widgets

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def bench(sql: Sql, open_grid: OpenGrid) -> Bench:
    sql("CREATE TYPE role AS ENUM ('COACH', 'STUDENT', 'ADMIN')")
    sql("CREATE TABLE people (id int PRIMARY KEY, name text, role role, born date, paid bool)")
    sql("INSERT INTO people SELECT n, 'name ' || n, 'COACH', '2000-01-01', true FROM generate_series(1, 20) n")
    found = open_grid("people")
    found.wait(rows=20)
    return found


@pytest.fixture
def bar(bench: Bench, qtbot: QtBot) -> FilterBar:
    bar = FilterBar(bench.grid.context)
    qtbot.addWidget(bar)
    bar.open(bench.relation, ModelOverlay())
    bar.resize(900, 60)
    bar.show()
    return bar


def popup_of(bar: FilterBar) -> ConditionPopup:
    assert isinstance(bar.popup, ConditionPopup)
    return bar.popup


def choose(popup: ConditionPopup, name: str, text: str) -> None:
    combo = child(popup, QComboBox, name)
    assert isinstance(combo, QComboBox)
    place = combo.findText(text)
    assert place >= 0, [combo.itemText(n) for n in range(combo.count())]
    combo.setCurrentIndex(place)


def test_every_operator_has_words() -> None:
    assert set(WORDS) == set(OPERATORS)


def type_column(column: QComboBox, text: str, key: Qt.Key, qtbot: QtBot) -> None:
    field, completer = column.lineEdit(), column.completer()
    assert field is not None
    assert completer is not None
    field.selectAll()
    qtbot.keyClicks(field, text)
    popup = completer.popup()
    assert popup is not None
    qtbot.keyClick(popup if popup.isVisible() else field, key)


def test_a_condition_is_built_with_the_keyboard(bar: FilterBar, qtbot: QtBot) -> None:
    qtbot.mouseClick(child(bar, QPushButton, "filter_add"), Qt.MouseButton.LeftButton)
    popup = popup_of(bar)
    assert unnamed_widgets(popup) == []
    choose(popup, "condition_column", "born")
    choose(popup, "condition_operator", "before")
    value = child(popup, QLineEdit, "condition_value")
    qtbot.keyClicks(value, "not a date")
    qtbot.keyClick(value, Qt.Key.Key_Return)
    assert popup.message
    value.clear()
    qtbot.keyClicks(value, "2001-05-06")
    with qtbot.waitSignal(bar.applied) as applied:
        qtbot.keyClick(value, Qt.Key.Key_Return)
    assert applied.args == [AllOf((Condition.of("born", "lt", "2001-05-06"),))]


def test_a_column_is_taken_by_its_first_letters(bar: FilterBar, qtbot: QtBot) -> None:
    bar.begin("role")
    popup = popup_of(bar)
    column = child(popup, QComboBox, "condition_column")
    assert column.currentText() == "role"
    tall = popup.height()
    type_column(column, "na", Qt.Key.Key_Tab, qtbot)
    assert column.currentText() == "name"
    assert popup.height() <= popup.sizeHint().height() + 2 < tall
    type_column(column, "orn", Qt.Key.Key_Return, qtbot)
    assert column.currentText() == "born"
    assert column.currentIndex() == column.findText("born")
    popup.close()


def test_a_filter_says_what_was_searched_for_its_target(
    sql: Sql, open_grid: OpenGrid, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targetsearch, "SMALL_BYTES", 0)
    sql("CREATE TABLE places (id int PRIMARY KEY, name text); INSERT INTO places VALUES (1, 'Paris'), (2, 'Lyon')")
    sql("CREATE TABLE visits (id int PRIMARY KEY, place int REFERENCES places); INSERT INTO visits VALUES (1, 2)")
    bench = open_grid("visits")
    bench.wait(rows=1)
    bar = FilterBar(bench.grid.context)
    qtbot.addWidget(bar)
    bar.picker_of = bench.grid.picker_of
    bar.open(bench.relation, ModelOverlay())
    bar.show()
    bar.begin("place")
    popup = popup_of(bar)
    note = child(popup, QLabel, "condition_note")
    qtbot.keyClicks(child(popup, QLineEdit, "condition_value"), "lyo")
    qtbot.waitUntil(lambda: note.text().startswith("Searched: keys, and the first") and note.isVisible())
    assert child(popup, QListWidget, "found_list").count() == 1
    popup.close()


def test_a_key_is_filtered_by_the_name_of_its_target(sql: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    sql("CREATE TABLE places (id int PRIMARY KEY, name text)")
    sql("INSERT INTO places VALUES (1, 'Paris'), (2, 'Lyon')")
    sql("CREATE TABLE visits (id int PRIMARY KEY, place int REFERENCES places)")
    sql("INSERT INTO visits VALUES (1, 2)")
    bench = open_grid("visits")
    bench.wait(rows=1)
    bar = FilterBar(bench.grid.context)
    qtbot.addWidget(bar)
    bar.picker_of = bench.grid.picker_of
    bar.open(bench.relation, ModelOverlay())
    bar.show()
    bar.begin("place")
    popup = popup_of(bar)
    found = child(popup, QListWidget, "found_list")
    qtbot.waitUntil(lambda: found.count() == 2)
    assert unnamed_widgets(popup) == []
    value = child(popup, QLineEdit, "condition_value")
    qtbot.keyClicks(value, "lyo")
    qtbot.waitUntil(lambda: found.count() == 1)
    with qtbot.waitSignal(bar.applied):
        qtbot.keyClick(value, Qt.Key.Key_Return)
    assert bar.filter == AllOf((Condition.of("place", "is", "2"),))


def test_enum_values_are_checked_in_a_list(bar: FilterBar, qtbot: QtBot) -> None:
    bar.begin()
    popup = popup_of(bar)
    choose(popup, "condition_column", "role")
    choose(popup, "condition_operator", "is one of")
    found = child(popup, QListWidget, "condition_list")
    found.item(0).setCheckState(Qt.CheckState.Checked)
    found.item(2).setCheckState(Qt.CheckState.Checked)
    with qtbot.waitSignal(bar.applied):
        popup.accept()
    assert bar.filter == AllOf((Condition.of("role", "in", "COACH", "ADMIN"),))


def test_nothing_to_compare_with_is_refused(bar: FilterBar) -> None:
    bar.begin()
    popup = popup_of(bar)
    choose(popup, "condition_column", "id")
    popup.accept()
    assert popup.message == "A value is missing."
    popup.close()


def test_chips_group_and_go(bar: FilterBar, qtbot: QtBot) -> None:
    one, two = Condition.of("id", "is", "1"), Condition.of("name", "contains", "x")
    bar.set_filter(AllOf((one, two)))
    assert unnamed_widgets(bar) == []
    with qtbot.waitSignal(bar.applied):
        child(bar, QToolButton, "filter_group").click()
    assert bar.filter == AnyOf((one, two))
    bar.set_filter(AnyOf((one, two, AllOf((two, Not(one))))))
    with qtbot.waitSignal(bar.applied):
        child(bar, QToolButton, "filter_chip_0_remove").click()
    assert bar.filter == AnyOf((two, AllOf((two, Not(one)))))
    with qtbot.waitSignal(bar.applied):
        bar.clear()
    assert repr(bar.filter) == repr(AllOf())


def test_a_chip_is_edited(bar: FilterBar, qtbot: QtBot) -> None:
    bar.set_filter(AllOf((Condition.of("id", "between", "1", "5"),)))
    child(bar, QPushButton, "filter_chip_0_edit").click()
    popup = popup_of(bar)
    assert child(popup, QLineEdit, "condition_second_value").text() == "5"
    child(popup, QLineEdit, "condition_second_value").setText("7")
    with qtbot.waitSignal(bar.applied):
        popup.accept()
    assert bar.filter == AllOf((Condition.of("id", "between", "1", "7"),))


def test_search_waits_for_the_end_of_typing(bar: FilterBar, qtbot: QtBot) -> None:
    search = child(bar, QLineEdit, "filter_search")
    with qtbot.waitSignal(bar.search_applied) as searched:
        qtbot.keyClicks(search, "ali")
    assert searched.args == ["ali"]
    bar.set_filter(AllOf())


def test_filters_read_as_sentences() -> None:
    one, two = Condition.of("id", "is", "1"), Condition.of("name", "is_null")
    assert filter_words(AnyOf((one, AllOf((two, Not(one)))))) == "id is 1 or (name is NULL and not (id is 1))"


def test_the_change_bar_counts(bench: Bench, qtbot: QtBot) -> None:
    bar = ChangeBar()
    qtbot.addWidget(bar)
    bar.open(bench.changes)
    assert bar.isHidden()
    bench.grid.select_cell(0, "name")
    bench.grid.stage("name", "other")
    bench.grid.insert_row()
    bar.refresh()
    assert not bar.isHidden()
    assert bar._count.text().startswith("2 change")
    assert unnamed_widgets(bar) == []
    bar.show_refusal(ConstraintViolated("constraint.unique", constraint="people_pkey", table="people"))
    assert bar._why.accessibleName()
    with qtbot.waitSignal(bar.save_asked):
        child(bar, QPushButton, "change_save").click()
    bench.changes.clear()
    bar.refresh()
    assert bar.isHidden()


def test_a_refusal_is_one_line_and_goes_with_the_next_change(bench: Bench, qtbot: QtBot) -> None:
    bar = ChangeBar()
    qtbot.addWidget(bar)
    bar.open(bench.changes)
    bar.resize(700, 40)
    bench.grid.stage("name", "other")
    bar.refresh()
    bar.show()
    report = ServerReport("23514", 'new row violates\nthe check "x"', "Failing row contains (1, a, b).")
    error = ConstraintViolated("constraint.check", constraint="x", table="people", report=report)
    bar.show_refusal(error)
    why = child(bar, QLabel, "change_refusal")
    assert why.text() == why.accessibleName()  # a line of its own, in which there is room
    bar.show_refusal(ConstraintViolated(report=ServerReport("23514", "new row violates the check " * 9)))
    assert why.text().endswith("…")
    bar.show_refusal(error)
    assert "\n" not in why.text()
    assert "Failing row" not in why.accessibleName()
    assert "Failing row" in why.toolTip()
    bar.refresh()
    assert why.text()
    bench.grid.stage("name", "another")
    bar.refresh()
    assert why.text() == ""
    bar.show_refusal(error)
    bar.setEnabled(False)
    assert why.text() == ""


def test_conflicts_can_be_settled_later(bench: Bench, qtbot: QtBot) -> None:
    bar = ChangeBar()
    qtbot.addWidget(bar)
    bench.grid.select_cell(0, "name")
    bench.grid.stage("name", "other")
    bar.open(bench.changes)
    resolve = child(bar, QPushButton, "change_resolve")
    assert resolve.isHidden()
    draft = bench.changes.staged_rows()[0].draft
    bench.changes.mark_conflict(Conflict(draft=draft, vanished=True))
    bar.refresh()
    assert not resolve.isHidden()
    with qtbot.waitSignal(bar.resolve_asked):
        resolve.click()
    bench.changes.resolve(draft, keep_mine=False)
    bar.refresh()
    assert bar.isHidden()


def test_review_reads_and_copies(bench: Bench, session: Session, qtbot: QtBot) -> None:
    bench.grid.select_cell(0, "name")
    bench.grid.stage("name", "other")
    bench.grid.select_cell(1, "name")
    bench.grid.stage("name", None)
    bench.grid.select_cell(2, "name")
    bench.grid.delete_rows()
    frozen = bench.changes.freeze()
    lines = RowWriter(session).preview(bench.relation, frozen)
    dialog = ReviewDialog(bench.grid.context, bench.relation, frozen, lines, Environment.PRODUCTION)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    assert unnamed_widgets(dialog) == []
    assert "Change id = 1" in dialog.change_lines()
    assert "  name: name 1 → other" in dialog.change_lines()
    assert "  name: name 2 → NULL" in dialog.change_lines()
    assert "Delete id = 3" in dialog.change_lines()
    child(dialog, QPushButton, "review_copy").click()
    assert "UPDATE" in QGuiApplication.clipboard().text()
    assert "DELETE" in QGuiApplication.clipboard().text()
    with qtbot.waitSignal(dialog.save_asked):
        child(dialog, QPushButton, "review.save").click()


def test_review_names_rows_for_people(bench: Bench, qtbot: QtBot) -> None:
    bench.grid.select_cell(0, "name")
    bench.grid.stage("name", "other")
    bench.grid.insert_row()
    frozen = bench.changes.freeze()
    labels = {frozen[0].draft: "name 1", frozen[1].draft: "Zoe"}
    sql = ["UPDATE people SET " + "x, " * 100]
    dialog = ReviewDialog(bench.grid.context, bench.relation, frozen, sql, Environment.CI, labels=labels)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    assert "Change name 1 · id = 1" in dialog.change_lines()
    assert "New row Zoe" in dialog.change_lines()
    tree = child(dialog, QTreeWidget, "review_changes")
    assert all(tree.isFirstColumnSpanned(row, QModelIndex()) for row in range(2))
    child(dialog, QTabWidget, "review_tabs").setCurrentIndex(1)
    assert not child(dialog, QPlainTextEdit, "review_sql").horizontalScrollBar().maximum()


def test_an_estimate_can_be_counted(qtbot: QtBot) -> None:
    button = RowCountButton()
    qtbot.addWidget(button)
    button.show_status(GridStatus(4, RowCount(1000, "estimate"), 1, is_loading=False))
    assert button.text() == "row 5 of ~1000" or button.text() == "row 5 of ~1,000"
    with qtbot.waitSignal(button.count_asked):
        button.click()
    button.show_status(GridStatus(None, RowCount(7, "exact"), 0, is_loading=False))
    assert button.text() == "7 row(s)"
    assert not button.isEnabled()


def test_another_column_begins_with_its_most_useful_operator(bar: FilterBar, qtbot: QtBot) -> None:
    qtbot.mouseClick(child(bar, QPushButton, "filter_add"), Qt.MouseButton.LeftButton)
    popup = popup_of(bar)
    operator = child(popup, QComboBox, "condition_operator")
    choose(popup, "condition_column", "born")
    assert operator.currentData() == "is"
    choose(popup, "condition_column", "name")
    assert operator.currentData() == "contains"
    operator.setFocus()
    qtbot.keyClick(operator, Qt.Key.Key_Down)  # chosen by the person: kept where it fits
    chosen = operator.currentData()
    assert chosen != "contains"
    while operator.currentData() != "is_not":
        qtbot.keyClick(operator, Qt.Key.Key_Down)
    choose(popup, "condition_column", "born")
    assert operator.currentData() == "is_not"
