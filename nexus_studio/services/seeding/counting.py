"""What a transaction wrote, by table, as PostgreSQL itself counts it; and which sequences a dry run moved on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from nexus_studio.core.admin.seeds import TableCount
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.foreign.seeds import COUNTS
from nexus_studio.services.session import Session

_COUNTS = text(COUNTS)
_SEQUENCES = text("SELECT schemaname, sequencename, last_value FROM pg_catalog.pg_sequences")


def counts_of(connection: Connection) -> tuple[TableCount, ...]:
    """Return what the open transaction wrote; see `core.admin.seeds.counted` for what else may be in it."""
    return counts_from(connection.execute(_COUNTS).all())


def counts_from(rows: Iterable[Sequence[Any]]) -> tuple[TableCount, ...]:
    """Make counts of the rows of `COUNTS`."""
    return tuple(
        TableCount(RelationName(schema, name), int(inserted), int(updated), int(deleted))
        for schema, name, inserted, updated, deleted in rows
    )


def sequences_of(session: Session, ctx: TaskContext) -> Mapping[RelationName, int | None]:
    """Return where the sequences stand that the role may read."""
    with session.read(ctx) as connection:
        rows = connection.execute(_SEQUENCES).all()
    return {RelationName(schema, name): value for schema, name, value in rows}
