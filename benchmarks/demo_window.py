"""Start Studio on the demo in the folder given; print the seconds from the painted window to the tables in the tree."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QTreeView

from nexus_studio.app import Start, application, build, leave

POLL_MS = 5
GIVE_UP_S = 60


def main(folder: Path) -> int:
    """Run until the tree has tables."""
    app = application()
    window, doors = build(app, Start(is_demo=True, demo_data_dir=folder))
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
        poll.start(POLL_MS)
        window.begin()

    poll = QTimer(window)
    poll.timeout.connect(look)
    window.painted.connect(lambda: QTimer.singleShot(0, begin))
    window.show()
    app.exec()
    leave(window, doors)
    if not seconds:
        return 1
    print(seconds[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
