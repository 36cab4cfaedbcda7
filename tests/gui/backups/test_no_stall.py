"""Work on backups leaves the window alone: its thread is never away for long, whatever runs, however many there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression, TableState
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import write_record
from nexus_studio.services.backups.service import BackupService
from nexus_studio.services.paths import Paths
from nexus_studio.ui.panels.backups.create_dialog import CreateDialog
from nexus_studio.ui.panels.backups.panel import BackupsPanel
from tests.support.beat import STALL_S, Beat
from tests.support.fix_window import OpenWindow
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 120_000
CTX = TaskContext.for_test()
MANY = 100
TABLES = 2000
Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def panel(
    open_window: OpenWindow, pg_url: str, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> BackupsPanel:
    monkeypatch.chdir(tmp_path)
    studio = open_window(pg_url)
    studio.show_panel("backups")
    found = studio.panel("backups")
    assert isinstance(found, BackupsPanel)
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    return found


@pytest.mark.parametrize("plain", [True, False])
def test_a_backup_its_proof_and_looking_into_it(plain: bool, panel: BackupsPanel, qtbot: QtBot, sql: Sql) -> None:
    sql("CREATE TABLE t AS SELECT n AS id, repeat(md5(n::text), 8) AS words FROM generate_series(1, 150000) n")
    sql("ALTER TABLE t ADD PRIMARY KEY (id)")
    for number in range(50):
        sql(f"CREATE TABLE t{number} (id int)")
    beat, found = Beat(), {}

    def ended(press: Callable[[], object]) -> None:
        with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
            press()
        assert told.args[0].error is None
        qtbot.waitUntil(lambda: panel.context.runner.is_idle, timeout=PATIENCE_MS)

    child(panel, QPushButton, "backups.open_create").click()
    dialog = next(each for each in panel.findChildren(CreateDialog) if each.isVisible())
    qtbot.waitUntil(lambda: panel.context.runner.is_idle, timeout=PATIENCE_MS)
    if plain:
        form = dialog.form
        form.format.setCurrentIndex(form.format.findData(BackupFormat.PLAIN.value))
        form.compression.setCurrentIndex(form.compression.findData(Compression.NONE.value))
        qtbot.waitUntil(lambda: panel.context.runner.is_idle, timeout=PATIENCE_MS)
    with beat.watching():
        ended(child(dialog, QPushButton, "backups.create").click)
    found["created"] = beat.longest_s
    with beat.watching():
        ended(panel.details.buttons["prove"].click)
    found["proven"] = beat.longest_s
    with beat.watching():
        ended(panel.details.buttons["inside"].click)
    found["looked into"] = beat.longest_s
    panel.close_inside()
    qtbot.waitUntil(lambda: panel.context.runner.is_idle, timeout=PATIENCE_MS)
    assert {name: seconds for name, seconds in found.items() if seconds > STALL_S} == {}


def test_hundreds_of_backups_of_thousands_of_tables(panel: BackupsPanel, qtbot: QtBot, session: Any) -> None:
    file, record = BackupService(session, Paths.default()).create(BackupSpec(counts=False), CTX)
    states = tuple(TableState(RelationName("public", f"t{n:05}"), n, f"{n:016x}") for n in range(TABLES))
    for number in range(MANY):
        name = f"copy_{number}.dump"
        file.with_name(name).write_bytes(file.read_bytes())
        made_at = record.made_at - timedelta(hours=number)
        write_record(replace(record, file=name, made_at=made_at, states=states), file.parent)
    beat = Beat()
    with beat.watching():
        panel.read()
        qtbot.waitUntil(lambda: panel.context.runner.is_idle, timeout=PATIENCE_MS)
    assert panel.list.topLevelItemCount() == MANY + 1
    read = beat.longest_s
    with beat.watching():
        panel.list.choose(file.with_name("copy_7.dump"))
        qtbot.waitUntil(lambda: panel.details.tables.model.rowCount() == TABLES, timeout=PATIENCE_MS)
    assert (read < STALL_S, beat.longest_s < STALL_S) == (True, True), (read, beat.longest_s)
