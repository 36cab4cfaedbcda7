"""ReadingForm: how a file is read, as it was found out and as a person says otherwise; mode and key of the import."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QWidget

from nexus_studio.core.data.transfer import ENCODINGS, FileFormat
from nexus_studio.core.data.transferdetect import DELIMITERS
from nexus_studio.core.data.transferplan import DateOrder, ImportMode, Source, Wishes, keys_of
from nexus_studio.core.schema.catalog import Relation

_ENCODINGS: Final = (*ENCODINGS, "utf-16")
_NAME: Final = "import_rows"


class ReadingForm(QWidget):
    """Choices beside one another. `wishes` answers what they say; what is not touched stays found out."""

    changed = Signal()  # wishes() answers otherwise

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{_NAME}.form")
        self.mode, self.key, self.delimiter, self.header, self.encoding, self.dates, self.sheet = (
            QComboBox(self) for _ in range(7)
        )
        self.skips = QCheckBox(self)
        self._titles: dict[QComboBox, QLabel] = {}
        self._source: Source | None = None
        self._relation: Relation | None = None
        self._build()
        self.retranslate()

    def wishes(self) -> Wishes:
        """Return what is wished for; where columns go is not known here."""
        header = self.header.currentData()
        return Wishes(
            ImportMode(self.mode.currentData()),
            tuple(self.key.currentData() or ()) if self.needs_key else (),
            skips_missing=self.skips.isChecked(),
            dates=DateOrder(self.dates.currentData()),
            delimiter=self.delimiter.currentData() or None,
            has_header=None if header in {None, ""} else header == "yes",
            encoding=self.encoding.currentData() or None,
            sheet=self.sheet.currentData() or "",
        )

    @property
    def needs_key(self) -> bool:
        """Whether lines are matched to rows."""
        return bool(self.mode.currentData() != ImportMode.INSERT.value)

    def forget(self) -> None:
        """Have everything found out anew: it is another file."""
        for box in (self.delimiter, self.header, self.encoding, self.sheet):
            _choose(box, 0)
        self._source = None

    def show_source(self, source: Source, relation: Relation) -> None:
        """Offer what the file and the table have a choice of, and say what was found out."""
        self._source = source
        if relation is not self._relation:
            self._relation = relation
            keys = [(", ".join(key), key) for key in keys_of(relation)]
            _fill(self.key, [(self.tr("the primary key, or what the file has"), ()), *keys], 0)
        chosen = self.sheet.currentData()
        _fill(self.sheet, [(name, name) for name in source.sheets], max(0, self.sheet.findData(chosen)))
        self.retranslate()
        self._fit()

    def retranslate(self) -> None:
        """Say everything in the current language."""
        modes = (
            (self.tr("New rows only"), ImportMode.INSERT.value),
            (self.tr("New rows, or changes of those with the key"), ImportMode.UPSERT.value),
            (self.tr("Changes of rows with the key only"), ImportMode.UPDATE.value),
        )
        _fill(self.mode, modes, max(0, self.mode.currentIndex()))
        found, style = self.tr("found out"), self._source.style if self._source is not None else None
        signs = (self.tr("comma  ,"), self.tr("semicolon  ;"), self.tr("tab"), self.tr("bar  |"))
        names = dict(zip(DELIMITERS, signs, strict=True))
        said = self.tr("{what} (found out)")
        first = found if style is None else said.format(what=names.get(style.delimiter, style.delimiter))
        delimiters = [(first, ""), *((words, sign) for sign, words in names.items())]
        _fill(self.delimiter, delimiters, max(0, self.delimiter.currentIndex()))
        yes, no = self.tr("names first"), self.tr("no names")
        first = found if style is None else said.format(what=yes if style.has_header else no)
        _fill(self.header, ((first, ""), (yes, "yes"), (no, "no")), max(0, self.header.currentIndex()))
        first = found if style is None else said.format(what=style.encoding.upper())
        encodings = [(first, ""), *((name.upper(), name) for name in _ENCODINGS)]
        _fill(self.encoding, encodings, max(0, self.encoding.currentIndex()))
        dates = ((self.tr("year, month, day"), "YMD"), (self.tr("day, month, year"), "DMY"),
                 (self.tr("month, day, year"), "MDY"))  # fmt: skip
        _fill(self.dates, dates, max(0, self.dates.currentIndex()))
        for box, words in (
            (self.mode, self.tr("A line is")), (self.key, self.tr("Key")), (self.delimiter, self.tr("Between cells")),
            (self.header, self.tr("Header")), (self.encoding, self.tr("Encoding")), (self.dates, self.tr("Dates")),
            (self.sheet, self.tr("Sheet")),
        ):  # fmt: skip
            self._titles[box].setText(words)
            box.setAccessibleName(words)
        words = self.tr("Pass over lines whose row is not there")
        self.skips.setText(words)
        self.skips.setAccessibleName(words)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        places = (
            (self.mode, "mode", 0, 0, 2), (self.key, "key", 0, 2, 2),
            (self.delimiter, "delimiter", 2, 0, 1), (self.header, "header", 2, 1, 1),
            (self.encoding, "encoding", 2, 2, 1), (self.dates, "dates", 2, 3, 1), (self.sheet, "sheet", 2, 4, 1),
        )  # fmt: skip
        for box, name, row, column, width in places:
            box.setObjectName(f"{_NAME}.{name}")
            title = QLabel(self)
            title.setBuddy(box)
            self._titles[box] = title
            grid.addWidget(title, row, column, 1, width)
            grid.addWidget(box, row + 1, column, 1, width)
            box.activated.connect(self._changed)
        self.skips.setObjectName(f"{_NAME}.skips")
        grid.addWidget(self.skips, 4, 0, 1, 5)  # of its own: beside the key it would take the room of all others
        self.skips.toggled.connect(self.changed)
        for column in range(4):  # the last is there for workbooks only
            grid.setColumnStretch(column, 1)

    def _changed(self) -> None:
        self._fit()
        self.changed.emit()

    def _fit(self) -> None:
        is_update = self.mode.currentData() == ImportMode.UPDATE.value
        form = self._source.format if self._source is not None else FileFormat.CSV
        shown: Sequence[tuple[QWidget, bool]] = (
            (self.key, self.needs_key), (self.delimiter, form.is_table), (self.encoding, form is not FileFormat.EXCEL),
            (self.header, form.is_table or form is FileFormat.EXCEL), (self.sheet, self.sheet.count() > 1),
            (self.skips, is_update),
        )  # fmt: skip
        for widget, is_there in shown:
            widget.setVisible(is_there)
            if isinstance(widget, QComboBox):
                self._titles[widget].setVisible(is_there)


def _fill(box: QComboBox, items: Sequence[tuple[str, Any]], current: int) -> None:
    before = box.blockSignals(True)
    box.clear()
    for words, value in items:
        box.addItem(words, value)
    box.setCurrentIndex(current if items else -1)
    box.blockSignals(before)


def _choose(box: QComboBox, index: int) -> None:
    before = box.blockSignals(True)
    box.setCurrentIndex(index if box.count() else -1)
    box.blockSignals(before)
