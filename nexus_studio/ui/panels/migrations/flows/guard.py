"""BeforeProduction: what is asked for before migrations run on a database that people depend on."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from nexus_studio.core.admin.backups import BackupSpec
from nexus_studio.core.errors import StudioError
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.ui.kit.parts import Card, give_room, label, line
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.migrations.flows.codeview import copy_button
from nexus_studio.ui.panels.migrations.flows.frame import FlowFrame

LOCK_TIMEOUT_S = 5
_LONGEST_S = 3600
_THOUSAND = 1000


class BeforeProduction(QWidget):
    """A backup is offered and must be said to exist, in production; how long to wait for a lock, in staging too.

    Hidden elsewhere; then nothing is asked for. `waits` tells whether the longest wait for a lock can be chosen.
    """

    changed = Signal()  # `is_satisfied` may answer otherwise
    backup_asked = Signal()  # make one now; then `show_backup`, or `show_failure`

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
        give_room(self._wait)
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

    def show_backup(self, file: Path) -> None:
        """Say that a backup was made, and where it is."""
        self._tell(self.tr("Backed up: {file}").format(file=file), "success")
        self._has_backup.setChecked(True)

    def show_failure(self, words: str) -> None:
        """Say why there is no backup."""
        self._tell(self.tr("No backup was made: {words}").format(words=words), "danger")
        self._has_backup.setChecked(False)

    def _tell(self, words: str, tone: str) -> None:
        self._made.setText(words)
        self._made.setProperty("tone", tone)
        self._made.style().polish(self._made)
        self._made.show()

    def _backup_card(self, name: str) -> Card:
        card = Card(self.tr("Make a backup first"), sign="backups", ink="warning", severity="warning")
        command = QLabel(self.command, card)
        command.setObjectName(f"{name}.command")
        command.setFont(monospace_font())
        command.setWordWrap(True)
        command.setTextFormat(Qt.TextFormat.PlainText)
        command.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._now = QPushButton(self.tr("Back up now"), card)
        self._now.setObjectName(f"{name}.back_up")
        self._now.setAccessibleName(self._now.text())
        self._now.setAutoDefault(False)
        self._now.clicked.connect(lambda _checked=False: self.backup_asked.emit())
        self._made = label("", selectable=True, name=f"{name}.made")
        self._made.hide()
        card.body.addLayout(
            line(label(self.tr("Nothing brings back what a migration drops."), "muted"), self._now, stretch=0)
        )
        card.add(self._made)
        card.add(label(self.tr("Or in a terminal:"), "muted"))
        card.body.addLayout(
            line(command, copy_button(f"{name}.copy", self.tr("Copy"), lambda: self.command, card), stretch=0)
        )
        return card


def back_up(frame: FlowFrame, guard: BeforeProduction) -> None:
    """Make the backup that a guard offers, behind the calm page; what was in sight comes back."""
    backups = frame.workspace.backups

    def failed(error: StudioError) -> None:
        said = sentence(error)
        guard.show_failure(" ".join(filter(None, (f"{said.title}.", said.explanation, said.server_message))))

    task = frame.act_waiting(
        QCoreApplication.translate("BeforeProduction", "Backing up"),
        QCoreApplication.translate("BeforeProduction", "Making a backup before anything runs"),
        lambda ctx: backups.create(BackupSpec(reason="deploy"), ctx),
        lambda made: guard.show_backup(made[0]),
        failed=failed,
    )
    task.finished.connect(guard.changed)


def dump_command(profile: ConnectionProfile, now: datetime) -> str:
    """Return a command line that backs a database up into a file named by it and the time; it asks for the password."""
    parts = ["pg_dump", "--format=custom", f"--file={profile.database}_{now:%Y-%m-%d_%H%M}.dump"]
    if profile.host:
        parts.append(f"--host={profile.host}")
    parts.append(f"--port={profile.port}")
    if profile.user:
        parts.append(f"--username={profile.user}")
    return shlex.join([*parts, profile.database])
