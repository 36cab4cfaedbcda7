"""What of a window can't be read whole: buttons, labels and heads of columns that have less room than their words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QTabBar,
    QToolButton,
    QWidget,
)

from nexus_studio.ui.kit.elided import ElidedButton, ElidedLabel

_BUTTONS = (QPushButton, QToolButton, QCheckBox, QRadioButton)
_SLACK = 1  # pixels
_EDGE = 12  # pixels that the frame of a field takes
_HEAD = 8  # pixels beside the words of a head, the least of it


def clipped_texts(root: QWidget) -> list[str]:
    """Return a line for each text in sight below `root` that is cut. What gives way on purpose does not count."""
    found = [said for widget in [root, *root.findChildren(QWidget)] if _is_seen(widget) for said in _cut(widget)]
    return sorted(set(found))


def _is_seen(widget: QWidget) -> bool:
    return widget.isVisible() and not widget.visibleRegion().isEmpty()


def _cut(widget: QWidget) -> list[str]:
    if isinstance(widget, ElidedLabel | ElidedButton):
        return []
    if isinstance(widget, QAbstractButton):
        need = widget.sizeHint().width() if isinstance(widget, _BUTTONS) and widget.text() else 0
        return _line(widget, widget.text(), widget.width(), need)
    if isinstance(widget, QLabel):
        return _cut_label(widget)
    if isinstance(widget, QLineEdit) and not widget.text():
        words = widget.placeholderText()
        return _line(widget, words, widget.width() - _EDGE, widget.fontMetrics().horizontalAdvance(words))
    if isinstance(widget, QTabBar):
        tabs = range(widget.count())
        return [
            said
            for tab in tabs
            for said in _line(widget, widget.tabText(tab), widget.tabRect(tab).width(), widget.tabSizeHint(tab).width())
        ]
    return _cut_heads(widget) if isinstance(widget, QHeaderView) else []


def _cut_label(label: QLabel) -> list[str]:
    if not label.text() or not label.pixmap().isNull():
        return []
    if label.wordWrap():
        return _line(label, label.text(), label.height(), label.heightForWidth(label.width()))
    return _line(label, label.text(), label.width(), label.sizeHint().width())


def _cut_heads(header: QHeaderView) -> list[str]:
    found: list[str] = []
    model = header.model()
    if model is None or header.orientation() != Qt.Orientation.Horizontal:
        return found
    for section in range(header.count()):
        words = str(model.headerData(section, Qt.Orientation.Horizontal) or "")
        if words and not header.isSectionHidden(section):
            need = header.fontMetrics().horizontalAdvance(words) + _HEAD
            found += _line(header, words, header.sectionSize(section), need)
    return found


def _line(widget: QWidget, words: str, room: int, need: int) -> list[str]:
    return (
        [f"{widget.objectName() or type(widget).__name__}: {words!r} {room} < {need}"] if need > room + _SLACK else []
    )
