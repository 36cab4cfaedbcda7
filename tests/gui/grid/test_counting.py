"""Exact counts: said while they run, stopped by a second click, exact until another question is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import RowCount
from nexus_studio.core.data.filters import AllOf, Condition
from nexus_studio.core.errors import StudioError
from nexus_studio.ui.grid.row_count import RowCountButton
from tests.gui.grid.conftest import Bench, OpenGrid

Sql = Callable[..., list[tuple[Any, ...]]]
ROWS = 5_000


@pytest.fixture
def bench(sql: Sql, open_grid: OpenGrid) -> Bench:
    sql("CREATE TABLE t (id int PRIMARY KEY, name text)")
    sql(
        f"INSERT INTO t SELECT n, 'name ' || n FROM generate_series(1, {ROWS}) n; ANALYZE t; DELETE FROM t WHERE id = 7"
    )
    found = open_grid("t")
    found.wait()
    return found


@pytest.fixture
def button(bench: Bench, qtbot: QtBot) -> RowCountButton:
    button = RowCountButton()
    qtbot.addWidget(button)
    bench.grid.status_changed.connect(button.show_status)
    button.count_asked.connect(bench.grid.count_exactly)
    bench.grid._tell_status()
    button.show()
    return button


def certainty(bench: Bench) -> str:
    return bench.grid.count.certainty if bench.grid.count is not None else ""


def click(button: QPushButton, qtbot: QtBot) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def waiting(sql: Sql) -> int:
    """Count the statements that wait for a lock; unlike pg_stat_activity this is no snapshot of a transaction's."""
    return int(sql("SELECT count(*) FROM pg_locks WHERE NOT granted")[0][0])


def test_a_click_counts_exactly_and_says_so(bench: Bench, button: RowCountButton, qtbot: QtBot, sql: Sql) -> None:
    qtbot.waitUntil(lambda: certainty(bench) == "estimate", timeout=10_000)
    assert "~" in button.text()
    sql("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
    click(button, qtbot)
    assert "counting…" in button.text()
    assert any("t" in task.title for task in bench.grid.context.runner.running())
    assert button.isEnabled()
    sql("COMMIT")
    qtbot.waitUntil(lambda: bench.grid.count == RowCount(ROWS - 1, "exact"), timeout=10_000)
    qtbot.waitUntil(lambda: "counting" not in button.text(), timeout=10_000)
    assert "~" not in button.text()
    assert not button.isEnabled()


def test_a_second_click_stops_counting_on_the_server(
    bench: Bench, button: RowCountButton, qtbot: QtBot, sql: Sql
) -> None:
    qtbot.waitUntil(lambda: certainty(bench) == "estimate", timeout=10_000)
    sql("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
    click(button, qtbot)
    qtbot.waitUntil(lambda: waiting(sql) == 1, timeout=10_000)
    click(button, qtbot)
    assert "counting" not in button.text()
    qtbot.waitUntil(lambda: waiting(sql) == 0, timeout=10_000)
    sql("COMMIT")
    assert certainty(bench) == "estimate"
    assert "~" in button.text()
    click(button, qtbot)
    qtbot.waitUntil(lambda: certainty(bench) == "exact", timeout=10_000)


def test_a_count_holds_until_something_else_is_asked(bench: Bench, button: RowCountButton, qtbot: QtBot) -> None:
    click(button, qtbot)
    qtbot.waitUntil(lambda: certainty(bench) == "exact", timeout=10_000)
    bench.grid.go_to_row(2500)
    bench.wait()
    assert bench.grid.count == RowCount(ROWS - 1, "exact")
    query = bench.grid.query
    assert query is not None
    bench.grid.set_query(query.filtered_by(AllOf((Condition.of("id", "gt", "1000"),))))
    qtbot.waitUntil(lambda: certainty(bench) == "estimate", timeout=10_000)
    assert 3900 < bench.grid.row_count() < 4100


def test_a_count_that_fails_says_so_and_leaves_the_estimate(
    bench: Bench, button: RowCountButton, qtbot: QtBot, sql: Sql
) -> None:
    qtbot.waitUntil(lambda: certainty(bench) == "estimate", timeout=10_000)
    sql("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
    failures: list[StudioError] = []
    bench.grid.failed.connect(failures.append)
    click(button, qtbot)
    qtbot.waitUntil(lambda: bool(failures), timeout=15_000)
    sql("COMMIT")
    assert failures[0].code == "timeout.lock"
    assert certainty(bench) == "estimate"
    assert "counting" not in button.text()
