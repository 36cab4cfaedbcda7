"""FilterMessage: the line below the filter bar that says what is going on or went wrong, with what to do next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from nexus_studio.ui.kit.icons import icon

_SIGN = 14  # pixels


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: the end of its button's objectName, its translated label, what it does."""

    name: str
    label: str
    run: Callable[[], object]


class FilterMessage(QWidget):
    """A sign, a sentence and buttons; hidden while there is nothing to say. A pressed button takes the line down."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filter_message")
        self._tone = ""
        self._sign = QLabel(self)
        self._text = QLabel(self)
        self._text.setObjectName("filter_message_text")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._buttons: list[QPushButton] = []
        self._close = QToolButton(self)
        self._close.setObjectName("filter_message_close")
        self._close.setIcon(icon("close", "text-muted"))
        self._close.setIconSize(QSize(12, 12))
        self._close.clicked.connect(self.hide_message)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        self._line, self._below = QHBoxLayout(), QHBoxLayout()
        self._line.setSpacing(8)
        self._below.setSpacing(8)
        self._below.setContentsMargins(_SIGN + 8, 0, 0, 0)  # under the text, not under the sign
        self._below.addStretch(1)
        rows.addLayout(self._line)
        rows.addLayout(self._below)
        self._line.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        self._line.addWidget(self._text, 1)
        self._line.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._retranslate()
        self.hide()

    @property
    def text(self) -> str:
        """What is said now; empty when nothing is."""
        return "" if self.isHidden() else self._text.text()

    def say(self, text: str, tone: str = "danger", steps: Sequence[Step] = ()) -> None:
        """Say something in one of the tones "danger", "warning", "info", with buttons for what can be done."""
        self._drop_buttons()
        self._tone = tone
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self._draw_sign()
        for step in steps:
            self._add_button(step, beside=len(steps) == 1)
        self.show()
        self.updateGeometry()

    def hide_message(self) -> None:
        """Take the line down."""
        self._drop_buttons()
        self._text.clear()
        self.hide()

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and colours: a label holds a picture, not an icon."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        if event.type() == QEvent.Type.PaletteChange and self._tone:
            self._draw_sign()

    def _add_button(self, step: Step, *, beside: bool) -> None:
        button = QPushButton(step.label, self)
        button.setObjectName(f"filter_step_{step.name}")
        button.setAccessibleName(step.label)
        button.setProperty("link", True)
        button.clicked.connect(lambda _checked=False: self._run(step))
        self._buttons.append(button)
        layout = self._line if beside else self._below
        layout.insertWidget(layout.count() - 1, button, 0, Qt.AlignmentFlag.AlignTop)

    def _run(self, step: Step) -> None:
        self.hide_message()
        step.run()

    def _drop_buttons(self) -> None:
        for button in self._buttons:
            self._line.removeWidget(button)
            self._below.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons.clear()

    def _draw_sign(self) -> None:
        name = {"danger": "error", "warning": "warning"}.get(self._tone, "info")
        self._sign.setPixmap(icon(name, self._tone).pixmap(_SIGN, _SIGN))

    def _retranslate(self) -> None:
        self._close.setToolTip(self.tr("Dismiss"))
        self._close.setAccessibleName(self.tr("Dismiss"))
