"""Statements of one shape sent to the server in one go: thousands of changes take as many round trips as shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import psycopg
from sqlalchemy import Connection

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.errors import BugError, StudioError
from nexus_studio.core.sql.batches import Batch
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.quietly import is_quiet, place_of, run_quietly


class Written(NamedTuple):
    """What one statement did: how many rows it wrote, and the texts it gave back of the first of them."""

    rows: int
    cells: tuple[Cell, ...] = ()


def write_batch(
    connection: Connection, batch: Batch, changes: Sequence[RowChange], ctx: TaskContext
) -> tuple[Written, ...]:
    """Run a statement for each of the changes, in their order, in the connection's transaction.

    Raises:
        StudioError: what the server said; fact `at` is the place among `changes` of the one it refused.
    """
    driver = driver_of(connection)
    if is_quiet(connection):
        return _written_quietly(driver, batch, changes, ctx)
    text = batch.text.encode(driver.info.encoding)
    with driver.cursor() as cursor:
        try:
            with translated(ctx.token):
                if len(changes) == 1:
                    cursor.execute(text, batch.values(changes[0]))
                else:
                    cursor.executemany(text, map(batch.values, changes), returning=True)
                return tuple([_written(each, batch) for each in cursor.results()])
        except StudioError as error:
            # The results of those before it have come; after it the server did nothing.
            error.facts["at"] = 0 if len(changes) == 1 else sum(1 for _ in cursor.results())
            raise


def _written_quietly(
    driver: psycopg.Connection, batch: Batch, changes: Sequence[RowChange], ctx: TaskContext
) -> tuple[Written, ...]:
    spelled = psycopg.ClientCursor(driver)
    try:
        with translated(ctx.token):
            statements = [spelled.mogrify(batch.text.encode(), batch.values(change)) for change in changes]
            done = run_quietly(driver, statements, returns=bool(batch.returns))
    except StudioError as error:
        error.facts["at"] = place_of(error.__cause__)
        raise
    return tuple(Written(each.rows, each.cells[0] if each.cells else ()) for each in done)


def driver_of(connection: Connection) -> psycopg.Connection:
    """Return the driver's connection, inside of a transaction that SQLAlchemy knows of."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise BugError("bug.driver")
    if not connection.in_transaction():
        connection.begin()
    return driver


def _written(cursor: psycopg.Cursor[tuple[Cell, ...]], batch: Batch) -> Written:
    if not batch.returns:
        return Written(cursor.rowcount)
    return Written(cursor.rowcount, cursor.fetchone() or ())
