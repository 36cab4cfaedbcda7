"""ChangeBar: how much is staged, and what can be done with it. Hidden while nothing is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.errors import StudioError
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.wording import sentence


class ChangeBar(QFrame):
    """Counts staged changes: "3 changes · 1 conflict [Review] [Discard] [Save]". `refresh` after every change."""

    review_asked = Signal()
    discard_asked = Signal()
    save_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("change_bar")
        self.setProperty("strip", True)
        self._changes: ChangeSet | None = None
        self._refusal: StudioError | None = None
        self._sign = QLabel(self)
        self._count = QLabel(self)
        self._count.setObjectName("change_count")
        self._why = QLabel(self)
        self._why.setObjectName("change_refusal")
        self._why.setProperty("tone", "danger")
        self._why.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # one line, cut at the edge
        self._review = self._button("change_review", self.review_asked)
        self._discard = self._button("change_discard", self.discard_asked)
        self._save = self._button("change_save", self.save_asked)
        self._save.setProperty("primary", True)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 6, 8, 6)
        line.setSpacing(8)
        line.addWidget(self._sign)
        line.addWidget(self._count)
        line.addWidget(self._why, 1)
        for button in (self._review, self._discard, self._save):
            line.addWidget(button)
        self._retranslate()
        self.refresh()

    def open(self, changes: ChangeSet) -> None:
        """Count another change set."""
        self._changes, self._refusal = changes, None
        self.refresh()

    def refresh(self) -> None:
        """Count again."""
        changes = self._changes
        if changes is None or changes.is_empty:
            self._refusal = None
            self.hide()
            return
        conflicts = len(changes.conflicts())
        self._count.setText(self._words(conflicts))
        self._count.setToolTip(self._details())
        trouble = bool(conflicts) or self._refusal is not None
        self._sign.setPixmap(icon("warning" if trouble else "edit", "warning" if trouble else "text-muted").pixmap(16))
        why = "" if self._refusal is None else _why(self._refusal)
        self._why.setText(why)
        self._why.setToolTip(why)
        self.show()

    def show_refusal(self, error: StudioError) -> None:
        """Say why the last save was refused; it stands until the next change is made or saved."""
        self._refusal = error
        self.refresh()

    def clear_refusal(self) -> None:
        """Forget the last refusal."""
        self._refusal = None
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
            self.refresh()

    def _words(self, conflicts: int) -> str:
        total = self._changes.counts.total if self._changes is not None else 0
        words = [self.tr("%n change(s)", "", total)]
        if conflicts:
            words.append(self.tr("%n conflict(s)", "", conflicts))
        return " · ".join(words)

    def _details(self) -> str:
        if self._changes is None:
            return ""
        counts = self._changes.counts
        parts = []
        if counts.edited:
            parts.append(self.tr("%n row(s) edited", "", counts.edited))
        if counts.inserted:
            parts.append(self.tr("%n row(s) new", "", counts.inserted))
        if counts.deleted:
            parts.append(self.tr("%n row(s) to be deleted", "", counts.deleted))
        return "\n".join(parts)

    def _button(self, name: str, asked: SignalInstance) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.clicked.connect(asked)
        return button

    def _retranslate(self) -> None:
        self.setAccessibleName(self.tr("Staged changes"))
        for button, label in (
            (self._review, self.tr("Review")),
            (self._discard, self.tr("Discard")),
            (self._save, self.tr("Save")),
        ):
            button.setText(label)
            button.setAccessibleName(label)
        self._save.setToolTip(self.tr("Save all changes in one transaction (Ctrl+S)"))
        self._discard.setToolTip(self.tr("Take all changes back; undo brings them again"))
        self._review.setToolTip(self.tr("See what would be written, row by row and as SQL"))


def _why(error: StudioError) -> str:
    said = sentence(error)
    return " ".join(part for part in (said.title, said.server_message or said.explanation) if part)
