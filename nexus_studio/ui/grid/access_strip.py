"""AccessStrip: what the role may not do with the rows shown, and why, before anybody tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.services.rowpolicies import RowRights, rights_on
from nexus_studio.ui.grid.locks import access_sentences, row_sentence
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.kit.parts import Sign
from nexus_studio.ui.kit.tasks import Latest, TaskRunner

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.session import Session

_ICON = 14  # pixels


class AccessStrip(QFrame):
    """One line above the rows, hidden where the role may do everything.

    Of a table with row security the policies are asked about the row one stands on.
    """

    rights_known = Signal(object, object)  # RowKey, RowRights

    def __init__(self, runner: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("access_strip")
        self.setProperty("strip", True)
        self._asking = Latest(runner, self)
        self._relation: Relation | None = None
        self._session: Session | None = None
        self._rights: RowRights | None = None
        self._row: tuple[RowKey, str | None] | None = None  # that was asked about last
        self._words = QLabel(self)
        self._words.setObjectName("access_words")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        sign = Sign("lock", "text-muted", _ICON, self)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 4, 8, 4)
        line.setSpacing(8)
        line.addWidget(sign)
        line.addWidget(self._words, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What is said; empty where there is nothing to say."""
        return self._words.text()

    def show_for(self, relation: Relation, session: Session) -> None:
        """Say what holds for all rows of a relation."""
        self._asking.cancel()
        self._relation, self._session, self._rights, self._row = relation, session, None, None
        self._say()

    def show_row(self, shown: ShownRow | None) -> None:
        """Ask about the row one stands on, where policies tell rows apart."""
        relation, session, row = self._relation, self._session, shown.row if shown is not None else None
        asked = None if row is None else (row.key, row.version)
        if asked == self._row:
            return
        self._row = asked
        self._asking.cancel()
        if self._rights is not None:
            self._rights = None
            self._say()
        if relation is None or session is None or row is None or not relation.row_security or not relation.editable:
            return

        def arrived(rights: RowRights) -> None:
            self._rights = rights
            self._say()
            self.rights_known.emit(row.key, rights)

        # What can't be asked is left to the save, which says why it is refused.
        self._asking.start(lambda ctx: rights_on(session, relation, row.key, ctx), arrived, lambda _error: None)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._say()

    def _say(self) -> None:
        if self._relation is None:
            return
        rights = self._rights or RowRights()
        said = [row_sentence(may_update=rights.may_update, may_delete=rights.may_delete)]
        said += access_sentences(self._relation)
        self._words.setText(" ".join(sentence for sentence in said if sentence))
        self.setAccessibleName(self._words.text())
        self.setVisible(bool(self._words.text()))
