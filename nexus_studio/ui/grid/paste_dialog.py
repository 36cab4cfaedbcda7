"""The dialog that shows what a block of a spreadsheet becomes as new rows, before they are staged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.cells import DEFAULT, StagedCell
from nexus_studio.core.data.codecs import CodecRegistry
from nexus_studio.core.data.pasting import PastePlan, looks_like_headings, plan_paste
from nexus_studio.core.data.rowformats import Missing
from nexus_studio.core.schema.catalog import Column
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.wording import reason_sentence

MOST_PASTED: Final = 10_000
"""Rows that are pasted at most: more is an import."""

_SIZE: Final = (720, 440)  # pixels
_SHOWN: Final = 50  # rows in the preview
_LONGEST: Final = 200  # characters of a cell in it
_NULL_WIDTH: Final = 120  # pixels
_TOLD: Final = 3  # cells that do not fit are named


class PasteDialog(QDialog):
    """Which column takes what, and what is left out. Headings are recognised; without them it begins at `first`."""

    agreed = Signal(object)  # PastePlan

    def __init__(
        self,
        block: Sequence[Sequence[StagedCell | Missing]],
        columns: Sequence[Column],
        first: Column | None,
        codecs: CodecRegistry,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("paste_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Paste as new rows"))
        self._block, self._columns, self._codecs = block, tuple(columns), codecs
        place = self._columns.index(first) if first in self._columns else 0
        self._from_here = self._columns[place:]
        self.headings = QCheckBox(self.tr("The first line names the &columns"), self)
        self.null = QLineEdit("\\N", self)
        self.preview = QTableWidget(self)
        self.said = label("", name="paste.said")
        self.trouble = label("", tone="danger", name="paste.trouble")
        self.go = QPushButton(self.tr("&Add rows"), self)
        self._dress()
        self._arrange()
        self.headings.setChecked(looks_like_headings(block, self._columns))
        self.plan = self._planned()
        self._show()
        self.headings.toggled.connect(self._changed)
        self.null.textChanged.connect(self._changed)
        self.resize(*_SIZE)
        self.go.setFocus()

    def accept(self) -> None:
        """Hand the rows over."""
        super().accept()
        self.agreed.emit(self.plan)

    # inside

    def _dress(self) -> None:
        self.headings.setObjectName("paste.headings")
        self.headings.setAccessibleName(self.tr("The first line names the columns"))
        self.null.setObjectName("paste.null")
        self.null.setAccessibleName(self.tr("What NULL reads as in the block"))
        self.null.setMaximumWidth(_NULL_WIDTH)
        self.preview.setObjectName("paste.preview")
        self.preview.setAccessibleName(self.tr("The rows as they will be"))
        self.preview.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.preview.setTabKeyNavigation(False)
        self.preview.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.go.setObjectName("paste.go")
        self.go.setAccessibleName(self.tr("Add rows"))
        self.go.setProperty("primary", True)
        self.go.setDefault(True)
        self.go.clicked.connect(self.accept)

    def _arrange(self) -> None:
        form = QFormLayout()
        form.addRow(self.headings)
        form.addRow(self.tr("&NULL reads as:"), self.null)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setObjectName("paste.cancel")
        cancel.setAccessibleName(cancel.text())
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addLayout(form)
        column.addWidget(self.preview, 1)
        column.addWidget(self.said)
        column.addWidget(self.trouble)
        column.addLayout(foot)

    def _changed(self) -> None:
        self.plan = self._planned()
        self._show()

    def _planned(self) -> PastePlan:
        has_headings = self.headings.isChecked()
        columns = self._columns if has_headings else self._from_here
        return plan_paste(self._block, columns, self._codecs, has_headings=has_headings, null=self.null.text())

    def _show(self) -> None:
        plan, targets = self.plan, [target for target in self.plan.targets if target is not None]
        self.preview.clear()
        self.preview.setColumnCount(len(targets))
        self.preview.setRowCount(min(len(plan.rows), _SHOWN))
        self.preview.setHorizontalHeaderLabels([target.name for target in targets])
        first = 2 if self.headings.isChecked() else 1  # lines of the block, as troubles count them
        self.preview.setVerticalHeaderLabels([str(first + row) for row in range(self.preview.rowCount())])
        for line, row in enumerate(plan.rows[:_SHOWN]):
            for place, target in enumerate(targets):
                self.preview.setItem(line, place, _item(row, target.name))
        self.preview.resizeColumnsToContents()
        self.said.setText("\n".join(self._words(plan)))
        self.trouble.setText("\n".join(self._troubles(plan)))
        self.trouble.setVisible(bool(self.trouble.text()))
        self.go.setEnabled(plan.is_ready and len(plan.rows) <= MOST_PASTED)

    def _words(self, plan: PastePlan) -> list[str]:
        """Say how many rows come, and what of the block is left out."""
        said = [self.tr("%Ln row(s) will be added.", "", len(plan.rows))]
        if plan.surplus:
            said.append(
                self.tr(
                    "The block has %Ln column(s) more than there are from here on; they are left out.", "", plan.surplus
                )
            )
        for names, words in (
            (plan.unknown, self.tr("No such column, left out: {columns}")),
            (plan.computed, self.tr("PostgreSQL fills these in itself, left out: {columns}")),
            (plan.forbidden, self.tr("Your role may not fill these, left out: {columns}")),
        ):
            if names:
                said.append(words.format(columns=", ".join(names)))
        return said

    def _troubles(self, plan: PastePlan) -> list[str]:
        said = []
        if len(plan.rows) > MOST_PASTED:
            most = QLocale().toString(MOST_PASTED)
            said.append(self.tr("At most {most} rows are pasted at a time. Import a file instead.").format(most=most))
        for bad in plan.bad[:_TOLD]:
            words = self.tr("Line {line}, {column}: {reason}")
            said.append(words.format(line=bad.line, column=bad.column, reason=reason_sentence(bad.error)))
        if len(plan.bad) > _TOLD:
            said.append(self.tr("… and more cells that do not fit."))
        return said


def _item(row: Mapping[str, StagedCell], name: str) -> QTableWidgetItem:
    cell = row.get(name, DEFAULT)
    item = QTableWidgetItem("DEFAULT" if cell is DEFAULT else "NULL" if cell is None else str(cell)[:_LONGEST])
    if not isinstance(cell, str):
        font = item.font()
        font.setItalic(True)
        item.setFont(font)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    return item
