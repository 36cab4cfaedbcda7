"""Confirmations, scaled by what the database is for: in production the database's name must be typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.ui.kit.parts import Sign

_WIDTH: Final = 440  # pixels
_MOST_WIDTH: Final = 600
_ALTERNATIVE: Final = 2  # a result of QDialog beside its own 0 (rejected) and 1 (accepted)


class Answer(Enum):
    """What a person chose."""

    DO = "do"
    ALTERNATIVE = "alternative"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is about to happen, in translated words.

    `action` labels the button that does it ("Save 3 changes"); `consequences` are said as a list; `destructive` tells
    that something is lost for good, which makes the button red and needs the typed name in staging too; `writes` is
    False where the database itself is not touched, and then no name has to be typed anywhere. `alternative` labels a
    third button, for another way that loses nothing ("Save" beside "Discard"); empty for none. `act` is the id of one
    of `core.admin.acts`, whose rail may want the name typed elsewhere too.
    """

    title: str
    text: str
    action: str
    consequences: tuple[str, ...] = ()
    destructive: bool = False
    writes: bool = True
    alternative: str = ""
    act: str = ""


class ConfirmDialog(QDialog):
    """Asks once; what was chosen is `answer`.

    Escape says no. Return does what was asked about only where nothing is lost by it: a destructive question begins
    on Cancel, and its doing button must be clicked or pressed with Space. Where a name is to be typed, Return does
    nothing at all. The doing button works only when all that is asked is typed.
    """

    def __init__(self, confirmation: Confirmation, profile: ConnectionProfile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("confirm_dialog")
        self.setWindowTitle(confirmation.title)
        self.setModal(True)
        self._wanted = profile.database if must_type_name(confirmation, profile.environment) else ""
        self._typed = QLineEdit(self)
        self._do = QPushButton(confirmation.action, self)
        self._other = QPushButton(confirmation.alternative, self)
        self._cancel = QPushButton(self.tr("Cancel"), self)
        self._build(confirmation, profile)
        self._check()

    @property
    def answer(self) -> Answer:
        """What was chosen; CANCEL as long as nothing is."""
        if self.result() == _ALTERNATIVE:
            return Answer.ALTERNATIVE
        return Answer.DO if self.result() == QDialog.DialogCode.Accepted else Answer.CANCEL

    def _build(self, confirmation: Confirmation, profile: ConnectionProfile) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        head, head_width = self._head(confirmation, profile)
        column.addLayout(head)
        text = QLabel(confirmation.text, self)
        text.setObjectName("confirm_text")
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(text)
        if confirmation.consequences:
            column.addWidget(self._list(confirmation.consequences))
        self._typed.setObjectName("confirm_name")
        self._typed.setVisible(bool(self._wanted))
        if self._wanted:
            asked = QLabel(self.tr("Type the database's name, {name}, to go on:").format(name=self._wanted), self)
            asked.setTextFormat(Qt.TextFormat.PlainText)
            asked.setWordWrap(True)
            asked.setBuddy(self._typed)
            column.addWidget(asked)
            self._typed.setAccessibleName(self.tr("Name of the database"))
            self._typed.textChanged.connect(self._check)
        column.addWidget(self._typed)
        column.addStretch(1)
        column.addLayout(self._foot(confirmation))
        margins = column.contentsMargins()
        width = min(max(_WIDTH, head_width + margins.left() + margins.right()), _MOST_WIDTH)
        self.setMinimumWidth(_WIDTH)
        self.resize(width, column.heightForWidth(width))  # Qt's own guess leaves room for lines that are not there

    def _head(self, confirmation: Confirmation, profile: ConnectionProfile) -> tuple[QHBoxLayout, int]:
        """Lay the head out, and say how wide it is where the title is on one line."""
        line = QHBoxLayout()
        line.setSpacing(10)
        name, ink = ("warning", "danger") if confirmation.destructive else ("info", "info")
        sign = Sign(name, ink, 20, self)
        title = QLabel(confirmation.title, self)
        title.setObjectName("confirm_title")
        title.setProperty("subtitle", True)
        title.setTextFormat(Qt.TextFormat.PlainText)
        place = QLabel(profile.place, self)
        place.setObjectName("confirm_place")
        place.setTextFormat(Qt.TextFormat.PlainText)
        place.setProperty("chip", True)
        place.setProperty("environment", profile.environment.value)
        line.addWidget(sign)
        line.addWidget(title, 1)
        line.addWidget(place, 0, Qt.AlignmentFlag.AlignVCenter)
        for label in (title, place):
            label.ensurePolished()  # else the width is that of other letters
        width = line.sizeHint().width()
        title.setWordWrap(True)
        line.invalidate()
        return line, width

    def _list(self, consequences: tuple[str, ...]) -> QFrame:
        card = QFrame(self)
        card.setProperty("card", True)
        column = QVBoxLayout(card)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        for consequence in consequences:
            label = QLabel(f"•  {consequence}", card)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            column.addWidget(label)
        return card

    def _foot(self, confirmation: Confirmation) -> QHBoxLayout:
        line = QHBoxLayout()
        self._cancel.setObjectName("confirm_cancel")
        self._cancel.clicked.connect(self.reject)
        self._do.setObjectName("confirm_do")
        self._do.setProperty("danger" if confirmation.destructive else "primary", True)
        self._do.clicked.connect(self.accept)
        self._other.setObjectName("confirm_alternative")
        self._other.setProperty("primary", True)
        self._other.setVisible(bool(confirmation.alternative))
        self._other.clicked.connect(lambda: self.done(_ALTERNATIVE))
        for button in (self._cancel, self._other, self._do):
            button.setAccessibleName(button.text())
            button.setAutoDefault(False)  # else the button that has the focus would be what Return presses
        line.addStretch(1)
        for button in (self._cancel, self._other):
            line.addWidget(button)
        # With a way that loses nothing, the other one stands apart from it, where no hand goes by habit.
        line.insertWidget(0 if confirmation.alternative else line.count(), self._do)
        begins = self._cancel if confirmation.destructive or confirmation.alternative else self._do
        if self._wanted:
            begins_on: QWidget = self._typed
        else:
            begins.setDefault(True)
            begins_on = begins
        begins_on.setFocus()
        return line

    def _check(self) -> None:
        self._do.setEnabled(not self._wanted or self._typed.text().strip() == self._wanted)


def must_type_name(confirmation: Confirmation, environment: Environment) -> bool:
    """Tell whether the database's name has to be typed.

    Where the rail of the confirmation's act says so; and in production, and in staging when something is lost.
    """
    if not confirmation.writes:
        return False
    if confirmation.act and rail(act(confirmation.act), environment).is_named:
        return True
    return environment is Environment.PRODUCTION or (environment is Environment.STAGING and confirmation.destructive)


def ask_where_wanted(
    confirmation: Confirmation, profile: ConnectionProfile, parent: QWidget, accepted: Callable[[], None]
) -> ConfirmDialog | None:
    """Ask where the rail of the confirmation's act wants it, else go on at once."""
    if rail(act(confirmation.act), profile.environment) is Rail.FREE:
        accepted()
        return None
    return ask(confirmation, profile, parent, accepted)


def ask(
    confirmation: Confirmation,
    profile: ConnectionProfile,
    parent: QWidget,
    accepted: Callable[[], None],
    alternative: Callable[[], None] | None = None,
) -> ConfirmDialog:
    """Show a confirmation and go on; `accepted` is called when the person says yes, `alternative` for the third way."""
    dialog = ConfirmDialog(confirmation, profile, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    calls = {Answer.DO: accepted, Answer.ALTERNATIVE: alternative}

    def go_on() -> None:
        if (call := calls.get(dialog.answer)) is not None:
            call()

    dialog.finished.connect(go_on)
    dialog.open()
    return dialog
