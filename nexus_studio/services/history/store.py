"""HistoryStore: the sets of this machine, in one SQLite file below the data folder. It holds people's data."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.history import (
    Action,
    Mark,
    Origin,
    Pruned,
    Retention,
    SavedSet,
    SetQuery,
    Standing,
    TableCount,
    counts_of,
    read_reverts,
    reverts_text,
)
from nexus_studio.core.data.images import RowImage
from nexus_studio.core.errors import HistoryFailed
from nexus_studio.core.names import RelationName
from nexus_studio.services.history.imagetext import images_text, parts, read_images
from nexus_studio.services.history.storefile import StoreFile, give_room_back

FOLDER: Final = "history"
FILE: Final = "history.sqlite"

_LEVEL: Final = 1  # of zlib: half the size of none, at a tenth of the time of its best
_MOST_SPOTS: Final = 20_000  # rows of one set that are found by their key
_PER_SET: Final = 300  # bytes a set takes beside its rows, about
_INSERT: Final = """
    INSERT INTO saved (id, at, standing, action, identity, place, database, profile, environment, role, account,
                       machine, reason, ticket, number, reverts, columns, size)
    VALUES (:id, :at, :standing, :action, :identity, :place, :database, :profile, :environment, :role, :account,
            :machine, :reason, :ticket, :number, :reverts, :columns, :size)
"""
# Sets that took others back in part or among other edits begin with "+" or "-", before any letter and digit: few, and
# found by the index on `reverts`, which has to be named: SQLite would rather have them in order than few.
_LINKS: Final = """
    coalesce((SELECT r.id FROM saved r WHERE r.reverts = s.id AND r.reverts <> '' AND r.standing <> 'pending'
               ORDER BY r.at DESC LIMIT 1),
             (SELECT r.id FROM saved r INDEXED BY saved_reverts
               WHERE r.reverts <> '' AND r.reverts < '0' AND instr(r.reverts, '+' || s.id) > 0
                 AND r.standing <> 'pending' ORDER BY r.at DESC LIMIT 1)) AS reverted_by,
    (SELECT group_concat(id, ' ') FROM (
        SELECT r.id FROM saved r INDEXED BY saved_reverts
         WHERE r.reverts <> '' AND r.reverts < '0' AND instr(r.reverts, '-' || s.id) > 0
           AND r.standing <> 'pending' ORDER BY r.at DESC)) AS in_part_by,
    EXISTS (SELECT 1 FROM part p WHERE p.seq = s.seq) AS has_rows
"""
# Conditions that are not asked for are NULL. What is asked for in any case - the order and the end - has an index.
_LIST: Final = """
    SELECT s.*, {links}
      FROM saved s
     WHERE (:identity IS NULL OR s.identity = :identity)
       AND (:before_at IS NULL OR (s.at, s.id) < (:before_at, :before_id))
       AND (:since IS NULL OR s.at >= :since) AND (:until IS NULL OR s.at < :until)
       AND (:person IS NULL OR :person IN (s.account, s.role, s.account || '@' || s.machine))
       AND (:name IS NULL OR EXISTS (SELECT 1 FROM touched t
                                      WHERE t.schema = :schema AND t.name = :name AND t.seq = s.seq))
       AND (:search IS NULL
            OR instr(folded(s.reason || char(10) || s.ticket || char(10) || s.role || char(10) || s.account || '@'
                            || s.machine || char(10) || s.place || char(10) || s.profile || char(10) || s.id),
                     folded(:search)) > 0
            OR EXISTS (SELECT 1 FROM touched t WHERE t.seq = s.seq
                          AND instr(folded(t.schema || '.' || t.name), folded(:search)) > 0)
            OR EXISTS (SELECT 1 FROM spot p WHERE p.key = :search AND p.seq = s.seq))
     ORDER BY s.at DESC, s.id DESC LIMIT :limit
""".replace("{links}", _LINKS)
_BY_ID: Final = """
    SELECT s.*, {links}
      FROM saved s WHERE substr(s.id, 1, length(:id)) = :id LIMIT 2
""".replace("{links}", _LINKS)
_TOUCHED: Final = """
    SELECT seq, schema, name, inserted, updated, deleted, along FROM touched
     WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq, place
"""
_OLD: Final = """
    SELECT seq, size, at FROM saved
     WHERE standing <> 'pending' AND seq <> (SELECT seq FROM saved ORDER BY at DESC, id DESC LIMIT 1)
     ORDER BY at, id
