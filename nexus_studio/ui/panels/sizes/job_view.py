"""JobView: how a job of maintenance goes (table, phase, Cancel), and how it ended: sizes before and after, the log."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.maintenance import AtWork, Bytes, Ended, Holder, MaintenanceReport, Outcome, Phase
from nexus_studio.core.errors import StudioError
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.job_desk import JobDesk, JobEnd
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import labelled, sentence
from nexus_studio.ui.kit.wording_health import job_title, left_out_word, phase_word
from nexus_studio.ui.panels.sizes.counts import Counts
from nexus_studio.ui.panels.sizes.words import count_text, duration_text, grown_text, said, share_text, size_text

_THOUSAND: Final = 1000
_MOST_LINES: Final = 4
_LOG_HEIGHT: Final = 140
_PERIOD_MS: Final = 100

Told = AtWork | Outcome


class JobView(QWidget):
    """Follows a `JobDesk`. Workers put what they hear into `heard`; it is taken out ten times a second."""

    chosen = Signal(str)  # a next step that an error offered

    def __init__(self, desk: JobDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.job")
        self._desk = desk
        self._counts = Counts(self)
        self._card: Card | None = None
        self._outcomes: list[Outcome] = []
        self.heard: deque[Told] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(_PERIOD_MS)
        self._timer.timeout.connect(self.take_in)
        self._running = QWidget(self)
        self._title = label("", "strong", name="sizes.job.title")
        self._doing = label("", "muted", name="sizes.job.doing")
        self._bar = QProgressBar(self._running)
        self.cancel = QPushButton(icon("stop"), "", self._running)
        self._column = QVBoxLayout(self)
        self._build()
        self.retranslate()
        desk.began.connect(self._begin)
        desk.ended.connect(self._show_end)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """How it ended on the tables that are done by now."""
        return tuple(self._outcomes)

    def take_in(self) -> None:
        """Show what was heard since last time."""
        last: AtWork | None = None
        while self.heard:
            told = self.heard.popleft()
            if isinstance(told, Outcome):
                self._outcomes.append(told)
            else:
                last = told
        if last is not None and self.cancel.isEnabled():
            self._say(last)

    def show_report(self, report: MaintenanceReport) -> None:
        """Show how a job ended on all its tables."""
        self.take_in()
        title = job_title(report.job)
        freed = report.freed_bytes
        if report.is_done:
            words = self.tr("{job}: done").format(job=title)
        else:
            words = self.tr("{job}: not done on all tables").format(job=title)
        lines = [self._counts.done_on(sum(1 for each in report.outcomes if each.ended is Ended.DONE))]
        if freed > 0:
            lines[0] += "  ·  " + self.tr("{size} given back").format(size=size_text(freed))
        lines += _outcome_lines(report.outcomes)
        lines += [
            self.tr("{table}: left out, {reason}").format(table=each.relation, reason=left_out_word(each.reason))
            for each in report.left_out[:_MOST_LINES]
        ]
        sign = "success" if report.is_done else "warning"
        self._show_card(Card(words, sign=sign, ink=sign, severity=sign), words, tuple(lines), report.outcomes)

    def show_done(self, words: str, lines: tuple[str, ...] = ()) -> None:
        """Show that something else ended well."""
        self._show_card(Card(words, sign="success", ink="success", severity="success"), words, lines, ())

    def show_error(self, error: StudioError) -> None:
        """Show why it failed, in the server's own words too."""
        said_ = sentence(error)
        lines = (said_.explanation, *(labelled(*each) for each in said_.server_words))
        card = Card(said_.title, sign="error", ink="danger", severity="error")
        self._show_card(card, said_.title, lines, self.outcomes)

    def clear(self) -> None:
        """Show nothing, unless a job runs."""
        self._put(None, "")

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.cancel.setText(self.tr("Cancel"))
        self.cancel.setAccessibleName(self.tr("Cancel what is being done"))
        self._bar.setAccessibleName(self.tr("How far it is"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        self._bar.setObjectName("sizes.job.bar")
        self._bar.setTextVisible(False)
        self.cancel.setObjectName("sizes.job.cancel")
        self.cancel.clicked.connect(self._stop)
        words = QVBoxLayout()
        words.setSpacing(4)
        for widget in (self._title, self._doing, self._bar):
            words.addWidget(widget)
        line = QHBoxLayout(self._running)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(16)
        line.addLayout(words, 1)
        line.addWidget(self.cancel)
        self._column.setContentsMargins(16, 8, 16, 8)
        self._column.addWidget(self._running)
        self._running.hide()
        self.hide()

    def _begin(self, title: str) -> None:
        self._put(None, "")
        self._outcomes.clear()
        self.heard.clear()
        self._title.setText(title)
        self._doing.setText(self.tr("Beginning…"))
        self._bar.setRange(0, 0)
        self.cancel.setEnabled(True)
        self._running.show()
        self.show()
        self._timer.start()

    def _say(self, told: AtWork) -> None:
        pieces = [str(told.relation)]
        if told.of > 1:
            pieces.append(self.tr("table {number} of {of}").format(number=told.number, of=told.of))
        pieces += [phase_word(told.phase.code), _far(told.phase)]
        if told.phase.waits_for:
            words = self.tr("waits for {holders}")
            pieces.append(words.format(holders=", ".join(map(_holder, told.phase.waits_for[:2]))))
        self._doing.setText("  ·  ".join(filter(None, pieces)))
        if told.phase.total:
            self._bar.setRange(0, _THOUSAND)
            self._bar.setValue(int(min(1.0, told.phase.done / told.phase.total) * _THOUSAND))
        else:
            self._bar.setRange(0, 0)

    def _show_end(self, end: JobEnd) -> None:
        self._timer.stop()
        self.take_in()
        self._running.hide()
        if end.error is not None:
            self.show_error(end.error)
        elif end.is_stopped:
            words = self.tr("Stopped. What was done on tables before stays done; nothing is left half done.")
            card = Card(words, sign="stop", severity="info")
            self._show_card(card, words, tuple(_outcome_lines(self.outcomes)), self.outcomes)
        elif self._card is None:
            self.hide()

    def _show_card(self, card: Card, words: str, lines: tuple[str, ...], outcomes: tuple[Outcome, ...]) -> None:
        for each in filter(None, lines):
            card.add(label(each, selectable=True))
        log = QPlainTextEdit(card)
        log.setObjectName("sizes.job.log")
        log.setAccessibleName(self.tr("What the server said"))
        log.setReadOnly(True)
        log.setFont(monospace_font())
        log.setPlainText(_log(outcomes))
        log.setFixedHeight(_LOG_HEIGHT)
        log.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        if log.toPlainText():
            row.addWidget(self._button(card, "show_log", self.tr("Log"), lambda: log.setVisible(log.isHidden())))
        row.addStretch(1)
        row.addWidget(self._button(card, "close", self.tr("Close"), self.clear))
        card.body.addLayout(row)
        card.add(log)
        self._put(card, words)

    def _button(self, card: Card, name: str, words: str, run: Callable[[], object]) -> QPushButton:
        button = QPushButton(words, card)
        button.setObjectName(f"sizes.job.{name}")
        button.setAccessibleName(words)
        button.setProperty("link", True)
        button.clicked.connect(lambda _checked=False: run())
        return button

    def _put(self, card: Card | None, words: str) -> None:
        if self._card is not None:
            self._card.hide()
            self._card.setParent(None)  # what bears the same names comes in its place at once
            self._card.deleteLater()
        self._card = card
        if card is not None:
            card.setObjectName("sizes.job.card")
            card.setAccessibleName(words)
            self._column.addWidget(card)
        self.setVisible(card is not None or self._desk.is_busy)

    def _stop(self) -> None:
        self.cancel.setEnabled(False)
        self._doing.setText(self.tr("Stopping…"))
        self._desk.cancel()


def outcome_line(outcome: Outcome) -> str:
    """Say how a job went on one table: sizes before and after, and how long it took."""
    if outcome.ended is Ended.CANCELLED:
        return said(QT_TRANSLATE_NOOP("sizes", "{table}: stopped")).format(table=outcome.relation)
    if outcome.error is not None:
        return labelled(str(outcome.relation), sentence(outcome.error).title)
    time = duration_text(outcome.seconds)
    if outcome.before is None or outcome.after is None:
        return labelled(str(outcome.relation), time)
    before, after = outcome.before, outcome.after
    sizes = size_text(before.total)
    if before.total != after.total:
        sizes = f"{sizes} → {size_text(after.total)} ({grown_text(after.total - before.total)})"
    return "  ·  ".join(filter(None, (labelled(str(outcome.relation), sizes), _parts(before, after), time)))


def _parts(before: Bytes, after: Bytes) -> str:
    """Say what became of the parts, where one has changed."""
    if before == after:
        return ""
    words = said(QT_TRANSLATE_NOOP("sizes", "table {table}, indexes {indexes}"))
    return words.format(table=size_text(after.table), indexes=size_text(after.indexes))


def _outcome_lines(outcomes: tuple[Outcome, ...]) -> list[str]:
    """Return lines of those that are worth one: what failed first, then what changed most."""
    ordered = sorted(outcomes, key=lambda each: (each.ended is Ended.DONE, -abs(each.freed_bytes or 0)))
    lines = [outcome_line(each) for each in ordered[:_MOST_LINES]]
    if len(ordered) > _MOST_LINES:
        lines.append(said(QT_TRANSLATE_NOOP("sizes", "… the others are in the log")))
    return lines


def _log(outcomes: tuple[Outcome, ...]) -> str:
    return "\n".join(
        line for each in outcomes for line in (outcome_line(each), *(f"    {words}" for words in each.log))
    )


def _far(phase: Phase) -> str:
    if phase.unit == "bytes" and phase.total:
        words = said(QT_TRANSLATE_NOOP("sizes", "{done} of {total}"))
        return words.format(done=size_text(int(phase.done)), total=size_text(int(phase.total)))
    if phase.total:
        return share_text(min(1.0, phase.done / phase.total))
    return count_text(int(phase.done)) if phase.done and phase.unit == "rows" else ""


def _holder(holder: Holder) -> str:
    return holder.said
