"""Constraints that are checked at the end of a transaction: put off where rows need one another, and called in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from psycopg import sql
from sqlalchemy import Connection

from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.batchwriting import driver_of
from nexus_studio.services.dberrors import translated
from nexus_studio.services.quietly import is_quiet, run_quietly

_NOW: Final = "SET CONSTRAINTS ALL IMMEDIATE"


def set_aside(connection: Connection, constraints: Iterable[tuple[str, str]], ctx: TaskContext) -> None:
    """Have these (deferrable) constraints checked when the transaction ends. No round trip where there are none.

    Args:
        connection: Of the save.
        constraints: Their schemas and names.
        ctx: Whose token cancels it.
    """
    names = [sql.Identifier(schema, name) for schema, name in constraints]
    if names:
        with translated(ctx.token):
            driver_of(connection).execute(sql.SQL("SET CONSTRAINTS {} DEFERRED").format(sql.SQL(", ").join(names)))


def check_now(connection: Connection, ctx: TaskContext) -> None:
    """Check everything that was put off: what COMMIT would refuse is refused here.

    Raises:
        ConstraintViolated: as for a statement; fact `change` is -1.
    """
    driver = driver_of(connection)
    with translated(ctx.token):
        if is_quiet(connection):
            run_quietly(driver, (_NOW,))
        else:
            driver.execute(_NOW)
