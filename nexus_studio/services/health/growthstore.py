"""GrowthStore: samples of sizes on this machine, one SQLite file per server and database. Names and numbers only.

One row per relation and sample, in the order in which they come, so that pages are full; names stand once, in a
dictionary. A sample of 5000 relations takes about 80 kB. `compact` keeps what `core.admin.growth.kept` says.

Several processes may use a file at once: SQLite's lock makes them take turns. A file that is torn is put aside and a
new one begun; whoever opened it is told which.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.backupfiles import identity_of, safe_name
from nexus_studio.core.admin.growth import Sample, Series, kept
from nexus_studio.core.errors import UserError
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.ownstore import OwnStore

log = logging.getLogger(__name__)

_FOLDER: Final = "growth"
_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)  # a moment is seconds from here on: a byte less than from 1970
_MUCH_FREE: Final = 0.2  # of the file, before it is written anew

_TABLES: Final = (
    """
    CREATE TABLE IF NOT EXISTS relation (
        id INTEGER PRIMARY KEY, schema TEXT NOT NULL, name TEXT NOT NULL, is_part INTEGER NOT NULL,
        UNIQUE (schema, name)
    )
    """,
    "CREATE TABLE IF NOT EXISTS sample (id INTEGER PRIMARY KEY, taken INTEGER NOT NULL UNIQUE, bytes INTEGER NOT NULL)",
    """
    CREATE TABLE IF NOT EXISTS size (
        sample INTEGER NOT NULL, relation INTEGER NOT NULL, bytes INTEGER NOT NULL, rows INTEGER,
        PRIMARY KEY (sample, relation)
    ) WITHOUT ROWID
    """,
)
_OF_RELATION: Final = """
    SELECT s.taken, z.bytes, z.rows
      FROM sample s JOIN size z ON z.sample = s.id JOIN relation r ON r.id = z.relation
     WHERE s.taken >= ? AND r.schema = ? AND r.name = ? ORDER BY s.taken
"""
_OF_DATABASE: Final = "SELECT taken, bytes, NULL FROM sample WHERE taken >= ? ORDER BY taken"
_NEXT_TO: Final = "SELECT id, taken FROM sample ORDER BY taken > ?, abs(taken - ?) LIMIT 1"
_IN_SAMPLE: Final = """
    SELECT r.schema, r.name, z.bytes, z.rows FROM size z JOIN relation r ON r.id = z.relation
     WHERE z.sample = ? AND (? OR NOT r.is_part) ORDER BY r.schema, r.name
