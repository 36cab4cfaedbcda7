"""What a write changed: the only news that travels between panels."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Flag, auto

from nexus_studio.core.names import RelationName


class Kind(Flag):
    """The kinds of thing a write can make stale."""

    NOTHING = 0
    ROWS = auto()
    CATALOG = auto()
    LEDGER = auto()
    BACKUPS = auto()
    SIZES = auto()


@dataclass(frozen=True, slots=True)
class Effects:
    """Kinds of things that changed and the relations concerned (empty `relations` = any of them).

    `initiator` names who asked (a panel's id), so that it can ignore its own news.
    """

    kinds: Kind = Kind.NOTHING
    relations: frozenset[RelationName] = field(default_factory=frozenset)
    initiator: str = ""

    def touches(self, kind: Kind, relation: RelationName | None = None) -> bool:
        """Tell whether things of `kind` (of `relation`, when given) may be stale."""
        if not self.kinds & kind:
            return False
        return relation is None or not self.relations or relation in self.relations
