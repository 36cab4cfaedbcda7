"""RowTableModel: a window onto the table. What it shows is looked up; what is missing is asked for and comes later."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from nexus_studio.core.data.cells import RowCount, RowKey
from nexus_studio.core.data.changeset import ChangeSet, Draft
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.services.rowsource import RowSource
from nexus_studio.ui.grid.looks import CellLook, Manner, is_right_aligned, look_of, masked_look
from nexus_studio.ui.grid.row_loader import RowLoader
from nexus_studio.ui.grid.shown import ShownRow, draft_row, staged_row
from nexus_studio.ui.kit.tasks import TaskRunner

WINDOW: Final = 1_000_000
"""Lines the view knows at a time. Qt's headers add up pixels in 32 bits, which end at some 70 million rows."""

CELL_ROLE: Final = Qt.ItemDataRole.UserRole + 1
"""The cell itself: text, None for NULL, DEFAULT. Only for rows that are here; a masked one shows nothing of it."""

_MOST_SHOWN: Final = 4_000

Index = QModelIndex | QPersistentModelIndex


class RowTableModel(QAbstractTableModel):
    """Lines `base` to `base + rowCount()` of the table; a line is a staged new row or, after those, a stored row.

    Lines count from 0: first the drafts in the order they were made, then the rows by ordinal. `data` is a look-up.
    """

    loaded = Signal()  # rows arrived
    failed = Signal(object)  # StudioError
    count_changed = Signal(object)  # RowCount or None
    replacing = Signal()  # all lines are about to mean other rows
    replaced = Signal(bool)  # they do; True: the same question was asked again
    renumbering = Signal()  # they are about to get other numbers
    renumbered = Signal(int)  # the same rows have other numbers; so many lines came before them in the window

    def __init__(self, runner: TaskRunner, parent: QObject | None = None, window: int = WINDOW) -> None:
        super().__init__(parent)
        self.loader = RowLoader(runner, self)
        self._window = window
        self._base = 0
        self._rows = 0
        self._relation: Relation | None = None
        self._changes: ChangeSet | None = None
        self._columns: tuple[Column, ...] = ()
        self._drafts: tuple[Draft, ...] = ()
        self._shown: dict[int, ShownRow] = {}
        self.masked: frozenset[int] = frozenset()
        self.loader.arrived.connect(self._arrived)
        self.loader.moved.connect(self._moved)
        self.loader.total_changed.connect(self._total_changed)
        self.loader.replacing.connect(self._replacing)
        self.loader.replaced.connect(self._replaced)
        self.loader.failed.connect(self.failed)

    def open(self, source: RowSource, relation: Relation, query: RowQuery, changes: ChangeSet) -> None:
        """Show another relation."""
        self.beginResetModel()
        self._relation, self._changes = relation, changes
        self._columns = tuple(relation.column(name) for name in changes.columns)
        self._base = 0
        self._shown.clear()
        self._drafts = changes.drafts()
        self.loader.open(source, relation, query)
        self._rows = self._wanted_rows()
        self.endResetModel()
        self.count_changed.emit(self.total)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns shown, in the order of the rows' cells."""
        return self._columns

    @property
    def base(self) -> int:
        """The line that row 0 of the model is."""
        return self._base

    @property
    def lines(self) -> int:
        """Lines of the whole table, drafts included, as far as is known."""
        return len(self._drafts) + self.loader.length

    @property
    def drafts(self) -> int:
        """Number of staged new rows: the first lines."""
        return len(self._drafts)

    @property
    def total(self) -> RowCount | None:
        """Stored rows, as far as is known."""
        return self.loader.total

    def line_of_ordinal(self, ordinal: int) -> int:
        """Return the line of a stored row."""
        return ordinal + len(self._drafts)

    def line_of_draft(self, draft: int) -> int | None:
        """Return the line of a staged new row."""
        return next((line for line, known in enumerate(self._drafts) if known.draft == draft), None)

    def key_of(self, shown: ShownRow) -> RowKey | None:
        """Return what a row is found by; for a new row what it will be found by once it is saved, if that is known."""
        if shown.row is not None or self._relation is None:
            return shown.row.key if shown.row is not None else None
        cells = dict(zip((column.name for column in self._columns), shown.cells, strict=False))
        known = tuple(cell for name in self._relation.key if isinstance(cell := cells.get(name), str))
        return RowKey(known) if known and len(known) == len(self._relation.key) else None

    def line_at(self, line: int) -> ShownRow | None:
        """Return a line's row; None, and a request soon, when it is not here yet. O(columns), then remembered."""
        drafts = len(self._drafts)
        if 0 <= line < drafts:
            draft, shown = self._drafts[line], self._shown.get(line)
            if shown is not None and shown.draft == draft.draft:
                return shown
            return self._remember(line, draft_row(self._changes, self._columns, draft))
        row = self.loader.row(line - drafts)
        if self.loader.lacks(line - drafts) and drafts <= line < self.lines:
            self.loader.want(line - drafts)
        if row is None:
            return None
        shown = self._shown.get(line)
        if shown is None or shown.row is not row:
            return self._remember(line, staged_row(self._changes, self._columns, row))
        return shown

    def shown(self, row: int) -> ShownRow | None:
        """Return the row at a place of the window."""
        return self.line_at(self._base + row)

    def is_here(self, row: int) -> bool:
        """Tell whether a row of the window is here, without asking for it."""
        line = self._base + row
        return 0 <= line < len(self._drafts) or self.loader.row(line - len(self._drafts)) is not None

    def rebase(self, base: int) -> None:
        """Move the window so that it begins at another line."""
        base = max(0, min(base, self.lines - min(self._window, self.lines)))
        if base == self._base:
            return
        self.beginResetModel()
        self._base = base
        self._rows = self._wanted_rows()
        self.endResetModel()

    def sync_changes(self) -> None:
        """Look at the change set again: drafts came or went, cells were staged or taken back."""
        if self._changes is None:
            return
        before, after = self._drafts, self._changes.drafts()
        if self._base >= max(len(before), 1):  # the window shows stored rows only: it moves along with them
            self._base = max(len(after), self._base + len(after) - len(before))
            self._take_drafts(after)
            self._resize()
        elif self._base:
            self._take_drafts(after)
            self._resize()
        else:
            self._move_drafts(before, after)
        self._touch(0, self._rows - 1)

    # Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of lines in the window."""
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Answer screen readers and tests; painting asks `shown` instead. A look-up, never I/O."""
        if role not in _ROLES or not index.isValid():
            return None
        column = self._columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            edge = Qt.AlignmentFlag.AlignRight if is_right_aligned(column.type) else Qt.AlignmentFlag.AlignLeft
            return int(edge | Qt.AlignmentFlag.AlignVCenter)
        shown = self.shown(index.row())
        if shown is None:
            return None
        cell = shown.cells[index.column()]
        is_masked = index.column() in self.masked
        if role == CELL_ROLE:
            return masked_look(cell).text if is_masked and cell is not None else cell
        look = masked_look(cell) if is_masked else look_of(cell, column.type, shown.sizes.get(index.column()))
        return spoken(look)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's name or a line's number."""
        if role not in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return self._columns[section].name if 0 <= section < len(self._columns) else None
        return self.number_of(self._base + section)

    def number_of(self, line: int) -> str:
        """Return what stands beside a line: the row's number from 1, "~" before an estimate, "+" for a staged row."""
        ordinal = line - len(self._drafts)
        if ordinal < 0:
            return "+"
        return str(ordinal + 1) if self.loader.is_exact else f"~{ordinal + 1}"

    # Private

    def _move_drafts(self, before: tuple[Draft, ...], after: tuple[Draft, ...]) -> None:
        """Tell which lines went and which came, so that whoever stands on another keeps standing on it."""
        old, new = [draft.draft for draft in before], [draft.draft for draft in after]
        same = _common(old, new)
        rest = _common(old[same:][::-1], new[same:][::-1])
        gone, come = len(old) - same - rest, len(new) - same - rest
        if gone:
            self.beginRemoveRows(QModelIndex(), same, same + gone - 1)
            self._take_drafts(before[:same] + before[same + gone :])
            self._rows -= gone
            self.endRemoveRows()
        if come:
            self.beginInsertRows(QModelIndex(), same, same + come - 1)
            self._take_drafts(after)
            self._rows += come
            self.endInsertRows()
        self._take_drafts(after)
        self._resize()

    def _take_drafts(self, drafts: tuple[Draft, ...]) -> None:
        """Let lines mean other rows. What was remembered of them goes now, as who hears `begin...Rows` looks at it."""
        self._drafts = drafts
        self._shown.clear()

    def _remember(self, line: int, shown: ShownRow) -> ShownRow:
        if len(self._shown) > _MOST_SHOWN:
            self._shown.clear()
        self._shown[line] = shown
        return shown

    def _wanted_rows(self) -> int:
        return min(self._window, max(0, self.lines - self._base))

    def _arrived(self, first: int, last: int) -> None:
        drafts = len(self._drafts)
        self._touch(first + drafts - self._base, last + drafts - self._base)
        self.loaded.emit()

    def _moved(self, delta: int) -> None:
        """Give the same rows other lines. Nobody sees rows move: the window goes along, or lines come before it."""
        drafts, came = len(self._drafts), 0
        self.renumbering.emit()
        self._shown.clear()
        if self._base > drafts and self._base + delta > drafts:
            self._base += delta
        elif delta > 0:
            came = delta
            self.beginInsertRows(QModelIndex(), drafts, drafts + came - 1)
            self._rows += came
            self.endInsertRows()
        else:
            came = -max(0, min(-delta - self._base, self._rows - drafts))
            self._base = 0
            if came:
                self.beginRemoveRows(QModelIndex(), drafts, drafts - came - 1)
                self._rows += came
                self.endRemoveRows()
        self._resize()
        self.renumbered.emit(came)

    def _touch(self, first: int, last: int) -> None:
        first, last = max(first, 0), min(last, self._rows - 1)
        if first <= last and self._columns:
            self.dataChanged.emit(
                self.index(first, 0), self.index(last, len(self._columns) - 1), [Qt.ItemDataRole.DisplayRole]
            )

    def _total_changed(self) -> None:
        self._resize()
        self.count_changed.emit(self.total)

    def _resize(self) -> None:
        """Follow what is known of the number of rows."""
        wanted = self._wanted_rows()
        if wanted > self._rows:
            self.beginInsertRows(QModelIndex(), self._rows, wanted - 1)
            self._rows = wanted
            self.endInsertRows()
        elif wanted < self._rows:
            self.beginRemoveRows(QModelIndex(), wanted, self._rows - 1)
            self._rows = wanted
            self.endRemoveRows()

    def _replacing(self) -> None:
        self.replacing.emit()
        self.beginResetModel()

    def _replaced(self, is_same: bool) -> None:
        # Drafts that were saved are among the rows now.
        self._take_drafts(self._changes.drafts() if self._changes is not None else ())
        if not is_same:
            self._base = 0
        self._base = max(0, min(self._base, self.lines - min(self._window, self.lines)))
        self._rows = self._wanted_rows()
        self.endResetModel()
        self.count_changed.emit(self.total)
        self.replaced.emit(is_same)
        self.loaded.emit()


def _common(one: list[int], other: list[int]) -> int:
    """Count the equal numbers that two lists begin with."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


_ROLES: Final = frozenset(
    {
        int(Qt.ItemDataRole.DisplayRole),
        int(Qt.ItemDataRole.AccessibleTextRole),
        int(Qt.ItemDataRole.TextAlignmentRole),
        int(CELL_ROLE),
    }
)


def spoken(look: CellLook) -> str:
    """Return a look as text, for screen readers and tests."""
    if look.manner is Manner.TICK:
        return "true"
    if look.manner is Manner.CROSS:
        return "false"
    return look.text
