"""Scheduled backups that failed or never began: said in the panel, and in a notice when a database is opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.schedules import Trouble, TroubleKind
from nexus_studio.core.errors import BackupFailed, StudioError
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.notices import NoticeButton
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.backups.counts import Counts

if TYPE_CHECKING:
    from nexus_studio.services.workspace import Workspace

NOTICE: Final = "backups.troubles"
_TO_PANEL: Final = "panel.backups"


def trouble_words(trouble: Trouble, counts: Counts) -> str:
    """Say what has gone wrong with a schedule since its last good run."""
    said = counts.failed(trouble.count) if trouble.kind is TroubleKind.FAILED else counts.missed(trouble.count)
    words = said.format(profile=trouble.profile, moment=moment_text(trouble.last))
    return f"{words} {sentence(BackupFailed(trouble.code)).title}." if trouble.code else words


class TroubleCard(QWidget):
    """Hidden while all scheduled backups were made."""

    schedule_asked = Signal()
    create_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("backups.troubles")
        self._troubles: tuple[Trouble, ...] = ()
        self._counts = Counts(self)
        self._card: Card | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 12, 16, 12)
        self.hide()

    def show_troubles(self, troubles: Sequence[Trouble]) -> None:
        """Show what went wrong."""
        self._troubles = tuple(troubles)
        self._draw()

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
        self.setVisible(bool(self._troubles))
        if not self._troubles:
            return
        title = self.tr("Scheduled backups were not made")
        self._card = card = Card(title, sign="warning", ink="warning", severity="warning")
        card.setAccessibleName(title)
        for each in self._troubles:
            card.add(label(trouble_words(each, self._counts), selectable=True))
        buttons = QHBoxLayout()
        for name, words, signal in (
            ("troubles_create", self.tr("Create one now…"), self.create_asked),
            ("troubles_schedule", self.tr("Schedule and runs…"), self.schedule_asked),
        ):
            button = QPushButton(words, card)
            button.setObjectName(f"backups.{name}")
            button.setAccessibleName(words)
            button.clicked.connect(lambda _checked=False, signal=signal: signal.emit())
            buttons.addWidget(button)
        buttons.addStretch(1)
        card.body.addLayout(buttons)
        self._column.addWidget(card)


class TroubleTeller(QObject):
    """Tells of troubles in a notice, with the way to the panel. Lives as long as its owner."""

    def __init__(self, context: UiContext, owner: QObject) -> None:
        super().__init__(owner)
        self._context = context
        self._counts = Counts(self)

    def look(self, workspace: Workspace) -> None:
        """Look for troubles on a worker thread; nothing is said where all is well."""
        backups = workspace.backups
        self._context.runner.query(backups.troubles, owner=self, done=self._tell, failed=self._cannot_look)

    def _tell(self, troubles: tuple[Trouble, ...]) -> None:
        if not troubles:
            self._context.notices.withdraw(NOTICE)
            return
        words = "\n".join(trouble_words(each, self._counts) for each in troubles)
        notices = self._context.notices
        button = NoticeButton(self.tr("Go to the backups"), lambda: notices.chosen.emit(_TO_PANEL))
        notices.warning(self.tr("Scheduled backups were not made"), explanation=words, buttons=(button,), key=NOTICE)

    def _cannot_look(self, error: StudioError) -> None:
        self._context.notices.failed(error, key=NOTICE)


def tell_at_start(context: UiContext, workspace: Workspace, owner: QObject) -> None:
    """Tell of scheduled backups of any connection that were not made."""
    teller = owner.findChild(TroubleTeller) or TroubleTeller(context, owner)
    teller.look(workspace)
