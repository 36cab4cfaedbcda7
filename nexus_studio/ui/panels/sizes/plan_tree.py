"""PlanTree: the steps of a plan as a tree, with what each costs, and took."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from nexus_studio.core.admin.plantree import ExplainedPlan, PlanStep
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.tips import plain_tip
from nexus_studio.ui.panels.sizes.words import DASH, count_text, number_text, share_text

STEP, SHARE, COST, ROWS, FOUND, TIME, LOOPS = range(7)
_MEASURED: Final = (FOUND, TIME, LOOPS)
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_HEAVY: Final = 0.2
"""From what share of the whole on a step is said to be heavy."""


class _Line(QTreeWidgetItem):
    def __init__(self, step: PlanStep) -> None:
        super().__init__()
        self.step = step


class PlanTree(QTreeWidget):
    """A line for each step, what it gets its rows from below it. What takes most by itself is marked."""

    chosen = Signal(object)  # PlanStep, or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.plan_tree")
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setColumnCount(LOOPS + 1)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(STEP, QHeaderView.ResizeMode.Stretch)
        for column in range(SHARE, LOOPS + 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self._plan: ExplainedPlan | None = None
        self.currentItemChanged.connect(lambda *_: self.chosen.emit(self.current()))
        self.retranslate()

    def show_plan(self, plan: ExplainedPlan | None) -> None:
        """Show another plan, all steps opened, and go to the one that takes most; None: none."""
        self._plan = plan
        self.clear()
        for column in _MEASURED:
            self.setColumnHidden(column, plan is None or not plan.was_run)
        if plan is None:
            self.chosen.emit(None)
            return
        heaviest = plan.heaviest
        lines = [_Line(plan.root)]
        self.addTopLevelItem(lines[0])
        while lines:
            line = lines.pop()
            self._fill(line, plan)
            below = [_Line(each) for each in line.step.below]
            line.addChildren(below)
            lines += below
            if line.step is heaviest:
                self.setCurrentItem(line)
        self.expandAll()

    def current(self) -> PlanStep | None:
        """Return the step of the current line."""
        line = self.currentItem()
        return line.step if isinstance(line, _Line) else None

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.setAccessibleName(self.tr("Steps of the plan"))
        self.setHeaderLabels([
            self.tr("Step"), self.tr("By itself"), self.tr("Cost"), self.tr("Rows planned"), self.tr("Rows found"),
            self.tr("Time"), self.tr("Loops"),
        ])  # fmt: skip
        header = self.headerItem()
        for column in range(SHARE, LOOPS + 1):
            header.setTextAlignment(column, _RIGHT)
        header.setToolTip(SHARE, self.tr("What part of the whole the step takes without what is below it"))
        header.setToolTip(COST, self.tr("As the planner reckons: one for a page read in sequence"))
        if self._plan is not None:
            self.show_plan(self._plan)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _fill(self, line: _Line, plan: ExplainedPlan) -> None:
        step, share = line.step, plan.share(line.step)
        name = "  ".join(filter(None, (step.label, step.kind, step.subject)))
        for column, words in (
            (STEP, name),
            (SHARE, share_text(share)),
            (COST, number_text(step.cost, 1)),
            (ROWS, count_text(step.rows)),
            (FOUND, count_text(step.actual_rows)),
            (TIME, DASH if step.ms is None else self.tr("{number} ms").format(number=number_text(step.ms, 1))),
            (LOOPS, count_text(step.loops)),
        ):
            line.setText(column, words)
            if column != STEP:
                line.setTextAlignment(column, _RIGHT)
        line.setToolTip(STEP, plain_tip(name))
        if share >= _HEAVY:
            font = self.font()
            font.setBold(True)
            line.setFont(SHARE, font)
        if step.misjudged is not None:
            line.setIcon(STEP, icon("warning", "warning"))
            line.setToolTip(STEP, plain_tip(f"{name}\n{self._misjudged_words(step.misjudged)}"))
        elif step.is_never_run:
            line.setToolTip(STEP, plain_tip(f"{name}\n{self.tr('It was not needed.')}"))

    def _misjudged_words(self, factor: float) -> str:
        if factor > 1:
            words = self.tr("{times} times as many rows came as were planned: ANALYZE may help.")
            return words.format(times=number_text(factor, 0))
        words = self.tr("{times} times fewer rows came than were planned: ANALYZE may help.")
        return words.format(times=number_text(1 / factor, 0))
