"""The way back from a save: its images, inverted, as changes to be staged, looked at and saved like any others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.images import Cause, RowImage
from nexus_studio.core.data.rowformats import MASK
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Editing, Generated, Relation

_Way = tuple[tuple[Cell, ...], tuple[Cell, ...]]

_BY_POSTGRESQL: Final = frozenset({Generated.STORED, Generated.VIRTUAL})


class Gap(Enum):
    """Why something of a set can't be taken back."""

    RELATION_GONE = "relation_gone"
    COLUMN_GONE = "column_gone"
    NOT_EDITABLE = "not_editable"
    KEY_CHANGED = "key_changed"
    """Rows are found by other columns than they were when it was saved."""
    MASKED = "masked"
    """Some of their values were hidden from the connection that deleted them: nobody kept them."""
    TAKEN_OVER = "taken_over"
    """They point to a key that another row took over in the same save, which would take them along on its way back."""
    UNREAD = "unread"
    """Rows went along that the role could not read: nobody knows which, nor how many."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Rows of a relation that do not come back as they were: not at all, or (COLUMN_GONE) without some columns."""

    relation: RelationName
    gap: Gap
    rows: int
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inverse:
    """What takes a set back, by relation, those that others refer to first; and what it does not take back."""

    changes: Mapping[RelationName, tuple[RowChange, ...]] = field(default_factory=dict)
    shortfalls: tuple[Shortfall, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows would be written."""
        return sum(len(each) for each in self.changes.values())

    def all_changes(self) -> tuple[RowChange, ...]:
        """Return the changes of all relations, for one save."""
        return tuple(change for changes in self.changes.values() for change in changes)


def inverse_of(images: Sequence[RowImage], relations: Mapping[RelationName, Relation]) -> Inverse:
    """Invert what a save did.

    A new row is deleted if it still is what it was made; a changed one gets its cells back where they still are what
    they were made; a deleted one is made anew with its identity. Keys that followed another row's key are left out:
    they follow it back. `RowChange.draft` numbers all changes through.

    Args:
        images: Each row once (`images.coalesced`), in the order in which they were written. One may stand by now where
            another stood before: keys don't tell that two images are of one row.
        relations: As they are now; what is missing is gone.
    """
    found: dict[RelationName, list[RowChange]] = defaultdict(list)
    short: dict[tuple[RelationName, Gap], list[frozenset[str]]] = defaultdict(list)
    rows = [_row(image) for image in images if not image.is_blind]
    _note_followers(rows, relations)
    for image in images:
        if image.is_blind:
            short[image.relation, Gap.UNREAD].append(frozenset())
    for row in reversed(rows):
        relation = relations.get(row.relation)
        if relation is None:
            short[row.relation, Gap.RELATION_GONE].append(frozenset())
            continue
        try:
            change = _INVERTED[row.kind](relation, row)
        except _CannotError as error:
            short[row.relation, error.gap].append(frozenset())
            continue
        if change is not None:
            found[row.relation].append(change)
        if gone := _gone(relation, row):
            short[row.relation, Gap.COLUMN_GONE].append(gone)
    ordered = {name: found[name] for name in _parents_first(found, relations)}
    return Inverse(_numbered(ordered), tuple(_shortfalls(short)))


class _CannotError(Exception):
    """A row can't be taken back."""

    def __init__(self, gap: Gap) -> None:
        super().__init__(gap.value)
        self.gap = gap


@dataclass(slots=True)
class _Row:
    """What a save did to one row. `following` are columns that followed another row's key."""

    relation: RelationName
    kind: ChangeKind
    cause: Cause
    key: RowKey | None
    key_after: RowKey | None
    before: dict[str, Cell]
    after: dict[str, Cell]
    following: set[str]
    is_taken_over: bool = False


def _note_followers(rows: Iterable[_Row], relations: Mapping[RelationName, Relation]) -> None:
    """Find columns that follow another row's key back by themselves, also where a person wrote to their row as well."""
    moved = [row for row in rows if row.kind is ChangeKind.UPDATE and row.relation in relations]
    ways: dict[tuple[RelationName, tuple[str, ...]], set[_Way | None]] = defaultdict(set)
    for row in moved:
        for columns in {key.target_columns for key in relations[row.relation].referenced_by}:
            ways[row.relation, columns].add(_way_back(row, columns))
    for row in moved:
        for key in relations[row.relation].foreign_keys:
            if key.on_update != "cascade":
                continue
            way = _way_back(row, key.columns)
            others = ways[key.target, key.target_columns] - {None}
            if way in others:
                row.following |= set(key.columns)
            elif way is None and _stayed(row, key.columns) in {other[0] for other in others if other is not None}:
                row.is_taken_over = True


def _way_back(row: _Row, columns: Sequence[str]) -> _Way | None:
    """Return what cells are now and what they were; None where they are the same, or not known."""
    if not row.before.keys() >= set(columns) or not row.after.keys() >= set(columns):
        return None
    way = tuple(row.after[name] for name in columns), tuple(row.before[name] for name in columns)
    return way if way[0] != way[1] else None


def _stayed(row: _Row, columns: Sequence[str]) -> tuple[Cell, ...] | None:
    """Return what written cells are, which is what they were; None where that is not known."""
    if not row.before.keys() >= set(columns) or not row.after.keys() >= set(columns):
        return None
    return tuple(row.after[name] for name in columns)


def _row(image: RowImage) -> _Row:
    following = set(image.before) if image.cause is Cause.KEY_FOLLOWS else set()
    return _Row(
        image.relation,
        image.kind,
        image.cause,
        image.key,
        image.key_after,
        dict(image.before),
        dict(image.after),
        following,
    )


def _unmade(relation: Relation, row: _Row) -> RowChange:
    """Delete a row that was made."""
    if relation.editing not in {Editing.BY_KEY, Editing.BY_ALL_CELLS} or not relation.may_delete:
        raise _CannotError(Gap.NOT_EDITABLE)
    base = _present(relation, row.after)
    return RowChange(relation.name, ChangeKind.DELETE, 0, _key_now(relation, row.key_after, row.after), base=base)


def _set_back(relation: Relation, row: _Row) -> RowChange | None:
    """Give a row the cells it had; None where they are what they were, or come back by themselves."""
    if row.is_taken_over:
        raise _CannotError(Gap.TAKEN_OVER)
    before, after = _present(relation, row.before), _present(relation, row.after)
    values = {
        name: cell
        for name, cell in before.items()
        if name not in row.following and not relation.column(name).is_computed and cell != after.get(name, cell)
    }
    if not values:
        return None
    if relation.editing not in {Editing.BY_KEY, Editing.BY_ALL_CELLS}:
        raise _CannotError(Gap.NOT_EDITABLE)
    if not all(relation.column(name).may_update for name in values):
        raise _CannotError(Gap.NOT_EDITABLE)
    whole = relation.editing is Editing.BY_ALL_CELLS
    base = {name: cell for name, cell in after.items() if whole or name in values}
    key = _key_now(relation, row.key_after, row.after)
    return RowChange(relation.name, ChangeKind.UPDATE, 0, key, values, base)


def _made_anew(relation: Relation, row: _Row) -> RowChange:
    """Insert a row that was deleted, as it was."""
    if not relation.insertable:
        raise _CannotError(Gap.NOT_EDITABLE)
    if MASK in row.before.values():
        raise _CannotError(Gap.MASKED)
    values = {
        name: cell
        for name, cell in _present(relation, row.before).items()
        if relation.column(name).generated not in _BY_POSTGRESQL
    }
    if not all(relation.column(name).may_insert for name in values):
        raise _CannotError(Gap.NOT_EDITABLE)
    return RowChange(relation.name, ChangeKind.INSERT, 0, values=values, keeps_identity=True)


_INVERTED: Final = {
    ChangeKind.INSERT: _unmade,
    ChangeKind.UPDATE: _set_back,
    ChangeKind.DELETE: _made_anew,
}


def _present(relation: Relation, cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """Return the cells of columns that are still there and were not hidden when the row was saved."""
    return {name: cell for name, cell in cells.items() if relation.has_column(name) and cell != MASK}


def _gone(relation: Relation, row: _Row) -> frozenset[str]:
    """Name columns that held something and are no more; of a row that is only to go they don't matter."""
    return frozenset(name for name in row.before if not relation.has_column(name))


def _key_now(relation: Relation, key: RowKey | None, cells: Mapping[str, Cell]) -> RowKey:
    """Return what finds the row today: by the names of the key's columns where they are known."""
    if relation.key and cells.keys() >= set(relation.key):
        return RowKey(tuple(cells[name] for name in relation.key))
    by_place = relation.editing is Editing.BY_ALL_CELLS
    if key is None or key.by_place is not by_place or (not by_place and len(key.cells) != len(relation.key)):
        raise _CannotError(Gap.KEY_CHANGED)
    if by_place and not cells.keys() >= {column.name for column in relation.columns if column.may_select}:
        raise _CannotError(Gap.KEY_CHANGED)  # its place alone could be another row's by now
    return key


def _parents_first(
    names: Iterable[RelationName], relations: Mapping[RelationName, Relation]
) -> tuple[RelationName, ...]:
    """Put relations that others refer to before them; circles are cut somewhere."""
    wanted, ordered = list(names), dict[RelationName, None]()

    def visit(name: RelationName, path: frozenset[RelationName]) -> None:
        for key in relations[name].foreign_keys:
            if key.target in wanted and key.target not in path and key.target not in ordered:
                visit(key.target, path | {key.target})
        ordered.setdefault(name)

    for name in wanted:
        if name not in ordered:
            visit(name, frozenset({name}))
    return tuple(ordered)


def _numbered(found: Mapping[RelationName, Sequence[RowChange]]) -> dict[RelationName, tuple[RowChange, ...]]:
    numbered: dict[RelationName, tuple[RowChange, ...]] = {}
    number = 0
    for name, changes in found.items():
        numbered[name] = tuple(replace(change, draft=number + place) for place, change in enumerate(changes, start=1))
        number += len(changes)
    return numbered


def _shortfalls(short: Mapping[tuple[RelationName, Gap], Sequence[frozenset[str]]]) -> Iterable[Shortfall]:
    for (name, gap), rows in short.items():
        columns = frozenset[str]().union(*rows)
        yield Shortfall(name, gap, len(rows), tuple(sorted(columns)))
