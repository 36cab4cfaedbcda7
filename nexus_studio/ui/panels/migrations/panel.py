"""The migrations panel: where the database stands, the revisions with their graph, and everything about one of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.migrations import (
    UNRESOLVED,
    MigrationStanding,
    MigrationStatus,
    RevisionReport,
    RevisionState,
)
from nexus_studio.core.admin.standing import checked
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, StudioError
from nexus_studio.core.settings import MIGRATIONS_SPLIT
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.pages import EmptyPage, ErrorPage
from nexus_studio.ui.kit.panels import PaletteEntry, Panel, PanelState
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import NextStep, sentence
from nexus_studio.ui.panels.migrations.details import RevisionDetails
from nexus_studio.ui.panels.migrations.flows.resolve_page import ResolvePage
from nexus_studio.ui.panels.migrations.header import StandingHeader
from nexus_studio.ui.panels.migrations.offers import ICONS, Limits, Verb, label_of, obstacle, why_not
from nexus_studio.ui.panels.migrations.opening import Opener
from nexus_studio.ui.panels.migrations.prisma_offers import LEFT_OUT, is_prismas
from nexus_studio.ui.panels.migrations.revision_list import RevisionList
from nexus_studio.ui.panels.migrations.revision_model import Line, lines_of
from nexus_studio.ui.panels.migrations.verdict_strip import VerdictStrip

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

POLL_MS: Final = 3000
"""How often a run somewhere else is looked after while the panel is in sight."""

_BESIDE_FROM: Final = 1320  # pixels of width from which the details stand beside the list, else below
_MISSING: Final = "migration.project_missing"
_AGAIN: Final = "connection.retry"
_RESET: Final = "panel.seed_reset"
_SHARES: Final = {Qt.Orientation.Horizontal: (60, 40), Qt.Orientation.Vertical: (45, 55)}
_PALETTE_MOST: Final = 300  # revisions offered in the palette

Reading = tuple[MigrationStatus, tuple[Line, ...], Path | None]


class MigrationsPanel(Panel):
    """See everything, deploy, and get out of what failed."""

    status_shown = Signal()  # what is in sight is what the database said last

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.setObjectName("panel.migrations")
        self._workspace: Workspace | None = None
        self._status: MigrationStatus | None = None
        self._compared: tuple[MigrationStatus, int] | None = None  # a status, and how models and database differed then
        self._told: tuple[str, object] | None = None  # the error in sight
        self._is_stale = False
        self._reading = Latest(context.runner, self)
        self._polling = QTimer(self)
        self._polling.setSingleShot(True)
        self._polling.setInterval(POLL_MS)
        # Each part is made where it belongs: one that moves is dressed by the style sheet anew, with all that is in it.
        self._pages = QStackedWidget(self)
        self._content = QWidget(self._pages)
        self._error = ErrorPage(self._pages)
        self.header = StandingHeader(self._content)
        self.verdict = VerdictStrip(context.theme, self._content)
        self._body = QStackedWidget(self._content)
        self._split = QSplitter(Qt.Orientation.Vertical, self._body)
        self._nothing = EmptyPage(self._body)
        self.list = RevisionList(context, self._split)
        self.details = RevisionDetails(context, self._split)
        self.opener = Opener(context, self, self._follow, self._note)
        self.resolving: ResolvePage | None = None
        self._arrange()
        self._wire()

    # Panel

    def open(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.details.use(workspace.migrations)
        if self._status is None:
            self.header.show_status(None, None)
            self.list.show_waiting()
        self.read()

    def leave(self) -> None:
        self._reading.cancel()
        self._polling.stop()
        self.opener.close()
        self._close_resolving()
        self.details.use(None)
        self.context.settings.set(MIGRATIONS_SPLIT, self._split.saveState().toBase64().toStdString())
        self._workspace = self._status = self._compared = None

    def access_changed(self) -> None:
        self.header.show_limits(self._limits)
        self.state_changed.emit()

    def on_effects(self, effects: Effects) -> None:
        if effects.touches(Kind.CATALOG):
            self._compared = None
        if effects.touches(Kind.LEDGER) or effects.touches(Kind.CATALOG):
            self._read_when_seen()

    def may_close(self) -> bool:
        busy = [frame for frame in (self.resolving, self.opener.frame) if frame is not None and frame.is_writing]
        return all(frame.leave() for frame in busy)  # which stays, and says that it still runs

    def state(self) -> PanelState:
        limits = self._limits
        can = {verb.value for verb in Verb if not obstacle(verb, self._status, limits)}
        if self.resolving is not None:
            can = set()  # one thing at a time
        current = self.list.current()
        return PanelState(
            panel="migrations",
            has_selection=current is not None,
            writable=limits is not None and not limits.is_read_only,
            can=frozenset(can),
        )

    def palette_entries(self) -> tuple[PaletteEntry, ...]:
        reports = [line.report for line in self.list.model.lines[:_PALETTE_MOST]]
        return tuple(
            PaletteEntry(
                (each.file.message if each.file else "") or each.revision,
                each.revision,
                "migrations",
                partial(self.list.choose, each.revision),
            )
            for each in reports
        )

    def cure(self, step: str) -> None:
        if step in {_AGAIN, "rows.refresh"}:
            self.read()

    # what actions do

    @property
    def status(self) -> MigrationStatus | None:
        """What the database said last; None before it said anything."""
        return self._status

    def read(self) -> None:
        """Read where the database stands; what is in sight stays until the answer is there."""
        workspace = self._workspace
        if workspace is None:
            return
        self._is_stale = False
        self._polling.stop()
        self._reading.start(lambda ctx: _read(workspace, ctx), self._show, self._show_failure)

    def ask(self, verb: Verb, target: str = "") -> None:
        """Open the flow of a verb, for a revision where one is named; nothing where it can't be done now."""
        workspace, status = self._workspace, self._status
        if workspace is None or status is None or obstacle(verb, status, self._limits):
            return
        if verb is Verb.RESOLVE:
            self.resolve(target or status.unresolved[0].revision)
        else:
            self.opener.open(verb, workspace, status, target)

    def resolve(self, revision: str) -> None:
        """Show the page about a failed or interrupted revision in place of everything else."""
        if self._workspace is None:
            return
        self._close_resolving()
        page = ResolvePage(self.context, self._workspace, revision, self)
        page.left.connect(self._leave_resolving)
        page.step_asked.connect(self.step_asked)
        self.resolving = page
        self.list.choose(revision)
        self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)
        page.setFocus(Qt.FocusReason.OtherFocusReason)
        self.state_changed.emit()

    def step_area(self, by: int) -> None:
        """Move the focus to the next of the panel's areas: header, problems, filter, list, details."""
        page = self._pages.currentWidget()
        if page is not None and page is not self._content:
            page.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
        areas: list[tuple[QWidget, QWidget]] = [(self.header, self._first_button())]
        if self._body.currentWidget() is self._split:
            if self.list.problems.isVisible():
                areas.append((self.list.problems, self.list.problems))
            areas += [(self.list.filter, self.list.filter), (self.list.view, self.list.view)]
            areas.append((self.details, self.details.tabs.tabBar()))
        else:
            areas.append((self._nothing, self._nothing))
        focus = self.window().focusWidget()
        here = next(
            (
                n
                for n, (area, _) in enumerate(areas)
                if focus is not None and (area is focus or area.isAncestorOf(focus))
            ),
            -1,
        )
        if here < 0 and by < 0:
            here = 0
        areas[(here + by) % len(areas)][1].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_filter(self) -> None:
        """Go to the filter."""
        self.list.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.list.filter.selectAll()

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.read()
        else:
            self._poll_if_running()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._polling.stop()
        self._is_stale = True  # somebody may migrate meanwhile

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._read_when_seen()
        elif event.type() == QEvent.Type.LanguageChange and self._status is not None:
            self._show_body(self._status)

    # inside

    @property
    def _limits(self) -> Limits | None:
        return Limits.of(self._workspace.session) if self._workspace is not None else None

    @property
    def _has_focus(self) -> bool:
        """Whether the keyboard is with the panel, or with nobody."""
        focus = self.window().focusWidget()
        return focus is None or not focus.isVisible() or self.isAncestorOf(focus)

    def _arrange(self) -> None:
        self._split.setObjectName("migrations.split")
        self._split.setChildrenCollapsible(False)
        for widget in (self.list, self.details):
            self._split.addWidget(widget)
        self.list.setMinimumSize(360, 128)
        self.details.setMinimumSize(320, 160)
        # Queued: how high its wrapped words are is known once they are laid out at their new width.
        self.details.resized.connect(self._give_room, Qt.ConnectionType.QueuedConnection)
        for page in (self._split, self._nothing):
            self._body.addWidget(page)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.verdict)
        column.addWidget(self._body, 1)
        self._pages.addWidget(self._content)
        self._pages.addWidget(self._error)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._share()
        if saved := self.context.settings.get(MIGRATIONS_SPLIT):
            self._split.restoreState(QByteArray.fromBase64(saved.encode()))
        self.setFocusProxy(self.list)

    def _wire(self) -> None:
        self._polling.timeout.connect(self.read)
        self.header.asked.connect(self.ask)
        self.header.refresh_asked.connect(self.read)
        self.header.reset_asked.connect(lambda: self.step_asked.emit(_RESET))
        self.header.project_asked.connect(lambda: self.step_asked.emit("connection.edit"))
        self.list.chosen.connect(self._show_report)
        self.list.activated.connect(self._activated)
        self.list.menu_asked.connect(self._show_menu)
        self.list.file_asked.connect(self.details.show_file)
        self.details.resolve_asked.connect(self.resolve)
        for page in (self._nothing, self._error):
            page.chosen.connect(self._choose)

    def _turn(self) -> None:
        """Stand the details beside the list where there is room, else below it."""
        is_wide = self.width() >= _BESIDE_FROM
        wanted = Qt.Orientation.Horizontal if is_wide else Qt.Orientation.Vertical
        if self._split.orientation() != wanted:
            self._split.setOrientation(wanted)
            self._share()

    def _give_room(self) -> None:
        """Let details below the list have the height they need, as far as the list can spare it."""
        if self._split.orientation() is not Qt.Orientation.Vertical:
            return
        above, below = self._split.sizes()
        if 0 < below < (needed := self.details.least_height):
            spared = min(needed - below, above - self.list.minimumHeight())
            self._split.setSizes([above - spared, below + spared])

    def _share(self) -> None:
        shares = _SHARES[self._split.orientation()]
        self._split.setSizes([share * 20 for share in shares])
        for number, share in enumerate(shares):
            self._split.setStretchFactor(number, share)

    def _show(self, reading: Reading) -> None:
        said, lines, folder = reading
        compared = self._compared
        status = checked(said, compared[1]) if compared and compared[0] == checked(said, 0) else said
        self._told = None
        self.header.show()
        if self.resolving is None:
            self._pages.setCurrentWidget(self._content)
        if status != self._status or self._pages.currentWidget() is not self._content:
            is_first = self._status is None
            before = {each.revision for each in self._status.unresolved} if self._status is not None else set()
            self._status = status
            self.header.show_status(status, self._limits, folder)
            self.verdict.show_verdict(status.verdict)
            self.details.follow_prisma(is_prismas(status))
            self.list.show_lines(lines, status.graph.problems)
            self._show_body(status)
            if failed := [each.revision for each in status.unresolved if each.revision not in before]:
                self.list.choose(failed[0])
            if is_first and self.isVisible() and self._has_focus:
                self.setFocus()  # the list could not take it while it was not there
        self._poll_if_running()
        self.state_changed.emit()
        self.status_shown.emit()

    def _show_body(self, status: MigrationStatus) -> None:
        if status.revisions or status.graph.problems:
            self._body.setCurrentWidget(self._split)
            return
        self._nothing.show_words(
            "migrations",
            self.tr("There are no migrations yet"),
            self.tr("Prisma writes the first one from schema.prisma: see the command for it.")
            if is_prismas(status)
            else self.tr("Create the first one: Studio compares your models with the database and writes it."),
            (NextStep(Verb.CREATE.value, self.tr("Create migration…")),),
        )
        self._body.setCurrentWidget(self._nothing)

    def _show_failure(self, error: StudioError) -> None:
        is_line_cut = isinstance(error, ConnectionLost | ConnectionFailed)
        if is_line_cut and self._status is not None:
            self.failed.emit(error)  # the window says so, and how to come back; what is in sight stays
            return
        said_already = self._told == (error.code, error.facts)
        if self.resolving is not None or said_already:
            return
        self._status, self._told = None, (error.code, error.facts)
        if error.code == _MISSING:
            said = sentence(error)
            steps = said.next_steps or (NextStep("project.open", self.tr("Open another folder…")),)
            self.header.hide()
            self.verdict.hide()
            self._nothing.show_words("folder", said.title, said.explanation, steps)
            self._body.setCurrentWidget(self._nothing)
            self._pages.setCurrentWidget(self._content)
        else:
            self._error.show_error(error, (NextStep("rows.refresh", self.tr("Read again")),))
            self._pages.setCurrentWidget(self._error)
        self.state_changed.emit()

    def _show_report(self, report: RevisionReport | None) -> None:
        self.details.show_report(report, why_not(Verb.RESOLVE, self._status, self._limits))
        self._give_room()
        self.state_changed.emit()

    def _activated(self, report: RevisionReport) -> None:
        if report.state in UNRESOLVED:
            self.ask(Verb.RESOLVE, report.revision)
        else:
            self.details.tabs.tabBar().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_menu(self, report: RevisionReport, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        is_prisma = is_prismas(self._status)
        stamps = self.tr("Baseline up to this one…") if is_prisma else self.tr("Stamp this one…")
        offers = {
            Verb.RESOLVE: (self.tr("Resolve…"), report.state in UNRESOLVED),
            Verb.DEPLOY: (self.tr("Deploy up to this one…"), self._is_to_run(report)),
            Verb.TEST: (self.tr("Test up to this one"), self._is_to_run(report)),
            Verb.DOWNGRADE: (
                self.tr("Downgrade to this one…"),
                not self._is_to_run(report) and report.file is not None,
            ),
            Verb.STAMP: (stamps, report.file is not None and (self._is_to_run(report) or not is_prisma)),
        }
        for verb, (text, is_fitting) in offers.items():
            if is_fitting and not (is_prisma and verb in LEFT_OUT):
                against = why_not(verb, self._status, self._limits)
                action = menu.addAction(icon(ICONS[verb]), text, partial(self.ask, verb, report.revision))
                action.setEnabled(not against)
                action.setToolTip(against or label_of(verb))
        menu.addSeparator()
        copy = QGuiApplication.clipboard().setText
        menu.addAction(icon("copy"), self.tr("Copy revision"), partial(copy, report.revision))
        if report.file is not None:
            menu.addAction(self.tr("Copy path"), partial(copy, str(report.file.path)))
        menu.popup(place)

    @staticmethod
    def _is_to_run(report: RevisionReport) -> bool:
        return report.state in {RevisionState.PENDING, RevisionState.ROLLED_BACK}

    def _follow(self, verb: Verb, revision: str) -> None:
        """Open what a dialog leads on to, once the database was read again: it may stand elsewhere by now."""
        workspace = self._workspace
        if workspace is None:
            return

        def go_on(reading: Reading) -> None:
            self._show(reading)
            self.ask(verb, revision)

        self._reading.start(lambda ctx: _read(workspace, ctx), go_on, self._show_failure)

    def _note(self, status: MigrationStatus, differences: int) -> None:
        """Say what a comparison has found, as long as the database stands where it stood."""
        self._compared = (checked(status, 0), differences)
        self.read()

    def _leave_resolving(self) -> None:
        self._close_resolving()
        self._pages.setCurrentWidget(self._content)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.read()
        self.state_changed.emit()

    def _close_resolving(self) -> None:
        page, self.resolving = self.resolving, None
        if page is not None:
            self._pages.removeWidget(page)
            page.hide()
            page.deleteLater()

    def _read_when_seen(self) -> None:
        if self.isVisible():
            self.read()
        else:
            self._is_stale = True

    def _poll_if_running(self) -> None:
        status = self._status
        is_running = status is not None and (status.standing is MigrationStanding.RUNNING or status.holder is not None)
        if is_running and self.isVisible():
            self._polling.start()

    def _first_button(self) -> QWidget:
        buttons = (self.header.main, *self.header.buttons.values(), self.header.more)
        return next((each for each in buttons if each.isVisible() and each.isEnabled()), self.header.refresh)

    def _choose(self, step: str) -> None:
        if step == Verb.CREATE.value:
            self.ask(Verb.CREATE)
        elif step in {_AGAIN, "rows.refresh"}:
            self.read()
        else:
            self.step_asked.emit(step)


def _read(workspace: Workspace, ctx: TaskContext) -> Reading:
    """Read a status and lay out its picture; for a worker."""
    service = workspace.migrations
    status = service.status(ctx)
    return status, lines_of(status), service.project.folder
