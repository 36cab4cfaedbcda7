"""What was done: the revisions that Alembic wrote down in the database, and whose ledger there is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, column, select, table, text

ALEMBIC_TABLE = "alembic_version"
PRISMA_TABLE = "_prisma_migrations"

# Ledgers are looked for where an unqualified name leads (the search path begins with the profile's schema).
# `relations`: whether anything at all is there besides, so that "empty" can be told from "somebody else's".
_LEDGERS = text(
    r"""
    SELECT pg_catalog.to_regclass('alembic_version') IS NOT NULL AS alembic,
           pg_catalog.to_regclass('_prisma_migrations') IS NOT NULL AS prisma,
           (SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE c.oid = pg_catalog.to_regclass('alembic_version')) AS alembic_schema,
           EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname <> 'alembic_version'
                      AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema') AS relations
    """
)


@dataclass(frozen=True, slots=True)
class Ledgers:
    """Which ledgers a database has. `revisions` are Alembic's, in order; empty when it has none or nothing applied."""

    has_alembic: bool
    has_prisma: bool
    has_relations: bool
    revisions: tuple[str, ...]


def read_ledgers(connection: Connection) -> Ledgers:
    """Read the ledgers. Without privilege on Alembic's table, PermissionDenied passes through."""
    found = connection.execute(_LEDGERS).mappings().one()
    revisions: tuple[str, ...] = ()
    if found["alembic"]:
        ledger = table(ALEMBIC_TABLE, column("version_num"), schema=found["alembic_schema"])
        revisions = tuple(connection.scalars(select(ledger.c.version_num).order_by(ledger.c.version_num)))
    return Ledgers(found["alembic"], found["prisma"], found["relations"], revisions)
