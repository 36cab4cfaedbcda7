"""Which sets were offered to be taken back: a save that writes just that is a revert, whoever saved it and how."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.history import TakenBack
from nexus_studio.core.data.images import Cause, RowImage
from nexus_studio.core.data.undoing import Inverse
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation

_MOST: Final = 50

_Place = tuple[ChangeKind, RelationName, tuple[object, ...]]


class _Offered:
    """The rows of one inverse, by what is done to which row: the cells they are given."""

    def __init__(self, changes: Sequence[RowChange], relations: Mapping[RelationName, Relation]) -> None:
        self.size = len(changes)
        self._rows: dict[_Place, RowChange] = {}
        self._keyless: dict[tuple[RelationName, tuple[str, ...]], Counter[_Place]] = defaultdict(Counter)
        self._following: dict[RelationName, set[str]] = {}
        for change in changes:
            relation = relations[change.relation]
            names = relation.key
            if change.key is not None:
                self._rows[change.kind, change.relation, (change.key,)] = change
            elif names and change.values.keys() >= set(names):
                self._rows[change.kind, change.relation, tuple(change.values[name] for name in names)] = change
            else:
                place = (change.kind, change.relation, (frozenset(change.values.items()),))
                self._keyless[change.relation, tuple(change.values)][place] += 1
            if change.relation not in self._following:
                keys = [key for key in relation.foreign_keys if key.on_update == "cascade"]
                self._following[change.relation] = {name for key in keys for name in key.columns}

    def split(self, images: Iterable[RowImage]) -> tuple[list[RowImage], int, int, bool]:
        """Find its rows among those that were written.

        Returns:
            The images that have nothing to do with it; how many were written just as offered, how many otherwise, and
            whether some of them were given more than was offered.
        """
        left: list[RowImage] = []
        whole = other = 0
        has_more = False
        unmet = {columns: Counter(places) for columns, places in self._keyless.items()}
        for image in images:
            change = self._rows.get(_place(image))
            if change is None:
                if self._takes(image, unmet):
                    whole += 1
                else:
                    left.append(image)
                continue
            same = [name for name, cell in change.values.items() if name in image.after and image.after[name] == cell]
            if len(same) == len(change.values):
                whole += 1
            elif image.kind is not ChangeKind.UPDATE or same:
                other += 1
            else:
                left.append(image)
                continue
            has_more |= bool(self._more(image, change))
        return left, whole, other, has_more

    def _takes(self, image: RowImage, unmet: Mapping[tuple[RelationName, tuple[str, ...]], Counter[_Place]]) -> bool:
        """Take a new row without a key that was offered; of rows that are equal each is taken once."""
        if image.kind is not ChangeKind.INSERT:
            return False
        for (relation, columns), places in unmet.items():
            if relation == image.relation and image.after.keys() >= set(columns):
                place = (image.kind, relation, (frozenset((name, image.after[name]) for name in columns),))
                if places[place] > 0:
                    places[place] -= 1
                    return True
        return False

    def _more(self, image: RowImage, change: RowChange) -> set[str]:
        """Name columns that a person gave another value besides. Of rows without key all columns are in the image."""
        if image.kind is not ChangeKind.UPDATE or image.key is None or image.key.by_place:
            return set()
        written = {name for name, cell in image.after.items() if image.before.get(name) != cell}
        return written - change.values.keys() - self._following.get(image.relation, set())


class Offers:
    """Remembers inverses while the program runs. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offered: dict[str, _Offered] = {}
        self._chosen: dict[str, None] = {}

    def add(self, identifier: str, inverse: Inverse, relations: Mapping[RelationName, Relation]) -> None:
        """Remember what takes a set back."""
        offered = _Offered(inverse.all_changes(), relations)
        with self._lock:
            self._offered.pop(identifier, None)
            self._offered[identifier] = offered
            while len(self._offered) > _MOST:
                gone = next((name for name in self._offered if name not in self._chosen), next(iter(self._offered)))
                del self._offered[gone]
                self._chosen.pop(gone, None)

    def choose(self, identifier: str) -> None:
        """Learn that a set that was offered is staged: what is saved of it takes it back, be it in part."""
        with self._lock:
            if identifier in self._offered:
                self._chosen.pop(identifier, None)
                self._chosen[identifier] = None

    def reverted(self, images: Sequence[RowImage]) -> tuple[str, tuple[TakenBack, ...]]:
        """Tell which sets these rows take back.

        Returns:
            The id of the set that they take back, all of it and nothing else, "" where there is none; then, those that
            were chosen and are taken back in part or among other edits, the last chosen first.
        """
        left = [image for image in images if image.cause is Cause.OWN]
        with self._lock:
            chosen = [(name, self._offered[name]) for name in reversed(self._chosen)]
            others = [(name, each) for name, each in reversed(self._offered.items()) if name not in self._chosen]
        for name, offered in (*chosen, *others):
            if left and offered.size == len(left) and offered.split(left) == ([], len(left), 0, False):
                return name, ()
        found = []
        for name, offered in chosen:
            left, whole, other, _ = offered.split(left)
            if whole or other:
                found.append(TakenBack(name, is_whole=whole == offered.size))
        return "", tuple(found)


def _place(image: RowImage) -> _Place:
    if image.kind is ChangeKind.INSERT:
        return image.kind, image.relation, image.key_after.cells if image.key_after is not None else ()
    return image.kind, image.relation, (image.key,)
