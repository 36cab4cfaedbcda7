"""RestoreForm: where a backup is restored to, what of it, and how; as a `RestoreTarget`."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.archives import ArchivePreview, RestoreInto, RestoreTarget, Selection
from nexus_studio.core.admin.resets import Others
from nexus_studio.core.names import RelationName
from nexus_studio.ui.kit.parts import give_room, label
from nexus_studio.ui.panels.backups.choice_list import ChoiceList
from nexus_studio.ui.panels.backups.frame import scrolled

_LEFT_WIDTH = 300
_MOST_JOBS = 32


class RestoreForm(QWidget):
    """Asks for it; whether it can be done is for the service to say."""

    changed = Signal()  # target() answers otherwise

    def __init__(self, database: str, parent: QWidget | None = None, *, may_end: bool) -> None:
        """Ask about a database; `may_end`: connections of others may be ended in this environment."""
        super().__init__(parent)
        self.setObjectName("backups.restore_form")
        self._may_end = may_end
        self._database = database
        self._takes_jobs = False
        self.whole, self.chosen = QRadioButton(self.tr("All of it")), QRadioButton(self.tr("Chosen schemas and tables"))
        self.choice = ChoiceList("restore", self)
        self.into = {each: QRadioButton(self) for each in RestoreInto}
        self.new_name, self.empty_name = QLineEdit(self), QLineEdit(self)
        self.others = QComboBox(self)
        self.owners, self.privileges = QCheckBox(self.tr("Owners")), QCheckBox(self.tr("Privileges (GRANT)"))
        self.jobs = QSpinBox(self)
        give_room(self.jobs)
        self._form = QFormLayout()
        self._build()

    def show_preview(self, preview: ArchivePreview) -> None:
        """Offer what an archive holds."""
        tables: dict[str, list[RelationName]] = {schema: [] for schema in preview.schemas}
        for each in preview.tables:
            tables.setdefault(each.schema, []).append(each)
        self.choice.show_tables(tables)
        self.chosen.setEnabled(preview.kind.is_archive)
        if not preview.kind.is_archive:
            self.whole.setChecked(True)
            self.chosen.setToolTip(self.tr("SQL text has no table of contents: it is restored as a whole."))
        self._takes_jobs = preview.kind.takes_jobs
        if preview.missing_roles:
            self.owners.setChecked(False)
            self.privileges.setChecked(False)
        made = f"_{preview.made_at:%Y%m%d}" if preview.made_at else ""
        self.new_name.setText(f"{preview.database or self._database}_restored{made}"[:63])
        self._tell()

    def target(self) -> RestoreTarget:
        """Return what is asked for."""
        into = self._into()
        names = {
            RestoreInto.SWAP: "",
            RestoreInto.NEW: self.new_name.text().strip(),
            RestoreInto.EMPTY: self.empty_name.text().strip(),
        }
        return RestoreTarget(
            into,
            names[into],
            self.choice.selection() if self.chosen.isChecked() else Selection(),
            owners=self.owners.isChecked(),
            privileges=self.privileges.isChecked(),
            jobs=self.jobs.value() if self._takes_jobs else 1,
            others=Others(self.others.currentData()),
        )

    def lacking(self) -> str:
        """Say what is still to be given; empty when nothing is."""
        target = self.target()
        if self.chosen.isChecked() and target.selection.is_all:
            return self.tr("Tick what is to be restored.")
        if target.into is RestoreInto.SWAP and self.chosen.isChecked():
            return self.tr("A part can't take the place of the whole: choose a new or an empty database.")
        if target.into is not RestoreInto.SWAP and not target.database:
            return self.tr("Give the database a name.")
        return ""

    # inside

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(20)
        row.addWidget(self._make_what())
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(6)
        self._fill_where(column)
        column.addSpacing(8)
        self._fill_how()
        column.addLayout(self._form)
        column.addStretch(1)
        row.addWidget(scrolled(right, "backups.restore_area"), 1)
        self.into[RestoreInto.SWAP].setChecked(True)
        self._tell()

    def _make_what(self) -> QWidget:
        left = QWidget()
        left.setFixedWidth(_LEFT_WIDTH)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for button, name in ((self.whole, "whole"), (self.chosen, "chosen")):
            button.setObjectName(f"backups.restore_{name}")
            button.setAccessibleName(button.text())
            column.addWidget(button)
        self.whole.setChecked(True)
        self.choice.setEnabled(False)
        self.chosen.toggled.connect(self.choice.setEnabled)
        self.chosen.toggled.connect(self._tell)
        self.choice.changed.connect(self._tell)
        column.addWidget(self.choice, 1)
        return left

    def _fill_where(self, column: QVBoxLayout) -> None:
        words = {
            RestoreInto.SWAP: (
                self.tr("In place of {database}").format(database=self._database),
                self.tr(
                    "It goes into a new database first. Only when that is whole the two change names; what is there "
                    "now stays as {database}_before_restore_… until you dismiss it."
                ).format(database=self._database),
            ),
            RestoreInto.NEW: (
                self.tr("Into a new database"),
                self.tr("It stands beside this one, and nothing else is touched."),
            ),
            RestoreInto.EMPTY: (
                self.tr("Into a database that is there and empty"),
                self.tr("It is refused where anything is in it."),
            ),
        }
        for into, button in self.into.items():
            button.setText(words[into][0])
            button.setAccessibleName(words[into][0])
            button.setObjectName(f"backups.restore_into_{into.value}")
            button.toggled.connect(self._tell)
            column.addWidget(button)
            explained = label(words[into][1], "muted")
            explained.setContentsMargins(24, 0, 0, 0)
            column.addWidget(explained)
            for edit, where in ((self.new_name, RestoreInto.NEW), (self.empty_name, RestoreInto.EMPTY)):
                if where is into:
                    edit.setObjectName(f"backups.restore_{into.value}_name")
                    edit.setAccessibleName(self.tr("Name of the database"))
                    edit.setPlaceholderText(self.tr("Name of the database"))
                    edit.textChanged.connect(self._tell)
                    indented = QHBoxLayout()
                    indented.setContentsMargins(24, 0, 0, 4)
                    indented.addWidget(edit)
                    column.addLayout(indented)

    def _fill_how(self) -> None:
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(8)
        self.others.setObjectName("backups.restore_others")
        self.others.setAccessibleName(self.tr("Other connections"))
        for wish, words in (
            (Others.REFUSE, self.tr("Refuse while others are connected")),
            (Others.END, self.tr("End their connections")),
        ):
            if wish is Others.REFUSE or self._may_end:
                self.others.addItem(words, wish.value)
        for box, name in ((self.owners, "owners"), (self.privileges, "privileges")):
            box.setObjectName(f"backups.restore_{name}")
            box.setAccessibleName(box.text())
            box.setChecked(True)
        self.jobs.setObjectName("backups.restore_jobs")
        self.jobs.setAccessibleName(self.tr("Jobs: tables that are restored at once"))
        self.jobs.setRange(1, _MOST_JOBS)
        self.jobs.setValue(2)
        self._form.addRow(self.tr("Other connections"), self.others)
        self._form.addRow(self.tr("Restore also"), self.owners)
        self._form.addRow("", self.privileges)
        self._form.addRow(self.tr("Jobs"), self.jobs)

    def _into(self) -> RestoreInto:
        return next((each for each, button in self.into.items() if button.isChecked()), RestoreInto.SWAP)

    def _tell(self) -> None:
        into = self._into()
        self.new_name.setEnabled(into is RestoreInto.NEW)
        self.empty_name.setEnabled(into is RestoreInto.EMPTY)
        self._form.setRowVisible(self.others, into is RestoreInto.SWAP)
        self._form.setRowVisible(self.jobs, self._takes_jobs)
        self.changed.emit()
