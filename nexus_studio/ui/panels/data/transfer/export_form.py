"""ExportForm: how a file is to be written, as an `ExportSpec`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QLineEdit, QWidget

from nexus_studio.core.data.transfer import COMMA, ENCODINGS, TABS, UTF8, ExportSpec, FileFormat, Packing, TextStyle
from nexus_studio.ui.panels.data.transfer.words import FORMATS, said

_DELIMITERS: Final = (COMMA, ";", TABS.delimiter, "|")


class ExportForm(QWidget):
    """Format, compression, and for lines of cells how they are written."""

    changed = Signal()  # spec() answers otherwise

    def __init__(self, formats: tuple[FileFormat, ...], parent: QWidget | None = None) -> None:
        """Make the form; `formats` are those that can be written here."""
        super().__init__(parent)
        self.setObjectName("export_rows.form")
        self._formats = formats
        self.format, self.packing, self.delimiter, self.encoding = (QComboBox(self) for _ in range(4))
        self.null = QLineEdit(self)
        self.header, self.bom, self.guard = (QCheckBox(self) for _ in range(3))
        self.header.setChecked(True)
        self._form = QFormLayout(self)
        self._titles: dict[QWidget, QLabel] = {}
        self._build()
        self.retranslate()
        self._fit()

    def spec(self) -> ExportSpec:
        """Return what is asked for."""
        form = FileFormat(self.format.currentData())
        delimiter = TABS.delimiter if form is FileFormat.TSV else self.delimiter.currentData()
        encoding = self.encoding.currentData()
        style = TextStyle(
            delimiter=delimiter,
            has_header=self.header.isChecked(),
            null=self.null.text(),
            encoding=encoding,
            bom=self.bom.isChecked() and encoding == UTF8,
            is_guarded=self.guard.isChecked(),
        )
        packing = Packing.NONE if form.is_packed else Packing(self.packing.currentData())
        return ExportSpec(form, packing, style)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self._fill(self.format, self.tr("Format"), {each.value: said(FORMATS[each]) for each in self._formats})
        packings = {
            Packing.NONE.value: self.tr("none"),
            Packing.GZIP.value: self.tr("gzip (.gz)"),
            Packing.ZSTD.value: self.tr("zstd (.zst): faster and smaller"),
        }
        self._fill(self.packing, self.tr("Compression"), packings)
        signs = (self.tr("comma  ,"), self.tr("semicolon  ;"), self.tr("tab"), self.tr("bar  |"))
        self._fill(self.delimiter, self.tr("Between cells"), dict(zip(_DELIMITERS, signs, strict=True)))
        self._fill(self.encoding, self.tr("Encoding"), {name: name.upper() for name in ENCODINGS})
        words = self.tr("Text for NULL")
        self._titles[self.null].setText(words)
        self.null.setAccessibleName(words)
        self.null.setPlaceholderText(self.tr('empty: nothing at all; empty text is ""'))
        self._say(self.header, self.tr("Begin with the columns' names"))
        self._say(self.bom, self.tr("Begin with the mark by which Excel knows UTF-8"))
        self._say(self.guard, self.tr("Put an apostrophe before what a spreadsheet would compute"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(8)
        rows: tuple[tuple[QWidget, str], ...] = (
            (self.format, "format"), (self.packing, "packing"), (self.delimiter, "delimiter"),
            (self.encoding, "encoding"), (self.null, "null"), (self.header, "header"), (self.bom, "bom"),
            (self.guard, "guard"),
        )  # fmt: skip
        for widget, name in rows:
            widget.setObjectName(f"export_rows.{name}")
            if isinstance(widget, QCheckBox):
                self._form.addRow("", widget)
                widget.toggled.connect(self.changed)
                continue
            title = QLabel(self)
            title.setBuddy(widget)
            self._titles[widget] = title
            self._form.addRow(title, widget)
            if isinstance(widget, QComboBox):
                widget.currentIndexChanged.connect(self._fit)
        self.null.textChanged.connect(self.changed)

    def _fit(self) -> None:
        """Show what the chosen format has a choice of."""
        if self.format.currentData() is None:
            return
        form = FileFormat(self.format.currentData())
        self._form.setRowVisible(self.packing, not form.is_packed)
        self._form.setRowVisible(self.delimiter, form is FileFormat.CSV)
        for widget in (self.encoding, self.null):
            self._form.setRowVisible(widget, form.is_table)
        self._form.setRowVisible(self.bom, form.is_table and self.encoding.currentData() == UTF8)
        is_sheet = form.is_table or form is FileFormat.EXCEL
        self._form.setRowVisible(self.header, is_sheet)
        self._form.setRowVisible(self.guard, is_sheet)
        self.changed.emit()

    def _fill(self, box: QComboBox, title: str, words: Mapping[str, str]) -> None:
        self._titles[box].setText(title)
        box.setAccessibleName(title)
        before = box.blockSignals(True)
        if box.count():
            for number, text in enumerate(words.values()):
                box.setItemText(number, text)
        else:
            for value, text in words.items():
                box.addItem(text, value)
        box.blockSignals(before)

    @staticmethod
    def _say(box: QCheckBox, words: str) -> None:
        box.setText(words)
        box.setAccessibleName(words)
