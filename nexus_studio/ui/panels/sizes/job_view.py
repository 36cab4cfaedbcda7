"""MaintenanceView: how a job of maintenance goes (table, phase), and how it ended: sizes before and after, the log."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from nexus_studio.core.admin.maintenance import AtWork, Bytes, Ended, Holder, MaintenanceReport, Outcome, Phase
from nexus_studio.core.tasks import Progress
from nexus_studio.ui.kit.job_desk import JobDesk, JobEnd
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import labelled, sentence
from nexus_studio.ui.kit.wording_health import job_title, left_out_word, phase_word
from nexus_studio.ui.kit.work_view import Buttons, JobView
from nexus_studio.ui.panels.sizes.counts import Counts
from nexus_studio.ui.panels.sizes.words import count_text, duration_text, grown_text, said, share_text, size_text

_MOST_LINES: Final = 4
_LOG_HEIGHT: Final = 140
_TOLD: Final = "maintain."  # of which more is heard than of progress
_PERIOD_MS: Final = 100

Told = AtWork | Outcome


class MaintenanceView(JobView):
    """Workers put what they hear into `heard`; it is taken out ten times a second. Its card has the server's log."""

    def __init__(self, desk: JobDesk, parent: QWidget | None = None) -> None:
        self._outcomes: list[Outcome] = []
        self.heard: deque[Told] = deque()
        super().__init__(desk, "sizes.job", parent, is_closable=True, offers_steps=True)
        self._counts = Counts(self)
        self._timer = QTimer(self)
        self._timer.setInterval(_PERIOD_MS)
        self._timer.timeout.connect(self.take_in)
        self._column.setContentsMargins(16, 8, 16, 8)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """How it ended on the tables that are done by now."""
        return tuple(self._outcomes)

    def start(self, title: str = "") -> None:
        """Begin to show a job."""
        self._outcomes.clear()
        self.heard.clear()
        super().start(title)
        self._timer.start()

    def show_progress(self, progress: Progress) -> None:
        if not progress.step.startswith(_TOLD):
            super().show_progress(progress)

    def take_in(self) -> None:
        """Show what was heard since last time."""
        last: AtWork | None = None
        while self.heard:
            told = self.heard.popleft()
            if isinstance(told, Outcome):
                self._outcomes.append(told)
            else:
                last = told
        if last is not None:
            self._say_work(last)

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
        self._outcomes = list(report.outcomes)
        self.show_done(words, lines, look="success" if report.is_done else "warning")

    def show_stopped(self) -> None:
        """Show that a person stopped it, and on which tables it was done before."""
        self.show_done(self.stopped_words(), _outcome_lines(self.outcomes), look="stop")

    def stopped_words(self) -> str:
        return self.tr("Stopped. What was done on tables before stays done; nothing is left half done.")

    def put_card(
        self, card: Card, words: str, lines: Sequence[str] = (), buttons: Buttons = (), *, quoted: str = ""
    ) -> None:
        """Show a card in place of the last one, with the log of the job where there is one: instead of the lines."""
        above = [label(each, selectable=True) for each in lines if each]
        for each in above:
            card.add(each)
        log = QPlainTextEdit(card)
        log.setObjectName("sizes.job.log")
        log.setAccessibleName(self.tr("What the server said"))
        log.setReadOnly(True)
        log.setFont(monospace_font())
        log.setPlainText(_log(self.outcomes))
        log.setFixedHeight(_LOG_HEIGHT)
        log.hide()

        def turn() -> None:
            shows = log.isHidden()
            log.setVisible(shows)
            for each in above:  # both have no room in a low window, and the log says it all
                each.setHidden(shows)

        if self._outcomes:
            buttons = (*buttons, ("show_log", self.tr("Log"), turn))
        super().put_card(card, words, (), buttons, quoted=quoted)
        card.add(log)

    # inside

    def _say_work(self, told: AtWork) -> None:
        pieces = [str(told.relation)]
        if told.of > 1:
            pieces.append(self.tr("table {number} of {of}").format(number=told.number, of=told.of))
        pieces += [phase_word(told.phase.code), _far(told.phase)]
        if told.phase.waits_for:
            words = self.tr("waits for {holders}")
            pieces.append(words.format(holders=", ".join(map(_holder, told.phase.waits_for[:2]))))
        self.say("  ·  ".join(filter(None, pieces)))
        self.show_far(told.phase.done, told.phase.total)

    def _show_end(self, end: JobEnd) -> None:
        self._timer.stop()
        self.take_in()
        super()._show_end(end)


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
