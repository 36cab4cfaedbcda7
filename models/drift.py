"""Compares a database with the models, down to what Alembic's comparison leaves out.

Alembic knows tables, columns, keys, plain indexes and their comments. It does not know views, partitions, the values of
enums, CHECK constraints, predicates of partial indexes, generated columns or triggers. PostgreSQL stores all of these
rewritten, so texts cannot be compared as they were declared. Hence the declared schema is built in a schema of its own
inside a savepoint, both are described by PostgreSQL itself, and the savepoint is rolled back: nothing stays behind, no
existing object is locked. It needs a transaction that may write and the right to create a schema.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.schema import CreateSchema

from models.partitions import PARTITIONS
from models.schema import create_schema

OWN_PREFIX = "nexus_studio_"
RECORDS = frozenset({"alembic_version", "_nexus_migrations"})
"""Tables named so, or beginning with `OWN_PREFIX`, are records of tools in the database, and nobody's model."""

UUIDS_BUILT_IN = (13,)
"""From this version on gen_random_uuid() is PostgreSQL's own; before, it is that of pgcrypto, in some schema."""

# What stands for it while the declared schema is looked at alone. Only its name counts: no row is ever written there.
_RANDOM_UUID = "CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE sql AS 'SELECT CAST(NULL AS uuid)'"


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One thing that is not the same in the database and in the models.

    Attributes:
        kind: type, table, column, constraint, index, view, partition, trigger.
        name: The object, with its table or view in front where it has one.
        aspect: What of it differs: definition or comment.
        declared: What the models say; None when they do not know it.
        found: What the database says; None when it is not there.
    """

    kind: str
    name: str
    aspect: str
    declared: str | None
    found: str | None


Facts = dict[tuple[str, str, str], str]
"""A schema as PostgreSQL words it: kind, name and aspect (see `Difference`) to the definition or comment."""

# Each query gives kind, name, definition and comment of the objects of one schema (:schema), as PostgreSQL words them
# for someone whose search path is that schema. Partitions are left out where they only repeat their parent.
_QUERIES = (
    """
    SELECT 'type', t.typname, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder), obj_description(t.oid, 'pg_type')
      FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
     WHERE t.typnamespace = to_regnamespace(:schema)
     GROUP BY t.oid, t.typname
    """,
    """
    SELECT 'table', c.relname, concat_ws(' ', 'table', 'partitioned by ' || pg_get_partkeydef(c.oid)),
           obj_description(c.oid, 'pg_class')
      FROM pg_class c
     WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    """,
    """
    SELECT 'partition', c.relname, i.inhparent::regclass::text || ' ' || pg_get_expr(c.relpartbound, c.oid),
           obj_description(c.oid, 'pg_class')
      FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
     WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind IN ('r', 'p') AND c.relispartition
    """,
    """
    SELECT 'column', c.relname || '.' || a.attname,
           concat_ws(' ', format_type(a.atttypid, a.atttypmod),
                     CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                     CASE a.attgenerated WHEN '' THEN CASE WHEN d.adbin IS NOT NULL THEN 'DEFAULT' END
                          ELSE 'GENERATED ' || a.attgenerated::text END,
                     pg_get_expr(d.adbin, d.adrelid),
                     CASE a.attidentity WHEN '' THEN NULL ELSE 'IDENTITY ' || a.attidentity::text END),
           col_description(c.oid, a.attnum)
      FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
    """,
    """
    SELECT 'constraint', c.relname || '.' || k.conname, pg_get_constraintdef(k.oid, true),
           obj_description(k.oid, 'pg_constraint')
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE c.relnamespace = to_regnamespace(:schema) AND NOT c.relispartition AND k.contype IN ('c', 'f', 'p', 'u', 'x')
       AND k.conparentid = 0
    """,
    """
    SELECT 'index', c.relname || '.' || x.relname, pg_get_indexdef(x.oid, 0, true), obj_description(x.oid, 'pg_class')
      FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
     WHERE c.relnamespace = to_regnamespace(:schema) AND NOT c.relispartition
    """,
    """
    SELECT 'view', c.relname, CASE c.relkind WHEN 'm' THEN 'MATERIALIZED ' ELSE '' END || pg_get_viewdef(c.oid, true),
           obj_description(c.oid, 'pg_class')
      FROM pg_class c
     WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind IN ('v', 'm')
    """,
    """
    SELECT 'trigger', c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid, true), obj_description(t.oid, 'pg_trigger')
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE c.relnamespace = to_regnamespace(:schema) AND NOT c.relispartition AND NOT t.tgisinternal
    """,
)


def differences(connection: Connection, schema: str = "public") -> list[Difference]:
    """Return what differs between the schema of a database and the models, sorted; empty when they agree.

    Costs about half a second: it creates the declared schema in a savepoint and rolls it back.

    Args:
        connection: An open connection, in a transaction that may write (one is begun if there is none).
        schema: The schema to look at.
    """
    return differing(*described(connection, schema))


def described(connection: Connection, schema: str = "public") -> tuple[Facts, Facts]:
    """Return what the models declare and what a schema has, both in PostgreSQL's words. Costs as `differences` does."""
    scratch = f"nexus_drift_{secrets.token_hex(8)}"
    with connection.begin_nested() as savepoint:
        # Bounds of partitions and defaults are worded in the session's time zone.
        connection.execute(text("SELECT set_config('TimeZone', 'UTC', true)"))
        found = _facts(connection, schema)
        connection.execute(CreateSchema(scratch))
        _look_at(connection, scratch)
        if (connection.dialect.server_version_info or UUIDS_BUILT_IN) < UUIDS_BUILT_IN:
            connection.execute(text(_RANDOM_UUID))
        create_schema(connection)
        declared = _facts(connection, scratch)
        savepoint.rollback()
    return declared, found


def differing(declared: Facts, found: Facts) -> list[Difference]:
    """Return what is not the same in both, sorted."""
    return sorted(_compare(declared, found), key=lambda one: (one.kind, one.name, one.aspect))


def is_record(table: str) -> bool:
    """Tell whether a table is a record that a tool keeps in the database."""
    return table in RECORDS or table.startswith(OWN_PREFIX)


def _compare(declared: Facts, found: Facts) -> Iterable[Difference]:
    known_partitions = {partition.name for partition in PARTITIONS}
    for key in declared.keys() | found.keys():
        kind, name, aspect = key
        owner = name.partition(".")[0]
        if is_record(owner):
            continue
        # Months are added as time goes by; that is use of the schema, not a change of it.
        if kind == "partition" and name not in known_partitions:
            continue
        if declared.get(key) != found.get(key):
            yield Difference(kind, name, aspect, declared.get(key), found.get(key))


def _facts(connection: Connection, schema: str) -> Facts:
    _look_at(connection, schema)
    facts: Facts = {}
    for query in _QUERIES:
        for kind, name, definition, comment in connection.execute(text(query), {"schema": _quoted(connection, schema)}):
            facts[kind, name, "definition"] = definition
            if comment is not None:
                facts[kind, name, "comment"] = comment
    return facts


def _look_at(connection: Connection, schema: str) -> None:
    """Put one schema alone on the search path until the savepoint ends, so that names in it are worded without it."""
    connection.execute(text("SELECT set_config('search_path', :path, true)"), {"path": _quoted(connection, schema)})


def _quoted(connection: Connection, schema: str) -> str:
    return connection.dialect.identifier_preparer.quote_schema(schema)
