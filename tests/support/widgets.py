"""What every widget of ours must have, for tests, for the keyboard and for screen readers."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QSplitterHandle,
    QTabBar,
    QTextEdit,
    QWidget,
)

W = TypeVar("W", bound=QWidget)

INTERACTIVE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
)
"""The kinds of widgets a person acts on."""

_QTS_OWN_NAMES = ("qt_", "Scroll", "_q_")


def unnamed_widgets(root: QWidget) -> list[str]:
    """Return a line for each interactive widget below `root` that lacks an objectName or an accessibleName.

    Use it as `assert unnamed_widgets(window) == []`. Parts that Qt makes for itself (the line edit inside a combo box,
    scroll bars, headers, the buttons of a tab bar) do not count.
    """
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        if not isinstance(widget, INTERACTIVE) or _is_qts_own(widget):
            continue
        missing = [
            what
            for what, value in (("objectName", widget.objectName()), ("accessibleName", accessible_name(widget)))
            if not value
        ]
        if missing:
            found.append(f"{_path(widget, root)}: no {' and no '.join(missing)}")
    return sorted(found)


def unreachable_widgets(root: QWidget) -> list[str]:
    """Return a line for each visible, enabled interactive widget that neither Tab nor a shortcut reaches."""
    found = []
    for widget in root.findChildren(QWidget):
        if not isinstance(widget, INTERACTIVE) or _is_qts_own(widget):
            continue
        if not widget.isVisibleTo(root) or not widget.isEnabled():
            continue
        by_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        by_key = isinstance(widget, QAbstractButton) and (
            not widget.shortcut().isEmpty() or any(not action.shortcut().isEmpty() for action in widget.actions())
        )
        if not by_tab and not by_key:
            found.append(_path(widget, root))
    return sorted(found)


def accessible_name(widget: QWidget) -> str:
    """Return what a screen reader would say: the accessible name, or the text of a button."""
    if widget.accessibleName():
        return widget.accessibleName()
    return widget.text() if isinstance(widget, QAbstractButton) else ""


def _is_qts_own(widget: QWidget) -> bool:
    if isinstance(widget, QScrollBar | QHeaderView | QSplitterHandle):
        return True
    if widget.objectName().startswith(_QTS_OWN_NAMES):
        return True
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QComboBox | QAbstractSpinBox | QTabBar) or parent.inherits("QComboBoxPrivateContainer"):
            # A close button that we put on a tab is ours: it bears a name.
            return not (isinstance(parent, QTabBar) and widget.objectName())
        if isinstance(parent, QAbstractItemView) and widget.inherits("QTableCornerButton"):
            return True
        if isinstance(parent, QLineEdit) and widget.inherits("QLineEditIconButton"):
            return True
        parent = parent.parentWidget()
    return False


def _path(widget: QWidget, root: QWidget) -> str:
    names: list[str] = []
    current: QWidget | None = widget
    while current is not None:
        names.append(current.objectName() or type(current).__name__)
        if current is root:
            break
        current = current.parentWidget()
    return " > ".join(reversed(names))


def child(root: QWidget, kind: type[W], name: str) -> W:
    """Return the one widget of that kind and name below `root`; fails the test when there is none."""
    found = root.findChild(kind, name)
    assert found is not None, f"no {kind.__name__} {name!r}"
    return found
