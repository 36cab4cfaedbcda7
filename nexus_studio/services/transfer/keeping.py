"""What rows were before an import, and are after it: images for the history, read around the statement that writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from psycopg import sql

from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.images import Cause, RowImage, SaveWitness
from nexus_studio.core.data.rowformats import MASK
from nexus_studio.core.data.transferkeeping import MOST_CHARACTERS
from nexus_studio.core.data.transferplan import ImportMode, Unkept
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.batches import readable_columns
from nexus_studio.core.sql.expressions import PLACE, has_version
from nexus_studio.services.transfer.staging import LINES, Stage, cast_cell

_AT_ONCE: Final = 500
_SINCE_OLD: Final = 180_000

_Record = tuple[Cell, ...]


class ImportWitness(SaveWitness, Protocol):
    """Looks on while a file is imported."""

    def wrote(self, inserted: int, updated: int) -> None:
        """Learn how many rows were written, before `before_commit`, whose images may be none."""


class Keeper:
    """Makes the images of one import. `unkept` says why there are none."""

    def __init__(self, stage: Stage, relation: Relation) -> None:
        self.unkept: Unkept | None = None
        self._stage, self._relation, self._plan = stage, relation, stage.plan
        self._columns = readable_columns(relation) if self._plan.mode is ImportMode.INSERT else self._written()
        self._before: dict[_Record, _Record] = {}
        self._after: list[_Record] = []
        self._is_strange = False  # a row was changed that was not there before

    @property
    def returning(self) -> sql.Composable:
        """What the statement that writes has to give back of each row."""
        asked = sql.SQL(", ").join((self._texts(), *self._marks()))
        return sql.SQL(" RETURNING WITH (OLD AS was) {}" if self._tells_old else " RETURNING {}").format(asked)

    def look(self) -> None:
        """Read the rows that lines will change, and hold on to them: nobody else changes them meanwhile."""
        if self._plan.mode is ImportMode.INSERT:
            return
        statement = sql.SQL("SELECT {} FROM {} t WHERE EXISTS (SELECT FROM {} s WHERE {}) FOR UPDATE OF t").format(
            self._texts(), self._stage.target, LINES, self._stage.same_key(lambda each: cast_cell(each, "s"))
        )
        read = 0
        with self._stage.driver.cursor("nexus_kept") as cursor:
            cursor.itersize = _AT_ONCE
            for record in cursor.execute(statement):
                read += sum(map(len, filter(None, record)))
                if read > MOST_CHARACTERS:
                    self.give_up(Unkept.MANY)
                    return
                self._before[self._found_by(record)] = record

    def take(self, records: Sequence[_Record]) -> None:
        """Take what the statement gave back."""
        width = len(self._columns)
        self._after = [record[:width] for record in records]
        self._is_strange = any(
            self._found_by(record) not in self._before and record[width:] == (None,) for record in records
        )

    def give_up(self, why: Unkept) -> None:
        """Keep no rows."""
        self.unkept = why
        self._before.clear()
        self._after.clear()

    def images(self, inserted: int) -> tuple[RowImage, ...]:
        """Return the rows that are another now; none, with `unkept`, where they can't be told from one another."""
        found = [self._image(record) for record in self._after]
        if self._is_strange or sum(each.kind is ChangeKind.INSERT for each in found) != inserted:
            self.give_up(Unkept.UNTOLD)
            return ()
        return tuple(each for each in found if each.before != each.after or each.key != each.key_after)

    # inside

    def _written(self) -> tuple[str, ...]:
        """Name what has to be read of rows of which only some columns change: those, both keys, all of a new row."""
        if self._plan.mode is ImportMode.UPSERT:
            return readable_columns(self._relation)
        names = dict.fromkeys((*self._relation.key, *(each.target.name for each in self._plan.written)))
        return tuple(names)

    def _marks(self) -> Iterator[sql.Composable]:
        """Have new rows marked: one that somebody else made since `look` is changed, and must not look like one.

        Before PostgreSQL 18 only a new row has no xmax then. Partitions don't tell it, nor do tables that may be
        read in part.
        """
        if self._tells_old:
            yield sql.SQL("CASE WHEN {} IS NULL THEN 'new' END").format(sql.Identifier("was", self._plan.key[0]))
        elif self._plan.mode is ImportMode.UPSERT and has_version(self._relation):
            yield sql.SQL("CASE WHEN t.xmax = '0' THEN 'new' END")

    @property
    def _tells_old(self) -> bool:
        """Whether the server gives back, too, what rows were; a line without a whole key writes none."""
        return self._plan.mode is ImportMode.UPSERT and self._stage.driver.info.server_version >= _SINCE_OLD

    def _texts(self) -> sql.Composable:
        return sql.SQL(", ").join(map(self._text, self._columns))

    def _text(self, name: str) -> sql.Composable:
        column = sql.Identifier("t", name)
        if name in self._relation.masked:
            return sql.SQL("CASE WHEN {} IS NOT NULL THEN {} END").format(column, sql.Literal(MASK))
        return sql.SQL("CAST({} AS pg_catalog.text)").format(column)

    def _found_by(self, record: _Record) -> _Record:
        return self._cells(record, self._plan.key)

    def _cells(self, record: _Record, names: Sequence[str]) -> _Record:
        return tuple([record[self._columns.index(name)] for name in names])

    def _key(self, record: _Record) -> RowKey | None:
        names = self._relation.key or (PLACE,)
        if not {*names} <= {*self._columns}:
            return None
        return RowKey(self._cells(record, names), by_place=not self._relation.key)

    def _image(self, record: _Record) -> RowImage:
        name, key = self._relation.name, self._key(record)
        now = {column: cell for column, cell in zip(self._columns, record, strict=True) if column != PLACE}
        before = self._before.get(self._found_by(record)) if self._plan.key else None
        if before is None:
            return RowImage(name, ChangeKind.INSERT, Cause.OWN, None, key, {}, now)
        written = [each.target.name for each in self._plan.written]
        was = dict(zip(written, self._cells(before, written), strict=True))
        return RowImage(
            name, ChangeKind.UPDATE, Cause.OWN, self._key(before), key, was, {column: now[column] for column in written}
        )
