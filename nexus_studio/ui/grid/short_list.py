"""ShortList: a framed list of a few lines to choose from, as high as whole lines are."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QListWidget, QWidget

LINE_HEIGHT: Final = 24
"""Pixels of a line at least, as the style sheet says; larger letters make it higher."""


class ShortList(QListWidget):
    """A list with a frame and a ground of its own. It shows `lines` lines, all of them whole; what is long is cut."""

    def __init__(self, lines: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines
        self.setProperty("framed", True)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(True)  # it may lie over the rows of a grid
        self.fit()

    def show_lines(self, lines: int) -> None:
        """Be as high as so many lines."""
        self._lines = lines
        self.fit()

    def fit(self) -> None:
        """Take the height of whole lines."""
        line = max(LINE_HEIGHT, self.sizeHintForRow(0) if self.count() else self.fontMetrics().height())
        self.setFixedHeight(self._lines * line + 2 * self.frameWidth())

    def changeEvent(self, event: QEvent) -> None:
        """Follow font and style."""
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self.fit()
