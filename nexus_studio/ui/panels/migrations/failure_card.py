"""FailureCard: which statement of a revision failed and why, in PostgreSQL's words, and the way to resolve it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.ledgerentries import LedgerEntry
from nexus_studio.core.admin.migrations import RevisionReport, RevisionState
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import labelled
from nexus_studio.ui.panels.migrations.prisma_words import failure_words, interrupted_words
from nexus_studio.ui.panels.migrations.words import duration, moment

_LONGEST = 300  # characters of a statement; the SQL tab has all of it


class FailureCard(QFrame):
    """Hidden unless the revision failed or was interrupted."""

    resolve_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: RevisionReport | None = None
        self._why_not = ""
        self._is_prismas = False
        self.setProperty("card", True)
        self.setProperty("severity", "error")
        self._sign = QLabel(self)
        self._title = self._label("failure.title", "strong")
        self._words = self._label("failure.words")
        self._statement = self._label("failure.statement", "muted")
        self._statement.setFont(monospace_font())
        self.resolve = QPushButton(self)
        self.resolve.setObjectName("migrations.card.resolve")
        self.resolve.setProperty("primary", True)
        self.resolve.clicked.connect(self.resolve_asked)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self._title, 1)
        head.addWidget(self.resolve, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 10, 10)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._words)
        column.addWidget(self._statement)
        self.hide()
        self._name_button()

    def follow_prisma(self, prismas: bool) -> None:
        """Say from now on what is so of a Prisma project's migrations, or of Alembic's."""
        self._is_prismas = prismas

    def show_report(self, report: RevisionReport | None, why_not: str = "") -> None:
        """Show what went wrong with a revision; `why_not` says why it can't be resolved now."""
        self._report, self._why_not = report, why_not
        states = {RevisionState.FAILED, RevisionState.INTERRUPTED}
        self.setVisible(report is not None and report.state in states)
        if report is None or report.state not in states:
            return
        is_failed = report.state is RevisionState.FAILED
        self._sign.setPixmap(icon("error" if is_failed else "interrupted", "danger").pixmap(18, 18))
        self._name_button()
        self.resolve.setEnabled(not why_not)
        self.resolve.setToolTip(why_not or self.tr("See what is there of it, and go the right way out"))
        entry = report.problem or report.last
        self._title.setText(self._title_of(entry, is_failed=is_failed))
        self._words.setText(self._words_of(entry, is_failed=is_failed))
        self._words.setVisible(bool(self._words.text()))
        statement = " ".join(entry.failed_statement.split()) if entry is not None else ""
        self._statement.setText(statement[:_LONGEST] + ("…" if len(statement) > _LONGEST else ""))
        self._statement.setVisible(bool(statement))
        self.setAccessibleName(self._title.text())
        self.setAccessibleDescription(self._words.text())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange}:
            self.show_report(self._report, self._why_not)

    def _name_button(self) -> None:
        self.resolve.setText(self.tr("Resolve…"))
        self.resolve.setAccessibleName(self.tr("Resolve this migration"))

    def _title_of(self, entry: LedgerEntry | None, *, is_failed: bool) -> str:
        if entry is None:
            return self.tr("It failed") if is_failed else self.tr("It was interrupted")
        if not is_failed:
            begun = moment(entry.started_at)
            return self.tr("Begun {moment}, and never ended").format(moment=begun)
        after = duration(entry.duration_ms)
        number = entry.failed_number
        if number is None:
            return self.tr("Failed after {duration}").format(duration=after) if after else self.tr("It failed")
        if not after:
            return self.tr("Statement {number} failed").format(number=number)
        return self.tr("Statement {number} failed, after {duration}").format(number=number, duration=after)

    def _words_of(self, entry: LedgerEntry | None, *, is_failed: bool) -> str:
        if entry is not None and entry.error is not None:
            said = failure_words(entry)
            return "\n".join(labelled(label, words) for label, words in said)
        if is_failed or entry is None:
            return ""
        if self._is_prismas:
            return interrupted_words()
        known = self.tr("%Ln statement(s) are known to be committed.", "", entry.applied_steps_count)
        lost = self.tr("What ran it is gone: Studio was ended, or the connection was cut.")
        return f"{lost} {known}"

    def _label(self, name: str, look: str = "") -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        if look:
            label.setProperty(look, True)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label
