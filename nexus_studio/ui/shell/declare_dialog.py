"""DeclareDialog: what the database shall say that it is for."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.ui.kit.environments import environment_name


class DeclareDialog(QDialog):
    """Asks for an environment. What was chosen is told by `declared`; nothing is written here."""

    declared = Signal(object)  # Environment, None: it shall say nothing

    def __init__(
        self, profile: ConnectionProfile, before: Environment | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("declare_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("What this database is for"))
        self.setModal(True)
        self.setMinimumWidth(480)
        self._before = before
        self._kind = QComboBox(self)
        self._kind.setObjectName("declare.kind")
        self._kind.setAccessibleName(self.tr("Environment"))
        for each in Environment:
            self._kind.addItem(environment_name(each), each)
        self._kind.addItem(self.tr("It says nothing"), None)
        self._kind.setCurrentIndex(self._kind.findData(before or profile.environment))
        self._do = QPushButton(self.tr("Declare"), self)
        self._do.setObjectName("declare.do")
        self._do.setAccessibleName(self._do.text())
        self._do.setProperty("primary", True)
        self._do.clicked.connect(self._declare)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setObjectName("declare.cancel")
        cancel.setAccessibleName(cancel.text())
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        words = QLabel(
            self.tr(
                "The database {database} can say itself what it is for. Whoever opens it with Nexus Studio as "
                "something else is stopped, whatever their connection is marked."
            ).format(database=profile.database),
            self,
        )
        words.setWordWrap(True)
        words.setTextFormat(Qt.TextFormat.PlainText)
        now = environment_name(before) if before is not None else self.tr("nothing")
        form = QFormLayout()
        form.setSpacing(8)
        form.addRow(self.tr("It says now"), QLabel(now, self))
        form.addRow(self.tr("From now on"), self._kind)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self._do)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(words)
        column.addLayout(form)
        column.addStretch(1)
        column.addLayout(foot)
        self._kind.currentIndexChanged.connect(self._check)
        self._check()

    def _check(self) -> None:
        self._do.setEnabled(self._kind.currentData() is not self._before)

    def _declare(self) -> None:
        chosen = self._kind.currentData()
        self.accept()
        self.declared.emit(chosen)
