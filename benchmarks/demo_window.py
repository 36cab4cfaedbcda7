"""Start Studio on the demo in the folder given; print the seconds from the painted window to the tables in the tree."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QTreeView

from nexus_studio.app import application
from nexus_studio.services.paths import Paths
from nexus_studio.ui.shell.doors import Start
from nexus_studio.ui.shell.main_window import MainWindow

if TYPE_CHECKING:
    from nexus_studio.composition import HouseDoors
    from nexus_studio.ui.shell.studio import Studio

POLL_MS = 5
GIVE_UP_S = 60


def main(folder: Path) -> int:
    """Run until the tree has tables."""
    app = application()
    window = MainWindow()
    living: list[tuple[Studio, HouseDoors]] = []
    painted: list[float] = []
    seconds: list[float] = []

    def look() -> None:
        tree = window.findChild(QTreeView, "tree.relations")
        if tree is not None and tree.isVisible() and tree.model().rowCount() > 0:
            window.repaint()  # the tables are on the screen, not only in the model
            seconds.append(time.perf_counter() - painted[0])
        elif time.perf_counter() - painted[0] < GIVE_UP_S:
            return
        poll.stop()
        app.quit()

    def begin() -> None:
        painted.append(time.perf_counter())
        from nexus_studio.composition import furnish  # noqa: PLC0415 - as app.py does: it is part of what is timed

        poll.start(POLL_MS)
        studio, doors = furnish(app, window, Start(is_demo=True, demo_data_dir=folder), Paths.default())
        living.append((studio, doors))
        studio.begin()

    poll = QTimer(window)
    poll.timeout.connect(look)
    window.painted.connect(lambda: QTimer.singleShot(0, begin))
    window.show()
    app.exec()
    from nexus_studio.composition import leave  # noqa: PLC0415 - as above

    for studio, doors in living:
        leave(studio, doors)
    if not seconds:
        return 1
    print(seconds[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
