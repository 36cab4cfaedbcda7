"""Reads the enum types of a database and what uses them. Runs in the project's interpreter: SQLAlchemy only."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import text

Key = tuple[str, str]
"""Schema and name of a type."""
ADDS_INSIDE = (12,)
"""From this version of PostgreSQL on, ALTER TYPE … ADD VALUE may stand in a transaction."""

_TYPES = """
SELECT n.nspname::text, t.typname::text,
       ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e
              WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder),
       EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                WHERE d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid IN (t.oid, t.typarray)
                  AND d.classid IN ('pg_catalog.pg_proc'::pg_catalog.regclass,
                                    'pg_catalog.pg_cast'::pg_catalog.regclass)
               UNION ALL
               SELECT 1 FROM pg_catalog.pg_type b WHERE b.typbasetype IN (t.oid, t.typarray)
               UNION ALL
               SELECT 1 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
                WHERE c.relkind = 'c' AND a.atttypid IN (t.oid, t.typarray) AND NOT a.attisdropped)
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'e'
   AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid
                      AND d.deptype = 'e')
"""
_COLUMNS = """
SELECT tn.nspname::text, t.typname::text, n.nspname::text, c.relname::text, a.attname::text,
       a.atttypid = t.typarray, pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attinhcount > 0
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
  JOIN pg_catalog.pg_attribute a ON a.atttypid IN (t.oid, t.typarray) AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'f')
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE t.typtype = 'e'
 ORDER BY 3, 4, a.attnum
"""


class FoundColumn(NamedTuple):
    """A column of a table that has an enum type, or an array of it."""

    schema: str
    table: str
    name: str
    is_array: bool
    default: str | None  # its expression
    is_inherited: bool  # a partition's, or a child's


class FoundEnum(NamedTuple):
    """An enum type: its values in order and the columns that have it. Functions, domains and such are other uses."""

    labels: tuple[str, ...]
    has_other_uses: bool
    columns: tuple[FoundColumn, ...]


def read_enums(connection: Any) -> dict[Key, FoundEnum]:
    """Return the enum types of a database, but those of extensions, by schema and name."""
    columns: dict[Key, list[FoundColumn]] = {}
    for schema, name, *column in connection.execute(text(_COLUMNS)):
        columns.setdefault((schema, name), []).append(FoundColumn(*column))
    return {
        (schema, name): FoundEnum(tuple(labels), has_other_uses, tuple(columns.get((schema, name), ())))
        for schema, name, labels, has_other_uses in connection.execute(text(_TYPES))
    }
