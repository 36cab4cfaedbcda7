"""KeptCard: databases that a restore has replaced and that wait to be dismissed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.archives import KeptDatabase
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.parts import Card, label, line
from nexus_studio.ui.kit.sizes_said import size_text


class KeptCard(QWidget):
    """Hidden while nothing is kept."""

    dismiss_asked = Signal(object)  # KeptDatabase

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("backups.kept")
        self._kept: tuple[KeptDatabase, ...] = ()
        self._can, self._against = False, ""
        self._card: Card | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 12, 16, 12)
        self.hide()

    def show_kept(self, kept: Sequence[KeptDatabase]) -> None:
        """Show what is kept."""
        self._kept = tuple(kept)
        self._draw()

    def allow(self, *, can: bool, against: str) -> None:
        """Let them be dismissed, or not now; `against` says why not with this connection at all."""
        self._can, self._against = can and not against, against
        for button in self.findChildren(QPushButton):
            button.setEnabled(self._can)
            button.setToolTip(against)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._draw()

    def _draw(self) -> None:
        if self._card is not None:
            self._card.hide()
            self._card.setParent(None)  # what bears the same names comes in its place at once
            self._card.deleteLater()
            self._card = None
        self.setVisible(bool(self._kept))
        if not self._kept:
            return
        self._card = card = Card(
            self.tr("What a restore has replaced is still there"), sign="database", severity="info"
        )
        for number, each in enumerate(self._kept):
            words = self.tr("{name}: {database} as it was until {moment}, {size}").format(
                name=each.name, database=each.of, moment=moment_text(each.kept_at), size=size_text(each.size_bytes)
            )
            button = QPushButton(icon("trash"), self.tr("Dismiss…"), card)
            button.setObjectName("backups.dismiss" if not number else f"backups.dismiss.{each.name}")
            button.setAccessibleName(self.tr("Dismiss {name}").format(name=each.name))
            button.setEnabled(self._can)
            button.setToolTip(self._against)
            button.clicked.connect(lambda _checked=False, each=each: self.dismiss_asked.emit(each))
            card.body.addLayout(line(label(words, selectable=True), button, stretch=0))
        self._column.addWidget(card)
