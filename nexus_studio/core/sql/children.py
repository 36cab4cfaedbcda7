"""Rows that point to given rows: read whole or as a sample, counted up to a bound. Nothing is executed here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, Select, TableClause, bindparam, cast, func, literal_column, select

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import ForeignKey, Relation
from nexus_studio.core.sql.expressions import PLACE, TEXT, ServerType, as_text, equals, table_of, text_cell, whole_text


def pointing_statement(
    relation: Relation,
    columns: Sequence[str],
    targets: Sequence[tuple[Cell, ...]],
    read: Sequence[str],
    limit: int,
    *,
    with_place: bool = False,
) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of the whole cells `read` of rows whose `columns` hold one of `targets`; the ctid comes last."""
    table = table_of(relation)
    cells = [whole_text(relation, table, name).label(f"c{index}") for index, name in enumerate(read)]
    if with_place:
        cells.append(as_text(table.c[PLACE]).label("place"))
    statement = select(*cells).select_from(table).where(_points(relation, table, columns, targets)).limit(limit)
    return statement.order_by(*(table.c[name] for name in relation.key if relation.column(name).type.has_order))


def pointing_count(
    relation: Relation, columns: Sequence[str], targets: Sequence[tuple[Cell, ...]], bound: int
) -> Select[int]:
    """Build the count of rows whose columns hold one of `targets`, stopped at `bound`."""
    table = table_of(relation)
    inner: Select[Any] = (
        select(literal_column("1")).select_from(table).where(_points(relation, table, columns, targets))
    )
    return select(func.count(type_=Integer)).select_from(inner.limit(bound).subquery("u"))


def sample_statement(
    relation: Relation,
    columns: Sequence[str],
    cells: Sequence[Cell],
    keys: Sequence[str],
    read: Sequence[str],
    rows: int,
    bound: int,
) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of (how many, stopped at `bound`; `keys` whole ...; `read` as a grid shows them) of the first.

    They are the first by key of those counted: where there are more than `bound`, of as many as came first.
    """
    table = table_of(relation)
    same = [equals(table.c[name], cell, relation.column(name).type) for name, cell in zip(columns, cells, strict=True)]
    return _first_of(relation, table, same, keys, read, rows, bound)


def joined_sample_statement(
    target: Relation,
    pairs: Relation,
    key: ForeignKey,
    other: ForeignKey,
    cell: Cell,
    keys: Sequence[str],
    read: Sequence[str],
    *,
    rows: int,
    bound: int,
) -> Select[*tuple[Any, ...]]:
    """Build the same of the rows that a table of pairs joins to the row whose column `key` leads to holds `cell`."""
    table, between = table_of(target), table_of(pairs)
    here, there = key.columns[0], other.columns[0]
    joined = select(between.c[there]).where(equals(between.c[here], cell, pairs.column(here).type))
    return _first_of(target, table, [table.c[other.target_columns[0]].in_(joined)], keys, read, rows, bound)


def _first_of(
    relation: Relation,
    table: TableClause,
    conditions: Sequence[ColumnElement[bool]],
    keys: Sequence[str],
    read: Sequence[str],
    rows: int,
    bound: int,
) -> Select[*tuple[Any, ...]]:
    wanted = tuple(dict.fromkeys((*keys, *read)))
    raw = [table.c[name].label(f"r{index}") for index, name in enumerate(wanted)] or [literal_column("1").label("r0")]
    found = select(*raw).select_from(table).where(*conditions).limit(bound).subquery("u")
    of = {name: found.c[f"r{index}"] for index, name in enumerate(wanted)}
    order = [of[name] for name in keys if relation.column(name).type.has_order]
    whole = [as_text(of[name]).label(f"k{index}") for index, name in enumerate(keys)]
    shown = [text_cell(of[name], relation.column(name).type).label(f"c{index}") for index, name in enumerate(read)]
    count = func.count(type_=Integer).over().label("n")
    return select(count, *whole, *shown).select_from(found).order_by(*order).limit(rows)


def taken_statement(relation: Relation, column: str, cells: Sequence[Cell]) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of the numbers (from 0) of those cells that some row holds in a column already."""
    table = table_of(relation)
    type_ = relation.column(column).type
    given = _given([(cell,) for cell in cells], 1, with_ordinality=True)
    held = table.c[column] if type_.has_equality else as_text(table.c[column])
    is_taken: Select[Any] = select(literal_column("1")).select_from(table)
    is_taken = is_taken.where(
        held == cast(given.c.k0, ServerType(type_.compared_sql if type_.has_equality else "text"))
    )
    return select(given.c.n - 1).select_from(given).where(is_taken.correlate(given).exists())


def handed_out_statement(default: str, rows: int) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of as many values of a column's default, each made anew. The text is pg_get_expr's own."""
    numbers = func.pg_catalog.generate_series(literal_column("1"), rows).alias("g")
    return select(as_text(literal_column(f"({default})"))).select_from(numbers)


def numbers_statement(name: RelationName, column: str, rows: int) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of as many numbers of the sequence that numbers a column."""
    quoted = func.pg_catalog.quote_ident(name.schema) + "." + func.pg_catalog.quote_ident(name.name)
    sequence = cast(func.pg_catalog.pg_get_serial_sequence(quoted, column), ServerType("pg_catalog.regclass"))
    numbers = func.pg_catalog.generate_series(literal_column("1"), rows).alias("g")
    return select(as_text(func.pg_catalog.nextval(sequence))).select_from(numbers)


def _points(
    relation: Relation, table: TableClause, columns: Sequence[str], targets: Sequence[tuple[Cell, ...]]
) -> ColumnElement[bool]:
    given = _given(targets, len(columns))
    matches = []
    for index, name in enumerate(columns):
        type_ = relation.column(name).type
        held = table.c[name] if type_.has_equality else as_text(table.c[name])
        matches.append(held == cast(given.c[f"k{index}"], ServerType(type_.compared_sql)))
    return select(literal_column("1")).select_from(given).where(*matches).correlate(table).exists()


def _given(keys: Sequence[tuple[Cell, ...]], width: int, *, with_ordinality: bool = False) -> Any:
    """Return keys as a table of texts: they travel as one array a column."""
    arrays = [
        cast(bindparam(None, [key[index] for key in keys], type_=ServerType("pg_catalog.text[]")), ARRAY(TEXT))
        for index in range(width)
    ]
    names = [f"k{index}" for index in range(width)]
    unnested = func.unnest(*arrays)
    if with_ordinality:
        return unnested.table_valued(*names, with_ordinality="n").render_derived(name="given")
    return unnested.table_valued(*names).render_derived(name="given")
