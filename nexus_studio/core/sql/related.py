"""Rows of other tables that a row points to or that point to it: labels, picker, counts. Nothing is executed here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    TableClause,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
)

from nexus_studio.core.data.cells import PREVIEW, Cell
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.expressions import TEXT, ServerType, as_text, equals, searchable, table_of, text_cell


def labels_statement(
    target: Relation, key_columns: Sequence[str], label_columns: Sequence[str], keys: Sequence[tuple[Cell, ...]]
) -> Select[*tuple[Any, ...]]:
    """Build a SELECT of (position in `keys`, label cells ...) for the keys that have a row.

    The keys travel as one array of texts a column and are cast to the column's type, so that another spelling of the
    same value (1.0 and 1.00) is found too, by the index. `unnest` of several arrays is special syntax of PostgreSQL,
    known by its bare name only.
    """
    table = table_of(target)
    arrays = [
        cast(bindparam(None, [key[index] for key in keys], type_=ServerType("pg_catalog.text[]")), ARRAY(TEXT))
        for index in range(len(key_columns))
    ]
    names = [f"k{index}" for index in range(len(key_columns))]
    given = func.unnest(*arrays).table_valued(*names, with_ordinality="n").render_derived(name="given")
    matches = [
        _comparable(table.c[name], target.column(name).type.has_equality)
        == cast(given.c[names[index]], ServerType(target.column(name).type.compared_sql))
        for index, name in enumerate(key_columns)
    ]
    labels = [text_cell(table.c[name], target.column(name).type).label(f"c{i}") for i, name in enumerate(label_columns)]
    return select((given.c.n - 1).label("n"), *labels).select_from(given.join(table, and_(*matches)))


def picker_statement(
    target: Relation, key_columns: Sequence[str], label_columns: Sequence[str], typed: str, limit: int
) -> Select[*tuple[Any, ...]]:
    """Build a SELECT of (key cells ..., label cells ...).

    It finds rows whose label holds every typed word, or whose key starts with what was typed.
    """
    table = table_of(target)
    key = [as_text(table.c[name]) for name in key_columns]
    labels = [text_cell(table.c[name], target.column(name).type) for name in label_columns]
    outputs = [cell.label(f"c{index}") for index, cell in enumerate((*key, *labels))]
    statement = select(*outputs).select_from(table).limit(limit)
    words = typed.split()
    if words:
        everywhere = [or_(*(searchable(label).icontains(word, autoescape=True) for label in labels)) for word in words]
        by_key = [searchable(cell).istartswith(typed.strip(), autoescape=True) for cell in key]
        statement = statement.where(or_(and_(*everywhere), *by_key) if labels else or_(*by_key))
    return statement.order_by(*(table.c[name] for name in (*label_columns, *key_columns)))


def count_up_to(relation: Relation, columns: Sequence[str], cells: Sequence[Cell], bound: int) -> Select[int]:
    """Build the count of rows whose columns equal the cells, stopped at `bound`."""
    table = table_of(relation)
    inner = (
        select(literal_column("1"))
        .select_from(table)
        .where(*_all_equal(relation, table, columns, cells))
        .limit(bound)
        .subquery("u")
    )
    return select(func.count(type_=Integer)).select_from(inner)


def label_of(cells: Sequence[Cell]) -> str:
    """Join label cells for people."""
    return " ".join(cell[:PREVIEW] for cell in cells if cell)


def _comparable(value: ColumnElement[Any], has_equality: bool) -> ColumnElement[Any]:
    return value if has_equality else as_text(value)


def _all_equal(
    relation: Relation, table: TableClause, columns: Sequence[str], cells: Sequence[Cell]
) -> list[ColumnElement[bool]]:
    pairs = zip(columns, cells, strict=True)
    return [equals(table.c[name], cell, relation.column(name).type) for name, cell in pairs]
