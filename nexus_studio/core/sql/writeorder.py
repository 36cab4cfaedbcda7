"""The order in which staged changes are written, so that neither links nor unique values stand in one another's way.

New rows first, then changed ones, then deletions; and before that rule what the changes themselves demand: a row is
there before others point to it and gone after they do, and a unique value is freed before it is taken again. All of it
is judged by the cells that are known; the server's constraints stay the judge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from nexus_studio.core.data.cells import DEFAULT, Cell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import ForeignKey, Index, Relation
from nexus_studio.core.sql.exchanges import may_wait, resting_column
from nexus_studio.core.sql.keychains import Follow, follows_of
from nexus_studio.core.sql.orderaims import Aim, alike
from nexus_studio.core.sql.ordergraph import OrderGraph, Rank
from nexus_studio.core.sql.shapes import shape_of

_STEPS: Final = {ChangeKind.INSERT: 0, ChangeKind.UPDATE: 1, ChangeKind.DELETE: 2}

_Values = tuple[Cell, ...]
_Groups = dict[_Values, list["_Image"]]


def write_order(relations: Mapping[RelationName, Relation], changes: Sequence[RowChange]) -> list[int]:
    """Return the indexes of the changes in the order in which they are to be written.

    Demands that go round in a circle are cut: first those that are only a guess, then any. What is free to go stands
    beside what has the same shape, so that many rows are written by one statement.
    """
    return ordered(relations, changes).order


@dataclass(frozen=True, slots=True)
class Cut:
    """A demand that the order does not keep: `child` and `parent` (indexes of changes) wait for one another.

    `by`: the foreign key, or the unique index. `removes`: the child was to let go of the parent's row before that goes
    (of a value that the parent takes); otherwise the parent's row was to be there before the child points to it.
    `is_stuck`: there is no way around.
    """

    by: ForeignKey | Index
    child: int
    parent: int
    removes: bool
    is_stuck: bool = False


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order of changes: their indexes, the number of each shape (by index), and the demands that go in circles."""

    order: list[int]
    shapes: list[int]
    cuts: tuple[Cut, ...]


@dataclass(slots=True)
class _Kind:
    """Changes of one shape: its number and rank, and whether their cells decide about the order."""

    number: int
    rank: tuple[int, int, int]
    seen: bool


def ordered(
    relations: Mapping[RelationName, Relation],
    changes: Sequence[RowChange],
    known: Mapping[RelationName, Relation] | None = None,
) -> Ordered:
    """Return the order in which changes are to be written, with all that was found out on the way.

    `known`: also what lies between the relations; keys that follow through it count.
    """
    relation_ranks = _ranks(relations)
    aims: dict[RelationName, Aim] = {}
    kinds: dict[Hashable, _Kind] = {}
    shapes: list[int] = []
    ranks: list[Rank] = []
    deciding: dict[RelationName, list[int]] = defaultdict(list)
    for index, change in enumerate(changes):
        shape = shape_of(change)
        kind = kinds.get(shape)
        if kind is None:
            name = change.relation
            rank = relation_ranks.get(name, 0)
            place = (_STEPS[change.kind], -rank if change.kind is ChangeKind.DELETE else rank, len(kinds))
            aim = aims[name] = aims.get(name) or Aim(relations[name], relations)
            kind = kinds[shape] = _Kind(len(kinds), place, aim.sees(change))
        shapes.append(kind.number)
        ranks.append((*kind.rank, index))
        if kind.seen:
            deciding[change.relation].append(index)
    graph = OrderGraph[Cut](ranks)
    images: dict[RelationName, list[_Image]] = {
        name: [_Image(index, changes[index], relations[name], aims[name]) for index in mine]
        for name, mine in deciding.items()
        if len(deciding) > 1 or not aims[name].keeps_apart([changes[index] for index in mine])
    }
    _demand_all(graph, relations, known or relations, images, changes)
    return Ordered(graph.sorted(), shapes, graph.cuts())


