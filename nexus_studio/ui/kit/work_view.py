"""How a piece of work goes - what it does, how far it is, Cancel - and the card that says how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import Progress
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.job_desk import JobDesk, JobEnd
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import NextStep, labelled, progress_sentence, sentence

_THOUSAND: Final = 1000
_INKS: Final = {"error": "danger", "stop": "text-muted"}
_SEVERITIES: Final = {"stop": "info"}

Buttons = Sequence[tuple[str, str, Callable[[], object]]]
"""Of a card: the end of each one's objectName, its label, and what it does."""


class WorkView(QWidget):
    """Call `start`, tell `show_progress`, and end with `show_done`, `show_error` or `show_stopped`.

    `JobView` is told by a `JobDesk` instead. Its widgets are named after it: "….doing", "….bar", "….cancel", "….card".
    """

    cancel_asked = Signal()
    chosen = Signal(str)  # a next step that an error offered

    def __init__(
        self, name: str, parent: QWidget | None = None, *, is_closable: bool = False, offers_steps: bool = False
    ) -> None:
        """Make the view.

        Args:
            name: What its widgets are named after.
            parent: Where it stands.
            is_closable: What it says at the end has a button that takes it away.
            offers_steps: Errors have their next steps as buttons; see `chosen`.
        """
        super().__init__(parent)
        self.setObjectName(name)
        self._is_closable, self._offers_steps = is_closable, offers_steps
        self._works = False
        self._card: Card | None = None
        self._running = QWidget(self)
        self._title = label("", "strong", name=f"{name}.title")
        self._doing = label("", "muted", name=f"{name}.doing")
        self._bar = QProgressBar(self._running)
        self._bar.setObjectName(f"{name}.bar")
        self._bar.setTextVisible(False)
        self.cancel = QPushButton(icon("stop"), "", self._running)
        self.cancel.setObjectName(f"{name}.cancel")
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self._stop)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._running)
        self._lay_out()
        self._say_names()
        self._running.hide()
        self.hide()

    def clear(self) -> None:
        """Show nothing."""
        self._works = False
        self._put(None)

    def start(self, title: str = "") -> None:
        """Begin to show work."""
        self._works = True
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._doing.setText(self.tr("Beginning…"))
        self._bar.setRange(0, 0)
        self.cancel.setEnabled(True)
        self._put(None)

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is."""
        self.say(progress_sentence(progress))
        self.show_far(progress.done, progress.total)

    def show_done(self, words: str, lines: Sequence[str] = (), buttons: Buttons = (), *, look: str = "success") -> None:
        """Show that it ended.

        Args:
            words: What was done.
            lines: More about it.
            buttons: What may follow.
            look: "success", "info", "warning", "error" or "stop".
        """
        self.put_card(_card(words, look), words, lines, buttons)

    def show_error(self, error: StudioError) -> None:
        """Show why it failed, in the server's or the program's own words too."""
        said = sentence(error)
        buttons = [(each.action, each.label, self._choice(each)) for each in said.next_steps if self._offers_steps]
        quoted = "\n".join(labelled(*each) for each in said.server_words)
        self.put_card(_card(said.title, "error"), said.title, (said.explanation,), buttons, quoted=quoted)

    def show_stopped(self) -> None:
        """Show that a person stopped it."""
        self.show_done(self.stopped_words(), look="stop")

    def stopped_words(self) -> str:
        """Say what a stop means."""
        return self.tr("Stopped: nothing was changed")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._say_names()
            self.retranslate()

    # for those that show more

    def retranslate(self) -> None:
        """Say anew what is in sight, in another language."""

    def say(self, words: str) -> None:
        """Say what is being done, unless it is being stopped."""
        if self.cancel.isEnabled():
            self._doing.setText(words)

    def show_far(self, done: float, total: float | None) -> None:
        """Move the bar; without a total it says that nobody knows."""
        self._bar.setRange(0, _THOUSAND if total else 0)
        if total:
            self._bar.setValue(int(min(1.0, done / total) * _THOUSAND))

    def put_card(
        self, card: Card, words: str, lines: Sequence[str] = (), buttons: Buttons = (), *, quoted: str = ""
    ) -> None:
        """Show a card in place of the last one; `quoted` are words of a program."""
        for each in filter(None, lines):
            card.add(label(each, selectable=True))
        if quoted:
            said = label(quoted, selectable=True)
            said.setFont(monospace_font())
            card.add(said)
        if buttons or self._is_closable:
            card.body.addLayout(self._button_line(card, buttons))
        card.setAccessibleName(words)
        self._put(card)

    # inside

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(4)
        for widget in (self._title, self._doing, self._bar):
            words.addWidget(widget)
        line = QHBoxLayout(self._running)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(16)
        line.addLayout(words, 1)
        line.addWidget(self.cancel)

    def _say_names(self) -> None:
        self.cancel.setText(self.tr("Cancel"))
        self.cancel.setAccessibleName(self.tr("Cancel what is being done"))
        self._bar.setAccessibleName(self.tr("How far it is"))

    def _goes_on(self) -> bool:
        return self._works

    def _put(self, card: Card | None) -> None:
        if card is not None:
            self._works = False
        if self._card is not None:
            self._card.hide()
            self._card.setParent(None)  # what bears the same names comes in its place at once
            self._card.deleteLater()
        self._card = card
        if card is not None:
            card.setObjectName(f"{self.objectName()}.card")
            self._column.insertWidget(1, card)
        self._running.setVisible(self._goes_on())
        self.setVisible(card is not None or self._goes_on())

    def _button_line(self, card: Card, wanted: Buttons) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(8)
        for name, words, run in wanted:
            line.addWidget(self._button(card, name, words, run))
        line.addStretch(1)
        if self._is_closable:
            close = self._button(card, "close", self.tr("Close"), self.clear)
            close.setAccessibleName(self.tr("Close the message"))
            close.setProperty("link", True)
            line.addWidget(close)
        return line

    def _button(self, card: Card, name: str, words: str, run: Callable[[], object]) -> QPushButton:
        button = QPushButton(words, card)
        button.setObjectName(f"{self.objectName()}.{name}")
        button.setAccessibleName(words)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked=False: run())
        return button

    def _choice(self, step: NextStep) -> Callable[[], None]:
        return lambda: self.chosen.emit(step.action)

    def _stop(self) -> None:
        self._doing.setText(self.tr("Stopping…"))
        self.cancel.setEnabled(False)
        self.cancel_asked.emit()


class JobView(WorkView):
    """Follows a `JobDesk`: errors and stops are shown by itself, what came of it by whoever began the job.

    While a job runs that stays in sight, whatever else is shown or cleared.
    """

    def __init__(
        self,
        desk: JobDesk,
        name: str,
        parent: QWidget | None = None,
        *,
        is_closable: bool = False,
        offers_steps: bool = False,
    ) -> None:
        super().__init__(name, parent, is_closable=is_closable, offers_steps=offers_steps)
        self._desk = desk
        self.cancel_asked.connect(desk.cancel)
        desk.began.connect(self.start)
        desk.progressed.connect(self.show_progress)
        desk.ended.connect(self._show_end)
        if desk.is_busy:
            self.start(desk.title)

    def stopped_words(self) -> str:
        return self.tr("Stopped: nothing was changed, and no file is left")

    def _goes_on(self) -> bool:
        return self._desk.is_busy

    def _show_end(self, end: JobEnd) -> None:
        self._running.hide()
        if end.error is not None:
            self.show_error(end.error)
        elif end.is_stopped:
            self.show_stopped()
        elif self._card is None:
            self.hide()


def _card(words: str, look: str) -> Card:
    return Card(words, sign=look, ink=_INKS.get(look, look), severity=_SEVERITIES.get(look, look))
