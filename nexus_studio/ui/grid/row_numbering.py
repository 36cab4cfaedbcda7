"""RowNumbering: learns behind the rows how many there are, where jumps land, and which row is which."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Signal

from nexus_studio.core.data.cells import Bookmark, Landmark, RowCount
from nexus_studio.core.data.pagecache import CHEAP_SKIP, PAGE_ROWS, PageCache
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import StudioError
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.rowsource import RowSource
from nexus_studio.ui.kit.tasks import Lane, Latest, Task, TaskRunner

POSITIONS: Final = 16_384
"""Places a sparse index of positions holds, whatever the number of rows: some megabytes."""

MOST_SORTED: Final = 20_000_000
"""Rows of an order without an index that are sorted for their positions: more would burden the server for minutes."""


class RowNumbering(QObject):
    """What is learned about the rows of one question, each in a query of its own. UI thread only.

    Nothing of it is needed to show rows: what fails is done without.
    """

    total_changed = Signal()
    moved = Signal(int)  # all ordinals are larger by so much; from now on they are true
    failed = Signal(object)  # StudioError: an exact count that was asked for could not be had

    def __init__(self, runner: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._estimates = Latest(runner, self)
        self._counts = Latest(runner, self)
        self._positions = Latest(runner, self)
        self._located = Latest(runner, self)
        self._cache = PageCache()
        self._source: RowSource | None = None
        self._relation: Relation | None = None
        self._query: RowQuery | None = None
        self._found: list[Bookmark] = []
        self._taken = 0
        self._is_tried = False  # positions of this cache's rows were asked for
        self.are_positions_known = False
        """Whether the positions of the question's rows are known all along."""

    def follow(
        self, cache: PageCache, source: RowSource, relation: Relation, query: RowQuery, *, is_same: bool = False
    ) -> None:
        """Serve another question's cache from now on. `is_same`: it is the same question, and what is learned stays."""
        self._estimates.cancel()
        self._located.cancel()
        self._cache, self._source, self._relation, self._query = cache, source, relation, query
        if is_same:
            self._taken = 0
            self._harvest()
            self.locate()
            return
        self.stop()
        self._found, self._taken, self._is_tried, self.are_positions_known = [], 0, False, False

    def stop(self) -> None:
        """Cancel whatever is being learned."""
        for latest in (self._estimates, self._counts, self._positions, self._located):
            latest.cancel()

    def estimate(self) -> None:
        """Estimate once the first rows are here; for a long table also learn where jumps land."""
        source, relation, query, cache = self._source, self._relation, self._query, self._cache
        if source is None or relation is None or query is None or cache.known_end is not None:
            return

        def work(ctx: TaskContext) -> tuple[RowCount, tuple[Landmark, ...]]:
            count = source.estimate(relation, query, ctx)
            return count, source.landmarks(relation, query, ctx) if count.value > CHEAP_SKIP else ()

        def take(found: tuple[RowCount, tuple[Landmark, ...]]) -> None:
            count, landmarks = found
            cache.set_landmarks(landmarks)
            if cache.known_end is None:
                cache.set_total(count)
                self.total_changed.emit()

        self._estimates.start(work, take, _ignore)

    def count(self) -> Task | None:
        """Count exactly, as a task the window shows."""
        source, relation, query = self._source, self._relation, self._query
        if source is None or relation is None or query is None:
            return None

        return self._counts.start(
            lambda ctx: source.count(relation, query, ctx),
            self._take_count,
            self.failed.emit,
            self.tr("Counting rows of {relation}").format(relation=relation.name),
        )

    def learn_positions(self) -> None:
        """Learn the position of every so manieth row, as a task the window shows: jumps are exact afterwards."""
        source, relation, query, cache = self._source, self._relation, self._query, self._cache
        total = cache.total
        if self._is_tried or source is None or relation is None or query is None or total is None:
            return
        self._is_tried = True
        if cache.sorts and total.value > MOST_SORTED:
            return
        found = self._found = []
        self._taken = 0
        step = max(5 * PAGE_ROWS, -(-total.value // POSITIONS))
        task = self._positions.start(
            lambda ctx: source.index_positions(relation, query, step, found, ctx),
            self._take_positions,
            _ignore,
            self.tr("Learning row numbers of {relation}").format(relation=relation.name),
            lane=Lane.LEARN,
        )
        task.progressed.connect(self._harvest)

    def locate(self) -> None:
        """Find out which row is which where that is only a guess."""
        source, relation, query, cache = self._source, self._relation, self._query, self._cache
        mark, known = cache.mark_near(0), cache.sure_marks()
        if cache.is_exact or source is None or relation is None or query is None or mark is None or not known:
            return

        def take(ordinal: int) -> None:
            if moved := cache.settle(mark, ordinal):
                self.moved.emit(moved)
            self.total_changed.emit()

        self._located.start(lambda ctx: source.locate(relation, query, mark.place, known, ctx), take, _ignore)

    def _harvest(self, _progress: object = None) -> None:
        """Take what the worker found by now: it only ever appends."""
        stop = len(self._found)
        self._cache.learn(self._found[self._taken : stop])
        self._taken = stop

    def _take_positions(self, count: RowCount) -> None:
        self._harvest()
        self.are_positions_known = True
        self._take_count(count)
        self.locate()

    def _take_count(self, count: RowCount) -> None:
        self._cache.set_total(count)
        if moved := self._cache.settle_end():
            self.moved.emit(moved)
        self.total_changed.emit()


def _ignore(_error: StudioError) -> None:
    """What was to be learned is no loss: the rows themselves will say what is wrong."""