def _demand_all(
    graph: OrderGraph[Cut],
    relations: Mapping[RelationName, Relation],
    known: Mapping[RelationName, Relation],
    images: Mapping[RelationName, Sequence[_Image]],
    changes: Sequence[RowChange],
) -> None:
    for name, mine in images.items():
        for index_ in relations[name].indexes:
            if index_.unique or index_.exclusion:
                _demand_free(graph, relations[name], index_, mine, changes)
        for key in relations[name].foreign_keys:
            if key.target in images:
                _demand_links(graph, key, mine, images[key.target])
        for follow in follows_of(known, name) if len(images) > 1 else ():
            if follow.tables > 1 and follow.target in images:
                _demand_follows(graph, follow, mine, images[follow.target])


class _Image:
    """A change as what its row holds before and after it, as far as that is known and matters."""

    def __init__(self, index: int, change: RowChange, relation: Relation, aim: Aim) -> None:
        self.index = index
        self.kind = change.kind
        self.written = change.values.keys()
        types = aim.types
        self._before: dict[str, Cell] = {}
        if change.key is not None and not change.key.by_place:
            for name, cell in zip(relation.key, change.key.cells, strict=True):
                if name in aim.columns:
                    self._before[name] = alike(cell, types[name])
        for name, cell in change.base.items():
            if name in aim.columns:
                self._before[name] = alike(cell, types[name])
        self._after = self._before
        if not aim.columns.isdisjoint(self.written):
            self._after = dict(self._before)
            for name, staged in change.values.items():
                if staged is DEFAULT:
                    self._after.pop(name, None)
                elif name in aim.columns:
                    self._after[name] = alike(staged, types[name])

    def before(self, columns: Sequence[str]) -> _Values | None:
        """Return what the row holds before the change; None when it is not there yet or not known."""
        return None if self.kind is ChangeKind.INSERT else _values(self._before, columns)

    def after(self, columns: Sequence[str]) -> _Values | None:
        """Return what the row holds after the change; None when it is gone or that is not known."""
        return None if self.kind is ChangeKind.DELETE else _values(self._after, columns)

    def known_after(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Name those of the columns whose values after the change are known."""
        return tuple(name for name in columns if name in self._after)

    def changes(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Name those of the columns that are written."""
        return tuple(name for name in columns if name in self.written)

    def frees(self, columns: Sequence[str]) -> _Values | None:
        """Return the values the row no longer holds after the change."""
        if self.kind is ChangeKind.DELETE:
            return self.before(columns)
        if self.kind is ChangeKind.INSERT or self.written.isdisjoint(columns):
            return None
        before = self.before(columns)
        return None if before is None or before == self.after(columns) else before

    def takes(self, columns: Sequence[str]) -> _Values | None:
        """Return the values the row holds only after the change."""
        if self.kind is ChangeKind.INSERT:
            return self.after(columns)
        if self.kind is ChangeKind.DELETE or self.written.isdisjoint(columns):
            return None
        after = self.after(columns)
        return None if after is None or after == self.before(columns) else after


def _values(cells: Mapping[str, Cell], columns: Sequence[str]) -> _Values | None:
    try:
        return tuple([cells[name] for name in columns])
    except KeyError:
        return None


def _demand_free(
    graph: OrderGraph[Cut], relation: Relation, index: Index, images: Sequence[_Image], changes: Sequence[RowChange]
) -> None:
    """Have values of a unique index freed before they are taken.

    Where a row is known in a part of the columns only, that part decides, if nothing speaks against it. What an index
    over expressions or an exclusion constraint forbids cells don't tell: there deletions go first.
    """
    columns = tuple(name for name in index.columns if name)
    opaque = index.exclusion or len(columns) < len(index.columns)
    if not opaque:
        images = [each for each in images if each.kind is not ChangeKind.UPDATE or not each.written.isdisjoint(columns)]
    deleted = [image for image in images if image.kind is ChangeKind.DELETE]
    moves = [(image, image.before(columns), image.after(columns)) for image in images]
    if not opaque:
        for leaves, takes in _successors(moves):
            _demand_left(graph, relation, index, changes, leaves, takes)
    blurred = [image for image, before, _ in moves if before is None and image.kind is ChangeKind.UPDATE]
    partly: dict[tuple[str, ...], _Groups] = {(): {(): deleted}} if opaque else _partly_freed(blurred, columns)
    by_part: dict[tuple[str, ...], _Groups] = {}
    for image in images if partly or deleted else ():
        if image.kind is ChangeKind.DELETE:
            continue
        for known, groups in partly.items():
            part = image.after(known)
            if part is not None:
                graph.wish((index.name, "updated", known, part), _indexes(groups.get(part, ())), image.index)
        known = image.known_after(columns)
        if known and known != columns:
            if known not in by_part:
                by_part[known] = _grouped(deleted, partial(_Image.before, columns=known))
            part = image.after(known) or ()
            graph.wish((index.name, "deleted", known, part), _indexes(by_part[known].get(part, ())), image.index)


def _demand_left(
    graph: OrderGraph[Cut], relation: Relation, index: Index, changes: Sequence[RowChange], leaves: int, takes: int
) -> None:
    """Have who leaves a value before who takes it, or know what to do where they go round in a circle."""
    if may_wait(relation, index) or resting_column(relation, index, changes[leaves]) is not None:
        graph.link(leaves, takes, Cut(index, leaves, takes, removes=True))
    else:
        graph.demand(leaves, takes, Cut(index, leaves, takes, removes=True, is_stuck=True))


def _successors(moves: Iterable[tuple[_Image, _Values | None, _Values | None]]) -> Iterator[tuple[int, int]]:
    """Return who leaves a value, and who takes it: by the indexes of the changes."""
    moved = [move for move in moves if move[1] != move[2]]
    freed: _Groups = {}
    for image, before, _ in moved:
        if before is not None:
            freed.setdefault(before, []).append(image)
    for image, _, after in moved:
        for other in freed.get(after, ()) if after is not None else ():
            yield other.index, image.index


def _indexes(images: Iterable[_Image]) -> list[int]:
    return [image.index for image in images]


def _grouped(images: Iterable[_Image], values_of: Callable[[_Image], _Values | None]) -> _Groups:
    groups: _Groups = defaultdict(list)
    for image in images:
        if (values := values_of(image)) is not None:
            groups[values].append(image)
    return groups


def _partly_freed(images: Iterable[_Image], columns: Sequence[str]) -> dict[tuple[str, ...], _Groups]:
    """Group changed rows not known in all of the columns by what they held in those that change."""
    found: dict[tuple[str, ...], _Groups] = {}
    for image in images:
        known = image.changes(columns)
        before = image.before(known)
        if known and before is not None and before != image.after(known):
            found.setdefault(known, defaultdict(list))[before].append(image)
    return found


def _demand_links(
    graph: OrderGraph[Cut], key: ForeignKey, children: Sequence[_Image], parents: Sequence[_Image]
) -> None:
    """Have parents written before rows point to them, and removed after rows cease to."""
    made = _grouped(parents, lambda parent: parent.takes(key.target_columns))
    removed = _grouped(parents, lambda parent: parent.frees(key.target_columns))
    for child in children:
        for parent in made.get(child.takes(key.columns) or (), ()):
            if parent is not child:
                graph.link(parent.index, child.index, Cut(key, child.index, parent.index, removes=False))
        for parent in removed.get(child.frees(key.columns) or (), ()):
            if parent is not child and not _goes_with(child, parent, key):
                graph.link(child.index, parent.index, Cut(key, child.index, parent.index, removes=True))
        if key.on_update == "cascade" and child.frees(key.columns) is None:
            # It is found by a key that follows, or guarded by a cell that does: first what was staged.
            for parent in removed.get(child.before(key.columns) or (), ()):
                if parent is not child and parent.kind is ChangeKind.UPDATE:
                    graph.demand(child.index, parent.index)


def _goes_with(child: _Image, parent: _Image, key: ForeignKey) -> bool:
    """Tell whether a row goes where its parent's key goes: by itself, so that it need not leave before."""
    takes = child.takes(key.columns)
    return key.on_update == "cascade" and takes is not None and takes == parent.takes(key.target_columns)


def _demand_follows(
    graph: OrderGraph[Cut], follow: Follow, children: Sequence[_Image], parents: Sequence[_Image]
) -> None:
    """Have a key moved before rows point to what follows it, through tables of which nothing is staged."""
    moving = [parent for parent in parents if parent.kind is ChangeKind.UPDATE]
    moved = _grouped(moving, lambda parent: parent.takes(follow.target_columns))
    for child in children if moved else ():
        for parent in moved.get(child.takes(follow.columns) or (), ()):
            if parent is not child:
                graph.demand(parent.index, child.index)


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
