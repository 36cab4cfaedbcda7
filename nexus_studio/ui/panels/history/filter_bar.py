"""HistoryFilter: what is searched for, whose saves, to which table, since when; of this database or of all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QLineEdit, QWidget

from nexus_studio.core.data.history import SetQuery, Source
from nexus_studio.core.names import RelationName
from nexus_studio.ui.kit.flow import FlowLayout
from nexus_studio.ui.kit.icons import icon

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.history.service import Choices

_LATER_MS: Final = 200  # who types asks once, at the end
_DAYS: Final = (0, 1, 7, 30, 365)
_FIELD: Final = 240  # pixels
_WIDEST: Final = 240  # pixels of a box: names of tables may have 63 characters, and its list shows them whole
_AROUND: Final = 72  # pixels that a field's two signs and its edges take


class HistoryFilter(QFrame):
    """Tells when another list is wanted."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("history.filter")
        self.search = QLineEdit(self)
        self.person = QComboBox(self)
        self.table = QComboBox(self)
        self.period = QComboBox(self)
        self.source = QComboBox(self)
        self.everywhere = QCheckBox(self)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_LATER_MS)
        self._later.timeout.connect(self.changed)
        self._build()
        self.retranslate()

    def query(self) -> SetQuery:
        """Return what is asked for now."""
        days = self.period.currentData()
        midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        relation = self.table.currentData()
        return SetQuery(
            RelationName(*relation) if relation else None,
            self.person.currentData() or "",
            self.search.text(),
            midnight - timedelta(days=days - 1) if days else None,
            everywhere=self.everywhere.isChecked() and not self.is_shared,
            source=Source.SHARED if self.is_shared else Source.LOCAL,
        )

    @property
    def is_shared(self) -> bool:
        """Whether the team's history is wanted."""
        return bool(self.source.currentData() == Source.SHARED.value)

    def offer_shared(self, is_offered: bool) -> None:
        """Offer the team's history beside this machine's, where there is one."""
        if not is_offered and self.is_shared:
            self.source.setCurrentIndex(0)
        self.source.setVisible(is_offered)

    def show_choices(self, choices: Choices) -> None:
        """Offer persons and tables; what is chosen stays chosen."""
        _fill(self.person, self.tr("Everybody"), [(name, name) for name in choices.people])
        _fill(self.table, self.tr("All tables"), [(str(each), (each.schema, each.name)) for each in choices.relations])

    def clear(self) -> None:
        """Ask for everything again."""
        for widget in (self.search, self.person, self.table, self.period):
            widget.blockSignals(True)
        self.search.clear()
        for box in (self.person, self.table, self.period):
            box.setCurrentIndex(0)
        for widget in (self.search, self.person, self.table, self.period):
            widget.blockSignals(False)
        self.changed.emit()

    def retranslate(self) -> None:
        """Say everything in the current language."""
        words = self.tr("Reason, ticket, name, or a row's key")
        self.search.setPlaceholderText(words)
        self.search.setMinimumWidth(max(_FIELD, self.search.fontMetrics().horizontalAdvance(words) + _AROUND))
        self.search.setAccessibleName(self.tr("Search the history"))
        self.person.setAccessibleName(self.tr("Who saved"))
        self.table.setAccessibleName(self.tr("Which table"))
        self.period.setAccessibleName(self.tr("Since when"))
        self.source.setAccessibleName(self.tr("Which history"))
        self.everywhere.setText(self.tr("All databases"))
        self.everywhere.setAccessibleName(self.everywhere.text())
        self.person.setItemText(0, self.tr("Everybody"))
        self.table.setItemText(0, self.tr("All tables"))
        periods = (
            self.tr("Any time"),
            self.tr("Today"),
            self.tr("Last 7 days"),
            self.tr("Last 30 days"),
            self.tr("Last year"),
        )
        for number, words in enumerate(periods):
            self.period.setItemText(number, words)
        for number, words in enumerate((self.tr("This machine"), self.tr("The team"))):
            self.source.setItemText(number, words)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        names = ("search", "person", "table", "period", "source", "everywhere")
        for name in names:
            getattr(self, name).setObjectName(f"history.{name}")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "text-muted"), QLineEdit.ActionPosition.LeadingPosition)
        for box in (self.person, self.table):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setMaximumWidth(_WIDEST)
            box.addItem("", None)
        for days in _DAYS:
            self.period.addItem("", days)
        for each in Source:
            self.source.addItem("", each.value)
        self.source.hide()
        line = FlowLayout(self)
        line.setContentsMargins(16, 4, 16, 8)
        for name in names:
            line.addWidget(getattr(self, name))
        self.everywhere.setMinimumHeight(self.search.sizeHint().height())  # in line with the fields beside it
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.search.textChanged.connect(lambda _: self._later.start())
        for box in (self.person, self.table, self.period, self.source):
            box.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.everywhere.toggled.connect(lambda _: self.changed.emit())
        self.source.currentIndexChanged.connect(lambda _: self.everywhere.setEnabled(not self.is_shared))


def _fill(box: QComboBox, first: str, entries: list[tuple[str, object]]) -> None:
    chosen = box.currentData()
    blocked = box.blockSignals(True)
    box.clear()
    box.addItem(first, None)
    for words, data in entries:
        box.addItem(words, data)
    place = next((n for n in range(box.count()) if chosen is not None and box.itemData(n) == chosen), 0)
    box.setCurrentIndex(place)
    box.blockSignals(blocked)
