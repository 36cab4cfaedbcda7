"""PageStatements: the SELECTs of pages, written once for all pages of a query.

Scrolling asks the same question with other places in it. Building and compiling it takes longer than its answer.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.sql.elements import ClauseElement

from nexus_studio.core.data.cells import PageRequest
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.select import PageStatement, page_shape, page_statement, page_values

KEPT: Final = 64
"""Statements that are remembered: a handful a tab."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A statement as the driver takes it: text with named parameters, and what they are where nobody says otherwise."""

    sql: str
    values: Mapping[str, Any]

    def read(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run it with these values and return all records."""
        result = connection.exec_driver_sql(self.sql, {**self.values, **values})
        with result:
            # The driver's own tuples: SQLAlchemy's rows take as long to make as the driver's to read.
            return result.cursor.fetchall() if result.cursor is not None else []


def plain(connection: Connection, statement: ClauseElement) -> Plain:
    """Write a statement for a connection's server."""
    compiled = statement.compile(connection, compile_kwargs={"render_postcompile": True})
    return Plain(str(compiled), compiled.params)


@dataclass(frozen=True, slots=True)
class Written:
    """A page's statement, ready to be run for any request of its shape."""

    asked: PageStatement
    relation: Relation  # held: its id is part of what the statement is found by
    plain: Plain

    def read(self, connection: Connection, request: PageRequest) -> Sequence[Sequence[Any]]:
        """Run it with the values of this request and return its records."""
        return self.plain.read(connection, page_values(request))


class PageStatements:
    """Remembers the statements of the last queries. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], Written] = OrderedDict()

    def written(
        self, connection: Connection, relation: Relation, query: RowQuery, request: PageRequest, *, narrow: bool
    ) -> Written:
        """Return the statement for a request, written for the connection's server.

        `narrow`: it looks only where the rows must be, which may turn out to be too little (see `PageStatement`).

        Raises:
            InvalidFilter: when filter or sort do not fit the relation.
        """
        # By identity: hashing hundreds of columns would take longer than all the rest.
        key = (id(relation), query, page_shape(request), narrow)
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        asked = page_statement(relation, query, request, nearby=narrow, clamped=narrow)
        written = Written(asked, relation, plain(connection, asked.statement))
        with self._lock:
            self._kept[key] = written
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return written
