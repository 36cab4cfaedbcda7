"""Links and unique values of several columns of which a save knows a part: the rest is read to put it into an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.exchanges import unread_columns
from nexus_studio.core.sql.following import moves_keys, rows_holding
from nexus_studio.core.sql.keychains import unread_links
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.session import Session


def links_of(
    session: Session,
    relations: Mapping[RelationName, Relation],
    known: Mapping[RelationName, Relation],
    changes: Sequence[RowChange],
    ctx: TaskContext,
) -> dict[int, dict[str, Cell]]:
    """Read cells that tell whether rows follow a key that moves in the same save, or take one another's places.

    Nothing is read where none does. What they hold is no guard: a person has not seen it, and it only says where the
    row stands, and will stand.

    Args:
        session: The connection.
        relations: Those of the changes.
        known: Also what lies between them.
        changes: The save.
        ctx: Whose token cancels it.

    Returns:
        The cells by the index of the change. Rows that are gone, and columns that may not be read, are left out.
    """
    found: dict[int, dict[str, Cell]] = {}
    links = unread_links(known, changes) if moves_keys(relations, changes) else {}
    for name, (columns, places) in (*links.items(), *unread_columns(relations, changes).items()):
        relation = relations[name]
        read = tuple(column for column in columns if relation.column(column).may_select)
        if not read:
            continue
        keys = {key.cells: place for place in places if (key := changes[place].key) is not None}
        types = [relation.column(each).type for each in relation.key]
        statement = rows_holding(relation, (*relation.key, *read), relation.key, types, list(keys))
        with session.read(ctx) as connection, translated(ctx.token):
            for record in connection.execute(statement):
                place = keys.get(tuple(record[: len(types)]))
                if place is not None:
                    found.setdefault(place, {}).update(zip(read, record[len(types) :], strict=True))
    return found
