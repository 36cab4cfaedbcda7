"""Rows that a save takes along through foreign keys: read in its transaction, before they go or get another value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Select, literal_column, select, text

from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.images import Cause, RowImage
from nexus_studio.core.errors import PermissionDenied
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import ForeignKey, Relation, RelationKind
from nexus_studio.core.schema.types import PgType
from nexus_studio.core.sql.batches import readable_columns
from nexus_studio.core.sql.expressions import PLACE, table_of
from nexus_studio.core.sql.following import follows, rows_holding
from nexus_studio.core.sql.ordering import TID_TYPE
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.reflection import CatalogReader

MOST: Final = 200_000
"""Rows of one relation that are kept of what one batch of changes takes along; more are not read at all."""

_CAUSES: Final = {"cascade": Cause.KEY_FOLLOWS, "set null": Cause.SET_NULL, "set default": Cause.SET_DEFAULT}

_POLICIES: Final = text(
    "SELECT pg_catalog.row_security_active(pg_catalog.to_regclass("
    "pg_catalog.format('%I.%I', CAST(:schema AS text), CAST(:name AS text))))"
)


@dataclass(frozen=True, slots=True)
class _Way:
    """Rows of a relation that are about to be written, and a foreign key by which others will be. `goes`: deleted."""

    key: ForeignKey
    rows: tuple[_Row, ...]
    goes: bool


@dataclass(eq=False, slots=True)
class _Row:
    """A row that is written: one of the save's own (without `way`), or one taken along."""

    relation: Relation
    key: RowKey
    cells: Mapping[str, Cell]
    cause: Cause = Cause.OWN
    by: ForeignKey | None = None
    parent: _Row | None = None
    after: dict[str, Cell] = field(default_factory=dict)

    def image(self) -> RowImage:
        """Return it as it was, and is by now."""
        if self.cause is Cause.CASCADE:
            return RowImage(self.relation.name, ChangeKind.DELETE, self.cause, self.key, before=self.cells)
        keyless = not self.relation.key
        before = {name: cell for name, cell in self.cells.items() if keyless or name in self.after}
        after = {**before, **self.after}
        return RowImage(self.relation.name, ChangeKind.UPDATE, self.cause, self.key, self._key_after(), before, after)

    def _key_after(self) -> RowKey | None:
        names = self.relation.key
        if not names:
            return None
        if self.cause is Cause.SET_DEFAULT and self.by is not None and not set(names).isdisjoint(self.by.columns):
            return None
        return RowKey(tuple(self.after.get(name, cell) for name, cell in zip(names, self.key.cells, strict=True)))


def reached(
    catalog: CatalogReader, relations: Mapping[RelationName, Relation], changes: Iterable[RowChange], ctx: TaskContext
) -> dict[RelationName, Relation]:
    """Read what all relations are like whose rows the changes can take along; the given ones are among them."""
    known = dict(relations)
    todo = list(
        dict.fromkeys(
            (change.relation, change.kind is ChangeKind.DELETE, frozenset(change.values))
            for change in changes
            if change.kind is not ChangeKind.INSERT and known[change.relation].referenced_by
        )
    )
    seen = set(todo)
    while todo:
        name, deleted, written = todo.pop()
        keys = [key for key in known[name].referenced_by if follows(key, deleted=deleted, written=written)]
        known |= catalog.relations([key.table for key in keys if key.table not in known], ctx)
        for key in keys:
            goes = deleted and key.on_delete == "cascade"
            further = (key.table, goes, frozenset[str]() if goes else frozenset(key.columns))
            if key.table in known and further not in seen:
                seen.add(further)
                todo.append(further)
    return known


