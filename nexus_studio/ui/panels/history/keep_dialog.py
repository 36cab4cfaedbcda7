"""KeepDialog: how long this machine keeps what was saved, and the deleting of what is older."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QPushButton, QSpinBox, QVBoxLayout, QWidget

from nexus_studio.core.data.history import Pruned, Retention
from nexus_studio.core.errors import StudioError
from nexus_studio.core.settings import HISTORY_DAYS, HISTORY_MEGABYTES
from nexus_studio.ui.kit.confirm import Confirmation, ask_where_wanted
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import give_room, label
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.history.counts import Counts
from nexus_studio.ui.panels.history.words import PRUNE

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIZE: Final = QSize(520, 260)
_LATER_MS: Final = 250
_MOST_DAYS: Final = 36_500
_MOST_MEGABYTES: Final = 1_000_000


class KeepDialog(QDialog):
    """The numbers are settings and hold from the next save on; deleting at once is asked for."""

    pruned = Signal(object)  # Pruned

    def __init__(self, context: UiContext, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("history.keep_dialog")
        self.setWindowTitle(self.tr("How long the history is kept"))
        self.setModal(True)
        self.resize(_SIZE)
        self._context, self._workspace = context, workspace
        self._counts = Counts(self)
        self._plan: Pruned | None = None
        self._reading = Latest(context.runner, self)
        settings = context.settings
        self.days = self._box("days", self.tr("Days"), _MOST_DAYS, settings.get(HISTORY_DAYS))
        self.megabytes = self._box("megabytes", self.tr("Megabytes"), _MOST_MEGABYTES, settings.get(HISTORY_MEGABYTES))
        self._headline = label("", "strong", name="history.keep_headline")
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_LATER_MS)
        self._later.timeout.connect(self._read)
        self.delete = QPushButton(self._counts.prune(0), self)
        self._arrange()
        for box in (self.days, self.megabytes):
            box.valueChanged.connect(self._set)
        self._read()

    @property
    def rule(self) -> Retention:
        """The rule as it is set now."""
        return Retention(self.days.value(), self.megabytes.value())

    def done(self, result: int) -> None:
        """Close; what is being read is no longer wanted."""
        self._reading.cancel()
        super().done(result)

    # inside

    def _box(self, name: str, words: str, most: int, value: int) -> QSpinBox:
        box = QSpinBox(self)
        give_room(box)
        box.setObjectName(f"history.keep_{name}")
        box.setAccessibleName(words)
        box.setRange(0, most)
        box.setValue(value)
        box.setSpecialValueText(self.tr("no bound"))
        box.setGroupSeparatorShown(True)
        return box

    def _arrange(self) -> None:
        explained = self.tr(
            "What rows were before they were saved is kept on this machine, for its owner alone. It is people's data: "
            "keep it as long as you may want to take something back. What is older goes with the next save."
        )
        form = QFormLayout()
        form.addRow(self.tr("Days"), self.days)
        form.addRow(self.tr("Megabytes"), self.megabytes)
        close = QPushButton(self.tr("Close"), self)
        close.setObjectName("history.keep_close")
        close.setAccessibleName(close.text())
        close.clicked.connect(self.reject)
        self.delete.setObjectName(PRUNE)
        self.delete.setProperty("danger", True)
        self.delete.setAutoDefault(False)
        self.delete.clicked.connect(lambda _checked=False: self._ask())
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        foot.addWidget(self.delete)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(explained, "muted"))
        column.addLayout(form)
        column.addWidget(self._headline)
        column.addStretch(1)
        column.addLayout(foot)

    def _set(self) -> None:
        rule, settings = self.rule, self._context.settings
        settings.set(HISTORY_DAYS, rule.days)
        settings.set(HISTORY_MEGABYTES, rule.megabytes)
        self._later.start()

    def _read(self) -> None:
        rule, history = self.rule, self._workspace.history
        self._show(None)
        self._reading.start(lambda ctx: history.prune(rule, ctx, only_look=True), self._show, self._show_failure)

    def _show(self, plan: Pruned | None) -> None:
        self._plan = plan
        number = plan.sets if plan is not None else 0
        size = size_text(plan.size) if plan is not None else ""
        nothing = self.tr("Nothing is older than that") if plan is not None else ""
        self._headline.setText(self._counts.goes(number).format(size=size) if number else nothing)
        self.delete.setText(self._counts.prune(number))
        self.delete.setAccessibleName(self.delete.text())
        self.delete.setEnabled(number > 0)

    def _show_failure(self, error: StudioError) -> None:
        self._show(None)
        self._headline.setText(sentence(error).title)

    def _ask(self) -> None:
        plan = self._plan
        if plan is None or not plan.sets:
            return
        question = Confirmation(
            self._counts.prune(plan.sets),
            self.tr("They can't be taken back after that. The database itself is not touched."),
            self.tr("Delete"),
            destructive=True,
            writes=False,
            act=PRUNE,
        )
        ask_where_wanted(question, self._workspace.session.profile, self, self._prune)

    def _prune(self) -> None:
        rule, history = self.rule, self._workspace.history
        self.delete.setEnabled(False)
        self._reading.start(lambda ctx: history.prune(rule, ctx), self._went, self._show_failure)

    def _went(self, pruned: Pruned) -> None:
        self.pruned.emit(pruned)
        self.accept()
