"""FindingDetails: one line of the checklist in full: what was found, the evidence, what to do, and a button for it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.readiness import Cure, Finding, Remedy
from nexus_studio.ui.kit.facts import FactList
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.panels.readiness.words import SIGNS, said

_SIGN = 20

# What leads somewhere: (cure, id) -> the button's label.
_DOORS = {
    (Cure.PANEL, "migrations"): QT_TRANSLATE_NOOP("readiness", "Go to the migrations"),
    (Cure.STEP, "connection.edit"): QT_TRANSLATE_NOOP("readiness", "Edit the connection…"),
    (Cure.STEP, "server.open"): QT_TRANSLATE_NOOP("readiness", "Open .env…"),
}


class FindingDetails(QWidget):
    """Shows one finding; nothing while there is none."""

    step_asked = Signal(str)  # a step of the window, by its id
    copied = Signal()  # the command is in the clipboard

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("readiness.details")
        self._finding: Finding | None = None
        self._content = QWidget(self)
        self._sign = QLabel(self._content)
        self._title = self._label("title", "subtitle")
        self._verdict = self._label("verdict", "strong")
        self._found = self._label("found")
        self._advice = self._label("advice")
        self._evidence = FactList("readiness.evidence", self._content)
        self._frame = QFrame(self._content)
        self._command = self._label("command")
        self.copy = QPushButton(self._content)
        self.door = QPushButton(self._content)
        self._area = QScrollArea(self)
        self._build()
        self.show_finding(None)

    def show_finding(self, finding: Finding | None) -> None:
        """Show a finding; None: nothing."""
        self._finding = finding
        self._content.setVisible(finding is not None)
        if finding is None:
            return
        words, (sign, tone) = said(finding), SIGNS[finding.verdict]
        self._sign.setPixmap(icon(sign, tone).pixmap(_SIGN, _SIGN))
        self._title.setText(words.title)
        self._verdict.setText(words.verdict_word)
        self._verdict.setProperty("tone", tone if tone != "text-muted" else "")
        self._verdict.style().polish(self._verdict)
        self._found.setText(words.found)
        self._advice.setText(words.advice)
        self._advice.setVisible(bool(words.advice))
        self._evidence.show_facts(words.evidence)
        self._evidence.setVisible(bool(words.evidence))
        self._command.setText(words.command)
        self._frame.setVisible(bool(words.command))
        self.copy.setVisible(bool(words.command))
        self._show_door(finding.remedy)
        self.setAccessibleName(f"{words.title}: {words.verdict_word}")

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.copy.setText(self.tr("Copy"))
        self.copy.setAccessibleName(self.tr("Copy the command"))
        self._area.setAccessibleName(self.tr("About the check"))
        self.show_finding(self._finding)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange}:
            self.retranslate()

    # inside

    def _build(self) -> None:
        for label in (self._title, self._found, self._advice, self._command):
            label.setWordWrap(True)
        self._command.setFont(monospace_font())
        self._frame.setProperty("card", True)
        inside = QVBoxLayout(self._frame)
        inside.setContentsMargins(12, 8, 12, 8)
        inside.addWidget(self._command)
        for button, name, sign in ((self.door, "readiness.door", "forward"), (self.copy, "readiness.copy", "copy")):
            button.setObjectName(name)
            button.setIcon(icon(sign))
            button.setIconSize(QSize(16, 16))
        self.copy.clicked.connect(self._copy)
        self.door.clicked.connect(self._go)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._title, 1)
        head.addWidget(self._verdict, 0, Qt.AlignmentFlag.AlignTop)
        buttons = QHBoxLayout()
        buttons.addWidget(self.door)
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(8)
        column.addLayout(head)
        for widget in (self._found, self._advice, self._frame):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addWidget(self._evidence)
        column.addStretch(1)
        self._area.setObjectName("readiness.details_area")
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._area)
        self.retranslate()

    def _label(self, name: str, look: str = "") -> QLabel:
        label = QLabel(self._content)
        label.setObjectName(f"readiness.{name}")
        if look:
            label.setProperty(look, True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _show_door(self, remedy: Remedy | None) -> None:
        label = _DOORS.get((remedy.cure, remedy.what)) if remedy is not None else None
        self.door.setVisible(label is not None)
        self.door.setText(QCoreApplication.translate("readiness", label) if label is not None else "")
        self.door.setAccessibleName(self.door.text() or self.tr("Do what helps"))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._command.text())
        self.copied.emit()

    def _go(self) -> None:
        remedy = self._finding.remedy if self._finding is not None else None
        if remedy is not None:
            self.step_asked.emit(f"panel.{remedy.what}" if remedy.cure is Cure.PANEL else remedy.what)
