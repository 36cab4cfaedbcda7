"""Runs the migrations: on a connection handed over by a program, on a URL, or as SQL text (offline).

What a program may put into ``config.attributes``:

``connection``
    An open SQLAlchemy connection; it is neither closed nor, if a transaction is open on it, committed here.
``url``
    Where to connect, in any of the spellings that `sqlalchemy_url` understands.

Without either, ``sqlalchemy.url`` of the configuration counts, then the environment variable ``DATABASE_URL``.
"""

from __future__ import annotations

import os
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url

from alembic import context
from models import metadata
from models.drift import OWN_PREFIX

# What Prisma writes into a URL for itself; libpq refuses parameters that it does not know.
PRISMA_ONLY = frozenset(
    {
        "schema",
        "connection_limit",
        "pool_timeout",
        "pgbouncer",
        "socket_timeout",
        "statement_cache_size",
        "sslaccept",
        "sslidentity",
    }
)

config = context.config


def sqlalchemy_url(text: str) -> URL:
    """Return the URL for psycopg 3 of one written for libpq, SQLAlchemy or Prisma."""
    url = make_url(text)
    if url.drivername.partition("+")[0] in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    return url.difference_update_query(PRISMA_ONLY)


def declared_url() -> URL | None:
    """Return the URL to connect to, or None when nobody has named one."""
    given = config.attributes.get("url")
    if isinstance(given, URL):
        given = given.render_as_string(hide_password=False)
    text = given or config.get_main_option("sqlalchemy.url") or os.environ.get("DATABASE_URL")
    return sqlalchemy_url(text) if text else None


def run_offline() -> None:
    """Write the migrations as SQL text; no server is asked."""
    _configure(dialect_name="postgresql", literal_binds=True, dialect_opts={"paramstyle": "named"})


def run_on(connection: Connection) -> None:
    """Run the migrations on an open connection."""
    partitions = _partitions(connection)

    def include_name(name: str | None, kind: str, _parents: Any) -> bool:
        """Leave out what the models do not describe as tables: partitions, and Nexus Studio's own records."""
        return not (kind == "table" and name and (name in partitions or name.startswith(OWN_PREFIX)))

    _configure(connection=connection, include_name=include_name)


def run_online() -> None:
    """Run the migrations on the connection handed over, or on one of our own."""
    connection = config.attributes.get("connection")
    if connection is not None:
        run_on(connection)
        return
    url = declared_url()
    if url is None:
        raise SystemExit("No database: set DATABASE_URL, or sqlalchemy.url in the configuration")
    engine = sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)
    try:
        with engine.connect() as own:
            run_on(own)
    finally:
        engine.dispose()


def _configure(**how: Any) -> None:
    context.configure(
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
        **how,
    )
    with context.begin_transaction():
        context.run_migrations()


def _partitions(connection: Connection) -> frozenset[str]:
    """Return the names of all partitions; the transaction is left as it was found."""
    was_open = connection.in_transaction()
    catalog = sa.table("pg_class", sa.column("relname"), sa.column("relispartition"), schema="pg_catalog")
    names = connection.scalars(sa.select(catalog.c.relname).where(catalog.c.relispartition))
    found = frozenset(names)
    if not was_open:
        # Reading has begun a transaction by itself; left open, one transaction per migration would not be possible.
        connection.rollback()
    return found


if context.is_offline_mode():
    run_offline()
else:
    run_online()
