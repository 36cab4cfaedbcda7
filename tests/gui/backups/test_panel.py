"""The panel on a real server: every standing of a backup, folders, what is asked on leaving, schedules and troubles."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QLabel, QPlainTextEdit, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, TableState
from nexus_studio.core.admin.schedules import Schedule, ScheduledRun, Scheduler
from nexus_studio.core.names import RelationName
from nexus_studio.core.settings import UI_LANGUAGE, UI_THEME
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import backup_root, write_record
from nexus_studio.services.backups.backupsettings import BackupSettings, KnownSchedule
from nexus_studio.services.backups.localtime import local_now
from nexus_studio.services.backups.runs import record_run
from nexus_studio.services.backups.service import BackupService
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.backups.copy_dialog import CopyDialog
from nexus_studio.ui.panels.backups.folders_dialog import FoldersDialog
from nexus_studio.ui.panels.backups.panel import BackupsPanel
from nexus_studio.ui.panels.backups.restore_dialog import RestoreDialog
from nexus_studio.ui.panels.backups.schedule_dialog import ScheduleDialog
from nexus_studio.ui.panels.backups.troubles import NOTICE
from nexus_studio.ui.shell.studio import Studio
from tests.support.fake_schedulers import FakeSchedulers
from tests.support.fix_cluster import profile_of
from tests.support.fix_window import OpenWindow
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 60_000
CTX = TaskContext.for_test()
T = RelationName("public", "t")
Sql = Callable[..., list[tuple[Any, ...]]]
Make = Callable[..., tuple[Path, BackupRecord]]


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: Sql) -> None:
    monkeypatch.chdir(tmp_path)
    sql("CREATE TABLE t AS SELECT n AS id, 'row ' || n AS words FROM generate_series(1, 50) n")
    sql("ALTER TABLE t ADD PRIMARY KEY (id)")


@pytest.fixture
def make(session: Any) -> Make:
    """A function that makes a backup of the test's database, where the window looks for them."""
    service = BackupService(session, Paths.default())

    def made(**spec: Any) -> tuple[Path, BackupRecord]:
        return service.create(BackupSpec(**spec), CTX)

    return made


def panel_of(qtbot: QtBot, studio: Studio) -> BackupsPanel:
    studio.show_panel("backups")
    panel = studio.panel("backups")
    assert isinstance(panel, BackupsPanel)
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    return panel


def names(panel: BackupsPanel) -> list[str]:
    items = (panel.list.topLevelItem(row) for row in range(panel.list.topLevelItemCount()))
    return [item.text(0) for item in items if item is not None]


def text(panel: BackupsPanel, name: str) -> str:
    return child(panel, QLabel, f"backups.{name}").text()


def test_each_standing_has_a_sign_and_words(
    open_window: OpenWindow, pg_url: str, make: Make, qtbot: QtBot, tmp_path: Path
) -> None:
    kept, _ = make()
    altered, _ = make()
    with altered.open("ab") as stream:
        stream.write(b"x")
    gone, _ = make()
    gone.unlink()
    wrong, record = make()
    states = tuple(replace(each, rows=each.rows + 1) for each in record.states or ())
    write_record(replace(record, states=states), wrong.parent)  # what it says of its tables is not what is in it
    foreign, _ = make(format=BackupFormat.PLAIN)
    foreign.with_name(f"{foreign.name}.json").unlink()
    other, described = make()
    write_record(replace(described, database="another"), other.parent)
    panel = panel_of(qtbot, open_window(pg_url))
    found = {}
    for file in (kept, altered, gone, wrong, foreign):
        panel.list.choose(file)
        found[file] = text(panel, "standing")
    assert found == {
        kept: "Not proven yet",
        altered: "Altered",
        gone: "Gone",
        wrong: "Not proven yet",
        foreign: "Foreign file",
    }
    assert other.name not in names(panel)
    child(panel, QCheckBox, "backups.only_own").click()
    assert other.name in names(panel)
    panel.list.choose(gone)
    assert [name for name, button in panel.details.buttons.items() if button.isEnabled()] == ["show"]
    panel.list.choose(wrong)
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        panel.details.buttons["prove"].click()
    assert told.args[0].error is None
    qtbot.waitUntil(lambda: text(panel, "standing").startswith("Not proven: it failed"), timeout=PATIENCE_MS)
    tables = panel.details.tables
    assert not tables.tables.isColumnHidden(3)
    assert tables.model.index(0, 3).data() == "50 rows instead of 51"
    assert "NOT proven" in child(panel, QPushButton, "backups.job.close").parentWidget().accessibleName()  # type: ignore[union-attr]
    panel.list.choose(altered)
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        panel.details.buttons["prove"].click()
    assert told.args[0].error.code == "backup.altered"
    assert unnamed_widgets(panel) == []


