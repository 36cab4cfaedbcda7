"""Staged changes as statements of a script that may run in any database, once or many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import TableClause, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ClauseElement

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.dml import statement_of, written_values
from nexus_studio.core.sql.expressions import assigned_bind, is_still, table_of
from nexus_studio.core.sql.preview import readable
from nexus_studio.core.sql.writeorder import write_order


def repeatable(relation: Relation, changes: Sequence[RowChange]) -> tuple[str, ...]:
    """Write changes of one relation with a key as statements that change nothing when they are run again.

    An update or a delete names the row's key alone: what the row held elsewhere is not known. A new row is left out
    where its key is taken or, without a key of its own, where a row with the same values is.
    """
    found = []
    for index in write_order({relation.name: relation}, changes):
        statement = _statement(relation, changes[index])
        if statement is not None:
            found.append(readable(statement, longest=None))
    return tuple(found)


def _statement(relation: Relation, change: RowChange) -> ClauseElement | None:
    if change.kind is not ChangeKind.INSERT:
        return statement_of(relation, replace(change, base={}, version=None))
    change = replace(change, keeps_identity=False)
    given = {name: cell for name, cell in written_values(relation, change).items() if isinstance(cell, str | None)}
    table = table_of(relation)
    binds = {table.c[name]: assigned_bind(cell, relation.column(name).type) for name, cell in given.items()}
    if relation.key and all(isinstance(given.get(name), str) for name in relation.key):
        return insert(table).values(binds).on_conflict_do_nothing(index_elements=list(relation.key))
    if not given:
        return statement_of(relation, change)
    return insert(table).from_select(list(given), _unless_there(relation, table, given, binds))


def _unless_there(relation: Relation, table: TableClause, given: dict[str, Cell], binds: dict[Any, Any]) -> Any:
    """Return the new row's values as a query that yields nothing where such a row is."""
    other = table.alias("there")
    alike = [is_still(other.c[name], cell, relation.column(name).type) for name, cell in given.items()]
    return select(*binds.values()).where(~exists(select(1).select_from(other).where(*alike)))
