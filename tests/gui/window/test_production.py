"""Production in the window: locked, unlocked for a while, locked again; databases that say what they are for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.profiles import Environment
from nexus_studio.core.settings import SURE_PLACES
from nexus_studio.services.writelock import JOURNAL
from nexus_studio.ui.grid.locks import Lock
from nexus_studio.ui.grid.review_dialog import ReviewDialog
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.pages import ErrorPage
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.shell import safety_desk
from nexus_studio.ui.shell.declare_dialog import DeclareDialog
from nexus_studio.ui.shell.studio import LOCKED, Studio
from nexus_studio.ui.shell.unlock_dialog import UnlockDialog
from tests.support.fix_window import PATIENCE_MS, OpenWindow, has_tree, open_table, row_at, stage
from tests.support.widgets import child, unnamed_widgets

Sql = Callable[..., list[tuple[Any, ...]]]


pytestmark = pytest.mark.usefixtures("gui_thread_guard")


def press(root: Any, name: str) -> None:
    QTest.mouseClick(child(root, QAbstractButton, name), Qt.MouseButton.LeftButton)


def lock_button(window: Studio) -> QPushButton:
    return child(window, QPushButton, "top.lock")


def unlock(qtbot: QtBot, window: Studio, minutes: int = 15) -> None:
    press(window, "top.lock")
    dialog = child(window, UnlockDialog, "unlock_dialog")
    assert not child(dialog, QPushButton, "unlock.do").isEnabled()
    assert unnamed_widgets(dialog) == []
    QTest.keyClicks(child(dialog, QLineEdit, "unlock.reason"), "ticket 4711")
    child(dialog, QAbstractButton, f"unlock.minutes_{minutes}").click()
    with qtbot.waitSignal(window.safety.keeper.changed, timeout=PATIENCE_MS):
        press(dialog, "unlock.do")
    assert window.is_unlocked


def test_unlocked_for_a_while(qtbot: QtBot, open_window: OpenWindow, pg_url: str, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'old')")
    window = open_window(pg_url, environment=Environment.PRODUCTION)
    page = open_table(qtbot, window, "t")
    button, chip = lock_button(window), child(window, QToolButton, "top.connection")
    assert button.isVisible()
    assert "locked" in button.accessibleName()
    assert (page.grid.stager.insert_lock(), page.grid.stager.delete_lock()) == (Lock.LOCKED, Lock.LOCKED)
    panel = window.current_panel
    assert panel is not None
    assert not panel.state().writable

    unlock(qtbot, window, 30)
    assert "30" in button.text()
    assert "PRODUCTION" in chip.text()
    assert panel.state().writable
    written = json.loads((window.context.paths.data / JOURNAL).read_text(encoding="utf-8"))
    assert (written["reason"], written["minutes"]) == ("ticket 4711", 30)
    stage(page, row_at(qtbot, page, 0), "a", "new")

    # the time runs out: what is staged stays, and is not saved
    workspace = window.connection.workspace
    assert workspace is not None
    workspace.session.write_lock.lock()
    window.safety.keeper.look()
    assert page.is_dirty
    assert page.grid.stager.insert_lock() is Lock.LOCKED
    assert any(notice.key == LOCKED for notice in window.context.notices.standing())
    page.saving.save()
    review = waited(qtbot, window, ReviewDialog, "review_dialog")  # production is never saved unseen
    press(review, "review.save")
    qtbot.waitUntil(lambda: not page.saving.is_running and "locked" in refusal_of(page), timeout=PATIENCE_MS)
    assert sql("SELECT a FROM t") == [("old",)]

    unlock(qtbot, window)
    assert not any(notice.key == LOCKED for notice in window.context.notices.standing())
    page.saving.save()
    press(waited(qtbot, window, ReviewDialog, "review_dialog"), "review.save")
    qtbot.waitUntil(lambda: not page.is_dirty, timeout=PATIENCE_MS)
    assert sql("SELECT a FROM t") == [("new",)]

    press(window, "top.lock")  # locks again, at once
    assert not window.is_unlocked
    assert page.grid.stager.insert_lock() is Lock.LOCKED


def refusal_of(page: TablePage) -> str:
    return child(page, QLabel, "change_refusal").accessibleName()


def waited(qtbot: QtBot, window: Studio, kind: type[Any], name: str) -> Any:
    qtbot.waitUntil(lambda: window.findChild(kind, name) is not None, timeout=PATIENCE_MS)
    return child(window, kind, name)


def test_elsewhere_there_is_no_lock(open_window: OpenWindow, pg_url: str) -> None:
    window = open_window(pg_url)
    assert not lock_button(window).isVisible()
    assert not window.can_unlock


def test_what_says_it_is_production_is_opened_as_nothing_else(
    qtbot: QtBot, open_window: OpenWindow, pg_url: str, sql: Sql
) -> None:
    sql(f"ALTER DATABASE \"{conninfo_to_dict(pg_url)['dbname']}\" SET nexus.environment = 'production'")
    window = open_window(pg_url, wait=False, environment=Environment.DEVELOPMENT)
    page = child(window, ErrorPage, "error_page")
    qtbot.waitUntil(page.isVisible, timeout=PATIENCE_MS)
    button = child(page, QPushButton, "step_environment_open_declared")
    assert "Production" in button.text()
    button.click()
    qtbot.waitUntil(lambda: has_tree(window), timeout=PATIENCE_MS)
    assert window.connection.target is not None
    assert window.connection.target.profile.environment is Environment.PRODUCTION
    assert window.can_unlock


def test_a_url_without_a_word_is_what_the_database_says(open_window: OpenWindow, pg_url: str, sql: Sql) -> None:
    sql(f"ALTER DATABASE \"{conninfo_to_dict(pg_url)['dbname']}\" SET nexus.environment = 'staging'")
    window = open_window(pg_url)
    assert window.connection.target is not None
    assert window.connection.target.profile.environment is Environment.STAGING


def test_what_looks_like_production_is_asked_about_once(
    qtbot: QtBot, open_window: OpenWindow, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety_desk, "looks_like_production", lambda _profile: True)
    window = open_window(pg_url, wait=False)
    press(waited(qtbot, window, ConfirmDialog, "confirm_dialog"), "confirm_do")
    qtbot.waitUntil(lambda: has_tree(window), timeout=PATIENCE_MS)
    target = window.connection.target
    assert target is not None
    assert target.profile.environment is Environment.DEVELOPMENT
    assert len(window.context.settings.get(SURE_PLACES)) == 1
    window.disconnect_now()
    window.connection.connect_to(target)  # asked once
    qtbot.waitUntil(lambda: has_tree(window), timeout=PATIENCE_MS)


def test_the_other_answer_opens_it_as_production(
    qtbot: QtBot, open_window: OpenWindow, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety_desk, "looks_like_production", lambda _profile: True)
    window = open_window(pg_url, wait=False)
    press(waited(qtbot, window, ConfirmDialog, "confirm_dialog"), "confirm_alternative")
    qtbot.waitUntil(lambda: has_tree(window), timeout=PATIENCE_MS)
    assert window.can_unlock
    assert window.context.settings.get(SURE_PLACES) == ()


def test_declaring_it(qtbot: QtBot, open_window: OpenWindow, pg_url: str, sql: Sql) -> None:
    window = open_window(pg_url)
    window.ask_declaration()
    dialog = child(window, DeclareDialog, "declare_dialog")
    assert unnamed_widgets(dialog) == []
    kind = child(dialog, QComboBox, "declare.kind")
    kind.setCurrentIndex(kind.findData(Environment.PRODUCTION))
    press(dialog, "declare.do")
    QApplication.processEvents()
    press(waited(qtbot, window, ConfirmDialog, "confirm_dialog"), "confirm_do")
    qtbot.waitUntil(lambda: window.can_unlock and has_tree(window), timeout=PATIENCE_MS)
    found = sql(
        "SELECT c FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(setconfig) AS c"
        " WHERE d.datname = current_database()"
    )
    assert found == [("nexus.environment=production",)]
