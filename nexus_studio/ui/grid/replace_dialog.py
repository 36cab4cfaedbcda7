"""The dialog that finds and replaces in selected cells: what each becomes is seen before anything is staged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QLocale, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.codecs import CodecRegistry
from nexus_studio.core.data.replacing import Replacement, replaced_plainly
from nexus_studio.core.errors import InvalidValue, StudioError
from nexus_studio.core.schema.catalog import Column
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.patternreplacing import replaced_by_pattern
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import reason_sentence, sentence

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.session import Session

_SIZE: Final = (720, 480)  # pixels
_PAUSE_MS: Final = 150  # after the last key, before it is looked for
_LONGEST: Final = 300  # characters of a value in the preview

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()


@dataclass(frozen=True, slots=True)
class Sought:
    """A cell to look into: its row, its column, and its whole text."""

    shown: ShownRow
    column: Column
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a cell would become. `refusal` says why its column does not take that: it stays as it is then."""

    cell: Sought
    new: str
    refusal: str = ""


class FoundModel(QAbstractTableModel):
    """The cells that would change: column, old text, new text, and why not."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.found: Sequence[Found] = ()

    def show(self, found: Sequence[Found]) -> None:
        """Show others."""
        self.beginResetModel()
        self.found = found
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.found)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else 4

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole} or not index.isValid():
            return None
        each = self.found[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return each.refusal or None
        return _short((each.cell.column.name, each.cell.text, each.new, each.refusal)[index.column()])

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Column"), self.tr("Now"), self.tr("Then"), self.tr("Left as it is because"))[section]
        return None


class ReplaceDialog(QDialog):
    """Looks while a person types. Nothing is staged before *Replace*."""

    agreed = Signal(object)  # list of (ShownRow, Column, str)
    looked = Signal()  # the preview is what was typed last

    def __init__(
        self,
        cells: Sequence[Sought],
        session: Session,
        codecs: CodecRegistry,
        context: UiContext,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("replace_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Find and replace"))
        self._cells, self._session, self._codecs = cells, session, codecs
        self._latest = Latest(context.runner, self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self.sought, self.by = QLineEdit(self), QLineEdit(self)
        self.minds_case = QCheckBox(self.tr("Match &case"), self)
        self.whole = QCheckBox(self.tr("&Whole cell"), self)
        self.is_pattern = QCheckBox(self.tr("Regular &expression"), self)
        self.model = FoundModel(self)
        self.said = label("", name="replace.said")
        self.go = QPushButton(self.tr("&Replace"), self)
        self._dress()
        self._arrange()
        self._changed()
        self.resize(*_SIZE)
        self.sought.setFocus()

    @property
    def wanted(self) -> Replacement:
        """What is typed now."""
        return Replacement(
            self.sought.text(),
            self.by.text(),
            self.minds_case.isChecked(),
            self.whole.isChecked(),
            self.is_pattern.isChecked(),
        )

    def accept(self) -> None:
        """Hand the new texts over; what its column does not take stays as it is."""
        cells = [(each.cell.shown, each.cell.column, each.new) for each in self.model.found if not each.refusal]
        super().accept()
        if cells:
            self.agreed.emit(cells)

    # inside

    def _dress(self) -> None:
        for field, name, words in (
            (self.sought, "replace.find", self.tr("Find")),
            (self.by, "replace.by", self.tr("Replace with")),
        ):
            field.setObjectName(name)
            field.setAccessibleName(words)
            field.textChanged.connect(self._changed)
        boxes = ((self.minds_case, "replace.case"), (self.whole, "replace.whole"), (self.is_pattern, "replace.pattern"))
        for box, name in boxes:
            box.setObjectName(name)
            box.setAccessibleName(box.text().replace("&", ""))
            box.toggled.connect(self._changed)
        self.minds_case.setChecked(True)
        self.is_pattern.setToolTip(
            self.tr("As PostgreSQL reads them. \\1 is what the first group found, \\& all of it.")
        )
        self.go.setObjectName("replace.go")
        self.go.setAccessibleName(self.tr("Replace"))
        self.go.setProperty("primary", True)
        self.go.setDefault(True)
        self.go.clicked.connect(self.accept)

    def _arrange(self) -> None:
        form = QFormLayout()
        form.addRow(self.tr("&Find:"), self.sought)
        form.addRow(self.tr("Replace wi&th:"), self.by)
        boxes = QHBoxLayout()
        for box in (self.minds_case, self.whole, self.is_pattern):
            boxes.addWidget(box)
        boxes.addStretch(1)
        preview = QTableView(self)
        preview.setObjectName("replace.preview")
        preview.setAccessibleName(self.tr("What each cell becomes"))
        preview.setModel(self.model)
        preview.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        preview.setTabKeyNavigation(False)
        preview.setWordWrap(False)
        preview.verticalHeader().hide()
        preview.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        preview.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setObjectName("replace.cancel")
        cancel.setAccessibleName(cancel.text())
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.said, 1)
        foot.addWidget(cancel)
        foot.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addLayout(form)
        column.addLayout(boxes)
        column.addWidget(preview, 1)
        column.addLayout(foot)

    def _changed(self) -> None:
        self.go.setEnabled(False)
        self._latest.cancel()
        self._pause.start()

    def _look(self) -> None:
        wanted, cells, session, codecs = self.wanted, self._cells, self._session, self._codecs
        if not wanted.find and not wanted.whole:
            self._show([])
            return

        def work(ctx: TaskContext) -> list[Found]:
            return _find(cells, wanted, session, codecs, ctx)

        self._latest.start(work, self._show, self._fail)

    def _show(self, found: Sequence[Found]) -> None:
        refused = sum(1 for each in found if each.refusal)
        self.model.show(found)
        self.go.setEnabled(len(found) > refused)
        number = QLocale().toString
        words = self.tr("Cells that change: {changed} of {all}.").format(
            changed=number(len(found) - refused), all=number(len(self._cells))
        )
        if refused:
            words += " " + self.tr("{refused} would not fit their column and stay.").format(refused=number(refused))
        self._say(words, "")
        self.looked.emit()

    def _fail(self, error: StudioError) -> None:
        """Say why nothing was found: an expression that is none, or that takes too long."""
        self.model.show([])
        said = sentence(error)
        self._say(" ".join(part for part in (said.title, said.server_line) if part), "danger")
        self.looked.emit()

    def _say(self, words: str, tone: str) -> None:
        self.said.setText(words)
        self.said.setProperty("tone", tone)
        self.said.style().polish(self.said)


def _find(
    cells: Sequence[Sought], wanted: Replacement, session: Session, codecs: CodecRegistry, ctx: TaskContext
) -> list[Found]:
    """Find what changes, on a worker thread; each different text is looked into once."""
    texts = list(dict.fromkeys(cell.text for cell in cells))
    if wanted.is_pattern:
        new = dict(zip(texts, replaced_by_pattern(session, texts, wanted, ctx), strict=True))
    else:
        new = dict(zip(texts, replaced_plainly(texts, wanted, ctx), strict=True))
    found: list[Found] = []
    refusals: dict[tuple[str, str], str] = {}
    for cell in cells:
        text = new[cell.text]
        if text == cell.text:
            continue
        kind = (cell.column.name, text)
        if kind not in refusals:
            try:
                codecs.for_type(cell.column.type).check(text, cell.column.type)
                refusals[kind] = ""
            except InvalidValue as error:
                refusals[kind] = reason_sentence(error)
        found.append(Found(cell, text, refusals[kind]))
    return found


def _short(text: str) -> str:
    line = text.replace("\n", "↵")
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
