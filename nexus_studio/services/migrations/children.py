"""Starts the children that run a project's code: forked from an interpreter kept warm where that can be, else anew."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol

from nexus_studio.services.migrations.foreign import forkserver, worker

_MOST_SERVERS: Final = 4
# What an interpreter, or a library when it is imported, reads once and for all.
_READ_AT_START: Final = ("PYTHON", "LC_", "LANG", "TZ", "SQLALCHEMY", "DISABLE_SQLALCHEMY", "PSYCOPG", "LD_", "PG_")
_HAS_FORKS: Final = sys.platform == "linux" and hasattr(os, "pidfd_open")


class Child(Protocol):
    """A process, as `subprocess.Popen` has it."""

    stdin: IO[str] | None
    stdout: IO[str] | None
    stderr: IO[str] | None
    returncode: int | None

    def kill(self) -> None:
        """End it at once."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: it goes on.
        """
        ...


def start_child(python: Path, folder: Path, environment: Mapping[str, str]) -> Child:
    """Start the worker in an interpreter, with pipes to its standard streams.

    Raises:
        OSError: the interpreter can't be started.
    """
    if _may_fork(environment) and (forked := _forked(python, folder, environment)) is not None:
        return forked
    return subprocess.Popen(
        [str(python), str(Path(worker.__file__))],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # Ctrl+C in a terminal is ours to answer: the child is asked to stop
    )


class _Forked:
    """A fork of a fork server: nobody's child here, so that its pid alone would not be safe to kill by."""

    def __init__(self, pid: int, told: IO[bytes], pipes: tuple[int, int, int]) -> None:
        self.stdin: IO[str] | None = open(pipes[0], "w", encoding="utf-8", errors="replace")  # noqa: SIM115, PTH123
        self.stdout: IO[str] | None = open(pipes[1], encoding="utf-8", errors="replace")  # noqa: SIM115, PTH123
        self.stderr: IO[str] | None = open(pipes[2], encoding="utf-8", errors="replace")  # noqa: SIM115, PTH123
        self.returncode: int | None = None
        self.pid = pid
        self._told = told
        self._lock = threading.Lock()
        try:
            self._process = os.pidfd_open(pid)
        except ProcessLookupError:
            self._process = -1

    def kill(self) -> None:
        with self._lock, suppress(ProcessLookupError):
            if self._process >= 0:
                signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            # Of its end the process itself tells, of how it ended its server, if that is still there.
            if self._process >= 0 and not select.select([self._process], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("worker", timeout or 0)
            word = self._told.readline().strip()
            self.returncode = int(word) if word else -signal.SIGKILL
            with self._lock:
                self._told.close()
                if self._process >= 0:
                    os.close(self._process)
                self._process = -1
        return self.returncode


@dataclass(slots=True)
class _Server:
    process: subprocess.Popen[bytes]
    requests: socket.socket

    def close(self) -> None:
        self.requests.close()
        self.process.wait()


@atexit.register
def close_servers() -> None:
    """End the fork servers; forks at work go on."""
    with _turn:
        while _servers:
            _servers.popitem()[1].close()


_servers: OrderedDict[tuple[str, ...], _Server] = OrderedDict()
_turn = threading.Lock()


def _may_fork(environment: Mapping[str, str]) -> bool:
    """Tell whether a fork finds the same modules as an interpreter that is started in the project's folder."""
    places = environment.get("PYTHONPATH", "").split(os.pathsep)
    return _HAS_FORKS and all(Path(each).is_absolute() for each in places if each)


def _forked(python: Path, folder: Path, environment: Mapping[str, str]) -> Child | None:
    """Have a server fork; None where it can't, for whatever reason: starting the interpreter anew tells more."""
    key = (str(python), *sorted(f"{k}={v}" for k, v in environment.items() if k.startswith(_READ_AT_START)))
    for _ in range(2):  # one that has left or is stale is replaced once
        with _turn:
            server = _servers.get(key) or _start_server(python, environment)
            _servers[key] = server
            _servers.move_to_end(key)
            while len(_servers) > _MOST_SERVERS:
                _servers.popitem(last=False)[1].close()
        if (child := _ask(server, folder, environment)) is not None:
            return child
        with _turn:
            if _servers.get(key) is server:
                del _servers[key]
                server.close()
    return None


def _start_server(python: Path, environment: Mapping[str, str]) -> _Server:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        with theirs:
            process = subprocess.Popen(
                [str(python), str(Path(forkserver.__file__)), str(theirs.fileno())],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
    except BaseException:
        ours.close()
        raise
    return _Server(process, ours)


def _ask(server: _Server, folder: Path, environment: Mapping[str, str]) -> Child | None:
    message = json.dumps({"folder": str(folder), "environment": dict(environment)}).encode()
    pipes = [os.pipe() for _ in range(4)]
    (stdin_read, stdin), (stdout, stdout_write), (stderr, stderr_write), (told_read, told_write) = pipes
    told = open(told_read, "rb", buffering=0)  # noqa: SIM115, PTH123
    try:
        try:
            socket.send_fds(server.requests, [message], [stdin_read, stdout_write, stderr_write, told_write])
        finally:
            for each in (stdin_read, stdout_write, stderr_write, told_write):
                os.close(each)
        word = told.readline().strip()
    except OSError:
        word = b""
    if word.isdigit():
        return _Forked(int(word), told, (stdin, stdout, stderr))
    told.close()
    for each in (stdin, stdout, stderr):
        os.close(each)
    return None
