"""SlowPage: the queries that take most of the server's time, without values; or how to have them counted."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.slowqueries import CountingState, SlowQueries, SlowQuery
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, StudioError
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.pages import ErrorPage
from nexus_studio.ui.kit.parts import Card, CardList, label
from nexus_studio.ui.kit.splits import fill_split
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.sizes.counts import Counts
from nexus_studio.ui.panels.sizes.head import Head
from nexus_studio.ui.panels.sizes.page import HealthPage
from nexus_studio.ui.panels.sizes.slow_list import SlowList
from nexus_studio.ui.panels.sizes.slow_words import state_words, step_words, text_words
from nexus_studio.ui.panels.sizes.words import count_text

_AGAIN: Final = "rows.refresh"


class SlowPage(HealthPage):
    """Shows what pg_stat_statements has counted."""

    NAME = "slow"

    explain_asked = Signal(object)  # a SlowQuery: show its plan

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._report: SlowQueries | None = None
        self._counts = Counts(self)
        self._pages = QStackedWidget(self)
        self._error = ErrorPage(self._pages)
        self.steps = CardList("sizes.slow_steps", "", self._pages)
        self._split = QSplitter(Qt.Orientation.Vertical, self._pages)
        self.list = SlowList(self._split)
        self._below = QWidget(self._split)
        self.text = QPlainTextEdit(self._below)
        self.explain = QPushButton(self._below)
        self.copy = QPushButton(self._below)
        self.head = Head("slow", "pending", self)
        self.again = QPushButton(self)
        self.note = label("", "muted", selectable=True, name="sizes.slow_note")
        self._build()
        self._arrange()
        self.list.chosen.connect(self._show_query)
        self.explain.clicked.connect(lambda _checked=False: self.show_plan())
        self.list.doubleClicked.connect(lambda _index: self.show_plan())
        self.copy.clicked.connect(lambda _checked=False: self._copy())
        self.again.clicked.connect(lambda _checked=False: self.read())
        self._error.chosen.connect(self._choose)
        self.retranslate()

    # HealthPage

    @classmethod
    def title(cls) -> str:
        return QCoreApplication.translate("SlowPage", "Slow queries")

    def leave(self) -> None:
        super().leave()
        self._report = None

    def can(self) -> frozenset[str]:
        return frozenset({"read"} if self._workspace is not None else ())

    def read(self) -> None:
        workspace = self._workspace
        if workspace is None:
            return
        self._is_stale = False
        if self._report is None:
            self.head.title.setText(self.tr("Looking…"))
        self._reading.start(workspace.health.slow_queries.report, self._show, self._show_failure)

    def first_widget(self) -> QWidget:
        return self.list if self.list.queries.rowCount() else self.again

    def retranslate(self) -> None:
        self.again.setText(self.tr("Look again"))
        self.again.setAccessibleName(self.again.text())
        self.explain.setText(self.tr("Open in EXPLAIN"))
        self.explain.setAccessibleName(self.explain.text())
        self.copy.setText(self.tr("Copy"))
        self.copy.setAccessibleName(self.tr("Copy the statement"))
        self.text.setAccessibleName(self.tr("The statement, without values"))
        self.steps.setAccessibleName(self.tr("How to have queries counted"))
        if self._report is not None:
            self._say(self._report)

    # what actions do

    @property
    def report(self) -> SlowQueries | None:
        """What was counted; None before that."""
        return self._report

    def show_plan(self) -> None:
        """Have the current query explained; it is not run by that."""
        query = self.list.current()
        if query is not None and query.may_explain:
            self.explain_asked.emit(query)

    # inside

    def _build(self) -> None:
        self.text.setObjectName("sizes.slow_text")
        self.text.setReadOnly(True)
        self.text.setFont(monospace_font())
        self.text.setTabChangesFocus(True)
        for button, name, sign in (
            (self.explain, "slow_explain", "review"),
            (self.copy, "slow_copy", "copy"),
            (self.again, "slow_again", "refresh"),
        ):
            button.setObjectName(f"sizes.{name}")
            button.setIcon(icon(sign))

    def _arrange(self) -> None:
        self.head.add(self.again)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.explain)
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        below = QVBoxLayout(self._below)
        below.setContentsMargins(16, 8, 16, 12)
        below.setSpacing(8)
        below.addLayout(buttons)
        below.addWidget(self.text, 1)
        fill_split(self._split, "sizes.slow_split", ((self.list, 75), (self._below, 25)), (420, 160))
        around = QWidget(self._pages)
        inside = QVBoxLayout(around)
        inside.setContentsMargins(16, 12, 8, 12)
        inside.addWidget(self.steps)
        self._steps_page = around
        for page in (self._split, around, self._error):
            self._pages.addWidget(page)
        self.note.setContentsMargins(16, 6, 16, 6)
        self.note.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.note)
        column.addWidget(self._pages, 1)

    def _show(self, report: SlowQueries) -> None:
        self._report = report
        self._say(report)
        if report.state is CountingState.READY:
            self.list.show_queries(report.queries)
            self._pages.setCurrentWidget(self._split)
        else:
            self._pages.setCurrentWidget(self._steps_page)

    def _say(self, report: SlowQueries) -> None:
        notes = []
        if report.may_not_see:
            words = self.tr("The texts of {number} are of roles whose queries yours may not see: pg_monitor would.")
            notes.append(words.format(number=count_text(report.may_not_see)))
        if report.evicted:
            words = self.tr("Rare ones were dropped {number} times for lack of room (pg_stat_statements.max).")
            notes.append(words.format(number=count_text(report.evicted)))
        self.note.setText(" ".join(notes))
        self.note.setVisible(bool(notes))
        if report.state is not CountingState.READY:
            self._say_steps(report)
            return
        self.head.sign.set_sign("running", "text-muted")
        self.head.title.setText(self._counts.statements(report.count))
        since = report.since
        words = self.tr("counted since {moment}")
        self.head.facts.say(
            words.format(moment=moment_text(since)) if since is not None else self.tr("counted since the last reset"),
            self.tr("values are left out"),
        )

    def _say_steps(self, report: SlowQueries) -> None:
        title, why = state_words(report.state)
        self.head.sign.set_sign("info", "info")
        self.head.title.setText(title)
        self.head.facts.say(why)
        self.steps.clear()
        for number, step in enumerate(report.steps, 1):
            card = Card(f"{number}.  {step_words(step.code)}")
            if step.sql:
                sql = label(step.sql, selectable=True)
                sql.setFont(monospace_font())
                card.add(sql)
            self.steps.add(card)

    def _show_query(self, query: SlowQuery | None) -> None:
        self.text.setPlainText("" if query is None else query.text or text_words(query))
        self.explain.setEnabled(query is not None and query.may_explain)
        self.copy.setEnabled(query is not None and bool(query.text))

    def _show_failure(self, error: StudioError) -> None:
        self._is_stale = True
        if isinstance(error, ConnectionLost | ConnectionFailed) and self._report is not None:
            self.failed.emit(error)  # the window says so; what was counted stays in sight
        else:
            self._error.show_error(error, (NextStep(_AGAIN, self.tr("Look again")),))
            self._pages.setCurrentWidget(self._error)

    def _copy(self) -> None:
        query = self.list.current()
        if query is not None:
            QGuiApplication.clipboard().setText(query.text)
            self.context.notices.success(self.tr("The statement is in the clipboard"), key="slow.copied")

    def _choose(self, step: str) -> None:
        if step in {_AGAIN, "connection.retry"}:
            self.read()
        else:
            self.step_asked.emit(step)
