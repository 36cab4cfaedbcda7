"""Rows found by a list of values: those that foreign keys take along when others are deleted or get another key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, TableClause, any_, bindparam, cast, func, select, tuple_

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import ForeignKey, Relation, RelationKind
from nexus_studio.core.schema.types import PgType
from nexus_studio.core.sql.expressions import ServerType, table_of, whole_text

_TEXTS = ServerType("pg_catalog.text[]")


_FOLLOWED: Final = frozenset({"cascade", "set null", "set default"})


def follows(key: ForeignKey, *, deleted: bool, written: Iterable[str] = ()) -> bool:
    """Tell whether rows that refer by this key are written along when those they refer to are deleted, or written."""
    if deleted:
        return key.on_delete in _FOLLOWED
    return key.on_update in _FOLLOWED and not set(key.target_columns).isdisjoint(written)


def moves_keys(relations: Mapping[RelationName, Relation], changes: Iterable[RowChange]) -> bool:
    """Tell whether any change gives a row another key that others follow."""
    followed = {
        name: [set(key.target_columns) for key in relation.referenced_by if key.on_update == "cascade"]
        for name, relation in relations.items()
    }
    if not any(followed.values()):
        return False
    return any(
        each.kind is ChangeKind.UPDATE and any(not key.isdisjoint(each.values) for key in followed[each.relation])
        for each in changes
    )


def rows_holding(
    relation: Relation,
    read: Sequence[str],
    columns: Sequence[str],
    types: Sequence[PgType],
    values: Sequence[tuple[Cell, ...]],
    *,
    most: int | None = None,
) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of whole cells of the rows that hold one of the values.

    Args:
        relation: Where to look; its own rows alone where it has children by inheritance, as foreign keys do.
        read: The columns (or the ctid) to read, as text.
        columns: Those compared.
        types: By which the values are read: those of the columns they come from.
        values: As many cells each as there are columns; none of them NULL.
        most: How many rows are read at most.
    """
    table = table_of(relation)
    lists = [_typed([value[place] for value in values], type_) for place, type_ in enumerate(types)]
    found = select(*(whole_text(relation, table, name).label(f"c{place}") for place, name in enumerate(read)))
    found = found.select_from(table).where(_among([table.c[name] for name in columns], lists))
    if relation.kind is RelationKind.TABLE:
        found = _alone(found, table)
    return found if most is None else found.limit(most)


def _typed(cells: Sequence[Cell], type_: PgType) -> ColumnElement[Any]:
    return cast(cast(bindparam(None, list(cells), type_=_TEXTS), _TEXTS), ServerType(f"{type_.compared_sql}[]"))


def _among(columns: Sequence[ColumnElement[Any]], lists: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
    if len(columns) == 1:
        return columns[0] == any_(lists[0])
    # Not by its schema: only the bare word takes several lists (manual, section 7.2.1.4).
    rows = func.unnest(*lists).table_valued(*(f"v{place}" for place in range(len(lists)))).render_derived()
    return tuple_(*columns).in_(select(*rows.c))


def _alone(statement: Select[*tuple[Any, ...]], table: TableClause) -> Select[*tuple[Any, ...]]:
    return statement.with_hint(table, "ONLY", "postgresql")
