"""PartsTree: the parts of a structured value as rows to edit in place - elements, fields, pairs, bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHeaderView,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.cells import Cell
from nexus_studio.ui.grid.editors.part_cells import CELL, IS_CELL, CellDelegate, PartsLook
from nexus_studio.ui.kit.icons import icon

NESTED: Final = "{ }"
"""What a row is called that holds rows."""

_HEIGHT: Final = 168
_WIDTH: Final = 120


class PartsTree(QWidget):
    """Rows of parts. Enter or F2 edits one, Ctrl+0 makes it NULL, Ins adds, Ctrl+Del takes out, Alt+arrows move."""

    changed = Signal()  # a person changed a part, or which there are

    def __init__(self, look: PartsLook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("editor_parts")
        self.tree.setAccessibleName(self.tr("Parts of the value"))
        self.tree.setColumnCount(len(look.columns))
        self.tree.setHeaderLabels(list(look.columns))
        self.tree.setRootIsDecorated(look.nests)
        self.tree.setUniformRowHeights(True)
        self.tree.setTabKeyNavigation(False)
        self.tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.tree.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        self._delegate = CellDelegate(look, self.tree)
        self.tree.setItemDelegate(self._delegate)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for column in look.narrow:
            self.tree.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.itemChanged.connect(self._item_changed)
        self.tree.currentItemChanged.connect(lambda *_: self._allow())
        self.tree.installEventFilter(self)
        self._is_filling = False
        self._buttons: dict[str, QToolButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self._bar())
        self.setFixedHeight(_HEIGHT)
        self.setFocusProxy(self.tree)

    def sizeHint(self) -> QSize:
        """Return room for all columns."""
        return QSize(max(320, _WIDTH * len(self.look.columns)), _HEIGHT)

    def finish(self) -> None:
        """Take what is being typed."""
        self._delegate.finish()

    @property
    def current(self) -> QTreeWidgetItem | None:
        """The row one stands in."""
        return self.tree.currentItem()

    def fill(self, build: Callable[[], None]) -> None:
        """Show other parts: `build` adds rows by `add_row`. Nobody is told."""
        self._is_filling = True
        self.tree.clear()
        build()
        self.tree.expandAll()
        self._is_filling = False
        first = self.tree.topLevelItem(0)
        if first is not None:
            self.tree.setCurrentItem(first, self.look.first_value)
        self._allow()

    def add_row(
        self, cells: Sequence[Cell | None], *, heads: Sequence[str] = (), below: QTreeWidgetItem | None = None
    ) -> QTreeWidgetItem:
        """Add a row of parts at the end (of a row's own rows); `heads` are texts before them, not to be edited."""
        item = QTreeWidgetItem()
        editable = Qt.ItemFlag.ItemIsEditable
        item.setFlags(item.flags() | editable if cells else item.flags() & ~editable)
        for column, text in enumerate(heads if cells else (NESTED,)):
            item.setText(column, text)
        for place, cell in enumerate(cells):
            set_part(item, self.look.first_value + place, cell)
        if below is None:
            self.tree.addTopLevelItem(item)
        else:
            below.addChild(item)
        return item

    def rows(self, below: QTreeWidgetItem | None = None) -> Iterator[QTreeWidgetItem]:
        """Return the rows, or those below one."""
        parent = below or self.tree.invisibleRootItem()
        children = (parent.child(place) for place in range(parent.childCount()))
        return (child for child in children if child is not None)

    def set_null(self) -> None:
        """Make the part one stands in NULL, where it may be."""
        item, column = self.current, self.tree.currentColumn()
        if item is not None and column in self.look.nullable and is_part(item, column):
            set_part(item, column, None)

    def make_row(self) -> QTreeWidgetItem:
        """Make the row that Ins adds; it stands nowhere yet."""
        item = QTreeWidgetItem()
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        for column in range(self.look.first_value, len(self.look.columns)):
            choices = self.look.choices.get(column, ())
            set_part(item, column, choices[0][0] if choices else "")
        return item

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the tree's own keys."""
        if watched is self.tree and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._press(event)
        return super().eventFilter(watched, event)

    # Private

    def _bar(self) -> QWidget:
        bar = QWidget(self)
        layout = QGridLayout(bar)
        layout.setContentsMargins(4, 2, 4, 2)
        layout.setSpacing(2)
        specs: list[tuple[str, str, str, Callable[[], None]]] = []
        if self.look.grows:
            specs.append(("editor_part_add", "plus", self.tr("Add (Ins)"), self._add))
            if self.look.nests:
                specs.append(("editor_part_nest", "type-array", self.tr("Add a list inside (Shift+Ins)"), self._nest))
            specs += [
                ("editor_part_remove", "minus", self.tr("Take out (Ctrl+Del)"), self._remove),
                ("editor_part_up", "chevron-up", self.tr("Move up (Alt+Up)"), lambda: self._move(-1)),
                ("editor_part_down", "chevron-down", self.tr("Move down (Alt+Down)"), lambda: self._move(1)),
            ]
        if self.look.nullable:
            words = self.tr("Make it {null} (Ctrl+0)").format(null=self.look.null_word)
            specs.append(("editor_part_null", "null", words, self.set_null))
        for place, (name, sign, words, run) in enumerate(specs):
            button = QToolButton(bar)
            button.setObjectName(name)
            button.setIcon(icon(sign, "text-muted"))
            button.setAccessibleName(words)
            button.setToolTip(words)
            button.clicked.connect(run)
            layout.addWidget(button, 0, place)
            self._buttons[name] = button
        layout.setColumnStretch(len(specs), 1)
        return bar

    def _allow(self) -> None:
        item = self.current
        for name, button in self._buttons.items():
            if name in {"editor_part_remove", "editor_part_up", "editor_part_down"}:
                button.setEnabled(item is not None)
            elif name == "editor_part_null":
                button.setEnabled(item is not None and self.tree.currentColumn() in self.look.nullable)

    def _press(self, event: QKeyEvent) -> bool:
        if self._delegate.is_editing:
            return False  # a key that the field did not want
        key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        plain, shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
        control, alt = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
        item = self.current
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and modifiers == plain:
            if item is not None and is_part(item, self.tree.currentColumn()):
                self.tree.editItem(item, self.tree.currentColumn())
        elif key == Qt.Key.Key_0 and modifiers == control:
            self.set_null()
        elif key == Qt.Key.Key_Insert and modifiers == plain and self.look.grows:
            self._add()
        elif key == Qt.Key.Key_Insert and modifiers == shift and self.look.grows and self.look.nests:
            self._nest()
        elif key == Qt.Key.Key_Delete and modifiers == control and self.look.grows:
            self._remove()
        elif key in {Qt.Key.Key_Up, Qt.Key.Key_Down} and modifiers == alt and self.look.grows:
            self._move(-1 if key == Qt.Key.Key_Up else 1)
        else:
            return False
        return True

    def _add(self) -> None:
        item = self.make_row()
        self._put(item)
        self.tree.editItem(item, self.look.first_value)

    def _nest(self) -> None:
        """Add a list with one element."""
        holder = QTreeWidgetItem([NESTED])
        holder.setFlags(holder.flags() & ~Qt.ItemFlag.ItemIsEditable)
        self._is_filling = True
        holder.addChild(self.make_row())
        self._is_filling = False
        self._put(holder)
        holder.setExpanded(True)

    def _put(self, item: QTreeWidgetItem) -> None:
        """Put a new row behind the one one stands in."""
        current = self.current
        parent = (current.parent() if current is not None else None) or self.tree.invisibleRootItem()
        self._is_filling = True
        parent.insertChild(parent.indexOfChild(current) + 1 if current is not None else parent.childCount(), item)
        self._is_filling = False
        self.tree.setCurrentItem(item, self.look.first_value)
        self.changed.emit()

    def _remove(self) -> None:
        item = self.current
        if item is not None:
            parent = item.parent() or self.tree.invisibleRootItem()
            parent.takeChild(parent.indexOfChild(item))
            self._allow()
            self.changed.emit()

    def _move(self, by: int) -> None:
        item, column = self.current, self.tree.currentColumn()
        if item is None:
            return
        parent = item.parent() or self.tree.invisibleRootItem()
        place = parent.indexOfChild(item) + by
        if 0 <= place < parent.childCount():
            expanded = item.isExpanded()
            parent.takeChild(place - by)
            parent.insertChild(place, item)
            item.setExpanded(expanded)
            self.tree.setCurrentItem(item, column)
            self.changed.emit()

    def _item_changed(self) -> None:
        if not self._is_filling:
            self.changed.emit()


def part(item: QTreeWidgetItem, column: int) -> Cell:
    """Return a part; None is NULL."""
    found = item.data(column, CELL)
    return found if isinstance(found, str) else None


def is_part(item: QTreeWidgetItem, column: int) -> bool:
    """Tell whether there is a part to edit in a column of a row."""
    return bool(item.data(column, IS_CELL))


def set_part(item: QTreeWidgetItem, column: int, cell: Cell) -> None:
    """Set a part."""
    tree = item.treeWidget()
    blocked = tree.blockSignals(True) if tree is not None else False
    item.setData(column, IS_CELL, True)
    if tree is not None:
        tree.blockSignals(blocked)
    item.setData(column, CELL, cell)
