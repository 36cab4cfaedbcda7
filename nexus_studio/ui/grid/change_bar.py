"""ChangeBar: how much is staged, and what can be done with it. Hidden while nothing is."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.core.errors import StudioError
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.wording import sentence


@dataclass(frozen=True, slots=True)
class Cure:
    """A way out of a refusal: `id` names its button ("cure.pick"), `label` is translated."""

    id: str
    label: str
    run: Callable[[], None]


class ChangeBar(QFrame):
    """Counts staged changes: "3 changes · 1 conflict [Resolve…] [Review] [Discard] [Save]".

    `refresh` after every change. Why a save was refused stands until anything is staged or taken back, or until the
    bar is disabled because the next save begins.
    """

    review_asked = Signal()
    discard_asked = Signal()
    save_asked = Signal()
    resolve_asked = Signal()  # settle the conflicts that the last save met

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("change_bar")
        self.setProperty("strip", True)
        self._changes: ChangeSet | None = None
        self._refusal: StudioError | None = None
        self._cures: list[QPushButton] = []
        self._rule = QLabel(self)  # whole: it is what one has to read
        self._rule.setObjectName("change_rule")
        self._rule.setTextFormat(Qt.TextFormat.PlainText)
        self._rule.setWordWrap(True)
        self._rule.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._rule.hide()
        self._refused_rows: tuple[StagedRow, ...] = ()
        self._overtaken = 0
        self._sign = QLabel(self)
        self._count = QLabel(self)
        self._count.setObjectName("change_count")
        self._why = _OneLine(self)
        self._why.setObjectName("change_refusal")
        self._why.setProperty("tone", "danger")
        self._resolve = self._button("change_resolve", self.resolve_asked)
        self._review = self._button("change_review", self.review_asked)
        self._discard = self._button("change_discard", self.discard_asked)
        self._save = self._button("change_save", self.save_asked)
        self._save.setProperty("primary", True)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._sign)
        line.addWidget(self._count)
        line.addStretch(1)
        for button in (self._resolve, self._review, self._discard, self._save):
            line.addWidget(button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 6, 8, 6)
        rows.setSpacing(4)
        self._refused = QHBoxLayout()  # a line of its own: beside four buttons it would be cut after two words
        self._refused.setSpacing(8)
        self._refused.addWidget(self._why, 1)
        rows.addLayout(self._refused)
        rows.addWidget(self._rule)
        rows.addLayout(line)
        self._retranslate()
        self.refresh()

    def open(self, changes: ChangeSet) -> None:
        """Count another change set."""
        self._changes, self._refusal, self._overtaken = changes, None, 0
        self.refresh()

    def refresh(self) -> None:
        """Count again."""
        changes = self._changes
        if changes is None or changes.is_empty:
            self._refusal, self._overtaken = None, 0
            self.hide()
            return
        if self._refusal is not None and changes.staged_rows() != self._refused_rows:
            self._refusal = None
        conflicts = len(changes.conflicts())
        self._resolve.setVisible(conflicts > 0)
        self._count.setText(self._words(conflicts))
        self._count.setToolTip(self._details())
        trouble = bool(conflicts or self._overtaken) or self._refusal is not None
        self._sign.setPixmap(icon("warning" if trouble else "edit", "warning" if trouble else "text-muted").pixmap(16))
        if self._refusal is None:
            self._drop_cures()
        self._why.show_text("" if self._refusal is None else _why(self._refusal))
        self._why.setToolTip("" if self._refusal is None else _whole_why(self._refusal))
        self.show()

    def show_refusal(self, error: StudioError) -> None:
        """Say why the last save was refused; call it when the refused rows are marked."""
        self._drop_cures()
        self._refusal = error
        self._refused_rows = self._changes.staged_rows() if self._changes is not None else ()
        self.refresh()

    def offer(self, cures: Sequence[Cure]) -> None:
        """Offer ways out beside the refusal that is shown; they go with it."""
        self._drop_cures()
        for cure in cures if self._refusal is not None else ():
            button = QPushButton(cure.label, self)
            button.setObjectName(cure.id)
            button.setAccessibleName(cure.label)
            button.clicked.connect(lambda _checked=False, run=cure.run: run())
            self._refused.addWidget(button)
            self._cures.append(button)

    def show_rule(self, words: str) -> None:
        """Say the rule that the refused rows break."""
        self._rule.setText(words)
        self._rule.setVisible(bool(words) and self._refusal is not None)

    def _drop_cures(self) -> None:
        self._rule.hide()
        for button in self._cures:
            button.hide()
            button.deleteLater()
        self._cures.clear()

    def show_overtaken(self, rows: int) -> None:
        """Say how many of the staged rows were changed by somebody else, as far as a refresh has shown."""
        if rows != self._overtaken:
            self._overtaken = rows
            self.refresh()

    def clear_refusal(self) -> None:
        """Forget the last refusal."""
        self._refusal = None
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language; forget the last refusal when the next save begins."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange and not self.isEnabled():
            self.clear_refusal()
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
            self.refresh()
        if event.type() == QEvent.Type.PaletteChange:
            self.refresh()  # a label holds a picture, not an icon

    def _words(self, conflicts: int) -> str:
        total = self._changes.counts.total if self._changes is not None else 0
        words = [self.tr("%Ln change(s)", "", total)]
        if conflicts:
            words.append(self.tr("%Ln conflict(s)", "", conflicts))
        if self._overtaken:
            words.append(self.tr("%Ln row(s) changed by somebody else", "", self._overtaken))
        return " · ".join(words)

    def _details(self) -> str:
        if self._changes is None:
            return ""
        counts = self._changes.counts
        parts = []
        if counts.edited:
            parts.append(self.tr("%Ln row(s) edited", "", counts.edited))
        if counts.inserted:
            parts.append(self.tr("%Ln row(s) new", "", counts.inserted))
        if counts.deleted:
            parts.append(self.tr("%Ln row(s) to be deleted", "", counts.deleted))
        return "\n".join(parts)

    def _button(self, name: str, asked: SignalInstance) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.clicked.connect(asked)
        return button

    def _retranslate(self) -> None:
        self.setAccessibleName(self.tr("Staged changes"))
        for button, label in (
            (self._resolve, self.tr("Resolve…")),
            (self._review, self.tr("Review")),
            (self._discard, self.tr("Discard")),
            (self._save, self.tr("Save")),
        ):
            button.setText(label)
            button.setAccessibleName(label)
        self._save.setToolTip(self.tr("Save all changes in one transaction (Ctrl+S)"))
        self._discard.setToolTip(self.tr("Take all changes back; undo brings them again"))
        self._resolve.setToolTip(self.tr("Choose between your values and those that others saved"))
        self._review.setToolTip(self.tr("See what would be written, row by row and as SQL"))


class _OneLine(QLabel):
    """A text on one line, cut with "…" where it does not fit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        """Show another text."""
        self._whole = text
        self.setVisible(bool(text))
        self.setAccessibleName(text)
        self._elide()

    def minimumSizeHint(self) -> QSize:
        """Take what is left, as little as it is."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the text anew."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))


def _why(error: StudioError) -> str:
    """Say on one line what was refused and what PostgreSQL said, without its details: they name whole rows."""
    said = sentence(error)
    return " ".join(f"{said.title}. {said.server_line or said.explanation}".split()).strip()


def _whole_why(error: StudioError) -> str:
    said = sentence(error)
    words = (said.title, said.explanation, *(text for _label, text in said.server_words[:3]))
    return "<qt>" + "<br>".join(html.escape(text) for text in words if text) + "</qt>"
