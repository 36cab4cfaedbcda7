"""The reference for starting: the smallest PySide6 program with a window, which leaves after its first paint."""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow


class Window(QMainWindow):
    """An empty main window of Studio's size."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, then leave at the next turn of the event loop."""
        super().paintEvent(event)
        QTimer.singleShot(0, QApplication.quit)


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    window = Window()
    window.resize(1280, 800)
    window.show()
    sys.exit(app.exec())
