"""SafetyView: what a deploy would do to the live database, the heaviest first."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nexus_studio.core.admin.safety import Danger, LockTaken, SafetyFinding, SafetyReport
from nexus_studio.ui.kit.parts import Card, CardList, label, line
from nexus_studio.ui.panels.migrations.flows.words import (
    DANGERS,
    copy_words,
    duration,
    finding_lines,
    finding_place,
    finding_title,
    said,
)

_MOST = 200  # findings of one weight that are shown; nobody reads more
_LOOKS = {
    Danger.DANGER: ("error", "danger", "error"),
    Danger.CAUTION: ("warning", "warning", "warning"),
    Danger.NOTE: ("info", "info", "info"),
}


class SafetyView(QWidget):
    """Shows a report; empty until one is there."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._rests_on = label("", "muted", selectable=True)
        self._cards = CardList(f"{name}.findings", self.tr("Findings, the heaviest first"), self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._rests_on)
        column.addWidget(self._cards, 1)
        self.setFocusProxy(self._cards)

    def show_report(self, report: SafetyReport) -> None:
        """Show findings by weight, then the locks."""
        self._rests_on.setText(copy_words(report))
        self._cards.clear()
        for danger in reversed(Danger):
            found = [each for each in report.findings if each.danger is danger]
            if found:
                self._cards.add(label(f"{said(DANGERS[danger])} · {QLocale().toString(len(found))}", "subtitle"))
            for finding in found[:_MOST]:
                self._cards.add(self._card(finding))
            if (more := len(found) - _MOST) > 0:
                self._cards.add(label(self.tr("and %Ln more", "", more), "muted"))
        if not report.findings and report.copy != "none":
            calm = self.tr("Nothing dangerous was found")
            self._cards.add(Card(calm, sign="success", ink="success", severity="success"))
        if report.locks:
            self._cards.add(self._locks(report.locks))

    def _card(self, finding: SafetyFinding) -> Card:
        sign, ink, severity = _LOOKS[finding.danger]
        card = Card(finding_title(finding), sign=sign, ink=ink, severity=severity)
        for text in finding_lines(finding):
            card.add(label(text, selectable=True))
        card.add(label(finding_place(finding), "muted"))
        return card

    def _locks(self, locks: tuple[tuple[str, LockTaken], ...]) -> Card:
        card = Card(self.tr("Locks taken in the rehearsal"), sign="lock")
        for revision, lock in locks[:_MOST]:
            words = self.tr("{relation}: {mode} for {duration}")
            said_of_it = words.format(relation=lock.relation, mode=lock.mode, duration=duration(lock.held_ms))
            card.body.addLayout(line(label(said_of_it, selectable=True), label(revision, "muted"), stretch=0))
        return card
