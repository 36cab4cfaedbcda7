"""MaintainDialog: what a job will lock, how long it takes and how much disk it needs, before it is begun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.admin.maintenance import Disk, Duration, Forewarning, Job
from nexus_studio.core.errors import MaintenanceRefused, StudioError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask_where_wanted
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import EmptyPage, ErrorPage
from nexus_studio.ui.kit.parts import Card, CardList, label
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import in_series, labelled, sentence
from nexus_studio.ui.kit.wording_health import (
    holds_up_words,
    job_does,
    job_title,
    left_out_word,
    no_disk_words,
    note_words,
)
from nexus_studio.ui.panels.sizes.counts import Counts
from nexus_studio.ui.panels.sizes.request import MaintenanceRequest
from nexus_studio.ui.panels.sizes.words import ago_text, duration_text, obstacle, size_text

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_RETRY: Final = "connection.retry"
_NAMED: Final = 6
_SIZE: Final = (600, 540)


class MaintainDialog(QDialog):
    """Asks the server what the job would be like; goes on by the act's rail."""

    accepted_request = Signal(object)  # the MaintenanceRequest to be done: everything was asked
    step_asked = Signal(str)  # a next step that is the window's to do; the dialog is closed by then

    def __init__(
        self, context: UiContext, workspace: Workspace, request: MaintenanceRequest, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.maintain_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.resize(*_SIZE)
        self.request = request
        self._workspace = workspace
        self._counts = Counts(self)
        self._reading = Latest(context.runner, self)
        self._warning: Forewarning | None = None
        self._pages = QStackedWidget(self)
        self._waiting = EmptyPage(self._pages)
        self._error = ErrorPage(self._pages)
        self.facts = CardList("sizes.maintain_facts", self.tr("What it will be like"), self._pages)
        self.index = QComboBox(self)
        self.close_button = QPushButton(self.tr("Close"), self)
        self.do_button = QPushButton(self)
        self._arrange()
        self.look()

    @property
    def warning(self) -> Forewarning | None:
        """What was found out; None before that."""
        return self._warning

    def look(self) -> None:
        """Find out what the job would be like."""
        request, service = self.request, self._workspace.health.maintenance
        self._warning = None
        self._waiting.show_words("pending", self.tr("Looking at the tables…"))
        self._pages.setCurrentWidget(self._waiting)
        self._tell()

        def work(ctx: TaskContext) -> Forewarning:
            return service.forewarn(request.job, request.relations or None, ctx, index=request.index, skips_gone=True)

        self._reading.start(work, self._show, self._show_error)

    def go_on(self) -> None:
        """Ask what the rail wants, then have it done."""
        job, warning = self.request.job, self._warning
        if warning is None or warning.refuses:
            return
        profile = self._workspace.session.profile
        question = Confirmation(
            self.tr("{job} on {tables}?").format(job=job_title(job), tables=self._tables_words(warning)),
            holds_up_words(job),
            job_title(job),
            consequences=tuple(self._long_words(warning)),
            destructive=job.rewrites,
            act=job.act,
        )
        ask_where_wanted(question, profile, self, self._accept)

    def done(self, result: int) -> None:
        """Close; what is being read is no longer wanted."""
        self._reading.cancel()
        super().done(result)

    # inside

    def _arrange(self) -> None:
        job = self.request.job
        profile = self._workspace.session.profile
        self.setWindowTitle(job_title(job))
        title = label(job_title(job), "subtitle", name="sizes.maintain_title")
        place = label(profile.place, "chip", name="sizes.maintain_place")
        place.setProperty("environment", profile.environment.value)
        place.setWordWrap(False)
        self.index.setObjectName("sizes.maintain_index")
        self.index.setPlaceholderText(self.tr("Choose an index…"))
        self.index.setAccessibleName(self.tr("Index whose order the table gets"))
        self.index.hide()
        self.index.activated.connect(self._choose_index)
        self._pages.setObjectName("sizes.maintain_pages")
        for page in (self._waiting, self._error, self.facts):
            self._pages.addWidget(page)
        self._error.chosen.connect(self._choose)
        self.close_button.setObjectName("sizes.maintain_close")
        self.close_button.setAccessibleName(self.close_button.text())
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.reject)
        self.do_button.setObjectName(act(job.act).button)
        is_free = rail(act(job.act), profile.environment) is Rail.FREE
        self.do_button.setText(job_title(job) if is_free else f"{job_title(job)}…")
        self.do_button.setAccessibleName(self.do_button.text())
        self.do_button.setProperty("danger" if job.rewrites else "primary", True)
        self.do_button.setAutoDefault(not job.rewrites)
        self.do_button.clicked.connect(self.go_on)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(title, 1)
        head.addWidget(place, 0, Qt.AlignmentFlag.AlignTop)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.index)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        foot.addWidget(self.do_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(label(job_does(job), "muted", name="sizes.maintain_does"))
        column.addWidget(self._pages, 1)
        column.addLayout(foot)

    def _tell(self) -> None:
        against = obstacle(self._workspace.session, self.request.job.act)
        warning = self._warning
        self.do_button.setEnabled(warning is not None and not warning.refuses and not against)
        self.do_button.setToolTip(against)

    def _show(self, warning: Forewarning) -> None:
        self._warning = warning
        self.facts.clear()
        if against := obstacle(self._workspace.session, self.request.job.act):
            self.facts.add(Card(against, sign="lock", ink="warning", severity="warning"))
        if warning.refuses:
            self.facts.add(_refusal(warning))
        self._add_tables(warning)
        job = warning.job
        sign = ("warning", "warning") if job.rewrites else ("success", "success")
        self._fact(*sign, self.tr("Others"), (holds_up_words(job), *self._busy_words(warning)))
        self._fact("pending", "text-muted", self.tr("Time"), (self._time_words(warning.duration),))
        self._fact("database", "text-muted", self.tr("Disk"), (self._disk_words(warning.disk),))
        if notes := tuple(note_words(each) for each in warning.notes):
            self._fact("info", "info", self.tr("To be known"), notes)
        self._offer_indexes(warning)
        self._pages.setCurrentWidget(self.facts)
        self._tell()
        self._first().setFocus()

    def _first(self) -> QWidget:
        """Return what the keyboard begins at: never what rewrites a table."""
        if self.index.isVisibleTo(self) and self.index.currentIndex() < 0:
            return self.index
        return self.do_button if self.do_button.isEnabled() and not self.request.job.rewrites else self.close_button

    def _add_tables(self, warning: Forewarning) -> None:
        lines = [self._tables_words(warning)]
        lines += [
            self.tr("Left out: {table}, {reason}").format(table=each.relation, reason=left_out_word(each.reason))
            for each in warning.left_out[:_NAMED]
        ]
        if len(warning.left_out) > _NAMED:
            lines.append(self.tr("and {number} more").format(number=len(warning.left_out) - _NAMED))
        self._fact("table", "text-muted", self.tr("Tables"), tuple(lines))

    def _fact(self, sign: str, ink: str, title: str, lines: tuple[str, ...]) -> None:
        card = Card(title, sign=sign, ink=ink)
        for each in lines:
            card.add(label(each, selectable=True))
        self.facts.add(card)

    def _tables_words(self, warning: Forewarning) -> str:
        targets = warning.targets
        size = size_text(sum(each.size.total for each in targets))
        if len(targets) == 1:
            one = targets[0]
            if one.index and self.request.index:
                return self.tr("{index} on {table}").format(index=one.index, table=one.relation)
            return f"{one.relation} ({size})"
        return f"{self._counts.tables(len(targets))} ({size})"

    def _busy_words(self, warning: Forewarning) -> list[str]:
        words = self.tr("Just now it would wait for {holder} on {table}, since {since}")
        return [
            words.format(holder=each.said, table=each.relation, since=ago_text(each.since))
            for each in warning.busy[:_NAMED]
        ]

    def _time_words(self, duration: Duration | None) -> str:
        if duration is None:
            return self.tr("Nobody knows: nothing like it was done here yet.")
        words = self.tr("About {time}, between {least} and {most}, as it went before.")
        return words.format(
            time=duration_text(duration.seconds),
            least=duration_text(duration.least),
            most=duration_text(duration.most),
        )

    def _disk_words(self, disk: Disk) -> str:
        if not disk.needed_bytes:
            return self.tr("It needs no room worth mentioning.")
        needed = self.tr("At its height it needs about {size} more").format(size=size_text(disk.needed_bytes))
        if disk.free_bytes is None:
            return in_series((needed, f"{no_disk_words(disk.unknown)}."))
        return self.tr("{needed}; {free} are free.").format(needed=needed, free=size_text(disk.free_bytes))

    def _long_words(self, warning: Forewarning) -> list[str]:
        time = labelled(self.tr("Time"), self._time_words(warning.duration))
        return [time, self._disk_words(warning.disk), *self._busy_words(warning)[:1]]

    def _offer_indexes(self, warning: Forewarning) -> None:
        """Let an index be chosen for the one table that is asked for; none is where none was ever chosen."""
        targets, left_out = warning.targets, warning.left_out
        choices: tuple[str, ...] = ()
        if len(targets) == 1:
            choices = targets[0].cluster_choices
        elif not targets and len(left_out) == 1 and left_out[0].reason == "no_index":
            choices = left_out[0].cluster_choices
        self.index.setVisible(self.request.job is Job.CLUSTER and bool(choices))
        if self.index.isVisibleTo(self) and not self.index.count():
            self.index.addItems(list(choices))
            self.index.setCurrentIndex(choices.index(targets[0].index) if targets else -1)

    def _choose_index(self) -> None:
        self.request = MaintenanceRequest(self.request.job, self.request.relations, self.index.currentText())
        self.look()

    def _show_error(self, error: StudioError) -> None:
        self._error.show_error(error)
        self._pages.setCurrentWidget(self._error)
        self._tell()

    def _choose(self, step: str) -> None:
        if step == _RETRY:
            self.look()
        else:
            self.reject()
            self.step_asked.emit(step)

    def _accept(self) -> None:
        request = self.request
        self.accept()
        self.accepted_request.emit(request)


def _refusal(warning: Forewarning) -> Card:
    """Say why it is not done as things are."""
    facts: dict[str, object] = {"needed": warning.disk.needed_bytes, "free": warning.disk.free_bytes}
    said = sentence(MaintenanceRefused(warning.refusal, **facts))  # type: ignore[arg-type]  # numbers or None
    card = Card(said.title, sign="error", ink="danger", severity="error")
    if said.explanation:
        card.add(label(said.explanation, selectable=True))
    return card
