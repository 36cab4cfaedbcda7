"""RowSource: pages, counts, whole cells and labels of rows, read from the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from sqlalchemy import Connection

from nexus_studio.core.data.cells import Bookmark, Cell, Landmark, Page, PageRequest, Place, Row, RowCount, RowKey
from nexus_studio.core.data.cost import QueryCost
from nexus_studio.core.data.filters import raws_of
from nexus_studio.core.data.pagecache import PAGE_ROWS
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.data.targets import FoundTargets, TargetKey
from nexus_studio.core.errors import EditConflict, TimedOut
from nexus_studio.core.schema.catalog import ForeignKey, Relation
from nexus_studio.core.sql.explain import Explain
from nexus_studio.core.sql.expressions import VERSION, has_version
from nexus_studio.core.sql.related import count_up_to, label_of, labels_statement
from nexus_studio.core.sql.select import (
    PageStatement,
    cells_statement,
    count_statement,
    matching_statement,
    row_statement,
)
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.explaining import cost_of, is_surely_cheap
from nexus_studio.services.landmarks import read_landmarks
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.pagestatements import PageStatements
from nexus_studio.services.positions import Positions
from nexus_studio.services.session import Session
from nexus_studio.services.targetsearch import find_targets, targets_pointing

SEARCH_TIMEOUT_MS: Final = 20_000
"""A quick search reads the whole table where no index helps; it must not do so for ever."""

RELATED_TIMEOUT_MS: Final = 2_000
RELATED_BOUND: Final = 1001


class RowSource:
    """Reads rows through a session. Any thread; it remembers nothing but how statements are written.

    All methods raise what `Session.read` raises, and `InvalidFilter` where they take a query.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._statements = PageStatements()

    @property
    def session(self) -> Session:
        """The session that rows are read through, for what is read beside them (whole rows, sums)."""
        return self._session

    def fetch(
        self, relation: Relation, query: RowQuery, request: PageRequest, generation: int, ctx: TaskContext
    ) -> Page:
        """Read one page, in one statement (two where rows are sorted by documents or have no key).

        Raises:
            InvalidFilter: when filter or sort do not fit the relation.
            TimedOut: when a quick search took longer than `SEARCH_TIMEOUT_MS`.
        """
        timeout = SEARCH_TIMEOUT_MS if query.search else None
        # Of one snapshot: the places of long cells are read by a second statement.
        with self._reading(relation, ctx, timeout, query=query, one_snapshot=True) as connection:
            written = self._statements.written(connection, relation, query, request, narrow=True)
            records = written.read(connection, request)
            asked = written.asked
            full = request.count + (not asked.is_clamped)
            if len(records) < full and (asked.is_bounded or asked.is_clamped):
                written = self._statements.written(connection, relation, query, request, narrow=False)
                records, asked = written.read(connection, request), written.asked
            more = len(records) > request.count
            rows = asked.layout.rows(records[: request.count])
            beyond = asked.layout.key_of(records[request.count]) if more else None
            backward = request.backward and asked.ordering.is_total
            if backward:
                rows.reverse()
            start = request.start + request.count - len(rows) if backward else request.start
            marks = self._marks(connection, relation, asked, start, rows)
        is_from_edge = request.after is None and request.near is None and request.skip == 0
        # What was read up to `until` only says nothing of what comes behind.
        is_end = not more and not asked.is_clamped
        return Page(
            start,
            tuple(rows),
            asked.layout.columns,
            generation,
            marks,
            is_first=is_end if backward else is_from_edge,
            is_last=is_from_edge if backward else is_end,
            beyond=beyond,
            unread=frozenset(asked.layout.unread),
            order=asked.layout.order(asked.ordering),
        )

    def cost(self, relation: Relation, query: RowQuery, ctx: TaskContext) -> QueryCost:
        """Say what the first page of a query costs, from the planner, before it is asked for: some milliseconds.

        Raises:
            InvalidFilter: when filter or sort do not fit the relation.
        """
        if is_surely_cheap(relation, query):
            return QueryCost()
        with self._reading(relation, ctx, query=query) as connection:
            return cost_of(connection, self._session, relation, query, SEARCH_TIMEOUT_MS)

    def landmarks(self, relation: Relation, query: RowQuery, ctx: TaskContext) -> tuple[Landmark, ...]:
        """Return places of the query's order known from statistics, ascending by fraction; () where there are none."""
        with self._reading(relation, ctx) as connection:
            return read_landmarks(connection, relation, query)

    def index_positions(
        self, relation: Relation, query: RowQuery, step: int, found: list[Bookmark], ctx: TaskContext
    ) -> RowCount:
        """Append a bookmark of every `step`-th row to `found` as they are found; return the exact count.

        See `Positions.index`: it may take minutes, and keeps the server half busy at most where an index helps.
        """
        return self._positions(relation, query).index(step, found, ctx)

    def locate(
        self, relation: Relation, query: RowQuery, place: Place, known: Sequence[Bookmark], ctx: TaskContext
    ) -> int:
        """Return the ordinal of the first row at or after a place, counted from the nearest of the known bookmarks."""
        return self._positions(relation, query).locate(place, known, ctx)

    def place_of(self, relation: Relation, query: RowQuery, key: RowKey, ctx: TaskContext) -> Place | None:
        """Return a row's place in the query's order; None when it is gone or the filter leaves it out."""
        return self._positions(relation, query).place_of(key, ctx)

    def estimate(self, relation: Relation, query: RowQuery, ctx: TaskContext) -> RowCount:
        """Guess the number of rows: the planner's guess, from today's size of the table and its statistics.

        It works for tables that were never analysed too, and takes the same fraction of a millisecond as reltuples.
        """
        with self._reading(relation, ctx, query=query) as connection:
            plan = connection.execute(Explain(matching_statement(relation, query))).scalar_one()
        return RowCount(int(plan[0]["Plan"]["Plan Rows"]), "estimate")

    def count(self, relation: Relation, query: RowQuery, ctx: TaskContext) -> RowCount:
        """Count the rows exactly. Reads the whole table: run it as a task of its own.

        Raises:
            TimedOut: code "timeout.count", when the server's patience ended before.
        """
        try:
            with self._reading(relation, ctx, query=query) as connection:
                return RowCount(connection.execute(count_statement(relation, query)).scalar_one(), "exact")
        except TimedOut as error:
            if error.code != TimedOut.default_code:
                raise
            raise TimedOut("timeout.count", report=error.report) from error

    def whole_cell(
        self, relation: Relation, key: RowKey, column: str, ctx: TaskContext, *, version: str | None = None
    ) -> Cell:
        """Read one cell whole; see `whole_cells`."""
        return self.whole_cells(relation, key, (column,), ctx, version=version)[column]

    def whole_cells(
        self,
        relation: Relation,
        key: RowKey,
        columns: Sequence[str],
        ctx: TaskContext,
        *,
        version: str | None = None,
    ) -> dict[str, Cell]:
        """Read several cells of one row whole.

        Args:
            relation: The row's.
            key: Of the row.
            columns: Which cells.
            ctx: Whose token cancels it.
            version: `Row.version` of the row as it is known, if it must still be that one: without a key another row
                may have come into its place.

        Raises:
            EditConflict: code "rows.vanished", when the row is gone; "rows.changed", when it was changed since.
        """
        asked = (*columns, VERSION) if version is not None and has_version(relation) else tuple(columns)
        with self._reading(relation, ctx) as connection:
            found = _whole(connection, relation, key, asked)
        refuse_other(relation, key, version, found.pop(VERSION, None))
        return found

    def revealed(
        self, relation: Relation, key: RowKey, column: str, ctx: TaskContext, *, version: str | None = None
    ) -> Cell:
        """Read one cell that the connection hides. Who asks has it noted in the history first.

        Raises:
            EditConflict: as `whole_cells`.
        """
        asked = (column, VERSION) if version is not None and has_version(relation) else (column,)
        with self._reading(relation, ctx) as connection:
            found = _whole(connection, relation, key, asked, reveals=True)
        refuse_other(relation, key, version, found.pop(VERSION, None))
        return found[column]

    def row_by_key(self, relation: Relation, key: RowKey, ctx: TaskContext) -> Row | None:
        """Read one row as a page would hold it; None when it is gone."""
        statement, layout = row_statement(relation, key)
        with self._reading(relation, ctx) as connection:
            record = connection.execute(statement).first()
        return None if record is None else layout.row(record)

    def labels(
        self,
        target: Relation,
        key_columns: Sequence[str],
        label_columns: Sequence[str],
        keys: Sequence[tuple[Cell, ...]],
        ctx: TaskContext,
    ) -> dict[tuple[Cell, ...], str]:
        """Read the labels of the rows that foreign keys point to; keys without a row, or with a NULL, are left out."""
        wanted = [key for key in dict.fromkeys(keys) if None not in key]
        if not wanted or not label_columns or not target.masked.isdisjoint((*key_columns, *label_columns)):
            return {}
        with self._reading(target, ctx) as connection:
            records = connection.execute(labels_statement(target, key_columns, label_columns, wanted)).all()
        return {wanted[record[0]]: label_of(record[1:]) for record in records}

    def search(
        self,
        target: Relation,
        key_columns: Sequence[str],
        label_columns: Sequence[str],
        text: str,
        limit: int,
        ctx: TaskContext,
    ) -> list[tuple[tuple[Cell, ...], str]]:
        """Find rows as `find_targets` does: (key, label) pairs."""
        return list(self.find_targets(target, key_columns, label_columns, text, limit, ctx).rows)

    def find_targets(
        self,
        target: Relation,
        key_columns: Sequence[str],
        label_columns: Sequence[str],
        text: str,
        limit: int,
        ctx: TaskContext,
    ) -> FoundTargets:
        """Find rows by key and label for a foreign key to point to, and say what was searched; see `targetsearch`."""
        if not target.masked.isdisjoint(key_columns):
            return FoundTargets()  # the list itself would tell
        labels = tuple(name for name in label_columns if name not in target.masked)
        return find_targets(self._session, target, key_columns, labels, text, limit, ctx)

    def targets_pointing(
        self,
        target: Relation,
        key_columns: Sequence[str],
        column: str,
        cells: Sequence[Cell],
        limit: int,
        ctx: TaskContext,
    ) -> list[tuple[TargetKey, Cell]]:
        """Find the rows whose column holds one of these cells: (key, that cell) pairs; see `targetsearch`."""
        return targets_pointing(self._session, target, key_columns, column, cells, limit, ctx)

    def related_counts(
        self, referencing: Sequence[tuple[Relation, ForeignKey]], cells: Mapping[str, Cell], ctx: TaskContext
    ) -> dict[ForeignKey, RowCount]:
        """Count the rows that point at one row: up to `RELATED_BOUND`, for `RELATED_TIMEOUT_MS` each ("at least" then).

        `cells` holds the row's cells by column name, at least those the foreign keys point to.
        """
        found: dict[ForeignKey, RowCount] = {}
        for relation, key in referencing:
            values = [cells.get(column) for column in key.target_columns]
            if None in values or not all(relation.column(name).may_select for name in key.columns):
                found[key] = RowCount(0, "exact" if None in values else "at least")
                continue
            statement = count_up_to(relation, key.columns, values, RELATED_BOUND)
            try:
                with self._reading(relation, ctx, RELATED_TIMEOUT_MS) as connection:
                    count = connection.execute(statement).scalar_one()
            except TimedOut:
                found[key] = RowCount(0, "at least")
                continue
            found[key] = RowCount(min(count, RELATED_BOUND - 1), "exact" if count < RELATED_BOUND else "at least")
        return found

    def _positions(self, relation: Relation, query: RowQuery) -> Positions:
        return Positions(partial(self._reading, query=query), relation, query)

    @contextmanager
    def _reading(
        self,
        relation: Relation,
        ctx: TaskContext,
        timeout_ms: int | None = None,
        *,
        query: RowQuery | None = None,
        one_snapshot: bool = False,
    ) -> Iterator[Connection]:
        runs_raw = query is not None and any(raws_of(query.filter))
        reading = self._session.read(ctx, timeout_ms=timeout_ms, one_snapshot=one_snapshot, runs_raw=runs_raw)
        with reading as connection:
            reach_operators(connection, (relation,))
            yield connection

    def _marks(
        self, connection: Connection, relation: Relation, asked: PageStatement, start: int, rows: Sequence[Row]
    ) -> tuple[Bookmark, ...]:
        """Return the bookmarks of a page's ends and of the rows at the page boundaries within."""
        if not asked.ordering.is_total or not rows:
            return ()
        last = len(rows) - 1
        wanted = {0, last}
        for at in range(-start % PAGE_ROWS, last + 1, PAGE_ROWS):
            wanted |= {max(at - 1, 0), at}
        return tuple(Bookmark(start + at, self._place(connection, relation, asked, rows[at])) for at in sorted(wanted))

    def _place(self, connection: Connection, relation: Relation, asked: PageStatement, row: Row) -> tuple[Cell, ...]:
        """Return a row's place in the order, whole."""
        place = asked.layout.place(row, asked.ordering)
        cut = asked.layout.cut_places(row, asked.ordering)
        if not cut:
            return place
        whole = _whole(connection, relation, row.key, cut)
        items = asked.ordering.items
        return tuple(whole.get(item.column, cell) for item, cell in zip(items, place, strict=True))


def refuse_other(relation: Relation, key: RowKey, known: str | None, found: Cell) -> None:
    """Refuse a row that is not the version that is known; either None: nobody can tell.

    Raises:
        EditConflict: code "rows.changed"; "rows.vanished" where another row may have come into its place.
    """
    if known is not None and found is not None and known != found:
        raise EditConflict("rows.vanished" if key.by_place else "rows.changed", relation=str(relation.name))


def _whole(
    connection: Connection, relation: Relation, key: RowKey, columns: Sequence[str], *, reveals: bool = False
) -> dict[str, Cell]:
    record = connection.execute(cells_statement(relation, key, columns, reveals=reveals)).first()
    if record is None:
        raise EditConflict("rows.vanished", relation=str(relation.name))
    return dict(zip(columns, record, strict=True))
