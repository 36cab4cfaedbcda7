"""What a table's own rows tell of how its client fills it: ids like those there are, updatedAt, tables of pairs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from sqlalchemy import select

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.conventions import (
    ENTROPY,
    IdKind,
    fits,
    id_column,
    kind_of_ids,
    make_id,
    may_join,
    moment_for,
    other_side,
    updated_columns,
)
from nexus_studio.core.errors import ConnectionLost, StudioError
from nexus_studio.core.schema.catalog import Column, ForeignKey, Relation
from nexus_studio.core.schema.overlay import ModelOverlay, ModelTable
from nexus_studio.core.sql.children import pointing_statement
from nexus_studio.core.sql.expressions import as_text, table_of
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session

LOOKED_AT: Final = 20
"""How many of the newest keys (by the key's order) are looked at."""

MOST_JOINED: Final = 200
"""How many rows of the other side of a table of pairs are named one by one."""

_TIMEOUT_MS: Final = 1000


def learned(session: Session, relation: Relation, overlay: ModelOverlay, ctx: TaskContext) -> ModelOverlay:
    """Return what the models know with what one table's rows tell beside it; what the models say of it goes first.

    New rows get an id like those there are. Where the connection allows that, updatedAt is set with each edit. One
    statement that an index answers, and none where the key is filled otherwise.
    """
    model = overlay.of(relation)
    defaults: dict[str, Callable[[], Cell]] = dict(model.defaults)
    on_update: dict[str, Callable[[], Cell]] = {}
    column = id_column(relation)
    is_hidden = overlay.masking and column is not None and column.name in model.sensitive
    if column is not None and column.name not in defaults and not is_hidden:
        kind = kind_of_ids(_newest(session, relation, column, ctx))
        if kind is not None and fits(kind, column):
            defaults[column.name] = partial(_new_id, kind)
    if session.profile.fills_updated_at:
        stamps = {each.name: partial(_now, each) for each in updated_columns(relation)}
        on_update = {**stamps, **model.on_update}
        defaults = {**stamps, **defaults}
    if defaults == dict(model.defaults) and on_update == dict(model.on_update):
        return overlay
    table = replace(overlay.tables.get(relation.name, ModelTable()), defaults=defaults, on_update=on_update)
    return replace(overlay, tables={**overlay.tables, relation.name: table})


def joins_of(tables: Mapping[ForeignKey, Relation]) -> dict[ForeignKey, ForeignKey]:
    """Return the other side's foreign key of those tables that are of an implicit many-to-many relation."""
    found = {key: other_side(table, key) for key, table in tables.items() if may_join(key)}
    return {key: other for key, other in found.items() if other is not None}


def joined_keys(
    session: Session, table: Relation, key: ForeignKey, other: ForeignKey, cells: Mapping[str, Cell], ctx: TaskContext
) -> tuple[str, ...]:
    """Return the keys of the rows that a table of pairs joins to a row: at most `MOST_JOINED` and one more.

    Args:
        session: The database.
        table: Of pairs.
        key: That leads to the row.
        other: That leads to the other side.
        cells: The row's, by column.
        ctx: Whose token stops it.
    """
    value = cells.get(key.target_columns[0])
    if value is None:
        return ()
    statement = pointing_statement(table, key.columns, ((value,),), other.columns, MOST_JOINED + 1)
    with session.read(ctx, timeout_ms=_TIMEOUT_MS) as connection:
        return tuple(row[0] for row in connection.execute(statement))


def _newest(session: Session, relation: Relation, column: Column, ctx: TaskContext) -> tuple[str, ...]:
    table = table_of(relation)
    key = table.c[column.name]
    statement = select(as_text(key)).select_from(table).order_by(key.desc()).limit(LOOKED_AT)
    try:
        with session.read(ctx, timeout_ms=_TIMEOUT_MS) as connection:
            return tuple(value for (value,) in connection.execute(statement) if value is not None)
    except ConnectionLost:
        raise
    except StudioError:
        return ()  # too slow, or not to be read: then nothing is proposed


def _new_id(kind: IdKind) -> Cell:
    return make_id(kind, datetime.now(UTC), secrets.token_bytes(ENTROPY))


def _now(column: Column) -> Cell:
    return moment_for(column, datetime.now(UTC))
