"""The dialog that duplicates a row with chosen rows that point to it, and asks for unique values; then it stages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.cells import DEFAULT, RowKey, StagedCell
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.data.duplicate import DuplicatePlan, Place, Question
from nexus_studio.core.errors import InvalidValue, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.duplicating import Child, Duplicating, Path
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.tasks import Lane, Latest
from nexus_studio.ui.kit.wording import reason_sentence, sentence

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_WIDTH, _HEIGHT = 680, 560  # pixels
_DELAY_MS: Final = 150
_CHILD: Final = Qt.ItemDataRole.UserRole
_CODECS: Final = built_in_codecs()
_LONGEST: Final = 60
_LINE: Final = 32  # pixels
_MOST_LINES: Final = 5
_MOST_WIDTH: Final = 150

Made = Mapping[RelationName, tuple[RowChange, ...]]


class DuplicateDialog(QDialog):
    """Nothing is written here: what it makes is staged, reviewed and saved like anything else."""

    made = Signal(object)  # Made: the new rows, by relation

    def __init__(
        self,
        context: UiContext,
        workspace: Workspace,
        relation: Relation,
        key: RowKey,
        name: str,
        parent: QWidget | None = None,
    ) -> None:
        """Open for a stored row; `name` is what people call it."""
        super().__init__(parent)
        self.setObjectName("duplicate_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.resize(_WIDTH, _HEIGHT)
        self.setWindowTitle(self.tr("Duplicate {row}").format(row=name))
        self._workspace, self._relation, self._key = workspace, relation, key
        self._service = Duplicating(workspace.session, workspace.catalog, workspace.overlay)
        self._context = context
        self._planning, self._making = Latest(context.runner, self), Latest(context.runner, self)
        self._looking: dict[Path, Latest] = {}
        self._plan: DuplicatePlan | None = None
        self._typed: dict[Place, str] = {}  # what a person typed outlasts another choice of tables
        self.tree = QTreeWidget(self)
        self.questions = _Questions(self)
        self._asked = label("", "strong", name="duplicate.asked")
        self._sum = label("", name="duplicate.sum")
        self._trouble = label("", tone="danger", name="duplicate.trouble")
        self._go = QPushButton(self.tr("&Stage"), self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self._make_plan)
        self._build()
        self._look(None, ())
        self._make_plan()

    @property
    def is_busy(self) -> bool:
        """Whether tables are counted or rows read."""
        return self._timer.isActive() or self._planning.is_busy or any(each.is_busy for each in self._looking.values())

    def chosen(self) -> tuple[Path, ...]:
        """Return the tables that are ticked, by their ways from the row."""
        found: list[Path] = []
        waiting = [self.tree.topLevelItem(number) for number in range(self.tree.topLevelItemCount())]
        while waiting:
            item = waiting.pop()
            child = item.data(0, _CHILD) if item is not None else None
            if item is not None and isinstance(child, Child) and item.checkState(0) is Qt.CheckState.Checked:
                found.append(child.path)
                waiting += [item.child(number) for number in range(item.childCount())]
        return tuple(found)

    # building

    def _build(self) -> None:
        said = self.tr(
            "The copy and the rows you tick become new rows with keys of their own, linked as the originals are. "
            "They are staged: look at them, then save."
        )
        self.tree.setObjectName("duplicate.tables")
        self.tree.setAccessibleName(self.tr("Tables whose rows are copied along"))
        self.tree.setHeaderLabels([self.tr("Rows that point here"), self.tr("Rows")])
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.itemExpanded.connect(self._expanded)
        self.tree.itemChanged.connect(self._ticked)
        self.questions.changed.connect(self._check)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setObjectName("duplicate.cancel")
        cancel.setAccessibleName(cancel.text())
        cancel.clicked.connect(self.reject)
        self._go.setObjectName("duplicate.stage")
        self._go.setAccessibleName(self.tr("Stage the copies"))
        self._go.setProperty("primary", True)
        self._go.setDefault(True)
        self._go.clicked.connect(self._stage)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self._go)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addWidget(label(said))
        column.addWidget(self.tree, 1)
        column.addWidget(self._asked)
        column.addWidget(self.questions)
        column.addWidget(self._sum)
        column.addWidget(self._trouble)
        column.addLayout(foot)
        self._trouble.hide()
        self._show_plan(None)

    # tables

    def _look(self, item: QTreeWidgetItem | None, path: Path) -> None:
        """List what points to the row, or to the rows of a table."""
        service, relation, key = self._service, self._relation, self._key
        latest = self._looking.setdefault(path, Latest(self._context.runner, self))

        def work(ctx: TaskContext) -> tuple[Child, ...]:
            return service.children(relation, key, ctx, below=path)

        latest.start(work, partial(self._list, item), self._refuse)

    def _list(self, item: QTreeWidgetItem | None, children: tuple[Child, ...]) -> None:
        self.tree.blockSignals(True)
        root = self.tree.invisibleRootItem() if item is None else item
        root.takeChildren()
        for child in children:
            root.addChild(self._line(child))
        if not children:
            words = self.tr("No table points here.") if item is None else self.tr("No table points to these rows.")
            nothing = QTreeWidgetItem([words])
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            root.addChild(nothing)
        self.tree.blockSignals(False)

    def _line(self, child: Child) -> QTreeWidgetItem:
        more = "+" if child.count.certainty == "at least" else ""
        line = QTreeWidgetItem([f"{child.key.table}  ({', '.join(child.key.columns)})"])
        line.setText(1, f"{QLocale().toString(child.count.value)}{more}")
        line.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line.setData(0, _CHILD, child)
        is_open = not child.reason and (child.count.value > 0 or bool(more))
        if child.reason:
            line.setText(1, "")
            line.setToolTip(0, _reason(child.reason, self))
            line.setText(0, f"{line.text(0)}   {_reason(child.reason, self)}")
        line.setCheckState(0, Qt.CheckState.Unchecked)
        if not is_open:
            line.setFlags(line.flags() & ~Qt.ItemFlag.ItemIsEnabled)
        elif child.has_children:
            line.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
        return line

    def _expanded(self, item: QTreeWidgetItem) -> None:
        child = item.data(0, _CHILD)
        if isinstance(child, Child) and child.path not in self._looking:
            self._look(item, child.path)

    def _ticked(self, item: QTreeWidgetItem) -> None:
        """A table below one that is not copied can't be: ticking it ticks what is above."""
        above = item.parent()
        if item.checkState(0) is Qt.CheckState.Checked and above is not None:
            above.setCheckState(0, Qt.CheckState.Checked)
        self._show_plan(None)
        self._timer.start()

    # the plan

    def _make_plan(self) -> None:
        service, relation, key, chosen = self._service, self._relation, self._key, self.chosen()
        self._planning.start(lambda ctx: service.plan(relation, key, chosen, ctx), self._show_plan, self._refuse)

    def _show_plan(self, plan: DuplicatePlan | None) -> None:
        self._plan = plan
        self._trouble.hide()
        if plan is None:
            self._sum.setText(self.tr("Reading the rows…"))
            self._go.setEnabled(False)
            return
        self._typed |= self.questions.typed()
        self.questions.show_plan(plan, self._typed, self._workspace)
        self.questions.setVisible(bool(plan.questions))
        self._asked.setVisible(bool(plan.questions))
        self._asked.setText(self.tr("%n unique value(s) the copies can't share", "", len(plan.questions)))
        counts = ", ".join(f"{name}: {QLocale().toString(count)}" for name, count in plan.counts.items())
        words = [self.tr("%n new row(s): {tables}.", "", len(plan.rows)).format(tables=counts)]
        for reason, said in (
            ("masked", self.tr("Masked and not copied: {columns}.")),
            ("privilege", self.tr("Not copied, your role may not: {columns}.")),
        ):
            names = [f"{each.relation}.{each.column}" for each in plan.left_out if each.reason == reason]
            if names:
                words.append(said.format(columns=", ".join(names)))
        self._sum.setText("\n".join(words))
        self._check()

    def _check(self) -> None:
        self._go.setEnabled(self._plan is not None and self.questions.answers() is not None)

    def _stage(self) -> None:
        plan, answers = self._plan, self.questions.answers()
        if plan is None or answers is None:
            return
        service = self._service

        def work(ctx: TaskContext) -> Made:
            return service.changes(plan, answers, ctx)

        self._go.setEnabled(False)
        self._making.start(
            work,
            self._finish,
            self._refuse,
            self.tr("Taking numbers for the copies"),
            lane=Lane.WRITE,
        )

    def _finish(self, changes: Made) -> None:
        self.made.emit(changes)
        self.accept()

    def _refuse(self, error: StudioError) -> None:
        said = sentence(error)
        self._trouble.setText("  ".join(part for part in (said.title, said.explanation) if part))
        self._trouble.show()
        self._sum.setText("")
        self._check()


