"""ExportDialog: which rows, in what form, and where to; then the export itself."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QDir, QSize, Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.data.transfer import ExportReport, ExportRows, FileFormat, Packing, file_name, kind_of
from nexus_studio.core.errors import StudioError
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.panels.data.transfer.counts import Counts
from nexus_studio.ui.panels.data.transfer.export_form import ExportForm
from nexus_studio.ui.panels.data.transfer.frame import TransferDialog, show_folder
from nexus_studio.ui.panels.data.transfer.words import FORMATS, export_lines

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIZE: Final = QSize(620, 560)
_NAME: Final = "export_rows"

Keys = Callable[[Callable[[tuple[RowKey, ...]], None], Callable[[StudioError], None]], None]
"""Reads the keys of the selected rows, those that are not here too, and hands them on; or the reason why not."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be exported of a table: its rows as the filter shows them, and what is selected.

    `selected` is how many lines are, 0 for none or where they can't be told by a key; `columns` those of the selection.
    `is_dirty`: edits are staged, which no file has.
    """

    relation: Relation
    query: RowQuery
    selected: int = 0
    columns: tuple[str, ...] = ()
    is_dirty: bool = False

    @property
    def is_filtered(self) -> bool:
        """Whether the filter leaves rows out, or gives them an order."""
        return self.query != RowQuery(self.relation.name)


class ExportDialog(TransferDialog):
    """Asks how, and exports."""

    def __init__(self, context: UiContext, workspace: Workspace, offer: Offer, keys: Keys, parent: QWidget) -> None:
        super().__init__(context, workspace.session.profile, _NAME, parent, _SIZE)
        self._transfers, self._offer, self._keys = workspace.transfers, offer, keys
        has_parquet = importlib.util.find_spec("pyarrow") is not None
        formats = tuple(each for each in FORMATS if has_parquet or each is not FileFormat.PARQUET)
        self.whole, self.filtered, self.selected = (QRadioButton(self) for _ in range(3))
        self.form = ExportForm(formats, self)
        self.place = QLineEdit(self)
        self.browse = QPushButton(icon("folder"), self.tr("Browse…"), self)
        self.set_title(self.tr("Export {table}").format(table=offer.relation.name))
        self._make_body()
        self.do = self.add_button("do", self.tr("Export"), self._ask, look="primary")
        self.do.setDefault(True)
        self.place.setText(str(Path(QDir.homePath()) / file_name(offer.relation.name.name, self.form.spec())))
        self.form.changed.connect(self._rename)
        self.place.textChanged.connect(self.tell)
        self.tell()
        self.form.format.setFocus()

    def tell(self) -> None:
        is_free = not self.desk.is_busy
        for widget in (self.form, self.place, self.browse, self.whole):
            widget.setEnabled(is_free)
        self.filtered.setEnabled(is_free and self._offer.is_filtered)
        self.selected.setEnabled(is_free and bool(self._offer.selected))
        self.do.setEnabled(is_free and bool(self.place.text().strip()))

    # inside

    def _make_body(self) -> None:
        offer = self._offer
        self.body.addWidget(label(self.tr("Which rows"), "strong"))
        for button, words, name in (
            (self.whole, self.tr("All rows of the table"), "whole"),
            (self.filtered, self.tr("The rows that the filter shows, in the order they are shown"), "filtered"),
            (self.selected, Counts().selection(offer.selected) if offer.selected
             else self.tr("The selection"), "selected"),
        ):  # fmt: skip
            button.setText(words)
            button.setAccessibleName(words)
            button.setObjectName(f"{_NAME}.{name}")
            self.body.addWidget(button)
        (self.filtered if offer.is_filtered else self.whole).setChecked(True)
        notes = []
        if offer.is_dirty:
            notes.append(self.tr("Changes that are not saved are not in the file."))
        if masked := self._transfers.masked_columns(offer.relation):
            notes.append(self.tr("Masked in this connection, and in the file: {columns}.").format(
                columns=", ".join(sorted(masked))
            ))  # fmt: skip
        if notes:
            self.body.addWidget(label(" ".join(notes), tone="warning", name=f"{_NAME}.warning"))
        self.body.addWidget(label(self.tr("How"), "strong"))
        self.body.addWidget(self.form)
        self.body.addLayout(self._make_place())
        self.body.addStretch(1)

    def _make_place(self) -> QVBoxLayout:
        self.place.setObjectName(f"{_NAME}.place_edit")
        self.place.setAccessibleName(self.tr("File"))
        self.browse.setObjectName(f"{_NAME}.browse")
        self.browse.setAccessibleName(self.tr("Choose the file"))
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self._browse)
        caption = QLabel(self.tr("File"), self)
        caption.setBuddy(self.place)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.place, 1)
        line.addWidget(self.browse)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(caption)
        column.addLayout(line)
        return column

    @property
    def _path(self) -> Path:
        return Path(self.place.text().strip()).expanduser()

    def _rename(self) -> None:
        """Give the file the end that its kind has, where it has the end of a kind."""
        path, spec = self._path, self.form.spec()
        if path.name and kind_of(path.name) != (None, Packing.NONE):
            stem = path.name
            for suffix in reversed(path.suffixes):
                if kind_of(f"x{suffix}") == (None, Packing.NONE):
                    break
                stem = stem.removesuffix(suffix)
            self.place.setText(str(path.with_name(file_name(stem, spec))))
        self.tell()

    def _browse(self) -> None:
        dialog = QFileDialog(self, self.tr("Export to"), str(self._path))
        dialog.setObjectName(f"{_NAME}.browse_dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # asked for when it is exported
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.place.setText)
        dialog.open()

    def _ask(self) -> None:
        path = self._path
        if not path.is_file():
            self._export(may_replace=False)
            return
        question = Confirmation(
            self.tr("Replace {file}?").format(file=path.name),
            self.tr("The file is there already. It stays as it is until the new one is whole."),
            self.tr("Replace"),
            destructive=True,
            writes=False,
        )
        ask(question, self.profile, self, lambda: self._export(may_replace=True))

    def _export(self, *, may_replace: bool) -> None:
        query = RowQuery(self._offer.relation.name) if self.whole.isChecked() else self._offer.query
        if not self.selected.isChecked():
            self._run(ExportRows(query), may_replace=may_replace)
            return
        rows = ExportRows(query, self._offer.columns)
        self._keys(lambda keys: self._run(replace(rows, keys=keys), may_replace=may_replace), self.tell_failed)

    def _run(self, rows: ExportRows, *, may_replace: bool) -> None:
        transfers, relation, spec, path = self._transfers, self._offer.relation, self.form.spec(), self._path
        self.desk.start(
            self.tr("Exporting {table}").format(table=relation.name),
            lambda ctx: transfers.export(relation, rows, spec, path, ctx, may_replace=may_replace),
            lambda report: self._show_report(report, path),
        )

    def _show_report(self, report: ExportReport, path: Path) -> None:
        size = size_text(report.size_bytes)
        rows = Counts().rows(report.rows)
        words = self.tr("{rows}, {size}: {file}").format(rows=rows, size=size, file=path.name)
        folder = ("show", self.tr("Show in folder"), lambda: show_folder(path))
        self.tell_done(words, export_lines(report), (folder,))
