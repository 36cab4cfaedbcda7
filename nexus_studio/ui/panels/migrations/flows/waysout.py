"""WaysOut: the right way out of a failed revision as the big button, with its reason; the others beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.evidence import Evidence, WayOut
from nexus_studio.core.errors import ServerReport
from nexus_studio.ui.kit.flow import FlowLayout
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.wording import labelled
from nexus_studio.ui.panels.migrations.flows.resolve_words import (
    first_words,
    obstacle_words,
    recommendation,
    way_explained,
    way_label,
)


def _closed(evidence: Evidence) -> dict[str, list[str]]:
    """Return the ways that can't be gone, by what stands against them."""
    found: dict[str, list[str]] = {}
    for way in evidence.ways:
        if not way.is_possible:
            found.setdefault(obstacle_words(way), []).append(way_label(way.way).removesuffix("…"))
    return found


class WaysOut(QWidget):
    """Calls `chosen` with the way whose button was pressed. None is pressed by Return unless it has the focus."""

    def __init__(self, name: str, chosen: Callable[[WayOut], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._chosen = chosen
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._card: Card | None = None

    def show_evidence(self, evidence: Evidence, error: ServerReport | None = None) -> None:
        """Show the ways that an evidence leads to; `error` is what made the revision fail."""
        self.clear()
        best = evidence.way(evidence.recommended) if evidence.recommended is not None else None
        title = self.tr("Recommended") if best is not None else self.tr("Decide for yourself")
        sign, ink = ("success", "success") if best is not None else ("warning", "warning")
        card = Card(title, sign=sign, ink=ink, severity=ink)
        row = QHBoxLayout()
        row.setSpacing(16)
        words = " ".join(filter(None, (recommendation(evidence), way_explained(best.way) if best is not None else "")))
        row.addWidget(label(words, name=f"{self.objectName()}.reason"), 1)
        if best is not None:
            button = self._button(best, is_best=True)
            row.addWidget(button)
        card.body.addLayout(row)
        if first := first_words(error):
            card.add(label(first, tone="warning", name=f"{self.objectName()}.first"))
        others = [each for each in evidence.ways if each is not best]
        if others:
            card.body.addSpacing(4)
            if best is not None:
                card.add(label(self.tr("Other ways"), "muted"))
            flow = FlowLayout()
            for way in others:
                flow.addWidget(self._button(way, is_best=False))
            card.body.addLayout(flow)
        for words, ways in _closed(evidence).items():
            card.add(label(labelled(", ".join(ways), words), "muted"))
        self._card = card
        self._column.addWidget(card)

    def clear(self) -> None:
        """Offer nothing."""
        if self._card is not None:
            self._card.hide()
            self._card.deleteLater()
            self._card = None

    def _button(self, way: WayOut, *, is_best: bool) -> QPushButton:
        button = QPushButton(way_label(way.way))
        button.setObjectName(f"resolve.{way.way.value}")
        button.setAccessibleName(button.text())
        button.setAccessibleDescription(" ".join(filter(None, (way_explained(way.way), obstacle_words(way)))))
        button.setToolTip(button.accessibleDescription())
        button.setProperty("primary", is_best)
        button.setAutoDefault(is_best)
        button.setEnabled(way.is_possible)
        button.clicked.connect(partial(self._choose, way))
        return button

    def _choose(self, way: WayOut, _checked: bool = False) -> None:
        self._chosen(way)
