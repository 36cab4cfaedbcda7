"""What the panel reads behind the screen: a list with what it can be narrowed to, and a set with its way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nexus_studio.core.data.history import SavedSet, SavedSetDetails, SetQuery, Source
from nexus_studio.core.data.imagemasks import masked_images
from nexus_studio.core.data.undoing import Inverse
from nexus_studio.core.errors import HistoryFailed, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.panels.history.words import MASK

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.history.service import Choices
    from nexus_studio.services.history.shared import SharedState
    from nexus_studio.services.workspace import Workspace

PAGE: Final = 200
_MOST_SQL: Final = 1000  # statements that are shown


@dataclass(frozen=True, slots=True)
class Listed:
    """A list from its beginning. `shared` is None where the server did not tell."""

    query: SetQuery
    sets: tuple[SavedSet, ...]
    choices: Choices
    shared: SharedState | None
    torn: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A set as it is shown, and what would take it back; `error` says why nothing would.

    `triggers` stand on its tables: what they wrote is not in it.
    """

    details: SavedSetDetails
    relations: Mapping[RelationName, Relation] = field(default_factory=dict)
    inverse: Inverse | None = None
    sql: tuple[str, ...] = ()
    is_masked: bool = False
    triggers: tuple[str, ...] = ()
    error: StudioError | None = None


def listed(workspace: Workspace, query: SetQuery, ctx: TaskContext) -> Listed:
    """Read the first page of a list."""
    history = workspace.history
    try:
        shared = history.shared_state(ctx)
    except StudioError:  # the line is cut: this machine's sets are there all the same
        if query.source is Source.SHARED:
            raise
        shared = None
    sets = history.sets(ctx, query, limit=PAGE)
    return Listed(query, sets, history.choices(ctx, query), shared, history.torn_files())


def seen(workspace: Workspace, saved: SavedSet, ctx: TaskContext) -> Seen:
    """Read a set with its rows, and work out what would take it back."""
    history = workspace.history
    details = history.show(saved.id, ctx, source=saved.source)
    try:
        relations = history.relations_of(details.images, workspace.catalog, ctx)
    except StudioError as error:
        if workspace.overlay.masking:  # nobody knows what has to be hidden
            raise
        return Seen(details, error=error)
    shown = SavedSetDetails(details.saved, masked_images(details.images, relations, workspace.overlay, MASK))
    if not saved.can_revert:
        return Seen(shown, relations)
    try:
        inverse = history.inverse(saved.id, workspace.catalog, ctx, source=saved.source)
    except HistoryFailed as error:
        return Seen(shown, relations, error=error)
    triggers = history.triggers(saved, relations, ctx)
    hides = workspace.overlay.masking and any(workspace.overlay.of(each).sensitive for each in relations.values())
    if hides:
        return Seen(shown, relations, inverse, is_masked=True, triggers=triggers)
    sql = workspace.writer.preview(relations, inverse.all_changes()[:_MOST_SQL], ctx)
    return Seen(shown, relations, inverse, sql, triggers=triggers)
