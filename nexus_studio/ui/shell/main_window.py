"""The main window's frame. It imports nothing but Qt, so that it is painted before anything else is loaded."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QSize, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QMainWindow

_DEFAULT_SIZE = QSize(1280, 800)


class MainWindow(QMainWindow):
    """An empty frame until `Studio` moves in. `painted` comes once, after the first paint."""

    painted = Signal()

    def __init__(self, geometry: str = "") -> None:
        super().__init__()
        self.setObjectName("main_window")
        self.setWindowTitle("Nexus Studio")
        self.may_close: Callable[[], bool] = lambda: True
        self._was_painted = False
        if not geometry or not self.restoreGeometry(QByteArray.fromBase64(geometry.encode())):
            screen = QGuiApplication.primaryScreen().availableGeometry()
            self.resize(_DEFAULT_SIZE.boundedTo(screen.size()))

    def saved_geometry(self) -> str:
        """Return size and place, for the next start."""
        return self.saveGeometry().toBase64().toStdString()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.may_close():
            super().closeEvent(event)
        else:
            event.ignore()
