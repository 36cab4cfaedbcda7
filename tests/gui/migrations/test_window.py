"""The panel in the real window on a real server: the way there, what it says, and what changes outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.migrations import MigrationStanding, RevisionState
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.settings import UI_LANGUAGE, UI_THEME
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.ui.panels.migrations.panel import MigrationsPanel
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_projects import Rev
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, open_table, wait_loaded
from tests.support.widgets import child, unnamed_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

MakeProject = Callable[..., Path]
Sql = Callable[..., Any]

REVISIONS = (
    Rev("a1", None, "op.execute('CREATE TABLE first (id int)')", message="the first table"),
    Rev("b1", "a1", "op.execute('CREATE TABLE left_one (id int)')", message="a branch to the left"),
    Rev("c1", "a1", "op.execute('CREATE TABLE right_one (id int)')", message="a branch to the right"),
    Rev("d1", ("b1", "c1"), "pass", message="both together"),
)


def go_there(qtbot: QtBot, studio: Studio) -> MigrationsPanel:
    """Go to the panel by its key and wait until it shows where the database stands."""
    studio.frame.activateWindow()
    qtbot.keyClick(studio.frame, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    panel = studio.panel("migrations")
    assert isinstance(panel, MigrationsPanel)
    qtbot.waitUntil(lambda: panel.status is not None and studio.context.runner.is_idle, timeout=PATIENCE_MS)
    return panel


def open_project(open_window: OpenWindow, profile: ConnectionProfile, folder: Path) -> Studio:
    """Open the window on a saved connection that names a project."""
    saved = replace(profile, name="ours", project=folder)
    ProfileStore(Paths.default()).save((saved,))
    return open_window(None, profile="ours")


def test_keys_rail_and_menu_lead_to_the_panels(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    panel = go_there(qtbot, studio)
    assert studio.current_panel is panel
    rail = child(studio, QToolButton, "rail.migrations")
    assert rail.isChecked()
    assert rail.toolTip() == "Migrations (Ctrl+2)"
    assert rail.accessibleName() == "Migrations"
    assert panel.list.view.hasFocus() or QApplication.focusWidget() is panel.list.view
    menu = next(action.menu() for action in studio.frame.menuBar().actions() if action.text() == "&Go")
    entries = menu.actions()  # type: ignore[attr-defined]
    ways = {action.text().replace("&", ""): action for action in entries if action.isCheckable()}
    assert ways["Migrations"].isChecked()
    assert not ways["Data"].isChecked()
    qtbot.keyClick(studio.frame, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert studio.current_panel == studio.panel("data")
    qtbot.mouseClick(rail, Qt.MouseButton.LeftButton)
    assert studio.current_panel is panel
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)


def test_what_the_data_panel_says_is_gone_with_it(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    page = open_table(qtbot, studio, "users")
    panel = data_panel(studio)
    assert panel.row_count.isVisible()
    go_there(qtbot, studio)
    page.reload()
    wait_loaded(qtbot, page)
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    assert not panel.row_count.isVisible()
    qtbot.keyClick(studio.frame, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert panel.row_count.isVisible()


def test_the_demo_is_up_to_date_and_shows_what_was_run(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    panel = go_there(qtbot, studio)
    assert panel.status is not None
    assert panel.status.standing is MigrationStanding.UP_TO_DATE
    assert child(panel, QLabel, "migrations.standing.title").property("tone") == "success"
    assert {line.report.state for line in panel.list.model.lines} == {RevisionState.APPLIED}
    qtbot.waitUntil(lambda: "CREATE TABLE" in panel.details.sql.text.toPlainText(), timeout=PATIENCE_MS)
    assert unnamed_widgets(studio.frame) == []
    panel.details.step_tab(1)
    qtbot.waitUntil(lambda: "def upgrade" in panel.details.file.text.toPlainText(), timeout=PATIENCE_MS)


def test_each_theme_and_language_draws_it(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    panel = go_there(qtbot, studio)
    for theme in ("dark", "light"):
        for language in ("fr", "en"):
            studio.context.settings.set(UI_THEME, theme)
            studio.context.settings.set(UI_LANGUAGE, language)
            assert not studio.frame.grab().isNull()
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    assert child(panel, QLabel, "migrations.standing.title").text() == "Up to date"


def test_a_version_table_deleted_by_hand_is_told(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    panel = go_there(qtbot, studio)
    workspace = studio.connection.workspace
    assert workspace is not None
    _run(seeded_url, "DROP TABLE alembic_version")
    qtbot.keyClick(studio.frame, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: _standing(panel) is MigrationStanding.VERSIONS_LOST, timeout=PATIENCE_MS)
    main = child(panel, QPushButton, "migrations.main")
    assert "Restore" in main.text()
    assert main.isEnabled()


def test_a_project_of_ones_own_shows_its_branches(
    open_window: OpenWindow, profile: ConnectionProfile, make_project: MakeProject, qtbot: QtBot
) -> None:
    folder = make_project(REVISIONS)
    studio = open_project(open_window, profile, folder)
    panel = go_there(qtbot, studio)
    assert _standing(panel) is MigrationStanding.NONE
    assert panel.list.model.lines[0].report.revision == "d1"
    assert panel.list.model.lanes == 2
    assert str(folder) in child(panel, QLabel, "migrations.facts").toolTip()
    assert "4" in child(panel, QPushButton, "migrations.main").text()
    panel.list.choose("a1")
    qtbot.waitUntil(lambda: "CREATE TABLE first" in panel.details.sql.text.toPlainText(), timeout=PATIENCE_MS)


def test_the_project_of_the_folder_is_the_one_shown(
    open_window: OpenWindow,
    pg_url: str,
    make_project: MakeProject,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = make_project(REVISIONS)
    (folder / ".env").write_text(f'DATABASE_URL="{pg_url}"\n')
    below = folder / "src"
    below.mkdir()
    monkeypatch.chdir(below)
    panel = go_there(qtbot, open_window(None))
    assert len(panel.list.model.lines) == 4


def test_a_broken_file_is_named_and_the_rest_works(
    open_window: OpenWindow, profile: ConnectionProfile, make_project: MakeProject, qtbot: QtBot
) -> None:
    folder = make_project(REVISIONS)
    broken = folder / "alembic" / "versions" / "zz_broken.py"
    broken.write_text("revision = 'zz'\n\ndef upgrade(:\n    pass\n")
    studio = open_project(open_window, profile, folder)
    panel = go_there(qtbot, studio)
    assert len(panel.list.model.lines) == 4
    assert panel.list.problems.item(0).text().startswith("zz_broken.py, line 3")
    panel.list.problems.setFocus()
    qtbot.keyClick(panel.list.problems, Qt.Key.Key_Return)
    source = panel.details.file.text
    qtbot.waitUntil(lambda: "def upgrade(:" in source.toPlainText(), timeout=PATIENCE_MS)
    assert source.marked_line == 3
    broken.unlink()
    qtbot.keyClick(studio.frame, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: not panel.list.problems.isVisible(), timeout=PATIENCE_MS)


def test_what_is_pending_can_be_deployed_from_the_keyboard(
    open_window: OpenWindow, profile: ConnectionProfile, make_project: MakeProject, qtbot: QtBot
) -> None:
    studio = open_project(open_window, profile, make_project(REVISIONS))
    panel = go_there(qtbot, studio)
    qtbot.keyClick(studio.frame, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    dialog = panel.opener.dialog
    assert dialog is not None
    assert dialog.objectName() == "deploy_dialog"
    dialog.reject()
    qtbot.waitUntil(lambda: panel.opener.dialog is None and studio.context.runner.is_idle, timeout=PATIENCE_MS)


def _standing(panel: MigrationsPanel) -> MigrationStanding | None:
    return panel.status.standing if panel.status is not None else None


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
