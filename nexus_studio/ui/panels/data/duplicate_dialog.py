"""The dialog that duplicates a row with chosen rows that point to it, and asks for unique values; then it stages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.duplicate import DuplicatePlan, Place
from nexus_studio.core.errors import StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.duplicating import Child, Duplicating, Path
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.tasks import Lane, Latest
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.data.duplicate_questions import Questions

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_WIDTH, _HEIGHT = 680, 560  # pixels
_DELAY_MS: Final = 150
_CHILD: Final = Qt.ItemDataRole.UserRole

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
        self.questions = Questions(self)
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
        self._asked.setText(self.tr("%Ln unique value(s) the copies can't share", "", len(plan.questions)))
        counts = ", ".join(f"{name}: {QLocale().toString(count)}" for name, count in plan.counts.items())
        words = [self.tr("%Ln new row(s): {tables}.", "", len(plan.rows)).format(tables=counts)]
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


def _reason(code: str, dialog: QWidget) -> str:
    if code == "privilege":
        return dialog.tr("Your role may not add rows to it.")
    return dialog.tr("Rows can't be added to it.")