"""


class HistoryStore:
    """The file. Any thread and process. Raises HistoryFailed as `StoreFile` does."""

    def __init__(self, data: Path) -> None:
        self.file = StoreFile(data / FOLDER / FILE)

    def add(self, saved: SavedSet, images: Sequence[RowImage], number: str | None) -> None:
        """Keep a set with its rows. `number` is that of the transaction that writes them."""
        bodies = [zlib.compress(images_text(part).encode(), _LEVEL) for part in parts(images)]
        spots = sorted(list(dict.fromkeys(filter(None, map(_spot, images))))[:_MOST_SPOTS])
        size = _PER_SET + sum(map(len, bodies)) + sum(map(len, spots))
        tables = saved.tables or counts_of(images)

        def write(database: sqlite3.Connection) -> None:
            seq = database.execute(_INSERT, {**_values(saved), "number": number, "size": size}).lastrowid
            database.executemany(
                "INSERT INTO touched VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (seq, place, t.relation.schema, t.relation.name, t.inserted, t.updated, t.deleted, t.along)
                    for place, t in enumerate(tables)
                ),
            )
            database.executemany("INSERT INTO part VALUES (?, ?, ?)", ((seq, n, body) for n, body in enumerate(bodies)))
            database.execute("INSERT INTO spot SELECT value, ? FROM json_each(?)", (seq, json.dumps(spots)))

        self.file.write(write)

    def settle(self, identifier: str, standing: Standing) -> None:
        """Say how a set ended."""
        self.file.write(
            lambda database: database.execute(
                "UPDATE saved SET standing = ? WHERE id = ?", (standing.value, identifier)
            ).close()
        )

    def drop(self, identifier: str) -> None:
        """Forget a set that was not written after all."""

        def write(database: sqlite3.Connection) -> None:
            found = database.execute("SELECT seq FROM saved WHERE id = ?", (identifier,)).fetchone()
            if found is not None:
                _remove(database, [found[0]])

        self.file.write(write)

    def pending(self, identity: str) -> tuple[tuple[str, str | None], ...]:
        """Return id and transaction's number of the sets of a database whose end is not known."""
        question = "SELECT id, number FROM saved WHERE identity = ? AND standing = 'pending' ORDER BY seq"
        return self.file.read(lambda database: tuple(database.execute(question, (identity,)).fetchall()), ())

    def sets(self, query: SetQuery, identity: str, limit: int, before: Mark | None) -> tuple[SavedSet, ...]:
        """Return sets, newest first, behind a mark."""
        search = query.search.strip()
        asked = {
            "identity": None if query.everywhere else identity,
            "before_at": None if before is None else _stored(before.at),
            "before_id": None if before is None else before.id,
            "since": None if query.since is None else _stored(query.since),
            "until": None if query.until is None else _stored(query.until),
            "person": query.person or None,
            "schema": None if query.relation is None else query.relation.schema,
            "name": None if query.relation is None else query.relation.name,
            "search": search or None,
            "limit": limit,
        }
        return self.file.read(lambda database: _sets(database, database.execute(_LIST, asked)), ())

    def find(self, identifier: str) -> SavedSet:
        """Return the set whose id begins so.

        Raises:
            HistoryFailed: "history.unknown_set", "history.many_sets" (fact id).
        """
        none: tuple[SavedSet, ...] = ()
        asked = {"id": identifier.strip().lower()}
        found = self.file.read(lambda database: _sets(database, database.execute(_BY_ID, asked)), none)
        if not found or not identifier.strip():
            raise HistoryFailed("history.unknown_set", id=identifier)
        if len(found) > 1:
            raise HistoryFailed("history.many_sets", id=identifier)
        return found[0]

    def images(self, identifier: str) -> tuple[RowImage, ...]:
        """Return the rows of a set, by its whole id.

        Raises:
            HistoryFailed: "history.part_broken" (fact id).
        """
        question = """
            SELECT p.images FROM part p JOIN saved s ON s.seq = p.seq WHERE s.id = ? ORDER BY p.place
        """
        bodies = self._rows(question, identifier)
        try:
            return tuple(image for (body,) in bodies for image in read_images(zlib.decompress(body).decode()))
        except (ValueError, zlib.error) as error:
            raise HistoryFailed("history.part_broken", id=identifier) from error

    def people(self, identity: str | None) -> tuple[str, ...]:
        """Return who has saved anything: accounts and roles, by name."""
        question = """
            SELECT account FROM saved WHERE ?1 IS NULL OR identity = ?1 UNION
            SELECT role FROM saved WHERE ?1 IS NULL OR identity = ?1 ORDER BY 1
        """
        rows = self._rows(question, identity)
        return tuple(name for (name,) in rows if name)

    def relations(self, identity: str | None) -> tuple[RelationName, ...]:
        """Return which tables were written to, by name."""
        question = """
            SELECT DISTINCT t.schema, t.name FROM touched t JOIN saved s ON s.seq = t.seq
             WHERE ?1 IS NULL OR s.identity = ?1 ORDER BY t.schema, t.name
        """
        rows = self._rows(question, identity)
        return tuple(RelationName(*row) for row in rows)

    def prune(self, rule: Retention, now: datetime, *, only_look: bool = False) -> Pruned:
        """Remove what is older than the rule keeps, oldest first; the youngest set and those in doubt stay."""
        if only_look:
            return self.file.read(lambda database: _measured(_too_old(database, rule, now)), Pruned())

        def remove(database: sqlite3.Connection) -> Pruned:
            gone = _too_old(database, rule, now)
            _remove(database, [seq for seq, _ in gone])
            return _measured(gone)

        if not self.file.file.exists():
            return Pruned()
        pruned = self.file.write(remove)
        if pruned.sets:
            self.file.read(give_room_back, None)
        return pruned

    def _rows(self, question: str, value: str | None) -> list[Any]:
        def read(database: sqlite3.Connection) -> list[Any]:
            return database.execute(question, (value,)).fetchall()

        return self.file.read(read, [])


