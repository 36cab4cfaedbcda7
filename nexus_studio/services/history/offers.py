"""Which sets were offered to be taken back: a save that writes just that is a revert, whoever saved it and how."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from nexus_studio.core.data.cells import StagedCell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.history import Spot
from nexus_studio.core.data.images import Cause, RowImage
from nexus_studio.core.data.undoing import Inverse

_MOST: Final = 50

_Place = tuple[ChangeKind, Spot | None]
_Cells = frozenset[tuple[str, StagedCell]]


class _Offered:
    """The rows of one inverse, by what is done to which row: the cells they are given."""

    def __init__(self, changes: Sequence[RowChange]) -> None:
        self._cells: dict[_Place, set[_Cells]] = defaultdict(set)
        self._columns: dict[_Place, set[tuple[str, ...]]] = defaultdict(set)
        for change in changes:
            place = (change.kind, None if change.key is None else Spot(change.relation, change.key))
            self._cells[place].add(frozenset(change.values.items()))
            self._columns[place].add(tuple(change.values))

    def holds(self, image: RowImage) -> bool:
        """Tell whether a row was written just as it was offered."""
        place = (image.kind, None if image.key is None else Spot(image.relation, image.key))
        return any(
            image.after.keys() >= set(columns)
            and frozenset((name, image.after[name]) for name in columns) in self._cells[place]
            for columns in self._columns.get(place, ())
        )


class Offers:
    """Remembers inverses while the program runs. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offered: dict[str, _Offered] = {}

    def add(self, identifier: str, inverse: Inverse) -> None:
        """Remember what takes a set back."""
        offered = _Offered(inverse.all_changes())
        with self._lock:
            self._offered.pop(identifier, None)
            self._offered[identifier] = offered
            while len(self._offered) > _MOST:
                del self._offered[next(iter(self._offered))]

    def reverted(self, images: Sequence[RowImage]) -> str:
        """Return the id of the set that these rows take back, all of them; "" when they do not."""
        own = [image for image in images if image.cause is Cause.OWN]
        with self._lock:
            offered = list(self._offered.items())
        found = (name for name, each in reversed(offered) if own and all(map(each.holds, own)))
        return next(found, "")
