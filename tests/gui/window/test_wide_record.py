"""The record pane shows rows whole, though the grid reads only the columns in sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import UNREAD
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, open_table, row_at

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


def test_a_wide_row_is_completed_in_the_record(pg_url: str, sql: Sql, open_window: OpenWindow, qtbot: QtBot) -> None:
    columns = ", ".join(f"c{number} text DEFAULT 'v{number}'" for number in range(1, 300))
    sql(f"CREATE TABLE huge (id int PRIMARY KEY, {columns})")
    sql("INSERT INTO huge SELECT n FROM generate_series(1, 2000) n")
    sql("ANALYZE huge")
    window = open_window(pg_url)
    page = open_table(qtbot, window, "huge")
    row = row_at(qtbot, page, 1500)
    assert row.sizes[250] == UNREAD
    fields = data_panel(window).record.findChild(QTableView, "record.fields")
    assert fields is not None
    model = fields.model()
    qtbot.waitUntil(lambda: model.data(model.index(299, 1)) == "v299", timeout=PATIENCE_MS)
    page.grid.stage("c250", "mine")
    # The tab is dirty at once; the edit is staged once its whole value was read.
    qtbot.waitUntil(lambda: model.data(model.index(250, 1)) == "mine", timeout=PATIENCE_MS)
    assert model.data(model.index(251, 1)) == "v251"
    page.edit_field("c260")
    assert page.grid.current_column() is not None
    assert page.grid.current_column().name == "c260"  # type: ignore[union-attr]


def test_a_document_cut_to_nothing_is_not_called_empty(
    pg_url: str, sql: Sql, open_window: OpenWindow, qtbot: QtBot
) -> None:
    sql("CREATE TABLE papers (id int PRIMARY KEY, doc jsonb, note text)")
    sql(
        "INSERT INTO papers SELECT 1, jsonb_build_object('k', string_agg(md5(n::text), '')), ''"
        " FROM generate_series(1, 9000) n"
    )
    window = open_window(pg_url)
    page = open_table(qtbot, window, "papers")
    assert row_at(qtbot, page, 0).cells[1] == ""  # only its size was read
    fields = data_panel(window).record.findChild(QTableView, "record.fields")
    assert fields is not None
    model = fields.model()
    qtbot.waitUntil(lambda: model.rowCount() == 3, timeout=PATIENCE_MS)
    assert str(model.data(model.index(1, 1))).startswith("{…}   ")
    assert model.data(model.index(2, 1)) == "empty text"
