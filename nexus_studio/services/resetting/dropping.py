"""Dropping what is in schemas, in one transaction: all that was announced, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Connection

from nexus_studio.core.errors import ResetRefused
from nexus_studio.core.names import RelationName
from nexus_studio.services.dropstatements import drop_statements
from nexus_studio.services.resetting.lossreport import read_objects, read_own

LOCK_TIMEOUT_MS: Final = 10_000
"""The longest that a drop waits for others' locks: behind a waiting one, everybody else waits too."""

_MOST_NAMED: Final = 10


class Announced:
    """What a person has agreed to lose: objects at first hand by identity, those elsewhere by name."""

    def __init__(self, identities: Collection[str], elsewhere: Collection[tuple[str, str]]) -> None:
        self._identities = frozenset(identities)
        self._elsewhere = frozenset(elsewhere)

    def check(self, own: Sequence[dict[str, Any]], elsewhere: Sequence[dict[str, Any]]) -> None:
        """Refuse where there is more.

        Raises:
            ResetRefused: "reset.changed" (fact names).
        """
        more = [f"{each['kind']} {each['name']}" for each in own if each["identity"] not in self._identities]
        more += [
            f"{each['kind']} {each['name']}"
            for each in elsewhere
            if (each["kind"], each["name"]) not in self._elsewhere
        ]
        if more:
            raise ResetRefused("reset.changed", names=tuple(sorted(more)[:_MOST_NAMED]), count=len(more))


def lock_tables(driver: psycopg.Connection, tables: Collection[RelationName]) -> None:
    """Take tables for this transaction alone: nothing is written into them any more. Errors are the driver's."""
    driver.execute(
        "SELECT pg_catalog.set_config('lock_timeout', %s, true), pg_catalog.set_config('statement_timeout', '0', true)",
        (f"{LOCK_TIMEOUT_MS}ms",),
    )
    if tables:
        names = sql.SQL(", ").join(sql.Identifier(each.schema, each.name) for each in sorted(tables))
        driver.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))


def drop_objects(
    connection: Connection,
    schemas: Sequence[str],
    announced: Announced,
    *,
    extensions: bool,
    looked_at: Callable[[Sequence[dict[str, Any]]], None] | None = None,
) -> None:
    """Drop all that is in schemas, in the caller's transaction.

    The tables are locked first; then what is there is compared with what was announced.

    Args:
        connection: In a transaction that may write.
        schemas: Whose content goes. The schemas themselves stay, with their owners and privileges.
        announced: What a person has agreed to lose.
        extensions: Whether extensions stay.
        looked_at: Called with all that goes, once nobody can write to it any more; what it raises stops it.

    Raises:
        ResetRefused: "reset.changed" (fact names): there is something that was not announced. Roll back.
    """
    driver = driver_of(connection)
    own = read_own(connection, schemas, extensions=extensions)
    lock_tables(
        driver, [RelationName(each["nspname"], each["relname"]) for each in own if each["relkind"] in {"r", "p"}]
    )
    own, elsewhere = read_objects(connection, schemas, extensions=extensions)
    announced.check(own, elsewhere)
    if looked_at is not None:
        looked_at([*own, *elsewhere])
    for statement in drop_statements(own):
        driver.execute(statement)


def driver_of(connection: Connection) -> psycopg.Connection:
    """Return the driver's connection of a block: composed statements are its.

    The block's transaction is begun: without a statement of SQLAlchemy's own there would be none to commit.
    """
    if not connection.in_transaction():
        connection.begin()
    driver: Any = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver
