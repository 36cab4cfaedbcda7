"""What the server said about a seed's statement, as the seed's failure: with the file and the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg.errors import Diagnostic
from sqlalchemy import Connection

from nexus_studio.core.admin.seeds import SeedSpec
from nexus_studio.core.errors import BugError, ConnectionLost, Fact, SeedRefused, StudioError, TimedOut
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import translated

SeedLog = Callable[[str], None]
"""Takes one line of a run's log, on the worker's thread. It may quote rows: it is shown and never written down."""

_OTHERS: Final = (ConnectionLost, TimedOut, BugError, SeedRefused)


@contextmanager
def blamed(seed: SeedSpec, ctx: TaskContext, **facts: Fact) -> Iterator[None]:
    """Turn the server's refusal inside the block into the seed's.

    Raises:
        SeedRefused: "seed.failed", with the server's report and the facts given.
    """
    try:
        with translated(ctx.token):
            yield
    except _OTHERS:
        raise
    except StudioError as error:
        known = {name: fact for name, fact in facts.items() if fact}
        raise SeedRefused("seed.failed", report=error.report, seed=seed.name, **known) from error


@contextmanager
def hearing_notices(connection: Connection, log: SeedLog) -> Iterator[None]:
    """Put the server's notices into the log while the block lasts."""
    driver = driver_of(connection)

    def hear(notice: Diagnostic) -> None:
        log(f"{notice.severity}: {notice.message_primary}")

    driver.add_notice_handler(hear)
    try:
        yield
    finally:
        driver.remove_notice_handler(hear)


def driver_of(connection: Connection) -> psycopg.Connection:
    """Return the driver's connection below SQLAlchemy's."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise BugError("bug.driver")
    return driver
