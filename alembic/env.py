"""Runs the migrations: on a connection handed over by a program, on a URL, or as SQL text (offline).

What a program may put into ``config.attributes``:

``connection``
    An open SQLAlchemy connection; it is neither closed nor, if a transaction is open on it, committed here.
``url``
    Where to connect, in any of the spellings that `sqlalchemy_url` understands.
``recorded``
    True: the program takes the migration lock and keeps the ledger by itself.

What is run here goes into the ledger (table ``_nexus_migrations``), also when it fails; two runs at once are refused.
In a transaction that a program has begun nothing is recorded: only the program knows how it ends.

Without either, ``sqlalchemy.url`` of the configuration counts, then the environment variable ``DATABASE_URL``.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import sqlalchemy as sa
from alembic.util.exc import CommandError
from sqlalchemy.engine import URL, Connection, make_url

from alembic import context
from models import metadata
from models.autogenerate import complete, render_item
from models.drift import is_record

config = context.config

# Whether what is run here is recorded here. Nothing of the program is loaded where it is not.
CAN_RECORD = not config.attributes.get("recorded")
if CAN_RECORD:
    try:
        from nexus_studio.core.errors import MigrationBlocked, StudioError
        from nexus_studio.services.migrations.ledgerchanges import application_name, new_run
        from nexus_studio.services.migrations.plainrun import recorded
    except ImportError:  # the project without the program: it runs, unrecorded
        CAN_RECORD = False
        print("Nexus Studio can't be loaded here: these migrations are not recorded", file=sys.stderr)

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
    text = given or config.get_alembic_option("sqlalchemy.url") or os.environ.get("DATABASE_URL")
    return sqlalchemy_url(text) if text else None


def run_offline() -> None:
    """Write the migrations as SQL text; no server is asked."""
    _configure(dialect_name="postgresql", literal_binds=True, dialect_opts={"paramstyle": "named"})
    _run_configured()


def run_on(connection: Connection, run: str) -> None:
    """Run the migrations on an open connection, under the id of a run."""
    partitions = _partitions(connection)

    def include_name(name: str | None, kind: str, _parents: Any) -> bool:
        """Leave out what the models do not describe as tables: partitions, and Nexus Studio's own records."""
        return not (kind == "table" and name and (name in partitions or is_record(name)))

    _configure(connection=connection, include_name=include_name)
    if not CAN_RECORD:
        _run_configured()
        return
    try:
        with recorded(context.get_context(), run, _say_unrecorded):
            _run_configured()
    except MigrationBlocked as blocked:
        raise CommandError(_words(blocked)) from blocked


def run_online() -> None:
    """Run the migrations on the connection handed over, or on one of our own."""
    connection = config.attributes.get("connection")
    if connection is not None:
        run_on(connection, new_run() if CAN_RECORD else "")
        return
    url = declared_url()
    if url is None:
        raise SystemExit("No database: set DATABASE_URL, or sqlalchemy.url in the configuration")
    run = new_run() if CAN_RECORD else ""
    engine = sa.create_engine(_named(url, run) if run else url, poolclass=sa.NullPool, hide_parameters=True)
    try:
        with engine.connect() as own:
            run_on(own, run)
    finally:
        engine.dispose()


def _configure(**how: Any) -> None:
    context.configure(
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
        process_revision_directives=complete,
        render_item=render_item,
        **how,
    )


def _run_configured() -> None:
    with context.begin_transaction():
        context.run_migrations()


def _named(url: URL, run: str) -> URL:
    """Return the URL with an application_name that ends with the run, by which others see that it is at work."""
    given = url.query.get("application_name")
    name = f"{given} {run}" if isinstance(given, str) else application_name(run)
    return url.update_query_dict({"application_name": name})


def _words(error: StudioError) -> str:
    facts = error.facts
    if error.code == "migration.locked":
        who = f"process {facts['pid']}, {facts['application'] or 'unnamed'}, user {facts['user'] or 'unknown'}"
        return f"Somebody else migrates this database now: {who}"
    said = error.report.message if error.report else ""
    return f"{error.code}: {said}" if said else error.code


def _say_unrecorded(error: StudioError) -> None:
    print(f"These migrations are not recorded, the ledger can't be written ({_words(error)})", file=sys.stderr)


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
