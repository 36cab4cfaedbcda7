"""The record form's model: all fields of one row, grouped and filtered, with what is to be said of each. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from PySide6.QtCore import QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from nexus_studio.core.data.changeset import CellState
from nexus_studio.core.data.fieldgroups import FieldGroup, grouped
from nexus_studio.ui.grid.locks import Lock, lock_sentence
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.panels.data.record_model import Field, RecordModel

NAME, VALUE, REMARK = range(3)

Index = QModelIndex | QPersistentModelIndex


class Shown(Enum):
    """Which fields are shown."""

    ALL = "all"
    FILLED = "filled"
    CHANGED = "changed"
    EDITABLE = "editable"


class FormModel(RecordModel):
    """Three columns: the field's name, its value, a remark: why it can't be edited, was refused, or what it is.

    Lines are fields and, where a table is wide, headings of groups.
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(theme, parent)
        self._every: tuple[Field, ...] = ()
        self._locks: tuple[Lock, ...] = ()
        self._lines: tuple[int | str, ...] = ()  # the number of a field, or a heading
        self._places: dict[str, int] = {}  # line by column
        self._shown, self._text, self._is_grouped = Shown.ALL, "", True
        self._common = Lock.OPEN

    def show_row(self, fields: tuple[Field, ...], locks: Sequence[Lock]) -> None:
        """Show a row with each field's lock; the same lines are only painted anew, so that the selection stays."""
        self._every, self._locks = fields, tuple(locks)
        different = set(self._locks)
        self._common = next(iter(different)) if len(different) == 1 else Lock.OPEN
        self._lay_out()

    def show_part(self, text: str, shown: Shown, *, is_grouped: bool) -> None:
        """Show only fields with a text in their name, description or type, and of a kind."""
        self._text, self._shown, self._is_grouped = text.strip().lower(), shown, is_grouped
        self._lay_out()

    @property
    def common_lock(self) -> Lock:
        """What keeps every field from being edited; OPEN where it is not one thing for all."""
        return self._common

    @property
    def counts(self) -> tuple[int, int]:
        """How many fields are shown, and how many there are."""
        return len(self._places), len(self._every)

    def headings(self) -> tuple[int, ...]:
        """Return the lines that are headings."""
        return tuple(line for line, each in enumerate(self._lines) if isinstance(each, str))

    def field_at(self, line: int) -> Field | None:
        """Return the field on a line; None for a heading."""
        each = self._lines[line] if 0 <= line < len(self._lines) else ""
        return self._every[each] if isinstance(each, int) else None

    def field(self, index: Index) -> Field:
        found = self.field_at(index.row())
        if found is None:
            raise LookupError(index.row())
        return found

    def line_of(self, column: str) -> int | None:
        """Return the line of a column's field, None where it is not shown."""
        return self._places.get(column)

    def lock_at(self, line: int) -> Lock:
        """Return why a field can't be edited."""
        each = self._lines[line]
        return self._locks[each] if isinstance(each, int) else Lock.OPEN

    # Qt's overrides

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else 3

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.field_at(index.row()) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        each = self._lines[index.row()]
        if isinstance(each, str):
            return self._of_heading(each, role) if index.column() == NAME else None
        field, lock = self._every[each], self._locks[each]
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(part for part in (super().data(index, role), lock_sentence(lock)) if part)
        if index.column() == REMARK:
            return self._of_remark(field, lock, role)
        return super().data(index, role)

    # inside

    def _lay_out(self) -> None:
        lines: list[int | str] = []
        wanted = {field.column.name: number for number, field in enumerate(self._every) if self._is_wanted(number)}
        keys = {field.column.name for field in self._every if field.is_key}
        groups = grouped(tuple(wanted), keys) if self._is_grouped else (FieldGroup(tuple(wanted)),)
        for group in groups:
            if len(groups) > 1:
                lines.append(_title(group))
            lines += [wanted[name] for name in group.names]
        if tuple(lines) == self._lines:
            if lines:
                self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, REMARK))
            return
        self.beginResetModel()
        self._lines = tuple(lines)
        self._places = {self._every[each].column.name: line for line, each in enumerate(lines) if isinstance(each, int)}
        self.endResetModel()

    def _is_wanted(self, number: int) -> bool:
        field = self._every[number]
        if self._shown is Shown.FILLED and (field.cell is None or (field.cell == "" and field.size is None)):
            return False
        if self._shown is Shown.CHANGED and field.state is CellState.CLEAN:
            return False
        if self._shown is Shown.EDITABLE and self._locks[number] is not Lock.OPEN:
            return False
        said = (field.column.name, field.description, field.column.type.display)
        return not self._text or any(self._text in each.lower() for each in said)

    def _of_heading(self, title: str, role: int) -> Any:
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return title
        if role == Qt.ItemDataRole.ForegroundRole:
            return self.theme.color("text-muted")
        if role == Qt.ItemDataRole.FontRole:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def _of_remark(self, field: Field, lock: Lock, role: int) -> Any:
        is_locked = lock is not Lock.OPEN and self._common is Lock.OPEN
        if role == Qt.ItemDataRole.DisplayRole:
            return field.reason or (lock_sentence(lock) if is_locked else "") or _first_line(field.description)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self.theme.color("danger" if field.reason else "text-muted")
        if role == Qt.ItemDataRole.DecorationRole and (is_locked or field.reason):
            return icon("error", "danger") if field.reason else icon("lock", "text-muted")
        return None


def _title(group: FieldGroup) -> str:
    if group.is_key:
        return QCoreApplication.translate("RecordForm", "Key")
    if not group.word:
        return QCoreApplication.translate("RecordForm", "Fields")
    return group.word[:1].upper() + group.word[1:]


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
