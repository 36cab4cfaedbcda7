"""DraftOffer: the strip above a table's rows that offers edits which a crash left behind."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nexus_studio.ui.kit.parts import Sign, label


class DraftOffer(QFrame):
    """Says what is there, in words that are given; what is chosen is told by signals."""

    restore_asked = Signal()
    look_asked = Signal()
    discard_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("draft_offer")
        self.setProperty("strip", True)
        self._words = label("", "strong", name="draft_words")
        self._notes = label("", "muted", name="draft_notes")
        self._restore = self._button("draft_restore", self.restore_asked)
        self._restore.setProperty("primary", True)
        self._look = self._button("draft_look", self.look_asked)
        self._discard = self._button("draft_discard", self.discard_asked)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._words)
        column.addWidget(self._notes)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 6, 8, 6)
        line.setSpacing(8)
        line.addWidget(Sign("warning", "warning", parent=self))
        line.addLayout(column, 1)
        for button in (self._discard, self._look, self._restore):
            line.addWidget(button)
        self._retranslate()

    def show_words(self, words: str, notes: str) -> None:
        """Say what is offered, and what is to be known about it."""
        self._words.setText(words)
        self._notes.setText(notes)
        self._notes.setVisible(bool(notes))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _button(self, name: str, asked: SignalInstance) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.clicked.connect(asked)
        return button

    def _retranslate(self) -> None:
        self.setAccessibleName(self.tr("Edits that were not saved"))
        for button, words, tip in (
            (self._restore, self.tr("Restore"), self.tr("Stage them again; they are compared with the rows first")),
            (self._look, self.tr("Look…"), self.tr("See what was edited")),
            (self._discard, self.tr("Discard…"), self.tr("Forget them for good")),
        ):
            button.setText(words)
            button.setAccessibleName(words)
            button.setToolTip(tip)
