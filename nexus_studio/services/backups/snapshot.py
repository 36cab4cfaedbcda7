"""A snapshot of the database that pg_dump reads in too, and what each table holds in it: rows, and a checksum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from nexus_studio.core.admin.backups import TableState
from nexus_studio.core.admin.dumpargs import LOCK_WAIT_MS
from nexus_studio.core.errors import BackupFailed
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backups.tablehash import LARGE_OBJECTS, SETTINGS, can_hash, counted
from nexus_studio.services.cutting import CANCEL_TIMEOUT_S
from nexus_studio.services.dberrors import translated
from nexus_studio.services.session import Session

LARGE_OBJECT_STATE: Final = RelationName("pg_catalog", "pg_largeobject")
"""Under this name stand a database's large objects: how many there are, and a checksum where the role may read it."""

_ALONE_BYTES: Final = 8 * 1024**2
"""A table from this size on is counted by a statement of its own; smaller ones together."""

_MOST_COLUMNS: Final = 400
"""Columns of the tables that are counted together."""

_BLOCK: Final = 8192
_LAST_BLOCK: Final = 2**32 - 2
_CHUNK_BLOCKS: Final = 1024**3 // _BLOCK
"""A table is counted a gigabyte at a time, so that it can be told how far it is."""

_RANGE_VERSION: Final = 140000  # a range of blocks is read by itself (TID Range Scan)
_TIMEOUT_VERSION: Final = 170000  # transaction_timeout
_TRIES: Final = 5
_LOCKED_AT_ONCE: Final = 1000
_LOCK: Final = sql.SQL("LOCK TABLE ONLY {} IN ACCESS SHARE MODE")

# Only what is stored and dumped: leaves, and none of an extension's own. `columns` sorted, without generated ones.
_TABLES: Final = """
    SELECT n.nspname, c.relname, pg_catalog.pg_relation_size(c.oid) AS size,
           c.relpersistence = 'p' OR NOT pg_catalog.pg_is_in_recovery() AS is_there,
           (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(a.attname,
                       CASE WHEN a.atttypid IN (20, 21, 23, 26) THEN 'int' WHEN a.atttypid = 16 THEN 'bool'
                            WHEN a.atttypid = 2950 THEN 'uuid' WHEN a.atttypid = 1114 THEN 'timestamp'
                            WHEN a.atttypid = 1184 THEN 'timestamptz' ELSE 'text' END)
                       ORDER BY a.attname COLLATE "C"), '[]')
              FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = CAST('pg_catalog.pg_class' AS pg_catalog.regclass) AND d.objid = c.oid
                          AND d.deptype = 'e')
       AND (CAST(%(schemas)s AS text[]) IS NULL
            OR EXISTS (SELECT FROM unnest(CAST(%(schemas)s AS text[]), CAST(%(names)s AS text[])) AS w(schema, name)
                        WHERE w.schema = n.nspname AND w.name = c.relname))
     ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""
_THERE: Final = """
    SELECT n.nspname, c.relname
      FROM unnest(CAST(%(schemas)s AS text[]), CAST(%(names)s AS text[])) AS w(schema, name)
      JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
      JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind = 'r'
"""
_SET: Final = """
    SELECT pg_catalog.set_config(name, value, %s)
      FROM unnest(CAST(%s AS text[]), CAST(%s AS text[])) AS s(name, value)
"""
_ENCODING: Final = "SELECT pg_catalog.current_setting('server_encoding')"
_OBJECTS: Final = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata"
_MAY_READ_OBJECTS: Final = "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_largeobject', 'SELECT')"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot that others can read in while the block is open: its id, and the connection whose it is."""

    id: str
    driver: psycopg.Connection


