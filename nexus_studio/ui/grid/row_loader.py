"""RowLoader: brings pages from the server into a PageCache, one request at a time, the newest wish first."""

from __future__ import annotations

from collections import deque
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from nexus_studio.core.data.cells import Bookmark, Page, PageRequest, Row, RowCount, RowKey
from nexus_studio.core.data.pagecache import PAGE_ROWS, PageCache
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import StudioError
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.services.rowsource import RowSource
from nexus_studio.ui.kit.tasks import Latest, Task, TaskRunner

FIRST_ROWS: Final = 100
"""Rows wished for when a relation is opened: more than a screen holds."""

MARGIN: Final = 60
"""Rows read ahead on both sides of what is seen."""

SETTLE_MS: Final = 40
"""Milliseconds a new wish waits while an older request runs, so that a fast scroll sends few requests."""

_FAR: Final = 2_000
_BOOKMARKS_KEPT: Final = 32
_CHEAP_SKIP: Final = 5_000


class RowLoader(QObject):
    """Rows of one query by ordinal. UI thread only; `row` never waits.

    A new question (`ask`) keeps the rows of the old one until its first page is here; then `replaced` tells that all
    ordinals mean other rows. When the new question fails, the old rows stay.
    """

    arrived = Signal(int, int)  # first and last ordinal that are here now
    replacing = Signal()  # the rows of another question are about to take the place of these
    replaced = Signal(bool)  # they have; True: it was the same question asked again
    total_changed = Signal()
    failed = Signal(object)  # StudioError
    busy_changed = Signal(bool)

    def __init__(self, runner: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._source: RowSource | None = None
        self._relation: Relation | None = None
        self._query: RowQuery | None = None
        self._cache = PageCache()
        self._next: PageCache | None = None
        self._uncounted: PageCache | None = None
        self._next_query: RowQuery | None = None
        self._held: tuple[Page, bool] | None = None
        self._is_holding = False
        self._generation = 0
        self._pages = Latest(runner, self)
        self._estimates = Latest(runner, self)
        self._counts = Latest(runner, self)
        self._running: PageRequest | None = None
        self._broken: PageRequest | None = None
        self._wish: tuple[int, int] | None = None
        self._bookmarks: deque[Bookmark] = deque(maxlen=_BOOKMARKS_KEPT)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._send)
        self.requests_sent = 0

    @property
    def query(self) -> RowQuery | None:
        """The question whose rows are here (or, before the first page, the one asked)."""
        return self._query

    @property
    def wanted_query(self) -> RowQuery | None:
        """The question asked last, answered or not."""
        return self._next_query or self._query

    @property
    def total(self) -> RowCount | None:
        """How many rows there are, as far as is known."""
        return self._cache.total

    @property
    def length(self) -> int:
        """Rows to offer: the total, and a page more while the end has not been seen."""
        total = self._cache.total
        if total is None:
            return 0
        if total.certainty != "exact" and (total.value == 0 or self._cache.row(total.value - 1) is not None):
            return total.value + PAGE_ROWS
        return total.value

    @property
    def is_busy(self) -> bool:
        """Whether a page is on its way."""
        return self._running is not None

    def open(self, source: RowSource, relation: Relation, query: RowQuery) -> None:
        """Forget everything and read the first rows of a query."""
        self._stop()
        self._source, self._relation = source, relation
        self._generation += 1
        self._cache = PageCache()
        self._cache.reset(self._generation)
        self._query, self._next_query, self._next, self._held = query, None, None, None
        self._bookmarks.clear()
        self._wish = (0, FIRST_ROWS - 1)
        self._uncounted = self._cache
        self._send()

    def ask(self, query: RowQuery, first: int = 0) -> None:
        """Ask anew - another question or the same - and show the rows around ordinal `first` when they are here."""
        if self._source is None:
            return
        self._stop()
        self._generation += 1
        self._next = PageCache()
        self._next.reset(self._generation)
        self._held = None
        self._next_query = query
        if query == self._query:
            self._seed(self._next, first)
        self._wish = (max(0, first - MARGIN), first + FIRST_ROWS)
        self._uncounted = self._next
        self._send()

    def hold(self, is_holding: bool) -> None:
        """Keep (or let go again) a new question's rows from replacing the old: an editor stands over them."""
        self._is_holding = is_holding
        if not is_holding and self._held is not None:
            page, is_same = self._held
            self._held = None
            self._replace(page, is_same)

    def row(self, ordinal: int) -> Row | None:
        """Return a row that is here."""
        return self._cache.row(ordinal)

    def find(self, key: RowKey) -> int | None:
        """Return the ordinal of a row that is here."""
        return self._cache.find(key)

    def want(self, ordinal: int) -> None:
        """Note that a row is missed; one request for all noted goes out at the event loop's next turn."""
        if self._next is not None:
            return  # the rows shown now are going to be replaced
        wish = self._wish
        if wish is None or not wish[0] - _FAR <= ordinal <= wish[1] + _FAR:
            self._wish = (ordinal, ordinal)
        else:
            self._wish = (min(wish[0], ordinal), max(wish[1], ordinal))
        if not self._timer.isActive():
            self._timer.start(SETTLE_MS if self._running is not None else 0)

    def count(self) -> Task | None:
        """Count exactly, as a task the window shows."""
        source, relation, query, cache = self._source, self._relation, self._query, self._cache
        if source is None or relation is None or query is None:
            return None
        return self._counts.start(
            lambda ctx: source.count(relation, query, ctx),
            lambda count: self._take_count(cache, count),
            self.failed.emit,
            self.tr("Counting rows of {relation}").format(relation=relation.name),
        )

    def close(self) -> None:
        """Cancel what runs and forget the source."""
        self._stop()
        self._counts.cancel()
        self._source = None

    def _stop(self) -> None:
        self._timer.stop()
        self._pages.cancel()
        self._estimates.cancel()
        self._counts.cancel()
        self._broken = None
        self._set_running(None)

    def _seed(self, cache: PageCache, first: int) -> None:
        """Give a fresh cache the bookmarks of the old one where counting from the start would take long."""
        if first < _CHEAP_SKIP:
            return
        for bookmark in self._bookmarks:
            cache.store(Page(bookmark.ordinal, (), (), cache.generation, (bookmark,)))

    def _send(self) -> None:
        cache, query = self._next or self._cache, self._next_query or self._query
        source, relation, wish = self._source, self._relation, self._wish
        if source is None or relation is None or query is None or wish is None:
            return
        if self._running is not None and _overlap(self._running, wish):
            return  # asked for already; what is still missing then is noted again when it is painted
        request = cache.plan(wish[0], wish[1]) or cache.plan(wish[0] - MARGIN, wish[1] + MARGIN)
        self._wish = None
        if request is None or request == self._broken:
            return
        generation = cache.generation
        self._set_running(request)
        self.requests_sent += 1
        self._pages.start(
            lambda ctx: source.fetch(relation, query, request, generation, ctx), self._take, self._take_failure
        )

    def _take(self, page: Page) -> None:
        self._set_running(None)
        self._broken = None
        if self._next is not None:
            is_same = self._next_query == self._query
            if self._is_holding:
                self._held = (page, is_same)
            else:
                self._replace(page, is_same)
            return
        here = self._cache.store(page)
        if here is None:
            return
        self._count_soon()
        self._keep_bookmarks(page)
        self.total_changed.emit()
        self.arrived.emit(here.start, max(here.start, here.stop - 1))

    def _replace(self, page: Page, is_same: bool) -> None:
        cache = self._next
        if cache is None or page.generation != cache.generation:
            return
        self.replacing.emit()
        self._cache, self._next = cache, None
        self._query, self._next_query = self._next_query or self._query, None
        cache.store(page)
        self._bookmarks.clear()
        self._keep_bookmarks(page)
        self._count_soon()
        self.replaced.emit(is_same)

    def _count_soon(self) -> None:
        """Estimate once the first rows are here, never on the way to them; not at all when they are all there is."""
        cache, self._uncounted = self._uncounted, None
        if cache is self._cache and cache.known_end is None:
            self._estimate(cache)

    def _take_failure(self, error: StudioError) -> None:
        self._broken = self._running
        self._set_running(None)
        self._next, self._next_query = None, None
        self.failed.emit(error)

    def _keep_bookmarks(self, page: Page) -> None:
        self._bookmarks.extend(page.marks)

    def _estimate(self, cache: PageCache) -> None:
        source, relation, query = self._source, self._relation, self._query
        if source is None or relation is None or query is None:
            return
        self._estimates.start(
            lambda ctx: source.estimate(relation, query, ctx), lambda count: self._take_count(cache, count), _ignore
        )

    def _take_count(self, cache: PageCache, count: RowCount) -> None:
        if cache.known_end is not None and count.certainty != "exact":
            return
        cache.set_total(count)
        if cache is self._cache:
            self.total_changed.emit()

    def _set_running(self, request: PageRequest | None) -> None:
        was_busy, self._running = self._running is not None, request
        if was_busy != (request is not None):
            self.busy_changed.emit(request is not None)


def _overlap(request: PageRequest, wish: tuple[int, int]) -> bool:
    return request.start <= wish[1] and wish[0] < request.start + request.count


def _ignore(_error: StudioError) -> None:
    """An estimate that fails is no loss: the pages themselves will say what is wrong."""
