"""Which index a dear question lacks, and the statement that creates it. Sources: manual, chapter 11, section F.35.

Only what Studio's own statements would use is proposed: a page's order ends in the key, patterns are looked for by
trigrams, documents and arrays by GIN, ranges and networks by GiST.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from sqlalchemy import Column as SqlColumn
from sqlalchemy import Index as SqlIndex
from sqlalchemy import MetaData, Table, UnaryExpression
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.elements import quoted_name

from nexus_studio.core.data.cost import CostReason, IndexColumn, MissingIndex
from nexus_studio.core.data.filters import AllOf, Condition, Filter
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Relation, RelationKind
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.core.sql import moments
from nexus_studio.core.sql.expressions import PLACE, ServerType, named, table_of
from nexus_studio.core.sql.ordering import ordering_of
from nexus_studio.core.sql.seek import within_segment
from nexus_studio.core.sql.where import is_ordered

TRIGRAM_EXTENSION: Final = "pg_trgm"

_INDEXABLE: Final = frozenset({RelationKind.TABLE, RelationKind.PARTITIONED, RelationKind.MATERIALIZED_VIEW})
_EQUAL: Final = frozenset({"is", "is_null"})
_COMPARED: Final = frozenset({"in", "lt", "lte", "gt", "gte", "between", *moments.RENDER})
_PATTERNS: Final = frozenset({"contains", "starts_with", "ends_with", "matches", "matches_any_case"})
_IN_DOCUMENTS: Final = frozenset({"json_has_key", "json_contains", "json_has_path", "json_matches"})
_IN_ARRAYS: Final = frozenset({"array_contains", "array_contains_all", "array_overlaps", "array_within"})
_OF_RANGES: Final = frozenset({"range_contains", "range_overlaps", "range_within", "range_before", "range_after"})
_OF_NETWORKS: Final = frozenset({"network_within", "network_contains"})
_SHORTEST_PATTERN: Final = 3
"""Characters below which a pattern has no trigram to look up."""

_MOST_SEARCHED: Final = 8
"""Text columns up to which one index for the quick search is worth its weight."""

_LONGEST_NAME: Final = 63  # NAMEDATALEN - 1, in octets


def missing_index(
    relation: Relation, query: RowQuery, reason: CostReason, *, is_selective: bool, extensions: Collection[str] = ()
) -> MissingIndex | None:
    """Name the index that would make a dear query quick; None where none would, or where it exists already.

    `is_selective`: the filter leaves few rows, so that finding them is worth more than their order. `extensions` are
    those the database has.

    Raises:
        InvalidFilter: when the sort does not fit the relation.
    """
    if relation.kind not in _INDEXABLE:
        return None
    conditions = [one for one in _joined(query.filter) if relation.column(one.column).may_select]
    by_order = _ordered(relation, query, conditions)
    by_filter = _filtering(relation, query, conditions)
    if reason is CostReason.SORT or (reason is CostReason.FILTER_AND_SORT and not is_selective):
        found = by_order
    else:
        found = by_filter or (by_order if query.sort else None)
    if found is None or _exists(relation, found):
        return None
    if found.trigrams and TRIGRAM_EXTENSION not in extensions:
        found = replace(found, extension=TRIGRAM_EXTENSION)
    return replace(found, statements=_statements(relation, found))


def _joined(condition: Filter) -> Iterator[Condition]:
    """Walk through the comparisons that every row found must pass."""
    match condition:
        case Condition():
            yield condition
        case AllOf(parts):
            for part in parts:
                yield from _joined(part)
        case _:
            return


def _ordered(relation: Relation, query: RowQuery, conditions: list[Condition]) -> MissingIndex | None:
    """Propose an index in the query's order, behind the columns that are compared for equality.

    Where the NULLs of the first column stand does not matter: pages read them by themselves (`core/sql/seek.py`).
    """
    equal = _equal(relation, conditions)
    columns = [IndexColumn(name) for name in equal]
    items = ordering_of(relation, named(table_of(relation)), query).items
    for item in items if equal else within_segment(items):
        if item.column == PLACE or item.column in equal:
            continue
        if not _fits_btree(item.type):
            return None
        nulls_first = item.nulls_lead if item.nullable and item.nulls_lead != item.descending else None
        columns.append(IndexColumn(item.column, item.descending, nulls_first))
    return _proposal(relation, columns) if columns else None


def _filtering(relation: Relation, query: RowQuery, conditions: list[Condition]) -> MissingIndex | None:
    """Propose an index that finds what matches, the surest kind first."""
    if _equal(relation, conditions):
        return _ordered(relation, query, conditions)
    for one in conditions:
        column = relation.column(one.column)
        if one.operator in _COMPARED and _fits_btree(column.type):
            return _proposal(relation, [IndexColumn(column.name)])
    for one in conditions:
        column = relation.column(one.column)
        if method := _special_method(one, column.type):
            return _proposal(relation, [IndexColumn(column.name)], method)
    for one in conditions:
        if _has_trigrams(one, relation.column(one.column)):
            return _proposal(relation, [IndexColumn(one.column)], "gin", trigrams=True)
    return _searching(relation, query)


def _searching(relation: Relation, query: RowQuery) -> MissingIndex | None:
    texts = [c.name for c in relation.columns if c.type.kind is TypeKind.TEXT and c.may_select]
    if len(query.search) < _SHORTEST_PATTERN or not 0 < len(texts) <= _MOST_SEARCHED:
        return None
    return _proposal(relation, [IndexColumn(name) for name in texts], "gin", trigrams=True)


def _equal(relation: Relation, conditions: list[Condition]) -> list[str]:
    found = [one.column for one in conditions if one.operator in _EQUAL]
    return [name for name in dict.fromkeys(found) if _fits_btree(relation.column(name).type)]


def _fits_btree(type_: PgType) -> bool:
    """Tell whether the type has an order and its values are mostly short: an entry has at most 2704 octets."""
    return is_ordered(type_) and type_.kind is not TypeKind.BINARY


def _special_method(one: Condition, type_: PgType) -> str:
    """Return the access method for an operator that btree does not serve; empty when there is none.

    A json column is cast row by row, and so are the words of a text: no index on the column itself helps there.
    """
    if one.operator in _IN_DOCUMENTS:
        return "gin" if type_.name == "jsonb" else ""
    if one.operator in _IN_ARRAYS:
        return "gin" if _has_known_elements(one, type_) else ""
    if one.operator == "full_text":
        return "gin" if type_.kind is TypeKind.SEARCH else ""
    return "gist" if one.operator in _OF_RANGES | _OF_NETWORKS else ""


def _has_known_elements(one: Condition, type_: PgType) -> bool:
    """Tell whether GIN can look an array's elements up: they have an order, and NULL is in no index.

    What holds NULL beside other elements is still found by those; "any of these, or NULL" is not.
    """
    known = [value for value in one.values if value is not None]
    is_narrowed = bool(known) and (one.operator != "array_overlaps" or len(known) == len(one.values))
    return type_.element is not None and is_ordered(type_.element) and is_narrowed


def _has_trigrams(one: Condition, column: Column) -> bool:
    is_long = len(one.value or "") >= _SHORTEST_PATTERN
    return one.operator in _PATTERNS and column.type.kind is TypeKind.TEXT and is_long


def _proposal(
    relation: Relation, columns: list[IndexColumn], method: str = "btree", *, trigrams: bool = False
) -> MissingIndex:
    words = [relation.name.name, *(column.name for column in columns), *(["trgm"] if trigrams else []), "idx"]
    name = "_".join(words)
    if len(name.encode()) > _LONGEST_NAME:
        name = _cut("_".join(words[:-1]), _LONGEST_NAME - len("_idx")) + "_idx"
    return MissingIndex(relation.name, name, tuple(columns), method, trigrams)


def _cut(text: str, octets: int) -> str:
    return text.encode()[:octets].decode(errors="ignore")


def _exists(relation: Relation, wanted: MissingIndex) -> bool:
    """Tell whether there is such an index already: the planner knew it and had its reasons.

    The catalog does not say where an index has its NULLs: a proposal that says it is taken for another.
    """
    names = tuple(column.name for column in wanted.columns)
    if any(column.nulls_first is not None for column in wanted.columns):
        return False
    turns = tuple(column.descending for column in wanted.columns)
    turned = tuple(not turn for turn in turns)
    for index in relation.indexes:
        if not index.valid or index.partial or index.method != wanted.method or index.columns[: len(names)] != names:
            continue
        if wanted.method != "btree" or not index.descending or index.descending[: len(names)] in {turns, turned}:
            return True
    return False


def _statements(relation: Relation, wanted: MissingIndex) -> tuple[str, ...]:
    """Write what creates the index: beside all work, but for partitioned tables, which can't be indexed that way."""
    table = _table(relation.name, [column.name for column in wanted.columns])
    classes = {column.name: _operator_class(relation, wanted, column.name) for column in wanted.columns}
    index = SqlIndex(
        quoted_name(wanted.name, quote=None),
        *(_expression(table, column) for column in wanted.columns),
        _table=table,
        postgresql_using=wanted.method if wanted.method != "btree" else False,
        postgresql_concurrently=relation.kind is not RelationKind.PARTITIONED,
        postgresql_ops={name: found for name, found in classes.items() if found},
    )
    # The style of parameters is one that has no sign to be doubled in names.
    dialect = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]
    created = f"{CreateIndex(index).compile(dialect=dialect)};"
    if not wanted.extension:
        return (created,)
    return (f"CREATE EXTENSION IF NOT EXISTS {wanted.extension};", created)


def _operator_class(relation: Relation, wanted: MissingIndex, column: str) -> str:
    """Return the operator class to name; empty where it is the type's default. GiST has none for inet and cidr."""
    if wanted.trigrams:
        return "gin_trgm_ops"
    is_network = relation.column(column).type.kind is TypeKind.NETWORK
    return "inet_ops" if wanted.method == "gist" and is_network else ""


def _table(name: RelationName, columns: list[str]) -> Table:
    parts = [SqlColumn(quoted_name(column, quote=None), ServerType("text"), key=column) for column in columns]
    return Table(quoted_name(name.name, quote=None), MetaData(), *parts, schema=quoted_name(name.schema, quote=None))


def _expression(table: Table, column: IndexColumn) -> SqlColumn[str] | UnaryExpression[str]:
    value = table.c[column.name]
    ordered = value.desc() if column.descending else value
    if column.nulls_first is None:
        return ordered
    return ordered.nulls_first() if column.nulls_first else ordered.nulls_last()
