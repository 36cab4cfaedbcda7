"""What can be done in the data panel, declared once: menus, shortcuts and palette come from here."""

from __future__ import annotations

from collections.abc import Callable

from nexus_studio.core.data.rowformats import Format
from nexus_studio.ui.grid.grid_menus import filter_by_current, sort_by_current
from nexus_studio.ui.kit.actions import ActionSpec, Menu
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.panels import Panel, PanelState
from nexus_studio.ui.panels.data.panel import DataPanel
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.panels.data.transfer.opening import open_export, open_import


def _panel(run: Callable[[DataPanel], object]) -> Callable[[Panel | None], None]:
    def called(panel: Panel | None) -> None:
        if isinstance(panel, DataPanel):
            run(panel)

    return called


def _page(run: Callable[[TablePage], object]) -> Callable[[Panel | None], None]:
    def called(panel: Panel | None) -> None:
        if isinstance(panel, DataPanel) and panel.page is not None:
            run(panel.page)

    return called


def _can(ability: str) -> Callable[[PanelState], bool]:
    return lambda state: state.panel == "data" and ability in state.can


def _shown(state: PanelState) -> bool:
    return state.panel == "data"


def _dirty(state: PanelState) -> bool:
    return state.panel == "data" and state.dirty and not state.busy


def _row(state: PanelState) -> bool:
    return state.panel == "data" and state.has_selection


def _writable_row(state: PanelState) -> bool:
    return _row(state) and state.writable and not state.busy


def _new_row(state: PanelState) -> bool:
    return _can("insert")(state) and not state.busy


