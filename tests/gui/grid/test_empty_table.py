"""An empty table offers its first row; one that may not be written to, or whose rows are filtered away, does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from nexus_studio.core.data.filters import AllOf, Condition
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from tests.gui.grid.conftest import Bench, OpenGrid
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def empty(sql: Sql) -> Sql:
    sql("CREATE TABLE empty (id int PRIMARY KEY, name text)")
    return sql


def offer(bench: Bench) -> QPushButton:
    return child(bench.grid, QPushButton, "grid_first_row")


def test_an_empty_table_offers_its_first_row(empty: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("empty")
    bench.wait(rows=0)
    bench.qtbot.waitUntil(offer(bench).isVisible)
    viewport = bench.grid.view.viewport()
    bench.grid.resize(600, 300)
    assert viewport.rect().contains(offer(bench).geometry())
    assert abs(offer(bench).geometry().center().x() - viewport.rect().center().x()) <= 1
    assert unnamed_widgets(bench.grid) == []
    assert unreachable_widgets(bench.grid) == []
    bench.qtbot.mouseClick(offer(bench), Qt.MouseButton.LeftButton)
    bench.qtbot.waitUntil(lambda: bench.grid.model.drafts == 1)
    assert offer(bench).isHidden()
    bench.grid.undo()
    bench.qtbot.waitUntil(offer(bench).isVisible)


def test_it_goes_when_rows_come(empty: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("empty")
    bench.wait(rows=0)
    bench.qtbot.waitUntil(offer(bench).isVisible)
    empty("INSERT INTO empty VALUES (1, 'a')")
    bench.grid.refresh()
    bench.wait(rows=1)
    assert offer(bench).isHidden()


def test_nothing_is_offered_where_nothing_can_be_added(empty: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("empty", read_only=True)
    bench.wait(rows=0)
    assert offer(bench).isHidden()
    empty("INSERT INTO empty VALUES (1, 'a')")
    query = RowQuery(RelationName("public", "empty"), AllOf((Condition.of("name", "is", "b"),)))
    bench = open_grid("empty", query=query)
    bench.wait(rows=0)
    assert offer(bench).isHidden()
