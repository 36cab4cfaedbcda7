"""Collecting: looks for garbage between the event loop's turns, never in the middle of something.

Python looks for circles of dead objects whenever enough new ones were made: in whichever thread made them, and now and
then through all there are. With the libraries loaded and ten thousand rows read that takes a fifth of a second in which
no thread runs. It may also end Qt objects in a thread that is not theirs. So the automatic way is turned off.
"""

from __future__ import annotations

import gc
import sys
from typing import Final

from PySide6.QtCore import QObject, QTimer

TURN_MS: Final = 500
"""Milliseconds between two looks at how much there is to do."""

_MANY: Final = 2_000
"""New objects from which on the young ones are looked through: some milliseconds."""

_ROUNDS: Final = 40
"""Looks through the young ones after which the old ones are to have their turn, once nothing happens for a while."""

QUIET: Final = 240
"""Looks without much to do, in a row, that make such a while (two minutes): going through the old ones may take 0.2 s,
which nobody must meet who only waits for something."""

_MOST_ROUNDS: Final = 1_000
"""Looks through the young ones after which the old ones have their turn whatever happens: some ten minutes of work."""

_LIBRARY: Final = 100
"""New modules that are worth being set apart."""


class Collecting(QObject):
    """Collects garbage in the GUI thread as long as it lives; afterwards Python does it by itself again."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._modules = 0
        self._rounds = 0
        self._quiet = 0
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(TURN_MS)
        self.destroyed.connect(_enable)

    def look(self) -> None:
        """Collect what is worth it now."""
        known = len(sys.modules)
        if known - self._modules >= _LIBRARY:
            # What libraries hold stays until the end: set apart, it is not looked through again (manual, gc.freeze).
            self._modules = known
            gc.freeze()
        elif gc.get_count()[0] >= _MANY:
            self._rounds, self._quiet = self._rounds + 1, 0
            gc.collect(1)
        else:
            self._quiet += 1
        is_quiet = self._quiet >= QUIET and self._rounds >= _ROUNDS
        if is_quiet or self._rounds >= _MOST_ROUNDS:
            self._rounds = 0
            gc.collect()


def _enable() -> None:
    gc.enable()
