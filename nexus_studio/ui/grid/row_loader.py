"""RowLoader: brings pages from the server into a PageCache, one request at a time, the newest wish first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from nexus_studio.core.data.cells import Bookmark, Page, PageRequest, Place, Row, RowCount, RowKey
from nexus_studio.core.data.cost import QueryCost
from nexus_studio.core.data.pagecache import CHEAP_SKIP, PAGE_ROWS, PageCache
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import StudioError
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.rowsource import RowSource
from nexus_studio.ui.grid.row_numbering import RowNumbering
from nexus_studio.ui.kit.tasks import Latest, Task, TaskRunner

FIRST_ROWS: Final = 100
"""Rows wished for when a relation is opened: more than a screen holds."""

MARGIN: Final = 60
"""Rows read ahead on both sides of what is seen."""

SETTLE_MS: Final = 40
"""Milliseconds a new wish waits while an older request runs, so that a fast scroll sends few requests."""

DEAR_SKIP: Final = 500_000
"""Rows that the server skips in more than a moment: such a request is shown as a task."""

CHEAP_COUNT: Final = 200_000
"""Rows that may be counted to find out a row's number."""

_FAR: Final = 2_000


@dataclass(slots=True)
class _Question:
    """A query, the pages of its rows, and what it costs (None: it is cheap, or nobody asked)."""

    query: RowQuery
    cache: PageCache
    cost: QueryCost | None = None


