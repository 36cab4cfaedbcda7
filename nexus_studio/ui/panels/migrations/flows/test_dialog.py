"""TestDialog: pending migrations tried on a throwaway copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from nexus_studio.core.admin.safety import TestReport
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.panels.migrations.flows.codeview import CodeView
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog
from nexus_studio.ui.panels.migrations.flows.words import WHERE, duration, phase_words, said

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIZE = QSize(720, 520)
_MOST_LINES = 8


class TestDialog(FlowDialog):
    """Up, down, up, then the models; each leg with its time."""

    __test__ = False  # not a test class, whatever its name

    tested = Signal(object)  # TestReport

    def __init__(
        self, context: UiContext, workspace: Workspace, parent: QWidget | None = None, *, target: str = "heads"
    ) -> None:
        super().__init__(context, workspace, "test_dialog", parent, _SIZE)
        self.set_title(self.tr("Test pending migrations"))
        self._target = target
        self._head = QVBoxLayout()
        self._list = QTreeWidget(self)
        self._list.setObjectName("test_phases")
        self._list.setAccessibleName(self.tr("Legs of the test"))
        self._list.setProperty("framed", True)
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setHeaderLabels([self.tr("Leg"), self.tr("Time")])
        self._list.currentItemChanged.connect(self._show_words)
        self._words = CodeView(context.theme, "", "test_words", self.tr("What was said"), most_lines=_MOST_LINES)
        self._page = QWidget()
        column = QVBoxLayout(self._page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._head)
        column.addWidget(self._list, 1)
        column.addWidget(self._words)
        self._again = self.frame.add_button("again", self.tr("Test again"), self.begin)
        self.frame.add_page(self._page)

    def begin(self) -> None:
        """Try them; nothing of the database in question is touched."""
        service, target = self.service, self._target
        self.frame.look(
            self.tr("Trying them on a throwaway copy; your database is not touched"),
            lambda ctx: service.test(ctx, target),
            self._show,
        )

    def _show(self, report: TestReport) -> None:
        self.tested.emit(report)
        if not report.phases:
            self.frame.show_calm("info", self.tr("Nothing to test"), self.tr("No migration is pending."))
            return
        while (item := self._head.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        title = self.tr("All legs passed") if report.passed else self.tr("The test failed")
        look = ("success", "success", "success") if report.passed else ("error", "danger", "error")
        card = Card(title, sign=look[0], ink=look[1], severity=look[2])
        total = duration(sum(phase.ms for phase in report.phases))
        words = self.tr("Tried {where}, in {duration}.")
        card.add(label(words.format(where=said(WHERE.get(report.where, "")), duration=total), "muted"))
        self._head.addWidget(card)
        self._fill(report)
        self.frame.show_page(self._page, self._again)
        self._list.setFocus()

    def _fill(self, report: TestReport) -> None:
        self._list.clear()
        worst = None
        for phase in report.phases:
            item = QTreeWidgetItem(self._list, [phase_words(phase), duration(phase.ms)])
            item.setIcon(0, icon("success", "success") if phase.passed else icon("error", "danger"))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setData(0, Qt.ItemDataRole.UserRole, phase.words)
            if worst is None and not phase.passed:
                worst = item
        header = self._list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        header.setSectionResizeMode(1, header.ResizeMode.ResizeToContents)
        chosen = worst or self._list.topLevelItem(0)
        if chosen is not None:
            self._list.setCurrentItem(chosen)

    def _show_words(self) -> None:
        item = self._list.currentItem()
        words = str(item.data(0, Qt.ItemDataRole.UserRole) or "") if item is not None else ""
        self._words.show_text(words)
        self._words.setVisible(bool(words))