"""


class GrowthStore(OwnStore):
    """The samples of one database. Any thread and process; each call opens the file and closes it.

    Methods raise UserError "growth.store" (facts file, words) where the file can't be used, and "growth.newer" (fact
    file) where a later Nexus Studio has written it.
    """

    version = 1
    tables = _TABLES

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.torn: Path | None = None
        """Where the file that was torn is now, when this store has found it so; what it held is lost."""

    @classmethod
    def of(cls, data: Path, profile: ConnectionProfile) -> GrowthStore:
        """Return the store of a database below the data folder (`Paths.data`); its file may not exist."""
        return cls(data / _FOLDER / f"{safe_name(profile.database)}-{identity_of(profile)}.sqlite")

    def add(
        self,
        taken_at: datetime,
        database_bytes: int,
        sizes: Mapping[RelationName, tuple[int, int | None]],
        *,
        parts: Iterable[RelationName] = (),
        apart: timedelta = timedelta(0),
    ) -> bool:
        """Add a sample, unless another is nearer than `apart`; tell whether it was added.

        Args:
            taken_at: To the second.
            database_bytes: Of the whole database.
            sizes: Bytes and rows (None: unknown) of each relation.
            parts: Those among them that are partitions.
            apart: The least time from one sample to the next, whoever takes it.
        """
        taken = _stored(taken_at)
        gap = round(apart.total_seconds())
        inside = frozenset(parts)

        def write(database: sqlite3.Connection) -> bool:
            near = "SELECT 1 FROM sample WHERE taken > ? AND taken < ? OR taken = ?"
            if database.execute(near, (taken - gap, taken + gap, taken)).fetchone():
                return False
            names = _numbers(database, sizes, inside)
            number = database.execute(
                "INSERT INTO sample (taken, bytes) VALUES (?, ?)", (taken, database_bytes)
            ).lastrowid
            rows = sorted((names[name], size, count) for name, (size, count) in sizes.items())
            database.executemany("INSERT INTO size VALUES (?, ?, ?, ?)", ((number, *row) for row in rows))
            return True

        return self._use(write, writes=True)

    def compact(self, now: datetime) -> int:
        """Remove samples that need not stay, and names that no sample has; return how many samples went."""

        def remove(database: sqlite3.Connection) -> int:
            taken = {_moment(seconds): seconds for (seconds,) in database.execute("SELECT taken FROM sample")}
            gone = [(taken[moment],) for moment in taken.keys() - set(kept(taken, now))]
            database.executemany("DELETE FROM size WHERE sample = (SELECT id FROM sample WHERE taken = ?)", gone)
            database.executemany("DELETE FROM sample WHERE taken = ?", gone)
            if gone:
                database.execute("DELETE FROM relation WHERE id NOT IN (SELECT relation FROM size)")
            return len(gone)

        removed = self._use(remove, writes=True)
        if removed:
            self._use(_shrink)
        return removed

    def moments(self) -> tuple[datetime, ...]:
        """Return when samples were taken, oldest first."""
        if not self.file.exists():
            return ()
        return self._use(
            lambda database: tuple(
                _moment(row[0]) for row in database.execute("SELECT taken FROM sample ORDER BY taken")
            )
        )

    def series(self, relation: RelationName | None, since: datetime | None = None) -> Series:
        """Return the samples of a relation, or of the whole database (None), from a moment on."""
        if not self.file.exists():
            return Series(relation)
        begin = _stored(since) if since else 0
        question = _OF_DATABASE if relation is None else _OF_RELATION
        values = (begin,) if relation is None else (begin, relation.schema, relation.name)
        return self._use(
            lambda database: Series(
                relation,
                tuple(Sample(_moment(row[0]), relation, row[1], row[2]) for row in database.execute(question, values)),
            )
        )

    def at(self, moment: datetime, *, with_parts: bool = False) -> tuple[Sample, ...]:
        """Return all relations' sizes in the last sample up to a moment, else in the first of all; () where none is.

        Partitions are in the partitioned table's size; `with_parts` returns them too.
        """
        if not self.file.exists():
            return ()

        def read(database: sqlite3.Connection) -> tuple[Sample, ...]:
            chosen = database.execute(_NEXT_TO, (_stored(moment),) * 2).fetchone()
            if chosen is None:
                return ()
            taken = _moment(chosen[1])
            return tuple(
                Sample(taken, RelationName(schema, name), size, rows)
                for schema, name, size, rows in database.execute(_IN_SAMPLE, (chosen[0], with_parts))
            )

        return self._use(read)

    def _aside(self) -> Path:
        return self.file.with_suffix(".torn.sqlite")

    def _noted(self, torn: Path) -> None:
        self.torn = torn
        log.warning("growth store was torn", extra={"file": self.file.name})

    def _unusable(self, words: str) -> UserError:
        return UserError("growth.store", file=str(self.file), words=words)

    def _newer(self) -> UserError:
        return UserError("growth.newer", file=str(self.file))


def _numbers(
    database: sqlite3.Connection, names: Iterable[RelationName], parts: frozenset[RelationName]
) -> dict[RelationName, int]:
    """Return the dictionary's number of each name; new ones are added."""
    known = {
        RelationName(schema, name): (number, bool(is_part))
        for number, schema, name, is_part in database.execute("SELECT id, schema, name, is_part FROM relation")
    }
    found = {}
    for name in names:
        number, was_part = known.get(name, (None, False))
        if number is None:
            number = database.execute(
                "INSERT INTO relation (schema, name, is_part) VALUES (?, ?, ?)", (name.schema, name.name, name in parts)
            ).lastrowid
        elif was_part != (name in parts):  # attached or detached since
            database.execute("UPDATE relation SET is_part = ? WHERE id = ?", (name in parts, number))
        found[name] = number or 0
    return found


def _shrink(database: sqlite3.Connection) -> None:
    """Write the file anew where much of it is free."""
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    (free,) = database.execute("PRAGMA freelist_count").fetchone()
    if free > pages * _MUCH_FREE:
        with suppress(sqlite3.OperationalError):  # somebody reads it, or there is no room for a second one: next time
            database.execute("VACUUM")


def _stored(moment: datetime) -> int:
    return round((moment - _EPOCH).total_seconds())


def _moment(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)
