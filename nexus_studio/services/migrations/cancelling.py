"""Stopping what a run does on the server: asked again and again from another connection, until the run has ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg

from nexus_studio.core.errors import StudioError
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.connecting import connect
from nexus_studio.services.dberrors import translated

_EVERY_S = 0.2
_PATIENCE_S = 5.0

# Once is not enough: a request that arrives between two statements is forgotten by the server. Behind a pooler the
# server process may be another client's by now: its name tells.
_CANCEL = """
    SELECT pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.pg_stat_activity
     WHERE pid = %s AND application_name = %s AND datname = pg_catalog.current_database() AND state = 'active'
"""


class BackendCanceller:
    """A stop for `CancelToken.calling`. `pid` is the server process to be stopped, None until it is known."""

    def __init__(self, profile: ConnectionProfile, secret: str | None, name: str, on_deaf: Callable[[], None]) -> None:
        """Prepare; nothing is connected before it is called.

        Args:
            profile: Where the run works.
            secret: Its password.
            name: The application_name of its connection.
            on_deaf: Called after some seconds in which the server had nothing to cancel and the run went on: its
                process is busy with something else.
        """
        self.pid: int | None = None
        self._profile = profile
        self._secret = secret
        self._name = name
        self._on_deaf = on_deaf
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()  # who asks is one thread, whose run ends is another

    def __call__(self) -> None:
        """Begin to ask. Returns at once."""
        with self._lock:
            if self._thread is None and not self._ended.is_set():
                self._thread = threading.Thread(target=self._ask, name="cancel", daemon=True)
                self._thread.start()

    def end(self) -> None:
        """Stop asking: the run has ended."""
        self._ended.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _ask(self) -> None:
        try:
            with translated(), connect(self._profile, self._secret) as driver:
                driver.autocommit = True
                self._ask_on(driver)
        except StudioError:
            # No line to the server: what is left is the process itself.
            if not self._ended.wait(_PATIENCE_S):
                self._on_deaf()

    def _ask_on(self, driver: psycopg.Connection) -> None:
        last_busy = time.monotonic()
        while not self._ended.wait(_EVERY_S):
            found = driver.execute(_CANCEL, (self.pid, self._name)).fetchone()
            if found is not None:
                last_busy = time.monotonic()
            elif time.monotonic() - last_busy > _PATIENCE_S:
                self._on_deaf()
                return
