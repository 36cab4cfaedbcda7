"""Which columns a refused change is to be blamed on, where the server names none. Asks, never writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.errors import ConstraintViolated, InvalidValue, StudioError
from nexus_studio.core.names import RelationName
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


def located(
    session: Session,
    error: ConstraintViolated | InvalidValue,
    changes: Sequence[RowChange],
    relations: Mapping[RelationName, Relation],
) -> StudioError:
    """Find the change and the columns to blame, with a few questions to the server where it did not name them."""
    index = error.facts.get("change", -1)
    if not isinstance(index, int) or index < 0:
        index = error.facts["change"] = _late_culprit(error, changes, relations)
    if index < 0:
        return error
    change = changes[index]
    try:
        columns = named_columns(session, relations[change.relation], change, error)
    except StudioError:  # the connection may be gone by now; the refusal is what matters
        columns = ()
    if isinstance(error, InvalidValue):
        error.facts["column"] = columns[0] if columns else ""
    else:
        error.facts["columns"] = columns
    return error


def _late_culprit(error: StudioError, changes: Sequence[RowChange], relations: Mapping[RelationName, Relation]) -> int:
    """Find the change that a constraint checked at the end refuses; -1 where several could be it.

    The server names the constraint and, in its detail, the values: "Key (a, b)=(1, 2) …", whatever the language.
    """
    report = error.report
    if report is None or not report.constraint:
        return -1
    table = RelationName(report.schema, report.table)
    found: list[tuple[int, tuple[Cell, ...]]] = []
    for index, change in enumerate(changes):
        relation = relations[change.relation]
        key = next((each for each in relation.foreign_keys if each.name == report.constraint), None)
        if relation.name == table and change.kind is not ChangeKind.DELETE:
            columns = key.columns if key is not None else _index_columns(relation, report.constraint)
            if not set(columns).isdisjoint(change.values):
                held = {**change.base, **change.values}
                cells = (held.get(name) for name in columns)
                found.append((index, tuple(cell if isinstance(cell, str) else None for cell in cells)))
            continue
        for each in relation.referenced_by:
            if (each.name, each.table) == (report.constraint, table) and change.kind is not ChangeKind.INSERT:
                known = dict(zip(relation.key, change.key.cells, strict=False)) if change.key is not None else {}
                held_before = {**known, **change.base}
                found.append((index, tuple(held_before.get(name) for name in each.target_columns)))
    said = [index for index, cells in found if f"=({', '.join(cell or '' for cell in cells)})" in report.detail]
    chosen = said or [index for index, _ in found]
    return chosen[0] if len(chosen) == 1 else -1


def _index_columns(relation: Relation, name: str) -> tuple[str, ...]:
    return next((index.columns for index in relation.indexes if index.name == name), ())


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
