"""Beat: the longest that the window's thread worked without a turn of its event loop.

The thread's own processor time, against a bound that only work of the wrong kind passes (thousands of rows, files or
widgets at once), whatever machine this is. What a person waits, in milliseconds, is measured in benchmarks/.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer

STALL_S: Final = 0.5
"""Ten times what a person is promised."""


class Beat(QObject):
    """Beats in the thread that made it."""

    def __init__(self) -> None:
        super().__init__()
        self.longest_s = 0.0
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Forget what was, and watch what the block waits for in the event loop."""
        self.longest_s, self._last = 0.0, time.thread_time()
        self._timer.start(1)
        yield
        self._beat()
        self._timer.stop()

    def _beat(self) -> None:
        now = time.thread_time()
        self.longest_s = max(self.longest_s, now - self._last)
        self._last = now


def work_of(step: Callable[[], object]) -> float:
    """Return the seconds that this thread works at a step, with the painting it causes."""
    begin = time.thread_time()
    step()
    QCoreApplication.processEvents()
    return time.thread_time() - begin
