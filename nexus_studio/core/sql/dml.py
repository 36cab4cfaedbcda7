"""Staged changes -> UPDATE, DELETE and INSERT, each guarded so that it can only touch the row that was read."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Select,
    TableClause,
    Update,
    delete,
    insert,
    literal_column,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from nexus_studio.core.data.cells import DEFAULT, StagedCell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.errors import BugError
from nexus_studio.core.schema.catalog import Editing, Generated, Relation
from nexus_studio.core.sql.expressions import (
    VERSION,
    as_text,
    assigned_bind,
    has_version,
    is_still,
    table_of,
    text_bind,
)
from nexus_studio.core.sql.select import key_clause

_SERVER_DECIDES: Final = "DEFAULT"


def written_values(relation: Relation, change: RowChange) -> dict[str, StagedCell]:
    """Return the values a change writes: those of computed columns are PostgreSQL's own and left out.

    But for the identity of a new row that was there once (`RowChange.keeps_identity`).
    """
    kept = _kept_identity(relation, change)
    return {name: cell for name, cell in change.values.items() if name in kept or not relation.column(name).is_computed}


def statement_of(relation: Relation, change: RowChange) -> Update | Delete | Insert | None:
    """Build the statement of one change; None when it would write computed columns only."""
    table = table_of(relation)
    values = {table.c[name]: _assigned(relation, name, cell) for name, cell in written_values(relation, change).items()}
    if change.kind is ChangeKind.INSERT:
        if _kept_identity(relation, change):
            return insert(table).from_select(list(values), _Overriding(*values.values()))
        return insert(table).values(values or _nothing_given(relation, table))
    guard = _guard(relation, table, change)
    if change.kind is ChangeKind.DELETE:
        return delete(table).where(*guard)
    return update(table).where(*guard).values(values) if values else None


def _kept_identity(relation: Relation, change: RowChange) -> frozenset[str]:
    """Name the columns GENERATED ALWAYS AS IDENTITY whose value a new row brings along."""
    if change.kind is not ChangeKind.INSERT or not change.keeps_identity:
        return frozenset()
    given = (name for name, cell in change.values.items() if isinstance(cell, str))
    return frozenset(name for name in given if relation.column(name).generated is Generated.IDENTITY_ALWAYS)


class _Overriding(Select[*tuple[Any, ...]]):
    """The new row as a query, behind the words that let it give an identity column its value (manual, INSERT)."""

    inherit_cache = True


@compiles(_Overriding)
def _written(element: _Overriding, compiler: SQLCompiler, **kw: Any) -> str:
    select = compiler.visit_select(element, **kw)  # type: ignore[no-untyped-call]
    return f"OVERRIDING SYSTEM VALUE {select}"


def _assigned(relation: Relation, name: str, cell: StagedCell) -> ColumnElement[Any]:
    if cell is DEFAULT:
        return literal_column(_SERVER_DECIDES)
    return assigned_bind(cell, relation.column(name).type)


def _nothing_given(relation: Relation, table: TableClause) -> dict[Any, Any]:
    """INSERT with every column left to the server: one has to be named, and every kind of column takes DEFAULT."""
    name = next((column.name for column in relation.columns if column.may_insert), None)
    if name is None:
        raise BugError("bug.insert_without_columns", relation=str(relation.name))
    return {table.c[name]: literal_column(_SERVER_DECIDES)}


def _guard(relation: Relation, table: TableClause, change: RowChange) -> list[ColumnElement[bool]]:
    """Return what must still hold: the key (or the place), and the cells as they were read."""
    if change.key is None or (change.key.by_place and relation.editing is not Editing.BY_ALL_CELLS):
        raise BugError("bug.change_without_key", relation=str(relation.name))
    clauses = [key_clause(relation, table, change.key)]
    for name, cell in change.base.items():
        clauses.append(is_still(table.c[name], cell, relation.column(name).type))
    if change.version is not None and has_version(relation):
        clauses.append(as_text(table.c[VERSION]) == text_bind(change.version))
    return clauses
