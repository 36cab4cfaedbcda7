"""The small question where to go (Ctrl+G): a row's number, or the value of its key."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.cells import Row, RowKey
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.errors import InvalidValue, StudioError
from nexus_studio.core.settings import GO_TO
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.grid.row_board import RowBoard
from nexus_studio.ui.grid.row_place import PlaceRefused, Refusal, ordinal_of
from nexus_studio.ui.kit.plurals import plural_of
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import reason_sentence, sentence

_WIDTH: Final = 380
_LINES: Final = 2  # of the message: room for what is said most, so that nothing moves when it is
_EXAMPLE: Final = 50_000


class GoToDialog(QDialog):
    """Asks for a place in a grid's rows and goes there; what can't be gone to is explained, and can be typed anew."""

    def __init__(self, grid: RowBoard) -> None:
        super().__init__(grid)
        self.setObjectName("go_to")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Go to"))
        self._grid = grid
        self._reading = Latest(grid.context.runner, self)
        relation = grid.relation
        self._keys = relation.key if relation is not None else ()
        self._by_row = QRadioButton(self.tr("&Row number"), self)
        self._by_key = QRadioButton(self.tr("&Key"), self)
        self._number = QLineEdit(self)
        self._fields: dict[str, QLineEdit] = {}
        self._pages = QStackedWidget(self)
        self._message = QLabel(self)
        self._go = QPushButton(self.tr("Go"), self)
        self._cancel = QPushButton(self.tr("Cancel"), self)
        self._build()
        is_key = bool(self._keys) and grid.context.settings.get(GO_TO) == "key"
        (self._by_key if is_key else self._by_row).setChecked(True)
        self._choose()

    def _build(self) -> None:
        ways = QHBoxLayout()
        ways.setSpacing(16)
        group = QButtonGroup(self)
        for button, name in ((self._by_row, "go_to_by_row"), (self._by_key, "go_to_by_key")):
            button.setObjectName(name)
            button.setAccessibleName(button.text().replace("&", ""))
            button.clicked.connect(self._choose)
            group.addButton(button)
            ways.addWidget(button)
        ways.addStretch(1)
        self._by_key.setEnabled(bool(self._keys))
        self._by_key.setToolTip("" if self._keys else self.tr("These rows have no key"))
        self._pages.addWidget(self._row_page())
        self._pages.addWidget(self._key_page())
        self._message.setObjectName("go_to_message")
        self._message.setWordWrap(True)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._message.setMinimumHeight(_LINES * self._message.fontMetrics().lineSpacing())
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addLayout(ways)
        column.addWidget(self._pages)
        column.addWidget(self._message)
        column.addStretch(1)
        column.addLayout(self._buttons())
        self.setMinimumWidth(_WIDTH)
        chain = [self._by_row, self._by_key, self._number, *self._fields.values(), self._go, self._cancel]
        for one, following in pairwise(chain):
            self.setTabOrder(one, following)

    def _buttons(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.addStretch(1)
        self._cancel.setObjectName("go_to_cancel")
        self._cancel.setAutoDefault(False)
        self._cancel.clicked.connect(self.reject)
        self._go.setObjectName("go_to_go")
        self._go.setDefault(True)
        self._go.setProperty("primary", True)
        self._go.clicked.connect(self._try)
        line.addWidget(self._cancel)
        line.addWidget(self._go)
        return line

    def _row_page(self) -> QWidget:
        page = QWidget(self)
        self._number.setObjectName("go_to_number")
        self._number.setAccessibleName(self.tr("Row number, percentage, or -1 for the last row"))
        self._number.textEdited.connect(self._say_hint)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._number)
        column.addStretch(1)
        return page

    def _key_page(self) -> QWidget:
        page = QWidget(self)
        form = QFormLayout(page)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for name in self._keys:
            field = QLineEdit(page)
            field.setObjectName(f"go_to_key.{name}")
            field.setAccessibleName(name)
            field.textEdited.connect(self._say_hint)
            label = QLabel(name, page)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setBuddy(field)
            form.addRow(label, field)
            self._fields[name] = field
        return page

    def _choose(self) -> None:
        """Show the fields of the chosen way, and begin in the first."""
        self._reading.cancel()
        self._pages.setCurrentIndex(1 if self._by_key.isChecked() else 0)
        self._say_hint()
        first = next(iter(self._fields.values())) if self._by_key.isChecked() else self._number
        first.setFocus()
        first.selectAll()

    def _try(self) -> None:
        settings = self._grid.context.settings
        settings.set(GO_TO, "key" if self._by_key.isChecked() else "row")
        if self._by_key.isChecked():
            self._try_key()
        else:
            self._try_row()

    def _try_row(self) -> None:
        try:
            ordinal = ordinal_of(self._number.text(), self._grid.count)
        except PlaceRefused as refused:
            self._refuse(self._refusal(refused.refusal), self._number)
            return
        self.accept()
        self._grid.go_to_row(ordinal)

    def _try_key(self) -> None:
        """Find the row by its key, whatever the filter, so that each answer can be told apart."""
        relation, parts, codecs = self._grid.relation, self._grid.parts, built_in_codecs()
        if relation is None or parts is None:
            return
        cells: list[str] = []
        for name, field in self._fields.items():
            kind = relation.column(name).type
            try:
                cells.append(codecs.for_type(kind).check(field.text(), kind))
            except InvalidValue as error:
                self._refuse(reason_sentence(error), field)
                return
        key, source, query = RowKey(tuple(cells)), parts.source, self._grid.query

        def work(ctx: TaskContext) -> tuple[Row | None, bool]:
            row = source.row_by_key(relation, key, ctx)
            if row is None or query is None:
                return row, False
            return row, source.place_of(relation, query, row.key, ctx) is not None

        self._say(self.tr("Looking…"))
        self._reading.start(work, self._found, self._failed)

    def _found(self, found: tuple[Row | None, bool]) -> None:
        row, is_shown = found
        if row is None:
            self._refuse(self.tr("No row has this key."), self._first_field())
        elif not is_shown:
            self._refuse(self.tr("The row is there, but the filter leaves it out."), self._first_field())
        else:
            self.accept()
            self._grid.go_to_key(row.key)

    def _failed(self, error: StudioError) -> None:
        said = reason_sentence(error) if isinstance(error, InvalidValue) else sentence(error).title
        self._refuse(said, self._first_field())

    def _first_field(self) -> QLineEdit:
        return next(iter(self._fields.values()))

    def _refusal(self, refusal: Refusal) -> str:
        total = self._grid.count
        rows = total.value if total is not None else 0
        if refusal is Refusal.TOO_LARGE:
            said = self.tr("There are only {number} row(s).", "", plural_of(rows))
            return said.format(number=QLocale().toString(rows))
        example = QLocale().toString(_EXAMPLE)
        words = {
            Refusal.EMPTY: self.tr("Type where to go."),
            Refusal.NOT_A_NUMBER: self.tr(
                "This is no row number. Type one such as {number}, 60 %, or -1 for the last row."
            ).format(number=example),
            Refusal.TOO_SMALL: self.tr("Rows are counted from 1."),
            Refusal.NOT_A_SHARE: self.tr("No more than 100 % of the rows are there."),
        }
        return words[refusal]

    def _refuse(self, words: str, field: QLineEdit) -> None:
        self._say(words, is_problem=True)
        field.setFocus()
        field.selectAll()

    def _say_hint(self) -> None:
        if self._by_key.isChecked():
            self._say("")
            return
        total = self._grid.count
        if total is None or not total.value:
            self._say("")
            return
        words = {
            "exact": self.tr("1 to {count}, a percentage, or -1 for the last row"),
            "estimate": self.tr("1 to about {count}, a percentage, or -1 for the last row"),
            "at least": self.tr("1 to more than {count}, a percentage, or -1 for the last row"),
        }[total.certainty]
        self._say(words.format(count=QLocale().toString(total.value)))

    def _say(self, words: str, *, is_problem: bool = False) -> None:
        self._message.setProperty("tone", "danger" if is_problem else "")
        self._message.setProperty("muted", not is_problem)
        self._message.style().unpolish(self._message)
        self._message.style().polish(self._message)
        self._message.setText(words)
        self._message.setAccessibleName(words)
        self._grow()

    def _grow(self) -> None:
        """Be as high as a long message needs: a dialog does not ask a wrapped label again how high it is."""
        layout = self.layout()
        if layout is None or not self.isVisible():
            return
        layout.invalidate()
        layout.activate()
        needed = layout.totalHeightForWidth(self.width())
        if needed > self.height():
            self.resize(self.width(), needed)
