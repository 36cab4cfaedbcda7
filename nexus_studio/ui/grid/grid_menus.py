"""The grid's context menus: of a cell, of a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QCoreApplication, Qt, SignalInstance
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from nexus_studio.core.data.filters import Condition
from nexus_studio.core.data.rowformats import Format
from nexus_studio.core.data.rowquery import Sort
from nexus_studio.core.schema.catalog import Column, ForeignKey
from nexus_studio.ui.grid.column_arrangement import ColumnArrangement
from nexus_studio.ui.grid.column_sizes import ColumnSizes
from nexus_studio.ui.grid.copy_menu import copy_submenu
from nexus_studio.ui.grid.locks import Lock, lock_sentence
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.row_view import RowView
from nexus_studio.ui.grid.selection import GridSelection
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.grid.stager import Stager
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP

# What stands behind the tab is the key, shown at the right of the menu.
_WORDS = {
    "edit": QT_TRANSLATE_NOOP("grid", "Edit\tEnter"),
    "reveal": QT_TRANSLATE_NOOP("grid", "Reveal the value…"),
    "follow": QT_TRANSLATE_NOOP("grid", "Open the row it points to\tCtrl+Return"),
    "filter": QT_TRANSLATE_NOOP("grid", "Filter by this value"),
    "exclude": QT_TRANSLATE_NOOP("grid", "Exclude this value"),
    "copy": QT_TRANSLATE_NOOP("grid", "Copy\tCtrl+C"),
    "paste": QT_TRANSLATE_NOOP("grid", "Paste\tCtrl+V"),
    "paste_rows": QT_TRANSLATE_NOOP("grid", "Paste as new rows…\tCtrl+Shift+V"),
    "fill_down": QT_TRANSLATE_NOOP("grid", "Fill down\tCtrl+J"),
    "replace": QT_TRANSLATE_NOOP("grid", "Find and replace…\tCtrl+H"),
    "null": QT_TRANSLATE_NOOP("grid", "Set NULL\tCtrl+0"),
    "default": QT_TRANSLATE_NOOP("grid", "Set DEFAULT\tCtrl+Shift+0"),
    "insert": QT_TRANSLATE_NOOP("grid", "New row\tCtrl+I"),
    "duplicate": QT_TRANSLATE_NOOP("grid", "Duplicate row\tCtrl+D"),
    "delete": QT_TRANSLATE_NOOP("grid", "Delete row\tCtrl+Del"),
    "undelete": QT_TRANSLATE_NOOP("grid", "Don't delete row\tCtrl+Del"),
    "revert": QT_TRANSLATE_NOOP("grid", "Take back changes of this row"),
    "ascending": QT_TRANSLATE_NOOP("grid", "Sort ascending"),
    "descending": QT_TRANSLATE_NOOP("grid", "Sort descending"),
    "unsorted": QT_TRANSLATE_NOOP("grid", "Don't sort"),
    "fit": QT_TRANSLATE_NOOP("grid", "Fit width to content"),
    "fit_all": QT_TRANSLATE_NOOP("grid", "Fit all widths"),
    "wrap": QT_TRANSLATE_NOOP("grid", "Wrap text"),
    "move_left": QT_TRANSLATE_NOOP("grid", "Move left\tCtrl+Shift+Left"),
    "move_right": QT_TRANSLATE_NOOP("grid", "Move right\tCtrl+Shift+Right"),
    "freeze": QT_TRANSLATE_NOOP("grid", "Freeze up to here"),
    "unfreeze": QT_TRANSLATE_NOOP("grid", "Unfreeze"),
    "columns": QT_TRANSLATE_NOOP("grid", "Columns…\tCtrl+Shift+L"),
    "reset_layout": QT_TRANSLATE_NOOP("grid", "Reset layout"),
    "hide": QT_TRANSLATE_NOOP("grid", "Hide column"),
    "show_all": QT_TRANSLATE_NOOP("grid", "Show all columns"),
    "select_column": QT_TRANSLATE_NOOP("grid", "Select column\tCtrl+Space"),
    "copy_name": QT_TRANSLATE_NOOP("grid", "Copy name"),
}


class MenuHost(Protocol):
    """What the menus need of a grid."""

    view: RowView
    model: RowTableModel
    stager: Stager
    chooser: GridSelection
    sizes: ColumnSizes
    columns: ColumnArrangement

    @property
    def filter_by_requested(self) -> SignalInstance:
        """Tell that rows shall be filtered by a condition."""

    def current_row(self) -> ShownRow | None:
        """Return the current row."""

    def current_column(self) -> Column | None:
        """Return the current column."""

    def foreign_key(self, column: Column | None) -> ForeignKey | None:
        """Return a column's foreign key."""

    def begin_edit(self, text: str = "") -> None:
        """Open the editor."""

    def copy(self, form: Format = Format.TSV) -> None:
        """Copy the selection."""

    def paste(self) -> None:
        """Paste."""

    def paste_rows(self) -> None:
        """Paste as new rows."""

    def fill_down(self) -> None:
        """Fill down."""

    def find_and_replace(self) -> None:
        """Find and replace."""

    def set_null(self) -> None:
        """Set NULL."""

    def set_default(self) -> None:
        """Set DEFAULT."""

    def choose_columns(self) -> None:
        """Open the list of columns."""

    def reset_layout(self) -> None:
        """Lay the columns out as the table has them."""

    def reveal(self) -> None:
        """Look at a masked value."""

    def follow(self) -> None:
        """Open the row pointed to."""

    def insert_row(self) -> None:
        """Add a row."""

    def duplicate_rows(self) -> None:
        """Duplicate rows."""

    def delete_rows(self) -> None:
        """Delete rows."""

    def revert_rows(self) -> None:
        """Take staged changes of rows back."""

    def set_sort(self, sort: tuple[Sort, ...]) -> None:
        """Sort."""