class _Questions(QTableWidget):
    """The unique values that copies need: what the original holds, and what the copy shall."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(0, 4, parent)
        self.setObjectName("duplicate.questions")
        self.setAccessibleName(self.tr("Unique values of the copies"))
        self.setHorizontalHeaderLabels([self.tr("Row"), self.tr("Column"), self.tr("Original"), self.tr("Copy")])
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_LINE)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setStretchLastSection(True)
        self._fields: dict[Place, _Answer] = {}

    def show_plan(self, plan: DuplicatePlan, typed: Mapping[Place, str], workspace: Workspace) -> None:
        """Ask a plan's questions; what was typed before stays."""
        if [each.place for each in plan.questions] == list(self._fields):
            return
        self.setRowCount(0)
        self.setRowCount(len(plan.questions))
        self._fields = {}
        for line, question in enumerate(plan.questions):
            original = plan.rows[question.row].original
            labels = (original.cells.get(name) for name in workspace.overlay.label_columns(original.relation))
            words = (str(original.relation.name), " ".join(cell for cell in labels if cell))
            held = (question.held or "")[:_LONGEST]
            for place, text in enumerate(("  ·  ".join(filter(None, words)), question.column, held)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.setItem(line, place, item)
            answer = _Answer(question, original.relation.column(question.column), typed.get(question.place), self)
            answer.changed.connect(self.changed)
            self.setCellWidget(line, 3, answer)
            self._fields[question.place] = answer
        for place in range(3):
            wanted = max(self.sizeHintForColumn(place), self.horizontalHeader().sectionSizeHint(place)) + 12
            self.setColumnWidth(place, min(_MOST_WIDTH, wanted))
        head = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(head + min(_MOST_LINES, len(plan.questions)) * _LINE + 4)

    def typed(self) -> dict[Place, str]:
        """Return what a person typed."""
        return {place: field.line.text() for place, field in self._fields.items() if field.line.isModified()}

    def answers(self) -> dict[Place, StagedCell] | None:
        """Return all answers; None while one is missing or no value of its type."""
        found = {place: field.answer() for place, field in self._fields.items()}
        return None if any(cell is DEFAULT for cell in found.values()) else found


class _Answer(QWidget):
    """One unique value: a line, and NULL where the column takes it."""

    changed = Signal()

    def __init__(self, question: Question, column: Column, typed: str | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._column = column
        name = f"{question.column}.{question.row}"
        proposed = question.proposed if isinstance(question.proposed, str) else ""
        self.line = QLineEdit(proposed if typed is None else typed, self)
        self.line.setObjectName(f"duplicate.value.{name}")
        self.line.setAccessibleName(self.tr("Value of {column}").format(column=question.column))
        self.line.setPlaceholderText(self.tr("A value of its own"))
        self.line.setModified(typed is not None)
        self.line.setCursorPosition(0)
        self.nothing = QCheckBox("NULL", self)
        self.nothing.setObjectName(f"duplicate.null.{name}")
        self.nothing.setAccessibleName(self.tr("{column} is NULL").format(column=question.column))
        self.nothing.setVisible(column.nullable)
        self.nothing.setChecked(question.proposed is None and typed is None)
        self.line.setEnabled(not self.nothing.isChecked())
        self.line.textChanged.connect(self._look)
        self.nothing.toggled.connect(self._toggled)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.addWidget(self.line, 1)
        row.addWidget(self.nothing)

    def answer(self) -> StagedCell:
        """Return the value; DEFAULT while there is none."""
        if self.nothing.isChecked():
            return None
        text = self.line.text()
        if not text:
            return DEFAULT
        try:
            return _CODECS.for_type(self._column.type).check(text, self._column.type)
        except InvalidValue:
            return DEFAULT

    def _toggled(self, is_null: bool) -> None:
        self.line.setEnabled(not is_null)
        self.changed.emit()

    def _look(self, text: str) -> None:
        try:
            _CODECS.for_type(self._column.type).check(text, self._column.type)
            self.line.setToolTip("")
        except InvalidValue as error:
            self.line.setToolTip(reason_sentence(error))
        self.changed.emit()


def _reason(code: str, dialog: QWidget) -> str:
    if code == "privilege":
        return dialog.tr("Your role may not add rows to it.")
    return dialog.tr("Rows can't be added to it.")
