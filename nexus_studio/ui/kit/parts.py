"""Small parts that pages and dialogs are made of: labels, cards, and a list of cards that scrolls."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.ui.kit.icons import icon

_SIGN = 16  # pixels
_INSET = 5


def label(text: str, *looks: str, tone: str = "", selectable: bool = False, name: str = "") -> QLabel:
    """Make a wrapped label of plain text. `looks` are properties of the style sheet: "muted", "strong", "subtitle"."""
    made = QLabel(text)
    made.setObjectName(name)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    for look in looks:
        made.setProperty(look, True)
    if tone:
        made.setProperty("tone", tone)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return made


class Sign(QLabel):
    """An icon in the colour of a token, redrawn when the theme changes."""

    def __init__(self, name: str, ink: str, size: int = _SIGN, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = size
        self._shown = (name, ink)
        self.setFixedSize(size, size)
        self.set_sign(name, ink)

    def set_sign(self, name: str, ink: str) -> None:
        """Show another icon."""
        self._shown = (name, ink)
        self.setPixmap(icon(name, ink).pixmap(self._size, self._size))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the colours: a label holds a picture, not an icon."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.set_sign(*self._shown)


def line(*widgets: QWidget, stretch: int = 1, spacing: int = 8) -> QHBoxLayout:
    """Lay widgets side by side; the one numbered `stretch` takes the room that is left."""
    made = QHBoxLayout()
    made.setSpacing(spacing)
    for number, widget in enumerate(widgets):
        sign = isinstance(widget, Sign)
        made.addWidget(widget, int(number == stretch), Qt.AlignmentFlag.AlignTop if sign else Qt.AlignmentFlag(0))
    return made


def give_room(*boxes: QAbstractSpinBox) -> None:
    """Keep the text of spin boxes off their left edge.

    Qt leaves a style sheet's padding out on the side without arrows.
    """
    for box in boxes:
        if (edit := box.findChild(QLineEdit)) is not None:
            edit.setTextMargins(_INSET, 0, 0, 0)


class Card(QFrame):
    """A framed block with a sign, a title and lines below it. `severity`: "", "info", "success", "warning", "error"."""

    def __init__(self, title: str = "", *, sign: str = "", ink: str = "text-muted", severity: str = "") -> None:
        super().__init__()
        self.setProperty("card", True)
        if severity:
            self.setProperty("severity", severity)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(12, 10, 12, 10)
        self.body.setSpacing(4)
        if title:
            heading = label(title, "strong", selectable=True)
            self.body.addLayout(line(Sign(sign, ink), heading) if sign else line(heading, stretch=0))

    def add(self, widget: QWidget) -> None:
        """Add a widget below what is there."""
        self.body.addWidget(widget)


class CardList(QScrollArea):
    """Blocks below one another, as wide as there is room, scrolled when there are many."""

    def __init__(self, name: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(words)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clear()

    def add(self, widget: QWidget) -> None:
        """Add a block below the others."""
        self._column.insertWidget(self._column.count() - 1, widget)

    def clear(self) -> None:
        """Take all blocks away."""
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        column.addStretch(1)
        self._inside, self._column = inside, column
        old = self.takeWidget()  # `setWidget` alone would delete it at once, under whoever is just going through it
        self.setWidget(inside)
        if old is not None:
            old.hide()
            old.deleteLater()
