"""The main road, driven in the real window on a real server: find, follow, come back, change, review, save."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql as pgsql
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.filters import AllOf, Condition
from nexus_studio.ui.grid.review_dialog import ReviewDialog
from tests.support.fix_window import (
    PATIENCE_MS,
    OpenWindow,
    cells_of,
    data_panel,
    open_table,
    row_at,
    rows_of,
    save,
    stage,
    wait_loaded,
)

pytestmark = pytest.mark.usefixtures("gui_thread_guard")


def checksums(url: str) -> dict[str, str]:
    """One checksum a table: what another client sees."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        found: dict[str, str] = {}
        for (table,) in tables:
            statement = pgsql.SQL(
                "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} AS t"
            ).format(pgsql.Identifier(table))
            found[table] = str(connection.execute(statement).fetchone()[0])  # type: ignore[index]
    return found


def test_find_follow_come_back_change_review_save(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    before = checksums(seeded_url)
    window = open_window(seeded_url)
    page = open_table(qtbot, window, "session_bookings")
    panel = data_panel(window)

    # filter
    page.filter_bar.applied.emit(AllOf((Condition.of("status", "is", "COMPLETED"),)))
    wait_loaded(qtbot, page)
    booking = cells_of(page, row_at(qtbot, page, 0))
    assert booking["status"] == "COMPLETED"

    # follow the coach, come back
    page.grid.select_cell(0, "coachId")
    page.grid.follow()
    qtbot.waitUntil(lambda: panel.page is not None and panel.page.name.name == "users", timeout=PATIENCE_MS)
    users = panel.page
    assert users is not None
    wait_loaded(qtbot, users)
    assert cells_of(users, row_at(qtbot, users, 0))["id"] == booking["coachId"]
    assert rows_of(users) == 1
    panel.go_back()
    assert panel.page is page
    wait_loaded(qtbot, page)
    row = row_at(qtbot, page, 0)
    assert cells_of(page, row)["id"] == booking["id"]

    # change status and rating
    rating = "2" if booking["rating"] != "2" else "3"
    stage(page, row, "status", "NO_SHOW")
    stage(page, row, "rating", rating)
    assert page.is_dirty

    # review
    page.saving.review()
    qtbot.waitUntil(lambda: window.findChild(ReviewDialog) is not None, timeout=PATIENCE_MS)
    dialog = window.findChild(ReviewDialog)
    assert isinstance(dialog, ReviewDialog)
    assert "NO_SHOW" in dialog.sql_text()
    assert "UPDATE" in dialog.sql_text()

    # save
    button = dialog.findChild(QPushButton, "review.save")
    assert isinstance(button, QPushButton)
    button.click()
    qtbot.waitUntil(lambda: not page.is_dirty and not page.saving.is_running, timeout=PATIENCE_MS)

    with psycopg.connect(seeded_url) as connection:
        found = connection.execute(
            "SELECT status::text, rating::text FROM session_bookings WHERE id = %s", (booking["id"],)
        ).fetchone()
    assert found == ("NO_SHOW", rating)
    after = checksums(seeded_url)
    assert {table for table in before if before[table] != after[table]} == {"session_bookings"}


def test_only_the_two_cells_changed(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    with psycopg.connect(seeded_url) as connection:
        before = {row[0]: row for row in connection.execute("SELECT id, to_jsonb(b) FROM session_bookings b")}
    window = open_window(seeded_url)
    page = open_table(qtbot, window, "session_bookings")
    row = row_at(qtbot, page, 3)
    key = cells_of(page, row)["id"]
    stage(page, row, "feedback", "Très bien, merci !")
    save(qtbot, page)
    assert not page.is_dirty
    with psycopg.connect(seeded_url) as connection:
        after = {row[0]: row for row in connection.execute("SELECT id, to_jsonb(b) FROM session_bookings b")}
    assert {name for name in before if before[name] != after[name]} == {key}
    old, new = before[key][1], after[key][1]
    assert {name for name in old if old[name] != new[name]} == {"feedback"}
    assert new["feedback"] == "Très bien, merci !"
