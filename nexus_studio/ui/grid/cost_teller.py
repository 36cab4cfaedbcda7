"""CostTeller: holds the strip that says what a question costs to the loader that asks it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from nexus_studio.core.data.cost import QueryCost
from nexus_studio.ui.grid.cost_bar import CostBar
from nexus_studio.ui.grid.row_loader import RowLoader


class CostTeller(QObject):
    """Shows a `CostBar` while a loader asks something dear. `make` makes it and puts it into place, on first use.

    `stopped`: the person gave a question up; the loader shows the former one again.
    """

    shown_changed = Signal(bool)
    stopped = Signal()

    def __init__(self, loader: RowLoader, make: Callable[[], CostBar], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loader = loader
        self._make = make
        self.bar: CostBar | None = None
        loader.costly.connect(self._tell)
        loader.replaced.connect(self._clear)
        loader.failed.connect(self._clear)
        loader.given_up.connect(self._clear)
        loader.busy_changed.connect(self._busy_changed)

    @property
    def is_shown(self) -> bool:
        """Whether the strip is in sight."""
        return self.bar is not None and not self.bar.isHidden()

    def _tell(self, cost: QueryCost) -> None:
        if self.bar is None:
            self.bar = self._make()
            self.bar.stop_asked.connect(self._stop)
            self.bar.give_up_asked.connect(self._stop)
            self.bar.go_on_asked.connect(self._loader.go_on)
            self.bar.shown_changed.connect(self.shown_changed)
        self.bar.show_cost(cost)

    def _busy_changed(self, is_busy: bool) -> None:
        """Go away with the last request; a question that waits for a yes has none yet."""
        if not is_busy and self.bar is not None and not self.bar.is_asking:
            self.bar.clear()

    def _clear(self) -> None:
        if self.bar is not None:
            self.bar.clear()

    def _stop(self) -> None:
        self._loader.give_up()
        self.stopped.emit()
