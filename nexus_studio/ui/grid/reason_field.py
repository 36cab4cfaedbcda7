"""ReasonField: why something is saved, and the ticket it is for. Kept in the history."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

_TICKET_WIDTH = 160  # pixels
_LONGEST = 500
_LONGEST_TICKET = 100


class ReasonField(QWidget):
    """Two fields side by side. Where a reason is required, `is_given` says whether there is one."""

    changed = Signal()

    def __init__(
        self,
        reason: str = "",
        ticket: str = "",
        *,
        required: bool = False,
        name: str = "review",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._required = required
        self._reason = QLineEdit(reason, self)
        self._reason.setObjectName(f"{name}.reason")
        self._reason.setMaxLength(_LONGEST)
        words = self.tr("Reason (required here)") if required else self.tr("Reason, for the history")
        self._reason.setPlaceholderText(words)
        self._reason.setAccessibleName(words)
        self._ticket = QLineEdit(ticket, self)
        self._ticket.setObjectName(f"{name}.ticket")
        self._ticket.setMaxLength(_LONGEST_TICKET)
        self._ticket.setPlaceholderText(self.tr("Ticket"))
        self._ticket.setAccessibleName(self.tr("Ticket this is for"))
        self._ticket.setFixedWidth(_TICKET_WIDTH)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._reason, 1)
        row.addWidget(self._ticket)
        self._reason.textChanged.connect(self.changed)
        self._ticket.textChanged.connect(self.changed)

    @property
    def reason(self) -> str:
        """The reason as typed, without blanks around it."""
        return self._reason.text().strip()

    @property
    def ticket(self) -> str:
        """The ticket as typed, without blanks around it."""
        return self._ticket.text().strip()

    @property
    def is_given(self) -> bool:
        """Whether there is a reason, or none is needed."""
        return bool(self.reason) or not self._required
