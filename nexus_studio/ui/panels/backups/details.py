"""BackupDetails: one backup in full: how it stands and why, what it is, what was proven, its tables; and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.ui.kit.facts import FactList
from nexus_studio.ui.kit.flow import FlowLayout
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.parts import Sign, label
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.panels.backups.counts import Counts
from nexus_studio.ui.panels.backups.proof_view import ProofView
from nexus_studio.ui.panels.backups.tables_view import TablesView
from nexus_studio.ui.panels.backups.words import (
    contents_word,
    duration_text,
    format_word,
    reason_word,
    standing_sign,
    standing_word,
    standing_words,
    warning_words,
)

if TYPE_CHECKING:
    from nexus_studio.core.admin.retention import LibraryEntry

_SIGN: Final = 20
_LEAST_TABLES: Final = 200  # pixels: a few lines are always seen, the rest scrolls
_CHECKSUM: Final = 12  # characters of a file's checksum that are shown; the tool tip has them all

PROVE, RESTORE, INSIDE, COPY, SHOW = "prove", "restore", "inside", "copy", "show"


class BackupDetails(QWidget):
    """Shows one backup; nothing while there is none."""

    asked = Signal(str)  # what to do with it: PROVE, RESTORE, INSIDE, COPY or SHOW

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("backups.details")
        self._entry: LibraryEntry | None = None
        self._can: frozenset[str] = frozenset()
        self._counts = Counts(self)
        self._said = ProofView(self)
        self._content = QWidget(self)
        self._sign = Sign("backups", "text-muted", _SIGN, self._content)
        self._title = label("", "subtitle", selectable=True, name="backups.title")
        self._standing = label("", "strong", name="backups.standing")
        self._means = label("", "muted", name="backups.means")
        self._proof = label("", selectable=True, name="backups.proof")
        self._warnings = label("", tone="warning", selectable=True, name="backups.warnings")
        self._facts = FactList("backups.facts", self._content)
        self._tables_title = label("", "strong", name="backups.tables_title")
        self.tables = TablesView(self._content)
        self.buttons = {each: QPushButton(self._content) for each in (PROVE, RESTORE, INSIDE, COPY, SHOW)}
        self._area = QScrollArea(self)
        self._build()
        self.retranslate()

    def show_entry(self, entry: LibraryEntry | None) -> None:
        """Show a backup; None: nothing. One that is shown already is left as it is, with what was filtered."""
        if entry is None or entry != self._entry:
            self._entry = entry
            self._fill(entry)

    def _fill(self, entry: LibraryEntry | None) -> None:
        self._content.setVisible(entry is not None)
        if entry is None:
            return
        standing, record = entry.standing.value, entry.record
        sign, tone = standing_sign(standing)
        self._sign.set_sign(sign, tone)
        self._title.setText(entry.file.name)
        self._standing.setText(standing_word(standing))
        self._standing.setProperty("tone", tone if tone != "text-muted" else "")
        self._standing.style().polish(self._standing)
        self._means.setText(standing_words(standing))
        proof = record.proof if record is not None else None
        self._proof.setText(self._said.words(proof) if proof is not None else "")
        self._proof.setVisible(proof is not None)
        self._warnings.setText(self._warnings_of(record))
        self._warnings.setVisible(bool(self._warnings.text()))
        self._facts.show_facts(self._facts_of(entry))
        states = record.states if record is not None else None
        self._tables_title.setText(self._tables_words(record))
        self.tables.setVisible(bool(states))
        self.tables.show_states(states or (), proof.differences if proof is not None else ())
        self.setAccessibleName(f"{entry.file.name}: {standing_word(standing)}")

    def allow(self, can: frozenset[str]) -> None:
        """Enable what can be done now."""
        self._can = can
        for name, button in self.buttons.items():
            button.setEnabled(name in can)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        words = {
            PROVE: (self.tr("Prove"), self.tr("Restore it into a scratch database and compare every table")),
            RESTORE: (self.tr("Restore…"), self.tr("Restore it; nothing is replaced before it is whole")),
            INSIDE: (self.tr("Look inside"), self.tr("Open it like a database, and bring rows back")),
            COPY: (self.tr("Copy to…"), self.tr("Copy it with its note to another folder")),
            SHOW: (self.tr("Show in folder"), self.tr("Open the folder that it lies in")),
        }
        for name, button in self.buttons.items():
            button.setText(words[name][0])
            button.setAccessibleName(words[name][0])
            button.setToolTip(words[name][1])
        self._area.setAccessibleName(self.tr("About the backup"))
        self._fill(self._entry)

    def first_button(self) -> QWidget:
        """Return what the keyboard comes to first."""
        return next((each for each in self.buttons.values() if each.isEnabled()), self.tables.filter)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        signs = {PROVE: "success", RESTORE: "deploy", INSIDE: "search", COPY: "copy", SHOW: "folder"}
        row = QWidget(self._content)
        flow = FlowLayout(row)
        for name, button in self.buttons.items():
            button.setObjectName("backups.open_restore" if name == RESTORE else f"backups.{name}")
            button.setIcon(icon(signs[name]))
            button.clicked.connect(lambda _checked=False, name=name: self.asked.emit(name))
            flow.addWidget(button)
        policy = row.sizePolicy()
        policy.setHeightForWidth(True)
        row.setSizePolicy(policy)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._title, 1)
        self.tables.setMinimumHeight(_LEAST_TABLES)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(8)
        column.addLayout(head)
        for widget in (self._standing, self._means, self._proof, self._warnings, row, self._facts, self._tables_title):
            column.addWidget(widget)
        column.addWidget(self.tables, 1)
        column.addStretch(0)
        self._area.setObjectName("backups.details_area")
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._area)
        self._content.hide()

    def _tables_words(self, record: BackupRecord | None) -> str:
        if record is None:
            return self.tr("Nothing is noted of its tables. Look inside, or prove it.")
        if record.states is None:
            return self.tr("Its rows were not counted when it was made.")
        rows = sum(each.rows for each in record.states)
        return f"{self._counts.tables(len(record.states))}  ·  {self._counts.rows(rows)}"

    def _warnings_of(self, record: BackupRecord | None) -> str:
        return "\n".join(warning_words(code) for code in (record.warnings if record is not None else ()))

    def _facts_of(self, entry: LibraryEntry) -> tuple[tuple[str, str, str], ...]:
        """Return name, text and tool tip of what is known of a backup."""
        folder, size = str(entry.file.parent), size_text(entry.size_bytes)
        record = entry.record
        if record is None:
            return (
                (self.tr("Format"), format_word(entry.kind.value), ""),
                (self.tr("Size"), size, ""),
                (self.tr("Changed"), moment_text(entry.made_at), ""),
                (self.tr("Folder"), folder, ""),
            )
        kind = "  ·  ".join((format_word(record.format, record.compression), contents_word(record.contents)))
        made = "  ·  ".join(filter(None, (moment_text(record.made_at), record.who, reason_word(record.reason))))
        took = f"{size}  ·  {duration_text(record.duration_s)}" if record.duration_s else size
        return (
            (self.tr("Database"), f"{record.database} @ {record.server}", ""),
            (self.tr("Server"), f"PostgreSQL {record.server_version}" if record.server_version else "", ""),
            (self.tr("Made"), made, ""),
            (self.tr("Format"), kind, ""),
            (self.tr("Size"), took, ""),
            (self.tr("Program"), " ".join((record.tool, *record.options)), ""),
            (self.tr("Revision"), record.revision, ""),
            (self.tr("Encrypted"), record.encrypted, ""),
            (self.tr("Roles"), record.globals_file, ""),
            (self.tr("Checksum"), f"{record.sha256[:_CHECKSUM]}…", record.sha256),
            (self.tr("Copies"), "\n".join(record.copies), ""),
            (self.tr("Folder"), folder, ""),
        )
