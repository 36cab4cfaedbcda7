"""The charting library, pyqtgraph: imported when the first chart is to be seen, never at start, and in small steps.

At once it takes a quarter of a second, in which the window would stand still; in a worker it now and then ends the
process, as PySide makes the classes of Qt when they are first asked for, and not in two threads at a time (6.11). So a
worker imports what has nothing of Qt, the classes are asked for in turns of the event loop, and then the library's own
module is run there statement by statement, most of which import a part of it. Where the library is missing, charts say
so, and everything else works.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import logging
import sys
import time
from collections.abc import Callable, Iterator
from importlib.abc import InspectLoader
from itertools import chain
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
_PARTIAL: Final = "_nexus_studio_partial"


class ChartLoader(QObject):
    """Imports the library for one owner, and lives as long as that. UI thread only."""

    def __init__(self, runner: TaskRunner, owner: QObject, done: Callable[[Any], None]) -> None:
        """Begin; `done` gets the module, None where it is missing."""
        super().__init__(owner)
        self._done = done
        self._steps: Iterator[object] = chain(_classes(), _statements())
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._turn)
        if _NAME in sys.modules and not _is_partial():
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
        try:
            for _ in self._steps:
                if time.monotonic() > end:
                    return
        except ImportError:
            log.info("charts not imported in steps")  # it is tried at once, which says what is missing
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


def _statements() -> Iterator[object]:
    """Run the library's module one statement after the other: the same as importing it, with pauses in between."""
    while _is_partial():  # another chart is importing it
        yield None
    spec = importlib.util.find_spec(_NAME) if _NAME not in sys.modules else None
    source = spec.loader.get_source(_NAME) if spec is not None and isinstance(spec.loader, InspectLoader) else None
    if spec is None or source is None:  # it is there already, or only as compiled code: what is left is done at once
        return
    tree = ast.parse(source)
    module = sys.modules[_NAME] = importlib.util.module_from_spec(spec)
    module.__dict__[_PARTIAL] = True
    try:
        for statement in tree.body:
            part = compile(ast.Module([statement], []), spec.origin or _NAME, "exec")
            exec(part, module.__dict__)  # noqa: S102 - the installed library's own code, as `import` runs it
            yield statement
        del module.__dict__[_PARTIAL]
    finally:
        if _is_partial():  # it failed, or nobody wants it any more
            sys.modules.pop(_NAME, None)


def _is_partial() -> bool:
    return _PARTIAL in getattr(sys.modules.get(_NAME), "__dict__", {})


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