def test_it_speaks_and_is_drawn_in_every_language_and_theme(
    open_window: OpenWindow, pg_url: str, make: Make, qtbot: QtBot
) -> None:
    make()
    studio = open_window(pg_url)
    panel = panel_of(qtbot, studio)
    assert (unnamed_widgets(panel), unreachable_widgets(panel)) == ([], [])
    for theme in ("dark", "light"):
        for language in ("fr", "en"):
            studio.context.settings.set(UI_THEME, theme)
            studio.context.settings.set(UI_LANGUAGE, language)
            assert not studio.frame.grab().isNull()
    assert child(panel, QPushButton, "backups.open_create").text() == "Create…"
    assert text(panel, "standing") == "Not proven yet"


def test_the_keyboard_goes_round(open_window: OpenWindow, pg_url: str, make: Make, qtbot: QtBot) -> None:
    file, _ = make()
    studio = open_window(pg_url)
    panel = panel_of(qtbot, studio)
    studio.frame.activateWindow()
    for widget in (panel.header.buttons["create"], panel.list, panel.details.buttons["prove"]):
        panel.list.clearFocus() if widget is panel.header.buttons["create"] else None
        panel.step_area(1)
        assert studio.frame.focusWidget() is widget
    panel.step_area(-1)
    assert studio.frame.focusWidget() is panel.list
    entry = next(each for each in panel.palette_entries() if each.title == file.name)
    entry.run()
    assert panel.list.current() is not None
    assert panel.state().can >= {"create", "prove", "restore", "inside", "rules", "schedule", "read"}


def test_a_folder_that_is_added_is_looked_into(
    open_window: OpenWindow, pg_url: str, make: Make, qtbot: QtBot, tmp_path: Path
) -> None:
    file, _ = make(format=BackupFormat.PLAIN)
    elsewhere = tmp_path / "usb stick"
    elsewhere.mkdir()
    moved = file.rename(elsewhere / "old shop.sql.gz")
    file.with_name(f"{file.name}.json").unlink()
    studio = open_window(pg_url)
    panel = panel_of(qtbot, studio)
    assert moved.name not in names(panel)
    panel.ask("folders")
    dialog = next(each for each in panel.findChildren(FoldersDialog) if each.isVisible())
    qtbot.waitUntil(dialog.add.isVisible, timeout=PATIENCE_MS)
    assert (unnamed_widgets(dialog), unreachable_widgets(dialog)) == ([], [])
    assert not dialog.remove.isEnabled()  # its own folder stays
    dialog.take(str(elsewhere))
    qtbot.waitUntil(lambda: dialog.list.count() == 2 and moved.name in names(panel), timeout=PATIENCE_MS)
    dialog.list.setCurrentRow(1)
    dialog.remove.click()
    qtbot.waitUntil(lambda: dialog.list.count() == 1 and moved.name not in names(panel), timeout=PATIENCE_MS)
    dialog.take(str(tmp_path / "nowhere"))
    said = dialog.findChildren(QLabel)
    qtbot.waitUntil(lambda: any("no such folder" in each.text() for each in said), timeout=PATIENCE_MS)
    dialog.reject()
    assert moved.exists()  # nothing in a folder is changed


