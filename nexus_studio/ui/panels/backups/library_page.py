"""LibraryPage: the list of backups, the chosen one's details, what was kept, what went wrong, what is being done."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.archives import KeptDatabase
from nexus_studio.core.admin.schedules import Trouble
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.library import entry_of
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.job_desk import JobDesk
from nexus_studio.ui.kit.pages import EmptyPage
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.backups import header
from nexus_studio.ui.panels.backups.details import BackupDetails
from nexus_studio.ui.panels.backups.header import BackupsHeader
from nexus_studio.ui.panels.backups.job_view import PacedJobView
from nexus_studio.ui.panels.backups.kept_card import KeptCard
from nexus_studio.ui.panels.backups.library_list import LibraryList
from nexus_studio.ui.panels.backups.troubles import TroubleCard

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.core.admin.retention import LibraryEntry
    from nexus_studio.services.backups.service import BackupService

CREATE_STEP: Final = "backup.create"
"""The next step where there is no backup."""

_BESIDE_FROM: Final = 1100  # pixels of width from which the details stand beside the list, else below
_SHARES: Final = {Qt.Orientation.Horizontal: (58, 42), Qt.Orientation.Vertical: (45, 55)}


@dataclass(frozen=True, slots=True)
class Found:
    """What the page shows."""

    entries: tuple[LibraryEntry, ...] = ()
    kept: tuple[KeptDatabase, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    unreadable: tuple[tuple[Path, str], ...] = ()


def read_library(backups: BackupService, opened: tuple[Path, ...], ctx: TaskContext) -> Found:
    """Read all that the page shows. Errors are those of the service."""
    found = backups.listing(ctx)
    return Found(_with_opened(found.entries, opened), backups.kept(ctx), backups.troubles(ctx), found.unreadable)


class LibraryPage(QWidget):
    """Shows the library. What is asked for in it is the panel's to do."""

    def __init__(self, context: UiContext, desk: JobDesk, parent: QWidget) -> None:
        super().__init__(parent)
        self.found = Found()
        self.header = BackupsHeader(self)
        self.troubles = TroubleCard(self)
        self.kept = KeptCard(self)
        self._unreadable = label("", tone="warning", selectable=True, name="backups.unreadable")
        self._middle = QStackedWidget(self)
        self._split = QSplitter(Qt.Orientation.Horizontal, self._middle)
        self.empty = EmptyPage(self._middle)
        self.list = LibraryList(context.theme, self._split)
        self.details = BackupDetails(self._split)
        self.job = PacedJobView(desk, "backups.job", self)
        self._arrange()

    def show_found(self, found: Found) -> None:
        """Show what was read, but for the list: see `show_entries`."""
        self.found = found
        self.kept.show_kept(found.kept)
        self.troubles.show_troubles(found.troubles)
        words = self.tr("Can't be read: {file} ({reason})")
        lines = [words.format(file=file, reason=reason) for file, reason in found.unreadable]
        self._unreadable.setText("\n".join(lines))
        self._unreadable.setVisible(bool(lines))

    def show_entries(self, profile: ConnectionProfile, opened: Collection[Path], prefer: Path | None) -> None:
        """Show the backups of a database or all of them, as is ticked.

        Args:
            profile: Of the database.
            opened: Files that are shown whatever is ticked.
            prefer: Chosen, where it is among them; None: what was chosen stays.
        """
        entries = self.found.entries
        own = [each for each in entries if each.record is not None and each.record.is_of(profile)]
        own_files = {each.file for each in own}
        foreign = [each for each in entries if each.is_foreign or each.file in opened]
        foreign = [each for each in foreign if each.file not in own_files]
        shown = [*own, *foreign] if self.header.only_own.isChecked() else list(entries)
        self.header.show_entries(own)
        self.list.show_entries(shown, prefer)
        self._middle.setCurrentWidget(self._split if shown else self.empty)
        self._say_empty(len(entries))

    def areas(self) -> tuple[tuple[QWidget, QWidget], ...]:
        """Return the parts that the focus moves between, each with what takes it."""
        return (
            (self.header, self.header.buttons[header.CREATE]),
            (self.list, self.list),
            (self.details, self.details.first_button()),
        )

    def shares(self) -> str:
        """Return how the room is shared, for `restore_shares`."""
        return self._split.saveState().toBase64().toStdString()

    def restore_shares(self, saved: str) -> None:
        """Share the room as it was; "" as usual."""
        if saved:
            self._split.restoreState(QByteArray.fromBase64(saved.encode()))

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = self.width() >= _BESIDE_FROM
        wanted = Qt.Orientation.Horizontal if is_wide else Qt.Orientation.Vertical
        if self._split.orientation() != wanted:
            self._split.setOrientation(wanted)
            self._share()

    # inside

    def _arrange(self) -> None:
        self._split.setObjectName("backups.split")
        self._split.setChildrenCollapsible(False)
        for part in (self.list, self.details):
            self._split.addWidget(part)
        self.list.setMinimumSize(320, 120)
        self.details.setMinimumSize(320, 160)
        for middle in (self._split, self.empty):
            self._middle.addWidget(middle)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.job.setContentsMargins(16, 8, 16, 8)
        self._unreadable.setContentsMargins(16, 8, 16, 8)
        self._unreadable.hide()
        for widget in (self.header, self.troubles, self.kept, self._unreadable):
            column.addWidget(widget)
        column.addWidget(self._middle, 1)
        column.addWidget(self.job)
        self._share()

    def _share(self) -> None:
        shares = _SHARES[self._split.orientation()]
        self._split.setSizes([share * 20 for share in shares])
        for number, share in enumerate(shares):
            self._split.setStretchFactor(number, share)

    def _say_empty(self, others: int) -> None:
        words = self.tr(
            "A backup is believed here once it was restored and compared. The first one takes a click; proving it, "
            "another."
        )
        if others:
            more = self.tr("There are backups of other databases: untick “Only of this database”.")
            words = f"{words}\n{more}"
        steps = (NextStep(CREATE_STEP, self.tr("Create a backup…")),)
        self.empty.show_words("backups", self.tr("This database has no backup"), words, steps)


def _with_opened(entries: tuple[LibraryEntry, ...], opened: tuple[Path, ...]) -> tuple[LibraryEntry, ...]:
    """Add files from elsewhere; what can't be read any more is left out."""
    known = {each.file for each in entries}
    extra = []
    for file in dict.fromkeys(opened):
        if file not in known:
            with suppress(OSError):
                extra.append(entry_of(file))
    return (*extra, *entries)
