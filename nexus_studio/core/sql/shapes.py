"""The shape of a change: what of it makes its statement. Changes of one shape differ in cells only."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from nexus_studio.core.data.cells import DEFAULT
from nexus_studio.core.data.changes import ChangeKind, RowChange

_INSERT: Final = ChangeKind.INSERT
_DELETE: Final = ChangeKind.DELETE


def shape_of(change: RowChange) -> Hashable:
    """Return what changes must have in common to be written by one statement. Cost: a look at each cell."""
    key, values, kind = change.key, change.values, change.kind
    return (
        change.relation.schema,  # the hash of a name, or of a member of an Enum, takes longer than those of its parts
        change.relation.name,
        kind is _INSERT,
        kind is _DELETE,
        tuple(sorted(values)) if len(values) > 1 else tuple(values),
        tuple(sorted([name for name, cell in values.items() if cell is DEFAULT])) if DEFAULT in values.values() else (),
        tuple(sorted(change.base)) if len(change.base) > 1 else tuple(change.base),
        None if key is None else (key.by_place, tuple([cell is None for cell in key.cells])),
        change.version is None,
        change.keeps_identity and tuple(sorted([name for name, cell in values.items() if cell is None])),
    )
