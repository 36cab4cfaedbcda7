"""What every command on rows needs: the relation that was named, which columns are hidden, and cells on one line."""

from __future__ import annotations

from typing import Final

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.errors import UnknownRelation
from nexus_studio.core.names import RelationName, parse_relation_name
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.workspace import Workspace

MASK: Final = "•••"
_SHOWN_WIDTH: Final = 40  # characters of a cell in a table for people; --json has all of it


def relation_of(opened: Workspace, text: str, ctx: TaskContext) -> Relation:
    """Find a relation as typed; a bare name is looked for in the profile's schema.

    Raises:
        UnknownRelation: when there is none.
    """
    try:
        name = parse_relation_name(text, opened.session.profile.schema)
    except ValueError:
        raise UnknownRelation(relation=text) from None
    try:
        return opened.catalog.relation(name, ctx)
    except UnknownRelation:
        if name.schema == "public" or "." in text:
            raise
        return opened.catalog.relation(RelationName("public", name.name), ctx)


def hidden_columns(opened: Workspace, relation: Relation) -> frozenset[str]:
    """Name the columns whose values this connection does not show."""
    known = opened.overlay.of(relation).sensitive if opened.session.profile.masking else frozenset[str]()
    return known | relation.masked


def shown(cell: Cell) -> str:
    """Return a cell for a table for people: NULL by name, long text cut."""
    if cell is None:
        return "NULL"
    return cell if len(cell) <= _SHOWN_WIDTH else cell[: _SHOWN_WIDTH - 1] + "…"
