"""A table whose index is built as slowly as a test wants, and somebody who can be told to stop or let go."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg

from nexus_studio.core.admin.maintenance import AtWork, Outcome
from nexus_studio.core.tasks import CancelToken, TaskContext
from tests.support.waiting import PATIENCE_S

# The setting is the database's, so that only connections that are made later are slow. What it raises may be a value.
SLOW = """
    CREATE FUNCTION slow(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
    BEGIN
        IF coalesce(current_setting('nexus.sleep', true), '') <> '' THEN
            RAISE WARNING 'the value is hunter2 %', n;
            PERFORM pg_sleep(current_setting('nexus.sleep')::float8);
        END IF;
        RETURN n;
    END $$
"""


def make_slow_table(sql: Callable[..., Any], name: str = "t", rows: int = 200) -> None:
    """Make a table with an index that takes as long as `slow_down` says, by row."""
    sql(SLOW)
    sql(f"CREATE TABLE {name} (id int PRIMARY KEY, a text)")
    sql(f"INSERT INTO {name} SELECT n, repeat('x', 100) FROM generate_series(1, {rows}) n")
    sql(f"CREATE INDEX {name}_slow ON {name} (slow(id))")


def slow_down(sql: Callable[..., Any], seconds_by_row: float) -> None:
    """Have connections that are made from now on build such an index slowly."""
    database = sql("SELECT quote_ident(current_database())")[0][0]
    sql(f"ALTER DATABASE {database} SET nexus.sleep = '{seconds_by_row}'")


class Listening:
    """A context whose work can be cancelled, and all that a listener was told."""

    def __init__(self) -> None:
        self.token = CancelToken()
        self.steps: list[str] = []
        self.ctx = TaskContext(self.token, lambda progress: self.steps.append(progress.step))
        self.at_work: list[AtWork] = []
        self.outcomes: list[Outcome] = []
        self._changed = threading.Condition()

    def __call__(self, told: AtWork | Outcome) -> None:
        with self._changed:
            if isinstance(told, Outcome):
                self.outcomes.append(told)
            else:
                self.at_work.append(told)
            self._changed.notify_all()

    def until(self, found: Callable[[AtWork], object], patience_s: float = PATIENCE_S) -> AtWork:
        """Wait until something like that was told."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(map(found, self.at_work)), patience_s), self.at_work[-3:]
            return next(filter(found, self.at_work))


@contextmanager
def begun(work: Callable[[], Any], listening: Listening) -> Iterator[Future[Any]]:
    """Do work on another thread while the block looks on; cancelled at its end where it still goes on."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        try:
            yield future
        finally:
            if not future.done():
                listening.token.cancel()


@contextmanager
def holding(url: str, statement: str) -> Iterator[psycopg.Connection]:
    """Keep a transaction open that has done something."""
    with psycopg.connect(url, application_name="somebody") as connection:
        connection.execute(statement.encode())
        yield connection
        connection.rollback()