class RowLoader(QObject):
    """Rows of one query by ordinal. UI thread only; `row` never waits.

    A new question (`ask`) keeps the rows of the old one until its first page is here; then `replaced` tells that all
    ordinals mean other rows. When the new question fails, or is given up, the old rows stay.

    A question that makes the server work for long is told by `costly` before it is sent. One that `needs_consent`
    waits for `go_on`, any can be ended by `give_up`.
    """

    arrived = Signal(int, int)  # first and last ordinal that are here now
    anew = Signal()  # another numbering begins: what an ordinal meant before is another row now
    moved = Signal(int)  # all ordinals are larger by so much: the same rows have other numbers
    landed = Signal(int)  # the rows around a place are here (`land`): its ordinal
    replacing = Signal()  # the rows of another question are about to take the place of these
    replaced = Signal(bool)  # they have; True: it was the same question asked again
    total_changed = Signal()
    costly = Signal(object)  # QueryCost of the question that is about to be sent
    given_up = Signal()  # a question will not be answered: the former one's rows stay
    failed = Signal(object)  # StudioError
    busy_changed = Signal(bool)

    def __init__(self, runner: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source: RowSource | None = None
        self._relation: Relation | None = None
        self._now: _Question | None = None
        self._next: _Question | None = None
        self._cache = PageCache()
        self._columns: frozenset[str] | None = None
        self._held: tuple[Page, bool] | None = None
        self._is_holding = False
        self._generation = 0
        self._pages = Latest(runner, self)
        self._running: PageRequest | None = None
        self._broken: PageRequest | None = None
        self._wish: tuple[int, int] | None = None
        self._landing: tuple[Place, int] | None = None
        self._first = 0  # ordinal around which the question asked last shows its rows
        self._is_uncounted = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._send)
        self.requests_sent = 0
        self.last_request: PageRequest | None = None
        self.numbering = RowNumbering(runner, self)
        self.numbering.total_changed.connect(self.total_changed)
        self.numbering.moved.connect(self._renumbered)
        self.numbering.failed.connect(self.failed)

    # ---- what is known

    @property
    def query(self) -> RowQuery | None:
        """The question whose rows are here (or, before the first page, the one asked)."""
        return self._now.query if self._now is not None else None

    @property
    def relation(self) -> Relation | None:
        """The relation whose rows are read."""
        return self._relation

    @property
    def wanted_query(self) -> RowQuery | None:
        """The question asked last, answered or not."""
        return self._next.query if self._next is not None else self.query

    @property
    def total(self) -> RowCount | None:
        """How many rows there are, as far as is known."""
        return self._cache.total

    @property
    def is_exact(self) -> bool:
        """Whether ordinals are true; after a jump into the middle of a long table they are estimates for a while."""
        return self._cache.is_exact

    @property
    def length(self) -> int:
        """Rows to offer: the total, and a page more while the end has not been seen."""
        total, lines = self._cache.total, self._cache.lines
        if total is None:
            return 0
        is_open = not self._cache.sees_end and (total.certainty != "exact" or not self._cache.is_exact)
        if is_open and (lines == 0 or self._cache.row(lines - 1) is not None):
            return lines + PAGE_ROWS
        return lines

    @property
    def is_asking(self) -> bool:
        """Whether a question other than that of the rows shown is being asked, or waits for consent."""
        return self._next is not None

    @property
    def is_dear(self) -> bool:
        """Whether the server works for long to answer the question whose rows are here."""
        cost = self._now.cost if self._now is not None else None
        return cost is not None and cost.is_worth_saying

    @property
    def is_busy(self) -> bool:
        """Whether a page is on its way."""
        return self._running is not None

    def row(self, ordinal: int) -> Row | None:
        """Return a row that is here."""
        return self._cache.row(ordinal)

    def lacks(self, ordinal: int) -> bool:
        """Tell whether a row is not here, or without some of the columns that are wanted."""
        return self._cache.lacks(ordinal)

    def find(self, key: RowKey) -> int | None:
        """Return the ordinal of a row that is here."""
        return self._cache.find(key)

    def mark_before(self, ordinal: int) -> Bookmark | None:
        """Return the nearest bookmark, of the present numbering, of a row before that ordinal."""
        return self._cache.mark_before(ordinal)

    @property
    def known_rows(self) -> int:
        """How many rows the present numbering has, as far as is known."""
        return self._cache.lines

    def positions(self) -> tuple[tuple[Bookmark, ...], bool]:
        """Return bookmarks to count a row's ordinal from, and whether the count will be true.

        Landmarks serve where the positions of a long table are not known.
        """
        total = self.total
        rows = total.value if total is not None else 0
        sure = self._cache.sure_marks()
        if rows <= CHEAP_COUNT or self.numbering.are_positions_known:
            return sure, True
        return tuple(Bookmark(int(mark.fraction * rows), mark.place) for mark in self._cache.landmarks) or sure, False

    # ---- asking

    def open(self, source: RowSource, relation: Relation, query: RowQuery) -> None:
        """Forget everything but the columns looked at, and read the first rows of a query."""
        self._stop()
        self.numbering.stop()
        self._source, self._relation = source, relation
        self._now, self._next, self._held = _Question(query, self._fresh_cache()), None, None
        self._cache = self._now.cache
        self._wish = (0, FIRST_ROWS - 1)
        self._begin(self._now)

    def ask(self, query: RowQuery, first: int = 0) -> None:
        """Ask anew - another question or the same - and show the rows around ordinal `first` when they are here."""
        if self._source is None or self._now is None:
            return
        self._stop()
        cache, cost, former = self._fresh_cache(), None, self._now.query
        if query == former:
            cache.succeed(self._cache, first)
            cost = self._now.cost
        elif query.sorted_by(*former.sort) == former and self.total is not None and self.total.certainty == "exact":
            cache.set_total(self.total)  # the same rows in another order
        self._first = first
        self._held = None
        self._next = _Question(query, cache, cost)
        self._wish = (max(0, first - MARGIN), first + FIRST_ROWS)
        self._begin(self._next, is_known=query == self._now.query)

    def go_on(self) -> None:
        """Send the question that was waiting for consent."""
        self._send()

    def give_up(self) -> None:
        """Send no question, or cancel the one that runs, and keep the former one's rows."""
        self._pages.cancel()
        self._timer.stop()
        self._wish = None
        self._set_running(None)
        self._next = None
        self._landing = None
        self.given_up.emit()

    def set_columns(self, columns: frozenset[str] | None) -> None:
        """Say which columns are looked at: of wide tables only their cells are read. None means all."""
        if columns == self._columns:
            return
        self._columns = columns
        self._cache.set_columns(columns)
        if self._next is not None:
            self._next.cache.set_columns(columns)

    def land(self, place: Place, ordinal: int) -> None:
        """Read the rows from a place of the order on; its ordinal is about that. `landed` tells when they are here."""
        if self._now is None or self._next is not None:
            return
        self._pages.cancel()
        self._timer.stop()
        self._wish = None
        self._landing = place, ordinal
        self._request(self._now, self._cache.around(place, ordinal))

    def hold(self, is_holding: bool) -> None:
        """Keep (or let go again) a new question's rows from replacing the old: an editor stands over them."""
        self._is_holding = is_holding
        if not is_holding and self._held is not None:
            page, is_same = self._held
            self._held = None
            self._replace(page, is_same)

    def want(self, ordinal: int) -> None:
        """Note that a row is missed; one request for all noted goes out at the event loop's next turn."""
        if self._next is not None or self._landing is not None:
            return  # the rows shown now are going to be replaced
        wish = self._wish
        if wish is None or not wish[0] - _FAR <= ordinal <= wish[1] + _FAR:
            self._wish = (ordinal, ordinal)
        else:
            self._wish = (min(wish[0], ordinal), max(wish[1], ordinal))
        if not self._timer.isActive():
            self._timer.start(SETTLE_MS if self._running is not None else 0)

    def want_now(self, first: int, last: int) -> None:
        """Ask at once for rows that somebody jumped to, unless they are here; nobody paints before that."""
        if self._next is None and self._landing is None and (self.lacks(first) or self.lacks(last)):
            self._wish = (first, last)
            if self._running is None:
                self._send()
            elif not self._timer.isActive():
                self._timer.start(SETTLE_MS)

    def count(self) -> Task | None:
        """Count exactly, as a task the window shows."""
        return self.numbering.count()

    def close(self) -> None:
        """Cancel what runs and forget the source."""
        self._stop()
        self.numbering.stop()
        self._source = None

    # ---- private

    def _fresh_cache(self) -> PageCache:
        self._generation += 1
        cache = PageCache()
        cache.reset(self._generation)
        cache.set_columns(self._columns)
        return cache

    def _stop(self) -> None:
        self._timer.stop()
        self._pages.cancel()
        self._broken = None
        self._landing = None
        self._set_running(None)

    def _begin(self, question: _Question, *, is_known: bool = False) -> None:
        """Send a question's first request; what is filtered or sorted is weighed on the way."""
        self._is_uncounted = True
        query = question.query
        if is_known or query == RowQuery(query.relation):
            self._tell_and_send(question.cost)
            return
        source, relation, wish = self._source, self._relation, self._wish
        request = question.cache.plan(*wish) if wish is not None else None
        if source is None or relation is None or request is None:
            return

        def work(ctx: TaskContext) -> tuple[QueryCost, Page | None]:
            cost = source.cost(relation, query, ctx)
            if cost.is_worth_saying:
                return cost, None
            return cost, source.fetch(relation, query, request, question.cache.generation, ctx)

        def take(found: tuple[QueryCost, Page | None]) -> None:
            cost, page = found
            question.cost = cost
            question.cache.sorts = cost.rows_sorted > 0
            if page is not None:
                self._take(page)
                return
            self._set_running(None)
            self._tell_and_send(cost)

        self._set_running(request)
        self.requests_sent += 1
        self._pages.start(work, take, self._take_failure)

    def _tell_and_send(self, cost: QueryCost | None) -> None:
        if cost is not None and cost.is_worth_saying:
            self.costly.emit(cost)
            if cost.needs_consent:
                return
        self._send()

    def _send(self) -> None:
        question, wish = self._next or self._now, self._wish
        if question is None or wish is None or self._source is None:
            return
        if self._running is not None and _overlap(self._running, wish):
            return  # asked for already; what is still missing then is noted again when it is painted
        cache = question.cache
        request = cache.plan(wish[0], wish[1]) or cache.plan(wish[0] - MARGIN, wish[1] + MARGIN)
        self._wish = None
        if request is not None and request != self._broken:
            self._request(question, request)

    def _request(self, question: _Question, request: PageRequest) -> None:
        source, relation = self._source, self._relation
        if source is None or relation is None:
            return
        query, generation, cost = question.query, question.cache.generation, question.cost
        self._set_running(request)
        self.requests_sent += 1
        is_dear = (cost is not None and cost.is_worth_saying) or request.skip > DEAR_SKIP
        title = self.tr("Reading rows of {relation}").format(relation=relation.name) if is_dear else ""
        task = self._pages.start(
            lambda ctx: source.fetch(relation, query, request, generation, ctx), self._take, self._take_failure, title
        )
        if title:
            task.finished.connect(lambda: self._end_dear(request))

    def _end_dear(self, request: PageRequest) -> None:
        """Give up where a request ended without an answer: somebody stopped it among the running tasks."""
        if self._running is request:
            self.give_up()

    def _take(self, page: Page) -> None:
        request = self._running
        self._set_running(None)
        self._broken = None
        if self._next is not None and self._now is not None:
            is_same = self._next.query == self._now.query
            if self._is_holding:
                self._held = (page, is_same)
            else:
                self._replace(page, is_same)
            return
        arrival = self._cache.store(page)
        if arrival is None:
            return
        if arrival.is_anew:
            self.anew.emit()
        if arrival.moved:
            self.moved.emit(arrival.moved)
        self._count_soon()
        if request is not None and (request.is_guess or request.skip > CHEAP_SKIP):
            self.numbering.learn_positions()
        self.total_changed.emit()
        self.arrived.emit(arrival.rows.start, max(arrival.rows.start, arrival.rows.stop - 1))
        if self._landing is not None:
            self._landing = None
            self.landed.emit(arrival.rows.start)

    def _replace(self, page: Page, is_same: bool) -> None:
        question = self._next
        if question is None or page.generation != question.cache.generation:
            return
        self.replacing.emit()
        self._now, self._next = question, None
        self._cache = question.cache
        arrival = self._cache.store(page)
        self._count_soon(is_same=is_same)
        self.replaced.emit(is_same)
        if arrival is not None and arrival.moved:
            self.moved.emit(arrival.moved)

    def _count_soon(self, *, is_same: bool = False) -> None:
        """Learn about the number of rows once the first are here, never on the way to them."""
        if self._is_uncounted and self._now is not None and self._source is not None and self._relation is not None:
            self._is_uncounted = False
            self.numbering.follow(self._cache, self._source, self._relation, self._now.query, is_same=is_same)
            self.numbering.estimate()

    def _renumbered(self, delta: int) -> None:
        """The same rows have other ordinals now: what runs was asked for by the old ones, and is asked for again."""
        landing, again = self._landing, self._next
        if again is None:
            self._pages.cancel()
            self._set_running(None)
            self._wish = None
        self.moved.emit(delta)
        if again is not None and self._now is not None and again.query == self._now.query:
            self.ask(again.query, max(0, self._first + delta))
        elif landing is not None:
            self.land(landing[0], max(0, landing[1] + delta))

    def _take_failure(self, error: StudioError) -> None:
        self._broken = self._running
        self._set_running(None)
        self._next = None
        self._landing = None
        self.failed.emit(error)

    def _set_running(self, request: PageRequest | None) -> None:
        self.last_request = request or self.last_request
        was_busy, self._running = self._running is not None, request
        if was_busy != (request is not None):
            self.busy_changed.emit(request is not None)


def _overlap(request: PageRequest, wish: tuple[int, int]) -> bool:
    return request.start <= wish[1] and wish[0] < request.start + request.count
