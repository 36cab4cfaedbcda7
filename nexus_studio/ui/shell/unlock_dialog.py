"""UnlockDialog: why production is to be written to, and for how long."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.ui.kit.icons import icon

MINUTES: Final = (15, 30, 60)


class UnlockDialog(QDialog):
    """Asks for a reason and for how long. What was said is told by `unlock_asked`; nothing is unlocked here."""

    unlock_asked = Signal(str, int)  # the reason, minutes

    def __init__(self, profile: ConnectionProfile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("unlock_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Unlock production"))
        self.setModal(True)
        self.setMinimumWidth(480)
        self._reason = QLineEdit(self)
        self._reason.setObjectName("unlock.reason")
        self._reason.setAccessibleName(self.tr("Reason"))
        self._reason.setPlaceholderText(self.tr("Such as: refund of order 1182, ticket 4711"))
        self._reason.textChanged.connect(self._check)
        self._minutes = QButtonGroup(self)
        self._unlock = QPushButton(icon("unlock", "accent-text"), self.tr("Unlock"), self)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addLayout(self._head(profile))
        column.addWidget(
            self._words(
                self.tr(
                    "Until then the server refuses every change from here. Afterwards it locks itself again, and edits "
                    "that are staged stay staged."
                )
            )
        )
        asked = QLabel(self.tr("Why? Your words are kept on this computer, with the time and your name."), self)
        asked.setWordWrap(True)
        asked.setBuddy(self._reason)
        column.addWidget(asked)
        column.addWidget(self._reason)
        column.addLayout(self._times())
        column.addStretch(1)
        column.addLayout(self._foot())
        self._reason.setFocus()
        self._check()

    @property
    def minutes(self) -> int:
        """For how long."""
        return self._minutes.checkedId()

    def _head(self, profile: ConnectionProfile) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(10)
        sign = QLabel(self)
        sign.setPixmap(icon("lock", "danger").pixmap(20, 20))
        title = QLabel(self.tr("Unlock production?"), self)
        title.setProperty("subtitle", True)
        place = QLabel(profile.place, self)
        place.setObjectName("unlock.place")
        place.setTextFormat(Qt.TextFormat.PlainText)
        place.setProperty("chip", True)
        place.setProperty("environment", profile.environment.value)
        line.addWidget(sign)
        line.addWidget(title, 1)
        line.addWidget(place, 0, Qt.AlignmentFlag.AlignVCenter)
        return line

    def _words(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setWordWrap(True)
        label.setProperty("muted", True)
        return label

    def _times(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(QLabel(self.tr("For how long?"), self))
        for minutes in MINUTES:
            button = QRadioButton(self.tr("%Ln minute(s)", "", minutes), self)
            button.setObjectName(f"unlock.minutes_{minutes}")
            button.setAccessibleName(button.text())
            self._minutes.addButton(button, minutes)
            line.addWidget(button)
        self._minutes.button(MINUTES[0]).setChecked(True)
        line.addStretch(1)
        return line

    def _foot(self) -> QHBoxLayout:
        line = QHBoxLayout()
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setObjectName("unlock.cancel")
        cancel.setAccessibleName(cancel.text())
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self._unlock.setObjectName("unlock.do")
        self._unlock.setAccessibleName(self._unlock.text())
        self._unlock.setProperty("danger", True)
        self._unlock.setDefault(True)
        self._unlock.clicked.connect(self._ask)
        line.addStretch(1)
        line.addWidget(cancel)
        line.addWidget(self._unlock)
        return line

    def _ask(self) -> None:
        self.accept()
        self.unlock_asked.emit(self._reason.text(), self.minutes)

    def _check(self) -> None:
        has_reason = bool(self._reason.text().strip())
        self._unlock.setEnabled(has_reason)
        self._unlock.setToolTip("" if has_reason else self.tr("Say why first"))
