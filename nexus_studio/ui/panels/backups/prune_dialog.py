"""PruneDialog: by which rule backups are kept, what would go by it and why the others stay; and the deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.retention import LibraryEntry, PrunePlan, RetentionRule
from nexus_studio.ui.kit.confirm import Confirmation, ask_where_wanted
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.parts import give_room, label
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.panels.backups.counts import Counts
from nexus_studio.ui.panels.backups.frame import BackupDialog
from nexus_studio.ui.panels.backups.keep_rule import MOST, keep_rule, kept_rule
from nexus_studio.ui.panels.backups.words import PRUNE, obstacle, standing_sign, why_word

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIZE: Final = QSize(1020, 620)
_LATER_MS: Final = 250  # a number that is still being typed asks for no plan yet
_FATE, _NAME, _MADE, _BYTES, _WHY = range(5)
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_MOST_NAMES: Final = 12
_WHY_WIDTH: Final = 300  # pixels


class PruneDialog(BackupDialog):
    """Shows a dry run at once; deletes only when asked to."""

    prune_asked = Signal(object)  # PrunePlan, the one that was seen

    def __init__(self, context: UiContext, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(context, workspace.session.profile, "prune", parent, _SIZE)
        self._workspace = workspace
        self._counts = Counts(self)
        self._plan: PrunePlan | None = None
        self.set_title(self.tr("Which backups are kept"))
        self.numbers = {each: QSpinBox(self) for each in ("daily", "weekly", "monthly", "at_least")}
        give_room(*self.numbers.values())
        self._headline = label("", "strong", name="backups.prune_headline")
        self.list = QTreeWidget(self)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_LATER_MS)
        self._later.timeout.connect(self._read)
        self.delete = self.add_button(
            "do", self._counts.delete(0), self._ask, look="danger", object_name="backups.prune"
        )
        self._page = self._make_page()
        self.add_page(self._page)
        self.show_page(self._page, self.delete)
        self.numbers["daily"].setFocus()
        self._read()

    @property
    def rule(self) -> RetentionRule:
        """The rule as it is set now."""
        return RetentionRule(**{name: box.value() for name, box in self.numbers.items()})

    # inside

    def _make_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        explained = self.tr(
            "Of each of the last days, weeks and months that have a backup, the best one stays: a proven one before "
            "one that nobody tried. The last proven one always stays, and so do those that others made."
        )
        column.addWidget(label(explained, "muted"))
        column.addLayout(self._make_rule())
        column.addWidget(self._headline)
        self.list.setObjectName("backups.prune_list")
        self.list.setAccessibleName(self.tr("What becomes of each backup"))
        self.list.setProperty("framed", True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHeaderLabels(["", self.tr("Backup"), self.tr("Made"), self.tr("Size"), self.tr("Why")])
        self.list.headerItem().setTextAlignment(_BYTES, _RIGHT)
        column.addWidget(self.list, 1)
        return page

    def _make_rule(self) -> QHBoxLayout:
        titles = {
            "daily": self.tr("Days"),
            "weekly": self.tr("Weeks"),
            "monthly": self.tr("Months"),
            "at_least": self.tr("Never fewer than"),
        }
        rule = kept_rule(self.context.settings)
        row = QHBoxLayout()
        row.setSpacing(20)
        for name, box in self.numbers.items():
            box.setObjectName(f"backups.prune_{name}")
            box.setAccessibleName(titles[name])
            box.setRange(0, MOST)
            box.setValue(getattr(rule, name))
            box.valueChanged.connect(self._later.start)
            form = QFormLayout()
            form.setHorizontalSpacing(8)
            form.addRow(titles[name], box)
            row.addLayout(form)
        row.addStretch(1)
        return row

    def _read(self) -> None:
        rule, backups = self.rule, self._workspace.backups
        self._plan = None
        self.delete.setEnabled(False)
        self.reading.start(lambda ctx: backups.prune_plan(rule, ctx), self._show_plan, self.show_error)

    def _show_plan(self, plan: PrunePlan) -> None:
        self._plan = plan
        size, number = size_text(plan.freed_bytes), len(plan.dropped)
        goes = self._counts.goes(number).format(size=size) if number else self.tr("Nothing would go")
        self._headline.setText(f"{goes}  ·  {self._counts.kept(len(plan.kept))}")
        self.list.clear()
        lines = [self._line(each, self.tr("goes"), is_dropped=True) for each in plan.dropped]
        lines += [self._line(each.entry, ", ".join(map(why_word, each.why)), is_dropped=False) for each in plan.kept]
        self.list.addTopLevelItems(lines)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        for place in (_FATE, _MADE, _BYTES):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_WHY, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(_WHY, _WHY_WIDTH)
        against = obstacle(self._workspace.session, PRUNE)
        self.delete.setText(self._counts.delete(number))
        self.delete.setAccessibleName(self.delete.text())
        self.delete.setEnabled(bool(number) and not against)
        self.set_note(against)

    def _line(self, entry: LibraryEntry, why: str, *, is_dropped: bool) -> QTreeWidgetItem:
        words = ["", entry.file.name, moment_text(entry.made_at), size_text(entry.size_bytes), why]
        item = QTreeWidgetItem(words)
        item.setIcon(_FATE, icon("trash", "danger") if is_dropped else icon("check", "success"))
        item.setData(_FATE, Qt.ItemDataRole.AccessibleTextRole, self.tr("goes") if is_dropped else self.tr("stays"))
        item.setIcon(_NAME, icon(*standing_sign(entry.standing.value)))
        item.setToolTip(_NAME, str(entry.file))
        item.setToolTip(_WHY, why)
        item.setTextAlignment(_BYTES, _RIGHT)
        return item

    def _ask(self) -> None:
        plan = self._plan
        if plan is None or not plan.dropped:
            return
        names = [each.file.name for each in plan.dropped[:_MOST_NAMES]]
        if len(plan.dropped) > _MOST_NAMES:
            names.append(self._counts.more(len(plan.dropped) - _MOST_NAMES))
        question = Confirmation(
            self._counts.delete(len(plan.dropped)),
            self.tr("The files are gone for good. The database itself is not touched."),
            self.tr("Delete"),
            tuple(names),
            destructive=True,
            act=PRUNE,
        )
        ask_where_wanted(question, self.profile, self, lambda: self._prune(plan))

    def _prune(self, plan: PrunePlan) -> None:
        keep_rule(self.context.settings, self.rule)
        self.accept()
        self.prune_asked.emit(plan)
