"""The window's entrance: paints an empty frame at once, then lets the studio move in, runs it and takes leave.

What is imported above is all that stands between the command and the first paint; the rest is imported behind it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from nexus_studio.core.settings import UI_THEME, WINDOW_GEOMETRY
from nexus_studio.services.paths import Paths
from nexus_studio.services.qtplatform import advice
from nexus_studio.services.settings_store import SettingsStore
from nexus_studio.ui.kit.collecting import Collecting
from nexus_studio.ui.shell.doors import Start
from nexus_studio.ui.shell.main_window import MainWindow

if TYPE_CHECKING:  # at run time it would be imported before the first paint
    from nexus_studio.composition import HouseDoors
    from nexus_studio.ui.shell.closing_signals import ClosingSignals
    from nexus_studio.ui.shell.studio import Studio

__all__ = ["Start", "application", "run"]

SWITCH_INTERVAL_S = 0.0005


def run(start: Start) -> int:
    """Show the window and run until it is closed. Returns the process's exit code."""
    if (trouble := advice()) is not None:
        # Qt would abort the process with a message that names neither the library nor the cure.
        sys.stderr.write(f"{trouble.text}\n")
        return 1
    paths = Paths.default()
    app = application()
    settings = SettingsStore(paths.settings_file).load()
    if (mode := settings.get(UI_THEME)) != "system":
        _take_side(app, is_dark=mode == "dark")
    window = MainWindow(settings.get(WINDOW_GEOMETRY))
    living: list[tuple[Studio, HouseDoors, ClosingSignals]] = []

    def move_in() -> None:
        from nexus_studio.composition import furnish, leave
        from nexus_studio.services.logs import set_up_logging
        from nexus_studio.ui.shell.closing_signals import ClosingSignals

        set_up_logging(paths)
        studio, doors = furnish(app, window, start, paths)
        living.append((studio, doors, ClosingSignals(window)))
        app.aboutToQuit.connect(lambda: leave(studio, doors))
        studio.begin()

    follow = app.quit if start.exit_after_paint else move_in
    window.painted.connect(lambda: QTimer.singleShot(0, follow))
    window.show()
    return app.exec()


def _take_side(app: QApplication, *, is_dark: bool) -> None:
    from PySide6.QtCore import Qt  # its hundred enums cost more than all our own modules here

    app.styleHints().setColorScheme(Qt.ColorScheme.Dark if is_dark else Qt.ColorScheme.Light)


def application() -> QApplication:
    """Return the one QApplication, made on first call."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    # A worker asks the server a few short questions for one click. At Python's 5 ms it would wait that long for its
    # turn after each answer while the window draws.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    app = QApplication(sys.argv[:1])
    Collecting(app)
    app.setStyle("fusion")
    app.setApplicationName("nexus-studio")
    app.setApplicationDisplayName("Nexus Studio")
    app.setDesktopFileName("nexus-studio")
    return app
