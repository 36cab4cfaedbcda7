"""Finding the rows a foreign key may point to, as people know them. Worker threads only.

A label that is itself a foreign key stands for the label of the row it points to: then that row is looked for by its
name, and those that point to it are listed.
"""

from __future__ import annotations

from typing import Final

from nexus_studio.core.data.targets import FoundTargets, Searched, TargetKey
from nexus_studio.core.schema.catalog import ForeignKey, Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.grid.labels import DEEPEST, LabelParts, labels_of

MOST_FOUND: Final = 50
"""Rows that the picker of a foreign key lists."""


def find_for(parts: LabelParts, key: ForeignKey, text: str, ctx: TaskContext, depth: int = DEEPEST) -> FoundTargets:
    """Find rows a foreign key may point to. Nothing that is masked or may not be read is asked."""
    target, overlay = parts.catalog.relation(key.target, ctx), parts.overlay
    if overlay.masking and overlay.of(target).sensitive.intersection(key.target_columns):
        return FoundTargets()  # the list itself would tell
    if not all(target.column(name).may_select for name in key.target_columns):
        return FoundTargets(searched=Searched())
    labels = tuple(name for name in overlay.label_columns(target) if name not in key.target_columns)
    if not all(target.column(name).may_select for name in labels):
        labels = ()
    further = target.foreign_key_on(labels[0]) if len(labels) == 1 and depth else None
    if further is None or len(further.columns) != 1:
        return parts.source.find_targets(target, key.target_columns, labels, text, MOST_FOUND, ctx)
    return _through(parts, key, target, further, text, ctx, depth)


def _through(
    parts: LabelParts,
    key: ForeignKey,
    target: Relation,
    further: ForeignKey,
    text: str,
    ctx: TaskContext,
    depth: int,
) -> FoundTargets:
    """Find rows by their key, and those whose label is the label of another row."""
    columns = key.target_columns
    by_key = parts.source.find_targets(target, columns, further.columns, text, MOST_FOUND, ctx)
    if not text.strip():
        return FoundTargets(_labelled(parts, further, dict(by_key.rows), ctx), by_key.searched, by_key.is_cut)
    named = find_for(parts, further, text, ctx, depth - 1)
    labels = {cells[0]: label for cells, label in named.rows}
    pointing = parts.source.targets_pointing(target, columns, further.columns[0], tuple(labels), MOST_FOUND, ctx)
    found = dict(_labelled(parts, further, dict(by_key.rows), ctx))
    order = {cell: place for place, cell in enumerate(labels)}
    for row, cell in sorted(pointing, key=lambda pair: order.get(pair[1], 0)):
        found.setdefault(row, labels.get(cell) or cell or "")
    is_cut = by_key.is_cut or named.is_cut or len(found) > MOST_FOUND
    return FoundTargets(tuple(found.items())[:MOST_FOUND], _both(by_key.searched, named.searched), is_cut)


def _labelled(
    parts: LabelParts, further: ForeignKey, rows: dict[TargetKey, str], ctx: TaskContext
) -> tuple[tuple[TargetKey, str], ...]:
    """Put the labels of the rows that these rows' labels point to in their place."""
    cells: frozenset[str] = frozenset(filter(None, rows.values()))
    known: dict[str, str] = labels_of(parts, further, cells, ctx) if cells else {}
    return tuple((row, known.get(cell, cell)) for row, cell in rows.items())


def _both(keys: Searched, names: Searched) -> Searched:
    """Say how far both searches went: names were looked for in the other table."""
    return names if keys.everything or not names.everything else Searched(beginnings=True)
