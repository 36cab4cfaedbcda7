"""Rows that exchange unique values: how one of them can let go of its own before it takes the other's.

PostgreSQL checks a unique index row by row. A value can be set aside unseen where NULL may stand in its place for a
moment, or the whole constraint be checked at the end where it is DEFERRABLE. Everywhere else the server refuses it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Index, Relation, RelationKind
from nexus_studio.core.sql.orderaims import alike


def may_wait(relation: Relation, index: Index) -> bool:
    """Tell whether a unique index can be checked at the end: not where rows are found by what it keeps apart."""
    return index.deferrable and not set(index.columns) <= set(relation.key)


def resting_column(relation: Relation, index: Index, change: RowChange) -> str | None:
    """Return a column of a unique index that can be NULL from before the change until it is written.

    The row must be findable meanwhile, the column's value known, and nothing look at it: no trigger, rule, policy or
    check, no foreign key that would take others along, no index to which NULLs are alike.
    """
    is_plain = relation.kind is RelationKind.TABLE and relation.has_ctid
    if not is_plain or relation.row_security or relation.fires_on_update:
        return None
    if change.key is None or change.key.by_place:
        return None
    known = change.base if change.kind is ChangeKind.DELETE else change.values
    free = (name for name in index.columns if name in known and change.base.get(name) is not None)
    return next((name for name in free if _may_rest(relation, name)), None)


def _may_rest(relation: Relation, name: str) -> bool:
    column = relation.column(name)
    if not column.nullable or column.is_checked or column.is_computed or not column.may_update or name in relation.key:
        return False
    if any(name in key.target_columns for key in relation.referenced_by):
        return False
    return not any(index.nulls_alike and name in index.columns for index in relation.indexes)


def unread_columns(
    relations: Mapping[RelationName, Relation], changes: Sequence[RowChange]
) -> dict[RelationName, tuple[tuple[str, ...], list[int]]]:
    """Name what has to be read of rows before it is known whether they take one another's values of several columns.

    An edit knows the cells that it changes. Where none of them is taken by another row, nobody waits for anybody.

    Returns:
        For each relation the columns, and the indexes of the changes of whose rows they are not known.
    """
    edits: dict[RelationName, list[int]] = defaultdict(list)
    for place, change in enumerate(changes):
        if change.kind is ChangeKind.UPDATE and change.key is not None and not change.key.by_place:
            edits[change.relation].append(place)
    wanted: dict[RelationName, tuple[tuple[str, ...], list[int]]] = {}
    for name, places in edits.items():
        unread: dict[int, set[str]] = defaultdict(set)
        for index in relations[name].indexes:
            if index.unique and len(index.columns) > 1 and "" not in index.columns:
                for place, columns in _unread_of(relations[name], index, changes, places):
                    unread[place] |= columns
        if unread:
            wanted[name] = tuple(sorted(set().union(*unread.values()))), sorted(unread)
    return wanted


def _unread_of(
    relation: Relation, index: Index, changes: Sequence[RowChange], places: Sequence[int]
) -> Iterator[tuple[int, set[str]]]:
    mine = [place for place in places if not changes[place].values.keys().isdisjoint(index.columns)]
    if not any(_are_passed_on(relation, column, [changes[place] for place in mine]) for column in index.columns):
        return
    for place in mine:
        if missing := set(index.columns).difference(relation.key, changes[place].base):
            yield place, missing


def _are_passed_on(relation: Relation, column: str, changes: Sequence[RowChange]) -> bool:
    """Tell whether a row takes a value of a column that another one leaves."""
    type_ = relation.column(column).type
    of_it = [change for change in changes if column in change.values]
    left = {alike(change.base.get(column), type_) for change in of_it}
    taken = {alike(cell, type_) for change in of_it if isinstance(cell := change.values[column], str)}
    return not left.isdisjoint(taken)
