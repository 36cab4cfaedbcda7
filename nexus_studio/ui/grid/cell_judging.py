"""CellJudging: has the server judge what was staged, behind the cells, and marks what it refuses with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QObject, Signal

from nexus_studio.core.data.cells import Row, StagedCell
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.judging import Judgement, needs_server
from nexus_studio.core.errors import ServerReport, StudioError
from nexus_studio.core.schema.catalog import Column
from nexus_studio.core.schema.types import PgType
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.celljudging import CellJudge
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.grid.stager import Stager
from nexus_studio.ui.kit.tasks import Task, TaskRunner

MOST_AT_ONCE: Final = 200
"""Different values of one edit (a pasted block) that are judged; the save judges the rest."""

_Place = tuple[int, str]  # a change's draft number and a column
_Asked = tuple[PgType, str]


class CellJudging(QObject):
    """Judges the cells of one grid. UI thread only; tasks do the asking, and the latest text of a cell counts.

    A mark takes nothing away: the text stays staged, and is cleared of its mark when it is edited again.
    """

    marked = Signal()  # some cell has a mark, or lost an edit that changed nothing
    ended = Signal()  # an answer came, whatever it was

    def __init__(self, stager: Stager, runner: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stager, self._runner = stager, runner
        self._judge: CellJudge | None = None
        self._waiting: dict[_Place, Task] = {}
        stager.cells_staged.connect(self.look_at)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._waiting)

    def open(self, judge: CellJudge | None) -> None:
        """Judge the cells of another relation, with this judge; None: nothing is judged."""
        for task in set(self._waiting.values()):
            task.disown()
            task.cancel()
        self._waiting.clear()
        self._judge = judge

    def look_at(self, cells: Sequence[tuple[ShownRow, Column, StagedCell]]) -> None:
        """Have staged cells judged, those only the server can judge."""
        judge = self._judge
        if judge is None:
            return
        changes = self._stager.parts.changes
        wanted: dict[_Asked, None] = {}
        places: dict[_Place, _Asked] = {}
        rows: dict[_Place, Row] = {}
        for shown, column, cell in cells:
            asked = (column.type, cell) if isinstance(cell, str) and needs_server(column.type, cell) else None
            if asked is not None and asked not in wanted and len(wanted) >= MOST_AT_ONCE:
                asked = None
            if asked is None and not self._waiting:
                continue  # of a large block nearly all: nothing more is looked up
            place = self._place_of(changes, shown, column)
            self._forget(place)
            if asked is not None and place is not None:
                wanted[asked] = None
                places[place] = asked
                if shown.row is not None:
                    rows[place] = shown.row
        if not wanted:
            return

        def work(ctx: TaskContext) -> dict[_Asked, Judgement]:
            return {asked: judge.judge(*asked, ctx) for asked in wanted}

        task = self._runner.query(
            work, owner=self, done=lambda found: self._take(changes, places, rows, found), failed=_leave_to_the_save
        )
        self._waiting.update(dict.fromkeys(places, task))
        task.finished.connect(lambda: self._ended(task))

    # Private

    def _place_of(self, changes: ChangeSet, shown: ShownRow, column: Column) -> _Place | None:
        draft = shown.draft if shown.row is None else changes.draft_of(shown.row)
        return None if draft is None else (draft, column.name)

    def _forget(self, place: _Place | None) -> None:
        """Drop what is asked about a cell: it holds another text now."""
        task = self._waiting.pop(place, None) if place is not None else None
        if task is not None and task not in self._waiting.values():
            task.cancel()

    def _take(
        self,
        changes: ChangeSet,
        places: Mapping[_Place, _Asked],
        rows: Mapping[_Place, Row],
        found: Mapping[_Asked, Judgement],
    ) -> None:
        """Mark what is refused, as far as the cells still hold what was judged.

        An edit that is the stored value in other words (10 for 10.00) is taken back: it would change nothing.
        """
        is_other = False
        for place, asked in places.items():
            (draft, column), judgement = place, found.get(asked)
            staged = changes.staged_for(draft)
            if judgement is None or staged is None or staged.values.get(column) != asked[1]:
                continue
            if judgement.refusal is not None:
                changes.reject(draft, column, reason_of(judgement.refusal))
                is_other = True
            elif judgement.was_judged and place in rows and staged.base.get(column) == judgement.canonical is not None:
                with changes.as_one_step(going_on=True):
                    changes.edit(rows[place], column, judgement.canonical)
                is_other = True
        if is_other and changes is self._stager.parts.changes:
            self.marked.emit()

    def _ended(self, task: Task) -> None:
        self._waiting = {place: each for place, each in self._waiting.items() if each is not task}
        self.ended.emit()


def reason_of(report: ServerReport) -> str:
    """Put the server's words into the reason of a mark."""
    return "\n".join(part for part in (report.message, report.detail, report.hint) if part)


def _leave_to_the_save(_error: StudioError) -> None:
    """Say nothing: nobody asked. What could not be judged is judged by the save."""
