"""Whether the history can keep the rows of an import, so that it can be taken back like a save. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nexus_studio.core.data.transferplan import ImportMode, ImportPlan, Unkept
from nexus_studio.core.schema.catalog import Editing, Relation

MOST_KEPT: Final = 10_000
"""Lines of an import whose rows are kept: as many as a person can stage. More are a matter of backups."""

MOST_CHARACTERS: Final = 32 << 20
"""Characters of those lines, and of the rows as they were: both are in memory at once."""

_FOLLOWS: Final = frozenset({"cascade", "set null", "set default"})


@dataclass(frozen=True, slots=True)
class Why:
    """Why rows are imported. `must_keep` False: a person knows that the history can't keep it, and wants it."""

    reason: str = ""
    ticket: str = ""
    must_keep: bool = True


def why_unkept(relation: Relation, plan: ImportPlan, lines: int | None) -> Unkept | None:
    """Return why rows of an import would not be kept; None where they would.

    Args:
        relation: What is imported into.
        plan: What goes where.
        lines: Of the file; None where there are more than are kept.
    """
    if relation.editing not in {Editing.BY_KEY, Editing.BY_ALL_CELLS}:
        return Unkept.UNREAD
    written = {each.target.name for each in plan.written}
    if plan.mode is not ImportMode.INSERT:
        if not relation.key:
            return Unkept.UNREAD
        if written & relation.masked:
            return Unkept.MASKED
        changed = written - set(plan.key) - set(plan.new_ids)
        if any(key.on_update in _FOLLOWS and changed & set(key.target_columns) for key in relation.referenced_by):
            return Unkept.FOLLOWED
    needed = {*relation.key, *written}
    if not all(column.is_shown for column in relation.columns if column.name in needed):
        return Unkept.UNREAD
    return Unkept.MANY if lines is None else None
