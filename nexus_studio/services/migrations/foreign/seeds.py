"""Runs one seed of a project's Python file, in a transaction of its own, and counts what it wrote.

Only SQLAlchemy and a driver are needed here. The project's files import their decorator from a module `nexus_seeds`
that stands in this process alone.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import io
import os
import re
import sys
import threading
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, event

from .connections import apply_settings, notice_absence, rows_of
from .failures import described, words
from .urls import SYNC_DRIVERS, NoDriver, url_of, usable_drivers

Tell = Callable[[dict[str, Any]], dict[str, Any]]

MODULE = "nexus_seeds"

# What this transaction wrote so far, by table; a partition's rows are those of its table. Rows that came to pg_class
# are tables that did. No "%" and no ":" in the text: drivers and SQLAlchemy take them for places of parameters.
COUNTS = """
    SELECT n.nspname, c.relname, CAST(sum(s.n_tup_ins) AS bigint), CAST(sum(s.n_tup_upd) AS bigint),
           CAST(sum(s.n_tup_del) AS bigint)
      FROM pg_catalog.pg_stat_xact_all_tables s
      JOIN pg_catalog.pg_class c ON c.oid = coalesce(CAST(pg_catalog.pg_partition_root(s.relid) AS oid), s.relid)
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 0
       AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
       AND (left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
            OR n.nspname = 'pg_catalog' AND c.relname = 'pg_class')
     GROUP BY 1, 2
"""
_PID = "SELECT pg_catalog.pg_backend_pid()"
_BEGAN = "SELECT CAST(pg_catalog.transaction_timestamp() AS text)"
# A comment ends at its first sign of an end, in one way only: else many of them would be tried in all ways there are.
_GAP = r"(?:\s|--[^\n]*(?:\n|\Z)|/\*(?:[^*]|\*(?!/))*\*/)*"
_MORE = r"(?:\s+(?:work|transaction))?(?:\s+and\s+(?:no\s+)?chain)?"
# A statement that ends the transaction, first or last of its text: between others it may stand in somebody's words, and
# END may be a function's.
_ENDS = re.compile(
    rf"\A{_GAP}(?:commit|end|abort|rollback){_MORE}{_GAP}(?:;|\Z)|;\s*(?:commit|abort|rollback){_MORE}\s*;?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_CHECKED = "SET CONSTRAINTS ALL IMMEDIATE"
_EVERY_S = 0.1
_READS_ONLY = "-cdefault_transaction_read_only=on"  # no space in it: libpq takes the "+" in a URL for none
_NOWHERE = "/a-dry-run-has-no-connection-of-its-own"


class OwnTransaction(Exception):
    """A seed tried to commit, or to roll back, what is not its own to end."""


class NoDryRun(Exception):
    """A seed that takes no connection was to be tried: what it writes elsewhere could not be taken back."""


class _Stopped(BaseException):
    """The person asked for it. No `Exception`, so that a seed's own nets do not catch it."""


def run(request: dict[str, Any], tell: Tell, connection: Any | None = None) -> None:
    """Run a seed.

    The events are "connected" (pid), "log" (words), "progress" (done, total) and at last "counted" (before, after:
    rows of `COUNTS`) and "finished", or one of "stopped", "failed" (error as `failures.described` has it, own:
    "transaction", it tampered with that, "no_dry_run", it can't be tried, else "") and "broken" (reason
    "driver_missing").

    Args:
        request: `file`, `function`, `roots` (folders to import from), `scale`, `dry_run`, `parameters`, `settings`,
            `pooler`, and `project` with its `folder`.
        tell: Gets each event; its answer says whether to stop.
        connection: Not used: a seed's connection is made here.
    """
    del connection
    folder = request["project"]["folder"]
    try:
        url = _url(request["parameters"])
    except NoDriver:
        tell({"event": "broken", "reason": "driver_missing", "words": "", "where": ""})
        return
    try:
        with contextlib.redirect_stdout(_Printer(tell)):
            _perform(request, tell, url)
    except _Stopped:
        tell({"event": "stopped"})
    except OwnTransaction as error:
        tell({"event": "failed", "own": "transaction", "error": {"message": words(error)}})
    except NoDryRun as error:
        tell({"event": "failed", "own": "no_dry_run", "error": {"message": words(error)}})
    except (Exception, SystemExit) as error:  # a project's code raises anything
        told = described(error, folder)
        if _NOWHERE in told["message"]:
            told.pop("lost", None)  # the connection that was given is well
        tell({"event": "failed", "own": "", "error": told})
    else:
        tell({"event": "finished"})