@dataclass(frozen=True, slots=True)
class _Table:
    relation: RelationName
    size: int
    is_there: bool  # an unlogged table is empty on a standby, in its dumps too, and can't be read
    columns: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A table, by its place among those that are counted, or a range of its blocks; and its bytes."""

    table: int
    size: int
    blocks: tuple[int, int] | None = None


@contextmanager
def exported(session: Session, ctx: TaskContext, *, relations: Sequence[RelationName] = ()) -> Iterator[Snapshot]:
    """Open a READ ONLY transaction outside of the pool and export its snapshot.

    Args:
        session: The database.
        ctx: Cancelling stops what runs on the connection.
        relations: Tables that nobody may empty or drop meanwhile: they are locked (ACCESS SHARE) before the snapshot
            is taken, so that whoever reads in it later still finds their rows. One that is gone is left out.

    Raises:
        BackupFailed: "backup.pooler": a pooler keeps no transaction for others to join.
        ConnectionFailed: no second connection could be made.
        TimedOut: "timeout.lock": somebody holds one of the tables.
        PermissionDenied: one may not be read.
    """
    if session.profile.pooler:
        raise BackupFailed("backup.pooler", database=session.server.database)
    with session.alone(ctx, purpose="backup") as driver, translated(ctx.token), cancelling(driver, ctx):
        settings = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
        settings["lock_timeout"] = str(LOCK_WAIT_MS)
        settings["max_parallel_workers_per_gather"] = "0"  # it reads beside a dump, and beside others' work
        if driver.info.server_version >= _TIMEOUT_VERSION:
            settings["transaction_timeout"] = "0"
        _set(driver, settings, local=False)
        _begin(driver, relations)
        found = driver.execute("SELECT pg_catalog.pg_export_snapshot()").fetchone()
        try:
            yield Snapshot(str(found[0]) if found else "", driver)
        finally:
            with suppress(psycopg.Error):
                driver.execute("ROLLBACK")


@contextmanager
def cancelling(driver: psycopg.Connection, ctx: TaskContext) -> Iterator[None]:
    """Stop what runs on a connection when the work is cancelled inside the block."""
    with ctx.token.calling(lambda: driver.cancel_safe(timeout=CANCEL_TIMEOUT_S)):
        yield


def states(
    driver: psycopg.Connection,
    ctx: TaskContext,
    *,
    relations: Sequence[RelationName] | None = None,
    checksums: bool = True,
) -> tuple[TableState, ...]:
    """Count the rows of tables and sum a hash of them, in the connection's current transaction.

    Exact, and the same for the same rows on every server: see `tablehash`. Left out are views, materialized ones too,
    foreign tables and what belongs to an extension; partitions and inheriting tables count each by themselves. The
    large objects, where there are any, come last as `LARGE_OBJECT_STATE`.

    Progress step "backup.counting" in bytes.

    Args:
        driver: In a transaction, whose snapshot counts if it is REPEATABLE READ. In none, it gets one of its own.
        ctx: Reporting is a place to stop; for stopping at once see `cancelling`.
        relations: These only, as far as they are there; None: all, with the large objects.
        checksums: Also the hashes. In a few encodings there are none: see `can_hash`.

    Raises:
        psycopg.Error: as the driver says it: see `dberrors.translated`.
    """
    if driver.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
        _begin(driver, ())
        try:
            return states(driver, ctx, relations=relations, checksums=checksums)
        finally:
            with suppress(psycopg.Error):
                driver.rollback()
    with driver.transaction(force_rollback=True):
        _set(driver, SETTINGS, local=True)
        encoding = str(_one(driver, _ENCODING))
        found = _counts(driver, _tables(driver, relations), encoding if checksums and can_hash(encoding) else None, ctx)
        if relations is None or LARGE_OBJECT_STATE in relations:
            found += _large_objects(driver, checksums=checksums)
    return tuple(found)


def _begin(driver: psycopg.Connection, relations: Sequence[RelationName]) -> None:
    """Begin a transaction with one snapshot and lock tables before it is taken; a dropped one is left out."""
    for tries_left in reversed(range(_TRIES)):
        there = [RelationName(*row) for row in driver.execute(_THERE, _pairs(relations))] if relations else []
        driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            for begin in range(0, len(there), _LOCKED_AT_ONCE):
                names = [sql.Identifier(each.schema, each.name) for each in there[begin : begin + _LOCKED_AT_ONCE]]
                driver.execute(_LOCK.format(sql.SQL(", ONLY ").join(names)))
        except psycopg.errors.UndefinedTable:
            driver.execute("ROLLBACK")
            if not tries_left:
                raise
        else:
            return


def _tables(driver: psycopg.Connection, relations: Sequence[RelationName] | None) -> list[_Table]:
    rows = driver.execute(_TABLES, _pairs(relations)).fetchall()
    return [
        _Table(RelationName(schema, name), size, is_there, [tuple(each) for each in columns])
        for schema, name, size, is_there, columns in rows
    ]


def _pairs(relations: Sequence[RelationName] | None) -> dict[str, list[str] | None]:
    if relations is None:
        return {"schemas": None, "names": None}
    return {"schemas": [each.schema for each in relations], "names": [each.name for each in relations]}


def _counts(
    driver: psycopg.Connection, tables: list[_Table], encoding: str | None, ctx: TaskContext
) -> list[TableState]:
    """Count tables; `encoding` None: without hashes."""
    total, done = sum(each.size for each in tables), 0
    rows, sums = [0] * len(tables), [0] * len(tables)
    ctx.report(Progress("backup.counting", done, total, "bytes"))
    for pieces in _statements(tables, can_range=driver.info.server_version >= _RANGE_VERSION):
        parts = [_part(tables[each.table], each, encoding) for each in pieces]
        # what a statement locks beside its table (indexes) is let go of with its savepoint: there is room for only some
        # thousands of locks on a server
        with driver.transaction(force_rollback=True):
            found = driver.execute(sql.SQL(" UNION ALL ").join(parts), prepare=False).fetchall()
        for number, count, hashed in found:
            rows[number] += count
            sums[number] += int(hashed or 0)
        done += sum(each.size for each in pieces)
        ctx.report(Progress("backup.counting", done, total, "bytes"))
    checksums = [None if encoding is None else f"{each % 2**64:016x}" for each in sums]
    return [
        TableState(table.relation, count, checksum)
        for table, count, checksum in zip(tables, rows, checksums, strict=True)
    ]


def _part(table: _Table, piece: _Piece, encoding: str | None) -> sql.Composed:
    name = (table.relation.schema, table.relation.name)
    columns = None if encoding is None else table.columns
    return counted(piece.table, name, columns, encoding=encoding or "", blocks=piece.blocks)


def _statements(tables: list[_Table], *, can_range: bool) -> Iterator[list[_Piece]]:
    """Say what is counted by one statement: many small tables, a large one, or a gigabyte of a very large one."""
    together: list[_Piece] = []
    columns = 0
    for number, table in enumerate(tables):
        if not table.is_there:
            continue
        if table.size >= _ALONE_BYTES:
            yield from ([each] for each in _pieces(number, table.size, can_range=can_range))
            continue
        columns += len(table.columns) + 1
        if together and columns > _MOST_COLUMNS:
            yield together
            together, columns = [], len(table.columns) + 1
        together.append(_Piece(number, table.size))
    if together:
        yield together


def _pieces(number: int, size: int, *, can_range: bool) -> Iterator[_Piece]:
    blocks = size // _BLOCK
    if not can_range or blocks < 2 * _CHUNK_BLOCKS:
        yield _Piece(number, size)
        return
    for first in range(0, blocks, _CHUNK_BLOCKS):
        end = first + _CHUNK_BLOCKS
        yield _Piece(number, min(end, blocks) * _BLOCK - first * _BLOCK, (first, end if end < blocks else _LAST_BLOCK))


def _large_objects(driver: psycopg.Connection, *, checksums: bool) -> list[TableState]:
    count = int(_one(driver, _OBJECTS))
    if not count:
        return []
    hashed = int(_one(driver, LARGE_OBJECTS) or 0) if checksums and _one(driver, _MAY_READ_OBJECTS) else None
    return [TableState(LARGE_OBJECT_STATE, count, None if hashed is None else f"{hashed % 2**64:016x}")]


def _one(driver: psycopg.Connection, statement: LiteralString) -> Any:
    row = driver.execute(statement).fetchone()
    return row[0] if row else None


def _set(driver: psycopg.Connection, settings: Mapping[str, str], *, local: bool) -> None:
    driver.execute(_SET, (local, list(settings), list(settings.values())))
