"""PlanView: revisions in the order in which they would run, with the SQL of each."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from nexus_studio.core.admin.migrations import MigrationPlan, Step
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import label, line
from nexus_studio.ui.panels.migrations.flows.codeview import CodeView, copy_button
from nexus_studio.ui.panels.migrations.flows.words import step_reason

_LIST_WIDTH = 330
_ID = 14  # letters of an id: all of Alembic's, the time of Prisma's
_SHOWN = 200_000  # characters of SQL that are laid out; copying takes all


class PlanView(QWidget):
    """A list of revisions; below "All of it", one by one. What is selected shows its SQL beside the list."""

    def __init__(self, context: UiContext, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._plan: MigrationPlan | None = None
        self._list = QTreeWidget(self)
        self._list.setObjectName(f"{name}.revisions")
        self._list.setAccessibleName(self.tr("Revisions in order"))
        self._list.setProperty("framed", True)
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setHeaderLabels([self.tr("Revision"), self.tr("Statements")])
        self._list.currentItemChanged.connect(self._show_current)
        self._heading = label("", "strong", selectable=True)
        self._reason = label("", tone="warning", selectable=True)
        self._sql = CodeView(context.theme, "sql", f"{name}.sql", self.tr("SQL that would run"), self)
        self._copy = copy_button(f"{name}.copy", self.tr("Copy SQL"), self.sql, self)
        self._room = QStackedWidget(self)  # the SQL, or nothing where it can't be shown
        self._room.addWidget(self._sql)
        self._room.addWidget(QWidget())
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(line(self._heading, self._copy, stretch=0))
        column.addWidget(self._reason)
        column.addWidget(self._room, 1)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setObjectName(f"{name}.split")
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.setStyleSheet("QSplitter::handle { background: transparent; }")
        split.addWidget(self._list)
        split.addWidget(right)
        split.setStretchFactor(1, 1)
        split.setSizes([_LIST_WIDTH, 2 * _LIST_WIDTH])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(split)
        self.setFocusProxy(self._list)

    def show_plan(self, plan: MigrationPlan) -> None:
        """Show a plan, all of it selected."""
        self._plan = plan
        self._list.clear()
        if len(plan.steps) > 1:
            all_of_it = QTreeWidgetItem(self._list, [self.tr("All of it"), _count(plan.steps)])
            all_of_it.setData(0, Qt.ItemDataRole.UserRole, -1)
        for number, step in enumerate(plan.steps):
            item = QTreeWidgetItem(self._list, [_title(step), _count((step,))])
            item.setData(0, Qt.ItemDataRole.UserRole, number)
            item.setToolTip(0, f"{step.revision}  {step.message}".strip())
            if step.reason:
                item.setIcon(0, icon("warning", "warning"))
        header = self._list.header()
        self._list.resizeColumnToContents(1)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        for place in range(self._list.topLevelItemCount()):
            item_at = self._list.topLevelItem(place)
            if item_at is not None:
                item_at.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if (first := self._list.topLevelItem(0)) is not None:
            self._list.setCurrentItem(first)

    def sql(self) -> str:
        """Return the SQL of what is selected."""
        return "\n\n".join(_sql_of(step, headed=len(self._selected()) > 1) for step in self._selected())

    def revisions(self) -> list[str]:
        """Return the ids in order."""
        return [step.revision for step in self._plan.steps] if self._plan is not None else []

    def _selected(self) -> tuple[Step, ...]:
        item = self._list.currentItem()
        if self._plan is None or item is None:
            return ()
        number = int(item.data(0, Qt.ItemDataRole.UserRole))
        return self._plan.steps if number < 0 else (self._plan.steps[number],)

    def _show_current(self) -> None:
        steps = self._selected()
        hidden = [step for step in steps if step.reason]
        if len(steps) == 1:
            self._heading.setText(" · ".join(filter(None, (steps[0].message, steps[0].revision))))
            self._reason.setText(step_reason(steps[0]))
        else:
            self._heading.setText(self.tr("%Ln revision(s), in this order", "", len(steps)))
            self._reason.setText(self.tr("The SQL of %Ln revision(s) can't be shown.", "", len(hidden)))
        self._reason.setVisible(bool(hidden))
        text = self.sql()
        if len(text) > _SHOWN:
            text = text[:_SHOWN] + "\n\n-- …"
        self._sql.show_text(text)
        self._copy.setEnabled(bool(text))
        self._room.setCurrentIndex(0 if text or not hidden else 1)


def _title(step: Step) -> str:
    return f"{step.message}  {step.revision[:_ID]}".strip() if step.message else step.revision


def _count(steps: tuple[Step, ...]) -> str:
    return "–" if any(step.reason for step in steps) else str(sum(len(step.statements) for step in steps))


def _sql_of(step: Step, *, headed: bool) -> str:
    head = f"-- {step.revision}  {step.message}".rstrip() + "\n\n" if headed else ""
    return head + step.sql
