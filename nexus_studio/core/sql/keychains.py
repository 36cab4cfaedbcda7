"""Keys that follow: a change whose row has got another key by the time it is written, because another one's key moved.

With ON UPDATE CASCADE a row's columns follow the key they refer to, also through tables of which nothing is staged
(a <- b <- c). Whatever is written behind the move has to look for the row where it stands by then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nexus_studio.core.data.cells import DEFAULT, Cell, RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.orderaims import alike

_Values = tuple[Cell, ...]
_Place = tuple[RelationName, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Follow:
    """`columns` follow `target_columns` of another relation. `tables`: how many tables away that is; 1 is the next."""

    columns: tuple[str, ...]
    target: RelationName
    target_columns: tuple[str, ...]
    tables: int = 1

    @property
    def place(self) -> _Place:
        """What is followed."""
        return self.target, self.target_columns


def follows_of(known: Mapping[RelationName, Relation], name: RelationName) -> tuple[Follow, ...]:
    """Return what the columns of a relation follow, the nearest first, as far as the relations on the way are known."""
    relation = known.get(name)
    found: dict[tuple[_Place, tuple[str, ...]], Follow] = {}
    todo = [
        Follow(key.columns, key.target, key.target_columns)
        for key in (relation.foreign_keys if relation is not None else ())
        if key.on_update == "cascade"
    ]
    while todo:
        follow = todo.pop(0)
        if (follow.place, follow.columns) not in found:
            found[follow.place, follow.columns] = follow
            todo += _further(known, follow)
    return tuple(found.values())


def _further(known: Mapping[RelationName, Relation], follow: Follow) -> Iterator[Follow]:
    middle = known.get(follow.target)
    mine = dict(zip(follow.target_columns, follow.columns, strict=True))
    for key in middle.foreign_keys if middle is not None else ():
        if key.on_update == "cascade" and mine.keys() >= set(key.columns):
            columns = tuple(mine[name] for name in key.columns)
            yield Follow(columns, key.target, key.target_columns, follow.tables + 1)


class Moves:
    """What keys were and are by now, while changes are gone through in the order in which they are written."""

    def __init__(self, known: Mapping[RelationName, Relation], changes: Sequence[RowChange]) -> None:
        self._known = known
        follows = {name: those for name in known if (those := follows_of(known, name))}
        written = {each.relation for each in changes if each.kind is not ChangeKind.INSERT} if follows else set()
        self._follows = {name: those for name, those in follows.items() if name in written}
        self._watched: dict[RelationName, set[tuple[str, ...]]] = defaultdict(set)
        for those in self._follows.values():
            for follow in those:
                self._watched[follow.target].add(follow.target_columns)
        self._moved: dict[_Place, dict[_Values, _Values]] = defaultdict(dict)

    @property
    def are_possible(self) -> bool:
        """Whether any of the changes is of rows that follow others."""
        return bool(self._follows)

    def note(self, change: RowChange) -> None:
        """Take in that a change is written."""
        if change.kind is not ChangeKind.UPDATE:
            return
        for columns in self._watched.get(change.relation, ()):
            if change.values.keys().isdisjoint(columns):
                continue
            relation = self._known[change.relation]
            held = _held(relation, change)
            later = {name: cell for name, cell in held.items() if name not in change.values}
            later |= {name: cell for name, cell in change.values.items() if cell is not DEFAULT}
            before, after = _cells(relation, held, columns), _cells(relation, later, columns)
            if before is not None and after is not None and before != after and None not in before:
                self._moved[change.relation, columns][before] = after

    def at_its_place(self, change: RowChange) -> RowChange:
        """Return a change as one of the row where it stands once all that was noted is written."""
        follows, key = self._follows.get(change.relation, ()), change.key
        if not self._moved or not follows or key is None:
            return change
        relation = self._known[change.relation]
        held, now, left = _held(relation, change), dict[str, Cell](), list(follows)
        while step := next((one for one in left if self._went(relation, one, held) is not None), None):
            left.remove(step)  # a row goes along with another one's key once
            now.update(zip(step.columns, self._went(relation, step, held) or (), strict=True))
            held.update(now)
        if not now:
            return change
        if not key.by_place:
            key = RowKey(tuple(now.get(name, cell) for name, cell in zip(relation.key, key.cells, strict=True)))
        base = {name: now.get(name, cell) for name, cell in change.base.items()}
        # What has followed is another version of the row.
        return replace(change, key=key, base=base, version=None)

    def _went(self, relation: Relation, follow: Follow, held: Mapping[str, Cell]) -> _Values | None:
        """Return what the cells that follow are by now; None where they have not followed."""
        moved = self._moved.get(follow.place)
        cells = _cells(relation, held, follow.columns) if moved else None
        return None if moved is None or cells is None else moved.get(cells)


def _held(relation: Relation, change: RowChange) -> dict[str, Cell]:
    """Return what is known of a row before its change."""
    key = change.key
    named = dict(zip(relation.key, key.cells, strict=True)) if key is not None and not key.by_place else {}
    return {**named, **change.base}


def _cells(relation: Relation, cells: Mapping[str, Cell], columns: Sequence[str]) -> _Values | None:
    """Return the cells of columns so that they can be compared; None where one is not known."""
    if not cells.keys() >= set(columns):
        return None
    return tuple(alike(cells[name], relation.column(name).type) for name in columns)


def unread_links(
    known: Mapping[RelationName, Relation], changes: Sequence[RowChange]
) -> dict[RelationName, tuple[tuple[str, ...], list[int]]]:
    """Name what has to be read of rows before it is known whether they follow a key that moves.

    An edit knows the cells that it changes, a deletion those that were in sight: of a link of several columns that may
    be a part. Where none of it is guarded the row is found wherever the link leads.

    Returns:
        For each relation the columns, and the indexes of the changes of whose rows they are not known.
    """
    wanted: dict[RelationName, tuple[dict[str, None], list[int]]] = {}
    follows = {name: follows_of(known, name) for name in {change.relation for change in changes}}
    for index, change in enumerate(changes):
        if not follows[change.relation] or change.key is None or change.key.by_place:
            continue
        held = _held(known[change.relation], change).keys()
        missing = {
            name: None
            for follow in follows[change.relation]
            for name in follow.columns
            if name not in held and (change.version is not None or not held.isdisjoint(follow.columns))
        }
        if missing:
            columns, places = wanted.setdefault(change.relation, ({}, []))
            columns |= missing
            places.append(index)
    return {name: (tuple(columns), places) for name, (columns, places) in wanted.items()}
