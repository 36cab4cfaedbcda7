"""Landmarks: places of an order known from the server's statistics, before any row is read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from nexus_studio.core.data.cells import Landmark
from nexus_studio.core.data.histogram import MOST, Known, Step, has_runs, landmarks_of, steps_of
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.expressions import PLACE, named, table_of
from nexus_studio.core.sql.landmarks import blocks_statement, statistics_statement
from nexus_studio.core.sql.ordering import OrderItem, ordering_of
from nexus_studio.core.sql.where import is_ordered


def read_landmarks(connection: Connection, relation: Relation, query: RowQuery) -> tuple[Landmark, ...]:
    """Return the landmarks of a query's order, ascending by fraction: one round trip, two where values repeat often.

    None where there are no statistics: a table that was never analysed, a view, an order by what has none.

    Raises:
        InvalidFilter: when filter or sort do not fit the relation.
    """
    ordering = ordering_of(relation, named(table_of(relation)), query)
    if not ordering.is_total:
        return ()
    first, *others = ordering.items
    if first.column == PLACE:
        return _blocks(connection, relation, descending=first.descending)
    steps = _steps(connection, relation, query, first)
    inner: Sequence[Step] = ()
    if has_runs(steps) and others and others[0].column != PLACE:
        inner = _steps(connection, relation, query, others[0])
    return _ascending(landmarks_of(steps, inner))


def _steps(connection: Connection, relation: Relation, query: RowQuery, item: OrderItem) -> tuple[Step, ...]:
    if not is_ordered(item.type):
        return ()
    records = connection.execute(statistics_statement(relation, query, item)).all()
    if not records:
        return ()
    known = [Known(value, share, fits) for value, share, _, fits in records if value is not None]
    nulls = records[-1]
    return steps_of(
        known,
        float(nulls.null_frac) if nulls.fits else 0.0,
        item.type,
        descending=item.descending,
        nulls_lead=item.nulls_lead,
    )


def _blocks(connection: Connection, relation: Relation, *, descending: bool) -> tuple[Landmark, ...]:
    """Rows in physical order: their place has the block's number in it, and blocks hold about as many rows each."""
    blocks = connection.execute(blocks_statement(relation)).scalar() or 0
    parts = min(blocks, MOST)
    found = [Landmark(part / parts, (f"({blocks * part // parts},0)",)) for part in range(parts)]
    return tuple(Landmark(1.0 - one.fraction, one.place) for one in reversed(found)) if descending else tuple(found)


def _ascending(found: Sequence[Landmark]) -> tuple[Landmark, ...]:
    """Leave out what rounding put behind its follower."""
    kept: list[Landmark] = []
    for one in found:
        if not kept or one.fraction > kept[-1].fraction:
            kept.append(one)
    return tuple(kept)
