"""The order in which staged changes are written, so that neither links nor unique values stand in one another's way.

New rows first, then changed ones, then deletions; and before that rule what the changes themselves demand: a row is
there before others point to it and gone after they do, and a unique value is freed before it is taken again. All of it
is judged by the cells that are known; the server's constraints stay the judge.
"""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from nexus_studio.core.data.cells import DEFAULT, Cell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import ForeignKey, Index, Relation
from nexus_studio.core.schema.types import PgType, TypeKind

_STEPS: Final = {ChangeKind.INSERT: 0, ChangeKind.UPDATE: 1, ChangeKind.DELETE: 2}
_WHOLE_NUMBER: Final = re.compile(r"\s*[+-]?\d{1,40}\s*\Z", re.ASCII)

_Values = tuple[Cell, ...]
_Groups = dict[_Values, list["_Image"]]


def write_order(relations: Mapping[RelationName, Relation], changes: Sequence[RowChange]) -> list[int]:
    """Return the indexes of the changes in the order in which they are to be written.

    Demands that go round in a circle are cut: first those that are only a guess, then any.
    """
    ranks = _ranks(relations)
    graph = _Graph([_rank(change, ranks.get(change.relation, 0), index) for index, change in enumerate(changes)])
    images: dict[RelationName, list[_Image]] = defaultdict(list)
    for index, change in enumerate(changes):
        images[change.relation].append(_Image(index, change, relations[change.relation]))
    for name, mine in images.items():
        for index_ in relations[name].indexes:
            if index_.unique or index_.exclusion:
                _demand_free(graph, index_, mine)
        for key in relations[name].foreign_keys:
            if key.target in images:
                _demand_links(graph, key, mine, images[key.target])
    return graph.sorted()


def _rank(change: RowChange, rank: int, index: int) -> tuple[int, int, int]:
    return _STEPS[change.kind], -rank if change.kind is ChangeKind.DELETE else rank, index