class Followers:
    """Reads what batches of a save take along. Made for one transaction, for one thread.

    `relations`: what they are like, see `reached`.
    """

    def __init__(self, connection: Connection, relations: Mapping[RelationName, Relation], ctx: TaskContext) -> None:
        self._connection = connection
        self._relations = relations
        self._ctx = ctx
        self._readable: dict[RelationName, bool] = {}
        self._blind: dict[tuple[RelationName, Cause], RowImage] = {}

    def meets_itself(self, change: RowChange) -> bool:
        """Tell whether a change of a key can reach its own relation, so that one row must be written at a time."""
        if change.kind is not ChangeKind.UPDATE:
            return False
        found: set[RelationName] = set()
        todo = [(change.relation, frozenset(change.values))]
        while todo:
            name, written = todo.pop()
            for key in self._relations[name].referenced_by if name in self._relations else ():
                if follows(key, deleted=False, written=written) and key.table not in found:
                    found.add(key.table)
                    todo.append((key.table, frozenset(key.columns)))
        return change.relation in found

    def before(self, changes: Sequence[RowChange]) -> tuple[_Row, ...]:
        """Read, and lock, the rows that these changes (of one shape) will take along, those nearest first."""
        first, deleted = changes[0], changes[0].kind is ChangeKind.DELETE
        relation = self._relations[first.relation]
        keys = [key for key in relation.referenced_by if follows(key, deleted=deleted, written=first.values)]
        if first.kind is ChangeKind.INSERT or not keys:
            return ()
        own = self._own(relation, keys, changes)
        found: dict[object, _Row] = {}
        ways = [_Way(key, own, deleted) for key in keys]
        while ways:
            way = ways.pop(0)
            new: dict[bool, list[_Row]] = {True: [], False: []}
            for row in self._children(way):
                goes = row.cause is Cause.CASCADE
                name = (row.relation.name, row.key, *(() if row.key.cells else row.cells.values()))
                name = (*name, None if goes else way.key)
                if name not in found:
                    found[name] = row
                    new[goes].append(row)
            for goes, rows in new.items():
                written = () if goes else way.key.columns
                ways += [
                    _Way(key, tuple(rows), goes)
                    for key in (rows[0].relation.referenced_by if rows else ())
                    if follows(key, deleted=goes, written=written)
                ]
        return tuple(found.values())

    def after(self, rows: Sequence[_Row], own: Mapping[RowKey, Mapping[str, Cell]]) -> list[RowImage]:
        """Return what became of them, once the changes are written.

        Args:
            rows: As `before` returned them.
            own: The columns written by the changes themselves, as they are now, by the key before.
        """
        again: dict[ForeignKey, list[_Row]] = defaultdict(list)
        for row in rows:
            if row.by is None or row.cause is Cause.CASCADE:
                continue
            if row.cause is Cause.KEY_FOLLOWS and row.parent is not None:
                parent = row.parent
                now = {**parent.cells, **(own.get(parent.key, {}) if parent.by is None else parent.after)}
                row.after = {
                    name: now[target] for name, target in zip(row.by.columns, row.by.target_columns, strict=True)
                }
            else:
                row.after = dict.fromkeys(row.by.columns)
                again[row.by].append(row)
        for key, those in again.items():
            self._read_again(key, those)
        return [row.image() for row in rows if row.cause is Cause.CASCADE or _is_other(row)]

    def blind(self) -> tuple[RowImage, ...]:
        """Return an image for each relation whose rows may not be read, or are too many."""
        return tuple(self._blind.values())

    # ---- inside

    def _own(self, relation: Relation, keys: Sequence[ForeignKey], changes: Sequence[RowChange]) -> tuple[_Row, ...]:
        """Read what the rows hold that others refer to; lock them, so that no more come to refer to them."""
        by_place = bool(changes[0].key and changes[0].key.by_place)
        names = (PLACE,) if by_place else relation.key
        types = [TID_TYPE] if by_place else [relation.column(name).type for name in names]
        wanted = {name for key in keys for name in key.target_columns if relation.column(name).may_select}
        read = (*names, *sorted(wanted - set(names)))
        values = [change.key.cells for change in changes if change.key is not None]
        records = self._records(relation, rows_holding(relation, read, names, types, values), locks=True)
        return tuple(
            _Row(relation, RowKey(record[: len(names)], by_place=by_place), dict(zip(read, record, strict=True)))
            for record in records
        )

    def _children(self, way: _Way) -> Iterable[_Row]:
        key, relation = way.key, self._relations.get(way.key.table)
        action = key.on_delete if way.goes else key.on_update
        cause = Cause.CASCADE if way.goes and action == "cascade" else _CAUSES[action]
        if not way.rows:
            return
        parents = _by_target(key, way.rows)
        if relation is None or parents is None or not self._may_read(relation, key):
            self._hide(key.table, cause)
            return
        if not parents:
            return
        read = readable_columns(relation)
        types = [way.rows[0].relation.column(name).type for name in key.target_columns]
        statement = rows_holding(relation, read, key.columns, types, list(parents), most=MOST + 1)
        records = self._records(relation, statement, locks=relation.may_update)
        if len(records) > MOST:
            self._hide(key.table, cause)
            return
        for record in records:
            cells = dict(zip(read, record, strict=True))
            place = cells.pop(PLACE, None) if not relation.key else None
            found = RowKey((place,) if place else (), by_place=True)
            if relation.key:
                found = RowKey(tuple(cells[name] for name in relation.key))
            parent = parents.get(tuple(cells[name] for name in key.columns))
            yield _Row(relation, found, cells, cause, key, parent)

    def _records(
        self, relation: Relation, statement: Select[*tuple[Any, ...]], *, locks: bool
    ) -> list[tuple[Cell, ...]]:
        if locks and relation.may_update and relation.kind in {RelationKind.TABLE, RelationKind.PARTITIONED}:
            statement = statement.with_for_update()
        with translated(self._ctx.token):
            return [tuple(record) for record in self._connection.execute(statement)]

    def _read_again(self, key: ForeignKey, rows: Sequence[_Row]) -> None:
        """Read what the server put into the columns of a key: NULL in some of them only, or defaults."""
        relation = rows[0].relation
        if not relation.key or not set(relation.key).isdisjoint(key.columns):
            return
        types: list[PgType] = [relation.column(name).type for name in relation.key]
        read = (*relation.key, *key.columns)
        statement = rows_holding(relation, read, relation.key, types, [row.key.cells for row in rows])
        records = self._records(relation, statement, locks=False)
        now = {record[: len(types)]: dict(zip(key.columns, record[len(types) :], strict=True)) for record in records}
        for row in rows:
            row.after = now.get(row.key.cells, row.after)

    def _may_read(self, relation: Relation, key: ForeignKey) -> bool:
        readable = set(_columns(relation))
        if not readable >= {*key.columns, *relation.key}:
            return False
        if relation.name not in self._readable:
            self._readable[relation.name] = self._looks_readable(relation)
        return self._readable[relation.name]

    def _looks_readable(self, relation: Relation) -> bool:
        """Try it: the right to use the schema is needed too. Policies would hide rows that go all the same."""
        try:
            with translated(self._ctx.token), self._connection.begin_nested():
                self._connection.execute(select(literal_column("1")).select_from(table_of(relation)).limit(0))
                asked = {"schema": relation.name.schema, "name": relation.name.name}
                return not self._connection.execute(_POLICIES, asked).scalar_one()
        except PermissionDenied:
            return False

    def _hide(self, relation: RelationName, cause: Cause) -> None:
        kind = ChangeKind.DELETE if cause is Cause.CASCADE else ChangeKind.UPDATE
        self._blind[relation, cause] = RowImage(relation, kind, cause)


def _by_target(key: ForeignKey, rows: Iterable[_Row]) -> dict[tuple[Cell, ...], _Row] | None:
    """Group rows by what others refer to; None when that may not be read."""
    found: dict[tuple[Cell, ...], _Row] = {}
    for row in rows:
        if not row.cells.keys() >= set(key.target_columns):
            return None
        values = tuple(row.cells[name] for name in key.target_columns)
        if None not in values:
            found[values] = row
    return found


def _columns(relation: Relation) -> tuple[str, ...]:
    return tuple(column.name for column in relation.columns if column.may_select)


def _is_other(row: _Row) -> bool:
    return any(row.cells.get(name) != cell for name, cell in row.after.items())
