"""The way out by clicking, in the real window on a real server: deploy, fail, read why, go the right way, green."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QTabWidget
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.migrations import MigrationStanding
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.pages import CalmPage
from nexus_studio.ui.panels.migrations.flows.deploy_dialog import DeployDialog
from nexus_studio.ui.panels.migrations.flows.resolve_page import ResolvePage
from nexus_studio.ui.panels.migrations.offers import Verb
from nexus_studio.ui.panels.migrations.panel import MigrationsPanel
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_projects import Rev, write_revision
from tests.support.fix_window import OpenWindow
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 60_000  # evidence replays on a throwaway database
Sql = Callable[..., list[tuple[object, ...]]]

FIRST = Rev("a1", None, 'op.execute("CREATE TABLE people (id int PRIMARY KEY, email text)")', message="People")
LAST = Rev("c1", "b1", 'op.execute("CREATE TABLE later (id int)")', message="Later")


@dataclass(frozen=True)
class Case:
    """A revision that fails while two rows share an email; the button that is right, and what it leads to."""

    up: str
    button: str
    shows_sql: bool


CASES = {
    "rolled_back": Case(
        'op.execute("ALTER TABLE people ADD CONSTRAINT one UNIQUE (email)")', "resolve.run_again", False
    ),
    "invalid_index": Case(
        """
        with op.get_context().autocommit_block():
            op.execute("CREATE UNIQUE INDEX CONCURRENTLY one ON people (email)")
        """,
        "resolve.clean_up",
        True,
    ),
}


def opened_panel(qtbot: QtBot, open_window: OpenWindow, profile: ConnectionProfile, project: Path) -> MigrationsPanel:
    named = replace(profile, name="mine", project=project, environment=Environment.DEVELOPMENT)
    ProfileStore(Paths.default()).save([named])
    window: Studio = open_window(None, profile="mine")
    window.show_panel("migrations")
    panel = window.panel("migrations")
    assert isinstance(panel, MigrationsPanel)
    qtbot.waitUntil(lambda: panel.status is not None, timeout=PATIENCE_MS)
    return panel


def deploy(qtbot: QtBot, panel: MigrationsPanel) -> DeployDialog:
    """Press the panel's button, say where the ledger is kept, and deploy."""
    panel.header.buttons[Verb.DEPLOY].click()
    dialog = panel.opener.dialog
    assert isinstance(dialog, DeployDialog)
    button = child(dialog, QPushButton, "deploy_dialog.deploy")
    qtbot.waitUntil(lambda: button.isVisible() or isinstance(dialog.frame.page, CalmPage), timeout=PATIENCE_MS)
    if not button.isVisible():
        child(dialog, QPushButton, "step_migration_ledger_database").click()
        qtbot.waitUntil(button.isVisible, timeout=PATIENCE_MS)
    tabs = child(dialog, QTabWidget, "deploy_tabs")
    qtbot.waitUntil(lambda: "running" not in tabs.tabText(1), timeout=PATIENCE_MS)
    button.click()
    asked = dialog.findChild(ConfirmDialog)
    if asked is not None:  # the rehearsal foresaw it
        child(asked, QPushButton, "confirm_do").click()
    return dialog


def close_dialog(qtbot: QtBot, panel: MigrationsPanel) -> None:
    dialog = panel.opener.dialog
    assert isinstance(dialog, DeployDialog)
    qtbot.waitUntil(lambda: not dialog.frame.is_writing, timeout=PATIENCE_MS)
    dialog.reject()
    assert panel.opener.dialog is None


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_deploy_fail_read_click_green(
    case: Case,
    open_window: OpenWindow,
    profile: ConnectionProfile,
    make_project: Callable[..., Path],
    sql: Sql,
    qtbot: QtBot,
) -> None:
    def is_standing(*wanted: MigrationStanding) -> bool:
        return panel.status is not None and panel.status.standing in wanted

    project = make_project([FIRST])
    panel = opened_panel(qtbot, open_window, profile, project)
    deploy(qtbot, panel)
    qtbot.waitUntil(lambda: is_standing(MigrationStanding.UP_TO_DATE), timeout=PATIENCE_MS)
    close_dialog(qtbot, panel)

    sql("INSERT INTO people VALUES (1, 'zoe@example.org'), (2, 'zoe@example.org')")
    for number, each in enumerate((Rev("b1", "a1", case.up, message="One email each"), LAST), start=1):
        write_revision(project / "alembic" / "versions", each, number)
    panel.read()
    qtbot.waitUntil(lambda: is_standing(MigrationStanding.BEHIND), timeout=PATIENCE_MS)
    dialog = deploy(qtbot, panel)
    resolve = child(dialog, QPushButton, "deploy_dialog.resolve")
    qtbot.waitUntil(resolve.isVisible, timeout=PATIENCE_MS)
    resolve.click()

    qtbot.waitUntil(lambda: panel.resolving is not None, timeout=PATIENCE_MS)
    page = panel.resolving
    assert isinstance(page, ResolvePage)
    qtbot.waitUntil(lambda: page.findChild(QPushButton, case.button) is not None, timeout=PATIENCE_MS)
    reason = child(page, QPlainTextEdit, "resolve_happened.words").toPlainText()
    assert "23505" in reason
    assert "could not create unique index" in reason
    assert "people" in child(page, QPlainTextEdit, "resolve_happened.statement").toPlainText()
    best = child(page, QPushButton, case.button)
    assert best.property("primary"), child(page, QLabel, "resolve_ways.reason").text()

    sql("DELETE FROM people WHERE id = 2")
    best.click()
    if case.shows_sql:
        assert "one" in page._sql.sql()
        child(page, QPushButton, "resolve_page.go").click()
    qtbot.waitUntil(lambda: isinstance(page.page, CalmPage), timeout=PATIENCE_MS)
    child(page, QPushButton, "step_resolve_back").click()
    qtbot.waitUntil(lambda: is_standing(MigrationStanding.BEHIND, MigrationStanding.UP_TO_DATE), timeout=PATIENCE_MS)
    if is_standing(MigrationStanding.BEHIND):
        deploy(qtbot, panel)
        qtbot.waitUntil(lambda: is_standing(MigrationStanding.UP_TO_DATE), timeout=PATIENCE_MS)
        close_dialog(qtbot, panel)
    assert sql("SELECT indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = 'one'") == [(True,)]
    assert sql("SELECT to_regclass('later') IS NOT NULL") == [(True,)]
    assert child(panel.header, QLabel, "migrations.standing.title").text() == "Up to date"
