"""Saving in the window: what else the database will do is said and asked once, why is asked for, waits are told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from PySide6.QtWidgets import QLineEdit, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.timeouts import TIMEOUTS
from nexus_studio.core.errors import TimedOut
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services import session as sessions
from nexus_studio.ui.grid.review_dialog import ReviewDialog
from nexus_studio.ui.panels.data.conflict_dialog import ConflictDialog
from nexus_studio.ui.shell.doors import Target
from tests.support.fix_cluster import profile_of
from tests.support.fix_window import PATIENCE_MS, OpenWindow, has_tree, open_table, row_at, save, stage
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
FAMILY = """
CREATE TABLE t (id int PRIMARY KEY, a text);
CREATE TABLE child (id int PRIMARY KEY, t int CONSTRAINT to_t REFERENCES t ON DELETE CASCADE);
CREATE TABLE alone (id int PRIMARY KEY, a text, b text);
INSERT INTO t VALUES (1, 'x'), (2, 'y'); INSERT INTO child VALUES (1, 1), (2, 1), (3, 1);
INSERT INTO alone VALUES (1, 'a', 'b'), (2, 'a', 'b');
"""


@pytest.fixture
def family(sql: Sql) -> Sql:
    sql(FAMILY)
    return sql


def delete(page: Any, row: Any) -> None:
    page.changes.delete(row)
    page.changes_changed()


def dialog_of(qtbot: QtBot, window: Any) -> ReviewDialog:
    qtbot.waitUntil(lambda: window.findChild(ReviewDialog) is not None, timeout=PATIENCE_MS)
    found = window.findChild(ReviewDialog)
    assert isinstance(found, ReviewDialog)
    return found


def test_a_delete_that_takes_others_along_asks_once(
    open_window: OpenWindow, pg_url: str, family: Sql, qtbot: QtBot
) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "t")
    delete(page, row_at(qtbot, page, 0))
    page.saving.save()
    dialog = dialog_of(qtbot, window)
    assert re.search(r"child: 3 row\S* removed \(by the foreign key to_t\)", dialog.impact_text())
    assert family("SELECT count(*) FROM child") == [(3,)]
    child(dialog, QPushButton, "review.save").click()
    qtbot.waitUntil(lambda: not page.is_dirty, timeout=PATIENCE_MS)
    assert family("SELECT count(*) FROM child") == [(0,)]


def test_a_delete_that_takes_nothing_along_is_saved_at_once(
    open_window: OpenWindow, pg_url: str, family: Sql, qtbot: QtBot
) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "alone")
    delete(page, row_at(qtbot, page, 0))
    save(qtbot, page)
    qtbot.waitUntil(lambda: not page.is_dirty, timeout=PATIENCE_MS)
    assert window.findChild(ReviewDialog) is None
    assert family("SELECT id FROM alone") == [(2,)]


def test_a_review_says_what_will_be_refused(open_window: OpenWindow, pg_url: str, family: Sql, qtbot: QtBot) -> None:
    family("CREATE TABLE strict (t int REFERENCES t); INSERT INTO strict VALUES (2)")
    window = open_window(pg_url)
    page = open_table(qtbot, window, "t")
    delete(page, row_at(qtbot, page, 1))
    page.saving.review()
    dialog = dialog_of(qtbot, window)
    qtbot.waitUntil(lambda: "will be refused" in dialog.impact_text(), timeout=PATIENCE_MS)
    dialog.reject()
    assert page.is_dirty


def test_a_connection_that_asks_for_reasons_gets_them(
    open_window: OpenWindow, pg_url: str, family: Sql, qtbot: QtBot
) -> None:
    window = open_window(pg_url)
    window.disconnect_now()
    window.connection.connect_to(Target(replace(profile_of(pg_url), requires_reason=True)))
    qtbot.waitUntil(lambda: window.connection.workspace is not None and has_tree(window), timeout=PATIENCE_MS)
    page = open_table(qtbot, window, "alone")
    stage(page, row_at(qtbot, page, 0), "a", "new")
    page.saving.save()
    dialog = dialog_of(qtbot, window)
    go = child(dialog, QPushButton, "review.save")
    assert not go.isEnabled()
    child(dialog, QLineEdit, "review.reason").setText("  wrong name ")
    child(dialog, QLineEdit, "review.ticket").setText("OPS-7")
    assert go.isEnabled()
    go.click()
    qtbot.waitUntil(lambda: not page.is_dirty, timeout=PATIENCE_MS)
    (saved,) = page.workspace.history.sets(TaskContext.for_test())
    assert (saved.reason, saved.ticket) == ("wrong name", "OPS-7")


def test_a_conflict_is_settled_cell_by_cell(open_window: OpenWindow, pg_url: str, family: Sql, qtbot: QtBot) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "alone")
    row = row_at(qtbot, page, 0)
    stage(page, row, "a", "my a")
    stage(page, row, "b", "my b")
    family("UPDATE alone SET a = 'their a', b = 'their b' WHERE id = 1")
    save(qtbot, page)
    dialog = window.findChild(ConflictDialog)
    assert isinstance(dialog, ConflictDialog)
    (conflict,) = page.changes.conflicts() if page.changes is not None else ()
    child(dialog, QRadioButton, f"conflict.cell_mine_{conflict.draft}_b").click()
    assert not child(dialog, QRadioButton, f"conflict.mine_{conflict.draft}").isChecked()
    assert not child(dialog, QRadioButton, f"conflict.theirs_{conflict.draft}").isChecked()
    dialog.accept()
    save(qtbot, page)
    assert not page.is_dirty
    assert family("SELECT a, b FROM alone WHERE id = 1") == [("their a", "my b")]


def test_a_save_that_waits_for_a_lock_says_so_and_gives_up(
    open_window: OpenWindow, pg_url: str, family: Sql, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = replace(TIMEOUTS[Environment.DEVELOPMENT], lock_ms=2500)
    monkeypatch.setattr(sessions, "TIMEOUTS", {**TIMEOUTS, Environment.DEVELOPMENT: patience})
    window = open_window(pg_url)
    page = open_table(qtbot, window, "alone")
    stage(page, row_at(qtbot, page, 0), "a", "mine")
    waits: list[tuple[int, ...]] = []
    given_up: list[TimedOut] = []
    page.saving.waiting.connect(waits.append)
    page.saving.blocked.connect(given_up.append)
    with psycopg.connect(pg_url) as other:
        other.execute("UPDATE alone SET b = 'held' WHERE id = 1")
        pid = other.info.backend_pid
        page.saving.save()
        qtbot.waitUntil(lambda: bool(waits), timeout=PATIENCE_MS)
        assert any("Saving waits" in notice.text for notice in window.context.notices.standing())
        qtbot.waitUntil(lambda: bool(given_up), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not page.saving.is_running, timeout=PATIENCE_MS)
    assert waits == [(pid,), ()]
    assert not any("Saving waits" in notice.text for notice in window.context.notices.standing())
    assert page.is_dirty
    assert family("SELECT a, b FROM alone WHERE id = 1") == [("a", "held")]
    save(qtbot, page)
    assert family("SELECT a FROM alone WHERE id = 1") == [("mine",)]
