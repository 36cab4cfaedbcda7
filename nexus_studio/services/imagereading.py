"""What a statement gave back of the rows it wrote -> their images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.images import Cause, RowImage
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.batches import readable_columns
from nexus_studio.core.sql.dml import written_values
from nexus_studio.core.sql.expressions import PLACE

_OWN: Final = Cause.OWN  # Python 3.11 takes a quarter of a microsecond to find a member in its Enum


def returned_columns(relation: Relation, change: RowChange) -> tuple[str, ...]:
    """Name what has to come back: whole rows, or of an update of a row with a key what it writes, and the key."""
    if change.kind is not ChangeKind.UPDATE or not relation.key:
        return readable_columns(relation)
    readable = {column.name for column in relation.columns if column.is_shown}
    wanted = dict.fromkeys((*relation.key, *written_values(relation, change)))
    return tuple(name for name in wanted if name in readable)


class ImageReader:
    """Makes images of the rows that changes of one shape wrote.

    `images` go with the index of the change.
    """

    def __init__(self, relation: Relation, change: RowChange, returns: Sequence[str]) -> None:
        """Take one change of the shape, and the names of what its statement gives back."""
        self.images: list[tuple[int, RowImage]] = []
        self._relation, self._name, self._kind = relation, relation.name, change.kind
        self._is_delete, self._is_insert = change.kind is ChangeKind.DELETE, change.kind is ChangeKind.INSERT
        kept = [name for name in returns if name != PLACE]
        if relation.key and change.kind is ChangeKind.UPDATE:
            kept = [name for name in kept if name in change.values]
        places = {name: place for place, name in enumerate(returns)}
        names = relation.key or (PLACE,)
        self._key_at = [places[name] for name in names if name in places]
        self._tells_key = len(self._key_at) == len(names)
        self._cells_at = [(name, places[name]) for name in kept]
        self._own_links = [
            (key.columns, key.target_columns)
            for key in (relation.foreign_keys if change.kind is ChangeKind.UPDATE else ())
            if key.target == relation.name and key.on_update == "cascade"
            if {*key.columns, *key.target_columns} <= set(kept) & change.values.keys()
        ]

    def read(self, index: int, change: RowChange, record: Sequence[Cell]) -> None:
        """Take what came back of one row."""
        self.images.append((index, self._image(change, record)))

    def now(self) -> dict[RowKey, Mapping[str, Cell]]:
        """Return what updates wrote, by the key before."""
        if self._is_delete or self._is_insert:
            return {}
        return {image.key: image.after for _, image in self.images if image.key is not None}

    def _image(self, change: RowChange, record: Sequence[Cell]) -> RowImage:
        cells = {name: record[place] for name, place in self._cells_at}
        if self._is_delete:
            return RowImage(self._name, self._kind, _OWN, change.key, None, cells)
        key = None
        if self._tells_key:
            now = tuple([record[place] for place in self._key_at])
            key = change.key
            if key is None or now != key.cells:
                key = RowKey(now, by_place=not self._relation.key)
        if self._is_insert:
            return RowImage(self._name, self._kind, _OWN, None, key, {}, cells)
        before = change.base
        for columns, targets in self._own_links:
            # Told the key that it had until now, a row follows itself, once the statement has given its answer.
            if [cells[column] for column in columns] == [before.get(target) for target in targets]:
                cells.update({column: cells[target] for column, target in zip(columns, targets, strict=True)})
        if before.keys() != cells.keys():
            before = {column: cell for column, cell in before.items() if column in cells}
        return RowImage(self._name, self._kind, _OWN, change.key, key, before, cells)
