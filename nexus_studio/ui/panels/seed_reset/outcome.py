"""Outcome: how a piece of work goes and how it ended, for the pages of resets and shelves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import Progress
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import labelled, progress_sentence, sentence

_THOUSAND = 1000


class Outcome(QWidget):
    """Call `start`, tell `show_progress`, and end with `show_done`, `show_error` or `show_stopped`."""

    cancel_asked = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}.outcome")
        self._name = name
        self._card: Card | None = None
        self._running = QWidget(self)
        self._doing = label("", "muted", name=f"{name}.doing")
        self._bar = QProgressBar(self._running)
        self.cancel = QPushButton(icon("stop"), "", self._running)
        self._bar.setObjectName(f"{name}.bar")
        self._bar.setTextVisible(False)
        self.cancel.setObjectName(f"{name}.cancel")
        self.cancel.clicked.connect(self._stop)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._bar, 1)
        line.addWidget(self.cancel)
        running = QVBoxLayout(self._running)
        running.setContentsMargins(0, 0, 0, 0)
        running.addWidget(self._doing)
        running.addLayout(line)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._running)
        self._running.hide()
        self.retranslate()

    def clear(self) -> None:
        """Show nothing."""
        self._running.hide()
        self._set_card(None)

    def start(self) -> None:
        """Begin to show work."""
        self._set_card(None)
        self._doing.setText(self.tr("Beginning…"))
        self._bar.setRange(0, 0)
        self.cancel.setEnabled(True)
        self._running.show()

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is."""
        self._doing.setText(progress_sentence(progress))
        if progress.total:
            self._bar.setRange(0, _THOUSAND)
            self._bar.setValue(int(min(1.0, progress.done / progress.total) * _THOUSAND))
        else:
            self._bar.setRange(0, 0)

    def show_done(self, words: str, lines: tuple[str, ...] = ()) -> None:
        """Show that it ended well."""
        self._set_card(Card(words, sign="success", ink="success", severity="success"), words, lines)

    def show_error(self, error: StudioError) -> None:
        """Show why it failed, in the server's own words too."""
        said = sentence(error)
        self._set_card(Card(said.title, sign="error", ink="danger", severity="error"), said.title, (said.explanation,))
        if said.server_words and self._card is not None:
            words = label("\n".join(labelled(*each) for each in said.server_words), selectable=True)
            words.setFont(monospace_font())
            self._card.add(words)

    def show_stopped(self) -> None:
        """Show that it was cancelled before anything was lost."""
        words = self.tr("Stopped: nothing was changed")
        self._set_card(Card(words, sign="stop", severity="info"), words)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.cancel.setText(self.tr("Stop"))
        self.cancel.setAccessibleName(self.tr("Stop what is being done"))
        self._bar.setAccessibleName(self.tr("How far it is"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _set_card(self, card: Card | None, words: str = "", lines: tuple[str, ...] = ()) -> None:
        if card is not None:
            self._running.hide()
        if self._card is not None:
            self._card.hide()
            self._card.deleteLater()
        self._card = card
        if card is not None:
            card.setObjectName(f"{self._name}.card")
            card.setAccessibleName(words)
            for each in filter(None, lines):
                card.add(label(each, selectable=True))
            self._column.addWidget(card)

    def _stop(self) -> None:
        self.cancel.setEnabled(False)
        self._doing.setText(self.tr("Stopping…"))
        self.cancel_asked.emit()
