"""ProgressView: how an export or an import goes, with Cancel, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import Progress
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.job_desk import JobDesk, JobEnd
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import labelled, progress_amount, progress_sentence, sentence

_THOUSAND: Final = 1000

Buttons = tuple[tuple[str, str, Callable[[], None]], ...]


class ProgressView(QWidget):
    """Follows a `JobDesk`; what came of it is shown by `show_done` and `show_error`, a stop by itself."""

    def __init__(self, desk: JobDesk, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}.progress")
        self._name, self._desk = name, desk
        self._card: Card | None = None
        self._amounts: dict[str, str] = {}
        self._step = ""
        self._running = QWidget(self)
        self._doing = label("", "muted", name=f"{name}.doing")
        self._bar = QProgressBar(self._running)
        self.cancel = QPushButton(icon("stop"), "", self._running)
        self._column = QVBoxLayout(self)
        self._build()
        self.retranslate()
        desk.began.connect(self._begin)
        desk.progressed.connect(self._show_progress)
        desk.ended.connect(self._show_end)

    def clear(self) -> None:
        """Show nothing, unless work runs."""
        self._set_card(None)

    def show_done(
        self, words: str, lines: tuple[str, ...] = (), buttons: Buttons = (), *, look: str = "success"
    ) -> None:
        """Show that it ended; `look` is "success", "info", "warning" or "error"."""
        ink = {"error": "danger"}.get(look, look)
        self._set_card(Card(words, sign=look, ink=ink, severity=look), words, lines, buttons)

    def show_error(self, error: StudioError) -> None:
        """Show why it failed, in the server's own words too."""
        said = sentence(error)
        card = Card(said.title, sign="error", ink="danger", severity="error")
        self._set_card(card, said.title, (said.explanation,))
        if said.server_words:
            words = label("\n".join(labelled(*each) for each in said.server_words), selectable=True)
            words.setFont(monospace_font())
            card.add(words)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.cancel.setText(self.tr("Cancel"))
        self.cancel.setAccessibleName(self.tr("Cancel what is being done"))
        self._bar.setAccessibleName(self.tr("How far it is"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        self._bar.setObjectName(f"{self._name}.bar")
        self._bar.setTextVisible(False)
        self.cancel.setObjectName(f"{self._name}.cancel")
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self._stop)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._doing)
        words.addWidget(self._bar)
        line = QHBoxLayout(self._running)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(16)
        line.addLayout(words, 1)
        line.addWidget(self.cancel)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._running)
        self._running.hide()
        self.hide()

    def _begin(self, _title: str) -> None:
        self._set_card(None)
        self._amounts, self._step = {}, ""
        self._doing.setText(self.tr("Beginning…"))
        self._bar.setRange(0, 0)
        self.cancel.setEnabled(True)
        self._running.show()
        self.show()

    def _show_progress(self, progress: Progress) -> None:
        """Show a step, in all the units that it is told in."""
        if progress.step != self._step:
            self._amounts, self._step = {}, progress.step
        self._amounts[progress.unit] = progress_amount(progress)
        doing = progress_sentence(Progress(progress.step))
        self._doing.setText("  ·  ".join(filter(None, (doing, *self._amounts.values()))))
        if progress.total:
            self._bar.setRange(0, _THOUSAND)
            self._bar.setValue(int(min(1.0, progress.done / progress.total) * _THOUSAND))

    def _show_end(self, end: JobEnd) -> None:
        self._running.hide()
        if end.is_stopped:
            self.show_done(self.tr("Stopped: nothing was changed, and no file is left"), look="info")
        elif self._card is None:
            self.hide()

    def _set_card(self, card: Card | None, words: str = "", lines: tuple[str, ...] = (), buttons: Buttons = ()) -> None:
        if self._card is not None:
            self._card.hide()
            self._card.setParent(None)  # what bears the same names comes in its place at once
            self._card.deleteLater()
        self._card = card
        if card is not None:
            card.setObjectName(f"{self._name}.card")
            card.setAccessibleName(words)
            for each in filter(None, lines):
                card.add(label(each, selectable=True))
            if buttons:
                card.body.addLayout(self._buttons(card, buttons))
            self._column.addWidget(card)
        self.setVisible(card is not None or self._desk.is_busy)

    def _buttons(self, card: Card, wanted: Buttons) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(8)
        for name, words, run in wanted:
            button = QPushButton(words, card)
            button.setObjectName(f"{self._name}.{name}")
            button.setAccessibleName(words)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _checked=False, run=run: run())
            line.addWidget(button)
        line.addStretch(1)
        return line

    def _stop(self) -> None:
        self.cancel.setEnabled(False)
        self._doing.setText(self.tr("Stopping…"))
        self._desk.cancel()
