"""How a job goes and how it ended, in the panel: figures while it runs, the card at its end, Cancel, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.errors import BackupFailed
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.job_desk import JobDesk
from nexus_studio.ui.panels.backups.job_view import PacedJobView
from tests.gui.migrations.conftest import Closing
from tests.support.widgets import child, unnamed_widgets

PATIENCE_MS = 20_000


class Work:
    """Work that waits until it is let go on."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.reports: list[Progress] = []

    def __call__(self, ctx: TaskContext) -> str:
        for each in self.reports:
            ctx.report(each)
        while not self.goes_on.wait(0.01):
            ctx.token.raise_if_cancelled()
        return "done"


@pytest.fixture
def desk(context: UiContext) -> Iterator[JobDesk]:
    desk = JobDesk(context.runner)
    yield desk
    desk.deleteLater()


@pytest.fixture
def view(desk: JobDesk, closing: Closing) -> PacedJobView:
    view = PacedJobView(desk, "backups.job")
    closing(view)
    return view


def text(view: PacedJobView, name: str) -> str:
    return child(view, QLabel, f"backups.job.{name}").text()


def said(view: PacedJobView) -> str:
    """Return all that is in sight."""
    return " ".join(each.text() for each in view.findChildren(QLabel) if each.isVisibleTo(view))


def test_it_says_bytes_and_tables_beside_one_another(desk: JobDesk, view: PacedJobView, qtbot: QtBot) -> None:
    work = Work()
    work.reports = [
        Progress("backup.tables", 0, 15, "tables"),
        Progress("backup.dumping", 1 << 20, 4 << 20, "bytes"),
        Progress("backup.tables", 4, 15, "tables"),
        Progress("backup.dumping", 2 << 20, 4 << 20, "bytes"),
    ]
    results: list[str] = []
    assert desk.start("Backup of shop", work, results.append)
    assert not view.isHidden()
    qtbot.waitUntil(lambda: "2,048 kB of about 4,096 kB" in text(view, "doing"), timeout=PATIENCE_MS)
    assert text(view, "title") == "Backup of shop"
    assert text(view, "doing").startswith("Writing the backup  ·  ")
    assert "4 of 15 tables" in text(view, "doing")
    bar = child(view, QProgressBar, "backups.job.bar")
    assert bar.value() / bar.maximum() == pytest.approx(0.5)
    assert unnamed_widgets(view) == []
    assert not desk.start("another", work, results.append)  # one at a time
    with qtbot.waitSignal(desk.ended, timeout=PATIENCE_MS):
        work.goes_on.set()
    assert results == ["done"]
    assert view.isHidden()  # nobody had anything to say


def test_cancel_stops_it_and_says_so(desk: JobDesk, view: PacedJobView, qtbot: QtBot) -> None:
    assert desk.start("Backup", Work(), lambda _: pytest.fail("it was stopped"))
    with qtbot.waitSignal(desk.ended, timeout=PATIENCE_MS) as told:
        child(view, QPushButton, "backups.job.cancel").click()
    assert told.args[0].is_stopped
    qtbot.waitUntil(lambda: "Stopped" in said(view), timeout=PATIENCE_MS)


def test_an_error_is_shown_with_its_reason(desk: JobDesk, view: PacedJobView, qtbot: QtBot) -> None:
    def fails(_ctx: TaskContext) -> None:
        raise BackupFailed("backup.unwritable", folder="/nowhere", words="Read-only file system")

    with qtbot.waitSignal(desk.ended, timeout=PATIENCE_MS):
        desk.start("Backup", fails, lambda _: None)
    qtbot.waitUntil(lambda: "The folder can't be written to" in said(view), timeout=PATIENCE_MS)
    assert "Read-only file system" in said(view)
    child(view, QPushButton, "backups.job.close").click()
    assert view.isHidden()


def test_what_came_of_it_has_its_next_steps(desk: JobDesk, view: PacedJobView) -> None:
    pressed: list[str] = []
    view.show_done("Backup done", ("4 MB",), (("prove_now", "Prove it now", lambda: pressed.append("prove")),))
    child(view, QPushButton, "backups.job.prove_now").click()
    assert pressed == ["prove"]
    assert unnamed_widgets(view) == []
