"""Rows of a draft as rows of a change set: under new numbers, over or under what is staged there already. Pure.

And what of it changes that come from elsewhere would replace.
"""

from __future__ import annotations

from dataclasses import replace

from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.draftfit import Checked
from nexus_studio.core.data.settling import whole_row
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.core.schema.catalog import Relation


def restored(
    each: Checked, number: int, former: StagedRow | None, relation: Relation, reason: str = ""
) -> StagedRow | None:
    """Return what a row of a draft becomes under a number; None where what is staged of that row already stays.

    What is staged already (`former`) counts: a person has just typed it. Below it come the draft's other cells. With a
    `reason` the row is marked as one to look at before it is saved.
    """
    row = each.row
    if row is None:
        return None
    conflict = each.conflict
    if former is not None:
        if ChangeKind.DELETE in {former.kind, row.kind}:
            return None
        merged = replace(
            former,
            values={**row.values, **former.values},
            base={**row.base, **former.base},
            seen={**row.seen, **former.seen},
        )
        return merged if conflict is None else replace(merged, conflict=replace(conflict, draft=former.draft))
    staged = replace(row, draft=number, rejections={"": reason} if reason else {})
    if conflict is None:
        return staged
    may_insert = conflict.is_lost and whole_row(staged, relation) is not None
    return replace(staged, conflict=replace(conflict, draft=number, may_insert=may_insert))


def is_displaced(staged: StagedRow, change: RowChange) -> bool:
    """Tell whether a change of the same row says anything else than what is staged of it already."""
    if ChangeKind.DELETE in {staged.kind, change.kind}:
        return staged.kind is not change.kind
    return any(name in staged.values and staged.values[name] != cell for name, cell in change.values.items())
