"""Seeing each statement of a revision on its way to the server, and stopping or leaving out one when told to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from sqlalchemy import event

Tell = Callable[[dict[str, Any]], dict[str, Any]]
"""Tells somebody an event and returns the answer; `{"stop": True}` asks to stop."""

_IDLE = 0  # libpq's PQTRANS_IDLE
# Asking the catalog (as `checkfirst` does) only reads, and the code that asked goes by the answer: never left out.
_ASKING, _CATALOG = "select", "pg_catalog."


_current: list[Any] = []  # the driver's connection that migrates in this process


def cancel_current() -> None:
    """Ask the server to end the statement that runs now; from any thread. Drivers that can't ask don't."""
    for raw in _current:
        cancel = getattr(raw, "cancel", None)
        if callable(cancel):
            with suppress(Exception):  # it ended by itself, or the line is gone: nothing to be done
                cancel()


class Stopped(BaseException):
    """The run was asked to stop. Not an Exception: a revision that catches those must not go on."""


class OtherCourse(BaseException):
    """A revision of which a part is there sends other statements than were expected. Not an Exception, as `Stopped`."""


class Kept:
    """What is there of a revision that is finished: statements that are left out when they come, and what comes next.

    The code may send fewer of them than it once did: it asks the catalog, and makes only what is not there yet. So each
    is looked for among those not yet seen; the first that is none of them must be the one expected, or nothing is run.
    """

    def __init__(self, statements: list[str], following: str) -> None:
        self._statements = statements
        self._following = following
        self._reached = 0
        self.is_passed = not statements
        self.count = len(statements)

    def place(self, sql: str, *, asks: bool) -> int | None:
        """Return a statement's number if it is one of them, None if it is to be run as the next.

        Raises:
            OtherCourse: it is neither one of them nor what should follow.
        """
        if self.is_passed:
            return None
        if sql in self._statements[self._reached :]:
            self._reached = self._statements.index(sql, self._reached) + 1
            return self._reached
        if asks:
            return self._reached or 1
        if self._following and sql != self._following:
            raise OtherCourse(f"expected {self._following!r}, not {sql!r}")
        self.is_passed = True
        return None

    def end(self) -> None:
        """See that what was to follow has followed.

        Raises:
            OtherCourse: the revision ended before.
        """
        if not self.is_passed and self._following:
            raise OtherCourse(f"expected {self._following!r}, not the end")


class StatementWatch:
    """Numbers the statements of one revision, from 1. Those outside of `revision()` are not seen."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self.raw: Any = None  # the driver's connection
        self._is_inside = False
        self._kept = Kept([], "")
        self._is_left_out = False
        self._in_block = 0
        self._begun = 0.0
        self._cursor: Any = None  # of the statement that runs
        self._told_committed = 0
        self.autocommits = False
        self.probe = ""  # a query of one text, asked after each statement in its transaction
        self.number = 0
        self.sql = ""
        self.failed: BaseException | None = None
        self._listeners: list[tuple[Any, str, Any]] = []

    def listen(self, target: Any) -> None:
        """Listen to an engine, or to all engines of the process when given the class."""
        self._listeners = [
            (target, "before_cursor_execute", self._before),
            (target, "after_cursor_execute", self._after),
            (target, "handle_error", self._on_error),
            (target, "do_execute", self._do_execute),
            (target, "do_execute_no_params", self._do_execute),
            (target, "do_executemany", self._do_execute),
        ]
        for listener in self._listeners:
            event.listen(*listener)

    def forget(self) -> None:
        """Stop listening."""
        for listener in self._listeners:
            event.remove(*listener)
        self._listeners = []

    def follow(self, connection: Any) -> None:
        """Say which connection migrates; those beside it are not looked at."""
        self.raw = raw_connection(connection)
        _current[:] = [self.raw]

    @contextmanager
    def revision(self, kept: Kept | None = None) -> Iterator[None]:
        """See the statements of the block as those of one revision. Those of `kept` are seen and not run."""
        self.number, self.sql, self.failed, self._told_committed = 0, "", None, 0
        self._kept = kept or Kept([], "")
        self._is_inside = True
        try:
            yield
            self._kept.end()
        finally:
            self._is_inside = False

    def is_idle(self) -> bool:
        """Tell whether no transaction is open: all that was run is committed (or was rolled back)."""
        status = getattr(getattr(self.raw, "info", None), "transaction_status", None)
        if status is not None:
            return bool(status == _IDLE)
        asks = getattr(getattr(self.raw, "_connection", None), "is_in_transaction", None)  # asyncpg's own
        if asks is not None:
            return not asks()
        return self._is_autocommit()  # another driver: nothing is called durable that may not be

    def watch_blocks(self, context: Any) -> None:
        """Notice Alembic's autocommit blocks: what ran before one is committed when it begins."""
        original = context.autocommit_block

        @contextmanager
        def watched() -> Iterator[None]:
            # where each statement commits by itself there is nothing to end, and nothing to begin afterwards
            with nullcontext() if self.autocommits else original():
                self._in_block += 1
                if self._is_inside and self.number:
                    self._committed(self.number)
                try:
                    yield
                finally:
                    self._in_block -= 1

        context.autocommit_block = watched

    def _committed(self, count: int) -> None:
        if count > self._told_committed and not self.autocommits:
            self._told_committed = count
            self._tell({"event": "committed", "count": count})

    def _is_autocommit(self) -> bool:
        return bool(getattr(self.raw, "autocommit", False))

    def _is_ours(self, connection: Any) -> bool:
        return self._is_inside and raw_connection(connection) is self.raw

    def _place(self, sql: str) -> None:
        """Number the statement that comes, and decide whether it is left out."""
        asks = asks_catalog(sql)
        was_passed = self._kept.is_passed
        number = self._kept.place(sql, asks=asks)
        self._is_left_out = number is not None and not asks
        if number is None and not was_passed:
            number = self._kept.count + 1
        self.number = self.number + 1 if number is None else number

    def _before(self, connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, _many: bool) -> None:
        if not self._is_ours(connection):
            return
        before, self.failed = self.number, None
        self.sql = as_sent(statement, parameters, context)
        self._place(self.sql)
        in_transaction = not self._in_block and (self.autocommits or not self._is_autocommit())
        told = {
            "event": "statement",
            "number": self.number,
            "sql": self.sql,
            "in_transaction": in_transaction,
            "has_parameters": bool(parameters),
            "skipped": self._is_left_out,
        }
        if self._tell(told).get("stop"):
            self.number = before  # it never began
            self.sql = ""
            raise Stopped
        self._cursor = cursor
        self._begun = time.monotonic()

    def _do_execute(self, cursor: Any, _statement: str, *_more: Any) -> bool | None:
        """Leave a statement out: SQLAlchemy takes True for "somebody has run it"."""
        return True if self._is_inside and cursor is self._cursor and self._is_left_out else None

    def _after(
        self, connection: Any, _cursor: Any, _statement: str, _parameters: Any, _context: Any, _many: bool
    ) -> None:
        if not self._is_ours(connection):
            return
        ms = (time.monotonic() - self._begun) * 1000
        if self.is_idle():
            self._committed(self.number)
        self._tell({"event": "statement_done", "number": self.number, "ms": ms, **self._probed()})
        self.sql, self._cursor = "", None

    def _probed(self) -> dict[str, Any]:
        """Ask the probe; not where no transaction is open and asking would begin one."""
        if not self.probe or (self.is_idle() and not self._is_autocommit()):
            return {}
        cursor = self.raw.cursor()
        try:
            cursor.execute(self.probe)
            return {"probe": cursor.fetchone()[0]}
        finally:
            cursor.close()

    def _on_error(self, context: Any) -> None:
        if self._is_inside and self.sql:
            self.failed = context.original_exception


def asks_catalog(sql: str) -> bool:
    """Tell whether a statement is a question to the catalog."""
    return sql.lstrip(" \n\t(").lower().startswith(_ASKING) and _CATALOG in sql


def as_sent(statement: str, parameters: Any, context: Any) -> str:
    """Return a statement as the server gets it: these paramstyles have "%" doubled, and the driver takes that back."""
    doubles = getattr(getattr(context, "dialect", None), "paramstyle", "") in {"pyformat", "format"}
    is_plain = bool(parameters) or getattr(context, "no_parameters", False)
    return statement.replace("%%", "%") if doubles and not is_plain else statement


def raw_connection(connection: Any) -> Any:
    """Return the driver's connection behind SQLAlchemy's, None when it is gone."""
    if getattr(connection, "closed", False) or getattr(connection, "invalidated", False):
        return None
    proxied = connection.connection
    found = getattr(proxied, "dbapi_connection", None)
    return found if found is not None else getattr(proxied, "connection", None)
