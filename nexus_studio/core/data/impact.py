"""Impact: what else the database does when staged changes are saved - rows that cascades and triggers write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.errors import StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation


@dataclass(frozen=True, slots=True)
class TableImpact:
    """Rows of one table that would be written beside the staged ones; of a partitioned one, in all its partitions.

    `keys` names the foreign keys that lead to it. `by_triggers`: at least a part of it no foreign key does; triggers
    (or rules) do.
    """

    relation: RelationName
    removed: int = 0
    changed: int = 0
    added: int = 0
    keys: tuple[str, ...] = ()
    by_triggers: bool = False


@dataclass(frozen=True, slots=True)
class Impact:
    """What a trial that was rolled back has shown.

    `triggers` names those of the tables written, as `table: trigger`, where triggers did anything. `unknown` is why it
    could not be tried to the end: `tables` is empty then. A refusal is one that the save would meet too.
    """

    tables: tuple[TableImpact, ...] = ()
    triggers: tuple[str, ...] = ()
    unknown: StudioError | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether the staged rows are all that would be written."""
        return not self.tables and self.unknown is None


def may_reach_further(relations: Mapping[RelationName, Relation], changes: Iterable[RowChange]) -> bool:
    """Tell whether changes are of the kind that takes others along: deletions, and changes of what others refer to."""
    for change in changes:
        relation = relations[change.relation]
        if change.kind is ChangeKind.DELETE:
            return True
        if change.kind is ChangeKind.UPDATE:
            referred = {name for key in relation.referenced_by for name in key.target_columns}
            if not change.values.keys().isdisjoint(referred.union(relation.key)):
                return True
    return False
