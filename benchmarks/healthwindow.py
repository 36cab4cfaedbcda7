"""The panel of sizes & health on a database with thousands of tables: how long the window's thread is away, longest.

`python -m benchmarks.healthwindow URL` opens the window offscreen in this process and prints seconds as JSON: of the
first look at the sizes, of reading them again, of the first bars and the first line, which import the charting library.
With `--why` the stacks of what kept the thread for longer than 20 ms follow.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer

from benchmarks.gridrig import GIVE_UP_S, Watchdog
from nexus_studio.app import application
from nexus_studio.composition import furnish, leave
from nexus_studio.core.admin.sizes import SizeReport
from nexus_studio.services.paths import Paths
from nexus_studio.ui.panels.sizes.panel import SizesPanel
from nexus_studio.ui.panels.sizes.sizes_page import SizesPage
from nexus_studio.ui.shell.doors import Start
from nexus_studio.ui.shell.main_window import MainWindow

AGAIN = 5
LONG_S = 0.02


def main(url: str, *, says_why: bool = False) -> dict[str, float]:
    """Open the window and go through the panel; return the longest absences by step."""
    app = application()
    found: dict[str, float] = {}
    with TemporaryDirectory(prefix="nxs-bench-") as room:
        window = MainWindow()
        window.resize(1280, 800)
        window.show()
        studio, doors = furnish(app, window, Start(url=url), Paths.below(Path(room)))
        studio.begin()
        runner = studio.context.runner
        wait(lambda: studio.connection.workspace is not None and runner.is_idle)

        def step(name: str, work: Callable[[], object], is_done: Callable[[], bool]) -> None:
            watchdog, spy = Watchdog(), Spy(says_why=says_why, name=name)
            with watchdog.watching(), spy:
                work()
                wait(lambda: is_done() and runner.is_idle)
            found[name] = max(found.get(name, 0.0), watchdog.longest_s)

        step("panel", lambda: studio.show_panel("sizes"), lambda: studio.panel("sizes") is not None)
        panel = studio.panel("sizes")
        assert isinstance(panel, SizesPanel)
        sizes, growth = panel.sizes, panel.growth
        step("first", lambda: None, lambda: sizes.report is not None)
        for _ in range(AGAIN):
            step("again", sizes.read, partial(is_another, sizes, sizes.report))
        step("bars", lambda: sizes.map.show_bars(bars=True), lambda: sizes.map.bars.is_drawn)
        step("line", lambda: panel.show_page(growth), lambda: bool(growth.chart.is_drawn and growth.chart.series))
        window.close()
        leave(studio, doors)
    return found


def is_another(page: SizesPage, before: SizeReport | None) -> bool:
    """Tell whether a page shows another report than before."""
    return page.report is not before


def wait(is_done: Callable[[], bool]) -> None:
    """Run the event loop until something is so; it is looked at now and then."""
    loop, begin = QEventLoop(), time.perf_counter()
    timer = QTimer()
    timer.timeout.connect(lambda: loop.quit() if is_done() or time.perf_counter() - begin > GIVE_UP_S else None)
    timer.start(5)
    loop.exec()
    timer.stop()
    if not is_done():
        raise TimeoutError("what was waited for did not come")


class Spy:
    """Notes where the thread is that made it, whenever that does not come back for long."""

    def __init__(self, *, says_why: bool, name: str) -> None:
        self._thread = threading.get_ident()
        self._name, self._says_why = name, says_why
        self._beat = time.perf_counter()
        self._is_over = threading.Event()
        self._timer = QTimer()
        self._timer.timeout.connect(self._note)

    def __enter__(self) -> None:
        if self._says_why:
            self._note()
            self._timer.start(2)
            threading.Thread(target=self._watch, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._timer.stop()

    def _note(self) -> None:
        self._beat = time.perf_counter()

    def _watch(self) -> None:
        said = 0.0
        while not self._is_over.wait(0.004):
            if time.perf_counter() - self._beat > LONG_S and said != self._beat:
                said = self._beat
                frame = sys._current_frames().get(self._thread)
                lines = traceback.format_stack(frame)[-5:]
                sys.stderr.write(f"--- {self._name}\n{''.join(lines)}")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], says_why="--why" in sys.argv)) + "\n")
