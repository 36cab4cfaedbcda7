"""ColumnsDialog: the columns of a table as a list to check, search, sort and go to. What is changed shows at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.schema.catalog import Column
from nexus_studio.ui.grid.column_arrangement import ColumnArrangement
from nexus_studio.ui.kit.icons import icon, type_icon

_NAME: Final = Qt.ItemDataRole.UserRole
_SIZE: Final = (380, 480)  # pixels
_GLYPH: Final = 14  # pixels


class ColumnsDialog(QDialog):
    """Lists all columns in their order. Checked ones are shown; Enter goes to a column, dragging moves it."""

    def __init__(
        self,
        arrangement: ColumnArrangement,
        columns: Sequence[Column],
        reset: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("columns_dialog")
        self.setWindowTitle(self.tr("Columns"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._arrangement, self._columns = arrangement, {column.name: column for column in columns}
        self._reset = reset
        self._is_filling = False
        self._search = QLineEdit(self)
        self._list = QListWidget(self)
        self._hint = QLabel(self)
        self._dress()
        self._arrange()
        self._fill()
        self._search.textChanged.connect(self._filter)
        self._search.installEventFilter(self)
        self._list.installEventFilter(self)
        self._list.itemChanged.connect(self._checked)
        self._list.itemActivated.connect(self._go)
        # Queued: the list is in the middle of its drop when it tells of it.
        self._list.model().rowsMoved.connect(self._reordered, Qt.ConnectionType.QueuedConnection)
        arrangement.changed.connect(self._fill)
        self.resize(*_SIZE)
        self._search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows reach the list from the search, and Alt with them move a column."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        by = steps.get(Qt.Key(event.key()), 0)
        if by and event.modifiers() == Qt.KeyboardModifier.AltModifier:
            self._step(by)
            return True
        if watched is self._search and by:
            self._list.setFocus()
            if seen := self._seen():
                self._list.setCurrentItem(seen[0])
            return True
        if watched is self._search and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            if seen := self._seen():
                self._go(seen[0])
            return True
        return super().eventFilter(watched, event)

    # ---- private

    def _dress(self) -> None:
        self._search.setObjectName("columns_search")
        self._search.setAccessibleName(self.tr("Search columns"))
        self._search.setPlaceholderText(self.tr("Search columns"))
        self._search.setClearButtonEnabled(True)
        self._list.setObjectName("columns_list")
        self._list.setAccessibleName(self.tr("Columns, checked when shown"))
        self._list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self._list.setUniformItemSizes(True)
        self._list.setSpacing(1)
        self._list.setIconSize(QSize(_GLYPH, _GLYPH))
        self._hint.setObjectName("columns_hint")
        self._hint.setProperty("tone", "muted")
        self._hint.setWordWrap(True)

    def _arrange(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(4)
        for name, glyph, words, run in (
            ("up", "chevron-up", self.tr("Move up (Alt+Up)"), lambda: self._step(-1)),
            ("down", "chevron-down", self.tr("Move down (Alt+Down)"), lambda: self._step(1)),
            ("show_all", "eye", self.tr("Show all that are listed"), lambda: self._check_seen(is_shown=True)),
            ("hide_all", "eye-off", self.tr("Hide all that are listed"), lambda: self._check_seen(is_shown=False)),
        ):
            button = QToolButton(self)
            button.setObjectName(f"columns_{name}")
            button.setIcon(icon(glyph))
            button.setToolTip(words)
            button.setAccessibleName(words)
            button.setAutoRaise(True)
            button.clicked.connect(run)
            tools.addWidget(button)
        top = QHBoxLayout()
        top.addWidget(self._search, 1)
        top.addLayout(tools)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        reset = buttons.addButton(self.tr("Reset layout"), QDialogButtonBox.ButtonRole.ResetRole)
        reset.setObjectName("columns_reset")
        reset.setAutoDefault(False)
        reset.clicked.connect(self._reset)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setObjectName("columns_close")
        close.setAutoDefault(False)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._hint)
        layout.addWidget(buttons)

    def _fill(self) -> None:
        """List the columns as they stand. Items stay while the order does: one of them may be telling of a click."""
        layout = self._arrangement.layout
        self._is_filling = True
        if [self._name(item) for item in self._items()] != list(layout.order):
            self._list_anew(layout.order)
        for place, item in enumerate(self._items()):
            name, is_frozen = self._name(item), place < self._arrangement.staying
            item.setIcon(icon("pin", "accent") if is_frozen else type_icon(self._columns[name].type.kind.value))
            waits = self.tr("Frozen when the window is wide enough") if place < layout.frozen else ""
            item.setToolTip(self.tr("Frozen") if is_frozen else waits)
            item.setCheckState(Qt.CheckState.Unchecked if name in layout.hidden else Qt.CheckState.Checked)
        self._is_filling = False
        self._filter()

    def _list_anew(self, order: Sequence[str]) -> None:
        """List these columns; the marked one stays marked."""
        marked, bar = self._name(self._list.currentItem()), self._list.verticalScrollBar().value()
        self._list.clear()
        for name in order:
            item = QListWidgetItem(name, self._list)
            item.setData(_NAME, name)
            item.setFlags((item.flags() | Qt.ItemFlag.ItemIsUserCheckable) & ~Qt.ItemFlag.ItemIsDropEnabled)
            if name == marked:
                self._list.setCurrentItem(item)
        self._list.verticalScrollBar().setValue(bar)

    def _filter(self) -> None:
        text = self._search.text().strip().casefold()
        for item in self._items():
            item.setHidden(text not in item.text().casefold())
        # Dropping between two of a part of the columns would leave open where among the others.
        mode = QAbstractItemView.DragDropMode
        self._list.setDragDropMode(mode.NoDragDrop if text else mode.InternalMove)
        layout = self._arrangement.layout
        words = self.tr("{shown} of {all} columns shown. Enter goes to one.")
        self._hint.setText(words.format(shown=len(layout.shown), all=len(layout.order)))

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]

    def _seen(self) -> list[QListWidgetItem]:
        return [item for item in self._items() if not item.isHidden()]

    def _checked(self, item: QListWidgetItem) -> None:
        if not self._is_filling:
            self._show({self._name(item)}, is_shown=item.checkState() == Qt.CheckState.Checked)

    def _check_seen(self, *, is_shown: bool) -> None:
        self._show({self._name(item) for item in self._seen()}, is_shown=is_shown)

    def _show(self, names: set[str], *, is_shown: bool) -> None:
        hidden = self._arrangement.layout.hidden
        wanted = hidden - names if is_shown else hidden | names
        if len(wanted) == len(self._columns):  # one stays: the first of those that were to go
            wanted -= {next(name for name in self._arrangement.layout.order if name in names)}
        self._arrangement.set_hidden(wanted)
        self._fill()

    def _step(self, by: int) -> None:
        name, order = self._name(self._list.currentItem()), self._arrangement.layout.order
        if name and 0 <= (to := order.index(name) + by) < len(order):
            self._arrangement.move(order.index(name), to)

    def _reordered(self) -> None:
        self._arrangement.set_order([self._name(item) for item in self._items()])

    def _go(self, item: QListWidgetItem) -> None:
        name = self._name(item)
        if name in self._arrangement.layout.hidden:
            self._show({name}, is_shown=True)
        self._arrangement.go_to(name)
        self.close()

    def _name(self, item: QListWidgetItem | None) -> str:
        return str(item.data(_NAME)) if item is not None else ""


def open_columns(
    parent: QWidget, arrangement: ColumnArrangement, columns: Sequence[Column], reset: Callable[[], None]
) -> ColumnsDialog:
    """Open the list of columns over the rows' window."""
    dialog = ColumnsDialog(arrangement, columns, reset, parent)
    dialog.open()
    return dialog
