"""CreateForm: how a backup is to be written, as a `BackupSpec`."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QLineEdit, QSpinBox, QWidget

from nexus_studio.core.admin.archives import Selection
from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression, Contents
from nexus_studio.ui.kit.parts import give_room

_OLDEST: Final = 12
_MOST_JOBS: Final = 32


class CreateForm(QWidget):
    """Format, compression, what of it, for which server; rows counted, roles added, encrypted."""

    changed = Signal()  # spec() answers otherwise

    def __init__(self, server_major: int, parent: QWidget | None = None) -> None:
        """Make the form; `server_major` is the server's major version."""
        super().__init__(parent)
        self.setObjectName("backups.create_form")
        self._server_major = server_major
        self._encrypts_with: tuple[str, ...] = ()
        self.format, self.compression, self.contents = QComboBox(self), QComboBox(self), QComboBox(self)
        self.target = QComboBox(self)
        self.jobs = QSpinBox(self)
        give_room(self.jobs)
        self.counts, self.globals, self.passwords = QCheckBox(self), QCheckBox(self), QCheckBox(self)
        self.recipients = QLineEdit(self)
        self._form = QFormLayout(self)
        self._titles: dict[QWidget, QLabel] = {}
        self._build()
        self.retranslate()

    def offer_encryption(self, programs: tuple[str, ...]) -> None:
        """Offer it where there is a program that does it: "age", "gpg"."""
        self._encrypts_with = programs
        self._form.setRowVisible(self.recipients, bool(programs))
        self.retranslate()

    def spec(self, selection: Selection) -> BackupSpec:
        """Return what is asked for."""
        chosen = BackupFormat(self.format.currentData())
        return BackupSpec(
            format=chosen,
            compression=Compression(self.compression.currentData()),
            contents=Contents(self.contents.currentData()),
            schemas=selection.schemas,
            tables=selection.tables,
            jobs=self.jobs.value() if chosen is BackupFormat.DIRECTORY else 1,
            target_version=self.target.currentData() or None,
            counts=self.counts.isChecked(),
            globals=self.globals.isChecked(),
            passwords=self.globals.isChecked() and self.passwords.isChecked(),
            encrypt_for=tuple(filter(None, (each.strip() for each in self.recipients.text().split(",")))),
        )

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self._fill(
            self.format,
            self.tr("Format"),
            {
                BackupFormat.CUSTOM.value: self.tr("Custom: one compressed file, tables can be chosen later"),
                BackupFormat.DIRECTORY.value: self.tr("Directory: a file per table, several jobs"),
                BackupFormat.PLAIN.value: self.tr("Plain SQL, for psql"),
            },
        )
        self._fill(
            self.compression,
            self.tr("Compression"),
            {
                Compression.GZIP.value: self.tr("gzip"),
                Compression.ZSTD.value: self.tr("zstd: faster and smaller, PostgreSQL 16 or later"),
                Compression.NONE.value: self.tr("none"),
            },
        )
        self._fill(
            self.contents,
            self.tr("Contents"),
            {
                Contents.ALL.value: self.tr("Tables and their rows"),
                Contents.SCHEMA.value: self.tr("Tables without rows"),
                Contents.DATA.value: self.tr("Rows alone"),
            },
        )
        same = self.tr("the same as here (PostgreSQL {major})").format(major=self._server_major)
        versions = {major: f"PostgreSQL {major}" for major in range(self._server_major - 1, _OLDEST - 1, -1)}
        self._fill(self.target, self.tr("To be restored on"), {0: same, **versions})
        self._titles[self.jobs].setText(self.tr("Jobs"))
        self.jobs.setAccessibleName(self.tr("Jobs: tables that are written at once"))
        self._say(self.counts, self.tr("Count rows and sum them up, to compare when it is proven"))
        self._say(self.globals, self.tr("Roles and tablespaces beside it"))
        self._say(self.passwords, self.tr("… with the roles' password hashes"))
        words = self.tr("Encrypt for ({program})").format(program=", ".join(self._encrypts_with) or "age")
        self._titles[self.recipients].setText(words)
        self.recipients.setAccessibleName(words)
        self.recipients.setPlaceholderText(self.tr("empty: not at all; else age1…, or fingerprints of GnuPG keys"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        names: dict[QWidget, str] = {
            self.format: "format", self.compression: "compression", self.contents: "contents", self.target: "target",
            self.jobs: "jobs", self.counts: "counts", self.globals: "globals", self.passwords: "passwords",
            self.recipients: "recipients",
        }  # fmt: skip
        for widget, name in names.items():
            widget.setObjectName(f"backups.create_{name}")
        self.jobs.setRange(1, _MOST_JOBS)
        self.jobs.setValue(2)
        self.counts.setChecked(True)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(8)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for widget in (self.format, self.compression, self.jobs, self.contents, self.target):
            self._add(widget)
        for box in (self.counts, self.globals, self.passwords):
            self._form.addRow("", box)
        self._add(self.recipients)
        self._form.setRowVisible(self.recipients, False)
        for choice in (self.format, self.compression, self.contents, self.target):
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            choice.setMinimumContentsLength(16)
            choice.currentIndexChanged.connect(self._tell)
        self.jobs.valueChanged.connect(self._tell)
        for box in (self.counts, self.globals, self.passwords):
            box.toggled.connect(self._tell)
        self.recipients.textChanged.connect(self._tell)
        self._tell()

    def _add(self, widget: QWidget) -> None:
        title = QLabel(self)
        title.setBuddy(widget)
        self._titles[widget] = title
        self._form.addRow(title, widget)

    def _fill(self, choice: QComboBox, title: str, words: dict[Any, str]) -> None:
        self._titles[choice].setText(title)
        choice.setAccessibleName(title)
        before = choice.currentData()
        choice.blockSignals(True)
        choice.clear()
        for value, text in words.items():
            choice.addItem(text, value)
        choice.setCurrentIndex(max(0, choice.findData(before)))
        choice.blockSignals(False)

    @staticmethod
    def _say(box: QCheckBox, words: str) -> None:
        box.setText(words)
        box.setAccessibleName(words)

    def _tell(self) -> None:
        is_folder = self.format.currentData() == BackupFormat.DIRECTORY.value
        self._form.setRowVisible(self.jobs, is_folder)
        self.passwords.setEnabled(self.globals.isChecked())
        self.counts.setEnabled(self.contents.currentData() != Contents.SCHEMA.value)
        self.changed.emit()
