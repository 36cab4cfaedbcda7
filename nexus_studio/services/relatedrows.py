"""The first rows that point to a row, with a few columns that tell what they are: read in one bounded statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Select

from nexus_studio.core.data.cells import Cell, RowCount, RowKey
from nexus_studio.core.errors import PermissionDenied
from nexus_studio.core.schema.catalog import Column, ForeignKey, Relation
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.sql.children import joined_sample_statement, sample_statement
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.rowsource import RELATED_BOUND, RELATED_TIMEOUT_MS, RowSource
from nexus_studio.services.session import Session

FIRST_ROWS: Final = 5
MOST_COLUMNS: Final = 5

_TELLS_LITTLE: Final = frozenset({TypeKind.BINARY, TypeKind.VECTOR, TypeKind.JSON})


@dataclass(frozen=True, slots=True)
class RelatedSample:
    """The first of the rows that point to one row; `keys` are empty where they have none that may be shown.

    `through`: they are those of the other side of a table of pairs, and this is its key to them.
    """

    columns: tuple[Column, ...]
    count: RowCount
    rows: tuple[tuple[Cell, ...], ...] = ()
    key_columns: tuple[str, ...] = ()
    keys: tuple[RowKey, ...] = ()
    through: ForeignKey | None = None


def telling_columns(relation: Relation, key: ForeignKey, overlay: ModelOverlay) -> tuple[Column, ...]:
    """Choose the columns that tell most of a related row: its label, else its key, then as they come, few in all.

    Left out are the foreign key itself, which says the same in each row, what may not be read and what is masked.
    """
    hidden = overlay.of(relation).sensitive if overlay.masking else frozenset()
    others = [column.name for column in relation.columns if column.type.kind not in _TELLS_LITTLE]
    labels = overlay.label_columns(relation) or relation.key
    names = dict.fromkeys((*labels, *(name for name in others if name not in relation.key), *relation.key))
    known = (relation.column(name) for name in names if name not in key.columns and name not in hidden)
    return tuple(column for column in known if column.may_select)[:MOST_COLUMNS]


def related_sample(
    session: Session,
    relation: Relation,
    key: ForeignKey,
    cells: Mapping[str, Cell],
    overlay: ModelOverlay,
    ctx: TaskContext,
) -> RelatedSample:
    """Read the first rows of `relation` that point by `key` to the row with these cells, and count them up to a bound.

    Raises:
        TimedOut: after RELATED_TIMEOUT_MS, as where nothing is indexed.
        PermissionDenied: where the foreign key's columns may not be read.
    """
    values = [cells.get(name) for name in key.target_columns]
    columns = telling_columns(relation, key, overlay)
    if None in values:
        return RelatedSample(columns, RowCount(0, "exact"))
    if not all(relation.column(name).may_select for name in key.columns):
        raise PermissionDenied(relation=str(relation.name))
    keys, names = _shown_keys(relation, overlay), [column.name for column in columns]
    statement = sample_statement(relation, key.columns, values, keys, names, FIRST_ROWS, RELATED_BOUND)
    return _sampled(session, statement, relation, columns, keys, ctx)


def joined_sample(
    session: Session,
    pairs: Relation,
    key: ForeignKey,
    other: ForeignKey,
    target: Relation,
    cells: Mapping[str, Cell],
    overlay: ModelOverlay,
    ctx: TaskContext,
) -> RelatedSample:
    """Do the same with the rows of `target` that a table of pairs joins to the row: it has them by its key `other`.

    Raises:
        TimedOut, PermissionDenied: as `related_sample`.
    """
    value = cells.get(key.target_columns[0])
    columns = telling_columns(target, replace(key, columns=()), overlay)
    if value is None:
        return RelatedSample(columns, RowCount(0, "exact"), through=other)
    ends = (pairs.column(key.columns[0]), pairs.column(other.columns[0]), target.column(other.target_columns[0]))
    if not all(column.may_select for column in ends):
        raise PermissionDenied(relation=str(target.name))
    keys, names = _shown_keys(target, overlay), [column.name for column in columns]
    statement = joined_sample_statement(
        target, pairs, key, other, value, keys, names, rows=FIRST_ROWS, bound=RELATED_BOUND
    )
    return replace(_sampled(session, statement, target, columns, keys, ctx), through=other)


def _shown_keys(relation: Relation, overlay: ModelOverlay) -> tuple[str, ...]:
    hidden = overlay.of(relation).sensitive if overlay.masking else frozenset()
    is_shown = all(name not in hidden and relation.column(name).may_select for name in relation.key)
    return relation.key if is_shown else ()


def _sampled(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    relation: Relation,
    columns: tuple[Column, ...],
    keys: tuple[str, ...],
    ctx: TaskContext,
) -> RelatedSample:
    with session.read(ctx, timeout_ms=RELATED_TIMEOUT_MS) as connection:
        reach_operators(connection, (relation,))
        records = connection.execute(statement).all()
    count, begin = records[0][0] if records else 0, 1 + len(keys)
    return RelatedSample(
        columns,
        RowCount(min(count, RELATED_BOUND - 1), "exact" if count < RELATED_BOUND else "at least"),
        tuple(tuple(record[begin:]) for record in records),
        keys,
        tuple(RowKey(tuple(record[1:begin])) for record in records) if keys else (),
    )


def target_label(
    rows: RowSource,
    target: Relation,
    key: ForeignKey,
    cells: Mapping[str, Cell],
    overlay: ModelOverlay,
    ctx: TaskContext,
) -> str:
    """Read what the row that a row points to is called; empty where it points nowhere or the row has no label."""
    values = tuple(cells.get(name) for name in key.columns)
    names = tuple(name for name in overlay.label_columns(target) if target.column(name).may_select)
    if None in values or not names or not all(target.column(name).may_select for name in key.target_columns):
        return ""
    return next(iter(rows.labels(target, key.target_columns, names, [values], ctx).values()), "")
