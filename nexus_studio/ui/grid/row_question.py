"""The small question for a row's number (Ctrl+G)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QInputDialog, QWidget

_MOST = 2_147_483_647  # of a spin box


def ask_row_number(parent: QWidget, most: int, go: Callable[[int], None]) -> QInputDialog:
    """Ask for a number from 1 to `most`; `go` gets it. Returns at once."""
    dialog = QInputDialog(parent)
    dialog.setObjectName("go_to_row")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(QCoreApplication.translate("grid", "Go to row"))
    dialog.setLabelText(QCoreApplication.translate("grid", "Number of the row"))
    dialog.setInputMode(QInputDialog.InputMode.IntInput)
    dialog.setIntRange(1, max(1, min(most, _MOST)))
    dialog.intValueSelected.connect(go)
    dialog.open()
    return dialog