def _perform(request: dict[str, Any], tell: Tell, url: Any) -> None:
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    guard = _Guard()
    event.listen(engine, "commit", guard.refuse)
    event.listen(engine, "rollback", guard.refuse)
    event.listen(engine, "before_cursor_execute", guard.refuse_end)
    with engine.connect() as connection:  # before the environment is made for the seed: it is not for this one
        _lead(engine, url, request)
        function = load(Path(request["file"]), request["function"], request["roots"])
        arguments = _arguments(function, connection, request["scale"], _Reporter(tell))
        if request["dry_run"] and not arguments:
            raise NoDryRun("The seed takes no connection.")
        transaction = connection.begin()
        raw = connection.connection
        notices = _hear_notices(raw, tell)
        _settle(raw, request["settings"], is_pooled=bool(request.get("pooler")))
        _ask(tell, {"event": "connected", "pid": rows_of(raw, _PID)[0][0]})
        began, before = rows_of(raw, _BEGAN)[0][0], rows_of(raw, COUNTS)
        try:
            function(*arguments)
            _require_same(connection, began)
            after = rows_of(raw, COUNTS)
            connection.exec_driver_sql(_CHECKED)
        except BaseException:
            guard.is_open = True
            transaction.rollback()
            raise
        finally:
            notices()
        answer = tell({"event": "counted", "before": _listed(before), "after": _listed(after)})
        guard.is_open = True
        if request["dry_run"] or answer.get("stop"):
            transaction.rollback()
        else:
            transaction.commit()
        if answer.get("stop"):
            raise _Stopped


def _lead(engine: Any, url: Any, request: dict[str, Any]) -> None:
    """Lead to the database what the seed connects by itself; in a dry run so that it only reads there.

    A pooler may take the wish to read only and not pass it on: behind one, a dry run leads nowhere.
    """
    if request["dry_run"]:
        options = f"{url.query.get('options') or os.environ.get('PGOPTIONS', '')} {_READS_ONLY}".strip()
        os.environ["PGOPTIONS"] = options
        if request.get("pooler"):
            url = url.set(host="", query={"host": _NOWHERE})
        else:
            url = url.update_query_dict({"options": options})

        def connect(dialect: Any, *_given: Any) -> Any:
            positional, named = dialect.create_connect_args(url)
            return dialect.connect(*positional, **named)

        event.listen(engine, "do_connect", connect)
    os.environ["DATABASE_URL"] = url.render_as_string(hide_password=False)


def _settle(raw: Any, settings: dict[str, str], *, is_pooled: bool) -> None:
    """Set what the run wants; behind a pooler for this transaction alone, and nothing is left on the server."""
    apply_settings(raw, settings, local=is_pooled)
    if not is_pooled:
        notice_absence(raw)
        return
    driver: Any = getattr(raw, "driver_connection", None)
    if hasattr(driver, "prepare_threshold"):
        driver.prepare_threshold = None  # a pooler may hand the next transaction to another backend


def _require_same(connection: Any, began: str) -> None:
    """Refuse a transaction that is another than the one begun for the seed: it said COMMIT past the guard."""
    if not connection.in_transaction() or rows_of(connection.connection, _BEGAN)[0][0] != began:
        raise OwnTransaction("The seed ended its transaction.")


