"""Leaving: the demo's server is given back, in bounded time, whatever still runs."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nexus_studio import composition
from nexus_studio.composition import HouseDoors, furnish, leave
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services import embedded
from nexus_studio.services.paths import Paths
from nexus_studio.services.pidfile import read_postmaster
from nexus_studio.ui.shell.doors import Start
from nexus_studio.ui.shell.main_window import MainWindow
from tests.support.fix_window import PATIENCE_MS

CTX = TaskContext.for_test()

# A window on the demo, left while a worker does not stop: it hangs by itself, or in the making of the demo.
STUCK = """
import sys, threading
from pathlib import Path
from nexus_studio.app import application
from nexus_studio.composition import furnish, leave
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services import demo
from nexus_studio.services.paths import Paths
from nexus_studio.ui.shell.doors import Start
from nexus_studio.ui.shell.main_window import MainWindow

def hang(*_):
    entered.set()
    threading.Event().wait(120)

entered = threading.Event()
start = Start(is_demo=True, demo_data_dir=Path(sys.argv[1]))
studio, doors = furnish(application(), MainWindow(), start, Paths.default())
if sys.argv[2] == "in the start":
    demo._prepare = hang
    work = doors.start_demo
else:
    doors.start_demo(TaskContext())
    work = hang
studio.context.runner.query(work, owner=studio, done=print)
entered.wait(60)
leave(studio, doors)
print("still here")
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A short path, since a socket's may have 107 bytes, with the demo made in it."""
    with tempfile.TemporaryDirectory(prefix="nxs-", ignore_cleanup_errors=True) as room:
        Path(room).chmod(0o755)
        doors = HouseDoors(Start(demo_data_dir=Path(room) / "demo"), Paths.below(Path(room)))
        doors.start_demo(CTX)
        doors.stop_demo(CTX)
        yield Path(room) / "demo"


def handles(folder: Path) -> int:
    return len(json.loads((folder / "postgres" / "handles.json").read_text()))


def is_running(folder: Path) -> bool:
    found = read_postmaster(folder / "postgres" / "data")
    return found is not None and found.is_alive


def test_reconnecting_to_the_demo_keeps_one_handle(folder: Path) -> None:
    doors = HouseDoors(Start(demo_data_dir=folder), Paths.default())
    for _ in range(2):
        doors.start_demo(CTX)
        assert handles(folder) == 1
        assert is_running(folder)
    doors.stop_demo(CTX)
    assert handles(folder) == 0
    assert not is_running(folder)
    doors.stop_demo(CTX)  # again: nothing


@pytest.mark.parametrize("where", ["beside it", "in the start"])
def test_a_worker_that_does_not_stop_keeps_no_server(folder: Path, where: str) -> None:
    start = time.monotonic()
    found = subprocess.run(
        [sys.executable, "-c", STUCK, str(folder), where], capture_output=True, text=True, timeout=90, check=False
    )
    assert found.returncode == 0, found.stderr
    assert "still here" not in found.stdout
    assert handles(folder) == 0
    assert not is_running(folder)
    assert time.monotonic() - start < 60


def test_leaving_does_not_wait_for_a_server_that_does_not_stop(
    qapp: QApplication, qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert composition.LEAVE_S < 5
    monkeypatch.setattr(composition, "LEAVE_S", 0.5)
    frame = MainWindow()
    frame.show()
    studio, doors = furnish(qapp, frame, Start(demo_data_dir=folder), Paths.default())
    doors.start_demo(CTX)
    with embedded._in_this_process:  # another start or stop holds the folder
        start = time.monotonic()
        leave(studio, doors)
        assert time.monotonic() - start < 60
        assert not frame.isVisible()
        assert is_running(folder)
    qtbot.waitUntil(lambda: not is_running(folder), timeout=PATIENCE_MS)
    for thread in threading.enumerate():
        if thread.name == "stop the demo":
            thread.join(20)
    frame.deleteLater()
