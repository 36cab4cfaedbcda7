"""A terminal's Ctrl+C, or a kill, closes the window and stops the demo's server; nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from tests.support.processes import is_gone
from tests.support.waiting import until

DEADLINE_S = 120


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_signal_closes_window_and_server(number: signal.Signals, server_room: Path) -> None:
    room = server_room / f"signal_{number.value}"
    pid_file = room / "postgres" / "data" / "postmaster.pid"
    log = room.with_suffix(".home")
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "NEXUS_STUDIO_HOME": str(log)}
    command = [sys.executable, "-m", "nexus_studio", "demo", "--data-dir", str(room)]
    studio = subprocess.Popen(command, env=environment)
    try:
        until(lambda: pid_file.exists() and (log / "state" / "logs").exists())
        server = psutil.Process(int(pid_file.read_text().splitlines()[0]))
        studio.send_signal(number)
        assert studio.wait(DEADLINE_S) == 0
        until(lambda: is_gone(server))
    finally:
        if studio.poll() is None:
            studio.kill()
            studio.wait()
