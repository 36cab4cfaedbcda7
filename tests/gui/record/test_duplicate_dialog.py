"""Duplicating in the window: tables are ticked, unique values asked, copies staged in several tabs, saved as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.panels.data.duplicate_dialog import DuplicateDialog
from nexus_studio.ui.panels.data.panel import DataPanel
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, open_table, row_at
from tests.support.widgets import unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def shop(sql: Sql) -> None:
    """Orders with lines, which have notes, and with payments."""
    sql("CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL UNIQUE, note text)")
    sql("CREATE TABLE lines (id serial PRIMARY KEY, order_id int NOT NULL REFERENCES orders, article text)")
    sql("CREATE TABLE notes (id serial PRIMARY KEY, line_id int NOT NULL REFERENCES lines, words text)")
    sql("CREATE TABLE payments (id serial PRIMARY KEY, order_id int REFERENCES orders)")
    sql("INSERT INTO orders (code, note) VALUES ('A', 'x'), ('B', NULL)")
    sql("INSERT INTO lines (order_id, article) VALUES (1, 'pen'), (1, 'ink'), (2, 'other')")
    sql("INSERT INTO notes (line_id, words) VALUES (1, 'blue'), (3, 'no')")
    sql("ANALYZE")


def ask(qtbot: QtBot, panel: DataPanel) -> DuplicateDialog:
    """Open the dialog for the current row and wait for what it shows."""
    assert panel.page is not None
    panel.duplicate(panel.page)
    dialog = panel.findChild(DuplicateDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.is_busy and dialog.tree.topLevelItemCount() > 0, timeout=PATIENCE_MS)
    return dialog


def line_of(dialog: DuplicateDialog, table: str, above: QTreeWidgetItem | None = None) -> QTreeWidgetItem:
    """Return the line of a table."""
    root = above or dialog.tree.invisibleRootItem()
    lines = (root.child(number) for number in range(root.childCount()))
    return next(line for line in lines if line is not None and line.text(0).startswith(table))


@pytest.mark.usefixtures("shop")
def test_copies_are_staged_in_their_tabs_and_saved_as_one_set(
    pg_url: str, sql: Sql, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "orders")
    row_at(qtbot, page, 0)
    panel = data_panel(window)
    dialog = ask(qtbot, panel)
    lines = line_of(dialog, "lines")
    assert lines.text(1) == "2"
    assert not line_of(dialog, "payments").flags() & Qt.ItemFlag.ItemIsEnabled  # there are none
    dialog.tree.expandItem(lines)
    qtbot.waitUntil(lambda: lines.childCount() == 1, timeout=PATIENCE_MS)
    notes = line_of(dialog, "notes", lines)
    assert notes.text(1) == "1"
    notes.setCheckState(0, Qt.CheckState.Checked)
    assert lines.checkState(0) is Qt.CheckState.Checked  # notes need their lines
    stage = dialog.findChild(QPushButton, "duplicate.stage")
    code = dialog.findChild(QLineEdit, "duplicate.value.code.0")
    said = dialog.findChild(QLabel, "duplicate.sum")
    assert stage is not None
    assert code is not None
    assert said is not None
    qtbot.waitUntil(lambda: "4 new rows" in said.text(), timeout=PATIENCE_MS)
    assert code.text() == "A (copy)"
    assert (unnamed_widgets(dialog), unreachable_widgets(dialog)) == ([], [])
    code.clear()
    assert not stage.isEnabled()
    code.setText("C")
    assert stage.isEnabled()
    stage.click()
    qtbot.waitUntil(
        lambda: len(panel.pages()) == 3 and all(each.is_dirty for each in panel.pages()), timeout=PATIENCE_MS
    )
    assert sql("SELECT count(*) FROM orders") == [(2,)]  # nothing is written yet
    assert panel.page is page
    qtbot.waitUntil(lambda: all(each.changes is not None for each in panel.pages()), timeout=PATIENCE_MS)
    page.saving.save()
    qtbot.waitUntil(lambda: not any(each.is_dirty for each in panel.pages()), timeout=PATIENCE_MS)
    assert sql(
        "SELECT o.code, o.note, l.article, n.words FROM orders o JOIN lines l ON l.order_id = o.id"
        " LEFT JOIN notes n ON n.line_id = l.id WHERE o.id > 2 ORDER BY l.id"
    ) == [("C", "x", "pen", "blue"), ("C", "x", "ink", None)]
    assert page.workspace is not None
    sets = page.workspace.history.sets(TaskContext.for_test(), limit=5)
    assert len(sets) == 1  # one save, one set to be taken back
    workspace, ctx = page.workspace, TaskContext.for_test()
    inverse = workspace.history.inverse(sets[0].id, workspace.catalog, ctx)
    assert sorted(name.name for name in inverse.changes) == ["lines", "notes", "orders"]
    workspace.writer.apply(inverse.all_changes(), workspace.catalog.relations(inverse.changes, ctx), ctx)
    assert sql("SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM lines), count(*) FROM notes") == [(2, 3, 2)]


@pytest.mark.usefixtures("shop")
def test_a_row_alone_needs_no_numbers(pg_url: str, sql: Sql, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "orders")
    row_at(qtbot, page, 1)
    page.show_form(True)
    assert page.form is not None
    page.form.duplicate_asked.emit()
    panel = data_panel(window)
    dialog = panel.findChild(DuplicateDialog)
    assert dialog is not None
    stage = dialog.findChild(QPushButton, "duplicate.stage")
    assert stage is not None
    qtbot.waitUntil(stage.isEnabled, timeout=PATIENCE_MS)
    stage.click()
    qtbot.waitUntil(lambda: page.is_dirty, timeout=PATIENCE_MS)
    assert page.changes is not None
    (draft,) = page.changes.drafts()
    assert dict(draft.values) == {"code": "B (copy)", "note": None}
    assert sql("SELECT last_value FROM orders_id_seq") == [(2,)]


@pytest.mark.usefixtures("shop")
def test_what_was_deleted_meanwhile_is_told(pg_url: str, sql: Sql, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "orders")
    row_at(qtbot, page, 1)
    sql("DELETE FROM notes WHERE line_id = 3; DELETE FROM lines WHERE order_id = 2; DELETE FROM orders WHERE id = 2")
    panel = data_panel(window)
    panel.duplicate(page)
    dialog = panel.findChild(DuplicateDialog)
    assert dialog is not None
    trouble = dialog.findChild(QLabel, "duplicate.trouble")
    assert trouble is not None
    qtbot.waitUntil(lambda: "gone" in trouble.text(), timeout=PATIENCE_MS)
    dialog.reject()
