"""Labels beside foreign keys: words for people, through chains of keys, and never what the connection masks."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.shell.doors import Target
from tests.support.fix_cluster import profile_of
from tests.support.fix_window import (
    PATIENCE_MS,
    OpenWindow,
    cells_of,
    has_tree,
    open_table,
    row_at,
    save,
    stage,
)


def label_of(page: TablePage, column: str) -> str:
    shown = page.grid.current_row()
    assert page.changes is not None
    assert shown is not None
    place = page.changes.columns.index(column)
    return page.grid.label_of(place, shown.cells[place])


def test_a_label_that_is_a_key_is_followed_to_words(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    page = open_table(qtbot, studio, "subscriptions")
    key = cells_of(page, row_at(qtbot, page, 0))["studentId"]
    qtbot.waitUntil(lambda: bool(label_of(page, "studentId")), timeout=PATIENCE_MS)
    label = label_of(page, "studentId")
    assert key not in label
    assert " " in label  # first and last name of the student's user


def test_a_masking_connection_shows_no_names(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    studio.disconnect_now()
    studio.connection.connect_to(Target(replace(profile_of(seeded_url), masking=True)))
    qtbot.waitUntil(lambda: studio.connection.workspace is not None and has_tree(studio), timeout=PATIENCE_MS)
    page = open_table(qtbot, studio, "session_bookings")
    row_at(qtbot, page, 0)
    record = page.current.read()
    assert record is not None
    qtbot.waitUntil(lambda: not page.grid.labels._latest.is_busy, timeout=PATIENCE_MS)
    assert label_of(page, "coachId") == ""
    users = open_table(qtbot, studio, "users")
    row_at(qtbot, users, 0)
    shown = users.current.read()
    assert shown is not None
    title, fields, _ = shown
    email = next(field for field in fields if field.column.name == "email")
    assert email.is_masked
    assert str(email.cell) not in title


def test_a_masking_connection_does_not_repeat_the_servers_quotes(
    open_window: OpenWindow, seeded_url: str, qtbot: QtBot
) -> None:
    studio = open_window(seeded_url)
    studio.disconnect_now()
    studio.connection.connect_to(Target(replace(profile_of(seeded_url), masking=True)))
    qtbot.waitUntil(lambda: studio.connection.workspace is not None and has_tree(studio), timeout=PATIENCE_MS)
    page = open_table(qtbot, studio, "session_bookings")
    row = row_at(qtbot, page, 0)
    stage(page, row, "rating", "9")
    save(qtbot, page)
    assert page.is_dirty
    bar = page.change_bar.findChild(QLabel, "change_refusal")
    assert isinstance(bar, QLabel)
    said = " ".join([bar.text(), bar.toolTip(), *(notice.copied for notice in studio.context.notices.history())])
    assert "Failing row" not in said
    assert str(row.cells[0]) not in said
