"""Stopping a script on the server: asked again and again until it has ended, and never what is written after it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import CancelToken
from nexus_studio.services.dberrors import translated

_EVERY_S = 0.2
_TIMEOUT_S = 5.0


class Stop:
    """A stop for `CancelToken.calling`. Asks only while `at_work`: the ledger is written also after a cancel.

    Once is not enough: a request that arrives between two statements is forgotten by the server.
    """

    def __init__(self, driver: psycopg.Connection) -> None:
        self._driver = driver
        self._ended = threading.Event()
        self._lock = threading.Lock()  # held while a request is under way, and while work begins or ends
        self._is_at_work = False
        self._thread: threading.Thread | None = None

    def __call__(self) -> None:
        """Begin to ask. Returns at once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._ask, name="cancel", daemon=True)
            self._thread.start()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let what runs in the block be stopped."""
        with self._lock:
            self._is_at_work = True
        try:
            yield
        finally:
            with self._lock:
                self._is_at_work = False

    def end(self) -> None:
        """Stop asking."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _ask(self) -> None:
        while True:
            with self._lock:
                if self._is_at_work and not self._driver.closed:
                    try:
                        with translated():
                            self._driver.cancel_safe(timeout=_TIMEOUT_S)
                    except StudioError:  # no line to the server: the statement ends with its own
                        return
            if self._ended.wait(_EVERY_S):
                return


@contextmanager
def stopped_by(token: CancelToken, driver: psycopg.Connection) -> Iterator[Stop]:
    """Have a token stop what runs on a connection, where the block says that it is at work."""
    stop = Stop(driver)
    with token.calling(stop):
        try:
            yield stop
        finally:
            stop.end()