def test_a_file_is_opened_by_itself(
    open_window: OpenWindow, pg_url: str, make: Make, qtbot: QtBot, tmp_path: Path
) -> None:
    file, _ = make(format=BackupFormat.PLAIN)
    alone = file.rename(tmp_path / "from somebody.sql.gz")
    panel = panel_of(qtbot, open_window(pg_url))
    assert alone.name not in names(panel)
    panel.open_file(alone)
    qtbot.waitUntil(lambda: alone.name in names(panel), timeout=PATIENCE_MS)
    assert text(panel, "standing") == "Foreign file"
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        panel.details.buttons["prove"].click()
        child(panel, ConfirmDialog, "confirm_dialog").accept()
    assert told.args[0].error is None
    qtbot.waitUntil(lambda: text(panel, "standing") == "Proven", timeout=PATIENCE_MS)


def test_what_ends_out_of_sight_is_told_in_a_notice(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    studio = open_window(pg_url)
    panel = panel_of(qtbot, studio)
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS):
        panel.flows._create(BackupSpec(), None, "")
        studio.show_panel("data")
    notice = studio.context.notices.current()
    assert notice is not None
    assert notice.text.startswith("Backup done")
    assert [each.label for each in notice.buttons] == ["Prove it now", "Show in folder", "Go to the backups"]
    notice.buttons[-1].run()
    assert studio.current_panel is panel


def test_a_backup_is_copied_with_its_note(
    open_window: OpenWindow, pg_url: str, make: Make, qtbot: QtBot, tmp_path: Path
) -> None:
    file, _ = make()
    panel = panel_of(qtbot, open_window(pg_url))
    elsewhere = tmp_path / "usb stick"
    elsewhere.mkdir()
    panel.ask("copy")
    dialog = next(each for each in panel.findChildren(CopyDialog) if each.isVisible())
    assert (unnamed_widgets(dialog), unreachable_widgets(dialog)) == ([], [])
    assert not dialog.do.isEnabled()
    dialog.place.setText(str(elsewhere))
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        dialog.do.click()
    assert told.args[0].error is None
    assert (elsewhere / file.name).read_bytes() == file.read_bytes()
    assert (elsewhere / f"{file.name}.json").exists()
    panel.flows.copy_to(file, str(tmp_path / "nowhere"))
    qtbot.waitUntil(lambda: "There is no such folder" in _said(panel), timeout=PATIENCE_MS)


def test_a_connection_that_only_reads_makes_backups_and_restores_none(
    open_window: OpenWindow, pg_url: str, make: Make, qtbot: QtBot
) -> None:
    make()
    studio = open_window(pg_url, read_only=True)
    panel = panel_of(qtbot, studio)
    panel.flows._create(BackupSpec(), None, "")
    qtbot.waitUntil(lambda: "Backup done" in _said(panel), timeout=PATIENCE_MS)
    panel.ask("restore")
    dialog = next(each for each in panel.findChildren(RestoreDialog) if each.isVisible())
    qtbot.waitUntil(dialog.next.isVisible, timeout=PATIENCE_MS)
    dialog.next.click()
    assert not dialog.restore.isEnabled()
    assert child(dialog, QLabel, "backups.restore_note").text() == "This connection is read-only."
    dialog.reject()


