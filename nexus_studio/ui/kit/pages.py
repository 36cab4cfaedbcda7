"""Big calm pages in place of content: what went wrong, or what there is to do when there is nothing yet."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nexus_studio.core.errors import StudioError
from nexus_studio.ui.kit.flow import FlowLayout
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import NextStep, details, labelled, sentence

_WIDTH = 560  # pixels; longer lines are hard to read
_COPY = "details.copy"


class CalmPage(QWidget):
    """An icon, a title, an explanation, room for something in the middle, and buttons; centred, of readable width."""

    chosen = Signal(str)  # action id of the button

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign = QLabel(self)
        self._title = self._label("title")
        self._explanation = self._label("muted")
        self._middle = QVBoxLayout()
        self._buttons = FlowLayout()
        self._icon_name = ("info", "text-muted")
        inner = QWidget(self)
        inner.setMaximumWidth(_WIDTH)
        column = QVBoxLayout(inner)
        column.setSpacing(12)
        for widget in (self._sign, self._title, self._explanation):
            column.addWidget(widget)
        column.addLayout(self._middle)
        column.addSpacing(4)
        column.addLayout(self._buttons)
        self._scrolled(inner)

    def set_words(self, icon_name: str, ink: str, title: str, explanation: str) -> None:
        """Show an icon in the colour of a token, and translated words."""
        self._icon_name = (icon_name, ink)
        self._sign.setPixmap(icon(icon_name, ink).pixmap(40, 40))
        self._title.setText(title)
        self._explanation.setText(explanation)
        self._explanation.setVisible(bool(explanation))
        for part in (self, self._area):  # the area takes the focus where words need scrolling
            part.setAccessibleName(title)
            part.setAccessibleDescription(explanation)

    def set_steps(self, steps: tuple[NextStep, ...]) -> None:
        """Offer next steps as buttons; the first is the one that most people want."""
        while (item := self._buttons.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for number, step in enumerate(steps):
            button = QPushButton(step.label, self)
            button.setObjectName(f"step_{step.action.replace('.', '_')}")
            button.setAccessibleName(step.label)
            button.setProperty("primary", number == 0)
            button.clicked.connect(partial(self._choose, step.action))
            self._buttons.addWidget(button)
            if number == 0:
                self.setFocusProxy(button)

    def changeEvent(self, event: QEvent) -> None:
        """Redraw the icon when the colours change: a label holds a picture, not an icon."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and not self._sign.pixmap().isNull():
            name, ink = self._icon_name
            self._sign.setPixmap(icon(name, ink).pixmap(40, 40))

    def _choose(self, action: str, _checked: bool = False) -> None:
        self.chosen.emit(action)

    def _label(self, look: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(f"page_{look}")
        label.setProperty(look, True)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _scrolled(self, inner: QWidget) -> None:
        page = QWidget(self)
        grid = QGridLayout(page)
        grid.setContentsMargins(32, 32, 32, 32)
        grid.addWidget(inner, 1, 1)
        for side in (0, 2):
            grid.setColumnStretch(side, 1)
            grid.setRowStretch(side, 2 if side else 1)
        grid.setColumnStretch(1, 1000)
        self._area = area = QScrollArea(self)
        area.setObjectName("calm_area")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)


class EmptyPage(CalmPage):
    """What there is to do where there is nothing yet."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("empty_page")

    def show_words(self, icon_name: str, title: str, explanation: str = "", steps: tuple[NextStep, ...] = ()) -> None:
        """Show translated words and next steps."""
        self.set_words(icon_name, "text-muted", title, explanation)
        self.set_steps(steps)


class ErrorPage(CalmPage):
    """An error in words, the server's own words framed below, and what can be done.

    `chosen` carries the id of a next step (`wording_tables.NEXT_STEPS`); copying the details is done here.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("error_page")
        self._error: StudioError | None = None
        self._extra: tuple[NextStep, ...] = ()
        self._frame = QFrame(self)
        self._frame.setObjectName("server_frame")
        self._frame.setProperty("card", True)
        self._words = QLabel(self._frame)
        self._words.setObjectName("server_words")
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        inside = QVBoxLayout(self._frame)
        inside.setContentsMargins(12, 10, 12, 10)
        inside.addWidget(self._words)
        self._middle.addWidget(self._frame)

    def show_error(self, error: StudioError, extra_steps: tuple[NextStep, ...] = ()) -> None:
        """Show an error; `extra_steps` come after its own."""
        self._error, self._extra = error, extra_steps
        said = sentence(error)
        self.set_words("error", "danger", said.title, said.explanation)
        self._words.setFont(monospace_font())
        self._words.setText("\n".join(labelled(label, words) for label, words in said.server_words))
        self._words.setAccessibleName(self.tr("PostgreSQL's own words"))
        self._frame.setVisible(bool(said.server_words))
        steps = tuple(step for step in (*said.next_steps, *extra_steps) if step.action != _COPY)
        self.set_steps((*steps, NextStep(_COPY, self.tr("Copy details"))))
        if not steps:
            button = self.findChild(QPushButton, "step_details_copy")
            if isinstance(button, QPushButton):
                button.setProperty("primary", False)
        if self.isVisible():
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin on the first button: what had the focus before is under this page."""
        super().showEvent(event)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and self._error is not None:
            self.show_error(self._error, self._extra)

    def _choose(self, action: str, _checked: bool = False) -> None:
        if action == _COPY and self._error is not None:
            QGuiApplication.clipboard().setText(details(self._error))
        else:
            super()._choose(action)
