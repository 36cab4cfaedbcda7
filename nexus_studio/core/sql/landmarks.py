"""What the server's statistics know of a column, ordered as the server orders it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Float,
    Select,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    null,
    select,
    table,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from nexus_studio.core.data.filters import AllOf, Condition, Filter
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.expressions import TEXT, as_text
from nexus_studio.core.sql.operands import Operand
from nexus_studio.core.sql.ordering import OrderItem
from nexus_studio.core.sql.positions import like_column
from nexus_studio.core.sql.where import RENDER

_STATS: Final = table(
    "pg_stats",
    *(column(name) for name in ("schemaname", "tablename", "attname", "inherited", "null_frac")),
    *(column(name) for name in ("most_common_vals", "most_common_freqs", "histogram_bounds")),
    schema="pg_catalog",
)

_CLASSES: Final = table("pg_class", column("oid"), column("relname"), column("relnamespace"), schema="pg_catalog")
_SCHEMAS: Final = table("pg_namespace", column("oid"), column("nspname"), schema="pg_catalog")


def statistics_statement(relation: Relation, query: RowQuery, item: OrderItem) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of a column's statistics: (value, share, null_frac, fits), ascending.

    A share of NULL marks a bound of the histogram. The last record, without a value, stands for the NULLs; there is
    none at all where nothing is known or may be known. `fits` tells whether those conditions of the query that every
    row has to meet let the value through, as far as they are about this column alone.
    """
    texts = ARRAY(TEXT)
    mine = (
        select(
            cast(_STATS.c.null_frac, Float).label("null_frac"),
            cast(as_text(_STATS.c.most_common_vals), texts).label("common"),
            _STATS.c.most_common_freqs.label("shares"),
            cast(as_text(_STATS.c.histogram_bounds), texts).label("bounds"),
        )
        .where(
            _STATS.c.schemaname == cast(bindparam("of_schema", relation.name.schema, type_=TEXT), TEXT),
            _STATS.c.tablename == cast(bindparam("of_table", relation.name.name, type_=TEXT), TEXT),
            _STATS.c.attname == cast(bindparam("of_column", item.column, type_=TEXT), TEXT),
        )
        # Of a table with children there are two entries; rows are read with the children's.
        .order_by(_STATS.c.inherited.desc())
        .limit(literal_column("1"))
        .cte("s")
    )
    common = func.unnest(mine.c.common, mine.c.shares).table_valued("v", "f").render_derived(name="m")
    bound = func.unnest(mine.c.bounds).table_valued("v").render_derived(name="h")
    share = cast(common.c.f, Float)
    parts = union_all(
        select(cast(common.c.v, TEXT).label("v"), share.label("f"), mine.c.null_frac).select_from(
            mine.join(common, true())
        ),
        select(cast(bound.c.v, TEXT), cast(null(), Float), mine.c.null_frac).select_from(mine.join(bound, true())),
        select(cast(null(), TEXT), cast(null(), Float), mine.c.null_frac).select_from(mine),
    ).subquery("k")
    value = like_column(item, parts.c.v).label("x")
    rows = select(parts.c.v, parts.c.f, parts.c.null_frac, value).subquery("w")
    left = Operand(rows.c.x, item.type)
    fits = and_(true(), *(RENDER[one.operator](left, one.values) for one in _conditions(query.filter, item.column)))
    return select(rows.c.v, rows.c.f, rows.c.null_frac, fits.is_(true()).label("fits")).order_by(
        rows.c.x.asc().nulls_last()
    )


def blocks_statement(relation: Relation) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of the number of blocks a table has now; NULL where it has none of its own."""
    size = func.pg_catalog.pg_relation_size(_CLASSES.c.oid)
    block = cast(func.pg_catalog.current_setting(literal_column("'block_size'")), BigInteger)
    return (
        select(cast(size // block, BigInteger).label("blocks"))
        .select_from(_CLASSES.join(_SCHEMAS, _SCHEMAS.c.oid == _CLASSES.c.relnamespace))
        .where(
            _SCHEMAS.c.nspname == cast(bindparam("of_schema", relation.name.schema, type_=TEXT), TEXT),
            _CLASSES.c.relname == cast(bindparam("of_table", relation.name.name, type_=TEXT), TEXT),
        )
    )


def _conditions(condition: Filter, name: str) -> Iterator[Condition]:
    """Return the comparisons of a column that every row has to meet."""
    match condition:
        case Condition() if condition.column == name:
            yield condition
        case AllOf(parts):
            for part in parts:
                yield from _conditions(part, name)
