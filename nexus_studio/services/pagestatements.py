"""PageStatements: the SELECTs of pages, written once for all pages of a query.

Scrolling asks the same question with other places in it. Building and compiling it takes longer than its answer.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from nexus_studio.core.data.cells import PageRequest
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.select import PageStatement, page_shape, page_statement, page_values

KEPT: Final = 64
"""Statements that are remembered: a handful a tab."""


@dataclass(frozen=True, slots=True)
class Written:
    """A page's statement as the driver takes it: text with named parameters, and the values that never differ."""

    asked: PageStatement
    relation: Relation  # held: its id is part of what the statement is found by
    sql: str
    values: dict[str, Any]

    def read(self, connection: Connection, request: PageRequest) -> Sequence[Sequence[Any]]:
        """Run it with the values of this request and return its records."""
        values = {**self.values, **page_values(request)}
        return connection.exec_driver_sql(self.sql, values).all()


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
        compiled = asked.statement.compile(connection, compile_kwargs={"render_postcompile": True})
        written = Written(asked, relation, str(compiled), dict(compiled.params))
        with self._lock:
            self._kept[key] = written
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return written
