"""TableScroll: one scroll bar over the whole table, however long, above a view that knows a window of it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QScrollBar

from nexus_studio.ui.grid.row_model import WINDOW, RowTableModel
from nexus_studio.ui.grid.row_view import RowView
from nexus_studio.ui.grid.selection import place_of, restore

EDGE: Final = 2_000
"""Lines before an end of the window at which the window moves on."""

FRAME_MS: Final = 16
"""Milliseconds rows may take before placeholders are shown in their place."""

_MOST_PIXELS: Final = 1 << 30


class TableScroll(QObject):
    """Keeps the bar and the view's own (hidden) vertical bar together, and moves the window where it must."""

    def __init__(self, view: RowView, model: RowTableModel, bar: QScrollBar, window: int = WINDOW) -> None:
        super().__init__(view)
        self._view, self._model, self._bar = view, model, bar
        self._edge, self._window = min(EDGE, window // 8), window
        self._is_syncing = False
        self._is_following = False  # lines come and go until all have their numbers: no time to move the window
        self._pixel = 0  # where the view was before lines came or went
        policy = bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # so that no column moves when rows come or go
        bar.setSizePolicy(policy)
        inner = view.verticalScrollBar()
        inner.valueChanged.connect(self._view_scrolled)
        inner.rangeChanged.connect(self.sync)
        bar.valueChanged.connect(self._bar_moved)
        for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            signal.connect(self.sync)
        model.renumbered.connect(self._follow)
        model.renumbering.connect(self._note)
        self._veiled = QTimer(self)
        self._veiled.setSingleShot(True)
        self._veiled.setInterval(FRAME_MS)
        self._veiled.timeout.connect(self._unveil)
        model.loader.busy_changed.connect(self._busy_changed)

    def sync(self, *_ignored: object) -> None:
        """Make the bar say where the view is."""
        height, view = self._view.row_height, self._view
        pixels = self._model.lines * height
        unit = self._unit
        self._is_syncing = True
        try:
            room = view.viewport().height()
            self._bar.setRange(0, max(0, -(-(pixels - room) // unit)))
            self._bar.setVisible(self._bar.maximum() > 0)
            self._bar.setPageStep(max(1, room // unit))
            self._bar.setSingleStep(max(1, height // unit))
            self._bar.setValue((self._model.base * height + view.verticalScrollBar().value()) // unit)
        finally:
            self._is_syncing = False

    def go_to_line(self, line: int) -> None:
        """Bring a line into the window; the view then scrolls to it by itself."""
        base, rows = self._model.base, self._model.rowCount()
        if not base <= line < base + rows:
            self._move_window(line)

    def _note(self) -> None:
        self._is_following = True
        self._pixel = self._view.verticalScrollBar().value()

    def _follow(self, came: int) -> None:
        """Keep the same rows in sight when they got other numbers and lines came before them in the window."""
        self._is_following = False
        if came:
            inner = self._view.verticalScrollBar()
            self._view.updateGeometries()
            inner.setValue(max(0, self._pixel + came * self._view.row_height))
        self.sync()

    @property
    def _unit(self) -> int:
        """Pixels of one step of the bar: one, or a line where the whole table has too many pixels."""
        height = self._view.row_height
        return 1 if self._model.lines * height < _MOST_PIXELS else height

    def _bar_moved(self, value: int) -> None:
        if self._is_syncing:
            return
        self._show_pixel(value * self._unit)

    def _show_pixel(self, pixel: int) -> None:
        height, view = self._view.row_height, self._view
        first, base = pixel // height, self._model.base
        last = first + view.viewport().height() // height + 1
        rows = self._model.rowCount()
        is_inside = base <= first and (last < base + rows or base + rows >= self._model.lines)
        if not is_inside:
            self._move_window(first)
        view.verticalScrollBar().setValue(pixel - self._model.base * height)
        drafts, lines = self._model.drafts, self._model.lines
        if first >= drafts:
            self._model.loader.want_now(first - drafts, min(last, lines - 1) - drafts)
            self._veil()

    def _veil(self) -> None:
        """Keep the former picture for a frame where the rows are on their way: mostly they come sooner than that."""
        if self._model.loader.is_busy:
            self._view.viewport().setUpdatesEnabled(False)
            self._view.line_header.viewport().setUpdatesEnabled(False)
            self._veiled.start()

    def _busy_changed(self, is_busy: bool) -> None:
        if not is_busy:
            self._unveil()

    def _unveil(self) -> None:
        if not self._view.viewport().updatesEnabled():
            self._veiled.stop()
            self._view.viewport().setUpdatesEnabled(True)
            self._view.line_header.viewport().setUpdatesEnabled(True)

    def _view_scrolled(self, _value: int) -> None:
        self.sync()
        if self._is_following:
            return
        first, last = self._view.visible_rows()
        rows, base = self._model.rowCount(), self._model.base
        is_early = base > 0 and first < self._edge
        is_late = base + rows < self._model.lines and last > rows - self._edge
        if is_early or is_late:
            pixel = base * self._view.row_height + self._view.verticalScrollBar().value()
            self._move_window(base + first)
            self._view.verticalScrollBar().setValue(pixel - self._model.base * self._view.row_height)

    def _move_window(self, line: int) -> None:
        """Move the window around a line; selection and current cell stay with their lines."""
        place = place_of(self._view, self._model)
        self._model.rebase(line - self._window // 2)
        if place is not None and place.line in range(self._model.base, self._model.base + self._model.rowCount()):
            restore(self._view, self._model, place, by_key=False)
