"""A line to a server that keeps what the server says: so a test knows what was really sent."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CHUNK = 65_536


class Heard:
    """Everything the server has said so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said = bytearray()

    def add(self, said: bytes) -> None:
        """Keep more of it."""
        with self._lock:
            self._said += said

    def hush(self, text: str) -> None:
        """Forget that a text came: it was to come."""
        with self._lock:
            self._said = self._said.replace(text.encode(), b"")

    def count(self, text: str) -> int:
        """Return how often a text came over the line."""
        with self._lock:
            return self._said.count(text.encode())

    def __len__(self) -> int:
        """Return how many bytes were heard."""
        with self._lock:
            return len(self._said)


@contextmanager
def listening_proxy(host: str, port: int) -> Iterator[tuple[int, Heard]]:
    """Pass a port of 127.0.0.1 on to a server (a host, or a folder with its socket).

    Yields the port, and what the server says.
    """
    heard = Heard()
    door = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                line, _ = door.accept()
            except OSError:
                return
            behind = _connected(host, port)
            threading.Thread(target=_pass, args=(line, behind, None), daemon=True).start()
            threading.Thread(target=_pass, args=(behind, line, heard), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield door.getsockname()[1], heard
    finally:
        with contextlib.suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)
        door.close()


def _connected(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.connect(str(Path(host) / f".s.PGSQL.{port}"))
    return line


def _pass(source: socket.socket, target: socket.socket, heard: Heard | None) -> None:
    with contextlib.suppress(OSError):
        while said := source.recv(_CHUNK):
            if heard is not None:
                heard.add(said)
            target.sendall(said)
    for line in (source, target):
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        line.close()