def _sets(database: sqlite3.Connection, cursor: sqlite3.Cursor) -> tuple[SavedSet, ...]:
    names = [each[0] for each in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    tables: dict[int, list[TableCount]] = defaultdict(list)
    for seq, schema, name, *counts in database.execute(_TOUCHED, (json.dumps([row["seq"] for row in rows]),)):
        tables[seq].append(TableCount(RelationName(schema, name), *counts))
    return tuple(_saved(row, tables[row["seq"]]) for row in rows)


def _saved(row: dict[str, Any], tables: Iterable[TableCount]) -> SavedSet:
    origin = Origin(
        **{
            name: row[name]
            for name in ("identity", "place", "database", "profile", "environment", "role", "account", "machine")
        }
    )
    reverts, takes_back = read_reverts(row["reverts"])
    return SavedSet(
        row["id"],
        _moment(row["at"]),
        origin,
        Standing(row["standing"]),
        Action(row["action"]),
        row["reason"],
        row["ticket"],
        tuple(tables),
        reverts,
        row["reverted_by"] or "",
        tuple(json.loads(row["columns"])),
        row["size"],
        has_rows=bool(row["has_rows"]),
        takes_back=takes_back,
        in_part_by=tuple((row["in_part_by"] or "").split()),
    )


def _values(saved: SavedSet) -> dict[str, Any]:
    origin = saved.origin
    return {
        "id": saved.id,
        "at": _stored(saved.at),
        "standing": saved.standing.value,
        "action": saved.action.value,
        "identity": origin.identity,
        "place": origin.place,
        "database": origin.database,
        "profile": origin.profile,
        "environment": origin.environment,
        "role": origin.role,
        "account": origin.account,
        "machine": origin.machine,
        "reason": saved.reason,
        "ticket": saved.ticket,
        "reverts": reverts_text(saved),
        "columns": json.dumps(saved.columns),
    }


def _spot(image: RowImage) -> str:
    """Write a row's key as people type it; "" of a row that has none."""
    key = image.key_after or image.key
    if key is None or key.by_place:
        return ""
    cells = key.cells
    return _said(cells[0]) if len(cells) == 1 else ", ".join(map(_said, cells))


def _said(cell: Cell) -> str:
    return "NULL" if cell is None else cell


def _too_old(database: sqlite3.Connection, rule: Retention, now: datetime) -> list[tuple[int, int]]:
    """Return number and size of the sets that go: those of before the first day, then the oldest until all fits."""
    oldest = _stored(now - timedelta(days=rule.days)) if rule.days else None
    (total,) = database.execute("SELECT coalesce(sum(size), 0) FROM saved").fetchone()
    most = rule.megabytes * 1_000_000 if rule.megabytes else None
    gone = []
    for seq, size, at in database.execute(_OLD).fetchall():
        is_old = oldest is not None and at < oldest
        if not is_old and (most is None or total <= most):
            break
        gone.append((seq, size))
        total -= size
    return gone


def _measured(gone: Sequence[tuple[int, int]]) -> Pruned:
    return Pruned(len(gone), sum(size for _, size in gone))


def _remove(database: sqlite3.Connection, numbers: Sequence[int]) -> None:
    chosen = json.dumps(numbers)
    for statement in (
        "DELETE FROM part WHERE seq IN (SELECT value FROM json_each(?))",
        "DELETE FROM spot WHERE seq IN (SELECT value FROM json_each(?))",
        "DELETE FROM touched WHERE seq IN (SELECT value FROM json_each(?))",
        "DELETE FROM saved WHERE seq IN (SELECT value FROM json_each(?))",
    ):
        database.execute(statement, (chosen,))


def _stored(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
