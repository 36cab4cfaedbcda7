"""RawPopup: a condition in SQL of the person's own, checked by the server before it is applied."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from nexus_studio.core.data.filters import Raw
from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.grid.filter_scope import FilterScope
from nexus_studio.ui.grid.popups import Popup
from nexus_studio.ui.grid.raw_text import RawText
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import reason_sentence, sentence

_WIDTH: Final = 460
_HEIGHT: Final = 120


class RawPopup(Popup):
    """Edits a draft of one SQL condition. `accepted` comes when the server took it; what it refuses stays, marked."""

    accepted = Signal(object)  # Raw

    def __init__(self, scope: FilterScope, parent: QWidget | None = None) -> None:
        super().__init__("raw_popup", _WIDTH, parent)
        self._scope = scope
        self._checking = Latest(scope.context.runner, self)
        columns = tuple(column.name for column in scope.relation.columns if column.may_select)
        self._text = RawText(columns, self)
        self._text.setObjectName("raw_text")
        self._text.setAccessibleName(self.tr("SQL condition"))
        self._text.setPlaceholderText(self.tr("One expression, as after WHERE"))
        self._text.setFixedHeight(_HEIGHT)
        self._text.textChanged.connect(self._edited)
        self._message = QLabel(self)
        self._message.setObjectName("raw_message")
        self._message.setProperty("tone", "danger")
        self._message.setWordWrap(True)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._message.hide()
        keys = QLabel(self.tr("Ctrl+Space completes names, Ctrl+Enter applies"), self)
        keys.setProperty("muted", True)
        keys.setWordWrap(True)
        self._apply = QPushButton(self.tr("Apply"), self)
        self._apply.setObjectName("raw_apply")
        self._apply.setAccessibleName(self.tr("Apply the SQL condition"))
        self._apply.setProperty("primary", True)
        self._apply.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addWidget(keys, 1)
        foot.addWidget(self._apply)
        self.rows.addWidget(self._text)
        self.rows.addWidget(self._message)
        self.rows.addLayout(foot)

    def show_raw(self, raw: Raw) -> None:
        """Start from a condition."""
        self._text.setPlainText(raw.text)
        self._text.selectAll()

    def focus_first(self) -> None:
        """Begin in the text."""
        self._text.setFocus()

    @property
    def message(self) -> str:
        """Why the text was refused; empty when it was not."""
        return "" if self._message.isHidden() else self._message.text()

    @property
    def is_checking(self) -> bool:
        """Whether the server is being asked."""
        return self._checking.is_busy

    def accept(self) -> None:
        """Ask the server; apply what it takes."""
        raw, check = Raw(self._text.toPlainText().strip()), self._scope.check
        if not raw.text:
            self._say(self.tr("Nothing is typed."))
            return
        if check is None:
            self._finish(raw)
            return
        asked = check  # the name narrowed for the closure below

        def work(ctx: TaskContext) -> None:
            asked(raw, ctx)

        self._say("")
        self._text.unmark()
        self._apply.setEnabled(False)
        self._apply.setText(self.tr("Checking…"))
        self._checking.start(work, lambda _: self._finish(raw), self._refuse)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Apply with Ctrl+Enter wherever the focus is."""
        is_enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.accept()
            return
        super().keyPressEvent(event)

    def _finish(self, raw: Raw) -> None:
        self.close()
        self.accepted.emit(raw)

    def _refuse(self, error: StudioError) -> None:
        self._ready()
        state = error.report.sqlstate if error.report is not None else ""
        server = [text for _label, text in sentence(error).server_words if text != state]
        words = "\n".join(server) or reason_sentence(error)
        position = error.facts.get("position")
        lead = self._leading()
        if isinstance(position, int) and position > 0:
            line, character = self._text.mark(position - 1 + lead, self._scope.context.theme.color("danger"))
            words = self.tr("Line {line}, character {character}: {words}").format(
                line=line, character=character, words=words
            )
        self._say(words)
        self._text.setFocus()

    def _leading(self) -> int:
        """Return how much white space stands before what was sent."""
        typed = self._text.toPlainText()
        return len(typed) - len(typed.lstrip())

    def _edited(self) -> None:
        """The draft is another: an answer about the former one is of no use."""
        self._checking.cancel()
        self._text.unmark()
        self._ready()
        self._say("")

    def _ready(self) -> None:
        self._apply.setEnabled(True)
        self._apply.setText(self.tr("Apply"))

    def _say(self, message: str) -> None:
        if message == self.message:
            return
        self._message.setText(message)
        self._message.setVisible(bool(message))
        self.fit()
