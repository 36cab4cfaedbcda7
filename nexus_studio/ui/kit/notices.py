"""The one voice of the window: notices, their history, and the strip that shows them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.errors import StudioError
from nexus_studio.ui.kit.flow import FlowLayout
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.wording import details, labelled, sentence

HISTORY_LIMIT = 100
_LONGEST_EXPLANATION = 240  # characters; "Copy details" has it all
_SIGN = 16  # pixels
_MOST_BESIDE = 2  # buttons beside the text
QUIET_AFTER_MS = 6000  # information and success without buttons go by themselves


class Severity(Enum):
    """How grave a notice is; the value names icon and style."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class NoticeButton:
    """A next step: its translated label, and what it does (UI thread)."""

    label: str
    run: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell. A notice with the `key` of an earlier one takes its place.

    `text` and `explanation` are translated; `details` is what "Copy details" copies (empty: the texts themselves).
    """

    severity: Severity
    text: str
    explanation: str = ""
    buttons: tuple[NoticeButton, ...] = ()
    details: str = ""
    key: str = ""
    at: datetime = field(default_factory=lambda: datetime.now().astimezone())

    @property
    def copied(self) -> str:
        """What "Copy details" puts on the clipboard."""
        parts = (self.at.isoformat(timespec="seconds"), self.text, self.explanation, self.details)
        return "\n".join(part for part in parts if part)

    @property
    def is_fleeting(self) -> bool:
        """Whether it may go by itself."""
        return self.severity in {Severity.INFO, Severity.SUCCESS} and not self.buttons


class NoticeCenter(QObject):
    """Takes notices from anybody in the UI thread, keeps the last `HISTORY_LIMIT`, and says which one stands now."""

    changed = Signal()  # current() or history() is another
    chosen = Signal(str)  # id of the next step a person chose on an error's notice

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._standing: list[Notice] = []
        self._history: deque[Notice] = deque(maxlen=HISTORY_LIMIT)

    def post(self, notice: Notice) -> None:
        """Show a notice, in place of the standing one with its key."""
        if notice.key:
            self._standing = [other for other in self._standing if other.key != notice.key]
        self._standing.append(notice)
        self._history.append(notice)
        self.changed.emit()

    def info(self, text: str, *, explanation: str = "", buttons: tuple[NoticeButton, ...] = (), key: str = "") -> None:
        """Tell something worth knowing."""
        self.post(Notice(Severity.INFO, text, explanation, buttons, key=key))

    def success(
        self, text: str, *, explanation: str = "", buttons: tuple[NoticeButton, ...] = (), key: str = ""
    ) -> None:
        """Tell that something worked."""
        self.post(Notice(Severity.SUCCESS, text, explanation, buttons, key=key))

    def warning(
        self, text: str, *, explanation: str = "", buttons: tuple[NoticeButton, ...] = (), key: str = ""
    ) -> None:
        """Tell of something to look at."""
        self.post(Notice(Severity.WARNING, text, explanation, buttons, key=key))

    def failed(
        self, error: StudioError, *, what: str = "", buttons: tuple[NoticeButton, ...] = (), key: str = ""
    ) -> None:
        """Tell of an error in words; `what` is the translated name of what was tried. Its next steps become buttons."""
        said = sentence(error)
        steps = tuple(NoticeButton(step.label, partial(self.chosen.emit, step.action)) for step in said.next_steps)
        text = labelled(what, said.title) if what else said.title
        explanation = "\n".join(part for part in (said.explanation, said.server_message) if part)
        self.post(Notice(Severity.ERROR, text, explanation, (*buttons, *steps), details(error), key))

    def dismiss(self, notice: Notice) -> None:
        """Take a notice down; the history keeps it."""
        self._standing = [other for other in self._standing if other is not notice]
        self.changed.emit()

    def withdraw(self, key: str) -> None:
        """Take down what stands under a key, when its cause is gone."""
        if any(notice.key == key for notice in self._standing):
            self._standing = [notice for notice in self._standing if notice.key != key]
            self.changed.emit()

    def current(self) -> Notice | None:
        """Return the notice to show: the newest of the gravest."""
        order = list(Severity)
        return max(reversed(self._standing), key=lambda notice: order.index(notice.severity), default=None)

    def standing(self) -> tuple[Notice, ...]:
        """Return all notices not dismissed, oldest first."""
        return tuple(self._standing)

    def history(self) -> tuple[Notice, ...]:
        """Return the last notices, newest first."""
        return tuple(reversed(self._history))

    def forget(self) -> None:
        """Take everything down and clear the history."""
        self._standing.clear()
        self._history.clear()
        self.changed.emit()


class NoticeStrip(QFrame):
    """One line across the window that shows the center's current notice; hidden when there is none."""

    history_asked = Signal()  # the person wants to see earlier notices

    def __init__(self, center: NoticeCenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice_strip")
        self.setProperty("strip", True)
        self._center = center
        self._shown: Notice | None = None
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET_AFTER_MS)
        self._quiet.timeout.connect(self._dismiss)
        self._build()
        center.changed.connect(self._refresh)
        self._retranslate()
        self._refresh()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language; redraw the icon when the colours change: a label holds a picture, not an icon."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._shown is not None:
            self._draw_sign(self._shown)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons where there is room for them."""
        super().resizeEvent(event)
        self._place_buttons()

    def _build(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 6, 8, 6)
        rows.setSpacing(4)
        line = QHBoxLayout()
        line.setSpacing(8)
        rows.addLayout(line)
        self._below = QWidget(self)
        self._below.hide()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self._below.setSizePolicy(policy)
        self._flow = FlowLayout(self._below)
        self._flow.setContentsMargins(_SIGN + 8, 0, 0, 0)  # under the text, not under the icon
        rows.addWidget(self._below)
        self._made: list[QPushButton] = []
        self._icon = QLabel(self)
        self._text = QLabel(self)
        self._text.setObjectName("notice_text")
        self._text.setProperty("strong", True)
        self._explanation = QLabel(self)
        self._explanation.setObjectName("notice_explanation")
        self._explanation.setProperty("muted", True)
        for label in (self._text, self._explanation):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._text)
        words.addWidget(self._explanation)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(4)
        self._more = QPushButton(self)
        self._more.setObjectName("notice_more")
        self._more.setProperty("link", True)
        self._more.clicked.connect(self.history_asked)
        self._copy = QToolButton(self)
        self._copy.setObjectName("notice_copy")
        self._copy.setIcon(icon("copy", "text-muted"))
        self._copy.clicked.connect(self._copy_details)
        self._close = QToolButton(self)
        self._close.setObjectName("notice_close")
        self._close.setIcon(icon("close", "text-muted"))
        self._close.clicked.connect(self._dismiss)
        line.addWidget(self._icon)
        line.addLayout(words, 1)
        line.addLayout(self._buttons)
        for button in (self._more, self._copy, self._close):
            line.addWidget(button)

    def _refresh(self) -> None:
        notice = self._center.current()
        others = len(self._center.standing()) - 1
        self._more.setVisible(others > 0)
        self._more.setText(self.tr("%Ln more", "further notices", others))
        if notice is not self._shown:
            self._shown = notice
            self._show(notice)
        self.setVisible(notice is not None)

    def _show(self, notice: Notice | None) -> None:
        self._quiet.stop()
        for former in self._made:
            former.hide()
            former.deleteLater()
        self._made.clear()
        if notice is None:
            return
        self.setProperty("severity", notice.severity.value)
        self.style().unpolish(self)
        self.style().polish(self)
        self._draw_sign(notice)
        self._text.setText(notice.text)
        explanation = notice.explanation
        if len(explanation) > _LONGEST_EXPLANATION:
            explanation = f"{explanation[:_LONGEST_EXPLANATION]}…"
        self._explanation.setText(explanation)
        self._explanation.setVisible(bool(notice.explanation))
        by_label = {button.label: button for button in reversed(notice.buttons)}  # of two alike, the first
        for number, button in enumerate(one for one in notice.buttons if by_label[one.label] is one):
            self._add_button(number, button)
        self._place_buttons()
        if notice.is_fleeting:
            self._quiet.start()

    def _add_button(self, number: int, button: NoticeButton) -> None:
        made = QPushButton(button.label, self)
        made.setObjectName(f"notice_button_{number}")
        made.setAccessibleName(button.label)
        made.clicked.connect(lambda _checked=False: self._run(button))
        self._made.append(made)

    def _place_buttons(self) -> None:
        """Put the buttons beside the text; below it when they are many or would leave it less than half the line."""
        wanted = sum(button.sizeHint().width() + self._buttons.spacing() for button in self._made)
        is_below = len(self._made) > _MOST_BESIDE or (bool(self._made) and wanted > self.width() // 2)
        layout: QLayout = self._flow if is_below else self._buttons
        self._below.setVisible(is_below)
        for button in self._made:
            if layout.indexOf(button) < 0:
                self._buttons.removeWidget(button)
                self._flow.removeWidget(button)
                layout.addWidget(button)
                button.show()

    def _draw_sign(self, notice: Notice) -> None:
        token = "danger" if notice.severity is Severity.ERROR else notice.severity.value
        self._icon.setPixmap(icon(notice.severity.value, token).pixmap(_SIGN, _SIGN))

    def _run(self, button: NoticeButton) -> None:
        self._dismiss()
        button.run()

    def _dismiss(self) -> None:
        if self._shown is not None:
            self._center.dismiss(self._shown)

    def _copy_details(self) -> None:
        if self._shown is not None:
            QGuiApplication.clipboard().setText(self._shown.copied)

    def _retranslate(self) -> None:
        self.setAccessibleName(self.tr("Notice"))
        self._copy.setToolTip(self.tr("Copy details"))
        self._copy.setAccessibleName(self.tr("Copy details"))
        self._close.setToolTip(self.tr("Dismiss"))
        self._close.setAccessibleName(self.tr("Dismiss"))
        self._more.setAccessibleName(self.tr("Show earlier notices"))
