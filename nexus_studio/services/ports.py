"""Which process of this machine listens on a TCP port, and which port is free."""

from __future__ import annotations

import socket
from dataclasses import dataclass

_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class PortOwner:
    """A process that listens on a port."""

    pid: int
    name: str


def listener_of(port: int) -> PortOwner | None:
    """Return who listens on a local TCP port; None when nobody does or when the system does not tell.

    Without administrator's rights, Linux names only the person's own processes and macOS none.
    """
    import psutil  # type: ignore[import-untyped]  # noqa: PLC0415 - every command imports this module, few ask

    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return None
    for found in connections:
        if found.status == psutil.CONN_LISTEN and found.laddr and found.laddr.port == port and found.pid:
            try:
                return PortOwner(found.pid, psutil.Process(found.pid).name())
            except psutil.Error:
                return None
    return None


def next_free_port(start: int) -> int:
    """Return the first TCP port from `start` on that a server could listen on, on all of this machine's addresses.

    Raises:
        OSError: when none is left.
    """
    for port in range(start, _HIGHEST_PORT + 1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    raise OSError("no free port")
