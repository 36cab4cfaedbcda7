"""The panel in the real window on a real server: a backup made, proven, restored by swap; one row brought back."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QProgressBar, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.acts import act, rail
from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.tablecomparison import Fate
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import Progress
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.backups.create_dialog import CreateDialog
from nexus_studio.ui.panels.backups.panel import BackupsPanel
from nexus_studio.ui.panels.backups.restore_dialog import RestoreDialog
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import OpenWindow, data_panel, save
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 120_000
BOOKINGS = RelationName("public", "session_bookings")


def on(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement by a connection that is gone afterwards: a restore does not go beside one."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def go_there(qtbot: QtBot, studio: Studio) -> BackupsPanel:
    """Go to the panel by its place in the rail and wait for the library."""
    qtbot.mouseClick(child(studio, QToolButton, "rail.backups"), Qt.MouseButton.LeftButton)
    panel = studio.panel("backups")
    assert isinstance(panel, BackupsPanel)
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    return panel


def shown(panel: BackupsPanel, kind: type[QDialog]) -> Any:
    found = [each for each in panel.findChildren(kind) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def record_of(panel: BackupsPanel) -> BackupRecord:
    entry = panel.list.current()
    assert entry is not None
    assert entry.record is not None
    return entry.record


def create(qtbot: QtBot, panel: BackupsPanel) -> list[Progress]:
    """Make a backup by the dialog; return what was said of its progress."""
    heard: list[Progress] = []
    panel.desk.progressed.connect(heard.append)
    child(panel, QPushButton, "backups.open_create").click()
    dialog = shown(panel, CreateDialog)
    tool, room = (child(dialog, QLabel, f"backups.create_{name}") for name in ("tool", "room"))
    qtbot.waitUntil(lambda: bool(tool.text() and room.text()), timeout=PATIENCE_MS)
    assert tool.text().startswith("pg_dump ")
    assert "free in the folder" in room.text()
    assert (unnamed_widgets(dialog), unreachable_widgets(dialog)) == ([], [])
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        child(dialog, QPushButton, "backups.create").click()
        assert panel.desk.is_busy
        assert child(panel, QProgressBar, "backups.job.bar").isVisible()
        assert not panel.header.buttons["create"].isEnabled()
    assert told.args[0].error is None
    qtbot.waitUntil(lambda: panel.list.current() is not None, timeout=PATIENCE_MS)
    return heard


def say_yes(panel: BackupsPanel, name: str = "") -> None:
    """Type the name where one is wanted, and say yes."""
    dialog = next(each for each in panel.window().findChildren(ConfirmDialog) if each.isVisible())
    do = child(dialog, QPushButton, "confirm_do")
    if name:
        assert not do.isEnabled()
        child(dialog, QLineEdit, "confirm_name").setText(name)
    do.click()


def test_made_proven_restored_and_one_row_brought_back(
    open_window: OpenWindow, seeded_url: str, qtbot: QtBot, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = on(seeded_url, "SELECT * FROM session_bookings ORDER BY id")
    studio = open_window(seeded_url, environment=Environment.DEVELOPMENT)
    panel = go_there(qtbot, studio)
    assert child(panel, QLabel, "backups.overall").text() == "This database has no backup"
    qtbot.waitUntil(child(panel, QPushButton, "step_backup_create").isVisible, timeout=PATIENCE_MS)
    assert unnamed_widgets(panel) == []

    # made, with progress in bytes
    heard = create(qtbot, panel)
    assert any(each.unit == "bytes" and each.done for each in heard)
    record = record_of(panel)
    assert record.states is not None
    assert record.proof is None
    assert child(panel, QLabel, "backups.standing").text() == "Not proven yet"
    states = panel.details.tables.model
    rows = {state.relation: state.rows for state in (states.state(n) for n in range(states.rowCount()))}
    assert rows[BOOKINGS] == len(before)

    # proven
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        panel.details.buttons["prove"].click()
    assert told.args[0].error is None
    standing = child(panel, QLabel, "backups.standing")
    qtbot.waitUntil(lambda: standing.text() == "Proven", timeout=PATIENCE_MS)
    assert "proven" in child(panel, QLabel, "backups.overall").text()

    # what harm is done …
    on(seeded_url, "UPDATE session_bookings SET status = 'CANCELLED'")
    # … is undone by a restore in place
    panel.details.buttons["restore"].click()
    dialog = shown(panel, RestoreDialog)
    qtbot.waitUntil(dialog.next.isVisible, timeout=PATIENCE_MS)
    dialog.next.click()
    assert (unnamed_widgets(dialog), unreachable_widgets(dialog)) == ([], [])
    assert dialog.restore.objectName() == act("backup.restore").button
    dialog.restore.click()
    database = str(conninfo_to_dict(seeded_url)["dbname"])
    is_named = rail(act("backup.restore"), Environment.DEVELOPMENT).is_named
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        say_yes(panel, database if is_named else "")
    assert told.args[0].error is None
    qtbot.waitUntil(dialog.dismiss.isVisible, timeout=PATIENCE_MS)
    dialog.reject()
    assert on(seeded_url, "SELECT * FROM session_bookings ORDER BY id") == before
    name = act("backup.dismiss").button
    qtbot.waitUntil(lambda: panel.kept.isVisible() and child(panel, QPushButton, name).isEnabled(), timeout=PATIENCE_MS)

    # one row is gone, and is brought back from the backup
    gone = before[0][0]
    with psycopg.connect(seeded_url, autocommit=True) as connection:
        connection.execute("DELETE FROM session_bookings WHERE id = %s", (gone,))
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS):
        panel.details.buttons["inside"].click()
    page = panel.inside
    qtbot.waitUntil(page.isVisible, timeout=PATIENCE_MS)
    assert (unnamed_widgets(page), unreachable_widgets(page)) == ([], [])
    assert page.tables.choose(BOOKINGS)
    qtbot.waitUntil(lambda: page.rows.model.rowCount() == 1, timeout=PATIENCE_MS)
    assert page.rows.model.rows[0].fate is Fate.ONLY_IN_BACKUP
    assert not page.bring.isEnabled()
    page.rows.table.selectRow(0)
    assert page.bring.text() == "Bring back 1 row"
    page.bring.click()
    qtbot.waitUntil(lambda: studio.current_panel is data_panel(studio), timeout=PATIENCE_MS)
    table = data_panel(studio).page
    assert table is not None
    qtbot.waitUntil(lambda: table.changes is not None and not table.changes.is_empty, timeout=PATIENCE_MS)
    assert on(seeded_url, "SELECT count(*) FROM session_bookings") == [(len(before) - 1,)]  # only staged
    save(qtbot, table)
    qtbot.waitUntil(lambda: not table.is_dirty, timeout=PATIENCE_MS)
    assert on(seeded_url, "SELECT * FROM session_bookings ORDER BY id") == before

    # the kept database goes when it is dismissed
    panel = go_there(qtbot, studio)
    panel.close_inside()
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        child(panel, QPushButton, name).click()
        say_yes(panel, database if rail(act("backup.dismiss"), Environment.DEVELOPMENT).is_named else "")
    assert told.args[0].error is None
    qtbot.waitUntil(lambda: studio.context.runner.is_idle and not panel.kept.isVisible(), timeout=PATIENCE_MS)
