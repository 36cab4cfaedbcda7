"""ResetChoices: what a person wants done, and what is to stay."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.resets import Others, ResetKind, ResetScope
from nexus_studio.core.names import RelationName
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.panels.seed_reset.reset_words import EMPTY, RECREATE, RESET, kind_words, others_word

_ACTS = (RESET, EMPTY, RECREATE)
_ROLE = Qt.ItemDataRole.UserRole
_LIST_SHARE = 10  # of the room that is left: there may be hundreds of tables


class ResetChoices(QScrollArea):
    """Tells `changed` whenever something else would be lost."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reset.choices")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self._inside = QWidget()
        self._group = QButtonGroup(self)
        self.kinds = {each: QRadioButton(self._inside) for each in _ACTS}
        self._explained = label("", "muted", name="reset.explained")
        self._list_title = QLabel(self._inside)
        self.schemas = QListWidget(self._inside)
        self.kept = QListWidget(self._inside)
        self.tables = QListWidget(self._inside)
        self.backup = QCheckBox(self._inside)
        self.migrates = QCheckBox(self._inside)
        self._seed_title = QLabel(self._inside)
        self.seed = QComboBox(self._inside)
        self.extensions = QCheckBox(self._inside)
        self.privileges = QCheckBox(self._inside)
        self._ledger_title = QLabel(self._inside)
        self.ledger = QComboBox(self._inside)
        self._asks_for_ledger = False
        self._others_title = QLabel(self._inside)
        self.others = QComboBox(self._inside)
        self._build()
        self.retranslate()

    # what is chosen

    @property
    def act(self) -> str:
        """What is to be done, by its act."""
        return next(each for each in _ACTS if self.kinds[each].isChecked())

    @property
    def scope(self) -> ResetScope:
        """What a reset or a recreation is to do."""
        is_reset = self.act == RESET
        migrates = self.migrates.isChecked()
        return ResetScope(
            ResetKind.RESET if is_reset else ResetKind.RECREATE,
            schemas=tuple(_checked(self.schemas)) if is_reset else (),
            kept_schemas=() if is_reset else tuple(_checked(self.kept)),
            extensions=self.extensions.isChecked(),
            privileges=self.privileges.isChecked(),
            migrates=migrates,
            seed=str(self.seed.currentData() or "") if migrates else "",
            backs_up=self.backup.isChecked(),
            others=self.wish,
        )

    @property
    def wish(self) -> Others:
        """What is done about connections of others."""
        return Others(self.others.currentData())

    @property
    def is_ledger_wanted(self) -> bool:
        """Whether somebody has to say where migrations are recorded, since nobody has before."""
        return self._asks_for_ledger and self.act != EMPTY and self.migrates.isChecked()

    @property
    def chosen_ledger(self) -> LedgerPlace | None:
        """Where migrations are to be recorded; None: it was not chosen, or it is known."""
        chosen = str(self.ledger.currentData() or "")
        return LedgerPlace(chosen) if chosen and self.is_ledger_wanted else None

    @property
    def chosen_tables(self) -> tuple[RelationName, ...]:
        """The tables to empty."""
        return tuple(_checked(self.tables))

    @property
    def is_complete(self) -> bool:
        """Whether enough is chosen to say what would be lost."""
        if self.act == EMPTY:
            return bool(self.chosen_tables)
        return self.act == RECREATE or bool(_checked(self.schemas))

    # what there is

    def show_database(
        self,
        schemas: tuple[str, ...],
        own: str,
        tables: tuple[RelationName, ...],
        seeds: tuple[str, ...],
        *,
        asks_for_ledger: bool = False,
    ) -> None:
        """Offer what is there. What was chosen before stays chosen where it is still there.

        Args:
            schemas: Of the database.
            own: The one that is reset unless another is chosen.
            tables: That can be emptied.
            seeds: That may run here.
            asks_for_ledger: Whether nobody has said yet where migrations are recorded.
        """
        self._asks_for_ledger = asks_for_ledger
        before = set(_checked(self.schemas)) or {own}
        _offer(self.schemas, [(each, each) for each in schemas], before)
        _offer(self.kept, [(each, each) for each in schemas], set(_checked(self.kept)))
        _offer(self.tables, [(str(each), each) for each in tables], set(_checked(self.tables)))
        former = self.seed.currentData() if self.seed.count() else next(iter(seeds), "")
        self.seed.clear()
        self.seed.addItem(self.tr("No seed"), "")
        for each in seeds:
            self.seed.addItem(each, each)
        self.seed.setCurrentIndex(max(0, self.seed.findData(former)))
        self._fit()

    def retranslate(self) -> None:
        """Say everything in the current language."""
        for each, button in self.kinds.items():
            button.setText(kind_words(each)[0])
            button.setAccessibleName(kind_words(each)[0])
        self.schemas.setAccessibleName(self.tr("Schemas whose content goes"))
        self.kept.setAccessibleName(self.tr("Schemas to keep"))
        self.tables.setAccessibleName(self.tr("Tables to empty"))
        self.backup.setText(self.tr("Safety backup first"))
        self.migrates.setText(self.tr("Apply all migrations"))
        self._seed_title.setText(self.tr("Seed"))
        self.seed.setAccessibleName(self.tr("Seed to run"))
        self.extensions.setText(self.tr("Keep extensions"))
        self.privileges.setText(self.tr("Give owners and privileges again"))
        self._ledger_title.setText(self.tr("Ledger of migrations"))
        self.ledger.setAccessibleName(self._ledger_title.text())
        self.ledger.setToolTip(self.tr("Who applied which migration, when, and how it ended"))
        for place, words in enumerate(
            (self.tr("Choose…"), self.tr("In the database: everybody sees it"), self.tr("On this machine only"))
        ):
            self.ledger.setItemText(place, words)
        self._others_title.setText(self.tr("Other connections"))
        self.others.setAccessibleName(self.tr("Other connections"))
        for box in (self.backup, self.migrates, self.extensions, self.privileges):
            box.setAccessibleName(box.text())
        if self.seed.count():
            self.seed.setItemText(0, self.tr("No seed"))
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        names = {
            self.schemas: "schemas", self.kept: "kept", self.tables: "chosen", self.backup: "backup",
            self.migrates: "migrates", self.seed: "seed", self.extensions: "extensions",
            self.privileges: "privileges", self.ledger: "ledger", self.others: "others",
        }  # fmt: skip
        for widget, name in names.items():
            widget.setObjectName(f"reset.{name}")
        for each, button in self.kinds.items():
            button.setObjectName(f"{each}_kind")
            self._group.addButton(button)
            button.toggled.connect(self._turned)
        for box in (self.backup, self.migrates, self.extensions, self.privileges):
            box.setChecked(True)
        self._seed_title.setBuddy(self.seed)
        self._ledger_title.setBuddy(self.ledger)
        for place in ("", LedgerPlace.DATABASE.value, LedgerPlace.LOCAL.value):
            self.ledger.addItem("", place)
        self._others_title.setBuddy(self.others)
        self.kinds[RESET].setChecked(True)
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(20, 16, 16, 16)
        column.setSpacing(8)
        for widget in (
            *self.kinds.values(), self._explained, self._list_title, self.schemas, self.kept, self.tables, self.backup,
            self.migrates, self._ledger_title, self.ledger, self._seed_title, self.seed, self.extensions,
            self.privileges, self._others_title, self.others,
        ):  # fmt: skip
            column.addWidget(widget, _LIST_SHARE if widget is self.tables else 0)
        column.addStretch(1)
        for listed in (self.schemas, self.kept):
            listed.setMaximumHeight(110)
        for listed in (self.schemas, self.kept, self.tables):
            listed.setProperty("framed", True)
            listed.itemChanged.connect(self.changed)
        self.extensions.toggled.connect(self.changed)
        self.migrates.toggled.connect(self._fit)
        self.setWidget(self._inside)

    def _turned(self, is_checked: bool) -> None:
        if is_checked:
            self._fit()
            self.changed.emit()

    def _fit(self) -> None:
        """Show what the chosen kind asks for."""
        chosen = self.act
        self._explained.setText(kind_words(chosen)[1])
        titles = {
            RESET: self.tr("Schemas whose content goes"),
            RECREATE: self.tr("Schemas to keep"),
            EMPTY: self.tr("Tables to empty"),
        }
        self._list_title.setText(titles[chosen])
        for listed, of in ((self.schemas, RESET), (self.kept, RECREATE), (self.tables, EMPTY)):
            listed.setVisible(chosen == of)
        for widget in (self.migrates, self.extensions, self.privileges, self._seed_title, self.seed):
            widget.setVisible(chosen != EMPTY)
        self.seed.setEnabled(self.migrates.isChecked())
        for widget in (self._ledger_title, self.ledger):
            widget.setVisible(self.is_ledger_wanted)
        wish = self.others.currentData()
        with QSignalBlocker(self.others):  # whoever listens asks what is chosen, and while it is filled nothing is
            self.others.clear()
            for each in Others:
                if each is not Others.LEAVE or chosen != RECREATE:
                    self.others.addItem(others_word(each), each.value)
            self.others.setCurrentIndex(max(0, self.others.findData(wish)))


def _offer(listed: QListWidget, items: list[tuple[str, object]], checked: set[object]) -> None:
    listed.blockSignals(True)
    listed.clear()
    for text, value in items:
        item = QListWidgetItem(text, listed)
        item.setData(_ROLE, value)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if value in checked else Qt.CheckState.Unchecked)
    listed.blockSignals(False)


def _checked(listed: QListWidget) -> list[Any]:
    items = (listed.item(number) for number in range(listed.count()))
    return [item.data(_ROLE) for item in items if item.checkState() is Qt.CheckState.Checked]
