"""Which columns a refused change is to be blamed on, where the server names none. Asks, never writes."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.errors import InvalidValue, StudioError
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.dml import written_values
from nexus_studio.core.sql.expressions import assigned_bind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session

_CONSTRAINT_COLUMNS: Final = text(
    """
    SELECT CAST(a.attname AS text)
      FROM pg_catalog.pg_constraint c
      JOIN pg_catalog.pg_class r ON r.oid = c.conrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
     WHERE n.nspname = :schema AND r.relname = :table AND c.conname = :constraint
     ORDER BY pg_catalog.array_position(c.conkey, a.attnum)
    """
)

_CODECS: Final = built_in_codecs()


def named_columns(session: Session, relation: Relation, change: RowChange, error: StudioError) -> tuple[str, ...]:
    """Return the columns of `relation` that the server's refusal is about; () when that can't be known."""
    report = error.report
    if report is None:
        column = error.facts.get("column")
        return (column,) if isinstance(column, str) and column else ()
    elsewhere = report.table and (report.schema, report.table) != (relation.name.schema, relation.name.name)
    if report.column and not elsewhere and relation.has_column(report.column):
        return (report.column,)
    if report.constraint and report.table:
        return () if elsewhere else _of_constraint(session, relation, report.constraint)
    return _of_values(session, relation, change)


def _of_constraint(session: Session, relation: Relation, constraint: str) -> tuple[str, ...]:
    for index in relation.indexes:
        if index.name == constraint:
            return tuple(name for name in index.columns if name)
    asked = {"schema": relation.name.schema, "table": relation.name.name, "constraint": constraint}
    with session.read(TaskContext()) as connection:
        return tuple(connection.execute(_CONSTRAINT_COLUMNS, asked).scalars())


def _of_values(session: Session, relation: Relation, change: RowChange) -> tuple[str, ...]:
    """Try each written value alone: first against its type on the server, then against what the codecs know.

    An explicit cast does not mind values that are too long for the column; the codecs do.
    """
    written = {name: cell for name, cell in written_values(relation, change).items() if isinstance(cell, str)}
    with session.read(TaskContext()) as connection:
        for name, cell in written.items():
            try:
                with connection.begin_nested():
                    connection.execute(select(assigned_bind(cell, relation.column(name).type).is_(None)))
            except DBAPIError:
                return (name,)
    for name, cell in written.items():
        type_ = relation.column(name).type
        try:
            _CODECS.for_type(type_).check(cell, type_)
        except InvalidValue:
            return (name,)
    return ()
