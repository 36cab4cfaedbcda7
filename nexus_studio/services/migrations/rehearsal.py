"""Watching a run on a copy: what each statement does to each relation that was there before, and whom it locks out.

Two connections look. The migrating one is asked a probe after each statement, inside its transaction: its locks, and
the relations it holds them on as it sees them. One beside it sees what is committed: how they were before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.admin.safetyrules import ColumnSight, RelationSeen, StatementSeen, TableSight
from nexus_studio.core.names import RelationName
from nexus_studio.core.sql.statementwords import statement_words
from nexus_studio.services.dberrors import translated
from nexus_studio.services.migrations.conversation import Event

_FORCES_FLUSH = 150000  # pg_stat_force_next_flush()

# One relation as JSON. Valid constraints only, and without those of NOT NULL (rows since 18), which the columns tell.
_SIGHT = """
    pg_catalog.json_build_object(
        'oid', CAST(o.oid AS bigint), 'kind', c.relkind, 'file', CAST(c.relfilenode AS bigint),
        'scans', pg_catalog.pg_stat_get_xact_numscans(o.oid),
        'columns', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
                             a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull))
                      FROM pg_catalog.pg_attribute a
                     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
        'constraints', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(CAST(k.oid AS bigint), k.conname))
                          FROM pg_catalog.pg_constraint k
                         WHERE k.conrelid = c.oid AND k.convalidated AND k.contype IN ('c', 'f')),
        'indexes', (SELECT pg_catalog.json_agg(CAST(i.indexrelid AS bigint))
                      FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid),
        'modes', o.modes)
"""
_PROBE = """
    SELECT CAST(pg_catalog.json_build_object(:flush
               'lock_timeout', pg_catalog.current_setting('lock_timeout'),
               'relations', coalesce(pg_catalog.json_agg(:sight), '[]')) AS text)
      FROM (SELECT l.relation AS oid, pg_catalog.json_agg(l.mode) AS modes
              FROM pg_catalog.pg_locks l
             WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted
               AND l.relation >= 16384 -- what initdb makes has smaller ones
               AND l.mode <> 'AccessShareLock'
             GROUP BY 1) o
      LEFT JOIN pg_catalog.pg_class c ON c.oid = o.oid
""".replace(":sight", _SIGHT)
# Counters begin at nothing in each transaction where the one before is made to write them down. Asked for on its own:
# a function beside the relations would not run where no lock is held.
_FLUSH = "'flushed', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_force_next_flush()),"

_COMMITTED = """
    SELECT :sight
      FROM (SELECT CAST(given AS oid) AS oid, '[]' AS modes FROM pg_catalog.unnest(CAST(%s AS bigint[])) given) o
      JOIN pg_catalog.pg_class c ON c.oid = o.oid
""".replace(":sight", _SIGHT)
_RELATIONS = r"""
    SELECT CAST(c.oid AS bigint), n.nspname, c.relname,
           CAST(coalesce(pg_catalog.pg_partition_root(c.oid), c.oid) AS bigint)
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f') AND n.nspname NOT LIKE 'pg\_%%' AND n.nspname <> 'information_schema'
"""
_FILES = """
    SELECT CAST(c.oid AS bigint), CAST(c.relfilenode AS bigint) FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'm')
