"""SessionDetails: one session, its statement, and what can be done about it."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.activity import SessionRow
from nexus_studio.core.admin.acts import act
from nexus_studio.services.session import Session
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.panels.sizes.session_words import age_words, marks_words, may_not_words
from nexus_studio.ui.panels.sizes.words import obstacle

CANCEL, TERMINATE = "activity.cancel", "activity.terminate"
"""The acts of the page; the buttons that do them are called so too."""


class SessionDetails(QWidget):
    """Shows one session, and offers to stop what it does or to end it."""

    asked = Signal(str)  # CANCEL or TERMINATE

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: SessionRow | None = None
        self._taken_at: datetime | None = None
        self._server: Session | None = None
        self.about = label("", selectable=True, name="sizes.session_about")
        self.query = QPlainTextEdit(self)
        self.cancel = QPushButton(icon("stop"), "", self)
        self.terminate = QPushButton(icon("close", "accent-text"), "", self)
        self._against = label("", tone="warning", name="sizes.session_against")
        self._arrange()
        self.cancel.clicked.connect(lambda _checked=False: self.asked.emit(CANCEL))
        self.terminate.clicked.connect(lambda _checked=False: self.asked.emit(TERMINATE))
        self.retranslate()

    def show_session(self, row: SessionRow | None, taken_at: datetime | None, server: Session | None) -> None:
        """Show a session as it was seen at a moment; None: none is chosen. `server` is what may be done on it."""
        self._row, self._taken_at, self._server = row, taken_at, server
        text = row.query if row is not None else ""
        if self.query.toPlainText() != text:
            self.query.setPlainText(text)
        self.about.setText(self._words())
        self.tell(server)

    def tell(self, server: Session | None) -> None:
        """Offer what may be done now."""
        self._server = server
        row = self._row
        may_not = may_not_words(row.may_end) if row is not None and row.may_end else ""
        for button, act_id in ((self.cancel, CANCEL), (self.terminate, TERMINATE)):
            against = may_not or obstacle(server, act_id)
            button.setEnabled(row is not None and not against)
            button.setToolTip(against if row is not None else "")
        if row is not None and row.state != "active" and self.cancel.isEnabled():
            self.cancel.setEnabled(False)
            self.cancel.setToolTip(self.tr("It runs nothing just now."))
        words = may_not or obstacle(server, TERMINATE)
        self._against.setText(words)
        self._against.setVisible(row is not None and bool(words))

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.query.setAccessibleName(self.tr("The session's statement"))
        self.cancel.setText(self.tr("Cancel its statement…"))
        self.terminate.setText(self.tr("End the session…"))
        for button in (self.cancel, self.terminate):
            button.setAccessibleName(button.text())
        self.show_session(self._row, self._taken_at, self._server)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _words(self) -> str:
        row, taken_at = self._row, self._taken_at
        if row is None or taken_at is None:
            return self.tr("Choose a session to see its statement.")
        since = age_words(row.backend_start, taken_at)
        pieces = [
            str(row.pid),
            row.user,
            row.client,
            self.tr("connected for {time}").format(time=since) if since else "",
            marks_words(row),
        ]
        return "  ·  ".join(filter(None, pieces))

    def _arrange(self) -> None:
        self.query.setObjectName("sizes.session_query")
        self.query.setReadOnly(True)
        self.query.setFont(monospace_font())
        self.query.setTabChangesFocus(True)
        self.cancel.setObjectName(act(CANCEL).button)
        self.terminate.setObjectName(act(TERMINATE).button)
        self.terminate.setProperty("danger", True)
        for button in (self.cancel, self.terminate):
            button.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.about, 1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.terminate)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 10)
        column.setSpacing(8)
        column.addLayout(buttons)
        column.addWidget(self._against)
        column.addWidget(self.query, 1)
