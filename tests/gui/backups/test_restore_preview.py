"""What the restore dialog says of a backup before anything is touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFrame, QLabel
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.backups import BackupSpec
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import write_record
from nexus_studio.services.backups.service import BackupService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from nexus_studio.ui.panels.backups.panel import BackupsPanel
from nexus_studio.ui.panels.backups.restore_dialog import RestoreDialog
from tests.support.fix_window import OpenWindow
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 60_000
CTX = TaskContext.for_test()
Sql = Callable[..., list[tuple[Any, ...]]]


def has_looked(dialog: RestoreDialog) -> bool:
    return dialog.looked is not None


def test_before_a_restore_it_is_said_whether_the_backup_is_proven(
    open_window: OpenWindow,
    pg_url: str,
    session: Session,
    sql: Sql,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    sql("CREATE TABLE t AS SELECT n AS id FROM generate_series(1, 50) n")
    service = BackupService(session, Paths.default())

    def make(**spec: Any) -> tuple[Path, BackupRecord]:
        return service.create(BackupSpec(**spec), CTX)

    never, _ = make()
    foreign, _ = make()
    foreign.with_name(f"{foreign.name}.json").unlink()
    proven, _ = make()
    service.verify(proven, CTX)
    alone, _ = make(counts=False)
    service.verify(alone, CTX)
    wrong, record = make()
    states = tuple(replace(each, rows=each.rows + 1) for each in record.states or ())
    write_record(replace(record, states=states), wrong.parent)
    service.verify(wrong, CTX)
    studio = open_window(pg_url)
    studio.show_panel("backups")
    panel = studio.panel("backups")
    assert isinstance(panel, BackupsPanel)
    workspace = studio.connection.workspace
    assert workspace is not None
    found = {}
    for file in (never, foreign, proven, alone, wrong):
        dialog = RestoreDialog(studio.context, workspace, file, panel.desk, panel)
        qtbot.waitUntil(partial(has_looked, dialog), timeout=PATIENCE_MS)
        card = child(dialog, QFrame, "backups.restore_proof")
        found[file] = (card.accessibleName(), card.property("severity"))
        said = "\n".join(each.text() for each in card.findChildren(QLabel))
        assert ("Restored on" in said) == (file in {proven, alone, wrong}), said
        assert (" server (PostgreSQL " in said) == (file in {proven, alone, wrong}), said
        assert ("1 table compared" in said) == (file in {proven, wrong}), said
        assert ("1 table is not as" in said) == (file == wrong), said
        assert ("Prove it first" in said) == (file in {never, foreign}), said
        assert ("noted nowhere" in said) == (file == alone), said
        dialog.reject()
    assert found == {
        never: ("Never proven", "warning"),
        foreign: ("Never proven", "warning"),
        proven: ("Proven", "success"),
        alone: ("Proven", "info"),
        wrong: ("Not proven: it failed", "error"),
    }
