"""Reveals one masked value: first it is kept in the history that somebody looks, then it is read."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from nexus_studio.core.data.cells import Cell, Row
from nexus_studio.core.data.history import Action
from nexus_studio.core.errors import ReasonMissing
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.rowsource import RowSource

if TYPE_CHECKING:  # the window imports this before its first paint, and the history behind it
    from nexus_studio.services.history.service import HistoryService

log = logging.getLogger(__name__)


def reveal(
    rows: RowSource, history: HistoryService, relation: Relation, row: Row, column: str, reason: str, ctx: TaskContext
) -> Cell:
    """Return a stored row's value that the connection hides. It is in the history before it is read.

    Raises:
        ReasonMissing: where the profile requires a reason and there is none.
        HistoryUnwritten: it could not be kept; nothing was read then.
        EditConflict: the row is gone, or is another one by now.
    """
    if rows.session.profile.requires_reason and not reason.strip():
        raise ReasonMissing
    history.noted(Action.REVEAL, relation.name, row.key, (column,), reason)
    log.info("masked value revealed", extra={"relation": str(relation.name), "column": column})
    return rows.revealed(relation, row.key, column, ctx, version=row.version)
