"""The record pane's model: the fields of one row, below one another. Pure look-ups, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from nexus_studio.core.data.cells import DEFAULT, UNREAD, StagedCell
from nexus_studio.core.data.changeset import CellState
from nexus_studio.core.schema.catalog import Column
from nexus_studio.ui.grid.looks import line_of, look_of
from nexus_studio.ui.kit.icons import icon, type_icon
from nexus_studio.ui.kit.theme import Theme

COLUMN_ROLE = Qt.ItemDataRole.UserRole
"""Name of the field's column."""

Index = QModelIndex | QPersistentModelIndex
_LONGEST_LINE = 400
MASK = "••••••"
_TINTS = {
    CellState.EDITED: "edited",
    CellState.INSERTED: "inserted",
    CellState.DELETED: "deleted",
    CellState.REJECTED: "rejected",
    CellState.CONFLICT: "conflict",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the record: its column, what it holds, how it stands, and what it is called for people."""

    column: Column
    cell: StagedCell
    state: CellState = CellState.CLEAN
    is_key: bool = False
    is_link: bool = False
    label: str = ""
    description: str = ""
    reason: str = ""
    """Why the server refused the value; empty when it did not."""
    size: int | None = None
    """Octets of the whole value where the cell holds only its beginning; `UNREAD` while nothing of it is here."""
    is_masked: bool = False


class RecordModel(QAbstractTableModel):
    """Two columns: the field's name, its value."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._fields: tuple[Field, ...] = ()

    def show(self, fields: tuple[Field, ...]) -> None:
        """Show another record; the same columns are only painted anew, so that the selection stays."""
        same = [f.column.name for f in fields] == [f.column.name for f in self._fields]
        if not same:
            self.beginResetModel()
        self._fields = fields
        if not same:
            self.endResetModel()
        elif fields:
            self.dataChanged.emit(self.index(0, 0), self.index(len(fields) - 1, 1))

    def field(self, index: Index) -> Field:
        """Return the field of a line."""
        return self._fields[index.row()]

    # Qt's overrides

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._fields)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else 2

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        field = self.field(index)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(part for part in (field.column.type.display, field.description, field.reason) if part)
        if role == COLUMN_ROLE:
            return field.column.name
        return self._of_name(field, role) if index.column() == 0 else self._of_value(field, role)

    def _of_name(self, field: Field, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return field.column.name
        if role == Qt.ItemDataRole.ForegroundRole:
            return self.theme.color("text-muted")
        if role == Qt.ItemDataRole.DecorationRole:
            if field.is_key or field.is_link:
                return icon("key" if field.is_key else "link", "text-muted")
            return type_icon(field.column.type.kind.value)
        return None

    def _of_value(self, field: Field, role: int) -> Any:
        is_absent = not isinstance(field.cell, str) or not field.cell or field.size == UNREAD
        if role == Qt.ItemDataRole.DisplayRole:
            return _shown(field)
        if role == Qt.ItemDataRole.BackgroundRole and field.state in _TINTS:
            return self.theme.color(_TINTS[field.state])
        if role == Qt.ItemDataRole.ForegroundRole and is_absent:
            return self.theme.color("null")
        if role == Qt.ItemDataRole.FontRole and is_absent:
            font = QFont()
            font.setItalic(True)
            return font
        return None


def _shown(field: Field) -> str:
    if field.size == UNREAD:
        return "…"
    if field.cell is None:
        return "NULL"
    if field.cell is DEFAULT:
        return field.column.default or "DEFAULT"
    if field.is_masked:
        return MASK
    if field.cell == "":
        if field.size is None:
            return QCoreApplication.translate("RecordPane", "empty text")
        look = look_of(field.cell, field.column.type, field.size)  # cut to nothing, which is not the same
        return "   ".join(part for part in (look.text, look.note) if part)
    text = line_of(field.cell, field.column.type, field.size)[:_LONGEST_LINE]
    return f"{text}   {field.label}" if field.label else text
