"""Positions: an order's sparse index (a bookmark every so many rows), and what is found with its help."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

from sqlalchemy import Connection

from nexus_studio.core.data.cells import Bookmark, Place, RowCount, RowKey
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.explain import Explain
from nexus_studio.core.sql.expressions import named, table_of
from nexus_studio.core.sql.ordering import ordering_of
from nexus_studio.core.sql.positions import (
    FROM,
    between_statement,
    nearest_statement,
    numbered_statement,
    place_statement,
    step_statements,
)
from nexus_studio.core.sql.seek import slot_values
from nexus_studio.core.sql.select import count_statement, matching_statement
from nexus_studio.core.tasks import CancelToken, Progress, TaskContext
from nexus_studio.services.pagestatements import Plain, plain

Reading = Callable[[Relation, TaskContext], AbstractContextManager[Connection]]
"""Opens a read transaction in which the operators of the relation's types are found."""

_WORK_S: Final = 0.05
"""How long a transaction steps on before it ends and the server gets a rest of the same length."""

_CANDIDATES: Final = 250
"""Bookmarks that are compared with a place at once: two rounds find one among 60 000."""


class Positions:
    """Numbers the rows of one query. Any thread."""

    def __init__(self, reading: Reading, relation: Relation, query: RowQuery) -> None:
        self._reading = reading
        self._relation = relation
        self._query = query

    def index(self, step: int, found: list[Bookmark], ctx: TaskContext) -> RowCount:
        """Append the bookmarks of rows step-1, 2*step-1 ... to `found` as they are found; return the exact count.

        Where an index serves the order it is followed in short transactions, the server resting half of the time; else
        all rows are sorted, in one statement. Where the order is not total the rows are only counted.

        Raises:
            InvalidFilter: when filter or sort do not fit the relation.
            Cancelled: at once when the token is cancelled.
        """
        ordering = ordering_of(self._relation, named(table_of(self._relation)), self._query)
        with self._reading(self._relation, ctx) as connection:
            if not ordering.is_total:
                return RowCount(connection.execute(count_statement(self._relation, self._query)).scalar_one(), "exact")
            plan = connection.execute(Explain(matching_statement(self._relation, self._query))).scalar_one()
            total = int(plan[0]["Plan"]["Plan Rows"])
            ctx.report(Progress("rows.positions", 0, total, "rows"))
            if not self._is_served(connection, step):
                return self._sort(connection, step, found)
        walk = _Walk(self._relation, self._query, step, found)
        while not walk.is_done:
            begun = time.monotonic()
            with self._reading(self._relation, ctx) as connection:
                while not walk.is_done and time.monotonic() - begun < _WORK_S:
                    walk.go_on(connection)
                    ctx.report(Progress("rows.positions", min(walk.passed, total), total, "rows"))
            _rest(time.monotonic() - begun, ctx.token)
        return RowCount(walk.passed, "exact")

    def locate(self, place: Place, known: Sequence[Bookmark], ctx: TaskContext) -> int:
        """Return the ordinal of the first row at or after a place: exact as long as `known`, by ordinal, is.

        Raises:
            InvalidFilter: when filter or sort do not fit the relation.
        """
        with self._reading(self._relation, ctx) as connection:
            low, high = 0, len(known)
            while low < high:
                # Of candidates spread over low..high, those before the place tell between which two it stands.
                stride = -(-(high - low) // _CANDIDATES)
                at = range(low, high, stride)
                statement = nearest_statement(self._relation, self._query, [known[i].place for i in at], place)
                before = connection.execute(statement).scalar_one()
                low, high = (at[before - 1] + 1, min(at[before - 1] + stride, high)) if before else (low, low)
            mark = known[low - 1] if low else None
            rows = connection.execute(between_statement(self._relation, self._query, mark, place)).scalar_one()
        return rows + (mark.ordinal + 1 if mark is not None else 0)

    def place_of(self, key: RowKey, ctx: TaskContext) -> Place | None:
        """Return a row's place in the order; None when it is gone or the filter leaves it out.

        Raises:
            InvalidFilter: when filter or sort do not fit the relation.
        """
        with self._reading(self._relation, ctx) as connection:
            record = connection.execute(place_statement(self._relation, self._query, key)).first()
        return None if record is None else tuple(record)

    def _is_served(self, connection: Connection, step: int) -> bool:
        """Tell whether an index has the rows in this order, so that stepping on reads no more than it passes."""
        for mark, _ in step_statements(self._relation, self._query, (), step):
            plan = connection.execute(Explain(mark)).scalar_one()
            if any("Sort" in node["Node Type"] or node["Node Type"] == "Seq Scan" for node in _nodes(plan[0]["Plan"])):
                return False
        return True

    def _sort(self, connection: Connection, step: int, found: list[Bookmark]) -> RowCount:
        count = 0
        statement = numbered_statement(self._relation, self._query, step)
        for number, *place in connection.execute(statement):
            count = number
            if number % step == 0:
                found.append(Bookmark(number - 1, tuple(place)))
        return RowCount(count, "exact")


class _Walk:
    """Follows an index from mark to mark. `passed` rows lie behind."""

    def __init__(self, relation: Relation, query: RowQuery, step: int, found: list[Bookmark]) -> None:
        self.passed = 0
        self.is_done = False
        self._relation = relation
        self._query = query
        self._step = step
        self._found = found
        self._place: Place = ()
        self._plain: dict[tuple[bool, ...], list[tuple[Plain, Plain]]] = {}

    def go_on(self, connection: Connection) -> None:
        """Go to the next mark, through as many segments as lie before it; the last one ends the walk."""
        nearer = 0
        values: dict[str, Any] = slot_values(FROM, self._place)
        for mark, rest in self._statements(connection):
            records = mark.read(connection, {**values, "skip": self._step - 1 - nearer})
            if records:
                self._place = tuple(records[0])
                self.passed += self._step
                self._found.append(Bookmark(self.passed - 1, self._place))
                return
            nearer += rest.read(connection, values)[0][0]
        self.passed += nearer
        self.is_done = True

    def _statements(self, connection: Connection) -> list[tuple[Plain, Plain]]:
        form = tuple(cell is None for cell in self._place)
        if form not in self._plain:
            both = step_statements(self._relation, self._query, self._place, self._step)
            self._plain[form] = [(plain(connection, mark), plain(connection, rest)) for mark, rest in both]
        return self._plain[form]


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _rest(seconds: float, token: CancelToken) -> None:
    woken = threading.Event()
    with token.calling(woken.set):
        woken.wait(seconds)
    token.raise_if_cancelled()
