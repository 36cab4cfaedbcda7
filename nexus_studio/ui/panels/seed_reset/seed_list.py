"""SeedList: the seeds on offer, and what is in their folder and can't be."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem, QWidget

from nexus_studio.core.admin.seeds import SeedKind, SeedListing, SeedProblem, SeedSpec
from nexus_studio.services.session import Session
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.panels.seed_reset.seed_words import kind_word, obstacle, problem_words

_ROLE = Qt.ItemDataRole.UserRole
_ICONS = {SeedKind.PYTHON: "seed", SeedKind.SQL: "terminal", SeedKind.CSV: "table"}


class SeedList(QTreeWidget):
    """One line a seed, problems below. Up and Down move; what is chosen stays chosen when the list is read again."""

    chosen = Signal(object)  # SeedSpec or SeedProblem in sight now, None when there is none

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("seeds.list")
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._listing = SeedListing()
        self._session: Session | None = None
        self.currentItemChanged.connect(lambda *_: self.chosen.emit(self.current()))
        self.retranslate()

    def show_listing(self, listing: SeedListing, session: Session | None) -> None:
        """Show what is there."""
        item = self.currentItem()
        kept = item.text(0) if item is not None else ""
        self._listing, self._session = listing, session
        self.blockSignals(True)
        self.clear()
        for seed in listing.seeds:
            self._add(seed.name, kind_word(seed.kind), seed, _ICONS[seed.kind], "text-muted")
        for problem in listing.problems:
            self._add(problem.path.name, self.tr("not on offer"), problem, "warning", "warning")
        found = self.findItems(kept, Qt.MatchFlag.MatchExactly, 0) if kept else []
        if (first := found[0] if found else self.topLevelItem(0)) is not None:
            self.setCurrentItem(first)
        self.blockSignals(False)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        header.setSectionResizeMode(1, header.ResizeMode.ResizeToContents)
        self.chosen.emit(self.current())

    def current(self) -> SeedSpec | SeedProblem | None:
        """Return what is chosen."""
        item = self.currentItem()
        found = item.data(0, _ROLE) if item is not None else None
        return found if isinstance(found, SeedSpec | SeedProblem) else None

    def choose(self, name: str) -> None:
        """Choose a seed by its name."""
        found = self.findItems(name, Qt.MatchFlag.MatchExactly, 0)
        if found:
            self.setCurrentItem(found[0])

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.setAccessibleName(self.tr("Seeds"))
        self.setHeaderLabels([self.tr("Seed"), self.tr("Kind")])
        if self._listing.seeds or self._listing.problems:
            self.show_listing(self._listing, self._session)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange}:
            self.retranslate()

    def _add(self, name: str, kind: str, what: SeedSpec | SeedProblem, sign: str, ink: str) -> None:
        item = QTreeWidgetItem(self, [name, kind])
        item.setData(0, _ROLE, what)
        item.setIcon(0, icon(sign, ink))
        if isinstance(what, SeedProblem):
            item.setToolTip(0, problem_words(what))
            return
        against = obstacle(what, self._session)
        item.setToolTip(0, against or what.description)
        if against:
            for place in (0, 1):
                item.setForeground(place, self.palette().placeholderText())
