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
        have just counted would be counted again.
        """
        with psycopg.connect(self.url, autocommit=True) as connection:
            rows: list[tuple[Any, ...]] = []
            for statement in statements:
                cursor = connection.execute(statement.encode())
                rows = cursor.fetchall() if cursor.description else []
                connection.execute("SELECT pg_stat_force_next_flush()")
        return rows

    def connect(self, **more: Any) -> psycopg.Connection:
        """Connect as somebody who stays until the test's end."""
        return self.ending.enter_context(psycopg.connect(self.url, **more))