class _Guard:
    """Keeps a seed from ending the transaction that it was given. `is_open`: whoever began it ends it now."""

    def __init__(self) -> None:
        self.is_open = False

    def refuse(self, _connection: Any) -> None:
        if not self.is_open:
            raise OwnTransaction("A seed neither commits nor rolls back: it runs in one transaction.")

    def refuse_end(self, connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        """Refuse the same said in SQL, before it is: what it commits would stay, of a dry run too."""
        if _ENDS.search(statement):
            self.refuse(connection)


class _Reporter:
    """What a seed may call to say how far it is: report(step, done, total). It raises when the seed is to stop."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._last = 0.0

    def __call__(self, step: str = "", done: float = 0, total: float | None = None) -> None:
        now = time.monotonic()
        if now - self._last >= _EVERY_S or done == total:
            self._last = now
            _ask(self._tell, {"event": "progress", "step": step, "done": done, "total": total})


class _Printer(io.TextIOBase):
    """Takes what a seed prints, line by line; what other threads print goes to stderr."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._home = threading.get_ident()
        self._begun = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if threading.get_ident() != self._home:
            return sys.stderr.write(text)
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            _ask(self._tell, {"event": "log", "words": line})
        return len(text)


def _ask(tell: Tell, told: dict[str, Any]) -> None:
    if tell(told).get("stop"):
        raise _Stopped


def _url(parameters: dict[str, str]) -> Any:
    drivers = usable_drivers(SYNC_DRIVERS)
    if not drivers:
        raise NoDriver
    return url_of(parameters, drivers[0])


def load(file: Path, function: str, roots: list[str]) -> Callable[..., Any]:
    """Import a file of seeds and return one of its functions.

    A file inside of a package is imported as a part of it, so that its relative imports work.
    """
    sys.modules[MODULE] = _module()
    sys.path[:0] = [root for root in roots if root not in sys.path]
    top = file.parent
    parts = [file.stem]
    while (top / "__init__.py").is_file():
        parts.insert(0, top.name)
        top = top.parent
    if len(parts) > 1:
        sys.path.insert(0, str(top))
        module = importlib.import_module(".".join(parts))
    else:
        spec = importlib.util.spec_from_file_location(f"nexus_seed_{file.stem}", file)
        if spec is None or spec.loader is None:
            raise ImportError(str(file))
        module = importlib.util.module_from_spec(spec)
        sys.modules[module.__name__] = module
        spec.loader.exec_module(module)
    found: Callable[..., Any] = getattr(module, function)
    return found


def _module() -> types.ModuleType:
    """Make the module that seeds import their decorator from: it leaves the function as it is."""
    module = types.ModuleType(MODULE, "Marks functions as seeds.")

    def seed(function: Callable[..., Any] | None = None, /, **_said: Any) -> Any:
        return (lambda marked: marked) if function is None else function

    module.seed = seed  # type: ignore[attr-defined]
    return module


def _arguments(function: Callable[..., Any], *offered: Any) -> tuple[Any, ...]:
    """Return as many of connection, scale and report as the function takes."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    taken = [each for each in inspect.signature(function).parameters.values() if each.kind in kinds]
    return offered[: len(taken)]


def _hear_notices(raw: Any, tell: Tell) -> Callable[[], None]:
    """Pass the server's notices on as they come, where the driver has a way; return what lets go of them."""
    driver = getattr(raw, "driver_connection", None)
    add = getattr(driver, "add_notice_handler", None)
    if add is None:
        return lambda: None

    def hear(diagnostic: Any) -> None:
        tell({"event": "log", "words": f"{diagnostic.severity}: {diagnostic.message_primary}"})

    add(hear)
    return lambda: driver.remove_notice_handler(hear)  # type: ignore[union-attr]


def _listed(rows: Any) -> list[list[Any]]:
    return [list(row) for row in rows]
