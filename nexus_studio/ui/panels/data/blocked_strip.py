"""BlockedStrip: who holds the lock that a save waits for, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Final

from PySide6.QtCore import QCoreApplication, QDateTime, QEvent, QLocale, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.activity import SessionRow
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.parts import Sign, label

CANCEL, TERMINATE = "activity.cancel", "activity.terminate"
_SHORT: Final = QLocale.FormatType.ShortFormat
_MOST_QUERY: Final = 160
_STATES: Final[Mapping[str, str]] = {
    "active": QT_TRANSLATE_NOOP("activity", "active"),
    "idle in transaction": QT_TRANSLATE_NOOP("activity", "idle in transaction"),
    "idle in transaction (aborted)": QT_TRANSLATE_NOOP("activity", "idle in a failed transaction"),
}
_OPEN: Final = frozenset({"idle in transaction", "idle in transaction (aborted)"})


class Stage(Enum):
    """How a save stands."""

    WAITING = "waiting"  # it runs, and waits
    GIVEN_UP = "given_up"  # nothing was written
    WATCHING = "watching"  # it is begun again as soon as the lock is free


class BlockedStrip(QFrame):
    """Shows the holder of a lock above the rows."""

    again_asked = Signal()
    wait_asked = Signal()
    stop_asked = Signal()
    end_asked = Signal(str)  # CANCEL or TERMINATE
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("blocked")
        self.setProperty("strip", True)
        self._stage = Stage.WAITING
        self._row: SessionRow | None = None
        self._taken_at: datetime | None = None
        self._against = ""
        self._more = 0
        self._title = label("", "strong", name="blocked.title")
        self._holder = label("", selectable=True, name="blocked.holder")
        self._query = label("", "muted", selectable=True, name="blocked.query")
        self._again = self._button("blocked.again", self.again_asked)
        self._wait = self._button("blocked.wait", self.wait_asked)
        self._stop = self._button("blocked.stop", self.stop_asked)
        self._end = QPushButton(self)
        self._end.setObjectName("blocked.end")
        self._end.clicked.connect(lambda _checked=False: self.end_asked.emit(self.act))
        self._close = self._button("blocked.close", self.closed)
        self._arrange()
        self._retranslate()

    @property
    def act(self) -> str:
        """What ends it: one that does nothing but hold its transaction open can only be ended whole."""
        return TERMINATE if self._row is not None and self._row.state in _OPEN else CANCEL

    @property
    def row(self) -> SessionRow | None:
        """The session that holds the lock, as far as it is known."""
        return self._row

    def show_stage(self, stage: Stage) -> None:
        """Say how the save stands."""
        self._stage = stage
        self._retranslate()

    def show_holder(self, row: SessionRow | None, taken_at: datetime | None, against: str, more: int = 0) -> None:
        """Say who holds the lock; `against` is why it can't be ended from here, `more` how many others hold it too."""
        self._row, self._taken_at, self._against, self._more = row, taken_at, against, more
        self._retranslate()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _button(self, name: str, asked: SignalInstance) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.clicked.connect(lambda _checked=False: asked.emit())
        return button

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (self._end, self._wait, self._again, self._stop, self._close):
            buttons.addWidget(button)
        words = QVBoxLayout()
        words.setSpacing(2)
        for part in (self._title, self._holder, self._query):
            words.addWidget(part)
        words.addLayout(buttons)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 6, 8, 6)
        line.setSpacing(8)
        line.addWidget(Sign("lock", "warning"), 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)

    def _retranslate(self) -> None:
        titles = {
            Stage.WAITING: self.tr("Saving waits for a lock"),
            Stage.GIVEN_UP: self.tr("Not saved: somebody else holds the lock. All stays staged."),
            Stage.WATCHING: self.tr("Waiting until the lock is free; then it is saved."),
        }
        self._title.setText(titles[self._stage])
        self.setAccessibleName(titles[self._stage])
        self._holder.setText(self._holder_words())
        query = " ".join(self._row.query.split()) if self._row is not None else ""
        self._query.setText(query if len(query) <= _MOST_QUERY else query[:_MOST_QUERY] + "…")
        self._query.setVisible(bool(query))
        is_whole = self.act == TERMINATE
        for button, words in (
            (self._again, self.tr("Try again")),
            (self._wait, self.tr("Wait for it")),
            (self._stop, self.tr("Stop waiting")),
            (self._end, self.tr("End their session…") if is_whole else self.tr("Cancel theirs…")),
            (self._close, self.tr("Close")),
        ):
            button.setText(words)
            button.setAccessibleName(words)
        is_over = self._stage is Stage.GIVEN_UP
        self._again.setVisible(is_over)
        self._wait.setVisible(is_over and self._row is not None)
        self._close.setVisible(is_over)
        self._stop.setVisible(not is_over)
        self._end.setVisible(self._row is not None)
        self._end.setEnabled(not self._against)
        self._end.setToolTip(self._against)

    def _holder_words(self) -> str:
        row = self._row
        if row is None:
            return self.tr("Who holds it is not known.")
        parts = [row.user or self.tr("somebody"), row.application, row.client, self._since(row), _state(row)]
        if self._more:
            parts.append(self.tr("and %Ln more", "", self._more))
        return "  ·  ".join(filter(None, parts))

    def _since(self, row: SessionRow) -> str:
        begun = row.transaction_start or row.query_start
        if begun is None or self._taken_at is None:
            return ""
        seconds = max(0, int((self._taken_at - begun).total_seconds()))
        minutes, rest = divmod(seconds, 60)
        since = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(begun.timestamp())).time(), _SHORT)
        long = self.tr("%Ln minute(s)", "", minutes) if minutes else self.tr("%Ln second(s)", "", rest)
        return self.tr("since {time} ({long})").format(time=since, long=long)


def _state(row: SessionRow) -> str:
    return QCoreApplication.translate("activity", _STATES[row.state]) if row.state in _STATES else row.state