def test_leaving_asks_while_something_runs(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    studio = open_window(pg_url)
    panel = panel_of(qtbot, studio)
    assert panel.may_close()
    goes_on = threading.Event()

    def work(ctx: TaskContext) -> None:
        while not goes_on.wait(0.01):
            ctx.token.raise_if_cancelled()

    answers: list[str] = []

    def answer(button: str) -> None:
        dialog = next(each for each in panel.findChildren(ConfirmDialog) if each.isVisible())
        answers.append(button)
        child(dialog, QPushButton, button).click()

    assert panel.desk.start("Backup of shop", work, lambda _: None)
    QTimer.singleShot(0, lambda: answer("confirm_cancel"))
    assert not panel.may_close()
    assert panel.desk.is_busy
    QTimer.singleShot(0, lambda: answer("confirm_do"))
    assert panel.may_close()
    qtbot.waitUntil(lambda: not panel.desk.is_busy, timeout=PATIENCE_MS)
    assert answers == ["confirm_cancel", "confirm_do"]


def test_a_backup_is_cancelled_and_no_file_is_left(
    open_window: OpenWindow, pg_url: str, sql: Sql, qtbot: QtBot
) -> None:
    sql("CREATE TABLE big AS SELECT n, repeat(md5(n::text), 20) AS words FROM generate_series(1, 200000) n")
    studio = open_window(pg_url)
    panel = panel_of(qtbot, studio)
    panel.desk.progressed.connect(lambda _: panel.job.cancel.click())
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        panel.flows._create(BackupSpec(), None, "")
    assert told.args[0].is_stopped
    assert [each for each in backup_root(Paths.default()).rglob("*") if each.is_file()] == []
    qtbot.waitUntil(lambda: "Stopped" in _said(panel), timeout=PATIENCE_MS)


def test_what_changed_is_seen_beside_what_it_was(
    open_window: OpenWindow, pg_url: str, make: Make, sql: Sql, qtbot: QtBot
) -> None:
    file, _ = make()
    sql("UPDATE t SET words = 'other' WHERE id = 7; INSERT INTO t VALUES (99, 'new')")
    studio = open_window(pg_url)
    panel = panel_of(qtbot, studio)
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS):
        panel.open_inside(file)
    page = panel.inside
    qtbot.waitUntil(page.isVisible, timeout=PATIENCE_MS)
    counted = page.tables.model.state(0)
    assert (counted.relation, counted.rows) == (T, 50)
    page.tables.choose(T)
    qtbot.waitUntil(lambda: page.rows.model.rowCount() == 1, timeout=PATIENCE_MS)
    assert page.fates.currentIndex() == 1  # what is only in the backup is nothing: what changed comes first
    assert page.rows.model.index(0, 0).data() == "7"
    assert page.rows.model.index(0, 1).data() == "row 7  (now other)"
    page.fates.setCurrentIndex(2)
    page.rows.table.selectRow(0)
    assert page.rows.model.index(0, 1).data() == "new"
    assert not page.bring.isEnabled()  # it is there already
    page.fates.setCurrentIndex(1)
    page.rows.table.selectRow(0)
    assert panel.state().can >= {"bring_back"}
    with qtbot.waitSignal(panel.stage_asked, timeout=PATIENCE_MS) as asked:
        page.bring.click()
    name, (change,) = asked.args
    assert (name, change.values, change.base) == (T, {"words": "row 7"}, {"words": "other"})
    panel = panel_of(qtbot, studio)
    child(panel, QPushButton, "backups.inside_back").click()
    assert panel.list.isVisible()


def test_thousands_of_tables_are_shown_at_once(open_window: OpenWindow, pg_url: str, make: Make, qtbot: QtBot) -> None:
    file, record = make()
    states = tuple(TableState(RelationName("public", f"t{n:05}"), n, f"{n:016x}") for n in range(5000))
    write_record(replace(record, states=states), file.parent)
    panel = panel_of(qtbot, open_window(pg_url))
    tables = panel.details.tables
    assert tables.model.rowCount() == 5000
    tables.tables.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert tables.model.state(0).rows == 4999
    qtbot.keyClicks(tables.filter, "t0499")
    assert tables.model.rowCount() == 10


