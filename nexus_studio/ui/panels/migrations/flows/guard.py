"""BeforeProduction: what is asked for before migrations run on a database that people depend on."""

from __future__ import annotations

import shlex
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.ui.kit.parts import Card, label, line
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.panels.migrations.flows.codeview import copy_button

LOCK_TIMEOUT_S = 5
_LONGEST_S = 3600
_THOUSAND = 1000


class BeforeProduction(QWidget):
    """A backup is offered and must be said to exist, in production; how long to wait for a lock, in staging too.

    Hidden elsewhere; then nothing is asked for. `waits` tells whether the longest wait for a lock can be chosen.
    """

    changed = Signal()  # `is_satisfied` may answer otherwise

    def __init__(
        self, profile: ConnectionProfile, name: str, parent: QWidget | None = None, *, waits: bool = True
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._is_production = profile.environment is Environment.PRODUCTION
        self._has_backup = QCheckBox(self.tr("I have a backup"), self)
        self._has_backup.setObjectName(f"{name}.has_backup")
        self._has_backup.setAccessibleName(self._has_backup.text())
        self._has_backup.toggled.connect(lambda _on: self.changed.emit())
        self._wait = QSpinBox(self)
        self._wait.setObjectName(f"{name}.lock_timeout")
        self._wait.setRange(1, _LONGEST_S)
        self._wait.setValue(LOCK_TIMEOUT_S)
        self._wait.setSuffix(self.tr(" s"))
        self._wait.setAccessibleName(self.tr("Longest wait for a lock, in seconds"))
        self.command = dump_command(profile, datetime.now().astimezone())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        if self._is_production:
            column.addWidget(self._backup_card(name))
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._has_backup)
        foot.addStretch(1)
        words = QLabel(self.tr("Wait for a lock at most (lock_timeout):"), self)
        words.setBuddy(self._wait)
        foot.addWidget(words)
        foot.addWidget(self._wait)
        column.addLayout(foot)
        self._has_backup.setVisible(self._is_production)
        for widget in (words, self._wait):
            widget.setVisible(waits)
        self.is_asked = self._is_production or (waits and profile.environment is Environment.STAGING)
        self.setVisible(self.is_asked)

    @property
    def is_satisfied(self) -> bool:
        """Whether all that is asked for was given."""
        return not self._is_production or self._has_backup.isChecked()

    @property
    def lock_timeout_ms(self) -> int | None:
        """The longest wait for a lock, in milliseconds; None: as the environment has it."""
        return self._wait.value() * _THOUSAND if self.is_asked else None

    def _backup_card(self, name: str) -> Card:
        card = Card(self.tr("Make a backup first"), sign="backups", ink="warning", severity="warning")
        command = QLabel(self.command, card)
        command.setObjectName(f"{name}.command")
        command.setFont(monospace_font())
        command.setWordWrap(True)
        command.setTextFormat(Qt.TextFormat.PlainText)
        command.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        card.add(label(self.tr("Nothing brings back what a migration drops. In a terminal:"), "muted"))
        card.body.addLayout(
            line(command, copy_button(f"{name}.copy", self.tr("Copy"), lambda: self.command, card), stretch=0)
        )
        return card


def dump_command(profile: ConnectionProfile, now: datetime) -> str:
    """Return a command line that backs a database up into a file named by it and the time; it asks for the password."""
    parts = ["pg_dump", "--format=custom", f"--file={profile.database}_{now:%Y-%m-%d_%H%M}.dump"]
    if profile.host:
        parts.append(f"--host={profile.host}")
    parts.append(f"--port={profile.port}")
    if profile.user:
        parts.append(f"--username={profile.user}")
    return shlex.join([*parts, profile.database])
