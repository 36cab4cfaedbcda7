"""The charting library, pyqtgraph: imported in a worker when the first chart is to be seen, never at start.

Importing it takes a quarter of a second. Where it is missing, charts say so, and everything else works.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.tasks import TaskRunner
from nexus_studio.ui.kit.theme import Theme

log = logging.getLogger(__name__)

_NAME = "pyqtgraph"


def load_charts(runner: TaskRunner, owner: QObject, done: Callable[[Any], None]) -> None:
    """Import the library off the UI thread; `done` gets the module in the UI thread, None where it is missing."""
    runner.query(_imported, owner=owner, done=done)


def _imported(_ctx: TaskContext) -> Any:
    try:
        return importlib.import_module(_NAME)
    except ImportError as error:
        log.info("charts not available", extra={"missing": error.name or _NAME})
        return None


def dress(plot: Any, theme: Theme) -> None:
    """Give a PlotWidget the colours of the theme, and take away what only an engineer would use."""
    plot.setBackground(theme.color("base"))
    item = plot.getPlotItem()
    for side in ("left", "bottom"):
        axis = item.getAxis(side)
        axis.setPen(theme.color("border"))
        axis.setTextPen(theme.color("text-muted"))
    item.hideButtons()
    item.setMenuEnabled(False)
