"""What a backup is going to hold, looked at before it is made: its tables, their sizes, and what can't be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from nexus_studio.core.admin.backups import BackupSpec, Compression, Contents
from nexus_studio.core.errors import BackupFailed
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session

_NAMED: Final = 20
"""How many tables a refusal names."""

# What a schema or a name leads to, and of chosen partitioned tables all that hangs below: pg_dump's --table does not
# know of those. An extension's own are made by the extension. `live` is the part of the rows that are not dead.
_TABLES: Final = text(
    r"""
    WITH RECURSIVE chosen(oid) AS (
        SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
           AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
           AND (CAST(:in_schemas AS text[]) IS NULL OR n.nspname = ANY (CAST(:in_schemas AS text[])))
           AND (CAST(:schemas AS text[]) IS NULL
                OR EXISTS (SELECT FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])) AS w(schema, name)
                            WHERE w.schema = n.nspname AND w.name = c.relname))
        UNION
        SELECT i.inhrelid FROM chosen JOIN pg_catalog.pg_inherits i ON i.inhparent = chosen.oid
         WHERE CAST(:schemas AS text[]) IS NOT NULL
           AND EXISTS (SELECT FROM pg_catalog.pg_class p WHERE p.oid = i.inhparent AND p.relkind = 'p')
    )
    SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind,
           CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_table_size(c.oid) ELSE 0 END AS size,
           CASE WHEN c.relkind <> 'r' THEN 1 ELSE
                (pg_catalog.pg_stat_get_live_tuples(c.oid) + 1.0)
                / (pg_catalog.pg_stat_get_live_tuples(c.oid) + pg_catalog.pg_stat_get_dead_tuples(c.oid) + 1.0)
           END AS live,
           CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
                          WHEN 'r' THEN pg_catalog.has_table_privilege(c.oid, 'SELECT')
                          WHEN 'p' THEN pg_catalog.has_table_privilege(c.oid, 'SELECT') ELSE true END
           AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS is_readable,
           c.relkind IN ('r', 'p') AND c.relrowsecurity AND pg_catalog.row_security_active(c.oid) AS is_filtered
      FROM chosen JOIN pg_catalog.pg_class c ON c.oid = chosen.oid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = CAST('pg_catalog.pg_class' AS pg_catalog.regclass) AND d.objid = c.oid
                          AND d.deptype = 'e')
     ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
    """
)
_SCHEMAS: Final = text(
    """
    SELECT s.name FROM unnest(CAST(:names AS text[])) AS s(name)
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = s.name)
    """
)
_EXTENSIONS: Final = text(
    """
    SELECT e.extname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
     WHERE n.nspname IN ('public', 'pg_catalog') OR n.nspname = ANY (CAST(:schemas AS text[]))
    """
)
_LARGE_OBJECTS: Final = text(
    """
    SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)
                THEN pg_catalog.pg_table_size('pg_catalog.pg_largeobject') ELSE 0 END
    """
)

# How many bytes of a backup one byte of a table may become: at the very least, and what to be ready for. A table's
# pages hold more than its rows, and toasted values are compressed already.
_RATIOS: Final = {Compression.NONE: (0.2, 1.5), Compression.GZIP: (0.02, 0.7), Compression.ZSTD: (0.01, 0.7)}
_LEAST_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class ExtentTable:
    """A table whose rows a backup will hold; `size` in bytes, without its indexes."""

    relation: RelationName
    size: int


@dataclass(frozen=True, slots=True)
class Extent:
    """What a backup will hold.

    `tables` have rows, in pg_dump's order; `named` is what pg_dump is to be told where tables are chosen. `extensions`
    are those that what is chosen may need. `size` is what is read, in bytes; `least` and `likely` what is written.
    """

    tables: tuple[ExtentTable, ...]
    named: tuple[RelationName, ...]
    extensions: tuple[str, ...]
    size: int
    least: int
    likely: int

    @property
    def sizes(self) -> dict[RelationName, int]:
        """The tables' bytes, in their order."""
        return {each.relation: each.size for each in self.tables}

    @property
    def relations(self) -> tuple[RelationName, ...]:
        """The tables' names."""
        return tuple(each.relation for each in self.tables)


def read_extent(session: Session, spec: BackupSpec, ctx: TaskContext) -> Extent:
    """Look at what a backup will hold.

    Raises:
        BackupFailed: "backup.both_chosen" (schemas and tables at once), "backup.unknown" (fact names: there is no such
            schema or table), "backup.may_not_read" (fact names: the role lacks the privilege), "backup.row_security"
            (fact names: policies would hide rows from the role).
    """
    if spec.schemas and spec.tables:
        raise BackupFailed("backup.both_chosen")
    asked = {
        "in_schemas": list(spec.schemas) or None,
        "schemas": [each.schema for each in spec.tables] or None,
        "names": [each.name for each in spec.tables] or None,
    }
    with session.read(ctx, timeout_ms=0) as connection:
        rows = connection.execute(_TABLES, asked).all()
        found = {RelationName(row.schema, row.name): row for row in rows}
        unknown = [str(each) for each in spec.tables if each not in found]
        if spec.schemas:
            unknown += connection.scalars(_SCHEMAS, {"names": list(spec.schemas)})
        _refuse("backup.unknown", unknown)
        _refuse("backup.may_not_read", [str(name) for name, row in found.items() if _lacks(row, spec)])
        if spec.contents is not Contents.SCHEMA:
            _refuse("backup.row_security", [str(name) for name, row in found.items() if row.is_filtered])
        objects = 0 if spec.schemas or spec.tables else int(connection.scalar(_LARGE_OBJECTS) or 0)
        extensions = _extensions(connection, spec)
    holds_rows = spec.contents is not Contents.SCHEMA
    stored = [(name, row) for name, row in found.items() if row.kind == "r" and holds_rows]
    live = sum(row.size * float(row.live) for _, row in stored) + (objects if holds_rows else 0)
    least, likely = _RATIOS[spec.compression]
    return Extent(
        tables=tuple(ExtentTable(name, row.size) for name, row in stored),
        named=tuple(found) if spec.tables else (),
        extensions=extensions,
        size=sum(row.size for _, row in stored) + (objects if holds_rows else 0),
        least=int(live * least),
        likely=int(live * likely) + _LEAST_BYTES,
    )


def _lacks(row: Row[Any], spec: BackupSpec) -> bool:
    """Tell whether pg_dump would be refused: it locks each table, and of a sequence it wants the value."""
    return not row.is_readable and (row.kind != "S" or spec.contents is not Contents.SCHEMA)


def _extensions(connection: Connection, spec: BackupSpec) -> tuple[str, ...]:
    if not (spec.schemas or spec.tables):
        return ()
    rows = connection.scalars(_EXTENSIONS, {"schemas": sorted(spec.schemas)})
    return tuple(sorted(each for each in rows if each != "plpgsql"))


def _refuse(code: str, names: Sequence[str]) -> None:
    if names:
        raise BackupFailed(code, names=tuple(sorted(names)[:_NAMED]), count=len(names))
