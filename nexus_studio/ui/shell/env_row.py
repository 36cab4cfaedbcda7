"""EnvRow: one variable of a `.env` file: its name, its value to be changed, what it means and what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.envchecks import EnvEntry, EnvFinding, Severity
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording_servers import FAULTS

_NAME_WIDTH = 190  # pixels; longer names break into lines


class EnvRow(QWidget):
    """A value in a field. A secret is dots until its eye is clicked; a value of several lines is only read."""

    changed = Signal()  # value() answers otherwise than before

    def __init__(self, entry: EnvEntry, findings: tuple[EnvFinding, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry = entry
        raw = entry.raw or ""
        self._is_fixed = "\n" in raw
        self.setObjectName(f"env.row_{entry.name}")
        self._name = QLabel(entry.name, self)
        self._name.setFont(monospace_font())
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setFixedWidth(_NAME_WIDTH)
        self._name.setWordWrap(True)
        self._field = QLineEdit(self)
        self._field.setObjectName(f"env.value_{entry.name}")
        self._field.setAccessibleName(entry.name)
        self._field.setAccessibleDescription(entry.comment)
        self._field.setFont(monospace_font())
        self._name.setBuddy(self._field)
        self._remove = QToolButton(self)
        self._fill(raw)
        self._arrange(findings)
        self._field.textChanged.connect(self.changed)

    @property
    def is_changed(self) -> bool:
        """Whether saving would change this variable."""
        if self._remove.isChecked():
            return self.entry.raw is not None
        if self._is_fixed:
            return False
        text = self._field.text()
        return bool(text) if self.entry.raw is None else text != self.entry.raw

    def value(self) -> str | None:
        """Return what shall stand in the file; None: the variable shall not."""
        return None if self._remove.isChecked() else self._field.text()

    def show_secret(self, shown: bool) -> None:
        """Show the letters of a secret, or dots."""
        self._field.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)

    def focus_value(self) -> None:
        """Put the cursor into the field."""
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill(self, raw: str) -> None:
        entry, field = self.entry, self._field
        if self._is_fixed:
            field.setReadOnly(True)
            field.setPlaceholderText(self.tr("several lines: change it in an editor"))
        else:
            field.setText(raw)
            field.setCursorPosition(0)
            if entry.raw is None:
                sample = "" if entry.is_secret else entry.example or ""
                example = self.tr("for example {value}").format(value=sample)
                field.setPlaceholderText(example if sample else self.tr("not set"))
        if entry.is_secret and not self._is_fixed:
            self.show_secret(False)
            eye = QAction(icon("eye"), self.tr("Show"), field)
            eye.setObjectName(f"env.show_{entry.name}")
            eye.setCheckable(True)
            eye.toggled.connect(self.show_secret)
            field.addAction(eye, QLineEdit.ActionPosition.TrailingPosition)

    def _arrange(self, findings: tuple[EnvFinding, ...]) -> None:
        words = self.tr("Take {name} out of the file").format(name=self.entry.name)
        self._remove.setObjectName(f"env.remove_{self.entry.name}")
        self._remove.setAccessibleName(words)
        self._remove.setToolTip(words)
        self._remove.setIcon(icon("trash"))
        self._remove.setCheckable(True)
        self._remove.setVisible(self.entry.raw is not None)
        self._remove.toggled.connect(self._removal)
        line = QHBoxLayout()
        line.addWidget(self._field, 1)
        line.addWidget(self._remove)
        right = QVBoxLayout()
        right.setSpacing(2)
        right.addLayout(line)
        for text, tone in [(self.entry.comment, ""), *((said(each), _tone(each)) for each in findings)]:
            if text:
                right.addWidget(_note(text, tone, self))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.addWidget(self._name, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(right, 0, 1)
        self._name.setContentsMargins(0, 5, 0, 0)

    def _removal(self, removed: bool) -> None:
        self._field.setEnabled(not removed)
        font = self._name.font()
        font.setStrikeOut(removed)
        self._name.setFont(font)
        self.changed.emit()


def said(finding: EnvFinding) -> str:
    """Put a finding into words."""
    text = QCoreApplication.translate("env", FAULTS[finding.fault])
    return text.format(line=finding.line, other=finding.other)


def _tone(finding: EnvFinding) -> str:
    return "danger" if finding.severity is Severity.ERROR else "warning"


def _note(text: str, tone: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if tone:
        label.setProperty("tone", tone)
    else:
        label.setProperty("muted", True)
    return label
