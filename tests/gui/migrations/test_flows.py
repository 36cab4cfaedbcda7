"""The smaller flows: create, check, test, push, downgrade, stamp, merge, pull."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.admin.migrations import Statement, Step
from nexus_studio.core.admin.safety import SafetyReport, TestPhase, TestReport
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.profiles import Environment
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import CalmPage
from nexus_studio.ui.panels.migrations.flows.check_dialog import CheckDialog
from nexus_studio.ui.panels.migrations.flows.create_dialog import CreateDialog
from nexus_studio.ui.panels.migrations.flows.downgrade_dialog import DowngradeDialog
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog
from nexus_studio.ui.panels.migrations.flows.merge_dialog import MergeDialog
from nexus_studio.ui.panels.migrations.flows.pull_dialog import PullDialog
from nexus_studio.ui.panels.migrations.flows.push_dialog import PushDialog
from nexus_studio.ui.panels.migrations.flows.stamp_dialog import StampDialog
from nexus_studio.ui.panels.migrations.flows.test_dialog import TestDialog
from tests.gui.migrations.conftest import Closing
from tests.gui.migrations.fakes import DRAFT, FakeMigrations, status_of, workspace_on
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

DOWN = Step(
    "9b1d77e0aa52",
    Direction.DOWN,
    "Email is unique",
    (Statement(1, "DROP INDEX users_email_key"), Statement(2, "ALTER TABLE a DROP COLUMN b")),
)


class Stage:
    """Opens dialogs on a fake service and presses their buttons."""

    def __init__(self, context: UiContext, closing: Closing, qtbot: QtBot) -> None:
        self.context, self.closing, self.qtbot = context, closing, qtbot
        self.service = FakeMigrations()
        self.environment = Environment.DEVELOPMENT

    def open(self, kind: type[FlowDialog], *facts: Any, **more: Any) -> Any:
        dialog: Any = kind(self.context, workspace_on(self.service, self.environment), *facts, **more)
        self.closing(dialog)
        dialog.open()
        return dialog

    def press(self, dialog: QWidget, name: str) -> None:
        button = child(dialog, QPushButton, name)
        self.qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled())
        button.click()

    def confirm(self, dialog: QWidget) -> list[str]:
        """Say yes and return what was said before."""
        asked = self.question(dialog)
        words = [label.text() for label in asked.findChildren(QLabel)]
        child(asked, QPushButton, "confirm_do").click()
        return words

    def question(self, dialog: QWidget) -> ConfirmDialog:
        asked = dialog.findChild(ConfirmDialog)
        assert asked is not None
        return asked

    def calm(self, dialog: FlowDialog) -> str:
        """Wait for a calm page and return its title."""
        self.qtbot.waitUntil(lambda: isinstance(dialog.frame.page, CalmPage))
        page = dialog.frame.page
        assert page is not None
        return child(page, QLabel, "page_title").text()

    def asked(self, name: str) -> list[tuple[Any, ...]]:
        return [call for call in self.service.calls if call[0] == name]


@pytest.fixture
def stage(context: UiContext, closing: Closing, qtbot: QtBot) -> Stage:
    return Stage(context, closing, qtbot)


def draft_shown(stage: Stage) -> CreateDialog:
    dialog: CreateDialog = stage.open(CreateDialog)
    child(dialog, QLineEdit, "create_name").setText("Add notes")
    stage.press(dialog, "create_dialog.next")
    stage.qtbot.waitUntil(lambda: dialog.frame.page is dialog._view)
    return dialog


def test_create_shows_differences_code_and_sql_before_it_writes(stage: Stage) -> None:
    dialog = draft_shown(stage)
    assert dialog._view._list.lines() == [
        "New column bookings.note  (text)",
        "Loses data: Column bookings.remark is dropped  (text)",
        "bookings.coachId: whether NULL is allowed changes  (NOT NULL → NULL)",
    ]
    assert child(dialog, QPlainTextEdit, "create_draft.upgrade").toPlainText() == DRAFT.upgrade
    assert child(dialog, QPlainTextEdit, "create_draft.sql").toPlainText() == DRAFT.sql
    assert "2026_02_01_77aa12bc90de_add_notes.py" in child(dialog, QLabel, "create_draft.file").text()
    assert stage.asked("write") == []
    written: list[str] = []
    dialog.written.connect(written.append)
    stage.press(dialog, "create_dialog.write")
    assert stage.calm(dialog) == "Written"
    assert written == [DRAFT.path]


def test_create_hands_on_to_deploy(stage: Stage) -> None:
    dialog = draft_shown(stage)
    asked: list[str] = []
    dialog.apply_asked.connect(asked.append)
    stage.press(dialog, "create_dialog.apply")
    stage.qtbot.waitUntil(lambda: asked == [DRAFT.path])


def test_the_sql_follows_the_code(stage: Stage) -> None:
    dialog = draft_shown(stage)
    stage.service.made = replace(DRAFT, sql="SELECT 1;", sql_error="")
    child(dialog, QPlainTextEdit, "create_draft.upgrade").setPlainText('op.execute("SELECT 1")')
    sql = child(dialog, QPlainTextEdit, "create_draft.sql")
    stage.qtbot.waitUntil(lambda: sql.toPlainText() == "SELECT 1;")
    assert stage.asked("check_draft") == [("check_draft", 'op.execute("SELECT 1")')]
    stage.service.made = replace(DRAFT, sql="", sql_error="Line 1: never closed")
    child(dialog, QPlainTextEdit, "create_draft.upgrade").setPlainText("op.execute(")
    error = child(dialog, QLabel, "create_draft.sql_error")
    stage.qtbot.waitUntil(lambda: error.text() == "Line 1: never closed")


def test_a_rename_that_is_taken_makes_the_draft_anew(stage: Stage) -> None:
    dialog = draft_shown(stage)
    box = child(dialog, QCheckBox, "create_draft.rename_0")
    assert box.text() == "bookings.remark → note"
    stage.service.made = replace(DRAFT, renames=(), differences=DRAFT.differences[2:])
    box.click()
    stage.qtbot.waitUntil(lambda: len(stage.asked("draft")) == 2 and dialog.frame.page is dialog._view)
    assert stage.asked("draft")[1] == ("draft", "Add notes", DRAFT.renames, False)
    assert child(dialog, QCheckBox, "create_draft.rename_0").isChecked(), "it can be taken back"


def test_what_was_typed_is_not_lost_by_escape_or_an_error(stage: Stage) -> None:
    dialog = draft_shown(stage)
    editor = child(dialog, QPlainTextEdit, "create_draft.upgrade")
    editor.setPlainText("mine(")
    stage.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    stage.qtbot.keyClick(stage.question(dialog), Qt.Key.Key_Escape)
    assert dialog.isVisible()
    stage.service.error = MigrationBlocked("migration.draft_broken", line=3, words="'(' was never closed")
    stage.service.error_in = "write"
    stage.press(dialog, "create_dialog.write")
    error = child(dialog, QLabel, "create_draft.error")
    stage.qtbot.waitUntil(lambda: "never closed" in error.text())
    assert "Line 3" in error.text()
    assert editor.toPlainText() == "mine("


def test_models_and_database_that_agree_need_no_migration(stage: Stage) -> None:
    stage.service.made = replace(DRAFT, differences=(), renames=())
    dialog = stage.open(CreateDialog)
    child(dialog, QLineEdit, "create_name").setText("x")
    stage.press(dialog, "create_dialog.next")
    assert stage.calm(dialog) == "Models and database agree"
    stage.press(dialog, "step_create_empty")
    stage.qtbot.waitUntil(lambda: dialog.frame.page is dialog._view)
    assert stage.asked("draft")[-1][-1] is True


def test_check_lists_and_leads_to_create(stage: Stage) -> None:
    dialog = stage.open(CheckDialog)
    stage.qtbot.waitUntil(lambda: child(dialog, QPushButton, "check_dialog.create").isVisible())
    assert len(dialog._list.lines()) == len(DRAFT.differences)
    asked: list[bool] = []
    dialog.create_asked.connect(lambda: asked.append(True))
    stage.press(dialog, "check_dialog.create")
    assert asked == [True]
    stage.service.differences = ()
    assert stage.calm(stage.open(CheckDialog)) == "Models and database agree"


def test_a_test_shows_its_legs_and_what_went_wrong(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = stage.open(TestDialog)
    tree = child(dialog, QTreeWidget, "test_phases")
    stage.qtbot.waitUntil(tree.isVisible)
    item = tree.currentItem()
    assert item is not None
    assert (item.text(0), item.text(1)) == ("Models against the database", "44 ms")
    assert "bookings.note is missing" in child(dialog, QPlainTextEdit, "test_words").toPlainText()
    assert "The test failed" in [label.text() for label in dialog.findChildren(QLabel)]
    good = TestReport((TestPhase("up", True, 10),), "server")
    monkeypatch.setattr(FakeMigrations, "test", lambda *_args: good)
    stage.press(dialog, "test_dialog.again")
    stage.qtbot.waitUntil(lambda: "All legs passed" in [label.text() for label in dialog.findChildren(QLabel)])


def test_push_shows_the_sql_and_what_is_lost_first(stage: Stage) -> None:
    dialog = stage.open(PushDialog)
    stage.press(dialog, "push_dialog.push")
    assert dialog._page.sql() == "ALTER TABLE bookings ADD COLUMN note text;"
    assert any("bookings.remark is dropped" in words for words in stage.confirm(dialog))
    assert stage.calm(dialog) == "Pushed"
    assert [call[1] for call in stage.asked("push")] == [True, False]


def test_downgrade_names_what_is_lost_and_asks(stage: Stage) -> None:
    stage.service.steps = (DOWN,)
    stage.service.report = SafetyReport((), copy="none")
    dialog = stage.open(DowngradeDialog, status_of())
    child(dialog, QComboBox, "downgrade_target").setCurrentIndex(0)
    stage.press(dialog, "downgrade_dialog.plan")
    run = child(dialog, QPushButton, "downgrade_dialog.run")
    stage.qtbot.waitUntil(run.isVisible)
    assert ("plan", "-1", Direction.DOWN) in stage.service.calls
    run.setFocus()
    stage.qtbot.keyClick(run, Qt.Key.Key_Return)
    assert dialog.findChild(ConfirmDialog) is None
    run.click()
    assert "•  ALTER TABLE a DROP COLUMN b" in stage.confirm(dialog)
    stage.qtbot.waitUntil(lambda: not dialog.frame.is_writing)
    assert ("downgrade", "-1") in stage.service.calls
    assert any("taken back" in label.text() for label in dialog._run.view.findChildren(QLabel))


def test_downgrade_in_production_wants_a_backup_and_the_name(stage: Stage) -> None:
    stage.environment = Environment.PRODUCTION
    stage.service.steps = (DOWN,)
    dialog = stage.open(DowngradeDialog, status_of(), target="base")
    run = child(dialog, QPushButton, "downgrade_dialog.run")
    stage.qtbot.waitUntil(run.isVisible)
    assert not run.isEnabled()
    child(dialog, QCheckBox, "downgrade_guard.has_backup").click()
    run.click()
    assert not child(stage.question(dialog), QPushButton, "confirm_do").isEnabled()


def test_stamp_says_what_it_means_and_asks(stage: Stage) -> None:
    dialog = stage.open(StampDialog, status_of(), revision="9b1d77e0aa52")
    assert child(dialog, QComboBox, "stamp_revision").currentData() == "9b1d77e0aa52"
    stage.press(dialog, "stamp_dialog.stamp")
    assert stage.asked("stamp") == []
    stage.confirm(dialog)
    assert stage.calm(dialog) == "Stamped"
    assert stage.asked("stamp") == [("stamp", "9b1d77e0aa52")]


def test_merge_writes_under_the_name_given(stage: Stage) -> None:
    dialog = stage.open(MergeDialog, replace(status_of(), heads=("4f2a91c07be1", "9b1d77e0aa52")))
    name = child(dialog, QLineEdit, "merge_name")
    name.setText(" ")
    assert not child(dialog, QPushButton, "merge_dialog.merge").isEnabled()
    name.setText("Join")
    stage.qtbot.keyClick(name, Qt.Key.Key_Return)
    assert stage.calm(dialog) == "Merged"
    assert stage.asked("merge") == [("merge", "Join")]
    assert stage.calm(stage.open(MergeDialog, status_of())) == "There is one head only"


def test_pull_shows_and_saves_the_models(stage: Stage, tmp_path: Path) -> None:
    dialog = stage.open(PullDialog)
    source = child(dialog, QPlainTextEdit, "pull_source")
    stage.qtbot.waitUntil(source.isVisible)
    assert "class Users" in source.toPlainText()
    with stage.qtbot.waitSignal(dialog.saved):
        dialog.save(str(tmp_path / "models.py"))
    assert (tmp_path / "models.py").read_text(encoding="utf-8") == source.toPlainText()
    dialog.save(str(tmp_path / "nowhere" / "models.py"))
    stage.qtbot.waitUntil(lambda: isinstance(dialog.frame.page, CalmPage))


OPENED: list[tuple[type[FlowDialog], bool]] = [
    (CreateDialog, False),
    (CheckDialog, False),
    (TestDialog, False),
    (PushDialog, False),
    (DowngradeDialog, True),
    (StampDialog, True),
    (MergeDialog, True),
    (PullDialog, False),
]


@pytest.mark.parametrize(("kind", "takes_status"), OPENED, ids=[kind.__name__ for kind, _ in OPENED])
def test_every_widget_is_named_and_reached_by_keyboard_and_escape_closes(
    stage: Stage, kind: type[FlowDialog], takes_status: bool
) -> None:
    dialog = stage.open(kind, *((status_of(),) if takes_status else ()))
    stage.qtbot.waitUntil(lambda: dialog.frame.page is not dialog.frame._waiting)
    assert unnamed_widgets(dialog) == []
    assert unreachable_widgets(dialog) == []
    stage.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_an_error_is_shown_in_place_and_can_be_retried(stage: Stage) -> None:
    stage.service.error = MigrationBlocked("migration.project_broken", reason="environment", words="no module named x")
    stage.service.error_in = "check"
    dialog = stage.open(CheckDialog)
    assert stage.calm(dialog) == "The Alembic project can't be used as it is"
    stage.service.error = None
    stage.press(dialog, "step_connection_retry")
    stage.qtbot.waitUntil(lambda: child(dialog, QPushButton, "check_dialog.create").isVisible())


def test_a_step_that_is_the_windows_is_left_to_it_after_closing(stage: Stage) -> None:
    stage.service.error = MigrationBlocked("migration.project_broken", reason="scripts")
    stage.service.error_in = "check"
    dialog = stage.open(CheckDialog)
    stage.calm(dialog)
    asked: list[tuple[str, bool]] = []
    dialog.step_asked.connect(lambda step: asked.append((step, dialog.isVisible())))
    stage.press(dialog, "step_connection_edit")
    assert asked == [("connection.edit", False)]


def test_moments_among_facts_are_written_for_people(stage: Stage) -> None:
    stage.service.error = MigrationBlocked("migration.locked", user="bob", since="2026-02-01T09:30:00+00:00")
    stage.service.error_in = "check"
    dialog = stage.open(CheckDialog)
    stage.calm(dialog)
    words = child(dialog.frame.page, QLabel, "page_muted").text()
    assert "bob" in words
    assert "T09:30" not in words
    assert "2026" in words or "26" in words
