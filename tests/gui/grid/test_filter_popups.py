"""Groups, SQL conditions and saved filters: built by hand and by keys on a real table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QListWidget,
    QPushButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.filters import AllOf, AnyOf, Condition, Filter, Not, Raw
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.filterchecking import check_query
from nexus_studio.services.session import Session
from nexus_studio.ui.grid.condition_popup import ConditionPopup
from nexus_studio.ui.grid.filter_bar import FilterBar
from nexus_studio.ui.grid.filter_editor import GroupPopup
from nexus_studio.ui.grid.raw_filter import RawPopup
from nexus_studio.ui.grid.raw_text import RawText
from nexus_studio.ui.grid.saved_filters_popup import SavedPopup
from nexus_studio.ui.grid.short_list import LINE_HEIGHT
from tests.gui.grid.conftest import Bench, OpenGrid
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

Sql = Callable[..., list[tuple[Any, ...]]]
ID, NAME = Condition.of("id", "is", "1"), Condition.of("name", "contains", "x")


@pytest.fixture
def bench(sql: Sql, open_grid: OpenGrid) -> Bench:
    sql("CREATE TYPE role AS ENUM ('COACH', 'STUDENT', 'ADMIN')")
    sql('CREATE TABLE people (id int PRIMARY KEY, name text, role role, "bornOn" date, tags text[])')
    sql("INSERT INTO people SELECT n, 'name ' || n, 'COACH', '2000-01-01', '{a}' FROM generate_series(1, 20) n")
    found = open_grid("people")
    found.wait(rows=20)
    return found


@pytest.fixture
def bar(bench: Bench, session: Session, qtbot: QtBot) -> FilterBar:
    bar = FilterBar(bench.grid.context)
    qtbot.addWidget(bar)
    relation = bench.relation

    def check(condition: Filter, ctx: TaskContext) -> None:
        check_query(session, relation, RowQuery(relation.name, condition), ctx)

    bar.open(relation, ModelOverlay(), "here/public.people")
    bar.check = check
    bar.resize(900, 120)
    bar.show()
    return bar


def press(widget: QWidget, key: Qt.Key, qtbot: QtBot, modifier: Qt.KeyboardModifier | None = None) -> None:
    qtbot.keyClick(widget, key, modifier or Qt.KeyboardModifier.NoModifier)


def chip(bar: FilterBar, place: int) -> QPushButton:
    return child(bar.chips.chips[place], QPushButton, f"filter_chip_{place}_edit")


def choose_from_menu(bar: FilterBar, place: int, name: str) -> None:
    menu = bar.chips.open_chip_menu(place, QPoint(0, 0))
    action = next(one for one in menu.actions() if one.objectName() == f"filter_chip_menu_{name}")
    menu.close()
    action.trigger()


def fill(popup: ConditionPopup, column: str, operator: str, value: str) -> None:
    popup.show_condition(Condition.of(column, operator, value))
    popup.accept()


def test_or_makes_a_group_of_a_chip(bar: FilterBar, qtbot: QtBot) -> None:
    bar.set_filter(AllOf((ID, NAME)))
    choose_from_menu(bar, 0, "or")
    assert isinstance(bar.popup, ConditionPopup)
    with qtbot.waitSignal(bar.applied):
        fill(bar.popup, "id", "is", "7")
    assert bar.filter == AllOf((AnyOf((ID, Condition.of("id", "is", "7"))), NAME))
    assert chip(bar, 0).toolTip() == "(id is 1 or id is 7)"
    choose_from_menu(bar, 0, "and")
    assert isinstance(bar.popup, ConditionPopup)
    fill(bar.popup, "name", "contains", "q")
    assert len(bar.chips.parts) == 3  # the chips are joined by "and" already


def test_or_on_the_only_chip_joins_the_whole_bar(bar: FilterBar) -> None:
    bar.set_filter(AllOf((ID,)))
    choose_from_menu(bar, 0, "or")
    assert isinstance(bar.popup, ConditionPopup)
    fill(bar.popup, "name", "contains", "x")
    assert bar.filter == AnyOf((ID, NAME))


def test_chips_become_one_and_several_again(bar: FilterBar, qtbot: QtBot) -> None:
    raw = Raw("id < 5")
    bar.set_filter(AllOf((ID, NAME, raw)))
    with qtbot.waitSignal(bar.applied) as told:
        choose_from_menu(bar, 1, "group_left")
    assert told.args == [AllOf((AnyOf((ID, NAME)), raw))]
    assert not bar.chips.can_ungroup(0)  # "any" among "all" would mean something else
    choose_from_menu(bar, 1, "remove")
    choose_from_menu(bar, 0, "ungroup")
    assert bar.filter == AnyOf((ID, NAME))
    choose_from_menu(bar, 1, "negate")
    assert bar.filter == AnyOf((ID, Not(NAME)))
    assert chip(bar, 1).toolTip() == "not (name contains x)"


def test_a_group_is_edited_by_keys(bar: FilterBar, qtbot: QtBot) -> None:
    bar.set_filter(AllOf((AnyOf((ID, NAME)), Raw("id < 5"))))
    press(chip(bar, 0), Qt.Key.Key_Return, qtbot)
    group = bar.popup
    assert isinstance(group, GroupPopup)
    assert unnamed_widgets(group) == []
    assert unreachable_widgets(group) == []
    parts = child(group, QListWidget, "group_parts")
    press(parts, Qt.Key.Key_N, qtbot)
    assert group.draft == AnyOf((Not(ID), NAME))
    press(parts, Qt.Key.Key_Down, qtbot)
    press(parts, Qt.Key.Key_Return, qtbot)
    inner = group.popup
    assert isinstance(inner, ConditionPopup)
    value = child(inner, QLineEdit, "condition_value")
    value.setText("y")
    press(value, Qt.Key.Key_Return, qtbot)
    press(parts, Qt.Key.Key_Insert, qtbot)
    assert isinstance(group.popup, ConditionPopup)
    fill(group.popup, "id", "is", "9")
    press(parts, Qt.Key.Key_Up, qtbot)
    press(parts, Qt.Key.Key_Up, qtbot)
    press(parts, Qt.Key.Key_Delete, qtbot)
    before = bar.filter
    assert before == AllOf((AnyOf((ID, NAME)), Raw("id < 5")))  # a draft until it is applied
    with qtbot.waitSignal(bar.applied):
        press(parts, Qt.Key.Key_Return, qtbot, Qt.KeyboardModifier.ControlModifier)
    wanted = AnyOf((Condition.of("name", "contains", "y"), Condition.of("id", "is", "9")))
    assert bar.filter == AllOf((wanted, Raw("id < 5")))


def test_groups_hold_groups_and_not(bar: FilterBar, qtbot: QtBot) -> None:
    bar.set_filter(AllOf((ID,)))
    bar.chips.add_group()
    outer = bar.popup
    assert isinstance(outer, GroupPopup)
    outer.accept()
    assert outer.message
    outer.add_condition()
    assert isinstance(outer.popup, ConditionPopup)
    fill(outer.popup, "id", "is", "2")
    outer.add_group()
    inner = outer.popup
    assert isinstance(inner, GroupPopup)
    for number in ("3", "4"):
        inner.add_condition()
        assert isinstance(inner.popup, ConditionPopup)
        fill(inner.popup, "id", "is_not", number)
    inner.accept()
    child(outer, QCheckBox, "group_not").click()
    with qtbot.waitSignal(bar.applied):
        outer.accept()
    within = AllOf((Condition.of("id", "is_not", "3"), Condition.of("id", "is_not", "4")))
    assert bar.filter == AllOf((ID, Not(AnyOf((Condition.of("id", "is", "2"), within)))))
    bar.chips.edit_part(1)
    again = bar.popup
    assert isinstance(again, GroupPopup)
    assert again.draft == bar.chips.parts[1]
    child(again, QComboBox, "group_kind").setCurrentIndex(0)
    again.accept()
    assert bar.chips.parts[1] == Not(AllOf((Condition.of("id", "is", "2"), within)))


def test_arrows_go_from_chip_to_chip(bar: FilterBar, qtbot: QtBot) -> None:
    bar.activateWindow()
    bar.set_filter(AllOf((ID, NAME, Raw("true"))))
    chip(bar, 0).setFocus()
    press(chip(bar, 0), Qt.Key.Key_Right, qtbot)
    assert bar.focusWidget() is chip(bar, 1)
    press(chip(bar, 1), Qt.Key.Key_End, qtbot)
    assert bar.focusWidget() is chip(bar, 2)
    press(chip(bar, 2), Qt.Key.Key_Delete, qtbot)
    assert bar.filter == AllOf((ID, NAME))
    assert bar.focusWidget() is chip(bar, 1)
    press(chip(bar, 1), Qt.Key.Key_Home, qtbot)
    press(chip(bar, 0), Qt.Key.Key_Left, qtbot)
    assert bar.focusWidget() is child(bar, QToolButton, "filter_group")


def test_sql_is_checked_by_the_server_and_stays_until_it_is_right(bar: FilterBar, qtbot: QtBot) -> None:
    told: list[Filter] = []
    bar.applied.connect(told.append)
    child(bar, QToolButton, "filter_add_sql").click()
    popup = bar.popup
    assert isinstance(popup, RawPopup)
    assert unnamed_widgets(popup) == []
    text = child(popup, RawText, "raw_text")
    text.setPlainText("\n id > 3 AND lenght(name) > 1")
    press(text, Qt.Key.Key_Return, qtbot, Qt.KeyboardModifier.ControlModifier)
    assert popup.is_checking
    qtbot.waitUntil(lambda: bool(popup.message))
    assert popup.message.startswith("Line 2, character 13: function lenght(text) does not exist")
    assert text.extraSelections()[0].cursor.selectedText() == "lenght"
    assert popup.isVisible()
    assert told == []
    text.setPlainText("id > 3 AND length(name) > 1; DROP TABLE people")
    assert popup.message == ""
    popup.accept()
    qtbot.waitUntil(lambda: bool(popup.message))
    assert told == []
    text.setPlainText("id > 3 AND length(name) > 1")
    with qtbot.waitSignal(bar.applied):
        popup.accept()
    assert told == [AllOf((Raw("id > 3 AND length(name) > 1"),))]
    assert not chip(bar, 0).icon().isNull()


def test_a_draft_of_sql_is_left_with_escape(bar: FilterBar, qtbot: QtBot) -> None:
    bar.begin_sql()
    popup = bar.popup
    assert isinstance(popup, RawPopup)
    text = child(popup, RawText, "raw_text")
    press(text, Qt.Key.Key_Return, qtbot, Qt.KeyboardModifier.ControlModifier)
    assert popup.message
    qtbot.keyClicks(text, "bor")
    press(text, Qt.Key.Key_Space, qtbot, Qt.KeyboardModifier.ControlModifier)
    assert text.toPlainText() == '"bornOn"'
    press(text, Qt.Key.Key_Escape, qtbot)
    assert not popup.isVisible()
    assert bar.filter == AllOf()


def test_filters_are_kept_renamed_overwritten_and_deleted(bar: FilterBar, qtbot: QtBot) -> None:
    assert bar.saved is not None
    bar.set_filter(AllOf((ID, Raw("true"))))
    child(bar, QToolButton, "filter_saved").click()
    popup = bar.popup
    assert isinstance(popup, SavedPopup)
    assert unnamed_widgets(popup) == []
    name = child(popup, QLineEdit, "saved_name")
    qtbot.keyClicks(name, "mine")
    press(name, Qt.Key.Key_Return, qtbot)
    assert bar.saved.get("mine") == AllOf((ID, Raw("true")))
    popup.close()

    bar.set_filter(AllOf((NAME,)))
    bar.show_saved()
    popup = bar.popup
    assert isinstance(popup, SavedPopup)
    name = child(popup, QLineEdit, "saved_name")
    name.setText("mine")
    child(popup, QPushButton, "saved_keep").click()
    assert "mine" in popup.message
    assert bar.saved.get("mine") == AllOf((ID, Raw("true")))
    child(popup, QPushButton, "saved_keep").click()
    assert bar.saved.get("mine") == AllOf((NAME,))
    found = child(popup, QListWidget, "saved_list")
    press(found, Qt.Key.Key_F2, qtbot)
    name.setText("ours")
    child(popup, QPushButton, "saved_keep").click()
    assert bar.saved.names() == ("ours",)
    press(found, Qt.Key.Key_Delete, qtbot)
    assert bar.saved.names() == ()
    notice = bar._context.notices.current()
    assert notice is not None
    notice.buttons[0].run()
    assert bar.saved.get("ours") == AllOf((NAME,))


def test_a_saved_filter_is_applied(bar: FilterBar, qtbot: QtBot) -> None:
    assert bar.saved is not None
    bar.saved.save("groups", AnyOf((ID, AllOf((NAME, Raw("true"))))))
    bar.show_saved()
    popup = bar.popup
    assert isinstance(popup, SavedPopup)
    with qtbot.waitSignal(bar.applied) as told:
        press(child(popup, QListWidget, "saved_list"), Qt.Key.Key_Return, qtbot)
    assert told.args == [AnyOf((ID, AllOf((NAME, Raw("true")))))]


@pytest.mark.parametrize(("saved", "lines"), [(2, 2), (9, 6)])
def test_lines_of_the_list_are_whole(bar: FilterBar, saved: int, lines: int) -> None:
    assert bar.saved is not None
    for number in range(saved):
        bar.saved.save(f"filter {number}", AllOf((ID,)))
    bar.show_saved()
    popup = bar.popup
    assert isinstance(popup, SavedPopup)
    found = child(popup, QListWidget, "saved_list")
    high = found.visualItemRect(found.item(0)).height()
    assert high >= LINE_HEIGHT
    assert found.viewport().height() == lines * high
    popup.close()


def test_a_saved_filter_with_lost_columns_is_not_applied(bar: FilterBar) -> None:
    assert bar.saved is not None
    told: list[Filter] = []
    bar.applied.connect(told.append)
    bar.saved.save("old", AllOf((ID, Condition.of("gone", "is", "1"))))
    bar.show_saved()
    popup = bar.popup
    assert isinstance(popup, SavedPopup)
    popup.apply()
    assert told == []
    assert bar.filter == AllOf()
    assert "gone" in bar.message.text
    child(bar, QPushButton, "filter_step_show").click()
    assert [one.is_marked for one in bar.chips.chips] == [False, True]
    assert told == []


def test_filters_of_other_tables_and_places_are_apart(bar: FilterBar, bench: Bench) -> None:
    assert bar.saved is not None
    bar.saved.save("mine", AllOf((ID,)))
    other = FilterBar(bench.grid.context, bar)
    other.open(bench.relation, ModelOverlay(), "there/public.people")
    assert other.saved is not None
    assert other.saved.names() == ()
    other.open(bench.relation, ModelOverlay())
    assert other.saved is None
    assert child(other, QToolButton, "filter_saved").isHidden()


def test_fields_fit_the_operator(bar: FilterBar, qtbot: QtBot) -> None:
    bar.begin("id")
    popup = bar.popup
    assert isinstance(popup, ConditionPopup)
    popup.show_condition(Condition.of("id", "in", "1", "2"))
    value = child(popup, QLineEdit, "condition_value")
    assert value.text() == "1, 2"
    assert value.placeholderText()
    value.setText("4\n5, 6")
    with qtbot.waitSignal(bar.applied):
        popup.accept()
    assert bar.filter == AllOf((Condition.of("id", "in", "4", "5", "6"),))
    bar.chips.edit_part(0)
    popup = bar.popup
    assert isinstance(popup, ConditionPopup)
    popup.show_condition(Condition.of("bornOn", "between", "2001-01-01", "2002-01-01"))
    assert child(popup, QLineEdit, "condition_value").accessibleName() == "Lower value"
    popup.show_condition(Condition.of("id", "is_null"))
    assert not child(popup, QLineEdit, "condition_value").isVisible()
    popup.accept()
    assert bar.filter == AllOf((Condition.of("id", "is_null"),))


def test_popups_lie_on_the_screen(bar: FilterBar) -> None:
    screen = QApplication.primaryScreen().availableGeometry()
    bar.move(screen.bottomRight() - QPoint(120, 60))
    for begin in (bar.begin, bar.begin_sql, bar.chips.add_group, bar.show_saved):
        begin()
        assert bar.popup is not None
        assert screen.contains(bar.popup.geometry())
        bar.popup.close()
        QApplication.sendPostedEvents()
