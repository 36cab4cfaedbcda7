"""What a refused save ran into: the rule of a constraint, and the rows that hold what it lets only one row hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, cast, literal_column, null, select, text

from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.errors import ServerReport
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.expressions import ServerType, as_text, assigned_bind, equals, table_of
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.session import Session

MOST_HOLDERS: Final = 20
TIMEOUT_MS: Final = 5_000

# A check of a table, or of a domain: then the server names the domain instead of a table.
_RULE: Final = text(
    """
    SELECT CAST(c.conname AS text) AS name,
           pg_catalog.pg_get_constraintdef(c.oid) AS definition,
           COALESCE(pg_catalog.obj_description(c.oid, 'pg_constraint'), '') AS comment,
           COALESCE(CAST(t.typname AS text), '') AS domain
      FROM pg_catalog.pg_constraint c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
      LEFT JOIN pg_catalog.pg_class r ON r.oid = c.conrelid
      LEFT JOIN pg_catalog.pg_type t ON t.oid = c.contypid
     WHERE c.conname = :constraint AND n.nspname = :schema
       AND (r.relname = :table OR (:table = '' AND t.typname = :datatype))
    """
)

# The parts of the index behind a constraint, each with the operator that tells which values exclude one another.
_PARTS: Final = text(
    """
    SELECT pg_catalog.pg_get_indexdef(i.indexrelid, part.n, true) AS expression,
           COALESCE(CAST(s.nspname AS text), '') AS operator_schema,
           COALESCE(CAST(o.oprname AS text), '=') AS operator,
           COALESCE(pg_catalog.pg_get_expr(i.indpred, i.indrelid, true), '') AS predicate
      FROM pg_catalog.pg_class x
      JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
      JOIN pg_catalog.pg_index i ON i.indexrelid = x.oid
      LEFT JOIN pg_catalog.pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('x', 'u', 'p')
     CROSS JOIN LATERAL pg_catalog.generate_series(1, CAST(i.indnkeyatts AS int)) AS part (n)
      LEFT JOIN pg_catalog.pg_operator o ON o.oid = c.conexclop[part.n]
      LEFT JOIN pg_catalog.pg_namespace s ON s.oid = o.oprnamespace
     WHERE x.relname = :constraint AND n.nspname = :schema
     ORDER BY part.n
    """
)


@dataclass(frozen=True, slots=True)
class ConstraintRule:
    """A constraint as the server writes it. `comment` is what its owner says of it; `domain` the type it belongs to."""

    name: str
    definition: str
    comment: str = ""
    domain: str = ""


def rule_of(session: Session, report: ServerReport, ctx: TaskContext) -> ConstraintRule | None:
    """Return the rule that a statement broke; None where it is gone, or the server named none."""
    if not report.constraint:
        return None
    asked = {
        "constraint": report.constraint,
        "schema": report.schema,
        "table": report.table,
        "datatype": report.datatype,
    }
    with session.read(ctx, timeout_ms=TIMEOUT_MS) as connection:
        row = connection.execute(_RULE, asked).first()
    return None if row is None else ConstraintRule(row.name, row.definition, row.comment, row.domain)


def holders_of(
    session: Session, relation: Relation, change: RowChange, report: ServerReport, ctx: TaskContext
) -> tuple[RowKey, ...]:
    """Find the rows that a change can't be beside: those that hold its value, or overlap with it.

    The constraint's own expressions and operators are used, so that unique indexes over expressions and exclusion
    constraints are found by their index too. () where the row is gone by now, or the relation has no key.
    """
    if not relation.key or not report.constraint:
        return ()
    with session.read(ctx, timeout_ms=TIMEOUT_MS) as connection:
        reach_operators(connection, (relation,))
        asked = {"constraint": report.constraint, "schema": report.schema or relation.name.schema}
        parts = connection.execute(_PARTS, asked).all()
        keys = _holders(connection, relation, change, parts) if parts else ()
    return tuple(key for key in keys if key != change.key)


def _holders(connection: Connection, relation: Relation, change: RowChange, parts: Sequence[Any]) -> tuple[RowKey, ...]:
    """Ask. The expressions are the catalog's own text and name columns: each SELECT has one table to find them in."""
    table = table_of(relation)
    new = _new_row(relation, change)
    clauses: list[ColumnElement[bool]] = []
    for part in parts:
        wanted = select(literal_column(part.expression)).select_from(new).scalar_subquery()
        schema = '"' + part.operator_schema.replace('"', '""') + '"'
        operator = f"OPERATOR({schema}.{part.operator})" if part.operator_schema else part.operator
        clauses.append(literal_column(part.expression).op(operator, is_comparison=True)(wanted))
    if parts[0].predicate:
        clauses.append(literal_column(parts[0].predicate))
    columns = [as_text(table.c[name]).label(f"c{place}") for place, name in enumerate(relation.key)]
    found = select(*columns).select_from(table).where(*clauses).limit(MOST_HOLDERS + 1)
    return tuple(RowKey(tuple(record)) for record in connection.execute(found))


def _new_row(relation: Relation, change: RowChange) -> Any:
    """Build the row as it would stand once the change is written, as a subquery with the relation's columns."""
    table = table_of(relation)
    is_stored = change.kind is ChangeKind.UPDATE and change.key is not None and not change.key.by_place
    cells = []
    for column in relation.columns:
        value = change.values.get(column.name)
        held: Cell = change.base.get(column.name)
        if isinstance(value, str):
            cell: ColumnElement[Any] = assigned_bind(value, column.type)
        elif column.name in change.values and value is None:
            cell = cast(null(), ServerType(column.type.sql))
        elif is_stored and column.may_select:
            cell = table.c[column.name]
        elif isinstance(held, str):
            cell = assigned_bind(held, column.type)
        else:
            cell = _default(column.default, column.type.sql)
        cells.append(cell.label(column.name))
    row = select(*cells)
    if is_stored and change.key is not None:
        pairs = zip(relation.key, change.key.cells, strict=True)
        row = row.select_from(table).where(*(equals(table.c[n], cell, relation.column(n).type) for n, cell in pairs))
    return row.subquery("new")


def _default(expression: str, type_: str) -> ColumnElement[Any]:
    """Return what the database would put there, NULL where that is not to be tried (a sequence's next number)."""
    is_plain = expression and "nextval(" not in expression
    return cast(literal_column(expression) if is_plain else null(), ServerType(type_))
