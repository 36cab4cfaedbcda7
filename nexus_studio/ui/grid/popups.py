"""Popup: a small window over the others that closes with Escape or a click beside it, and stays on the screen."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QVBoxLayout, QWidget

MARGIN: Final = 12
SPACING: Final = 8
_GAP: Final = 2  # pixels between a popup and what it hangs below
_EDGE: Final = 4  # pixels to the edge of the screen


class Popup(QFrame):
    """A frame with a column of widgets. Escape closes it; Return presses the focused button, or accepts.

    A popup may open another one as its child: only the uppermost gets keys, and goes first.
    """

    def __init__(self, name: str, width: int, parent: QWidget | None = None) -> None:
        """Make a popup at least `width` pixels wide; `name` becomes its objectName."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("popup", True)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.rows.setSpacing(SPACING)
        self._least = width
        self.setMinimumWidth(width)

    def open_below(self, widget: QWidget) -> None:
        """Show the popup below a widget; above it, or moved aside, where the screen ends."""
        self.fit()
        corner = widget.mapToGlobal(QPoint(0, 0))
        screen = widget.screen().availableGeometry()
        self.move(place_beside(QRect(corner, widget.size()), QRect(QPoint(0, 0), self.size()), screen))
        self.show()
        self.focus_first()

    def focus_first(self) -> None:
        """Give the focus to the field a person begins with."""

    def accept(self) -> None:
        """Do what Return means."""

    def fit(self) -> None:
        """Be as high as what is shown needs: a layout keeps the height of what was hidden until it is asked anew."""
        layout = self.rows
        layout.invalidate()
        layout.activate()
        # The "total" ones count the frame's own border.
        least = layout.totalMinimumSize()
        width = max(self._least, least.width())
        wanted = layout.totalSizeHint().height()
        height = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else wanted
        self.resize(width, max(height, least.height()))
        if self.isVisible():
            self._keep_on_screen()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close, press or accept."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            focused = self.focusWidget()
            if isinstance(focused, QAbstractButton) and focused.isEnabled():
                focused.click()
            else:
                self.accept()
        else:
            super().keyPressEvent(event)

    def _keep_on_screen(self) -> None:
        screen = self.screen().availableGeometry()
        over = self.geometry().bottom() + _EDGE - screen.bottom()
        if over > 0:
            self.move(self.x(), max(screen.top() + _EDGE, self.y() - over))


def place_beside(over: QRect, popup: QRect, screen: QRect) -> QPoint:
    """Return where a popup goes that belongs to the rectangle `over`: below it, else above, always on the screen."""
    inner = screen.adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
    x = max(inner.left(), min(over.left(), inner.right() - popup.width() + 1))
    below, above = over.bottom() + 1 + _GAP, over.top() - _GAP - popup.height()
    if below + popup.height() - 1 <= inner.bottom():
        return QPoint(x, below)
    if above >= inner.top():
        return QPoint(x, above)
    return QPoint(x, max(inner.top(), inner.bottom() - popup.height() + 1))
