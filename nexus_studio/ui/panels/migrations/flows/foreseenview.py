"""ForeseenView: what is known before a deploy of Prisma's to go otherwise than one would think."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.panels.migrations.prisma_words import FORESEEN, translated

_MOST = 4  # that are said; the others are counted
_MILD = "partial"  # true of every script of some versions: no warning of its own


class ForeseenView(QWidget):
    """Hidden while there is nothing to be said."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def show_foreseen(self, foreseen: Sequence[tuple[str, str]]) -> None:
        """Show codes and the migrations that they are about; see `PrismaMigrations.foreseen`."""
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        said = [(code, translated(FORESEEN[code], name=name)) for code, name in foreseen if code in FORESEEN]
        warned = [words for code, words in said if code != _MILD]
        mild = [words for code, words in said if code == _MILD]
        self.setVisible(bool(said))
        if not said:
            return
        if warned:
            card = Card(self.tr("Foreseen"), sign="warning", ink="warning", severity="warning")
            for words in warned[:_MOST]:
                card.add(label(words, selectable=True))
            if (more := len(warned) - _MOST) > 0:
                card.add(label(self.tr("and %Ln more of that kind", "", more), "muted"))
        else:
            card = Card()
        for words in mild[:1]:
            card.add(label(words, "muted"))
        card.setObjectName(f"{self.objectName()}.card")
        card.setAccessibleName(" ".join([*warned, *mild[:1]]))
        self._column.addWidget(card)
