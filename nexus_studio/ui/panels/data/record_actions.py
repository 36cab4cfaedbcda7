"""What can be done with one row as a whole: its form, and its copy with rows that point to it."""

from __future__ import annotations

from nexus_studio.ui.kit.actions import ActionSpec, Menu
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.panels import Panel, PanelState
from nexus_studio.ui.panels.data.panel import DataPanel


def _show_form(panel: Panel | None) -> None:
    if isinstance(panel, DataPanel) and panel.page is not None:
        panel.page.show_form()


def _step(by: int, panel: Panel | None) -> None:
    if isinstance(panel, DataPanel) and panel.page is not None and panel.page.form is not None:
        panel.page.form.step(by)


def _duplicate(panel: Panel | None) -> None:
    if isinstance(panel, DataPanel) and panel.page is not None:
        panel.duplicate(panel.page)


def _copyable(state: PanelState) -> bool:
    return state.panel == "data" and state.has_selection and "insert" in state.can and not state.busy


def _row(state: PanelState) -> bool:
    return state.panel == "data" and "rows" in state.can


def _in_form(state: PanelState) -> bool:
    return state.panel == "data" and "form" in state.can


RECORD_ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "data.duplicate_with",
        QT_TRANSLATE_NOOP("actions", "Duplicate &with related rows…"),
        _duplicate,
        "copy",
        "Ctrl+Shift+D",
        Menu.ROWS,
        _copyable,
    ),
    ActionSpec(
        "data.form",
        QT_TRANSLATE_NOOP("actions", "Row as a f&orm"),
        _show_form,
        "row",
        "F8",
        Menu.VIEW,
        _row,
        checked=_in_form,
    ),
    ActionSpec(
        "data.form_next",
        QT_TRANSLATE_NOOP("actions", "Next row of the form\tCtrl+Down"),
        lambda panel: _step(1, panel),
        "chevron-down",
        enabled=_in_form,
    ),
    ActionSpec(
        "data.form_previous",
        QT_TRANSLATE_NOOP("actions", "Previous row of the form\tCtrl+Up"),
        lambda panel: _step(-1, panel),
        "chevron-up",
        enabled=_in_form,
    ),
)
