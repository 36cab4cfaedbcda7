"""Encrypted backups and copies in a store elsewhere, from the panel, with age itself and a store of fsspec's own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped]
import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.backups import BackupFormat, BackupSpec
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import read_record
from nexus_studio.services.backups.encrypting import IDENTITY_VARIABLE
from nexus_studio.services.backups.service import BackupService
from nexus_studio.services.paths import Paths
from nexus_studio.ui.kit.job_desk import JobEnd
from nexus_studio.ui.panels.backups.copy_dialog import CopyDialog
from nexus_studio.ui.panels.backups.create_dialog import CreateDialog
from nexus_studio.ui.panels.backups.panel import BackupsPanel
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import OpenWindow
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 120_000
CTX = TaskContext.for_test()
STORE = "memory://nxs-gui"
Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: Sql) -> None:
    monkeypatch.chdir(tmp_path)
    sql("CREATE TABLE t AS SELECT n AS id, 'row ' || n AS words FROM generate_series(1, 50) n")
    sql("ALTER TABLE t ADD PRIMARY KEY (id)")


@pytest.fixture
def key(tmp_path: Path) -> tuple[str, Path]:
    """A recipient of age, and the file with the identity."""
    if not (shutil.which("age") and shutil.which("age-keygen")):
        pytest.skip("age is not installed")
    identity = tmp_path / "identity.txt"
    subprocess.run(["age-keygen", "-o", identity], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", identity], check=True, capture_output=True, text=True)
    return public.stdout.strip(), identity


@pytest.fixture
def store() -> Iterator[Any]:
    """A store that is no folder, empty before and after."""
    found = fsspec.filesystem("memory")
    yield found
    if found.exists("/nxs-gui"):
        found.rm("/nxs-gui", recursive=True)


def panel_of(qtbot: QtBot, studio: Studio) -> BackupsPanel:
    studio.show_panel("backups")
    panel = studio.panel("backups")
    assert isinstance(panel, BackupsPanel)
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    return panel


def done(qtbot: QtBot, panel: BackupsPanel, press: Callable[[], object]) -> JobEnd:
    """Press something, and return how its work ended."""
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        press()
    end = told.args[0]
    assert isinstance(end, JobEnd)
    qtbot.waitUntil(lambda: panel.context.runner.is_idle, timeout=PATIENCE_MS)
    return end


def create_dialog(panel: BackupsPanel) -> CreateDialog:
    child(panel, QPushButton, "backups.open_create").click()
    return next(each for each in panel.findChildren(CreateDialog) if each.isVisible())


def said(panel: BackupsPanel) -> str:
    return " ".join(each.text() for each in panel.job.findChildren(QLabel) if each.isVisible())


def record_of(panel: BackupsPanel) -> BackupRecord:
    entry = panel.list.current()
    assert entry is not None
    assert entry.record is not None
    return entry.record


def test_made_encrypted_proven_and_looked_into(
    open_window: OpenWindow,
    pg_url: str,
    qtbot: QtBot,
    sql: Sql,
    key: tuple[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipient, identity = key
    panel = panel_of(qtbot, open_window(pg_url))
    dialog = create_dialog(panel)
    recipients = child(dialog, QLineEdit, "backups.create_recipients")
    qtbot.waitUntil(recipients.isVisible, timeout=PATIENCE_MS)
    recipients.setText(recipient)
    assert done(qtbot, panel, child(dialog, QPushButton, "backups.create").click).error is None
    record = record_of(panel)
    entry = panel.list.current()
    assert entry is not None
    assert (record.encrypted, entry.file.suffix) == ("age", ".age")
    assert b"row 7" not in entry.file.read_bytes()
    assert {each.name for each in entry.file.parent.iterdir()} == {entry.file.name, entry.file.name + ".json"}

    # without the key it is not opened, and what is missing is said
    end = done(qtbot, panel, panel.details.buttons["prove"].click)
    assert end.error is not None
    assert end.error.code == "backup.identity_missing"
    qtbot.waitUntil(lambda: "age has to be told where your key is" in said(panel), timeout=PATIENCE_MS)
    assert child(panel, QLabel, "backups.standing").text() == "Not proven yet"

    monkeypatch.setenv(IDENTITY_VARIABLE, str(identity))
    assert done(qtbot, panel, panel.details.buttons["prove"].click).error is None
    assert child(panel, QLabel, "backups.standing").text() == "Proven"
    sql("DELETE FROM t WHERE id = 7")
    done(qtbot, panel, panel.details.buttons["inside"].click)
    qtbot.waitUntil(panel.inside.isVisible, timeout=PATIENCE_MS)
    assert panel.inside.tables.choose(RelationName("public", "t"))
    qtbot.waitUntil(lambda: panel.inside.rows.model.rowCount() == 1, timeout=PATIENCE_MS)
    panel.close_inside()
    qtbot.waitUntil(lambda: panel.context.runner.is_idle, timeout=PATIENCE_MS)
    left = [each for each in Paths.default().cache.rglob("*") if each.is_file() and "decrypted" in each.parts]
    assert left == []


def test_a_folder_that_should_be_encrypted_is_not_begun(
    open_window: OpenWindow, pg_url: str, qtbot: QtBot, key: tuple[str, Path]
) -> None:
    panel = panel_of(qtbot, open_window(pg_url))
    dialog = create_dialog(panel)
    recipients = child(dialog, QLineEdit, "backups.create_recipients")
    qtbot.waitUntil(recipients.isVisible, timeout=PATIENCE_MS)
    form, make = dialog.form, child(dialog, QPushButton, "backups.create")
    form.format.setCurrentIndex(form.format.findData(BackupFormat.DIRECTORY.value))
    assert make.isEnabled()
    recipients.setText(key[0])
    assert not make.isEnabled()
    words = [each.text() for each in dialog.findChildren(QLabel) if each.isVisible()]
    assert any("A folder can't be encrypted" in each for each in words)
    form.format.setCurrentIndex(form.format.findData(BackupFormat.CUSTOM.value))
    assert make.isEnabled()
    recipients.setText("AGE-SECRET-KEY-1")  # what makes no sense is said while it is typed
    warning = child(dialog, QLabel, "backups.create_warning")
    qtbot.waitUntil(lambda: bool(warning.text()) and warning.isVisible(), timeout=PATIENCE_MS)
    dialog.reject()
    qtbot.waitUntil(lambda: panel.context.runner.is_idle, timeout=PATIENCE_MS)


@pytest.mark.parametrize("dump_format", [BackupFormat.CUSTOM, BackupFormat.DIRECTORY])
def test_a_copy_in_a_store_is_whole_and_noted(
    dump_format: BackupFormat, open_window: OpenWindow, pg_url: str, qtbot: QtBot, session: Any, store: Any
) -> None:
    file, made = BackupService(session, Paths.default()).create(BackupSpec(format=dump_format), CTX)
    panel = panel_of(qtbot, open_window(pg_url))
    panel.list.choose(file)

    def copy() -> None:
        panel.details.buttons["copy"].click()
        dialog = next(each for each in panel.findChildren(CopyDialog) if each.isVisible())
        child(dialog, QLineEdit, "backups.copy_place").setText(STORE)
        dialog.do.click()

    assert done(qtbot, panel, copy).error is None
    words = f"{file.name} is copied, and the copy was read again"
    qtbot.waitUntil(lambda: words in said(panel), timeout=PATIENCE_MS)
    there = f"/nxs-gui/{file.name}"
    if dump_format is BackupFormat.CUSTOM:
        assert store.cat(there) == file.read_bytes()
    else:
        assert {Path(each).name for each in store.ls(there, detail=False)} == {each.name for each in file.iterdir()}
    assert store.exists(f"{there}.json")
    noted = read_record(file.with_name(f"{file.name}.json"))
    assert noted is not None
    assert noted.copies == (f"{STORE}/{file.name}",)
    assert record_of(panel).sha256 == made.sha256

    # the same again changes nothing; another file of that name is not written over
    assert done(qtbot, panel, copy).error is None
    inner = there if dump_format is BackupFormat.CUSTOM else f"{there}/toc.dat"
    store.pipe(inner, b"another")
    end = done(qtbot, panel, copy)
    assert end.error is not None
    assert end.error.code == "backup.copy_exists"
    assert store.cat(inner) == b"another"


def test_a_key_in_the_address_is_refused_before_anything_is_copied(
    open_window: OpenWindow, pg_url: str, qtbot: QtBot, session: Any, store: Any
) -> None:
    file, _ = BackupService(session, Paths.default()).create(BackupSpec(), CTX)
    panel = panel_of(qtbot, open_window(pg_url))
    panel.list.choose(file)
    panel.details.buttons["copy"].click()
    dialog = next(each for each in panel.findChildren(CopyDialog) if each.isVisible())
    child(dialog, QLineEdit, "backups.copy_place").setText(f"{STORE}?secret=hush")
    end = done(qtbot, panel, dialog.do.click)
    assert end.error is not None
    assert end.error.code == "backup.copy_secret"
    qtbot.waitUntil(lambda: bool(said(panel)), timeout=PATIENCE_MS)
    assert "hush" not in said(panel)
    assert not store.exists("/nxs-gui")
