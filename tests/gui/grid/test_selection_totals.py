"""The line that tells what is selected: exact numbers, from rows at hand or by the server when asked."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.filters import Condition
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.data.totals import Totals
from nexus_studio.core.names import RelationName
from nexus_studio.ui.grid.blocks import END, Block
from nexus_studio.ui.grid.selection_status import SelectionStatus, number_words
from nexus_studio.ui.grid.totalling import Summary
from nexus_studio.ui.kit.elided import ElidedLabel
from tests.gui.grid.conftest import Bench, OpenGrid
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def tall(sql: Sql) -> Sql:
    sql("CREATE TABLE tall (id int PRIMARY KEY, amount numeric, ratio float8, day date, secret int, note text)")
    sql("INSERT INTO tall SELECT n, n + 0.1, n / 8.0, date '2020-01-01' + n, n, 'x' FROM generate_series(1, 30000) n")
    sql("INSERT INTO tall VALUES (30001, 'NaN', 'Infinity', NULL, NULL, NULL)")
    sql("ANALYZE tall")
    return sql


def summary(bench: Bench) -> Summary:
    """Wait for what is told of the selection."""
    bench.qtbot.waitUntil(lambda: bench.grid.totalling.summary is not None)
    found = bench.grid.totalling.summary
    assert found is not None
    return found


def asked(bench: Bench) -> Summary:
    """Have the server add up, and wait."""
    bench.qtbot.waitUntil(lambda: summary(bench).may_ask)
    bench.grid.add_up()
    bench.qtbot.waitUntil(lambda: summary(bench).totals is not None, timeout=10_000)
    return summary(bench)


def test_rows_at_hand_are_added_up_at_once(tall: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("tall")
    bench.wait()
    bench.grid.chooser.choose((Block(0, 9, 1, 1),))
    bench.qtbot.waitUntil(lambda: summary(bench).totals is not None)
    totals = summary(bench).totals
    assert totals is not None
    assert (totals.cells, totals.numbers, totals.sum) == (10, 10, Decimal("56.0"))
    assert (totals.lowest, totals.highest, totals.average) == (Decimal("1.1"), Decimal("10.1"), Decimal("5.6"))
    bench.grid.chooser.choose((Block(0, 9, 3, 3),))
    bench.qtbot.waitUntil(lambda: bool((t := summary(bench).totals) and t.first))
    assert summary(bench).totals.last == "2020-01-11"  # type: ignore[union-attr]
    bench.grid.select_cell(3, "id")
    bench.qtbot.waitUntil(lambda: bench.grid.totalling.summary is None)


def test_the_server_adds_up_all_rows(tall: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("tall", query=RowQuery(RelationName("public", "tall"), Condition.of("id", "gt", "10")))
    bench.wait()
    bench.grid.chooser.choose_columns((1, 2))
    totals = asked(bench).totals
    assert totals is not None
    expected = tall("SELECT sum(amount) FILTER (WHERE amount <> 'NaN'), count(*) FROM tall WHERE id > 10")[0]
    ratio = tall("SELECT sum(n / 8.0) FROM generate_series(11, 30000) n")[0][0]
    assert totals.sum == expected[0] + ratio
    assert totals.cells == 2 * expected[1]
    assert totals.numbers == 2 * (expected[1] - 1)
    assert (totals.lowest, totals.highest) == (Decimal("1.375"), Decimal("30000.1"))
    bench.grid.chooser.choose_columns((3,))
    totals = asked(bench).totals
    assert totals is not None
    assert (totals.first, totals.last) == ("2020-01-12", tall("SELECT max(day)::text FROM tall")[0][0])


@pytest.mark.parametrize("descending", [False, True])
def test_the_server_adds_up_a_stretch(tall: Sql, open_grid: OpenGrid, descending: bool) -> None:
    bench = open_grid("tall")
    bench.wait()
    if descending:
        bench.grid.set_sort((Sort("day", descending=True),))
        bench.wait()
    bench.grid.chooser.choose((Block(100, 25_099, 0, 0),))
    totals = asked(bench).totals
    assert totals is not None
    assert totals.cells == 25_000
    order = "day DESC, id DESC" if descending else "id"
    wanted = tall(f"SELECT sum(id) FROM (SELECT id FROM tall ORDER BY {order} OFFSET 100 LIMIT 25000) s")[0][0]
    assert totals.sum == wanted
    bench.grid.chooser.choose((Block(50, END, 0, 0),))
    wanted = tall(f"SELECT sum(id) FROM (SELECT id FROM tall ORDER BY {order} OFFSET 50) s")[0][0]
    totals = asked(bench).totals
    assert totals is not None
    assert totals.sum == wanted


def test_masked_columns_are_not_added_up(tall: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("tall", masked=frozenset({"secret"}))
    bench.wait()
    bench.grid.chooser.choose((Block(0, 9, 4, 5),))
    bench.qtbot.waitUntil(lambda: summary(bench).totals is not None)
    assert summary(bench).totals.numbers == 0  # type: ignore[union-attr]
    bench.grid.chooser.choose_columns((4,))
    bench.qtbot.waitUntil(lambda: summary(bench).of_all is not None)
    assert not summary(bench).may_ask


def test_the_line_says_it(tall: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    bench = open_grid("tall")
    bench.wait()
    line = SelectionStatus()
    qtbot.addWidget(line)
    bench.grid.totalling.changed.connect(line.show_summary)
    line.sum_asked.connect(bench.grid.add_up)
    text, button = child(line, ElidedLabel, "selection_text"), child(line, QPushButton, "selection_sum")
    bench.grid.chooser.choose((Block(0, 9, 1, 1),))
    qtbot.waitUntil(lambda: "sum" in text.whole)
    words = text.whole.replace(QLocale().decimalPoint(), ".")
    assert words.startswith("10 cell")
    assert "sum 56.0" in words
    assert "average 5.6" in words
    assert button.isHidden()
    bench.grid.select_all()
    qtbot.waitUntil(lambda: text.whole.startswith("all "))
    assert "~" in text.whole
    qtbot.waitUntil(lambda: not button.isHidden())
    button.click()
    qtbot.waitUntil(lambda: "sum" in text.whole, timeout=10_000)
    bench.grid.select_cell(0, "id")
    qtbot.waitUntil(line.isHidden)


def test_numbers_are_written_plainly() -> None:
    QLocale.setDefault(QLocale("en"))
    assert number_words(Decimal("-1234567.8900")) == "-1,234,567.8900"
    assert number_words(Decimal("0.10")) == "0.10"
    assert number_words(Decimal(10) ** 25) == "10,000,000,000,000,000,000,000,000"
    assert number_words(Decimal(10) ** 400) == "10" + ",000" * 133
    assert number_words(Decimal("2.6889830511502623E+4")) == "26,889.830512"
    assert number_words(Decimal("2.00000001")) == "2"
    assert number_words(Decimal("-0.00000012345678")) == "-0.000000123457"
    assert number_words(Decimal("1E-9999")) == "0"
    assert number_words(Decimal("0E-9")) == "0"
    assert number_words(Decimal("1" * 60 + ".5555555")).endswith(",111.555556")
    assert number_words(Decimal("1.23456789"), None) == "1.23456789"


def test_the_line_gives_way_from_its_end(qtbot: QtBot) -> None:
    QLocale.setDefault(QLocale("en"))
    line = SelectionStatus()
    qtbot.addWidget(line)
    many = Decimal("12345678901234567890.123456789")
    line.show_summary(Summary(30, 10, totals=Totals(30, 30, 30, many, many, many)))
    text = child(line, ElidedLabel, "selection_text")
    line.resize(line.sizeHint())
    line.show()
    assert text.text() == text.whole
    assert "…" not in text.whole
    seen = text.text()
    for width in range(line.width(), 20, -7):
        line.resize(width, line.height())
        assert text.fontMetrics().horizontalAdvance(text.text()) <= text.width()
        if text.text() != seen:
            assert text.text().endswith("…")
            assert "E" not in text.text()
    line.resize(text.fontMetrics().horizontalAdvance("30 cell(s) selected  ·  …") + 40, line.height())
    assert "sum" not in text.text()
    assert "max 12,345,678,901,234,567,890.123456789" in text.toolTip()
    line.resize(line.sizeHint())
    assert text.text() == text.whole
