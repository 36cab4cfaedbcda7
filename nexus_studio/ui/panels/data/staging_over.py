"""StagingOver: asks before what comes from elsewhere (a save taken back, a backup) replaces edits staged already."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.names import RelationName
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.panels.data.rows_page import RowsPage


class StagingOver(QObject):
    """One for a data panel. UI thread only."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel

    def ask(
        self,
        pages: Sequence[RowsPage],
        changes: Mapping[RelationName, tuple[RowChange, ...]],
        go: Callable[[], None],
    ) -> None:
        """Have all of it staged, or nothing: at once where no staged edit is replaced by it, else once a person agrees.

        Args:
            pages: The tabs that are open.
            changes: What is to be staged.
            go: Stages it.
        """
        touched = [page for page in pages if page.name in changes and page.changes is not None]
        if not all(page.finish_edit() for page in touched):
            return  # what is being typed there is refused, and says so
        lines = []
        for page in touched:
            page.grid.stager.finish()
            if page.changes is not None and (drafts := page.changes.displaced(changes[page.name])):
                lines.append(self.tr("{table}: %Ln row(s)", "", len(drafts)).format(table=page.name))
        if not lines:
            go()
            return
        question = Confirmation(
            self.tr("Replace your edits?"),
            self.tr("These rows have unsaved edits that would be replaced. Undo would bring them back."),
            self.tr("Replace them"),
            tuple(lines),
            writes=False,
        )
        ask(question, touched[0].workspace.session.profile, self._panel, go)