def open_menu(parent: QWidget, name: str) -> QMenu:
    """Make a menu that is gone once it is closed."""
    menu = QMenu(parent)
    menu.setObjectName(name)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setToolTipsVisible(True)
    return menu


def fill_cell_menu(menu: QMenu, grid: MenuHost) -> None:
    """Offer what can be done with the current cell and the selected rows."""
    shown, column = grid.current_row(), grid.current_column()
    if shown is not None and column is not None:
        lock = grid.stager.lock(shown, column)
        is_open, why = lock is Lock.OPEN, lock_sentence(lock)
        _add(menu, "edit", grid.begin_edit, is_open, "edit", why)
        if column.masked and shown.row is not None:
            has_value = shown.row.cells[grid.model.columns.index(column)] is not None
            _add(menu, "reveal", grid.reveal, has_value, "eye")
        if grid.foreign_key(column) is not None:
            _add(menu, "follow", grid.follow, icon_name="link")
        menu.addSeparator()
        _add_filters(menu, grid)
        menu.addSeparator()
        _add(menu, "copy", grid.copy, icon_name="copy")
        menu.addMenu(copy_submenu(menu, grid))
        _add(menu, "paste", grid.paste, is_open, "paste", why)
        may_default = shown.draft is not None or bool(column.default) or bool(column.generated.value)
        _add(menu, "fill_down", grid.fill_down, is_open)
        may_edit = grid.stager.edit_lock() is Lock.OPEN
        _add(menu, "replace", grid.find_and_replace, may_edit)
        _add(menu, "null", grid.set_null, is_open and column.nullable, "null")
        _add(menu, "default", grid.set_default, is_open and may_default)
        menu.addSeparator()
    insert_lock, delete_lock = grid.stager.insert_lock(), grid.stager.delete_lock()
    may_insert, may_delete = insert_lock is Lock.OPEN, delete_lock is Lock.OPEN
    no_insert, no_delete = lock_sentence(insert_lock), lock_sentence(delete_lock)
    _add(menu, "insert", grid.insert_row, may_insert, "plus", no_insert)
    _add(menu, "paste_rows", grid.paste_rows, may_insert, "paste", no_insert)
    if shown is not None:
        _add(menu, "duplicate", grid.duplicate_rows, may_insert, "row")
        name = "undelete" if shown.is_deleted else "delete"
        _add(menu, name, grid.delete_rows, may_delete or shown.draft is not None, "trash", no_delete)
        if shown.is_staged:
            _add(menu, "revert", grid.revert_rows, icon_name="discard")


