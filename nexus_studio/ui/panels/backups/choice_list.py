"""ChoiceList: schemas and their tables to be ticked, for what is backed up and what is restored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLineEdit, QListView, QVBoxLayout, QWidget

from nexus_studio.core.admin.archives import Selection
from nexus_studio.core.names import RelationName
from nexus_studio.ui.kit.icons import icon

_INDENT: Final = "   "
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()


class ChoiceModel(QAbstractListModel):
    """A line for each schema, and below it one for each of its tables. A schema that is ticked is meant whole."""

    changed = Signal()  # selection() answers otherwise

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tables: dict[str, list[RelationName]] = {}
        self._lines: list[tuple[str, RelationName | None]] = []
        self._whole: set[str] = set()
        self._chosen: set[RelationName] = set()
        self._wanted = ""

    def show(self, schemas: Iterable[str], tables: Iterable[RelationName]) -> None:
        """Show what there is; nothing is ticked."""
        self._tables = {schema: [] for schema in sorted(schemas)}
        for table in sorted(tables):
            self._tables.setdefault(table.schema, []).append(table)
        self._whole.clear()
        self._chosen.clear()
        self._arrange()
        self.changed.emit()

    def narrow(self, wanted: str) -> None:
        """Show the tables with this in their names, and the schemas they are in."""
        self._wanted = wanted.strip().casefold()
        self._arrange()

    def choose(self, selection: Selection) -> None:
        """Tick what is selected."""
        self._whole = set(selection.schemas)
        self._chosen = set(selection.tables)
        self._repaint()

    def selection(self) -> Selection:
        """Return what is ticked: schemas as a whole, and tables of others."""
        return Selection(tuple(sorted(self._whole)), tuple(sorted(self._chosen)))

    def tables(self) -> tuple[RelationName, ...]:
        """Return the tables that are ticked, those of whole schemas among them."""
        whole = {each for schema in self._whole for each in self._tables[schema]}
        return tuple(sorted(self._chosen | whole))

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        del index
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        schema, table = self._lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return schema if table is None else f"{_INDENT}{table.name}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return schema if table is None else str(table)
        if role == Qt.ItemDataRole.DecorationRole:
            return icon("folder" if table is None else "table", "text-muted")
        if role == Qt.ItemDataRole.FontRole and table is None:
            font = QFont()
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.CheckStateRole:
            return self._state(schema, table)
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        schema, table = self._lines[index.row()]
        is_on = Qt.CheckState(value) is not Qt.CheckState.Unchecked
        if table is None:
            self._chosen -= set(self._tables[schema])
            (self._whole.add if is_on else self._whole.discard)(schema)
        else:
            if schema in self._whole:
                self._whole.discard(schema)
                self._chosen |= set(self._tables[schema])
            (self._chosen.add if is_on else self._chosen.discard)(table)
        self._repaint()
        return True

    def _state(self, schema: str, table: RelationName | None) -> Qt.CheckState:
        if schema in self._whole or table in self._chosen:
            return Qt.CheckState.Checked
        if table is None and any(each in self._chosen for each in self._tables[schema]):
            return Qt.CheckState.PartiallyChecked
        return Qt.CheckState.Unchecked

    def _repaint(self) -> None:
        if self._lines:
            self.dataChanged.emit(self.index(0), self.index(len(self._lines) - 1), [Qt.ItemDataRole.CheckStateRole])
        self.changed.emit()

    def _arrange(self) -> None:
        self.beginResetModel()
        self._lines = []
        for schema, tables in self._tables.items():
            found = [each for each in tables if self._wanted in str(each).casefold()]
            if found or self._wanted in schema.casefold():
                self._lines.append((schema, None))
                self._lines += [(schema, each) for each in found]
        self.endResetModel()


class ChoiceList(QWidget):
    """A filter, and what can be ticked."""

    changed = Signal()  # selection() answers otherwise

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"backups.{name}_choice")
        self.model = ChoiceModel(self)
        self.filter = QLineEdit(self)
        self.list = QListView(self)
        self.filter.setObjectName(f"backups.{name}_filter")
        self.filter.setClearButtonEnabled(True)
        self.list.setObjectName(f"backups.{name}_list")
        self.list.setProperty("framed", True)
        self.list.setUniformItemSizes(True)
        self.list.setIconSize(QSize(16, 16))
        self.list.setModel(self.model)
        self.filter.textChanged.connect(self.model.narrow)
        self.model.changed.connect(self.changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.filter)
        column.addWidget(self.list, 1)
        self.retranslate()

    def show_tables(self, tables: Mapping[str, Iterable[RelationName]]) -> None:
        """Show schemas with their tables."""
        self.model.show(tables.keys(), [each for listed in tables.values() for each in listed])

    def selection(self) -> Selection:
        """Return what is ticked."""
        return self.model.selection()

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.filter.setPlaceholderText(self.tr("Filter schemas and tables"))
        self.filter.setAccessibleName(self.tr("Filter schemas and tables"))
        self.list.setAccessibleName(self.tr("Schemas and tables"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
