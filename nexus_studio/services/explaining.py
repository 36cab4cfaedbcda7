"""What a question will cost, asked of the planner before it is put."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.sql.elements import ClauseElement

from nexus_studio.core.admin.timeouts import TIMEOUTS
from nexus_studio.core.data.cells import PageRequest
from nexus_studio.core.data.cost import INSTANT_S, QueryCost, is_guesswork, patterns_in, reason_of, seconds_of
from nexus_studio.core.data.plans import read_plan, sizes_in
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.profiles import Environment
from nexus_studio.core.schema.catalog import Relation, RelationKind
from nexus_studio.core.sql.explain import Explain
from nexus_studio.core.sql.expressions import has_place
from nexus_studio.core.sql.indexing import missing_index
from nexus_studio.core.sql.ordering import key_columns
from nexus_studio.core.sql.select import matching_statement, page_statement
from nexus_studio.services.session import Session

FIRST_PAGE: Final = PageRequest(0, 100, columns=frozenset())
"""What is priced. No cells: making them costs the same whatever the plan, and planning hundreds takes long."""

_CAREFUL: Final = frozenset({Environment.STAGING, Environment.PRODUCTION})
_AVAILABLE: Final = text("SELECT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = :name)")
_SELECTIVE: Final = 0.1
"""Share of rows below which finding what matches is worth more than its order."""


def is_surely_cheap(relation: Relation, query: RowQuery) -> bool:
    """Tell whether there is nothing to ask: all rows of a table in the order of its key, or as they lie."""
    has_order = bool(key_columns(relation)) or has_place(relation)
    return query == RowQuery(query.relation) and relation.kind is RelationKind.TABLE and has_order


def cost_of(
    connection: Connection, session: Session, relation: Relation, query: RowQuery, search_timeout_ms: int
) -> QueryCost:
    """Price the first page of a query: one EXPLAIN, a second one where it is dear. Nothing is executed.

    Raises:
        InvalidFilter: when filter or sort do not fit the relation.
    """
    environment = session.profile.environment
    document = _first_page(connection, relation, query)
    patterns, plan = patterns_in(query, relation), read_plan(document)
    whole = read_plan(document, to_the_end=True) if plan.stops_early and is_guesswork(query) else plan
    if max(seconds_of(plan, 0), seconds_of(whole, 0)) < INSTANT_S and not patterns:
        return QueryCost(int(plan.read), int(plan.sorted), seconds_of(plan, 0), is_careful=environment in _CAREFUL)
    # How many rows go into a filter stands only in the plan of a question without one.
    sizes = sizes_in(_explain(connection, matching_statement(relation, RowQuery(relation.name))))
    plan = read_plan(document, sizes)
    whole = read_plan(document, sizes, to_the_end=True) if plan.stops_early and is_guesswork(query) else plan
    reason = reason_of(query, plan)
    timeout_ms = search_timeout_ms if query.search else TIMEOUTS[environment].statement_ms
    cost = QueryCost(
        rows_read=round(plan.read),
        rows_sorted=round(plan.sorted),
        seconds=seconds_of(plan, patterns),
        rows_at_most=round(whole.read),
        seconds_at_most=seconds_of(whole, patterns),
        reason=reason,
        sorted_by=tuple(sort.column for sort in query.sort),
        limit_s=timeout_ms / 1000 if timeout_ms else None,
        is_careful=environment in _CAREFUL,
    )
    if not cost.is_worth_saying:
        return cost
    is_selective = plan.sorted < plan.read * _SELECTIVE
    index = missing_index(relation, query, reason, is_selective=is_selective, extensions=session.server.extensions)
    return cost.helped_by(index if index is None or _is_to_be_had(connection, index.extension) else None)


def _is_to_be_had(connection: Connection, extension: str) -> bool:
    """Tell whether the server can create an extension: not every one has all that PostgreSQL brings along."""
    return not extension or bool(connection.execute(_AVAILABLE, {"name": extension}).scalar_one())


def _first_page(connection: Connection, relation: Relation, query: RowQuery) -> Any:
    """Explain the statement that will bring the first page: where a bounded one finds too little, the other."""
    asked = page_statement(relation, query, FIRST_PAGE, nearby=True)
    document = _explain(connection, asked.statement)
    if asked.is_bounded and read_plan(document).rows <= FIRST_PAGE.count:
        document = _explain(connection, page_statement(relation, query, FIRST_PAGE).statement)
    return document


def _explain(connection: Connection, statement: ClauseElement) -> Any:
    return connection.execute(Explain(statement)).scalar_one()