def fill_column_menu(menu: QMenu, grid: MenuHost, logical: int) -> None:
    """Offer sorting, layout, and the column's name."""
    name, masked = grid.model.columns[logical].name, grid.model.columns[logical].masked
    why = lock_sentence(Lock.MASKED) if masked else ""
    descending = (Sort(name, descending=True),)
    _add(menu, "ascending", lambda: grid.set_sort((Sort(name),)), not masked, "sort-asc", why)
    _add(menu, "descending", lambda: grid.set_sort(descending), not masked, "sort-desc", why)
    _add(menu, "unsorted", lambda: grid.set_sort(()))
    menu.addSeparator()
    _add_layout(menu, grid, logical)
    menu.addSeparator()
    _add(menu, "select_column", lambda: grid.chooser.choose_columns((logical,)))
    _add(menu, "copy_name", lambda: QGuiApplication.clipboard().setText(name), icon_name="copy")


def _add_layout(menu: QMenu, grid: MenuHost, logical: int) -> None:
    """Offer where a column stands, how wide, and whether it is seen at all."""
    columns, name = grid.columns, grid.model.columns[logical].name
    layout = columns.layout
    shown, place = layout.shown, layout.order.index(name)
    _add(menu, "fit", lambda: grid.sizes.fit(logical))
    _add(menu, "fit_all", grid.sizes.fit_all)
    wraps = name in layout.wrapped
    wrap = _add(menu, "wrap", lambda: columns.set_wrapping(logical, wraps=not wraps))
    wrap.setCheckable(True)
    wrap.setChecked(wraps)
    menu.addSeparator()
    _add(menu, "move_left", lambda: columns.step(logical, -1), name != shown[0], "chevron-left")
    _add(menu, "move_right", lambda: columns.step(logical, 1), name != shown[-1], "chevron-right")
    if layout.frozen != place + 1:
        _add(menu, "freeze", lambda: columns.freeze_up_to(logical), icon_name="pin")
    if layout.frozen:
        _add(menu, "unfreeze", columns.unfreeze)
    menu.addSeparator()
    _add(menu, "hide", lambda: columns.hide(logical), len(shown) > 1, "eye-off")
    if layout.hidden:
        _add(menu, "show_all", columns.show_all, icon_name="eye")
    _add(menu, "columns", grid.choose_columns, icon_name="columns")
    _add(menu, "reset_layout", grid.reset_layout)


def value_conditions(grid: MenuHost) -> tuple[Condition, Condition] | None:
    """Return what keeps the rows that hold the current cell's value, and what leaves them out.

    None where there is no such value at hand: no cell is current, its value is masked, a default, or not read whole.
    """
    shown, column = grid.current_row(), grid.current_column()
    if shown is None or column is None:
        return None
    place = grid.model.columns.index(column)
    cell = shown.cells[place]
    if cell is not None and place in grid.model.masked:
        return None  # the filter's chip would say what the cell hides
    if place in shown.sizes:
        return None
    if cell is None:
        return Condition.of(column.name, "is_null"), Condition.of(column.name, "is_not_null")
    if isinstance(cell, str):
        return Condition.of(column.name, "is", cell), Condition.of(column.name, "is_not", cell)
    return None


def filter_by_current(grid: MenuHost) -> None:
    """Ask for the rows that hold the current cell's value."""
    if (found := value_conditions(grid)) is not None:
        grid.filter_by_requested.emit(found[0])


def sort_by_current(grid: MenuHost, *, descending: bool) -> None:
    """Sort by the current column alone."""
    if (column := grid.current_column()) is not None:
        grid.set_sort((Sort(column.name, descending=descending),))


def _add_filters(menu: QMenu, grid: MenuHost) -> None:
    if (found := value_conditions(grid)) is None:
        return
    only, without = found
    signal = grid.filter_by_requested
    _add(menu, "filter", lambda: signal.emit(only), icon_name="filter")
    _add(menu, "exclude", lambda: signal.emit(without))


def _add(
    menu: QMenu,
    name: str,
    run: Callable[[], object],
    is_enabled: bool = True,
    icon_name: str = "",
    why_not: str = "",
) -> QAction:
    action = QAction(QCoreApplication.translate("grid", _WORDS[name]), menu)
    action.setObjectName(f"{menu.objectName()}_{name}")
    if icon_name:
        action.setIcon(icon(icon_name))
    action.setEnabled(is_enabled)
    action.setToolTip("" if is_enabled else why_not)
    action.triggered.connect(lambda _checked=False: run())
    menu.addAction(action)
    return action
