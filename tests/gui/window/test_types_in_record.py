"""The record pane edits every type with the editors of the grid, and says why the server refuses a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from nexus_studio.ui.grid.editors.json_editor import JsonEditor
from nexus_studio.ui.grid.editors.moment import CalendarEditor
from nexus_studio.ui.grid.editors.parts_editors import CompositeEditor, RangeEditor
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, open_table, row_at

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


def test_a_field_opens_the_editor_of_its_type(pg_url: str, sql: Sql, open_window: OpenWindow, qtbot: QtBot) -> None:
    sql("CREATE TYPE place AS (street text, number int)")
    sql("CREATE TABLE homes (id int PRIMARY KEY, home place, span int4range, doc jsonb, seen timestamptz)")
    sql("INSERT INTO homes VALUES (1, '(Main,1)', '[1,2)', '{}', 'infinity')")
    window = open_window(pg_url)
    page = open_table(qtbot, window, "homes")
    row_at(qtbot, page, 0)
    fields = data_panel(window).record.findChild(QTableView, "record.fields")
    assert fields is not None
    qtbot.waitUntil(lambda: fields.model().rowCount() == 5, timeout=PATIENCE_MS)
    expected = {1: CompositeEditor, 2: RangeEditor, 3: JsonEditor, 4: CalendarEditor}
    for row, kind in expected.items():
        fields.activated.emit(fields.model().index(row, 1))
        assert isinstance(page.grid.editing.editor, kind)
        if kind is CalendarEditor:
            assert page.grid.editing.editor.place.time_zone == page.workspace.session.server.time_zone
        page.grid.editing.cancel()
    fields.activated.emit(fields.model().index(1, 1))
    editor = page.grid.editing.editor
    assert editor is not None
    editor.set_text("(Main,one)")
    assert editor.commit()

    def said() -> str:
        return str(fields.model().data(fields.model().index(1, 1), Qt.ItemDataRole.ToolTipRole))

    qtbot.waitUntil(lambda: "invalid input syntax" in said(), timeout=PATIENCE_MS)
    assert fields.model().data(fields.model().index(1, 1)) == "(Main,one)"
    page.changes.clear()  # type: ignore[union-attr]