def test_a_schedule_is_shown_set_up_and_taken_away(
    open_window: OpenWindow, pg_url: str, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeSchedulers(tmp_path / "bin")
    fake.add("systemctl", "crontab")
    monkeypatch.setenv("PATH", str(fake.folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    profile = replace(profile_of(pg_url), name="shop")
    ProfileStore(Paths.default()).save([profile])
    studio = open_window(None, wait=False, profile="shop")
    qtbot.waitUntil(lambda: studio.current_panel is not None, timeout=PATIENCE_MS)
    panel = panel_of(qtbot, studio)
    child(panel, QPushButton, "backups.open_schedule").click()
    dialog = next(each for each in panel.findChildren(ScheduleDialog) if each.isVisible())
    texts = child(dialog, QPlainTextEdit, "backups.schedule_texts")
    qtbot.waitUntil(lambda: "OnCalendar" in texts.toPlainText(), timeout=PATIENCE_MS)
    assert "--profile=shop" in texts.toPlainText()
    assert not list((tmp_path / "config").rglob("*.timer"))  # shown, and nothing is written
    assert (unnamed_widgets(dialog), unreachable_widgets(dialog)) == ([], [])
    assert child(dialog, QLabel, "backups.schedule_standing").text() == "No backup is scheduled for this connection"
    dialog.days[6].setChecked(False)
    dialog.install.click()
    qtbot.waitUntil(dialog.remove.isVisible, timeout=PATIENCE_MS)
    assert child(dialog, QLabel, "backups.schedule_standing").text() == "Set up: systemd timer"
    assert len(list((tmp_path / "config" / "systemd" / "user").glob("*.timer"))) == 1
    (known,) = BackupSettings(Paths.default()).schedules()
    assert (known.schedule.at, known.schedule.days, known.schedule.verify) == (time(3), (0, 1, 2, 3, 4, 5), True)
    dialog.remove.click()
    qtbot.waitUntil(lambda: not BackupSettings(Paths.default()).schedules(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not dialog.remove.isVisible(), timeout=PATIENCE_MS)
    assert not list((tmp_path / "config").rglob("*.timer"))
    dialog.reject()


def test_a_run_that_failed_is_said_at_the_start(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    paths, now = Paths.default(), local_now()
    schedule = Schedule("prod", (now - timedelta(hours=2)).time().replace(microsecond=0), since=now)
    BackupSettings(paths).keep(KnownSchedule(schedule, Scheduler.SYSTEMD))
    begun = now - timedelta(hours=2)
    record_run(paths, ScheduledRun("prod", begun, begun + timedelta(seconds=3), ok=False, code="backup.disk_full"))
    studio = open_window(pg_url)
    notices = studio.context.notices
    qtbot.waitUntil(lambda: any(each.key == NOTICE for each in notices.standing()), timeout=PATIENCE_MS)
    notice = next(each for each in notices.standing() if each.key == NOTICE)
    assert "prod" in notice.explanation
    assert "The disk is nearly full" in notice.explanation
    notice.buttons[0].run()
    panel = studio.panel("backups")
    assert isinstance(panel, BackupsPanel)
    assert studio.current_panel is panel
    qtbot.waitUntil(panel.troubles.isVisible, timeout=PATIENCE_MS)
    assert child(studio, QToolButton, "rail.backups").isChecked()
    assert unnamed_widgets(panel) == []


def test_all_is_quiet_where_all_is_well(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    studio = open_window(pg_url)
    panel = panel_of(qtbot, studio)
    assert not any(each.key == NOTICE for each in studio.context.notices.history())
    assert not panel.troubles.isVisible()


def _said(panel: BackupsPanel) -> str:
    return " ".join(each.text() for each in panel.job.findChildren(QLabel) if each.isVisible())


def test_what_a_stranger_made_runs_only_once_that_is_said(
    open_window: OpenWindow, pg_url: str, make: Make, qtbot: QtBot
) -> None:
    foreign, _ = make()
    foreign.with_name(f"{foreign.name}.json").unlink()
    panel = panel_of(qtbot, open_window(pg_url))
    panel.list.choose(foreign)
    panel.details.buttons["prove"].click()
    dialog = child(panel, ConfirmDialog, "confirm_dialog")
    assert foreign.name in dialog.windowTitle()
    assert not panel.desk.is_busy
    dialog.reject()
    assert not panel.desk.is_busy
    panel.details.buttons["prove"].click()
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        panel.findChildren(ConfirmDialog)[-1].accept()
    assert told.args[0].error is None
