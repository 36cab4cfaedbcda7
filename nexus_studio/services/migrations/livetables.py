"""How large the tables are that a plan concerns, in the real database: estimates, by a few small queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Row, func, select, table, text

from nexus_studio.core.admin.safetyrules import LiveTable
from nexus_studio.core.errors import StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.sql.explain import Explain
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session

_COUNTED = 10_000
"""Rows up to which a table without statistics is counted."""

# A partitioned table has the sum of its partitions. `rows` is NULL where one with rows was never analysed (-1; 0 before
# PostgreSQL 14). unnest of several arrays is the grammar's, and not to be had by pg_catalog's name.
_TABLES = text(
    """
    SELECT n.nspname AS schema, c.relname AS name, sizes.bytes,
           CASE WHEN sizes.unknown = 0 THEN CAST(sizes.rows AS bigint) END AS rows
      FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])) AS asked(schema, name)
      JOIN pg_catalog.pg_namespace n ON n.nspname = asked.schema
      JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = asked.name
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(pg_catalog.pg_relation_size(l.oid)), 0) AS bytes,
                  coalesce(sum(greatest(l.reltuples, 0)), 0) AS rows,
                  count(*) FILTER (WHERE l.reltuples <= 0 AND pg_catalog.pg_relation_size(l.oid) > 0) AS unknown
             FROM pg_catalog.pg_class l
            WHERE l.relkind IN ('r', 'm')
              AND (l.oid = c.oid
                   OR l.oid IN (SELECT CAST(t.relid AS oid) FROM pg_catalog.pg_partition_tree(c.oid) t))) sizes
     WHERE c.relkind IN ('r', 'p', 'm')
    """
)
_FILLED = text(
    """
    SELECT s.schemaname AS schema, s.tablename AS name, s.attname AS column, 1 - s.null_frac AS filled
      FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])) AS asked(schema, name)
      JOIN pg_catalog.pg_stats s ON s.schemaname = asked.schema AND s.tablename = asked.name
     WHERE s.null_frac > 0
     ORDER BY s.inherited
    """
)


def live_tables(
    session: Session, names: Collection[RelationName], ctx: TaskContext
) -> Mapping[RelationName, LiveTable]:
    """Return the tables among the names. What the role may not look into has None for its rows."""
    asked = sorted(names)
    given = {"schemas": [each.schema for each in asked], "names": [each.name for each in asked]}
    with session.read(ctx) as connection:
        tables = connection.execute(_TABLES, given).all()
        filled: dict[RelationName, dict[str, float]] = {}
        for row in connection.execute(_FILLED, given):
            filled.setdefault(RelationName(row.schema, row.name), {})[row.column] = float(row.filled)
    found: dict[RelationName, LiveTable] = {}
    for row in tables:
        name = RelationName(row.schema, row.name)
        found[name] = LiveTable(_rows(session, name, row, ctx), int(row.bytes), filled.get(name, {}))
    return found


def _rows(session: Session, name: RelationName, row: Row[Any], ctx: TaskContext) -> int | None:
    """Return the server's estimate; of a table that was never analysed a count of few rows, or a planner's guess."""
    if row.rows is not None:
        return int(row.rows)
    everything = select(text("1")).select_from(table(name.name, schema=name.schema))
    try:
        with session.read(ctx) as connection:
            counted = connection.scalar(select(func.count()).select_from(everything.limit(_COUNTED + 1).subquery()))
            if counted is not None and counted <= _COUNTED:
                return int(counted)
            plan = connection.execute(Explain(everything)).scalar_one()
            return int(plan[0]["Plan"]["Plan Rows"])
    except StudioError:
        ctx.token.raise_if_cancelled()
        return None
