"""SpokenTableModel: what a screen reader is told of a cell beside its text - which column, which row, and its state."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, Qt

from nexus_studio.ui.grid.row_model import RowTableModel

Index = QModelIndex | QPersistentModelIndex


class SpokenTableModel(RowTableModel):
    """A `RowTableModel` whose cells describe where they are: their names say what they hold."""

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Answer as `RowTableModel` does, and with a description. A look-up, never I/O."""
        if role != Qt.ItemDataRole.AccessibleDescriptionRole:
            return super().data(index, role)
        return self._place(index) if index.isValid() else None

    def _place(self, index: Index) -> str:
        column, shown = self.columns[index.column()].name, self.shown(index.row())
        if shown is not None and shown.draft is not None and shown.row is None:
            return QCoreApplication.translate("grid", "{column}, new row").format(column=column)
        number = self.number_of(self.base + index.row())
        if shown is not None and shown.is_deleted:
            words = QCoreApplication.translate("grid", "{column}, row {number}, to be deleted")
        else:
            words = QCoreApplication.translate("grid", "{column}, row {number}")
        return words.format(column=column, number=number)
