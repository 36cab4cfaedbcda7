"""Writes rows of `_nexus_migrations`, on a connection of its own in autocommit: a rollback elsewhere leaves them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from nexus_studio.core.admin.ledgerentries import Deed, Direction, LedgerEntry
from nexus_studio.core.errors import ConnectionLost, PermissionDenied, ServerReport
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.migrations.ledgerchanges import ERROR_NAMES, Added, Change, Completed, cut
from nexus_studio.services.migrations.ledgertable import LedgerHome, VersionTable, find_home, make_table

_FIELDS = tuple(name for name in LedgerEntry.__dataclass_fields__ if name != "is_alive")
_TICK = timedelta(microseconds=1)
_NO_WAITING = ("no_waiting",)
# Counts for the transaction that the statement is, since the setting is looked at when it commits (manual 30.4).
_UNFLUSHED = sql.SQL(" RETURNING pg_catalog.set_config('synchronous_commit', 'off', true)")
_ONE_STATEMENT = 8
"""Most changes that are written as one statement; more are a transaction of many, sent without waiting in between."""


class DatabasePen:
    """The ledger in the database, open for writing. One thread at a time."""

    def __init__(
        self,
        opener: Callable[[TaskContext], AbstractContextManager[psycopg.Connection]],
        version: VersionTable,
        ctx: TaskContext,
        *,
        role: str = "",
    ) -> None:
        """Connect, and find the table's place.

        Args:
            opener: Opens a driver's connection in autocommit.
            version: The version table that the rows go with.
            ctx: Whose token cancels the connecting now; later nothing does.
            role: What the connection has to become in each transaction; "": it is as it should be.
        """
        self._opener = opener
        self._version = version
        self._role = role
        self._held = ExitStack()
        self._last = datetime.min.replace(tzinfo=UTC)
        with translated(ctx.token):
            self._driver = self._held.enter_context(opener(ctx))
            self._home = self._find_home()
        self._prepare()
        self._phrases = _Phrases(self._home, version)
        self._ahead = self._home.clock - datetime.now(UTC)
        self._was_ready = self._home.exists and not self._home.missing
        self._is_ready = self._was_ready

    @property
    def role(self) -> str:
        """The role that writes."""
        return self._home.role

    def now(self) -> datetime:
        """Return the server's time, as the first answer told how far this machine's is from it."""
        self._last = max(datetime.now(UTC) + self._ahead, self._last + _TICK)
        return self._last

    def write(self, *changes: Change, waits: bool = True) -> None:
        """Write in one transaction (a few changes: in one round trip); make the table where it is missing.

        Raises:
            PermissionDenied: the role may not write there, or there is no schema to make the table in.
            ConnectionLost: it was lost, and so was a second one.
        """
        try:
            self._write(changes, waits)
        except ConnectionLost:
            self._reconnect()
            self._write(changes, waits)

    def close(self) -> None:
        """Close the connection."""
        self._held.close()

    def _write(self, changes: tuple[Change, ...], waits: bool) -> None:
        with translated():
            if not self._is_ready:
                self._make_ready()
            if not self._role and len(changes) <= _ONE_STATEMENT:
                self._driver.execute(*self._phrases.of(changes, self._driver, waits=waits))
                return
            with self._driver.transaction(), self._driver.pipeline():
                if self._role:
                    self._become()
                for change in changes:
                    self._driver.execute(*self._phrases.of((change,), self._driver, waits=True))

    def _make_ready(self) -> None:
        if not self._home.takes_rows:
            raise PermissionDenied("permission.ledger", schema=self._home.schema)
        with ExitStack() as block:
            if self._role:
                block.enter_context(self._driver.transaction())
                self._become()
            make_table(self._driver, self._home)
        self._is_ready = True

    def _find_home(self) -> LedgerHome:
        if not self._role:
            return find_home(self._driver, self._version)
        with self._driver.transaction():
            self._become()
            return find_home(self._driver, self._version)

    def _become(self) -> None:
        self._driver.execute("SELECT pg_catalog.set_config('role', %s, true)", (self._role,))

    def _reconnect(self) -> None:
        """Open a second connection, whether or not the work was cancelled: what was done is to be recorded."""
        with suppress(ConnectionLost), translated():
            self._held.close()
        self._held = ExitStack()
        with translated():
            self._driver = self._held.enter_context(self._opener(TaskContext()))
        # Making the table did not wait for the disk: a server that crashed may have lost it.
        self._is_ready = self._was_ready

    def _prepare(self) -> None:
        """Let the few shapes of statements be planned once; behind a pooler nothing may live in the session."""
        if self._home.pid == self._driver.info.backend_pid:
            self._driver.prepare_threshold = 1


class _Phrases:
    """Makes one statement of some changes; each shape of statement is composed once, since a run repeats them."""

    def __init__(self, home: LedgerHome, version: VersionTable) -> None:
        self._table = home.table
        self._version = version.name
        self._known: dict[tuple[tuple[str, ...], ...], bytes] = {}

    def of(self, changes: tuple[Change, ...], driver: psycopg.Connection, *, waits: bool) -> tuple[bytes, list[Any]]:
        """Return the statement and its values: all changes but the last are common table expressions."""
        rows = [self._row(each) for each in changes]
        shape = tuple((kind, *row) for kind, row in rows) if waits else (*((k, *row) for k, row in rows), _NO_WAITING)
        if shape not in self._known:
            self._known[shape] = self._composed(shape).as_bytes(driver)
        return self._known[shape], [value for _, row in rows for value in row.values()]

    def _row(self, change: Change) -> tuple[str, dict[str, Any]]:
        if isinstance(change, Added):
            row = {name: value for name, value in row_of(change.entry).items() if value is not None}
            return "insert", row | {"version_table": self._version}
        if isinstance(change, Completed):
            return "update", columns_of(change.values) | {"id": change.id}
        return "settle", {"at": change.at, "revision": change.revision, "version": self._version}

    def _composed(self, shape: tuple[tuple[str, ...], ...]) -> sql.Composed:
        hurried = shape[-1] == _NO_WAITING
        *before, last = (self._statement(kind, names) for kind, *names in (shape[:-1] if hurried else shape))
        if hurried:
            last += _UNFLUSHED
        if not before:
            return last
        named = (
            sql.SQL("{} AS ({})").format(sql.Identifier(f"change_{number}"), statement)
            for number, statement in enumerate(before)
        )
        return sql.SQL("WITH {} {}").format(sql.SQL(", ").join(named), last)

    def _statement(self, kind: str, names: list[str]) -> sql.Composed:
        if kind == "insert":
            columns = sql.SQL(", ").join(map(sql.Identifier, names))
            places = sql.SQL(", ").join([sql.Placeholder()] * len(names))
            insert = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT (id) DO NOTHING")
            return insert.format(self._table, columns, places)
        if kind == "update":
            pairs = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in names[:-1])
            return sql.SQL("UPDATE {} SET {} WHERE id = %s").format(self._table, pairs)
        return sql.SQL(
            "UPDATE {} SET rolled_back_at = %s WHERE migration_name = %s AND version_table = %s"
            " AND finished_at IS NULL AND rolled_back_at IS NULL"
        ).format(self._table)


def row_of(entry: LedgerEntry) -> dict[str, Any]:
    """Return the columns of a whole row."""
    return columns_of({name: getattr(entry, name) for name in _FIELDS})


def columns_of(values: Any) -> dict[str, Any]:
    """Return columns and values of some of an entry's fields, as the table has them."""
    row: dict[str, Any] = {}
    for name, value in values.items():
        if name == "error":
            row |= _columns_of_report(value)
        elif isinstance(value, Deed | Direction):
            row[name] = value.value
        else:
            row[name] = cut(value) if isinstance(value, str) else value
    return row


def _columns_of_report(report: ServerReport | None) -> dict[str, Any]:
    if report is None:
        return {}
    names = {name: said for name in ERROR_NAMES if (said := getattr(report, name))}
    return {
        "sqlstate": report.sqlstate or None,
        "message": cut(report.message),
        "detail": cut(report.detail) or None,
        "hint": cut(report.hint) or None,
        "error_names": Jsonb(names) if names else None,
    }
