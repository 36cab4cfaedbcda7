"""CostBar: what the question costs that is being asked, before it is paid; with a stop, or with a choice."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from nexus_studio.core.data.cost import QueryCost
from nexus_studio.ui.grid.cost_words import cost_words, index_words
from nexus_studio.ui.grid.index_dialog import IndexDialog
from nexus_studio.ui.kit.icons import icon

PATIENCE_MS: Final = 300
"""How long a question runs before it is said what it costs: what comes at once needs no words."""

_SIGN: Final = 16  # pixels


class CostBar(QFrame):
    """Says what a question costs: "Sorting ~10,000,000 rows by name without an index: about 5 seconds. [Stop]".

    `show_cost` when it is known, `clear` once rows are here or nothing is asked any more. Where the cost needs a yes
    the bar asks at once and stays until it is answered; else it waits for `PATIENCE_MS` first. `lie_over` rows it moves
    none of them when it comes and goes.
    """

    stop_asked = Signal()  # the running question shall be stopped
    go_on_asked = Signal()  # yes, ask it
    give_up_asked = Signal()  # no, leave it
    shown_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cost_bar")
        self.setProperty("strip", True)
        self._cost: QueryCost | None = None
        self._is_asking = False
        self._rows: QAbstractScrollArea | None = None
        self._before: QWidget | None = None
        self._sign = QLabel(self)
        self._words = QLabel(self)
        self._words.setObjectName("cost_words")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._stop = self._button("cost_stop", self.stop_asked)
        self._go_on = self._button("cost_go_on", self.go_on_asked)
        self._give_up = self._button("cost_give_up", self.give_up_asked)
        self._index = QPushButton(self)
        self._index.setObjectName("cost_index")
        self._index.setProperty("link", True)
        self._index.clicked.connect(self._show_index)
        self._go_on.clicked.connect(self._runs_now)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 6, 8, 6)
        line.setSpacing(8)
        line.addWidget(self._sign)
        line.addWidget(self._words, 1)
        for button in (self._index, self._stop, self._give_up, self._go_on):
            line.addWidget(button)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._appear)
        self._retranslate()
        self.hide()

    @property
    def is_asking(self) -> bool:
        """Whether a yes or no is waited for."""
        return self._is_asking and self._cost is not None

    def lie_over(self, rows: QAbstractScrollArea, before: QWidget) -> None:
        """Lie over the first of the rows below their header; Tab comes here from the last widget within `before`."""
        self._rows, self._before = rows, before
        self.setAutoFillBackground(True)
        rows.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as wide as the rows."""
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return super().eventFilter(watched, event)

    def show_cost(self, cost: QueryCost) -> None:
        """Say what the question just asked costs; nothing where it is not worth it."""
        self.clear()
        if not cost.is_worth_saying:
            return
        self._cost, self._is_asking = cost, cost.needs_consent
        self._fill()
        if self._is_asking:
            self._appear()
        else:
            self._patience.start()

    def clear(self) -> None:
        """Go away: rows are here, or another question is asked."""
        self._patience.stop()
        self._cost, self._is_asking = None, False
        if not self.isHidden():
            if self._rows is not None and self.isAncestorOf(self.window().focusWidget() or self.window()):
                self._rows.setFocus()
            self.hide()
            self.shown_changed.emit(False)

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and colours: a label holds a picture, not an icon."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange}:
            self._fill()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Escape as "leave it"."""
        if event.key() == Qt.Key.Key_Escape and self._cost is not None:
            (self.give_up_asked if self._is_asking else self.stop_asked).emit()
            return
        super().keyPressEvent(event)

    def _appear(self) -> None:
        if self._cost is None or not self.isHidden():
            return
        self._place()
        self.show()
        self.raise_()
        self._join_tab_order()
        self.shown_changed.emit(True)

    def _place(self) -> None:
        rows, parent = self._rows, self.parentWidget()
        if rows is None or parent is None:
            return
        corner = rows.mapTo(parent, QPoint(0, rows.viewport().y()))
        wide = rows.viewport().geometry().right() + 1
        high = self.heightForWidth(wide) if self.hasHeightForWidth() else self.sizeHint().height()
        self.setGeometry(QRect(corner, QSize(wide, high)))

    def _join_tab_order(self) -> None:
        """Come after the widget that Tab reaches last within the one before: chips are other widgets each time."""
        before = self._before
        if before is None:
            return
        last, walker = before, before.nextInFocusChain()
        while walker is not None and walker is not before:
            if before.isAncestorOf(walker) and walker.focusPolicy() & Qt.FocusPolicy.TabFocus:
                last = walker
            walker = walker.nextInFocusChain()
        for button in (self._index, self._stop, self._give_up, self._go_on):
            QWidget.setTabOrder(last, button)
            last = button

    def _runs_now(self) -> None:
        """Offer to stop what was just agreed to."""
        self._is_asking = False
        self._fill()

    def _fill(self) -> None:
        cost = self._cost
        if cost is None:
            return
        words = cost_words(cost)
        self._words.setText(words)
        self._words.setAccessibleName(words)
        self._words.setToolTip("" if cost.missing_index is None else index_words(cost.missing_index))
        name, tone = ("warning", "warning") if self._is_asking else ("info", "text-muted")
        self._sign.setPixmap(icon(name, tone).pixmap(QSize(_SIGN, _SIGN)))
        self.setFocusProxy(self._give_up if self._is_asking else self._stop)
        self._stop.setVisible(not self._is_asking)
        self._go_on.setVisible(self._is_asking)
        self._give_up.setVisible(self._is_asking)
        self._index.setVisible(cost.missing_index is not None)
        if cost.missing_index is not None:
            self._index.setToolTip(index_words(cost.missing_index))
        if not self.isHidden():
            self._place()

    def _show_index(self) -> None:
        if self._cost is not None and self._cost.missing_index is not None:
            IndexDialog(self._cost.missing_index, self.window()).open()

    def _button(self, name: str, asked: SignalInstance) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.clicked.connect(asked)
        return button

    def _retranslate(self) -> None:
        self.setAccessibleName(self.tr("Cost of the question"))
        for button, label, tip in (
            (self._stop, self.tr("Stop"), self.tr("Stop it on the server and go back to the rows before")),
            (self._go_on, self.tr("Run anyway"), self.tr("Ask it all the same; it can be stopped")),
            (self._give_up, self.tr("Cancel"), self.tr("Don't ask it; keep the rows shown")),
            (self._index, self.tr("Copy index…"), ""),
        ):
            button.setText(label)
            button.setAccessibleName(label)
            button.setToolTip(tip)
