"""A database whose health is looked at: what tests do to it, and who stays connected meanwhile."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import psycopg

from nexus_studio.services.session import Session


@dataclass
class Patient:
    """One database of the server whose health is looked at, with a session on it."""

    url: str
    session: Session
    ending: ExitStack = field(default_factory=ExitStack)

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements one by one as another client, and return the rows of the last.

        The server counts what each did before the next: it may wait a second with that, and what VACUUM and ANALYZE
        have just counted would be counted again. Before PostgreSQL 15 it counts at the latest when a session ends.
        """
        rows: list[tuple[Any, ...]] = []
        waiting = list(statements)
        while waiting:
            with psycopg.connect(self.url, autocommit=True) as connection:
                can_flush = connection.info.server_version >= 150000
                while waiting:
                    cursor = connection.execute(waiting.pop(0).encode())
                    rows = cursor.fetchall() if cursor.description else []
                    if not can_flush:
                        break
                    connection.execute("SELECT pg_stat_force_next_flush()")
        return rows

    def connect(self, **more: Any) -> psycopg.Connection:
        """Connect as somebody who stays until the test's end."""
        return self.ending.enter_context(psycopg.connect(self.url, **more))
