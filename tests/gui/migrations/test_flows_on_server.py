"""The small flows on a real project and a real server, one after the other as a developer goes through them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.migrations import MigrationStanding
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.service import BackupService
from nexus_studio.services.migrations.project import find_project
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import CalmPage
from nexus_studio.ui.panels.migrations.flows.check_dialog import CheckDialog
from nexus_studio.ui.panels.migrations.flows.create_dialog import CreateDialog
from nexus_studio.ui.panels.migrations.flows.deploy_dialog import DeployDialog
from nexus_studio.ui.panels.migrations.flows.downgrade_dialog import DowngradeDialog
from nexus_studio.ui.panels.migrations.flows.pull_dialog import PullDialog
from nexus_studio.ui.panels.migrations.flows.push_dialog import PushDialog
from nexus_studio.ui.panels.migrations.flows.restore_dialog import RestoreDialog
from nexus_studio.ui.panels.migrations.flows.stamp_dialog import StampDialog
from nexus_studio.ui.panels.migrations.flows.test_dialog import TestDialog
from tests.gui.migrations.conftest import Closing
from tests.support.fix_projects import Rev
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 60_000
MODELS = """
import sqlalchemy as sa

metadata = sa.MetaData()
people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.Text),
    sa.Column("note", sa.Text),
)
"""
FIRST = Rev(
    "a1",
    None,
    'op.execute("CREATE TABLE people (id int PRIMARY KEY, email text)")',
    'op.execute("DROP TABLE people")',
    message="People",
)

WAITS = Rev(
    "b1",
    "a1",
    "op.execute(\"CREATE TABLE waits AS SELECT current_setting('lock_timeout') AS wait\")",
    'op.execute("DROP TABLE waits")',
    message="Waits",
)


def test_check_create_deploy_test_downgrade_push_stamp_pull(
    context: UiContext,
    closing: Closing,
    session: Session,
    make_project: Callable[..., Path],
    sql: Callable[..., list[Any]],
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    project = make_project([FIRST], models=MODELS)
    service = MigrationService(session, find_project(project), Paths.below(tmp_path / "home"))
    service.deploy(TaskContext(), ledger=LedgerPlace.DATABASE)
    workspace = cast("Workspace", SimpleNamespace(session=session, migrations=service))

    def opened(kind: Any, *facts: Any, **more: Any) -> Any:
        dialog = kind(context, workspace, *facts, **more)
        closing(dialog)
        dialog.open()
        return dialog

    def press(dialog: QWidget, name: str) -> None:
        button = child(dialog, QPushButton, name)
        qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=PATIENCE_MS)
        button.click()

    def agreed(dialog: QWidget) -> None:
        asked = dialog.findChild(ConfirmDialog)
        if asked is not None:
            child(asked, QPushButton, "confirm_do").click()

    def calm(dialog: Any) -> None:
        qtbot.waitUntil(lambda: isinstance(dialog.frame.page, CalmPage), timeout=PATIENCE_MS)
        assert dialog.frame.last_error is None, str(dialog.frame.last_error)

    def columns() -> list[str]:
        rows = sql("SELECT attname::text FROM pg_attribute WHERE attrelid = 'people'::regclass AND attnum > 0")
        return [name for (name,) in rows if not name.startswith("....")]

    dialog = opened(CheckDialog)
    press(dialog, "check_dialog.create")

    dialog = opened(CreateDialog)
    child(dialog, QLineEdit, "create_name").setText("Add a note")
    press(dialog, "create_dialog.next")
    qtbot.waitUntil(lambda: child(dialog, QPlainTextEdit, "create_draft.upgrade").isVisible(), timeout=PATIENCE_MS)
    editor = child(dialog, QPlainTextEdit, "create_draft.upgrade")
    assert "note" in editor.toPlainText()
    text = child(dialog, QPlainTextEdit, "create_draft.sql")
    assert "ADD COLUMN note" in text.toPlainText()
    editor.setPlainText(editor.toPlainText() + "\nop.execute(\"COMMENT ON COLUMN people.note IS 'by hand'\")")
    qtbot.waitUntil(lambda: "by hand" in text.toPlainText(), timeout=PATIENCE_MS)
    press(dialog, "create_dialog.write")
    calm(dialog)
    assert len(list((project / "alembic" / "versions").glob("*add_a_note*.py"))) == 1

    dialog = opened(TestDialog)
    qtbot.waitUntil(lambda: child(dialog, QPushButton, "test_dialog.again").isVisible(), timeout=PATIENCE_MS)
    assert dialog._list.topLevelItemCount() >= 3, "up, down, up again"

    dialog = opened(DeployDialog)
    tabs = child(dialog, QTabWidget, "deploy_tabs")
    deploy = child(dialog, QPushButton, "deploy_dialog.deploy")
    qtbot.waitUntil(lambda: deploy.isVisible() and "running" not in tabs.tabText(1), timeout=PATIENCE_MS)
    deploy.click()
    agreed(dialog)
    qtbot.waitUntil(lambda: columns() == ["id", "email", "note"], timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not dialog.frame.is_writing, timeout=PATIENCE_MS)

    dialog = opened(DowngradeDialog, service.status(TaskContext()))
    child(dialog, QComboBox, "downgrade_target").setCurrentIndex(0)
    press(dialog, "downgrade_dialog.plan")
    press(dialog, "downgrade_dialog.run")
    agreed(dialog)
    qtbot.waitUntil(lambda: columns() == ["id", "email"], timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not dialog.frame.is_writing, timeout=PATIENCE_MS)

    dialog = opened(PushDialog)
    press(dialog, "push_dialog.push")
    agreed(dialog)
    calm(dialog)
    assert columns() == ["id", "email", "note"]

    dialog = opened(StampDialog, service.status(TaskContext()), revision="heads")
    press(dialog, "stamp_dialog.stamp")
    agreed(dialog)
    calm(dialog)
    assert service.status(TaskContext()).pending == ()

    dialog = opened(PullDialog)
    source = child(dialog, QPlainTextEdit, "pull_source")
    qtbot.waitUntil(source.isVisible, timeout=PATIENCE_MS)
    assert "people" in source.toPlainText()


@pytest.mark.parametrize("place", ["database", "local"])
def test_a_baseline_asks_where_the_ledger_is_to_be(
    context: UiContext,
    closing: Closing,
    session: Session,
    make_project: Callable[..., Path],
    sql: Callable[..., list[Any]],
    qtbot: QtBot,
    tmp_path: Path,
    place: str,
) -> None:
    """Tables and no history, nor a ledger: the stamp must not end in a question that nothing answers."""
    sql("CREATE TABLE people (id int PRIMARY KEY, email text)")
    service = MigrationService(session, find_project(make_project([FIRST])), Paths.below(tmp_path / "home"))
    workspace = cast("Workspace", SimpleNamespace(session=session, migrations=service))
    dialog = StampDialog(context, workspace, service.status(TaskContext()))
    closing(dialog)
    dialog.open()
    child(dialog, QPushButton, "stamp_dialog.stamp").click()
    asked = dialog.findChild(ConfirmDialog)
    assert asked is not None
    child(asked, QPushButton, "confirm_do").click()
    qtbot.waitUntil(lambda: dialog.findChild(QPushButton, f"step_migration_ledger_{place}") is not None)
    child(dialog, QPushButton, f"step_migration_ledger_{place}").click()

    def is_stamped() -> bool:  # the version is there a moment before what is kept of it
        found = service.status(TaskContext())
        return (found.current, found.ledger.value) == (("a1",), place)

    qtbot.waitUntil(is_stamped, timeout=PATIENCE_MS)
    found = service.status(TaskContext())
    assert [each.state.value for each in found.revisions] == ["baseline"]


def test_production_is_backed_up_for_real_before_it_is_deployed(
    context: UiContext,
    closing: Closing,
    profile: ConnectionProfile,
    make_project: Callable[..., Path],
    sql: Callable[..., list[Any]],
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    paths = Paths.below(tmp_path / "home")
    project = find_project(make_project([FIRST, WAITS]))
    session = Session.open(replace(profile, environment=Environment.PRODUCTION), None, TaskContext())
    with contextlib.closing(session):
        session.unlock("a release", 60)
        service = MigrationService(session, project, paths)
        service.deploy(TaskContext(), "a1", ledger=LedgerPlace.DATABASE)
        backups = BackupService(session, paths)
        workspace = cast("Workspace", SimpleNamespace(session=session, migrations=service, backups=backups))
        dialog = DeployDialog(context, workspace)
        closing(dialog)
        dialog.open()
        deploy = child(dialog, QPushButton, "deploy_dialog.deploy")
        qtbot.waitUntil(deploy.isVisible, timeout=PATIENCE_MS)
        child(dialog, QPushButton, "deploy_guard.back_up").click()
        qtbot.waitUntil(lambda: deploy.isVisible() and deploy.isEnabled(), timeout=PATIENCE_MS)
        (made,) = paths.data.rglob("*.dump")
        assert made.name in child(dialog, QLabel, "deploy_guard.made").text()
        deploy.click()
        asked = dialog.findChild(ConfirmDialog)
        assert asked is not None
        child(asked, QLineEdit, "confirm_name").setText(profile.database)
        child(asked, QPushButton, "confirm_do").click()
        qtbot.waitUntil(lambda: service.status(TaskContext()).current == ("b1",), timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: not dialog.frame.is_writing)
    assert sql("SELECT wait FROM waits") == [("5s",)]


def test_a_version_table_that_is_gone_is_written_again_with_all_its_branches(
    context: UiContext,
    closing: Closing,
    session: Session,
    make_project: Callable[..., Path],
    sql: Callable[..., list[Any]],
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    other = Rev("c1", "a1", 'op.execute("CREATE TABLE c (id int)")', 'op.execute("DROP TABLE c")', message="Other")
    project = find_project(make_project([FIRST, WAITS, other]))
    service = MigrationService(session, project, Paths.below(tmp_path / "home"))
    service.deploy(TaskContext(), ledger=LedgerPlace.DATABASE)
    sql("DROP TABLE alembic_version")
    lost = service.status(TaskContext())
    assert lost.standing is MigrationStanding.VERSIONS_LOST
    workspace = cast("Workspace", SimpleNamespace(session=session, migrations=service))
    dialog = RestoreDialog(context, workspace, lost, ("b1", "c1"))
    closing(dialog)
    dialog.open()
    with qtbot.waitSignal(dialog.restored, timeout=PATIENCE_MS):
        child(dialog, QPushButton, "restore_dialog.restore").click()
    assert sql("SELECT version_num::text FROM alembic_version ORDER BY 1") == [("b1",), ("c1",)]
    assert service.status(TaskContext()).current == ("b1", "c1")
