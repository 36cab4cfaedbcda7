"""The page that imports SQLite files, on a real server: what goes where, dry run, refusals, the import."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session
from nexus_studio.services.sqliteimport.service import SqliteImportService
from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import Card
from nexus_studio.ui.panels.seed_reset.import_page import ImportPage
from nexus_studio.ui.panels.seed_reset.panel import SeedResetPanel
from tests.gui.migrations.conftest import Closing
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 30_000
Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript("""
        CREATE TABLE User (id INTEGER PRIMARY KEY, email TEXT, isActive, createdAt DATETIME, extra TEXT);
        CREATE TABLE Leftover (id INT, flag);
        INSERT INTO User VALUES (1, 'a@x', 1, 1700000000000, ''), (2, 'b@x', 0, 1700000000000, '');
        INSERT INTO Leftover VALUES (1, 'maybe')
    """)
    connection.close()
    return path


@pytest.fixture
def open_page(
    context: UiContext, profile: ConnectionProfile, sql: Sql, qtbot: QtBot, closing: Closing
) -> Iterator[Callable[..., ImportPage]]:
    sessions: list[Session] = []
    sql("CREATE TABLE users (id int PRIMARY KEY, email text, is_active boolean, created_at timestamptz)")
    sql("CREATE TABLE switches (id int, flag boolean)")

    def open_on(**changes: Any) -> ImportPage:
        session = Session.open(replace(profile, **changes), None, TaskContext.for_test())
        sessions.append(session)
        panel = SeedResetPanel(context)
        closing(panel)
        panel.resize(1100, 700)
        service = SqliteImportService(session, CatalogReader(session))
        panel.imports.open(cast("Workspace", SimpleNamespace(session=session, imports=service)))
        panel.show_page(panel.imports)
        panel.show()
        return panel.imports

    yield open_on
    context.runner.shutdown(3000)
    for session in sessions:
        session.close()


def said(page: ImportPage) -> str:
    card = page.findChild(Card, "import.result.card")
    return card.accessibleName() if card is not None and page.result.isVisible() else ""


def test_from_choosing_to_imported(
    open_page: Callable[..., ImportPage], old: Path, sql: Sql, qtbot: QtBot, profile: ConnectionProfile
) -> None:
    page = open_page()
    assert unnamed_widgets(page) == []
    field = child(page, QLineEdit, "import.file")
    qtbot.keyClicks(field, str(old))
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.tables.topLevelItemCount() == 2, timeout=PATIENCE_MS)
    user, leftover = (page.tables.topLevelItem(row) for row in range(2))
    assert leftover is not None
    assert leftover.text(0) == "Leftover"
    assert user is not None
    assert (user.text(0), user.text(2)) == ("User", "2")
    assert "extra" in user.text(3)
    assert "createdAt in milliseconds" in user.text(3)
    choice = child(page, QComboBox, "import.target.User")
    assert choice.currentData() == "users"
    assert unnamed_widgets(page) == []
    assert unreachable_widgets(page) == []

    other = child(page, QComboBox, "import.target.Leftover")
    assert other.currentData() == ""
    other.setCurrentIndex(other.findData("switches"))
    other.activated.emit(other.currentIndex())
    plan = page._plan
    qtbot.waitUntil(lambda: page._plan is not plan, timeout=PATIENCE_MS)
    child(page, QPushButton, "import.try").click()
    qtbot.waitUntil(lambda: "refused" in said(page), timeout=PATIENCE_MS)
    assert page.result.refusals.topLevelItemCount() == 1
    item = page.result.refusals.topLevelItem(0)
    assert item is not None
    assert [item.text(column) for column in range(4)] == ["Leftover", "1", "flag", "This is neither true nor false."]
    assert sql("SELECT count(*) FROM users") == [(0,)]

    other = page.findChildren(QComboBox, "import.target.Leftover")[-1]
    other.setCurrentIndex(0)
    other.activated.emit(0)
    plan = page._plan
    qtbot.waitUntil(lambda: page._plan is not plan, timeout=PATIENCE_MS)
    run = child(page, QPushButton, "import.run")
    run.click()
    dialog = child(page, ConfirmDialog, "confirm_dialog")
    do = child(dialog, QPushButton, "confirm_do")
    assert not do.isEnabled(), "the database's name is asked for"
    child(dialog, QLineEdit, "confirm_name").setText(profile.database)
    do.click()
    qtbot.waitUntil(lambda: said(page).startswith("2 row"), timeout=PATIENCE_MS)
    assert sql("SELECT count(*) FROM users WHERE created_at = '2023-11-14 22:13:20+00'") == [(2,)]

    qtbot.waitUntil(run.isEnabled, timeout=PATIENCE_MS)
    run.click()
    dialog = page.findChildren(ConfirmDialog)[-1]
    child(dialog, QLineEdit, "confirm_name").setText(profile.database)
    child(dialog, QPushButton, "confirm_do").click()
    qtbot.waitUntil(lambda: said(page) == "Tables hold rows already", timeout=PATIENCE_MS)
    qtbot.waitUntil(run.isEnabled, timeout=PATIENCE_MS)


def test_a_file_that_is_none_and_a_place_where_nothing_is_imported(
    open_page: Callable[..., ImportPage], old: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "x.db").write_text("no")
    page = open_page(environment=Environment.PRODUCTION)
    page.show_file(tmp_path / "x.db")
    qtbot.waitUntil(page._error.isVisible, timeout=PATIENCE_MS)
    page.show_file(old)
    qtbot.waitUntil(page.tables.isVisible, timeout=PATIENCE_MS)
    assert not child(page, QPushButton, "import.run").isEnabled()
    assert child(page, QLabel, "import.against").isVisible()
    child(page, QPushButton, "import.try").click()
    qtbot.waitUntil(lambda: "can be imported" in said(page), timeout=PATIENCE_MS)
    page.leave()
    assert page.can() == frozenset()