DATA_ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "data.save",
        QT_TRANSLATE_NOOP("actions", "&Save changes"),
        _page(lambda page: page.saving.save()),
        "save",
        "Ctrl+S",
        Menu.FILE,
        _dirty,
        group=-1,
    ),
    ActionSpec(
        "data.review",
        QT_TRANSLATE_NOOP("actions", "&Review changes…"),
        _page(lambda page: page.saving.review()),
        "review",
        "Ctrl+Shift+S",
        Menu.FILE,
        _dirty,
        group=-1,
    ),
    ActionSpec(
        "data.discard",
        QT_TRANSLATE_NOOP("actions", "D&iscard changes"),
        _page(lambda page: page.saving.discard()),
        "discard",
        menu=Menu.FILE,
        enabled=_dirty,
        group=-1,
    ),
    ActionSpec(
        "data.undo",
        QT_TRANSLATE_NOOP("actions", "&Undo"),
        _page(lambda page: page.grid.undo()),
        "undo",
        "Ctrl+Z",
        Menu.EDIT,
        lambda state: state.panel == "data" and state.can_undo and not state.busy,
    ),
    ActionSpec(
        "data.redo",
        QT_TRANSLATE_NOOP("actions", "&Redo"),
        _page(lambda page: page.grid.redo()),
        "redo",
        "Ctrl+Shift+Z; Ctrl+Y",
        Menu.EDIT,
        lambda state: state.panel == "data" and state.can_redo and not state.busy,
    ),
    ActionSpec(
        "data.copy",
        QT_TRANSLATE_NOOP("actions", "&Copy\tCtrl+C"),
        _page(lambda page: page.grid.copy()),
        "copy",
        menu=Menu.EDIT,
        enabled=_row,
        group=1,
    ),
    ActionSpec(
        "data.copy_as",
        QT_TRANSLATE_NOOP("actions", "Copy a&s…\tCtrl+Shift+C"),
        _page(lambda page: page.grid.ask_copy()),
        menu=Menu.EDIT,
        enabled=_row,
        group=1,
    ),
    ActionSpec(
        "data.paste",
        QT_TRANSLATE_NOOP("actions", "&Paste\tCtrl+V"),
        _page(lambda page: page.grid.paste()),
        "paste",
        menu=Menu.EDIT,
        enabled=_writable_row,
        group=1,
    ),
    ActionSpec(
        "data.paste_rows",
        QT_TRANSLATE_NOOP("actions", "Paste as ne&w rows…\tCtrl+Shift+V"),
        _page(lambda page: page.grid.paste_rows()),
        "paste",
        menu=Menu.EDIT,
        enabled=_new_row,
        group=1,
    ),
    ActionSpec(
        "data.fill_down",
        QT_TRANSLATE_NOOP("actions", "Fill d&own\tCtrl+J"),
        _page(lambda page: page.grid.fill_down()),
        menu=Menu.EDIT,
        enabled=_writable_row,
        group=1,
    ),
    ActionSpec(
        "data.replace",
        QT_TRANSLATE_NOOP("actions", "Find and replac&e…\tCtrl+H"),
        _page(lambda page: page.grid.find_and_replace()),
        menu=Menu.EDIT,
        enabled=_writable_row,
        group=1,
    ),
    ActionSpec(
        "data.reveal",
        QT_TRANSLATE_NOOP("actions", "Reveal the masked value…"),
        _page(lambda page: page.grid.reveal()),
        "eye",
        enabled=_row,
    ),
    ActionSpec(
        "data.select_all",
        QT_TRANSLATE_NOOP("actions", "Select &all\tCtrl+A"),
        _page(lambda page: page.grid.select_all()),
        menu=Menu.EDIT,
        enabled=_can("rows"),
        group=2,
    ),
    ActionSpec(
        "data.copy_headers",
        QT_TRANSLATE_NOOP("actions", "Copy as tabs, with headers"),
        _page(lambda page: page.grid.copy(Format.TSV_HEADERS)),
        "copy",
        enabled=_can("rows"),
    ),
    ActionSpec(
        "data.copy_csv",
        QT_TRANSLATE_NOOP("actions", "Copy as CSV"),
        _page(lambda page: page.grid.copy(Format.CSV)),
        "copy",
        enabled=_can("rows"),
    ),
    ActionSpec(
        "data.copy_json",
        QT_TRANSLATE_NOOP("actions", "Copy as JSON"),
        _page(lambda page: page.grid.copy(Format.JSON)),
        "copy",
        enabled=_can("rows"),
    ),
    ActionSpec(
        "data.copy_sql",
        QT_TRANSLATE_NOOP("actions", "Copy as SQL INSERT"),
        _page(lambda page: page.grid.copy(Format.SQL)),
        "copy",
        enabled=_can("rows"),
    ),
    ActionSpec(
        "data.copy_markdown",
        QT_TRANSLATE_NOOP("actions", "Copy as Markdown"),
        _page(lambda page: page.grid.copy(Format.MARKDOWN)),
        "copy",
        enabled=_can("rows"),
    ),
    ActionSpec(
        "data.add_up",
        QT_TRANSLATE_NOOP("actions", "Add up the selected cells"),
        _page(lambda page: page.grid.add_up()),
        enabled=_can("rows"),
    ),
    ActionSpec(
        "data.insert",
        QT_TRANSLATE_NOOP("actions", "&New row"),
        _page(lambda page: page.grid.insert_row()),
        "plus",
        "Ctrl+I; Ctrl+Ins",
        Menu.ROWS,
        _new_row,
    ),
    ActionSpec(
        "data.duplicate",
        QT_TRANSLATE_NOOP("actions", "&Duplicate row"),
        _page(lambda page: page.grid.duplicate_rows()),
        "copy",
        "Ctrl+D",
        Menu.ROWS,
        lambda state: _row(state) and _new_row(state),
    ),
    ActionSpec(
        "data.delete",
        QT_TRANSLATE_NOOP("actions", "De&lete row"),
        _page(lambda page: page.grid.delete_rows()),
        "trash",
        "Ctrl+Del",
        Menu.ROWS,
        _writable_row,
    ),
    ActionSpec(
        "data.null",
        QT_TRANSLATE_NOOP("actions", "Set to &NULL"),
        _page(lambda page: page.grid.set_null()),
        "null",
        "Ctrl+0",
        Menu.ROWS,
        _writable_row,
        group=1,
    ),
    ActionSpec(
        "data.export",
        QT_TRANSLATE_NOOP("actions", "&Export…"),
        _panel(open_export),
        "external",
        "Ctrl+E",
        Menu.ROWS,
        _can("rows"),
        group=2,
    ),
    ActionSpec(
        "data.import",
        QT_TRANSLATE_NOOP("actions", "&Import…"),
        _panel(open_import),
        "folder",
        "Ctrl+Shift+E",
        Menu.ROWS,
        _can("rows"),
        group=2,
    ),
    ActionSpec(
        "data.go_to_row",
        QT_TRANSLATE_NOOP("actions", "Go to &row…"),
        _page(lambda page: page.grid.ask_row()),
        "row",
        "Ctrl+G",
        Menu.GO,
        _can("rows"),
    ),
    ActionSpec(
        "data.follow",
        QT_TRANSLATE_NOOP("actions", "Open the row it &points to"),
        _page(lambda page: page.grid.follow()),
        "link",
        "Ctrl+Return",
        Menu.GO,
        _row,
    ),
    ActionSpec(
        "data.back",
        QT_TRANSLATE_NOOP("actions", "&Back"),
        _panel(DataPanel.go_back),
        "back",
        "Alt+Left",
        Menu.GO,
        _can("back"),
        group=1,
    ),
    ActionSpec(
        "data.forward",
        QT_TRANSLATE_NOOP("actions", "&Forward"),
        _panel(DataPanel.go_forward),
        "forward",
        "Alt+Right",
        Menu.GO,
        _can("forward"),
        group=1,
    ),
    ActionSpec(
        "data.tree",
        QT_TRANSLATE_NOOP("actions", "Find a &table"),
        _panel(lambda panel: panel.tree.setFocus()),
        "search",
        "Ctrl+T",
        Menu.GO,
        group=2,
    ),
    ActionSpec(
        "data.next_area",
        QT_TRANSLATE_NOOP("actions", "Next &area"),
        _panel(lambda panel: panel.step_area(1)),
        shortcut="F6",
        menu=Menu.GO,
        enabled=_shown,
        group=2,
    ),
    ActionSpec(
        "data.previous_area",
        QT_TRANSLATE_NOOP("actions", "&Previous area"),
        _panel(lambda panel: panel.step_area(-1)),
        shortcut="Shift+F6",
        menu=Menu.GO,
        enabled=_shown,
        group=2,
    ),
    ActionSpec(
        "data.next_tab",
        QT_TRANSLATE_NOOP("actions", "Ne&xt tab"),
        _panel(lambda panel: panel.step_tab(1)),
        shortcut="Ctrl+Tab; Ctrl+PgDown",
        menu=Menu.GO,
        enabled=_can("rows"),
        group=2,
    ),
    ActionSpec(
        "data.previous_tab",
        QT_TRANSLATE_NOOP("actions", "Previo&us tab"),
        _panel(lambda panel: panel.step_tab(-1)),
        shortcut="Ctrl+Shift+Tab; Ctrl+PgUp",
        menu=Menu.GO,
        enabled=_can("rows"),
        group=2,
    ),
    ActionSpec(
        "data.filter",
        QT_TRANSLATE_NOOP("actions", "&Filter rows"),
        _page(TablePage.begin_filter),
        "filter",
        "Ctrl+F; Ctrl+Shift+F",
        Menu.VIEW,
        _can("rows"),
    ),
    ActionSpec(
        "data.filter_sql",
        QT_TRANSLATE_NOOP("actions", "Filter by S&QL condition…"),
        _page(lambda page: page.filter_bar.begin_sql()),
        "terminal",
        menu=Menu.VIEW,
        enabled=_can("rows"),
    ),
    ActionSpec(
        "data.filter_saved",
        QT_TRANSLATE_NOOP("actions", "&Saved filters…"),
        _page(lambda page: page.filter_bar.show_saved()),
        "bookmark",
        menu=Menu.VIEW,
        enabled=_can("rows"),
    ),
    ActionSpec(
        "data.filter_value",
        QT_TRANSLATE_NOOP("actions", "Filter by this &value"),
        _page(lambda page: filter_by_current(page.grid)),
        menu=Menu.VIEW,
        enabled=_can("cell_value"),
    ),
    ActionSpec(
        "data.sort_ascending",
        QT_TRANSLATE_NOOP("actions", "Sort by this column, &ascending"),
        _page(lambda page: sort_by_current(page.grid, descending=False)),
        "sort-asc",
        menu=Menu.VIEW,
        enabled=_row,
    ),
    ActionSpec(
        "data.sort_descending",
        QT_TRANSLATE_NOOP("actions", "Sort by this column, &descending"),
        _page(lambda page: sort_by_current(page.grid, descending=True)),
        "sort-desc",
        menu=Menu.VIEW,
        enabled=_row,
    ),
    ActionSpec(
        "data.refresh",
        QT_TRANSLATE_NOOP("actions", "&Refresh"),
        _panel(DataPanel.refresh),
        "refresh",
        "F5; Ctrl+R",
        Menu.VIEW,
        _shown,
    ),
    ActionSpec(
        "data.live",
        QT_TRANSLATE_NOOP("actions", "Refresh by &itself"),
        _page(lambda page: page.live.toggle()),
        shortcut="Shift+F5",
        menu=Menu.VIEW,
        enabled=_can("rows"),
        checked=lambda state: state.panel == "data" and "live" in state.can,
    ),
    ActionSpec(
        "data.columns",
        QT_TRANSLATE_NOOP("actions", "Colu&mns…"),
        _page(lambda page: page.grid.choose_columns()),
        "columns",
        "Ctrl+Shift+L",
        Menu.VIEW,
        _can("rows"),
    ),
    ActionSpec(
        "data.close_tab",
        QT_TRANSLATE_NOOP("actions", "&Close tab"),
        _panel(DataPanel.close_tab),
        "close",
        "Ctrl+W",
        Menu.VIEW,
        _can("rows"),
        group=1,
    ),
)
