"""HistoryHeader: what this is, what has to be said of the history itself, and what can be done with the whole of it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.panels.history.looking import Listed

_SIGNS: Final = {"open_share": "user", "open_keep": "pending", "again": "refresh"}


class HistoryHeader(QWidget):
    """A title with buttons, and warnings below it."""

    share_asked = Signal()
    keep_asked = Signal()
    read_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._listed: Listed | None = None
        self._title = label("", "subtitle", name="history.headline")
        self._notes = label("", tone="warning", selectable=True, name="history.notes")
        self.share, self.keep, self.again = (QPushButton(self) for _ in _SIGNS)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title, 1)
        for button, (name, sign) in zip((self.share, self.keep, self.again), _SIGNS.items(), strict=True):
            button.setObjectName(f"history.{name}")
            button.setIcon(icon(sign))
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 12, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._notes)
        self.share.hide()
        self.share.clicked.connect(lambda _checked=False: self.share_asked.emit())
        self.keep.clicked.connect(lambda _checked=False: self.keep_asked.emit())
        self.again.clicked.connect(lambda _checked=False: self.read_asked.emit())
        self.retranslate()

    @property
    def offers_share(self) -> bool:
        """Whether a team could share the history, and does not yet."""
        shared = self._listed.shared if self._listed is not None else None
        return shared is not None and not shared.is_there

    def show_listed(self, listed: Listed | None) -> None:
        """Say what there is to say of a history."""
        self._listed = listed
        self.share.setVisible(self.offers_share)
        notes = self._warnings(listed) if listed is not None else []
        self._notes.setText("\n".join(notes))
        self._notes.setVisible(bool(notes))

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self._title.setText(self.tr("What was saved"))
        for button, words, hint in (
            (self.keep, self.tr("Keep…"), self.tr("How long this machine keeps what was saved")),
            (self.share, self.tr("Share…"), self.tr("Keep saves in the database too, so that a team shares them")),
            (self.again, self.tr("Read again"), self.tr("Read the list again (F5)")),
        ):
            button.setText(words)
            button.setAccessibleName(words)
            button.setToolTip(hint)
        self.show_listed(self._listed)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _warnings(self, listed: Listed) -> list[str]:
        notes = []
        if listed.shared is not None and listed.shared.is_kept_from:
            words = self.tr(
                "The team shares a history here, and this role may not add to it ({table}): your saves are kept on "
                "this machine alone. The table's owner can grant INSERT and SELECT."
            )
            notes.append(words.format(table=listed.shared.relation))
        words = self.tr("An earlier history could not be read any more and was set aside: {file}")
        return [*notes, *(words.format(file=file) for file in listed.torn)]
