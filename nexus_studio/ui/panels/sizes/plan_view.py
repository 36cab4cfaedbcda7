"""PlanView: a plan as a tree of steps and as text."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QTabWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.plantree import ExplainedPlan, PlanStep
from nexus_studio.ui.kit.splits import fill_split
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import labelled
from nexus_studio.ui.panels.sizes.plan_tree import PlanTree


class PlanView(QWidget):
    """Both forms behind tabs; below the tree stand the conditions and figures of its current step."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plan: ExplainedPlan | None = None
        self.forms = QTabWidget(self)
        self.forms.setObjectName("sizes.plan_forms")
        self.forms.setDocumentMode(True)
        self._split = QSplitter(Qt.Orientation.Vertical, self.forms)
        self.tree = PlanTree(self._split)
        self.tree.setMinimumHeight(100)
        self.details = self._text("sizes.plan_details")
        self.text = self._text("sizes.plan_text")
        fill_split(self._split, "sizes.plan_split", ((self.tree, 75), (self.details, 25)), (360, 110))
        self.forms.addTab(self._split, "")
        self.forms.addTab(self.text, "")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.forms)
        self.tree.chosen.connect(self._show_details)
        self.retranslate()

    @property
    def plan(self) -> ExplainedPlan | None:
        """What is shown."""
        return self._plan

    def show_plan(self, plan: ExplainedPlan | None) -> None:
        """Show another plan; None: none."""
        self._plan = plan
        self.text.setPlainText("" if plan is None else plan.text)
        self.tree.show_plan(plan)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.forms.setTabText(0, self.tr("Steps"))
        self.forms.setTabText(1, self.tr("Text"))
        self.forms.setAccessibleName(self.tr("Plan of the statement"))
        self.forms.tabBar().setAccessibleName(self.forms.accessibleName())
        self.details.setAccessibleName(self.tr("What the step does"))
        self.text.setAccessibleName(self.tr("The plan as text"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _text(self, name: str) -> QPlainTextEdit:
        made = QPlainTextEdit(self)
        made.setObjectName(name)
        made.setReadOnly(True)
        made.setFont(monospace_font())
        made.setTabChangesFocus(True)
        made.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        return made

    def _show_details(self, step: PlanStep | None) -> None:
        self.details.setPlainText(
            "" if step is None else "\n".join(labelled(name, value) for name, value in step.details)
        )
