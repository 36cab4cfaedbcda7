"""JobView: how a job goes (bytes, tables, rate, time left, Cancel) and how it ended, for the panel and its dialogs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import Progress
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.job_desk import JobDesk, JobEnd
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import NextStep, labelled, sentence
from nexus_studio.ui.panels.backups.pace import Pace
from nexus_studio.ui.panels.backups.words import left_word, progress_words, rate_word

_THOUSAND: Final = 1000
_BESIDE: Final = "tables"  # the unit of what is reported beside the bytes of the same piece of work


class JobView(QWidget):
    """Follows a `JobDesk`; what came of it is shown by `show_done`, errors and stops by itself."""

    chosen = Signal(str)  # a next step that an error offered

    def __init__(self, desk: JobDesk, name: str, parent: QWidget | None = None, *, is_closable: bool = True) -> None:
        """Make the view; `name` tells it from others, unless `is_closable` what it says at the end stays."""
        super().__init__(parent)
        self._is_closable = is_closable
        self.setObjectName(f"backups.{name}")
        self._name = name
        self._desk = desk
        self._card: Card | None = None
        self._pace = Pace()
        self._step = ""
        self._tables: Progress | None = None
        self._shown: Progress | None = None
        self._running = QWidget(self)
        self._title = label("", "strong", name=f"backups.{name}.title")
        self._doing = label("", "muted", name=f"backups.{name}.doing")
        self._bar = QProgressBar(self._running)
        self.cancel = QPushButton(icon("stop"), "", self._running)
        self._column = QVBoxLayout(self)
        self._build()
        self.retranslate()
        desk.began.connect(self._begin)
        desk.progressed.connect(self._show_progress)
        desk.ended.connect(self._show_end)
        if desk.is_busy:
            self._begin(desk.title)

    def clear(self) -> None:
        """Show nothing, unless a job runs."""
        self._set_card(None)

    def show_done(
        self,
        words: str,
        lines: tuple[str, ...] = (),
        buttons: tuple[tuple[str, str, Callable[[], object]], ...] = (),
        *,
        sign: str = "success",
    ) -> None:
        """Show that it ended.

        Args:
            words: What was done.
            lines: More about it.
            buttons: Each an objectName's end, its label, and what it does.
            sign: "success" or "warning".
        """
        self._set_card(Card(words, sign=sign, ink=sign, severity=sign), words, lines, buttons)

    def show_error(self, error: StudioError) -> None:
        """Show why it failed, in the server's or the program's own words too."""
        said = sentence(error)
        buttons = tuple((each.action, each.label, self._choice(each)) for each in said.next_steps)
        card = Card(said.title, sign="error", ink="danger", severity="error")
        self._set_card(card, said.title, (said.explanation,), buttons)
        if said.server_words:
            words = label("\n".join(labelled(*each) for each in said.server_words), selectable=True)
            words.setFont(monospace_font())
            card.body.insertWidget(card.body.count() - bool(buttons), words)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.cancel.setText(self.tr("Cancel"))
        self.cancel.setAccessibleName(self.tr("Cancel what is being done"))
        self._bar.setAccessibleName(self.tr("How far it is"))
        if self._shown is not None:
            self._say(self._shown)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        self._bar.setObjectName(f"backups.{self._name}.bar")
        self._bar.setTextVisible(False)
        self.cancel.setObjectName(f"backups.{self._name}.cancel")
        self.cancel.clicked.connect(self._stop)
        words = QVBoxLayout()
        words.setSpacing(4)
        for widget in (self._title, self._doing, self._bar):
            words.addWidget(widget)
        line = QHBoxLayout(self._running)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(16)
        line.addLayout(words, 1)
        line.addWidget(self.cancel)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._running)
        self._running.hide()
        self.hide()

    def _begin(self, title: str) -> None:
        self._set_card(None)
        self._pace.forget()
        self._step, self._tables, self._shown = "", None, None
        self._title.setText(title)
        self._doing.setText(self.tr("Beginning…"))
        self._bar.setRange(0, 0)
        self.cancel.setEnabled(True)
        self._running.show()
        self.show()

    def _show_progress(self, progress: Progress) -> None:
        if progress.unit == _BESIDE and self._step and self._step != progress.step and self._is_in_bytes:
            self._tables = progress
            return
        if progress.step != self._step:
            self._pace.forget()
            self._step, self._tables = progress.step, None
        self._pace.tell(time.monotonic(), progress.done, progress.total)
        self._shown = progress
        self._say(progress)
        if progress.total:
            self._bar.setRange(0, _THOUSAND)
            self._bar.setValue(int(min(1.0, progress.done / progress.total) * _THOUSAND))
        else:
            self._bar.setRange(0, 0)

    @property
    def _is_in_bytes(self) -> bool:
        return self._shown is not None and self._shown.unit == "bytes"

    def _say(self, progress: Progress) -> None:
        pieces = [*progress_words(progress), *(progress_words(self._tables)[1:] if self._tables is not None else ())]
        if progress.unit == "bytes":
            pieces += [rate_word(self._pace.rate), left_word(self._pace.left_s)]
        self._doing.setText("  ·  ".join(filter(None, pieces)))

    def _show_end(self, end: JobEnd) -> None:
        self._running.hide()
        if end.error is not None:
            self.show_error(end.error)
        elif end.is_stopped:
            words = self.tr("Stopped: nothing was changed, and no file is left")
            self._set_card(Card(words, sign="stop", severity="info"), words)
        elif self._card is None:
            self.hide()

    def _set_card(
        self,
        card: Card | None,
        words: str = "",
        lines: tuple[str, ...] = (),
        buttons: tuple[tuple[str, str, Callable[[], object]], ...] = (),
    ) -> None:
        if self._card is not None:
            self._card.hide()
            self._card.setParent(None)  # what bears the same names comes in its place at once
            self._card.deleteLater()
        self._card = card
        if card is not None:
            card.setObjectName(f"backups.{self._name}.card")
            card.setAccessibleName(words)
            for each in filter(None, lines):
                card.add(label(each, selectable=True))
            card.body.addLayout(self._buttons(card, buttons))
            self._column.addWidget(card)
        self.setVisible(card is not None or self._desk.is_busy)

    def _buttons(self, card: Card, wanted: tuple[tuple[str, str, Callable[[], object]], ...]) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(8)
        for name, words, run in wanted:
            button = QPushButton(words, card)
            button.setObjectName(f"backups.{self._name}.{name}")
            button.setAccessibleName(words)
            button.clicked.connect(lambda _checked=False, run=run: run())
            line.addWidget(button)
        line.addStretch(1)
        if not self._is_closable:
            return line
        close = QPushButton(self.tr("Close"), card)
        close.setObjectName(f"backups.{self._name}.close")
        close.setAccessibleName(self.tr("Close the message"))
        close.setProperty("link", True)
        close.clicked.connect(self.clear)
        line.addWidget(close)
        return line

    def _choice(self, step: NextStep) -> Callable[[], None]:
        return lambda: self.chosen.emit(step.action)

    def _stop(self) -> None:
        self.cancel.setEnabled(False)
        self._doing.setText(self.tr("Stopping…"))
        self._desk.cancel()
