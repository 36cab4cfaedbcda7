"""LabelLoader: what foreign keys point to, in words, read after the rows and remembered in bounds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.errors import StudioError, UnknownRelation
from nexus_studio.core.schema.catalog import ForeignKey, Relation
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.ui.kit.tasks import Latest, TaskRunner

DELAY_MS: Final = 30
MOST_LABELS: Final = 20_000
MOST_KEYS: Final = 500  # of one query
DEEPEST: Final = 3  # steps from key to key until a label is words

Labels = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class LabelParts:
    """What labels are read with."""

    source: RowSource
    catalog: CatalogReader
    overlay: ModelOverlay


class LabelLoader(QObject):
    """Labels of the rows that single-column foreign keys point to. UI thread only; `label` never waits."""

    arrived = Signal()

    def __init__(self, runner: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._latest = Latest(runner, self)
        self._parts: LabelParts | None = None
        self._keys: dict[str, ForeignKey] = {}
        self._labels: Labels = {}
        self._missing: dict[str, set[str]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._send)

    def open(self, parts: LabelParts, relation: Relation) -> None:
        """Serve another relation; labels known so far are dropped."""
        self.close()
        self._parts = parts
        self._keys = {key.columns[0]: key for key in relation.foreign_keys if len(key.columns) == 1}

    def forget(self) -> None:
        """Read labels anew when they are asked for next."""
        self._labels.clear()

    def close(self) -> None:
        """Cancel what runs and forget everything."""
        self._timer.stop()
        self._latest.cancel()
        self._parts = None
        self._keys = {}
        self._labels.clear()
        self._missing.clear()

    def label(self, column: str, cell: Cell) -> str:
        """Return the label of the row a cell points to; empty when there is none or it is not here yet."""
        if cell is None or column not in self._keys:
            return ""
        known = self._labels.get((column, cell))
        if known is None:
            wanted = self._missing.setdefault(column, set())
            if len(wanted) < MOST_KEYS:
                wanted.add(cell)
            if not self._timer.isActive() and not self._latest.is_busy:
                self._timer.start()
            return ""
        return known

    def _send(self) -> None:
        parts, missing = self._parts, {column: frozenset(cells) for column, cells in self._missing.items() if cells}
        if parts is None or not missing:
            return
        self._missing.clear()
        keys = {column: self._keys[column] for column in missing}
        self._latest.start(lambda ctx: _read(parts, keys, missing, ctx), self._take, self._take_failure)

    def _take(self, labels: Labels) -> None:
        if len(self._labels) + len(labels) > MOST_LABELS:
            self._labels.clear()
        self._labels.update(labels)
        if any(self._missing.values()):
            self._timer.start()
        self.arrived.emit()

    def _take_failure(self, _error: StudioError) -> None:
        """Go without labels: they are a courtesy, and the rows' own errors are told elsewhere."""
        self._missing.clear()


def _read(
    parts: LabelParts, keys: Mapping[str, ForeignKey], wanted: Mapping[str, frozenset[str]], ctx: TaskContext
) -> Labels:
    """Read labels on a worker thread; cells without a label get an empty one, so that they aren't asked for again."""
    found: Labels = {(column, cell): "" for column, cells in wanted.items() for cell in cells}
    for column, key in keys.items():
        with suppress(UnknownRelation):
            for cell, label in labels_of(parts, key, wanted[column], ctx).items():
                found[column, cell] = label
    return found


def labels_of(
    parts: LabelParts, key: ForeignKey, cells: frozenset[str], ctx: TaskContext, depth: int = DEEPEST
) -> dict[str, str]:
    """Read the labels of one key's targets; a label that is itself a foreign key stands for its own target's label."""
    target = parts.catalog.relation(key.target, ctx)
    columns = tuple(name for name in parts.overlay.label_columns(target) if name not in key.target_columns)
    if not columns or (parts.overlay.masking and parts.overlay.of(target).sensitive.intersection(columns)):
        return {}
    read = parts.source.labels(target, key.target_columns, columns, [(cell,) for cell in sorted(cells)], ctx)
    found = {cell[0]: label for cell, label in read.items() if cell[0] is not None}
    further = target.foreign_key_on(columns[0])
    if depth and len(columns) == 1 and further is not None and len(further.columns) == 1:
        deeper = labels_of(parts, further, frozenset(found.values()), ctx, depth - 1)
        return {cell: deeper.get(label, label) for cell, label in found.items()}
    return found
