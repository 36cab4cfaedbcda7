"""RunView: migrations while they run - which, how far, for how long, which statement now - and how it ended."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QLocale, Qt, QTimer
from PySide6.QtWidgets import QProgressBar, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from nexus_studio.core.admin.ledgerentries import LedgerEntry
from nexus_studio.core.admin.migrations import RunEvent, RunResult, Step
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.kit.wording import labelled
from nexus_studio.ui.panels.migrations.flows.codeview import CodeView
from nexus_studio.ui.panels.migrations.flows.words import duration
from nexus_studio.ui.panels.migrations.prisma_words import failure_words, shown_logs

_TICK_MS = 100
_THOUSAND = 1000
_LINES = 5
_MOST_NUMBERS = 20  # statements that were left out, by number
_MOST_WORDS = 9  # lines of what the server said; more of it scrolls
_LONGEST = 20_000  # characters of a statement that are shown while it runs


class RunView(QWidget):
    """Give `listener` to the service, call `start` and, with the result, `finish`.

    Events come on the worker's thread, thousands a second when a revision has many small statements. They wait in a
    queue that this widget empties ten times a second: nothing of Qt is touched in the worker, which may outlive it.
    """

    def __init__(self, context: UiContext, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._theme = context.theme
        self._events: deque[RunEvent] = deque()
        self._items: dict[str, QTreeWidgetItem] = {}
        self._statements: dict[str, int] = {}
        self._done: set[str] = set()
        self._left_out: dict[str, list[int]] = {}  # by revision, the statements that were there already
        self._started = self._statement_began = 0.0
        self._now: RunEvent | None = None
        self._running = ""
        self._result = QVBoxLayout()
        self._bar = QProgressBar(self)
        self._bar.setObjectName(f"{name}.bar")
        self._bar.setTextVisible(False)
        self._far = label("", "strong", name=f"{name}.far")
        self._list = QTreeWidget(self)
        self._list.setObjectName(f"{name}.revisions")
        self._list.setAccessibleName(self.tr("Revisions and how far they are"))
        self._list.setProperty("framed", True)
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setHeaderLabels([self.tr("Revision"), self.tr("Statements"), self.tr("Time")])
        self._what = label("", "muted", name=f"{name}.what")
        self._sql = CodeView(context.theme, "sql", f"{name}.sql", self.tr("Statement that runs now"), self)
        self._sql.setFixedHeight(self._sql.fontMetrics().lineSpacing() * _LINES + 16)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._result)
        for widget in (self._far, self._bar):
            column.addWidget(widget)
        column.addWidget(self._list, 1)
        column.addWidget(self._what)
        column.addWidget(self._sql)
        self.setFocusProxy(self._list)

    @property
    def listener(self) -> Callable[[RunEvent], None]:
        """What takes the events of a run, on any thread."""
        return self._events.append

    def start(self, steps: Sequence[Step]) -> None:
        """Show what will run, all of it still to come, and begin to listen."""
        self._events.clear()
        self._items.clear()
        self._done.clear()
        self._left_out.clear()
        self._statements = {step.revision: len(step.statements) for step in steps if not step.reason}
        self._list.clear()
        self._now = None
        while (item := self._result.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for step in steps:
            self._add(step.revision, step.message)
        header = self._list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        for place in (1, 2):
            header.setSectionResizeMode(place, header.ResizeMode.ResizeToContents)
        self._running = ""
        for widget in (self._far, self._bar, self._what, self._sql):
            widget.show()
        self._what.setText(self.tr("Beginning…"))
        self._sql.show_text("")
        self._started = time.monotonic()
        self._tick()
        self._clock.start()

    def finish(self, result: RunResult | None, title: str, *, good: bool) -> None:
        """Show how it ended, under a translated title; `result` None: the work never began or was given up."""
        self._clock.stop()
        self._tick()
        failed = result.failed if result is not None else None
        if failed is not None:
            self._mark(failed.migration_name, "error", "danger")
            card = Card(title, sign="error", ink="danger", severity="error")
            card.add(server_words(self._theme, f"{self.objectName()}.words", failed))
            if failed.failed_statement:
                card.add(self._failed_statement(failed.failed_statement))
        else:
            card = Card(title, sign="success" if good else "info", ink="success" if good else "text-muted")
            card.setProperty("severity", "success" if good else "info")
        if left_out := self.left_out_words():
            card.add(label(left_out, name=f"{self.objectName()}.left_out"))
        for warning in result.warnings if result is not None else ():
            card.add(label(shown_logs(warning), tone="warning", selectable=True))
        card.setObjectName(f"{self.objectName()}.result")
        card.setAccessibleName(title)
        self._result.addWidget(card)
        for widget in (self._bar, self._what, self._sql, self._far):
            widget.hide()
        for revision, item in self._items.items():
            if revision not in self._done and (failed is None or revision != failed.migration_name):
                item.setText(1, self.tr("not run"))

    def left_out_words(self) -> str:
        """Say which statements were there already and did not run again; "" where all ran."""
        lines = []
        for revision, numbers in self._left_out.items():
            words = self.tr(
                "%Ln statement(s) of {revision} were there already and left out: {numbers}", "", len(numbers)
            )
            shown = ", ".join(QLocale().toString(each) for each in numbers[:_MOST_NUMBERS])
            shown += ", …" if len(numbers) > _MOST_NUMBERS else ""
            lines.append(words.format(revision=revision, numbers=shown))
        return "\n".join(lines)

    def _failed_statement(self, sql: str) -> CodeView:
        name = self.tr("Statement that failed")
        view = CodeView(self._theme, "sql", f"{self.objectName()}.statement", name, most_lines=_LINES)
        view.show_text(sql[:_LONGEST])
        return view

    def _tick(self) -> None:
        """Take all that came, and draw what came last."""
        running = self._running
        last = self._now
        while self._events:
            self._take(self._events.popleft())
        if self._running != running and (item := self._items.get(self._running)) is not None:
            self._list.scrollToItem(item)
            self._list.setCurrentItem(item)
        if self._now is not None and self._now is not last and self._now.statement is not None:
            self._items[self._now.revision].setText(1, self._count(self._now))
            self._sql.show_text(self._now.statement.sql[:_LONGEST])
        self._tell_far(time.monotonic())

    def _tell_far(self, now: float) -> None:
        elapsed = duration(int(now - self._started) * _THOUSAND)
        total, done = len(self._items), len(self._done)
        words = self.tr("{done} of {total} revisions · {elapsed}")
        locale = QLocale()
        self._far.setText(words.format(done=locale.toString(done), total=locale.toString(total), elapsed=elapsed))
        self._bar.setRange(0, max(1, total) * _THOUSAND)
        self._bar.setValue(done * _THOUSAND + self._share())
        if self._now is not None and self._now.statement is not None:
            said = self.tr("Running now: statement {number}, for {time}")
            if self._now.statement.is_left_out:
                said = self.tr("There already, left out: statement {number}")
            took = duration(int((now - self._statement_began) * 10) * _THOUSAND / 10)
            self._what.setText(said.format(number=self._now.statement.number, time=took))

    def _share(self) -> int:
        """Return how much of the revision that runs now is done, in thousandths; 0 where that can't be known."""
        if self._now is None or self._now.statement is None or self._now.revision in self._done:
            return 0
        expected = self._statements.get(self._now.revision, 0)
        return min(_THOUSAND - 1, int((self._now.statement.number - 1) / expected * _THOUSAND)) if expected else 0

    def _take(self, event: RunEvent) -> None:
        item = self._items.get(event.revision) or self._add(event.revision, "")
        if event.kind == "revision":
            self._running = event.revision
            self._mark(event.revision, "play", "info")
        elif event.kind == "statement":
            self._now, self._statement_began = event, time.monotonic()
            if event.statement is not None and event.statement.is_left_out:
                self._left_out.setdefault(event.revision, []).append(event.statement.number)
        elif event.kind == "revision_done":
            self._done.add(event.revision)
            self._mark(event.revision, "success", "success")
            item.setText(2, duration(event.ms))
            if self._now is not None and self._now.revision == event.revision:
                item.setText(1, self._count(self._now))
        elif event.kind == "failed":
            self._mark(event.revision, "error", "danger")

    def _count(self, event: RunEvent) -> str:
        locale = QLocale()
        number = locale.toString(event.statement.number if event.statement is not None else 0)
        expected = self._statements.get(event.revision)
        if expected:
            number = self.tr("{number} of {total}").format(number=number, total=locale.toString(expected))
        if left_out := len(self._left_out.get(event.revision, ())):
            there = self.tr("%Ln there already", "", left_out)
            return f"{number} · {there}"
        return number

    def _add(self, revision: str, message: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self._list, [f"{message}  {revision}".strip(), "", ""])
        item.setIcon(0, icon("dash", "text-disabled"))
        for place in (1, 2):
            item.setTextAlignment(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._items[revision] = item
        return item

    def _mark(self, revision: str, sign: str, ink: str) -> None:
        if (item := self._items.get(revision)) is not None:
            item.setIcon(0, icon(sign, ink))


def server_words(theme: Theme, name: str, entry: LedgerEntry) -> CodeView:
    """Show what PostgreSQL said of a run, labelled; a connection that masks leaves parts out. Long words break."""
    said = failure_words(entry)
    words = QCoreApplication.translate("RunView", "PostgreSQL's own words")
    view = CodeView(theme, "", name, words, most_lines=_MOST_WORDS)
    view.show_text("\n".join(labelled(title, text) for title, text in said))
    return view
