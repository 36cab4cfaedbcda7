"""Sequences that columns take their values from: moved on behind rows that brought values of their own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, func, select, text

from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.expressions import table_of

# A column's own sequence (identity, serial), or one that its default names.
_SEQUENCES: Final = text(
    """
    SELECT DISTINCT a.attname::text AS "column", CAST(s.seqrelid AS bigint) AS oid, s.seqstart AS start,
           s.seqmax AS most, pg_catalog.pg_sequence_last_value(s.seqrelid) AS last
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
      JOIN pg_catalog.pg_depend d
        ON (d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
            AND d.refobjid = c.oid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i'))
        OR (d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
            AND d.refclassid = 'pg_catalog.pg_class'::regclass)
      JOIN pg_catalog.pg_sequence s
        ON s.seqrelid = CASE WHEN d.classid = 'pg_catalog.pg_class'::regclass THEN d.objid ELSE d.refobjid END
     WHERE n.nspname = :schema AND c.relname = :name AND s.seqincrement > 0
    """
)
_MOVE: Final = text("SELECT pg_catalog.setval(CAST(CAST(:oid AS oid) AS regclass), :value, true)")


def move_sequences(connection: Connection, relation: Relation, columns: Collection[str]) -> int:
    """Have sequences go on behind the highest value of these columns; returns how many were moved.

    They are not put back by a rollback, so this comes last.
    """
    moved = 0
    name, target = relation.name, table_of(relation)
    for line in connection.execute(_SEQUENCES, {"schema": name.schema, "name": name.name}).mappings().all():
        if line["column"] not in columns:
            continue
        highest = connection.execute(select(func.max(target.c[line["column"]]))).scalar_one()
        reached = line["start"] - 1 if line["last"] is None else line["last"]
        if highest is not None and reached < int(highest) <= line["most"]:
            connection.execute(_MOVE, {"oid": line["oid"], "value": int(highest)})
            moved += 1
    return moved
