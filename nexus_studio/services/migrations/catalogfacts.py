"""A database's catalog as facts: each thing a migration can make, with its definition in PostgreSQL's own words.

Two databases in which the same statements ran have the same facts, also on servers of different versions when both are
read `portable`. Rows are no facts, nor are the values of sequences, tablespaces and versions of extensions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import Connection

from nexus_studio.core.admin.evidence import FactKey, Facts
from nexus_studio.services.catalog_sql import EMPTY_SEARCH_PATH
from nexus_studio.services.migrations import catalogfacts_sql as statements

BOOKKEEPING = frozenset({"alembic_version", "_nexus_migrations", "_nexus_history", "_prisma_migrations"})
"""Relations that say what was migrated, or saved: no part of what migrations make."""

# What PostgreSQL 16 and newer leave out of a view with one table, and older ones write: `t.` before a column.
_WORDED_BY_VERSION = frozenset({"view", "materialized_view", "rule"})
_QUALIFIER = re.compile(r"""('(?:[^']|'')*')|(?:\b\w+|"(?:[^"]|"")+")\.(?=[\w"])""")
_SPACES = re.compile(r"\s+")


def read_facts(connection: Connection, *, ignoring: Iterable[str] = (), portable: bool = False) -> Facts:
    """Read the catalog of a connection's database. Three queries; below 0.1 s for 100 tables.

    Args:
        connection: Inside a transaction, whose search path it empties.
        ignoring: Names of relations to leave out beside `BOOKKEEPING`, such as another version table's.
        portable: Word views and rules so that they can be compared with those of another major version: without
            qualifiers, so that a view of a.t and one of b.t look the same.
    """
    ignored = sorted(BOOKKEEPING.union(ignoring))
    connection.execute(EMPTY_SEARCH_PATH)
    facts: dict[FactKey, str] = {}
    for statement, parameters in (
        (statements.RELATIONS, {"ignored": ignored}),
        (statements.OTHERS, {}),
        (statements.PRIVILEGES, {"ignored": ignored}),
    ):
        for kind, name, definition in connection.execute(statement, parameters):
            worded = definition or ""
            facts[FactKey(kind, tuple(name))] = worded_portably(kind, worded) if portable else worded
    return facts


def worded_portably(kind: str, definition: str) -> str:
    """Word one definition as `read_facts` does with `portable`."""
    if kind not in _WORDED_BY_VERSION:
        return definition
    bare = _QUALIFIER.sub(lambda match: match.group(1) or "", definition)
    return _SPACES.sub(" ", bare).strip()