class _Image:
    """A change as what its row holds before and after it, as far as that is known."""

    def __init__(self, index: int, change: RowChange, relation: Relation) -> None:
        self.index = index
        self.kind = change.kind
        self.written = change.values.keys()
        types = {column.name: column.type for column in relation.columns}
        before: dict[str, Cell] = {}
        if change.key is not None and not change.key.by_place:
            before.update(zip(relation.key, change.key.cells, strict=True))
        before.update(change.base)
        after = {name: cell for name, cell in {**before, **change.values}.items() if cell is not DEFAULT}
        self._before = {name: _alike(cell, types[name]) for name, cell in before.items()}
        self._after = {name: _alike(cell, types[name]) for name, cell in after.items()}

    def before(self, columns: Sequence[str]) -> _Values | None:
        """Return what the row holds before the change; None when it is not there yet or not known."""
        if self.kind is ChangeKind.INSERT or not self._before.keys() >= set(columns):
            return None
        return tuple(self._before[name] for name in columns)

    def after(self, columns: Sequence[str]) -> _Values | None:
        """Return what the row holds after the change; None when it is gone or that is not known."""
        if self.kind is ChangeKind.DELETE or not self._after.keys() >= set(columns):
            return None
        return tuple(self._after[name] for name in columns)

    def known_after(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Name those of the columns whose values after the change are known."""
        return tuple(name for name in columns if name in self._after)

    def changes(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Name those of the columns that are written."""
        return tuple(name for name in columns if name in self.written)

    def frees(self, columns: Sequence[str]) -> _Values | None:
        """Return the values the row no longer holds after the change."""
        before = self.before(columns)
        moves = self.kind is ChangeKind.DELETE or (self.written & set(columns) and before != self.after(columns))
        return before if moves else None

    def takes(self, columns: Sequence[str]) -> _Values | None:
        """Return the values the row holds only after the change."""
        after = self.after(columns)
        comes = self.kind is ChangeKind.INSERT or (self.written & set(columns) and after != self.before(columns))
        return after if comes else None


def _demand_free(graph: _Graph, index: Index, images: Sequence[_Image]) -> None:
    """Have values of a unique index freed before they are taken.

    Where a row is known in a part of the columns only, that part decides, if nothing speaks against it. What an index
    over expressions or an exclusion constraint forbids cells don't tell: there deletions go first.
    """
    columns = tuple(name for name in index.columns if name)
    opaque = index.exclusion or len(columns) < len(index.columns)
    deleted = [image for image in images if image.kind is ChangeKind.DELETE]
    freed: _Groups = {} if opaque else _grouped(images, lambda image: image.frees(columns))
    partly: dict[tuple[str, ...], _Groups] = {(): {(): deleted}} if opaque else _partly_freed(images, columns)
    by_part: dict[tuple[str, ...], _Groups] = {}
    for image in images:
        if image.kind is ChangeKind.DELETE or not (opaque or image.kind is ChangeKind.INSERT or image.changes(columns)):
            continue
        for other in freed.get(image.takes(columns) or (), ()):
            graph.demand(other.index, image.index)
        for known, groups in partly.items():
            part = image.after(known)
            if part is not None:
                graph.wish((index.name, "updated", known, part), groups.get(part, ()), image)
        known = image.known_after(columns)
        if known and known != columns:
            if known not in by_part:
                by_part[known] = _grouped(deleted, partial(_Image.before, columns=known))
            part = image.after(known) or ()
            graph.wish((index.name, "deleted", known, part), by_part[known].get(part, ()), image)


def _grouped(images: Iterable[_Image], values_of: Callable[[_Image], _Values | None]) -> _Groups:
    groups: _Groups = defaultdict(list)
    for image in images:
        if (values := values_of(image)) is not None:
            groups[values].append(image)
    return groups


def _partly_freed(images: Iterable[_Image], columns: Sequence[str]) -> dict[tuple[str, ...], _Groups]:
    """Group the changed rows not known in all of the columns by what they held in those that change."""
    found: dict[tuple[str, ...], _Groups] = {}
    for image in images:
        if image.kind is ChangeKind.UPDATE and image.before(columns) is None:
            known = image.changes(columns)
            before = image.before(known)
            if known and before is not None and before != image.after(known):
                found.setdefault(known, defaultdict(list))[before].append(image)
    return found


def _demand_links(graph: _Graph, key: ForeignKey, children: Sequence[_Image], parents: Sequence[_Image]) -> None:
    """Have parents written before rows point to them, and removed after rows cease to."""
    made = _grouped(parents, lambda parent: parent.takes(key.target_columns))
    removed = _grouped(parents, lambda parent: parent.frees(key.target_columns))
    for child in children:
        for parent in made.get(child.takes(key.columns) or (), ()):
            if parent is not child:
                graph.demand(parent.index, child.index)
        for parent in removed.get(child.frees(key.columns) or (), ()):
            if parent is not child:
                graph.demand(child.index, parent.index)


class _Graph:
    """What comes before what: demands, and wishes that give way. `ranks` order what is free to go."""

    def __init__(self, ranks: Sequence[tuple[int, int, int]]) -> None:
        self._ranks = ranks
        self._after: dict[int, list[int]] = defaultdict(list)
        self._waits: dict[int, int] = defaultdict(int)
        self._hoped_after: dict[int, set[int]] = defaultdict(set)
        self._hopes: dict[int, int] = defaultdict(int)
        # All that wish for the same share a node: the wishes of thousands of rows stay few.
        self._shared: dict[Hashable, int] = {}

    def demand(self, first: int, then: int) -> None:
        """Have one change before another."""
        self._after[first].append(then)
        self._waits[then] += 1

    def wish(self, name: Hashable, first: Sequence[_Image], then: _Image) -> None:
        """Have a change after others, if it can be. The same name stands for the same others."""
        if not first:
            return
        node = self._shared.get(name)
        if node is None:
            node = self._shared[name] = len(self._ranks) + len(self._shared)
            for other in first:
                self._hope(other.index, node)
        self._hope(node, then.index)

    def _hope(self, first: int, then: int) -> None:
        if then not in self._hoped_after[first]:
            self._hoped_after[first].add(then)
            self._hopes[then] += 1

    def sorted(self) -> list[int]:
        """Return every change, after all it waits for."""
        left = dict.fromkeys(range(len(self._ranks)))
        nodes = [*left, *self._shared.values()]
        ready = [(self._rank(node), node) for node in nodes if not self._waits[node] and not self._hopes[node]]
        heapq.heapify(ready)
        order: list[int] = []
        while left:
            node = heapq.heappop(ready)[1] if ready else min(left, key=lambda n: (self._waits[n] > 0, self._rank(n)))
            if node < len(self._ranks):
                if node not in left:
                    continue
                del left[node]
                order.append(node)
            for then in self._after.pop(node, ()):
                self._waits[then] -= 1
                self._release(then, ready)
            for then in self._hoped_after.pop(node, ()):
                self._hopes[then] -= 1
                self._release(then, ready)
        return order

    def _release(self, node: int, ready: list[tuple[tuple[int, int, int], int]]) -> None:
        if not self._waits[node] and not self._hopes[node]:
            heapq.heappush(ready, (self._rank(node), node))

    def _rank(self, node: int) -> tuple[int, int, int]:
        return self._ranks[node] if node < len(self._ranks) else (-1, 0, node)


def _alike(cell: Cell, type_: PgType) -> Cell:
    """Give values that the server takes for the same the same text, where that is plain: 7 and 07, citext's A and a."""
    if cell is None:
        return None
    if type_.kind is TypeKind.NUMBER and _WHOLE_NUMBER.match(cell):
        return str(int(cell))
    if type_.kind is TypeKind.UUID or "citext" in {type_.name, type_.domain_of}:
        return cell.lower()
    return cell


def _ranks(relations: Mapping[RelationName, Relation]) -> dict[RelationName, int]:
    """Number relations so that one that refers to another has the higher number; circles are cut somewhere."""
    ranks: dict[RelationName, int] = {}

    def rank(name: RelationName, path: frozenset[RelationName]) -> int:
        if name not in ranks:
            targets = {key.target for key in relations[name].foreign_keys} & relations.keys() - path - {name}
            ranks[name] = 1 + max((rank(target, path | {name}) for target in targets), default=-1)
        return ranks[name]

    for name in relations:
        rank(name, frozenset({name}))
    return ranks
