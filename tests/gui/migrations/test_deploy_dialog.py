"""Deploying in the dialog: refusals, plan, safety report, the run, cancelling, and what production asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QTabWidget, QTreeWidget
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.ledgerentries import LedgerPlace, LockHolder
from nexus_studio.core.admin.migrations import MigrationStanding, MigrationStatus, RunResult
from nexus_studio.core.admin.safety import SafetyReport
from nexus_studio.core.errors import BackupFailed, MigrationBlocked
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import CalmPage
from nexus_studio.ui.panels.migrations.flows.deploy_dialog import DeployDialog
from nexus_studio.ui.panels.migrations.flows.guard import dump_command
from tests.gui.migrations.conftest import Closing
from tests.gui.migrations.fakes import STEPS, FakeBackups, FakeMigrations, failed_status, status_of, workspace_on
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

SAFE = SafetyReport((), duration_ms=900)
Open = Callable[..., DeployDialog]


@pytest.fixture
def open_dialog(context: UiContext, closing: Closing) -> Open:
    def opened(
        service: FakeMigrations,
        environment: Environment = Environment.DEVELOPMENT,
        backups: FakeBackups | None = None,
    ) -> DeployDialog:
        dialog = DeployDialog(context, workspace_on(service, environment, backups))
        closing(dialog)
        dialog.open()
        return dialog

    return opened


def button(dialog: DeployDialog, name: str) -> QPushButton:
    return child(dialog, QPushButton, name)


def page_title(dialog: DeployDialog) -> str:
    page = dialog.frame.page
    assert isinstance(page, CalmPage)
    return child(page, QLabel, "page_title").text()


def wait_plan(qtbot: QtBot, dialog: DeployDialog) -> None:
    qtbot.waitUntil(lambda: button(dialog, "deploy_dialog.deploy").isVisible())
    qtbot.waitUntil(lambda: "running" not in child(dialog, QTabWidget, "deploy_tabs").tabText(1))


def wait_end(qtbot: QtBot, dialog: DeployDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.frame.is_writing)


def test_plan_report_run(open_dialog: Open, qtbot: QtBot) -> None:
    service = FakeMigrations(report=SAFE)
    dialog = open_dialog(service)
    wait_plan(qtbot, dialog)
    assert dialog._plan_view.revisions() == [step.revision for step in STEPS]
    assert "CREATE UNIQUE INDEX CONCURRENTLY" in dialog._plan_view.sql()
    assert "what there was\n;" in dialog._plan_view.sql(), "a semicolon behind a comment would be part of it"
    ended: list[RunResult] = []
    dialog.deployed.connect(ended.append)
    button(dialog, "deploy_dialog.deploy").click()
    qtbot.waitUntil(lambda: bool(ended))
    assert ended[0].done == tuple(step.revision for step in STEPS)
    assert ("deploy", "heads", None, None) in service.calls
    assert child(dialog, QLabel, "deploy_run.far").isHidden()
    assert dialog._run.view._list.topLevelItemCount() == len(STEPS)


def test_everything_is_named_and_reached_by_keyboard(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(FakeMigrations(), Environment.PRODUCTION)
    wait_plan(qtbot, dialog)
    for place in range(2):
        child(dialog, QTabWidget, "deploy_tabs").setCurrentIndex(place)
        assert unnamed_widgets(dialog) == []
        assert unreachable_widgets(dialog) == []


def test_the_sql_of_what_asks_the_database_is_not_made_up(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(FakeMigrations())
    wait_plan(qtbot, dialog)
    tree = child(dialog, QTreeWidget, "deploy_plan.revisions")
    tree.setCurrentItem(tree.topLevelItem(len(STEPS)))  # type: ignore[arg-type]
    assert dialog._plan_view.sql() == ""
    assert "decides by the answer" in dialog._plan_view._reason.text()


REFUSALS: list[tuple[MigrationStatus, str, str]] = [
    (
        failed_status(),
        "A failed migration waits for a decision; new ones will not be applied",
        "step_migration_resolve",
    ),
    (
        status_of(MigrationStanding.RUNNING, holder=LockHolder(4242, "anna", "psql")),
        "Somebody else is migrating this database",
        "step_connection_retry",
    ),
    (status_of(MigrationStanding.DIVERGED), "The project has several heads", "step_migration_merge"),
    (status_of(MigrationStanding.NOT_MANAGED), "No migrations are recorded in this database", "step_migration_stamp"),
    (status_of(MigrationStanding.VERSIONS_LOST), "Alembic's version table is empty or gone", "step_migration_stamp"),
    (status_of(MigrationStanding.PRISMA), "Prisma manages this database's migrations", "step_details_copy"),
    (
        status_of(ledger=LedgerPlace.NOWHERE),
        "Where shall the ledger of migrations be kept?",
        "step_migration_ledger_database",
    ),
]


@pytest.mark.parametrize(("state", "title", "step"), REFUSALS, ids=[each[2] + each[1][:12] for each in REFUSALS])
def test_a_refusal_has_its_next_step(
    open_dialog: Open, qtbot: QtBot, state: MigrationStatus, title: str, step: str
) -> None:
    service = FakeMigrations(state=state)
    dialog = open_dialog(service)
    qtbot.waitUntil(lambda: isinstance(dialog.frame.page, CalmPage))
    assert page_title(dialog) == title
    assert button(dialog, step).isVisible()
    assert not button(dialog, "deploy_dialog.deploy").isVisible()
    assert [call for call in service.calls if call[0] in {"plan", "safety", "deploy"}] == []


def test_who_holds_the_lock_is_named(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(
        FakeMigrations(state=status_of(MigrationStanding.RUNNING, holder=LockHolder(4242, "anna", "psql", "10.0.0.7")))
    )
    qtbot.waitUntil(lambda: isinstance(dialog.frame.page, CalmPage))
    words = child(dialog.frame.page, QLabel, "page_muted").text()  # type: ignore[arg-type]
    assert all(fact in words for fact in ("anna", "psql", "10.0.0.7", "4242"))


@pytest.mark.parametrize(("step", "place"), [("database", LedgerPlace.DATABASE), ("local", LedgerPlace.LOCAL)])
def test_where_the_ledger_is_kept_is_asked_and_told(
    open_dialog: Open, qtbot: QtBot, step: str, place: LedgerPlace
) -> None:
    service = FakeMigrations(state=status_of(ledger=LedgerPlace.NOWHERE), report=SAFE)
    dialog = open_dialog(service)
    qtbot.waitUntil(lambda: isinstance(dialog.frame.page, CalmPage))
    button(dialog, f"step_migration_ledger_{step}").click()
    wait_plan(qtbot, dialog)
    button(dialog, "deploy_dialog.deploy").click()
    wait_end(qtbot, dialog)
    assert ("deploy", "heads", place, None) in service.calls


def test_what_must_be_resolved_is_handed_on_after_closing(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(FakeMigrations(state=failed_status()))
    qtbot.waitUntil(lambda: isinstance(dialog.frame.page, CalmPage))
    asked: list[tuple[str, bool]] = []
    dialog.resolve_asked.connect(lambda revision: asked.append((revision, dialog.isVisible())))
    button(dialog, "step_migration_resolve").click()
    assert asked == [("9b1d77e0aa52", False)]


def test_a_failure_is_told_in_postgresqls_words(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(FakeMigrations(report=SAFE, fails_at=2))
    wait_plan(qtbot, dialog)
    button(dialog, "deploy_dialog.deploy").click()
    wait_end(qtbot, dialog)
    words = dialog._run.view.findChildren(QLabel)
    assert any("9b1d77e0aa52 failed at its statement 2" in each.text() for each in words)
    said = child(dialog._run.view, QPlainTextEdit, "deploy_run.words")
    assert "could not create unique index" in said.toPlainText()
    assert "23505" in said.toPlainText()
    assert dialog._run.view._list.topLevelItem(2).text(1) == "not run"  # type: ignore[union-attr]
    asked: list[str] = []
    dialog.resolve_asked.connect(asked.append)
    button(dialog, "deploy_dialog.resolve").click()
    assert asked == ["9b1d77e0aa52"]


def test_cancel_reaches_the_run_and_escape_does_not_close_it(open_dialog: Open, qtbot: QtBot) -> None:
    service = FakeMigrations(report=SAFE, held=("deploy",))
    dialog = open_dialog(service)
    wait_plan(qtbot, dialog)
    button(dialog, "deploy_dialog.deploy").click()
    sql = dialog._run.view._sql
    qtbot.waitUntil(lambda: "note_1" in sql.toPlainText())
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert dialog.frame.is_writing
    ended: list[RunResult] = []
    dialog.deployed.connect(ended.append)
    button(dialog, "deploy_dialog.cancel").click()
    qtbot.waitUntil(lambda: bool(ended))
    assert ended[0].cancelled
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not dialog.isVisible())


def test_a_refusal_of_the_run_itself_is_shown(open_dialog: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_args: Any, **_more: Any) -> Any:
        raise MigrationBlocked("migration.locked", pid=7, user="bob")

    monkeypatch.setattr(FakeMigrations, "deploy", locked)
    dialog = open_dialog(FakeMigrations(report=SAFE))
    wait_plan(qtbot, dialog)
    button(dialog, "deploy_dialog.deploy").click()
    qtbot.waitUntil(lambda: isinstance(dialog.frame.page, CalmPage))
    assert page_title(dialog) == "Somebody else is migrating this database"
    assert not dialog._run.view._clock.isActive()


def test_dangers_are_named_before_they_are_done(open_dialog: Open, qtbot: QtBot) -> None:
    service = FakeMigrations()
    dialog = open_dialog(service)
    wait_plan(qtbot, dialog)
    assert "2 danger" in child(dialog, QTabWidget, "deploy_tabs").tabText(1)
    button(dialog, "deploy_dialog.deploy").click()
    asked = dialog.findChild(ConfirmDialog)
    assert asked is not None
    named = " ".join(label.text() for label in asked.findChildren(QLabel))
    assert "A column of “prices” is dropped" in named
    qtbot.keyClick(asked, Qt.Key.Key_Return)  # begins on Cancel
    assert not dialog.frame.is_writing
    assert not any(call[0] == "deploy" for call in service.calls)


def test_production_wants_report_backup_and_name(open_dialog: Open, qtbot: QtBot) -> None:
    service = FakeMigrations(report=SAFE, held=("safety",))
    dialog = open_dialog(service, Environment.PRODUCTION)
    deploy = button(dialog, "deploy_dialog.deploy")
    qtbot.waitUntil(deploy.isVisible)
    child(dialog, QCheckBox, "deploy_guard.has_backup").click()
    assert not deploy.isEnabled(), "the report comes first"
    service.gate.set()
    qtbot.waitUntil(deploy.isEnabled)
    child(dialog, QCheckBox, "deploy_guard.has_backup").click()
    assert not deploy.isEnabled(), "a backup comes first"
    child(dialog, QCheckBox, "deploy_guard.has_backup").click()
    deploy.setFocus()
    qtbot.keyClick(deploy, Qt.Key.Key_Return)
    assert dialog.findChild(ConfirmDialog) is None, "Return does nothing dangerous"
    deploy.click()
    asked = dialog.findChild(ConfirmDialog)
    assert asked is not None
    assert "5 s" in child(asked, QLabel, "confirm_text").text()
    assert not child(asked, QPushButton, "confirm_do").isEnabled()
    child(asked, QLineEdit, "confirm_name").setText("nexus")
    child(asked, QPushButton, "confirm_do").click()
    wait_end(qtbot, dialog)
    assert ("deploy", "heads", None, 5000) in service.calls


def test_a_rehearsal_can_be_given_up_and_may_fail(open_dialog: Open, qtbot: QtBot) -> None:
    error = MigrationBlocked("migration.scratch_failed", reason="nowhere")
    dialog = open_dialog(FakeMigrations(error=error, error_in="safety"))
    wait_plan(qtbot, dialog)
    assert "not rehearsed" in child(dialog, QTabWidget, "deploy_tabs").tabText(1)
    assert "No throwaway database could be made" in dialog._safety_view._rests_on.text()
    held = open_dialog(FakeMigrations(held=("safety",)))
    qtbot.waitUntil(lambda: button(held, "deploy_dialog.deploy").isVisible())
    child(held._safety, QPushButton, "waiting_cancel").click()
    assert "It was cancelled." in held._safety_view._rests_on.text()


def test_nothing_to_deploy(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(FakeMigrations(steps=()))
    qtbot.waitUntil(lambda: isinstance(dialog.frame.page, CalmPage))
    assert page_title(dialog) == "Nothing to deploy"


def test_the_backup_command_needs_no_password_and_quotes_names() -> None:
    profile = ConnectionProfile("p", host="db", port=6543, database="my db", user="anna")
    command = dump_command(profile, datetime(2026, 2, 1, 9, 5))  # noqa: DTZ001 - local time in a file's name
    assert command == (
        "pg_dump --format=custom '--file=my db_2026-02-01_0905.dump' --host=db --port=6543 --username=anna 'my db'"
    )


def test_production_is_backed_up_on_a_click_before_it_is_deployed(open_dialog: Open, qtbot: QtBot) -> None:
    backups = FakeBackups()
    dialog = open_dialog(FakeMigrations(report=SAFE), Environment.PRODUCTION, backups)
    wait_plan(qtbot, dialog)
    deploy = button(dialog, "deploy_dialog.deploy")
    assert not deploy.isEnabled()
    button(dialog, "deploy_guard.back_up").click()
    qtbot.waitUntil(lambda: deploy.isVisible() and deploy.isEnabled())
    assert [each.reason for each in backups.asked] == ["deploy"]
    assert "/backups/nexus-deploy.dump" in child(dialog, QLabel, "deploy_guard.made").text()
    assert child(dialog, QCheckBox, "deploy_guard.has_backup").isChecked()


def test_a_backup_that_failed_lets_nobody_on(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(
        FakeMigrations(report=SAFE), Environment.PRODUCTION, FakeBackups(BackupFailed("backup.disk_full"))
    )
    wait_plan(qtbot, dialog)
    made = child(dialog, QLabel, "deploy_guard.made")
    button(dialog, "deploy_guard.back_up").click()
    qtbot.waitUntil(made.isVisible)
    deploy = button(dialog, "deploy_dialog.deploy")
    assert "No backup was made" in made.text()
    assert deploy.isVisible()
    assert not deploy.isEnabled()
