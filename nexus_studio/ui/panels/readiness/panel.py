"""The readiness panel: the deployment checklist of the database in sight, looked at when the panel is opened."""

from __future__ import annotations

from collections import deque
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QDir, Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.readiness import CHECKS, Finding, ReadinessReport
from nexus_studio.core.admin.readinesspaper import as_html, as_markdown
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, StudioError
from nexus_studio.core.settings import READINESS_SPLIT
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import ErrorPage
from nexus_studio.ui.kit.panels import PaletteEntry, Panel, PanelState
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.readiness.details import FindingDetails
from nexus_studio.ui.panels.readiness.findings_list import FindingsList
from nexus_studio.ui.panels.readiness.header import ReadinessHeader
from nexus_studio.ui.panels.readiness.words import paper, title_of

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

PANEL_ID: Final = "readiness"
_AGAIN: Final = "rows.refresh"
_BESIDE_FROM: Final = 1100  # pixels of width from which the details stand beside the list, else below
_SHARES: Final = {Qt.Orientation.Horizontal: (62, 38), Qt.Orientation.Vertical: (60, 40)}


class ReadinessPanel(Panel):
    """See what is ready, what is not and why; take it along for a ticket."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.setObjectName(f"panel.{PANEL_ID}")
        self._workspace: Workspace | None = None
        self._report: ReadinessReport | None = None
        self._is_stale = True  # nothing was looked at yet
        self._looking = Latest(context.runner, self)
        self._heard: deque[Finding] = deque()  # filled by the worker, emptied here
        self._pages = QStackedWidget(self)
        self._content = QWidget(self._pages)
        self._error = ErrorPage(self._pages)
        self.header = ReadinessHeader(self._content)
        self._split = QSplitter(Qt.Orientation.Horizontal, self._content)
        self.list = FindingsList(context.theme, self._split)
        self.details = FindingDetails(self._split)
        self._arrange()
        self._wire()

    # Panel

    def open(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._is_stale = True
        if self.isVisible():
            self.read()

    def leave(self) -> None:
        self._looking.cancel()
        self.context.settings.set(READINESS_SPLIT, self._split.saveState().toBase64().toStdString())
        self._workspace = self._report = None

    def on_effects(self, effects: Effects) -> None:
        if effects.touches(Kind.CATALOG) or effects.touches(Kind.LEDGER):
            self._is_stale = True
            self.header.show_stale()

    def state(self) -> PanelState:
        can = {"look"} if self._workspace is not None and not self._looking.is_busy else set()
        if self._report is not None and not self._looking.is_busy:
            can.add("export")
        return PanelState(panel=PANEL_ID, has_selection=self.list.current() is not None, can=frozenset(can))

    def palette_entries(self) -> tuple[PaletteEntry, ...]:
        return tuple(
            PaletteEntry(title_of(check), check.id, "readiness", partial(self.list.choose, check.id))
            for check in CHECKS
        )

    def cure(self, step: str) -> None:
        if step in {_AGAIN, "connection.retry"}:
            self.read()

    # what actions do

    @property
    def report(self) -> ReadinessReport | None:
        """What was found last; None before that."""
        return self._report

    def read(self) -> None:
        """Look at everything again; what was found last stays in sight until each line's answer is there."""
        workspace = self._workspace
        if workspace is None:
            return
        self._is_stale = False
        heard: deque[Finding] = deque()
        self._heard = heard
        self.list.begin()
        self.header.show_looking(0, len(CHECKS))
        self._pages.setCurrentWidget(self._content)

        def look(ctx: TaskContext) -> ReadinessReport:
            return workspace.readiness.report(ctx, listener=heard.append)

        task = self._looking.start(look, self._show, self._show_failure, title=self.tr("Looking at the checklist"))
        task.progressed.connect(self._show_progress)
        task.finished.connect(self._ended)
        self.state_changed.emit()

    def stop(self) -> None:
        """Stop looking; what was found by then stays."""
        self._looking.cancel()
        self._take_in()
        self.header.show_stopped()
        self.state_changed.emit()

    def copy_markdown(self) -> None:
        """Put the report into the clipboard as Markdown."""
        if self._report is not None:
            QGuiApplication.clipboard().setText(as_markdown(paper(self._report)))
            self.context.notices.success(self.tr("The report is in the clipboard"), key="readiness.copied")

    def save(self, ending: str) -> None:
        """Ask for a file and write the report into it.

        Args:
            ending: "md" or "html".
        """
        report = self._report
        if report is None:
            return
        text = as_html(paper(report)) if ending == "html" else as_markdown(paper(report))
        name = f"readiness-{report.database}-{report.made_at:%Y-%m-%d}.{ending}"
        dialog = QFileDialog(self, self.tr("Save the report"), QDir.home().filePath(name))
        dialog.setObjectName("readiness.save")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending)
        dialog.setNameFilter("HTML (*.html)" if ending == "html" else "Markdown (*.md)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.write(Path(path), text))
        dialog.open()

    def write(self, path: Path, text: str) -> None:
        """Write a report into a file."""

        def done(error: str) -> None:
            if error:
                words = self.tr("{file} can't be written: {reason}")
                self.context.notices.warning(words.format(file=path.name, reason=error))
            else:
                self.context.notices.success(self.tr("Saved: {file}").format(file=str(path)), key="readiness.saved")

        self.context.runner.query(lambda _ctx: _write(path, text), owner=self, done=done)

    def step_area(self, by: int) -> None:
        """Move the focus to the next of the panel's areas: header, list, details."""
        areas: tuple[tuple[QWidget, QWidget], ...] = (
            (self.header, self.header.look),
            (self.list, self.list),
            (self.details, self._first_of_details()),
        )
        focus = self.window().focusWidget()
        held = [focus is not None and (area is focus or area.isAncestorOf(focus)) for area, _ in areas]
        here = held.index(True) if True in held else 0 if by < 0 else -1
        areas[(here + by) % len(areas)][1].setFocus(Qt.FocusReason.ShortcutFocusReason)

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.read()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = self.width() >= _BESIDE_FROM
        wanted = Qt.Orientation.Horizontal if is_wide else Qt.Orientation.Vertical
        if self._split.orientation() != wanted:
            self._split.setOrientation(wanted)
            self._share()

    # inside

    def _arrange(self) -> None:
        self._split.setObjectName("readiness.split")
        self._split.setChildrenCollapsible(False)
        for widget in (self.list, self.details):
            self._split.addWidget(widget)
        self.list.setMinimumSize(320, 160)
        self.details.setMinimumSize(280, 140)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._split, 1)
        for page in (self._content, self._error):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._share()
        if saved := self.context.settings.get(READINESS_SPLIT):
            self._split.restoreState(QByteArray.fromBase64(saved.encode()))
        self.setFocusProxy(self.list)

    def _wire(self) -> None:
        self.header.look_asked.connect(self.read)
        self.header.stop_asked.connect(self.stop)
        self.header.copy_asked.connect(self.copy_markdown)
        self.header.save_asked.connect(self.save)
        self.header.only_faults_asked.connect(self.list.show_only_faults)
        self.list.chosen.connect(self._show_details)
        self.list.itemActivated.connect(lambda *_: self._act())
        self.details.step_asked.connect(self.step_asked)
        self.details.copied.connect(self._tell_copied)
        self._error.chosen.connect(self._choose)

    def _share(self) -> None:
        shares = _SHARES[self._split.orientation()]
        self._split.setSizes([share * 20 for share in shares])
        for number, share in enumerate(shares):
            self._split.setStretchFactor(number, share)

    def _show_progress(self, progress: Progress) -> None:
        if self._looking.is_busy:
            self._take_in()
            self.header.show_looking(progress.done, progress.total)

    def _take_in(self) -> None:
        while self._heard:
            self.list.show_finding(self._heard.popleft())

    def _show(self, report: ReadinessReport) -> None:
        self._report = report
        self._heard.clear()
        for finding in report.findings:
            self.list.show_finding(finding)
        self.list.hide_what_is_well()
        self.list.choose_first_fault()
        self.header.show_report(report)
        self.state_changed.emit()

    def _show_failure(self, error: StudioError) -> None:
        self._is_stale = True
        self.header.show_stopped()
        if isinstance(error, ConnectionLost | ConnectionFailed) and self._report is not None:
            self.failed.emit(error)  # the window says so, and how to come back; what is in sight stays
        else:
            self._error.show_error(error, (NextStep(_AGAIN, self.tr("Look again")),))
            self._pages.setCurrentWidget(self._error)
        self.state_changed.emit()

    def _ended(self) -> None:
        """Take back the progress of a look that was stopped from the status bar."""
        if not self._looking.is_busy:
            self._take_in()
            self.header.show_stopped()
        self.state_changed.emit()

    def _show_details(self, finding: Finding | None) -> None:
        self.details.show_finding(finding)
        self.state_changed.emit()

    def _first_of_details(self) -> QWidget:
        buttons = (self.details.door, self.details.copy)
        return next((each for each in buttons if each.isVisible()), self.list)

    def _act(self) -> None:
        """Do what helps with the chosen line: Enter, or a double click."""
        button = self._first_of_details()
        if button is self.details.door:
            self.details.door.click()
        elif button is self.details.copy:
            self.details.copy.click()

    def _tell_copied(self) -> None:
        self.context.notices.success(self.tr("The command is in the clipboard"), key="readiness.copied")

    def _choose(self, step: str) -> None:
        if step in {_AGAIN, "connection.retry"}:
            self.read()
        else:
            self.step_asked.emit(step)


def _write(path: Path, text: str) -> str:
    """Write a file; return what the system says against it."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        return error.strerror or str(error)
    return ""
