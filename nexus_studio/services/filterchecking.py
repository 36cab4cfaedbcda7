"""Asking the server whether it takes a filter, before a page of rows is asked for with it."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import psycopg
from sqlalchemy import exc

from nexus_studio.core.data.filters import Condition, Raw, leaves_of, raws_of
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import (
    InvalidFilter,
    InvalidValue,
    PermissionDenied,
    ServerFailed,
    StudioError,
    TimedOut,
    UnknownRelation,
)
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.explain import Explain
from nexus_studio.core.sql.rawexpr import enclosed
from nexus_studio.core.sql.select import matching_statement
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.session import Session

TRY_MS: Final = 1_000
"""Milliseconds the server may look for a first row; a filter that takes longer counts as taken."""


def check_query(session: Session, relation: Relation, query: RowQuery, ctx: TaskContext) -> None:
    """Let the server plan a query and look for one row, in READ ONLY transactions, and say what it has against it.

    Planning tells what can't be understood; the first row, looked for `TRY_MS` at most, tells what fails once it runs:
    a path of a document that is none, a function that writes. When something is refused each part is asked about
    alone, to tell which one is to blame. What shows at some stored rows alone (a division by a zero) shows when they
    are read.

    Raises:
        InvalidFilter: "filter.column", ".operator", ".values", ".raw" before the server is asked; "filter.refused" with
            its words as `report`, and facts column and operator of the condition, or position within the raw
            expression (the first character is 1; left out where the server names no place).
        StudioError: what `Session.read` raises.
    """
    refusal = _refusal(session, relation, query, ctx)
    if refusal is None:
        return
    for leaf in leaves_of(query.filter):
        found = _refusal(session, relation, RowQuery(query.relation, leaf), ctx)
        if found is not None:
            raise _blaming(leaf, found) from found
    raise refusal


def _refusal(session: Session, relation: Relation, query: RowQuery, ctx: TaskContext) -> StudioError | None:
    """Return what the server has against the statement; None when it would run it."""
    statement, runs_raw = matching_statement(relation, query), any(raws_of(query.filter))
    try:
        with session.read(ctx, runs_raw=runs_raw) as connection:
            reach_operators(connection, (relation,))
            connection.execute(Explain(statement))
        with suppress(TimedOut), session.read(ctx, timeout_ms=TRY_MS, runs_raw=runs_raw) as connection:
            reach_operators(connection, (relation,))
            connection.execute(statement.limit(1)).all()
    except (InvalidValue, ServerFailed, UnknownRelation, PermissionDenied) as error:
        return error
    return None


def _blaming(leaf: Condition | Raw, error: StudioError) -> InvalidFilter:
    if isinstance(leaf, Condition):
        return InvalidFilter("filter.refused", report=error.report, column=leaf.column, operator=leaf.operator)
    position = _position(leaf.text, error.__cause__)
    if position is None:
        return InvalidFilter("filter.refused", report=error.report)
    return InvalidFilter("filter.refused", report=error.report, position=position)


def _position(text: str, cause: BaseException | None) -> int | None:
    """Return where in the expression the server found fault.

    It counts from the beginning of the statement, in which the expression stands before any parameter: only the
    percent signs, doubled for the driver, make it longer than what was sent.
    """
    if not isinstance(cause, exc.DBAPIError) or not isinstance(cause.orig, psycopg.Error):
        return None
    told, statement = cause.orig.diag.statement_position, (cause.statement or "").replace("%%", "%")
    start = statement.find(enclosed(text))
    if not told or start < 0:
        return None
    inside = int(told) - start - enclosed("").index("\n") - 1
    return min(max(inside, 1), len(text) + 1)
