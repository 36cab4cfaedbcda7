"""Happened: what ran, what failed and why, who ran it and when - the left side of the resolve page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.ledgerentries import Direction, LedgerEntry
from nexus_studio.core.admin.migrations import RevisionReport, RevisionState
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import Card, CardList, label
from nexus_studio.ui.panels.migrations.flows.codeview import CodeView
from nexus_studio.ui.panels.migrations.flows.runview import server_words
from nexus_studio.ui.panels.migrations.flows.words import duration
from nexus_studio.ui.panels.migrations.prisma_words import interrupted_words
from nexus_studio.ui.panels.migrations.words import moment

_LINES = 7
_CHECKSUM = 12  # letters of it that are shown
_LONGEST = 20_000  # characters of the failed statement that are shown


class Happened(QWidget):
    """Shows one row of the ledger as people read it, and offers to end the process where it still runs."""

    def __init__(
        self, context: UiContext, name: str, end_asked: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._context, self._end_asked = context, end_asked
        self._is_prismas = False
        self._cards = CardList(f"{name}.cards", self.tr("What happened"), self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._cards)

    def show_report(self, report: RevisionReport, entry: LedgerEntry, *, prismas: bool = False) -> None:
        """Show how a revision stands and the row that is to be decided on; `prismas`: the ledger is Prisma's."""
        self._is_prismas = prismas
        self._cards.clear()
        self._cards.add(self._why(report, entry))
        if entry.failed_statement:
            self._cards.add(self._statement(entry))
        self._cards.add(self._who(entry))

    def _why(self, report: RevisionReport, entry: LedgerEntry) -> Card:
        if report.state is RevisionState.RUNNING:
            return self._running(entry)
        if entry.error is None:
            card = Card(self.tr("It was interrupted"), sign="warning", ink="warning", severity="warning")
            if self._is_prismas:
                card.add(label(interrupted_words()))
                return card
            card.add(
                label(
                    self.tr(
                        "It began and never ended, and no process is left that could end it: the program was killed, "
                        "the server was restarted, or the connection broke."
                    )
                )
            )
            return card
        card = Card(self.tr("Why it failed"), sign="error", ink="danger", severity="error")
        card.add(server_words(self._context.theme, f"{self.objectName()}.words", entry))
        return card

    def _running(self, entry: LedgerEntry) -> Card:
        card = Card(self.tr("It still runs"), sign="play", ink="info", severity="info")
        card.add(
            label(
                self.tr(
                    "Its server process {pid} lives. Wait for it; or, when nobody follows it any more, end it: what "
                    "runs in a transaction is rolled back then."
                ).format(pid=entry.backend_pid or "–")
            )
        )
        end = QPushButton(self.tr("End it…"))
        end.setObjectName(f"{self.objectName()}.end")
        end.setAccessibleName(end.text())
        end.setAutoDefault(False)
        end.setEnabled(entry.backend_pid is not None)
        end.clicked.connect(lambda _checked=False: self._end_asked())
        row = QHBoxLayout()
        row.addWidget(end)
        row.addStretch(1)
        card.body.addLayout(row)
        return card

    def _statement(self, entry: LedgerEntry) -> Card:
        title = self.tr("The statement that failed")
        if entry.failed_number:
            title = self.tr("The statement that failed, number {number}").format(number=entry.failed_number)
        card = Card(title)
        sql = CodeView(
            self._context.theme,
            "sql",
            f"{self.objectName()}.statement",
            self.tr("The statement that failed"),
            most_lines=_LINES,
        )
        sql.show_text(entry.failed_statement[:_LONGEST])
        card.add(sql)
        return card

    def _who(self, entry: LedgerEntry) -> Card:
        card = Card(self.tr("The run"))
        if self._is_prismas:
            self._add_lines(card, self._prismas_lines(entry))
            return card
        way = self.tr("Upgrade") if entry.direction is Direction.UP else self.tr("Downgrade")
        lines = [(self.tr("Ran"), way), (self.tr("Began"), moment(entry.started_at))]
        if entry.duration_ms is not None:
            lines.append((self.tr("Lasted"), duration(entry.duration_ms)))
        lines.append((self.tr("By"), " @ ".join(filter(None, (entry.who, entry.host))) or "–"))
        lines.append((self.tr("Statements begun"), str(entry.statements)))
        lines.append((self.tr("Known to be committed"), str(entry.applied_steps_count)))
        lines.append((self.tr("Tool version"), entry.tool_version))
        self._add_lines(card, lines)
        return card

    def _prismas_lines(self, entry: LedgerEntry) -> list[tuple[str, str]]:
        """Return what Prisma's ledger knows of a run: neither who nor how far."""
        return [
            (self.tr("Began"), moment(entry.started_at)),
            (self.tr("Row"), entry.id),
            (self.tr("Checksum"), f"{entry.checksum[:_CHECKSUM]}…" if entry.checksum else ""),
            (self.tr("By"), self.tr("Prisma's ledger does not say")),
        ]

    def _add_lines(self, card: Card, lines: Sequence[tuple[str, str]]) -> None:
        """Add names and values, in two columns that line up."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        shown = [(name, value) for name, value in lines if value]
        for row, (name, value) in enumerate(shown):
            said = label(value, selectable=True, name=f"{self.objectName()}.value")
            for column, widget in enumerate((label(name, "muted"), said)):
                widget.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
                grid.addWidget(widget, row, column)
        card.body.addLayout(grid)
