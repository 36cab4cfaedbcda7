"""The charting library, pyqtgraph: imported when the first chart is to be seen, never at start, and in small steps.

At once it takes a quarter of a second, in which the window would stand still; in a worker it now and then ends the
process, as PySide makes the classes of Qt when they are first asked for, and not in two threads at a time (6.11). So a
worker imports what has nothing of Qt, the classes are asked for in turns of the event loop, and what is left is quick.
Where the library is missing, charts say so, and everything else works.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer

from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.tasks import TaskRunner
from nexus_studio.ui.kit.theme import Theme

log = logging.getLogger(__name__)

_NAME: Final = "pyqtgraph"
_WITHOUT_QT: Final = (
    "numpy", "numpy.typing", "colorama", "cProfile", "decimal", "importlib.resources", "multiprocessing.connection",
    "pydoc", "subprocess", "sysconfig", "xml.etree.ElementTree",
)  # fmt: skip
_OF_QT: Final = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtTest", "QtOpenGLWidgets")
_TURN_S: Final = 0.008


class ChartLoader(QObject):
    """Imports the library for one owner, and lives as long as that. UI thread only."""

    def __init__(self, runner: TaskRunner, owner: QObject, done: Callable[[Any], None]) -> None:
        """Begin; `done` gets the module, None where it is missing."""
        super().__init__(owner)
        self._done = done
        self._steps: Iterator[object] = _classes()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._turn)
        if _NAME in sys.modules:
            QTimer.singleShot(0, self, self._finish)
        else:
            runner.query(_prepared, owner=self, done=self._go_on)

    def _go_on(self, is_there: bool) -> None:
        if is_there:
            self._timer.start(0)
        else:
            self._done(None)

    def _turn(self) -> None:
        end = time.monotonic() + _TURN_S
        for _ in self._steps:
            if time.monotonic() > end:
                return
        self._timer.stop()
        self._finish()

    def _finish(self) -> None:
        try:
            charts = importlib.import_module(_NAME)
        except ImportError as error:  # it is there, and something it needs is not
            log.info("charts not available", extra={"missing": error.name or _NAME})
            charts = None
        self._done(charts)


def _prepared(_ctx: TaskContext) -> bool:
    """Import what the library needs beside Qt; tell whether it is there."""
    if importlib.util.find_spec(_NAME) is None:
        log.info("charts not available", extra={"missing": _NAME})
        return False
    try:
        for name in _WITHOUT_QT:
            importlib.import_module(name)
    except ImportError as error:
        log.info("charts not available", extra={"missing": error.name or name})
        return False
    return True


def _classes() -> Iterator[object]:
    """Ask for every class of Qt, one after the other: the library does, all at once."""
    for name in _OF_QT:
        try:
            module = importlib.import_module(f"PySide6.{name}")
        except ImportError:  # the library does without
            continue
        for each in dir(module):
            yield getattr(module, each, None)


def dress(plot: Any, theme: Theme) -> None:
    """Give a PlotWidget the colours of the theme, and take away what only an engineer would use."""
    plot.setBackground(theme.color("base"))
    item = plot.getPlotItem()
    for side in ("left", "bottom"):
        axis = item.getAxis(side)
        axis.setPen(theme.color("border"))
        axis.setTextPen(theme.color("text-muted"))
    item.setContentsMargins(4, 10, 14, 4)  # else the outermost ticks are cut
    item.hideButtons()
    item.setMenuEnabled(False)


def put_away(plot: Any) -> None:
    """Take a PlotWidget out of its parent with all that it holds: menus of its own outlive it otherwise."""
    plot.hide()
    plot.setParent(None)
    plot.close()
    plot.deleteLater()
