"""Which of a relation's cells decide about the order of changes, and when two of them are the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from nexus_studio.core.data.cells import DEFAULT, Cell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import PgType, TypeKind

_WHOLE_NUMBER: Final = re.compile(r"\s*[+-]?\d{1,40}\s*\Z", re.ASCII)


class Aim:
    """The columns of a relation whose values decide about the order. `everything`: an index sees what no cell tells."""

    def __init__(self, relation: Relation, relations: Mapping[RelationName, Relation]) -> None:
        self.types = {column.name: column.type for column in relation.columns}
        self._self_links = [key for key in relation.foreign_keys if key.target == relation.name]
        # Its rows are found by a key that others' changes in the same save may change.
        self._key_follows = any(
            key.on_update == "cascade" and key.target in relations and not set(key.columns).isdisjoint(relation.key)
            for key in relation.foreign_keys
        )
        watched = self._watched = [index for index in relation.indexes if index.unique or index.exclusion]
        self.everything = any(index.exclusion or "" in index.columns for index in watched)
        found = {name for index in watched for name in index.columns}
        found.update(name for key in relation.foreign_keys for name in key.columns)
        for other in relations.values():
            found.update(
                name for key in other.foreign_keys if key.target == relation.name for name in key.target_columns
            )
        self.columns = frozenset(found & self.types.keys())

    def sees(self, change: RowChange) -> bool:
        """Tell whether a change (or any of its shape) can be in the way of another."""
        if change.kind is not ChangeKind.UPDATE or self.everything or self._key_follows:
            return True
        return not self.columns.isdisjoint(change.values)

    def keeps_apart(self, changes: Sequence[RowChange]) -> bool:
        """Tell at a glance whether nobody takes what another one leaves. Only of edits of single unique columns."""
        if self.everything or any(change.kind is not ChangeKind.UPDATE for change in changes):
            return False
        written = {name for change in changes for name in change.values}
        if any(not written.isdisjoint((*key.columns, *key.target_columns)) for key in self._self_links):
            return False
        touched = [index.columns for index in self._watched if not written.isdisjoint(index.columns)]
        return all(len(columns) == 1 and self._are_apart(columns[0], changes) for columns in touched)

    def _are_apart(self, column: str, changes: Sequence[RowChange]) -> bool:
        left: set[Cell] = set()
        taken: set[Cell] = set()
        type_ = self.types[column]
        for change in changes:
            if column not in change.values:
                continue
            cell = change.values[column]
            if column not in change.base or cell is DEFAULT:
                return False
            left.add(alike(change.base[column], type_))
            taken.add(alike(cell, type_))
        return left.isdisjoint(taken)


def alike(cell: Cell, type_: PgType) -> Cell:
    """Give values that the server takes for the same the same text, where that is plain: 7 and 07, citext's A and a."""
    kind = type_.kind
    if cell is None or (kind is TypeKind.TEXT and not _is_citext(type_)):
        return cell
    if kind is TypeKind.NUMBER and _WHOLE_NUMBER.match(cell):
        return str(int(cell))
    if kind is TypeKind.UUID or _is_citext(type_):
        return cell.lower()
    return cell


def _is_citext(type_: PgType) -> bool:
    return "citext" in (type_.name, type_.domain_of)
