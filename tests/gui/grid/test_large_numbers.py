"""Numbers of rows and cells that no 32 bits hold are said in full, in each language's form."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import RowCount
from nexus_studio.core.data.impact import Impact, TableImpact
from nexus_studio.core.names import RelationName
from nexus_studio.ui.grid.impact_view import ImpactView
from nexus_studio.ui.grid.parts import GridStatus
from nexus_studio.ui.grid.row_count import RowCountButton
from nexus_studio.ui.grid.selection_status import SelectionStatus
from nexus_studio.ui.grid.totalling import Summary
from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.plurals import plural_of
from nexus_studio.ui.panels.data.transfer.counts import Counts
from tests.support.widgets import child

LARGE = 5_000_000_001


@pytest.mark.parametrize("number", [0, 1, 2, 2**31 - 1])
def test_what_qt_counts_is_left_alone(number: int) -> None:
    assert plural_of(number) == number


def test_what_qt_does_not_count_ends_in_the_same_digits() -> None:
    assert plural_of(LARGE) == 1_000_001


def test_a_table_of_billions_says_how_many_rows_it_has(qtbot: QtBot) -> None:
    button = RowCountButton()
    qtbot.addWidget(button)
    button.show_status(GridStatus(None, RowCount(LARGE, "estimate"), 0, is_loading=False))
    assert QLocale().toString(LARGE) in button.text()
    assert button.text().startswith("~")


def test_a_selection_of_billions_of_cells_says_how_many(qtbot: QtBot) -> None:
    status = SelectionStatus()
    qtbot.addWidget(status)
    status.show_summary(Summary(LARGE, 50_000))
    assert QLocale().toString(LARGE) in child(status, ElidedLabel, "selection_text").toolTip()


def test_what_a_save_takes_along_is_said_in_full(qtbot: QtBot) -> None:
    view = ImpactView()
    qtbot.addWidget(view)
    table = TableImpact(RelationName("public", "lines"), removed=LARGE, changed=1234, added=1)
    view.show_impact(Impact((table,)))
    assert all(QLocale().toString(number) in view.text() for number in (LARGE, 1234, 1))


@pytest.mark.parametrize("number", [1234, LARGE])
def test_what_an_import_did_is_said_in_full(qtbot: QtBot, number: int) -> None:
    counts = Counts()
    sentences = (counts.rows, counts.inserted, counts.updated, counts.missing, counts.unwritten, counts.refused)
    assert [QLocale().toString(number) in say(number) for say in sentences] == [True] * len(sentences)
