"""A fork server: an interpreter that has imported Alembic and SQLAlchemy once and forks itself for each request.

Importing them is a second of every question. Nothing of a project is imported here, only in the forks, and nothing of a
request (no password either) comes by: a fork gets its pipes, and reads it there as any child does.

Each message brings four file descriptors (stdin, stdout and stderr of the fork, and where to write of it) and, as JSON,
its folder and environment. Written are the fork's pid, a line, and how it ended, another: its exit status, or the
negative number of the signal. Instead of a pid: "stale", when packages were installed meanwhile. The end of the socket
is the end of this process; so is a while without work.
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import importlib.util
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

_IDLE_S = 300.0
_MOST_BYTES = 1 << 20
_DESCRIPTORS = 4
# What a fork would import anyway; a project that lacks one is told so by its fork.
_WANTED = ("sqlalchemy", "alembic.config", "alembic.command", "psycopg", "sqlalchemy.dialects.postgresql")


def main() -> None:
    """Serve the socket whose descriptor is the argument."""
    here = Path(__file__).resolve().parent
    sys.path[:] = [each for each in sys.path if Path(each).resolve() != here]  # it would shadow the project's modules
    worker = _load_worker(here)
    for name in _WANTED:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what is never looked at again is never copied
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        _serve(requests, worker)
    os._exit(0)  # without taking down what was imported, piece by piece


def _serve(requests: socket.socket, worker: Any) -> None:
    known = _packages()
    forks: dict[int, tuple[int, int]] = {}  # by descriptor of the process: its pid, and where to write of it
    with selectors.DefaultSelector() as waiting:
        waiting.register(requests, selectors.EVENT_READ)
        while True:
            ready = waiting.select(_IDLE_S)
            if not ready and not forks:
                return
            for key, _ in ready:
                if key.fd in forks:
                    waiting.unregister(key.fd)
                    _bury(key.fd, *forks.pop(key.fd))
                    continue
                message, descriptors = _receive(requests)
                if len(descriptors) != _DESCRIPTORS:
                    return  # nobody is there any more
                if _packages() != known:
                    _tell(descriptors[3], "stale")
                    _close(descriptors)
                    continue
                pid = os.fork()
                if pid == 0:
                    _become(message, descriptors, worker)
                _tell(descriptors[3], str(pid))
                _close(descriptors[:3])
                process = os.pidfd_open(pid)
                forks[process] = (pid, descriptors[3])
                waiting.register(process, selectors.EVENT_READ)


def _become(message: bytes, descriptors: list[int], worker: Any) -> None:
    """Be the fork; never returns."""
    status = 1
    try:
        said = json.loads(message)
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(said["environment"])
        time.tzset()
        os.chdir(said["folder"])
        for number, descriptor in enumerate(descriptors[:3]):
            os.dup2(descriptor, number)
        for name in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208 - numbers
            if name > 2:  # noqa: PLR2004 - stderr
                with contextlib.suppress(OSError):
                    os.close(name)
        sys.argv = [worker.__file__]
        status = worker.main()
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 1
    except BaseException:  # as the interpreter would for a program
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(status)


def _bury(process: int, pid: int, told: int) -> None:
    _, status = os.waitpid(pid, 0)
    _tell(told, str(os.waitstatus_to_exitcode(status)))
    _close([process, told])


def _receive(requests: socket.socket) -> tuple[bytes, list[int]]:
    room = array.array("i", [0] * _DESCRIPTORS)
    try:
        message, extras, _, _ = requests.recvmsg(_MOST_BYTES, socket.CMSG_SPACE(len(room) * room.itemsize))
    except OSError:
        return b"", []
    found = array.array("i")
    for level, kind, data in extras:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return message, list(found)


def _tell(descriptor: int, word: str) -> None:
    with contextlib.suppress(OSError):  # whoever asked is gone
        os.write(descriptor, (word + "\n").encode())


def _close(descriptors: list[int]) -> None:
    for each in descriptors:
        os.close(each)


def _packages() -> list[tuple[str, int]]:
    """Tell when something was installed last: pip makes a folder beside each package."""
    found = []
    for place in sys.path:
        if place.endswith(("site-packages", "dist-packages")):
            with contextlib.suppress(OSError):
                found.append((place, Path(place).stat().st_mtime_ns))
    return found


def _load_worker(here: Path) -> Any:
    spec = importlib.util.spec_from_file_location("nexus_studio_worker", here / "worker.py")
    if spec is None or spec.loader is None:
        raise ImportError(here)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
