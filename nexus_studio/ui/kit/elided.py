"""ElidedLabel, ElidedButton: one line of text that gives way when there is no room, and says so with "…"."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QToolTip,
    QWidget,
)

_LEAST: Final = 48  # pixels
_BETWEEN: Final = "  ·  "
_MORE: Final = "…"
_SLACK: Final = 4  # pixels: letters reach a little beyond where metrics end


class ElidedLabel(QLabel):
    """A line made of pieces. The last ones are left out first, whole; a first piece too long by itself is cut.

    `text()` is what is seen, `whole` all of it: so the text can be selected, and what is seen can be tested.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pieces: tuple[str, ...] = ()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def whole(self) -> str:
        """All there is to say, whether it has room or not."""
        return _BETWEEN.join(self._pieces)

    def say(self, *pieces: str) -> None:
        """Show these pieces, the most important first."""
        self._pieces = pieces
        self.setAccessibleName(self.whole)
        self.updateGeometry()
        self._fit()

    def sizeHint(self) -> QSize:
        """Return the room that all of it needs."""
        margins = self.contentsMargins()  # a style sheet's padding is among them
        return QSize(self._width(self.whole) + margins.left() + margins.right(), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return the room below which nothing could be read."""
        return QSize(min(_LEAST, self.sizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say as much as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Measure another font."""
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self._fit()

    def _width(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text) + _SLACK

    def _fit(self) -> None:
        room = self.contentsRect().width()
        shown = self.whole
        count = len(self._pieces)
        while count > 1 and self._width(shown) > room:
            count -= 1
            shown = _BETWEEN.join((*self._pieces[:count], _MORE))
        if self._pieces and self._width(shown) > room:
            first = self._pieces[0] + (_MORE if len(self._pieces) > 1 else "")
            shown = self.fontMetrics().elidedText(first, Qt.TextElideMode.ElideRight, room - _SLACK)
        if shown != self.text():
            self.setText(shown)


class ElidedButton(QPushButton):
    """A button in a list: a text too long for its width loses its middle, and is told by the tool tip then.

    `text()` is the whole text.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)  # others never give way

    def minimumSizeHint(self) -> QSize:
        """Return the room below which nothing could be read."""
        hint = super().minimumSizeHint()
        return QSize(min(_LEAST, hint.width()), hint.height())

    def event(self, event: QEvent) -> bool:
        """Tell what is not seen."""
        if isinstance(event, QHelpEvent) and self.width() < self.sizeHint().width():
            QToolTip.showText(event.globalPos(), self.text(), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much of the text as there is room for; what stands at its end is a number, and is kept."""
        del event
        option = QStyleOptionButton()
        self.initStyleOption(option)
        metrics = self.fontMetrics()
        around = self.sizeHint().width() - metrics.horizontalAdvance(option.text)
        option.text = metrics.elidedText(option.text, Qt.TextElideMode.ElideMiddle, self.width() - around)
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)
