"""Stopping what runs on a connection: by a cancel request, or by cutting the line where none can be answered."""

from __future__ import annotations

import socket
from contextlib import suppress

import psycopg

CANCEL_TIMEOUT_S = 5.0


class Stop:
    """Stops one block's work on the server when called, on any thread. May block for a network round trip.

    Set `may_cut` while nothing but the block's own beginning is on its way through a transaction pooler: the pooler may
    let it wait for a backend, and one like PgBouncer 1.18 passes no cancel request on for who has none. Nothing was
    done yet then, so the line is cut; whoever waits on it gets an error at once.
    """

    def __init__(self, driver: psycopg.Connection, *, may_cut: bool) -> None:
        self._driver = driver
        self.may_cut = may_cut

    def __call__(self) -> None:
        """Ask the server to cancel, or cut the line."""
        if self.may_cut:
            _cut(self._driver)
        else:
            self._driver.cancel_safe(timeout=CANCEL_TIMEOUT_S)


def _cut(driver: psycopg.Connection) -> None:
    """Shut the connection's socket down in both directions; the descriptor stays libpq's to close."""
    with suppress(psycopg.Error, OSError):  # it ended meanwhile
        # a second descriptor of the same socket, whatever its family: shutting down asks for none
        line = socket.fromfd(driver.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        try:
            line.shutdown(socket.SHUT_RDWR)
        finally:
            line.close()
