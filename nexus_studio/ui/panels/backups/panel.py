"""The backups panel: the library of backups, each with its proof; made, proven, restored and looked into from here."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, StudioError
from nexus_studio.core.settings import BACKUPS_SPLIT
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.job_desk import JobDesk
from nexus_studio.ui.kit.pages import ErrorPage
from nexus_studio.ui.kit.panels import PaletteEntry, Panel, PanelState
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.backups import details, header
from nexus_studio.ui.panels.backups.flows import Flows
from nexus_studio.ui.panels.backups.inside_opening import Opened, opened_inside
from nexus_studio.ui.panels.backups.inside_page import InsidePage
from nexus_studio.ui.panels.backups.library_page import CREATE_STEP, Found, LibraryPage, read_library
from nexus_studio.ui.panels.backups.questions import Questions
from nexus_studio.ui.panels.backups.words import DISMISS, obstacle

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.core.admin.retention import LibraryEntry
    from nexus_studio.services.workspace import Workspace

PANEL_ID: Final = "backups"
_RUNS_IT: Final = frozenset({details.PROVE, details.INSIDE})
_AGAIN: Final = "rows.refresh"
_GONE: Final = "gone"


class BackupsPanel(Panel):
    """See what is backed up and whether that can be relied on; do something about it."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.setObjectName(f"panel.{PANEL_ID}")
        self._workspace: Workspace | None = None
        self._prefer: Path | None = None
        self._opened: tuple[Path, ...] = ()  # files that a person has opened from elsewhere, until the window closes
        self._reading = Latest(context.runner, self)
        self.desk = JobDesk(context.runner, self)
        self._pages = QStackedWidget(self)
        self.page = LibraryPage(context, self.desk, self._pages)
        self._error = ErrorPage(self._pages)
        self.inside = InsidePage(context, self._pages)
        self.header, self.list, self.details = self.page.header, self.page.list, self.page.details
        self.troubles, self.kept, self.job = self.page.troubles, self.page.kept, self.page.job
        self._questions = Questions(self.desk, self)
        self.flows = Flows(context, self.desk, self.job, self)
        self._arrange()
        self._wire()
        self._tell()

    # Panel

    def open(self, workspace: Workspace) -> None:
        self._workspace = self.flows.workspace = workspace
        self.inside.use(workspace)
        if self.isVisible():
            self.read()
        self._tell()

    def leave(self) -> None:
        self._reading.cancel()
        self.desk.cancel()
        self.close_inside()
        self.context.settings.set(BACKUPS_SPLIT, self.page.shares())
        self._workspace = self.flows.workspace = None
        self.page.found = Found()

    def access_changed(self) -> None:
        self._tell()

    def on_effects(self, effects: Effects) -> None:
        if self.isVisible() and effects.touches(Kind.BACKUPS | Kind.CATALOG):
            self.read()

    def may_close(self) -> bool:
        """Ask while something runs: it would be stopped."""
        return self._workspace is None or self._questions.may_leave(self._workspace.session.profile)

    def state(self) -> PanelState:
        return PanelState(
            panel=PANEL_ID,
            has_selection=self.list.current() is not None,
            busy=self.desk.is_busy,
            can=self._can() | ({"bring_back"} if self.inside.can_bring else set()),
        )

    def palette_entries(self) -> tuple[PaletteEntry, ...]:
        return tuple(
            PaletteEntry(each.file.name, each.record.database if each.record is not None else "", "backups",
                         partial(self.list.choose, each.file))
            for each in self.page.found.entries
        )  # fmt: skip

    def cure(self, step: str) -> None:
        if step in {_AGAIN, "connection.retry"}:
            self.read()
        elif step == CREATE_STEP:
            self.flows.create()

    # what actions do

    def read(self) -> None:
        """Read the library again; what is in sight stays until it is there."""
        workspace = self._workspace
        if workspace is None:
            return
        if not self.page.found.entries:
            self.header.show_entries(None)
        backups, opened = workspace.backups, self._opened
        self._reading.start(lambda ctx: read_library(backups, opened, ctx), self._show, self._show_failure)

    def ask(self, what: str) -> None:
        """Do something by its name: of the header, or about the chosen backup."""
        if what not in self._can():
            return
        asked = {
            header.CREATE: self.flows.create,
            header.RULES: self.flows.rules,
            header.SCHEDULE: self.flows.schedule,
            header.FOLDERS: self.flows.folders,
            header.OPEN_FILE: self.flows.open_file,
            header.READ: self.read,
        }
        about = {
            details.PROVE: self.flows.prove,
            details.RESTORE: self.flows.restore,
            details.INSIDE: self.open_inside,
            details.COPY: self.flows.copy,
            details.SHOW: self.flows.show_folder,
        }
        entry = self.list.current()
        if what in asked:
            asked[what]()
        elif entry is not None and entry.record is None and what in _RUNS_IT and self._workspace is not None:
            profile = self._workspace.session.profile
            self._questions.ask_trust(entry.file, profile, lambda: about[what](entry.file))
        elif entry is not None:
            about[what](entry.file)

    def open_file(self, file: Path) -> None:
        """Show a backup that is in no folder of the library among the others, until the window closes."""
        self._opened = (*self._opened, file)
        self._prefer = file
        self.read()

    def open_inside(self, file: Path) -> None:
        """Open a backup like a database."""
        workspace = self._workspace
        if workspace is None:
            return

        self.desk.start(
            self.tr("Opening {file}").format(file=file.name),
            partial(opened_inside, workspace.backups, file),
            self._show_inside,
            dropped=lambda found: found[0].close(),
        )

    def close_inside(self) -> None:
        """Close the backup that is looked into, and go back to the library."""
        inside = self.inside.release()
        if inside is not None:
            self.context.runner.query(lambda _ctx: inside.close(), owner=self.context.runner, done=lambda _: None)
        self._pages.setCurrentWidget(self.page)
        self._tell()

    def step_area(self, by: int) -> None:
        """Move the focus to the next of the panel's areas."""
        if self._pages.currentWidget() is self.inside:
            areas: tuple[tuple[QWidget, QWidget], ...] = (
                (self.inside.tables, self.inside.tables.tables),
                (self.inside.rows, self.inside.rows.table),
            )
        else:
            areas = self.page.areas()
        focus = self.window().focusWidget()
        held = [focus is not None and (area is focus or area.isAncestorOf(focus)) for area, _ in areas]
        here = held.index(True) if True in held else 0 if by < 0 else -1
        areas[(here + by) % len(areas)][1].setFocus(Qt.FocusReason.ShortcutFocusReason)

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.read()  # a scheduler or the command line may have made others meanwhile

    # inside

    def _arrange(self) -> None:
        for page in (self.page, self.inside, self._error):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self.page.restore_shares(self.context.settings.get(BACKUPS_SPLIT))
        self.setFocusProxy(self.list)

    def _wire(self) -> None:
        self.header.asked.connect(self.ask)
        self.header.only_own_asked.connect(lambda _: self._show_entries())
        self.details.asked.connect(self.ask)
        self.list.chosen.connect(self._show_details)
        self.list.itemActivated.connect(lambda *_: self.ask(details.INSIDE))
        self.kept.dismiss_asked.connect(self.flows.dismiss)
        self.troubles.create_asked.connect(self.flows.create)
        self.troubles.schedule_asked.connect(self.flows.schedule)
        self.flows.changed.connect(self._changed)
        self.flows.file_opened.connect(self.open_file)
        self.flows.step_asked.connect(self._choose)
        self.job.chosen.connect(self._choose)
        self.inside.left.connect(self.close_inside)
        self.inside.stage_asked.connect(self.stage_asked)
        self.inside.state_changed.connect(self.state_changed)
        self.desk.began.connect(lambda _: self._tell())
        self.desk.ended.connect(lambda _: self._tell())
        self._error.chosen.connect(self._choose)
        self.page.empty.chosen.connect(self._choose)

    def _show(self, found: Found) -> None:
        self.page.show_found(found)
        if self._pages.currentWidget() is self._error:
            self._pages.setCurrentWidget(self.page)
        self._show_entries()

    def _show_entries(self) -> None:
        if self._workspace is not None:
            self.page.show_entries(self._workspace.session.profile, self._opened, self._prefer)
            self._prefer = None
            self._tell()

    def _show_failure(self, error: StudioError) -> None:
        if isinstance(error, ConnectionLost | ConnectionFailed) and self.page.found.entries:
            self.failed.emit(error)  # the window says so, and how to come back; what is in sight stays
        else:
            self._error.show_error(error, (NextStep(_AGAIN, self.tr("Read again")),))
            self._pages.setCurrentWidget(self._error)
        self._tell()

    def _show_details(self, entry: LibraryEntry | None) -> None:
        self.details.show_entry(entry)
        self._tell()

    def _show_inside(self, found: Opened) -> None:
        workspace = self._workspace
        inside, tables = found
        if workspace is None:
            self.context.runner.query(lambda _ctx: inside.close(), owner=self.context.runner, done=lambda _: None)
            return
        self.inside.show_inside(inside, workspace, tables)
        self._pages.setCurrentWidget(self.inside)

    def _changed(self, file: Any) -> None:
        self._prefer = file
        if self.isVisible():
            self.read()

    def _can(self) -> frozenset[str]:
        """Name what can be done now."""
        workspace = self._workspace
        if workspace is None:
            return frozenset()
        can = {header.READ, header.SCHEDULE}
        if self.desk.is_busy:
            return frozenset(can)
        can |= {header.CREATE, header.RULES, header.FOLDERS, header.OPEN_FILE}
        entry = self.list.current()
        if entry is not None:
            can.add(details.SHOW)
            if entry.standing.value != _GONE:
                can |= {details.PROVE, details.RESTORE, details.INSIDE, details.COPY}
        return frozenset(can)

    def _tell(self) -> None:
        can = self._can()
        session = self._workspace.session if self._workspace is not None else None
        self.header.allow(can)
        self.details.allow(can)
        self.kept.allow(can=not self.desk.is_busy, against=obstacle(session, DISMISS))
        self.state_changed.emit()

    def _choose(self, step: str) -> None:
        if step in {_AGAIN, "connection.retry"}:
            self.read()
        elif step == CREATE_STEP:
            self.flows.create()
        else:
            self.step_asked.emit(step)
