"""Start: to a painted window, against a bare PySide6 window; and from there to the demo's tables in the tree."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.cluster import cache_folder
from benchmarks.measure import Measurement, interleaved, seconds_of
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.demo import start_demo
from nexus_studio.services.embedded import EmbeddedServer

BOUND = 1.5
TREE_BOUND_S = 2.0
ROOT = Path(__file__).parents[1]


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure whole processes: from starting Python to the end that the first paint brings about."""
    del server
    with tempfile.TemporaryDirectory(prefix="nxs-bench-") as room:
        value, base = interleaved(
            lambda: _seconds(room, "-m", "nexus_studio", "open", "--exit-after-paint"),
            lambda: _seconds(room, str(ROOT / "benchmarks" / "bare_window.py")),
            runs=runs * 3,
        )
        yield Measurement("start to a painted window", value, "s", base, BOUND)
        folder = cache_folder() / "demo"
        demo = start_demo(folder, TaskContext.for_test())
        try:
            (more,) = interleaved(lambda: _tree_seconds(room, folder), runs=runs)
        finally:
            demo.stop()
        yield Measurement("from there to the demo's tables in the tree", more, "s", None, TREE_BOUND_S)


def _seconds(room: str, *arguments: str) -> float:
    command = [sys.executable, *arguments]
    return seconds_of(lambda: subprocess.run(command, cwd=room, env=_environment(room), check=True, timeout=120))


def _tree_seconds(room: str, folder: Path) -> float:
    command = [sys.executable, str(ROOT / "benchmarks" / "demo_window.py"), str(folder)]
    found = subprocess.run(
        command, cwd=room, env=_environment(room), check=True, timeout=120, capture_output=True, text=True
    )
    return float(found.stdout)


def _environment(room: str) -> dict[str, str]:
    """Return an environment without the developer's own database and settings.

    Compiled modules go to the room: an installed program has them, whatever the developer's shell says of writing them.
    """
    strange = ("DATABASE_URL", "PG", "NEXUS_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
    return kept | {"NEXUS_STUDIO_HOME": room, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": f"{room}/compiled"}
