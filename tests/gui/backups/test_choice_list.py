"""Schemas and tables that are ticked: a schema as a whole, some of its tables, and thousands of them at once."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.archives import Selection
from nexus_studio.core.names import RelationName
from nexus_studio.ui.panels.backups.choice_list import ChoiceList
from tests.gui.migrations.conftest import Closing
from tests.support.beat import STALL_S, work_of
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

A, B, C = RelationName("public", "a"), RelationName("public", "b"), RelationName("audit", "events")
ON, OFF, PART = Qt.CheckState.Checked, Qt.CheckState.Unchecked, Qt.CheckState.PartiallyChecked
CHECK = Qt.ItemDataRole.CheckStateRole


@pytest.fixture
def choice(qtbot: QtBot, closing: Closing) -> ChoiceList:
    del qtbot  # it brings the application
    choice = ChoiceList("create")
    closing(choice)
    choice.show_tables({"public": [A, B], "audit": [C]})
    return choice


def lines(choice: ChoiceList) -> dict[str, Qt.CheckState]:
    model = choice.model
    places = [model.index(row) for row in range(model.rowCount())]
    return {str(each.data(Qt.ItemDataRole.AccessibleTextRole)): each.data(CHECK) for each in places}


def tick(choice: ChoiceList, name: str, state: Qt.CheckState) -> None:
    place = list(lines(choice)).index(name)
    choice.model.setData(choice.model.index(place), state.value, CHECK)


def test_a_schema_is_ticked_as_a_whole(choice: ChoiceList) -> None:
    tick(choice, "public", ON)
    assert lines(choice) == {"audit": OFF, "audit.events": OFF, "public": ON, str(A): ON, str(B): ON}
    assert choice.selection() == Selection(schemas=("public",))
    tick(choice, str(A), OFF)  # then the others of it are meant
    assert lines(choice)["public"] is PART
    assert choice.selection() == Selection(tables=(B,))
    tick(choice, "audit", ON)
    assert choice.selection() == Selection(("audit",), (B,))
    assert choice.model.tables() == (C, B)


def test_the_filter_hides_and_forgets_nothing(choice: ChoiceList, qtbot: QtBot) -> None:
    tick(choice, str(B), ON)
    qtbot.keyClicks(child(choice, QLineEdit, "backups.create_filter"), "event")
    assert list(lines(choice)) == ["audit", "audit.events"]
    assert choice.selection() == Selection(tables=(B,))
    assert (unnamed_widgets(choice), unreachable_widgets(choice)) == ([], [])


def test_thousands_of_tables_take_no_time(choice: ChoiceList) -> None:
    many = [RelationName("public", f"t{number:05}") for number in range(5000)]
    choice.show()
    assert work_of(lambda: choice.show_tables({"public": many})) < STALL_S
    assert work_of(lambda: choice.filter.setText("t049")) < STALL_S
    assert choice.model.rowCount() == 101