"""


def probe_for(server_version: int) -> str:
    """Return the query that `Watch` needs the answers of, for a server of that version."""
    return _PROBE.replace(":flush", _FLUSH if server_version >= _FORCES_FLUSH else "")


@dataclass(slots=True)
class RevisionSeen:
    """What was seen of one revision; `sql` are the texts of its statements, also of one that failed."""

    revision: str
    direction: Direction
    statements: list[StatementSeen] = field(default_factory=list)
    sql: list[str] = field(default_factory=list)
    ms: float = 0


def names_in(revisions: Iterable[RevisionSeen]) -> frozenset[RelationName]:
    """Return all relations that were there before and that a run touched, with the partitioned tables above them."""
    statements = [each for seen in revisions for each in seen.statements]
    touched = (relation for each in statements for relation in each.relations)
    wholes = frozenset(each.all_of for each in statements if each.all_of is not None)
    return frozenset(name for relation in touched for name in (relation.name, relation.root)) | wholes


class Watch:
    """Hears a run on a copy. `driver` is a connection to the copy that does nothing else, in autocommit.

    Used on one thread. `revisions` grows as the run goes on.
    """

    def __init__(self, driver: psycopg.Connection, first_schema: str) -> None:
        self.revisions: list[RevisionSeen] = []
        self._driver = driver
        self._first_schema = first_schema
        self._names: dict[int, RelationName] = {}
        self._roots: dict[int, int] = {}
        for oid, schema, name, root in self._rows(_RELATIONS):
            self._names[oid] = RelationName(schema, name)
            self._roots[oid] = root
        self._transaction = 0
        self._has_ended = True
        self._known: dict[int, TableSight] = {}
        self._held: dict[int, frozenset[str]] = {}
        self._scans: dict[int, int] = {}
        self._files: dict[int, int] = {}
        self._current: Event = {}

    def hear(self, event: Event) -> None:
        """Take one event of `running.run_on`, asked with `probe_for`.

        Raises:
            StudioError: the copy can't be looked at.
        """
        match event["event"]:
            case "step":
                self.revisions.append(RevisionSeen(event["revision"], Direction(event["direction"])))
                self._has_ended = True
            case "statement":
                self._begin(event)
            case "committed":
                self._has_ended = True
            case "statement_done":
                self._done(event)
            case "step_done":
                self.revisions[-1].ms = event["ms"]

    def _begin(self, event: Event) -> None:
        self._current = event
        if self._has_ended or not event["in_transaction"]:
            self._transaction += 1
            self._known, self._held = {}, {}
            self._has_ended = False
        if not event["in_transaction"]:
            self._files = dict(self._rows(_FILES))
        self.revisions[-1].sql.append(event["sql"])

    def _done(self, event: Event) -> None:
        begun = self._current
        probe = json.loads(event.get("probe") or "{}")
        words = statement_words(begun["sql"])
        relations = self._by_probe(probe) if begun["in_transaction"] else self._by_files()
        seen = StatementSeen(
            number=event["number"],
            verb=words.verb,
            in_transaction=begun["in_transaction"],
            transaction=self._transaction,
            ms=event["ms"],
            lock_timeout=probe.get("lock_timeout", ""),
            all_of=self._existing(words.all_of),
            relations=tuple(relations),
        )
        self.revisions[-1].statements.append(seen)

    def _by_probe(self, probe: Mapping[str, Any]) -> Iterable[RelationSeen]:
        """Compare what the migrating connection holds locks on with how that was before the statement."""
        found = {each["oid"]: each for each in probe.get("relations", ())}
        self._learn([oid for oid in found if oid not in self._known])
        for oid, each in sorted(found.items()):
            before, after = self._known[oid], _sight(each)
            held = frozenset(each["modes"])
            added = held - self._held.get(oid, frozenset())
            self._known[oid], self._held[oid], self._scans[oid] = after, held, after.scans
            if oid in self._names and (added or before != after):
                root = self._names.get(self._roots[oid], self._names[oid])
                yield RelationSeen(self._names[oid], root, before, after, added, held)

    def _learn(self, oids: list[int]) -> None:
        """Look at relations as they were before the transaction; what is not there yet is an empty sight."""
        there = {each["oid"]: _sight(each) for (each,) in self._rows(_COMMITTED, (oids,))} if oids else {}
        for oid in oids:
            sight = there.get(oid, TableSight())
            self._known[oid] = _with_scans(sight, 0 if self._flushes() else self._scans.get(oid, 0))

    def _by_files(self) -> Iterable[RelationSeen]:
        """Compare the files of all tables: a statement outside of a transaction has let its locks go."""
        now = dict(self._rows(_FILES))
        for oid, file in sorted(self._files.items()):
            if oid in self._names and now.get(oid) != file:
                after = TableSight(kind="r" if oid in now else "", file=now.get(oid, 0))
                root = self._names.get(self._roots[oid], self._names[oid])
                yield RelationSeen(self._names[oid], root, TableSight(kind="r", file=file), after)

    def _existing(self, parts: tuple[str, ...]) -> RelationName | None:
        """Return the relation that a statement names, if it was there before the run."""
        fitting = [each for each in self._names.values() if parts and (each.schema, each.name)[-len(parts) :] == parts]
        return min(fitting, key=lambda each: (each.schema != self._first_schema, each), default=None)

    def _flushes(self) -> bool:
        return self._driver.info.server_version >= _FORCES_FLUSH

    def _rows(self, statement: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with translated():
            return self._driver.execute(statement.encode(), parameters).fetchall()


def _sight(found: Mapping[str, Any]) -> TableSight:
    return TableSight(
        kind=found["kind"] or "",
        file=found["file"] or 0,
        scans=found["scans"] or 0,
        columns={number: ColumnSight(name, kind, needed) for number, name, kind, needed in found["columns"] or ()},
        constraints=dict(found["constraints"] or ()),
        indexes=frozenset(found["indexes"] or ()),
    )


def _with_scans(sight: TableSight, scans: int) -> TableSight:
    return TableSight(sight.kind, sight.file, scans, sight.columns, sight.constraints, sight.indexes)
