"""ExplainPage: how the server would run a statement, for any values or for some; if that is asked for, how it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QSplitter, QVBoxLayout, QWidget

from nexus_studio.core.admin.plantree import ExplainedPlan
from nexus_studio.core.admin.slowqueries import SlowQuery, has_plan, may_be_run, parameters_of
from nexus_studio.core.errors import StudioError
from nexus_studio.core.settings import EXPLAIN_SPLIT
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.splits import fill_split, keep_split, restore_split
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.sizes.head import Head
from nexus_studio.ui.panels.sizes.page import HealthPage
from nexus_studio.ui.panels.sizes.plan_values import PlanValues
from nexus_studio.ui.panels.sizes.plan_view import PlanView
from nexus_studio.ui.panels.sizes.words import duration_text

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace


class ExplainPage(HealthPage):
    """A statement that somebody types, or one of the slow queries, whose text is taken from the server then."""

    NAME = "explain"

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._query: SlowQuery | None = None
        self._explained = ""
        self.head = Head("explain", "review", self)
        self._split = QSplitter(Qt.Orientation.Vertical, self)
        self._above = QWidget(self._split)
        self.statement = QPlainTextEdit(self._above)
        self.values = PlanValues(self._above)
        self.explain = QPushButton(icon("review", "accent-text"), "", self._above)
        self.run = QPushButton(icon("play"), "", self._above)
        self.stop = QPushButton(icon("stop"), "", self._above)
        self.copy = QPushButton(icon("copy"), "", self._above)
        self.view = PlanView(self._split)
        self._arrange()
        self.statement.textChanged.connect(self._typed)
        self.values.changed.connect(self._tell)
        self.values.entered.connect(self.read)
        self.explain.clicked.connect(lambda _checked=False: self.read())
        self.run.clicked.connect(lambda _checked=False: self.ask_to_run())
        self.stop.clicked.connect(lambda _checked=False: self.cancel())
        self.copy.clicked.connect(lambda _checked=False: self._copy())
        self.retranslate()
        self._show(None)

    # HealthPage

    @classmethod
    def title(cls) -> str:
        return QCoreApplication.translate("ExplainPage", "EXPLAIN")

    def open(self, workspace: Workspace) -> None:
        super().open(workspace)
        self._is_stale = False  # it is explained when somebody says so
        self._tell()

    def leave(self) -> None:
        super().leave()
        keep_split(self._split, self.context.settings, EXPLAIN_SPLIT)
        self._query = None
        self.statement.clear()
        self._show(None)

    def can(self) -> frozenset[str]:
        return frozenset({"read"} if self.explain.isEnabled() else ())

    def read(self) -> None:
        """Explain the statement; it is not run."""
        if self.explain.isEnabled():
            self._ask_server(runs=False)

    def first_widget(self) -> QWidget:
        return self.statement

    def retranslate(self) -> None:
        self.statement.setPlaceholderText(self.tr("A statement, with $1, $2 … where values are not known"))
        self.statement.setAccessibleName(self.tr("The statement to be explained"))
        self.explain.setText(self.tr("Explain"))
        self.run.setText(self.tr("Run and measure…"))
        self.stop.setText(self.tr("Stop"))
        self.copy.setText(self.tr("Copy the plan"))
        for button in (self.explain, self.run, self.stop, self.copy):
            button.setAccessibleName(button.text())
        self._say(self.view.plan)
        self._tell()

    # what others ask

    def show_query(self, query: SlowQuery) -> None:
        """Explain a slow query for any values."""
        self.statement.setPlainText(query.text)
        self.values.clear()
        self._query = query  # after the text, which makes it somebody's own
        self._tell()
        self.read()

    def ask_to_run(self) -> None:
        """Ask whether to run the statement and measure it."""
        workspace = self._workspace
        if workspace is None or not self.run.isEnabled():
            return
        question = Confirmation(
            self.tr("Run the statement, and measure it?"),
            self.tr("It is run to its end, in a transaction that can only read and is rolled back."),
            self.tr("Run and measure"),
            (
                self.tr("It loads the server as it does at any other time, until it is done or you stop it."),
                self.tr("Functions that it calls are called."),
            ),
            writes=False,
        )
        ask(question, workspace.session.profile, self, self.measure)

    def measure(self) -> None:
        """Run the statement and measure it: it was asked about."""
        self._ask_server(runs=True)

    def cancel(self) -> None:
        """Stop what is under way, on the server too."""
        self._reading.cancel()
        self._say(self.view.plan)
        self._tell()

    # inside

    def _arrange(self) -> None:
        self.statement.setObjectName("sizes.plan_statement")
        self.statement.setFont(monospace_font())
        self.statement.setTabChangesFocus(True)
        for button, name in ((self.explain, "explain"), (self.run, "run"), (self.stop, "stop"), (self.copy, "copy")):
            button.setObjectName(f"sizes.plan_{name}")
            button.setAutoDefault(False)
        self.explain.setProperty("primary", True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.explain, self.run, self.stop):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.copy)
        above = QVBoxLayout(self._above)
        above.setContentsMargins(16, 10, 16, 10)
        above.setSpacing(8)
        above.addWidget(self.statement, 1)
        above.addWidget(self.values)
        above.addLayout(buttons)
        self._above.setMinimumHeight(150)
        self.view.setMinimumHeight(160)
        fill_split(self._split, "sizes.explain_split", ((self._above, 20), (self.view, 80)), (170, 470))
        restore_split(self._split, self.context.settings, EXPLAIN_SPLIT)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._split, 1)

    def _typed(self) -> None:
        self._query = None
        self.values.ask_for(parameters_of(self.statement.toPlainText()))
        if self.view.plan is not None:  # else it may be an error that is read while it is mended
            self._say(self.view.plan)
        self._tell()

    def _ask_server(self, *, runs: bool) -> None:
        workspace, query = self._workspace, self._query
        if workspace is None:
            return
        health, statement, values = workspace.health, self.statement.toPlainText(), self.values.values()

        def work(ctx: TaskContext) -> ExplainedPlan:
            if query is not None and query.id is not None:
                return health.slow_queries.explain(query.id, ctx, values=values, runs=runs)
            return health.plans.explain(statement, ctx, values=values, runs=runs)

        def done(plan: ExplainedPlan) -> None:
            self._explained = statement
            self._show(plan)

        self.head.sign.set_sign("running", "text-muted")
        self.head.title.setText(self.tr("Running…") if runs else self.tr("Asking…"))
        self.head.facts.say("")
        title = self.tr("Measuring a statement") if runs else ""
        self._reading.start(work, done, self._show_failure, title=title)
        self._tell()

    def _show(self, plan: ExplainedPlan | None) -> None:
        self.view.show_plan(plan)
        self._say(plan)
        self._tell()

    def _say(self, plan: ExplainedPlan | None) -> None:
        if self._reading.is_busy:
            return
        if plan is not None and self.statement.toPlainText() != self._explained:
            self.head.sign.set_sign("review", "text-muted")
            self.head.title.setText(self.tr("The plan of what was explained before"))
            self.head.facts.say(self.tr("the statement has been changed since"))
            return
        self.head.sign.set_sign("review", "text-muted")
        if plan is None:
            self.head.title.setText(self.tr("How the server runs a statement"))
            self.head.facts.say(self.tr("It is not run by explaining it."))
        elif plan.was_run and plan.execution_ms is not None:
            self.head.sign.set_sign("success", "success")
            words = self.tr("Run in {time}")
            self.head.title.setText(words.format(time=duration_text(plan.execution_ms / 1000)))
            planned = self.tr("planned in {time}").format(time=duration_text((plan.planning_ms or 0) / 1000))
            self.head.facts.say(planned, self.tr("it could only read, and was rolled back"))
        else:
            generic = self.tr("The plan for any values")
            self.head.title.setText(generic if plan.is_generic else self.tr("The plan for these values"))
            averages = self.tr("rows are averages") if plan.is_generic else ""
            kept = self.tr("the text is that of a slow query, its values are left out") if self._query else ""
            self.head.facts.say(*filter(None, (averages, self.tr("it was not run"), kept)))

    def _show_failure(self, error: StudioError) -> None:
        said = sentence(error)
        self.view.show_plan(None)
        self.head.sign.set_sign("error", "danger")
        self.head.title.setText(said.title)
        self.head.facts.say(*filter(None, (said.server_line, said.explanation)))
        self._tell()

    def _tell(self) -> None:
        statement, is_busy = self.statement.toPlainText(), self._reading.is_busy
        is_known = self._query is not None or has_plan(statement)
        is_open = self._workspace is not None
        self.explain.setEnabled(is_open and is_known)
        is_other = not is_known and bool(statement.strip())
        no_plan = self.tr("PostgreSQL makes plans for SELECT, INSERT, UPDATE, DELETE and MERGE, not for this.")
        self.explain.setToolTip(no_plan if is_other else "")
        against = self._against_running(statement)
        self.run.setEnabled(is_open and is_known and not is_busy and not against)
        self.run.setToolTip(against if is_known else self.explain.toolTip())
        self.stop.setVisible(is_busy)
        self.copy.setEnabled(self.view.plan is not None)
        self.state_changed.emit()

    def _against_running(self, statement: str) -> str:
        if not may_be_run(statement):
            return self.tr("Only what asks (SELECT) is run.")
        if parameters_of(statement) and not self.values.are_given:
            return self.tr("It can't be run without values for its $1, $2 …")
        return ""

    def _copy(self) -> None:
        plan = self.view.plan
        if plan is not None:
            QGuiApplication.clipboard().setText(plan.text)
            self.context.notices.success(self.tr("The plan is in the clipboard"), key="plan.copied")
