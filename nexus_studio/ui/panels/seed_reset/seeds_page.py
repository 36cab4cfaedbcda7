"""SeedsPage: the seeds on offer, what each would add, and running one."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.seeds import SeedListing, SeedProblem, SeedReport, SeedSpec
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import EmptyPage, ErrorPage
from nexus_studio.ui.kit.splits import fill_split
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.seed_reset.page import SeedResetPage
from nexus_studio.ui.panels.seed_reset.seed_details import SeedDetails
from nexus_studio.ui.panels.seed_reset.seed_list import SeedList
from nexus_studio.ui.panels.seed_reset.seed_words import obstacle, trial_obstacle

TRY, RUN = "seed.try", "seed.run"
_AGAIN = "rows.refresh"


class SeedsPage(SeedResetPage):
    """Puts example rows into the database: in a dry run, or to stay."""

    NAME = "seeds"

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._listing: SeedListing | None = None
        self._is_answered = False
        self._pages = QStackedWidget(self)
        self._split = QSplitter(Qt.Orientation.Horizontal, self._pages)
        self.list = SeedList(self._split)
        self.details = SeedDetails(self._split)
        self._nothing = EmptyPage(self._pages)
        self._error = ErrorPage(self._pages)
        self._arrange()
        self._wire()

    # SeedResetPage

    @classmethod
    def title(cls) -> str:
        return QCoreApplication.translate("SeedsPage", "Seeds")

    def leave(self) -> None:
        super().leave()
        self._listing = None
        self.list.show_listing(SeedListing(), None)
        self.details.result.show_nothing()

    def on_effects(self, effects: Effects) -> None:
        if effects.touches(Kind.ROWS) or effects.touches(Kind.CATALOG):
            self.state_changed.emit()  # what a dry run counted is of the past; it stays in sight as what it was

    def can(self) -> frozenset[str]:
        seed = self.details.seed
        if self._task is not None or obstacle(seed, self._session):
            return frozenset()
        return frozenset({RUN}) if trial_obstacle(seed, self._session) else frozenset({TRY, RUN})

    def read(self) -> None:
        workspace = self._workspace
        if workspace is None:
            return
        self._is_stale = False
        self._reading.start(lambda _ctx: workspace.seeds.listing(), self._show, self._show_failure)

    # what actions do

    @property
    def is_running(self) -> bool:
        """Whether a seed is tried or run now."""
        return self._task is not None

    def try_seed(self) -> None:
        """Say what the chosen seed would add."""
        self._begin(is_dry_run=True)

    def run_seed(self) -> None:
        """Put the chosen seed's rows into the database."""
        self._begin(is_dry_run=False)

    # Qt

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._is_stale = True  # files change meanwhile

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and self.isVisible():
            self.read()

    def retranslate(self) -> None:
        if self._listing is not None:
            self._show(self._listing)

    # inside

    def _arrange(self) -> None:
        self.list.setMinimumWidth(220)
        self.details.setMinimumWidth(360)
        fill_split(self._split, "seed_reset.seeds_split", ((self.list, 0), (self.details, 1)), (320, 800))
        for page in (self._split, self._nothing, self._error):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self.setFocusProxy(self.list)

    def _wire(self) -> None:
        self.list.chosen.connect(self._choose)
        self.list.itemActivated.connect(lambda *_: self.details.trying.setFocus(Qt.FocusReason.OtherFocusReason))
        self.details.try_asked.connect(self.try_seed)
        self.details.run_asked.connect(self.run_seed)
        self.details.result.cancel_asked.connect(self._cancel)
        self.details.result.table_asked.connect(self._open_table)
        for page in (self._nothing, self._error):
            page.chosen.connect(self._step)

    def _show(self, listing: SeedListing) -> None:
        self._listing = listing
        self.list.show_listing(listing, self._session)
        if listing.seeds or listing.problems:
            self._pages.setCurrentWidget(self._split)
        else:
            said = self.tr("A seed is a script, a folder of .csv files or a Python function in {folder}.")
            self._nothing.show_words(
                "seed",
                self.tr("There are no seeds yet"),
                said.format(folder=listing.folder),
                (NextStep("connection.edit", self.tr("Choose another project…")),),
            )
            self._pages.setCurrentWidget(self._nothing)
        self.state_changed.emit()

    def _show_failure(self, error: StudioError) -> None:
        if isinstance(error, ConnectionLost | ConnectionFailed):
            self.failed.emit(error)
            return
        self._error.show_error(error, (NextStep(_AGAIN, self.tr("Read again")),))
        self._pages.setCurrentWidget(self._error)

    def _choose(self, what: SeedSpec | SeedProblem | None) -> None:
        self.details.show_seed(what, self._session)
        self.state_changed.emit()

    def _begin(self, *, is_dry_run: bool) -> None:
        workspace, seed = self._workspace, self.details.seed
        if workspace is None or seed is None or self._task is not None:
            return
        if (trial_obstacle if is_dry_run else obstacle)(seed, workspace.session):
            return
        seeds, name, result = workspace.seeds, seed.name, self.details.result
        scale = self.details.scale.value() if seed.takes_scale else 1
        log = result.log
        result.start()
        runner = self.context.runner
        if is_dry_run:
            task = runner.operate(
                self.tr("Trying the seed {name}").format(name=name),
                lambda ctx: seeds.preview(name, scale, ctx, log),
                owner=self,
                done=self._done,
                failed=self._refused,
            )
        else:
            task = runner.operate(
                self.tr("Running the seed {name}").format(name=name),
                lambda ctx: seeds.perform(name, scale, ctx, log),
                owner=self,
                done=self._done,
                failed=self._refused,
            )
        self._task, self._is_answered = task, False
        task.progressed.connect(result.show_progress)
        task.finished.connect(self._ended)
        self.details.set_running(True)
        result.cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        self.list.setEnabled(False)  # what is in sight is the one that runs
        self.state_changed.emit()

    def _done(self, report: SeedReport) -> None:
        self._is_answered = True
        self.details.result.show_report(report)

    def _refused(self, error: StudioError) -> None:
        self._is_answered = True
        self.details.result.show_error(error)
        if isinstance(error, ConnectionLost | ConnectionFailed):
            self.failed.emit(error)

    def _ended(self) -> None:
        """Come after the answer; alone after a cancel."""
        self._task = None
        if not self._is_answered:
            self.details.result.show_stopped()
        self.details.set_running(False)
        had_focus = self.isAncestorOf(focus) if (focus := self.window().focusWidget()) is not None else True
        self.list.setEnabled(True)
        if had_focus and self.isVisible():
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.state_changed.emit()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _open_table(self, name: RelationName) -> None:
        self.open_relation.emit(name, None)

    def _step(self, step: str) -> None:
        if step in {_AGAIN, "connection.retry"}:
            self.read()
        else:
            self.step_asked.emit(step)
