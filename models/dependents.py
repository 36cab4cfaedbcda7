"""What of a schema stands on what: views on columns and types, indexes and constraints on columns, columns on enums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text

_VIEWS = text(
    """
    SELECT DISTINCT v.relname, t.relname, a.attname
      FROM pg_depend d
      JOIN pg_rewrite r ON r.oid = d.objid
      JOIN pg_class v ON v.oid = r.ev_class
      JOIN pg_class t ON t.oid = d.refobjid
      LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid AND d.refobjsubid <> 0
     WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND v.oid <> t.oid
       AND v.relnamespace = to_regnamespace(:schema)
    """
)
_VIEWS_OF_TYPES = text(
    """
    SELECT DISTINCT v.relname, t.typname
      FROM pg_depend d
      JOIN pg_rewrite r ON r.oid = d.objid
      JOIN pg_class v ON v.oid = r.ev_class
      JOIN pg_type t ON t.oid = d.refobjid
     WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_type'::regclass
       AND v.relnamespace = to_regnamespace(:schema)
    """
)
_INDEXES = text(
    """
    SELECT DISTINCT t.relname, a.attname, CASE WHEN k.oid IS NULL THEN 'index' ELSE 'constraint' END,
           coalesce(k.conname, x.relname), i.indpred IS NOT NULL OR i.indexprs IS NOT NULL
      FROM pg_index i
      JOIN pg_class x ON x.oid = i.indexrelid
      JOIN pg_class t ON t.oid = i.indrelid AND NOT t.relispartition
      LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
      JOIN pg_depend d ON (d.classid, d.objid) IN (('pg_class'::regclass, i.indexrelid),
                                                   ('pg_constraint'::regclass, coalesce(k.oid, 0)))
                      AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
     WHERE t.relnamespace = to_regnamespace(:schema)
    UNION
    SELECT t.relname, a.attname, 'constraint', k.conname, true
      FROM pg_constraint k
      JOIN pg_class t ON t.oid = k.conrelid AND NOT t.relispartition
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (k.conkey)
     WHERE k.contype IN ('c', 'f') AND k.conparentid = 0 AND t.relnamespace = to_regnamespace(:schema)
    """
)
_ENUM_COLUMNS = text(
    """
    SELECT coalesce(e.typname, y.typname), c.relname, a.attname, y.typelem <> 0, pg_get_expr(f.adbin, f.adrelid)
      FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      JOIN pg_type y ON y.oid = a.atttypid
      LEFT JOIN pg_type e ON e.oid = y.typelem
      LEFT JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
     WHERE NOT a.attisdropped AND 'e' IN (y.typtype, e.typtype) AND c.relnamespace = to_regnamespace(:schema)
     ORDER BY 2, a.attnum
    """
)
_ENUM_VALUES = text(
    """
    SELECT t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
      FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
     WHERE t.typnamespace = to_regnamespace(:schema)
     GROUP BY t.typname
    """
)


@dataclass(frozen=True, slots=True, order=True)
class EnumColumn:
    """A column of an enum type, or of arrays of one. `default` is its default as PostgreSQL words it."""

    type: str
    table: str
    name: str
    is_array: bool
    default: str | None


@dataclass(frozen=True, slots=True)
class Dependents:
    """What stands on what in one schema.

    Attributes:
        views: View, what it reads, and the column of that (None: the whole).
        views_of_types: View and the type that its definition names.
        indexes: Table, column, "index" or "constraint", its name, and whether more than the column's values counts
            (a predicate, an expression).
        enum_columns: All columns of enum types.
        enum_values: The values of each enum type, in order.
    """

    views: tuple[tuple[str, str, str | None], ...]
    views_of_types: tuple[tuple[str, str], ...]
    indexes: tuple[tuple[str, str, str, str, bool], ...]
    enum_columns: tuple[EnumColumn, ...]
    enum_values: dict[str, tuple[str, ...]]

    def views_on(self, columns: Iterable[tuple[str, str | None]], types: Iterable[str]) -> set[str]:
        """Return the views that read one of the columns (None: any of the table's) or name one of the types."""
        wanted, named = set(columns), set(types)
        whole = {table for table, column in wanted if column is None}
        found = {view for view, table, column in self.views if table in whole or (table, column) in wanted}
        return found | {view for view, type_ in self.views_of_types if type_ in named}

    def closed(self, views: Iterable[str]) -> list[str]:
        """Return views and all that read them, each before those that it reads: the order in which they can go."""
        order: list[str] = []

        def visit(view: str) -> None:
            if view in order:
                return
            for reader in sorted({each for each, read, _ in self.views if read == view}):
                visit(reader)
            order.append(view)

        for view in sorted(views):
            visit(view)
        return order

    def on_column(self, table: str, column: str, *, plain: bool) -> set[tuple[str, str]]:
        """Return kind and name ("table.name") of what stands on a column; without `plain` only predicates and such."""
        return {
            (kind, f"{table}.{name}")
            for home, each, kind, name, is_more in self.indexes
            if (home, each) == (table, column) and (plain or is_more)
        }


def dependents(connection: Connection, schema: str) -> Dependents:
    """Read what stands on what in a schema, which must be first on the search path. Five queries."""
    where = {"schema": connection.dialect.identifier_preparer.quote_schema(schema)}

    def rows(query: object) -> list[tuple[object, ...]]:
        return [tuple(row) for row in connection.execute(query, where)]  # type: ignore[call-overload]

    return Dependents(
        tuple(rows(_VIEWS)),  # type: ignore[arg-type]
        tuple(rows(_VIEWS_OF_TYPES)),  # type: ignore[arg-type]
        tuple(rows(_INDEXES)),  # type: ignore[arg-type]
        tuple(EnumColumn(*row) for row in rows(_ENUM_COLUMNS)),  # type: ignore[arg-type]
        {str(name): tuple(values) for name, values in rows(_ENUM_VALUES)},  # type: ignore[arg-type]
    )
