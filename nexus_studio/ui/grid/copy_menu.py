"""The forms in which cells are copied, as a menu: at the current cell (Ctrl+Shift+C) and inside the context menu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from nexus_studio.core.data.rowformats import Format
from nexus_studio.ui.grid.row_view import RowView
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP

FORM_WORDS: Final[Mapping[Format, str]] = {
    Format.TSV_HEADERS: QT_TRANSLATE_NOOP("grid", "&Tabs, with headers"),
    Format.CSV: QT_TRANSLATE_NOOP("grid", "&CSV"),
    Format.JSON: QT_TRANSLATE_NOOP("grid", "&JSON"),
    Format.SQL: QT_TRANSLATE_NOOP("grid", "SQL &INSERT"),
    Format.MARKDOWN: QT_TRANSLATE_NOOP("grid", "&Markdown"),
}
"""What the forms are called. Plain tabs are Ctrl+C itself."""


class CopyHost(Protocol):
    """What the menu needs of a grid."""

    view: RowView

    def copy(self, form: Format = Format.TSV) -> None:
        """Copy the selection."""


def copy_submenu(parent: QWidget, grid: CopyHost) -> QMenu:
    """Make the menu of forms."""
    menu = QMenu(QCoreApplication.translate("grid", "Copy as\tCtrl+Shift+C"), parent)
    menu.setObjectName("grid_copy_menu")
    menu.setAccessibleName(QCoreApplication.translate("grid", "Copy as"))
    for form, words in FORM_WORDS.items():
        action = QAction(QCoreApplication.translate("grid", words), menu)
        action.setObjectName(f"grid_copy_{form.value}")
        action.triggered.connect(lambda _checked=False, form=form: grid.copy(form))
        menu.addAction(action)
    return menu


def open_copy_menu(grid: CopyHost) -> None:
    """Open the menu of forms at the current cell, ready for Enter; in the middle when that cell is out of sight."""
    view = grid.view
    menu = copy_submenu(view, grid)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    index, area = view.currentIndex(), view.viewport().rect()
    cell = view.cell_rect(index) if index.isValid() else area
    place = cell.bottomLeft() if area.intersects(cell) and index.isValid() else area.center()
    place = QPoint(max(0, min(place.x(), area.right())), max(0, min(place.y(), area.bottom())))
    menu.setActiveAction(menu.actions()[0])
    menu.popup(view.viewport().mapToGlobal(place), menu.actions()[0])
