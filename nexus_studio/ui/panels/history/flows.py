"""HistoryFlows: what is asked before a set is taken back only in part, old ones go, or a team shares them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from nexus_studio.core.data.history import Pruned
from nexus_studio.core.data.undoing import Inverse
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.history.counts import Counts
from nexus_studio.ui.panels.history.keep_dialog import KeepDialog
from nexus_studio.ui.panels.history.share_dialog import ShareDialog
from nexus_studio.ui.panels.history.words import gap_text

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.history.shared import SharedState
    from nexus_studio.services.workspace import Workspace


class HistoryFlows(QObject):
    """Dialogs over the panel. UI thread only."""

    # Mapping[RelationName, tuple[RowChange, ...]]: what a person wants to be staged; the set that it takes back
    staged = Signal(object, str)
    changed = Signal()  # the list is another now

    def __init__(self, context: UiContext, panel: QWidget) -> None:
        super().__init__(panel)
        self._context, self._panel = context, panel
        self._counts = Counts(self)

    def revert(self, identifier: str, inverse: Inverse, workspace: Workspace) -> None:
        """Have what takes a set back staged; where not all of it can be, ask first."""
        if not inverse.shortfalls:
            self._stage(identifier, inverse, workspace)
            return
        lines = tuple(
            self._counts.short(each.rows).format(table=each.relation, reason=gap_text(each.gap, each.columns))
            for each in inverse.shortfalls
        )
        question = Confirmation(
            self.tr("Not all of it can be taken back"),
            self.tr("The rest is staged, to be looked at and saved."),
            self.tr("Stage the rest"),
            lines,
            writes=False,
        )
        profile = workspace.session.profile
        ask(question, profile, self._panel, lambda: self._stage(identifier, inverse, workspace))

    def _stage(self, identifier: str, inverse: Inverse, workspace: Workspace) -> None:
        workspace.history.choose(identifier)
        self.staged.emit(dict(inverse.changes), identifier)

    def keep(self, workspace: Workspace) -> None:
        """Ask how long sets are kept."""
        dialog = KeepDialog(self._context, workspace, self._panel)
        dialog.pruned.connect(self._tell_pruned)
        self._open(dialog)

    def share(self, workspace: Workspace, state: SharedState) -> None:
        """Ask whether a team shall share the history in the database."""
        dialog = ShareDialog(self._context, workspace, state, self._panel)
        dialog.shared.connect(self.changed)
        self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _tell_pruned(self, pruned: Pruned) -> None:
        self._context.notices.success(self._counts.pruned(pruned.sets), key="history.pruned")
        self.changed.emit()
