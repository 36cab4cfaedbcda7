"""TableEnd: the way to the last row, whose number may only become known on the way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.row_view import RowView


class TableEnd(QObject):
    """Goes to the last row as far as is known, and on when more is known, unless the person went elsewhere meanwhile.

    UI thread only.
    """

    def __init__(self, view: RowView, model: RowTableModel, go_to_line: Callable[[int], None]) -> None:
        super().__init__(view)
        self._view, self._model, self._go_to_line = view, model, go_to_line
        self._line: int | None = None  # where it went last; None when nobody is on the way
        self._looking = QTimer(self)
        self._looking.setSingleShot(True)
        self._looking.setInterval(0)  # once all who hear of a change have followed it
        self._looking.timeout.connect(self._look)
        model.count_changed.connect(self._look_soon)
        model.loader.moved.connect(self._renumbered)
        model.modelReset.connect(self._look_soon)

    def go(self) -> None:
        """Go to the last row."""
        self._line = self._last()
        self._go_to_line(self._line)

    def _last(self) -> int:
        total = self._model.total
        is_known = total is not None and total.certainty != "at least"
        return (self._model.line_of_ordinal(self._model.loader.known_rows) if is_known else self._model.lines) - 1

    def _renumbered(self, delta: int) -> None:
        if self._line is not None:
            self._line += delta
            self._look_soon()

    def _look_soon(self) -> None:
        if self._line is not None:
            self._looking.start()

    def _look(self) -> None:
        index, total = self._view.currentIndex(), self._model.total
        if self._line is None or not index.isValid() or index.row() + self._model.base != self._line:
            self._line = None  # the person went elsewhere, or nothing is current any more
        elif self._last() != self._line:
            self.go()
        elif total is not None and total.certainty == "exact":
            self._line = None
