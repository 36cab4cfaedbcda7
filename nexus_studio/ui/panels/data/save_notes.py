"""SaveNotes: what of a save can't be taken back afterwards, said while it can still be left."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QObject

from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.impact import Impact
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.ui.panels.data.joint import Bundle


class SaveNotes(QObject):
    """Says it in the current language. UI thread only."""

    def of(self, bundle: Bundle, overlay: ModelOverlay, impact: Impact | None = None) -> tuple[str, ...]:
        """Return a line for each table of which something stays; `impact` is what else the database will do."""
        gone = lost_for_good(bundle)
        for table in impact.tables if impact is not None else ():
            known = overlay.tables.get(table.relation) if overlay.masking else None
            if table.removed and known is not None and known.sensitive:
                gone[table.relation] += table.removed
        lines = [
            self.tr(
                "%Ln row(s) of {table} can't be brought back from the history: this connection hides values of theirs.",
                "",
                rows,
            ).format(table=name)
            for name, rows in gone.items()
        ]
        for table in impact.tables if impact is not None else ():
            if table.by_triggers:
                words = self.tr("What triggers write to {table} stays when this save is taken back.")
                lines.append(words.format(table=table.relation))
        return tuple(lines)


def lost_for_good(bundle: Bundle) -> Counter[RelationName]:
    """Count rows that are to be deleted, and hold what this connection hides: the history would keep dots.

    A hidden cell that is known to be NULL is kept as NULL.
    """
    found: Counter[RelationName] = Counter()
    for part in bundle.parts:
        hidden = part.relation.masked
        found[part.relation.name] += sum(
            1
            for change in part.frozen
            if change.kind is ChangeKind.DELETE and any(change.base.get(name, "") is not None for name in hidden)
        )
    return +found
