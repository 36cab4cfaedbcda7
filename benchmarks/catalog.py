"""The tree of a database with a thousand tables, against the one query that lists them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from benchmarks.cluster import database, opened
from benchmarks.measure import Measurement, interleaved, seconds_of
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.reflection import CatalogReader

TABLES = 1000
BOUND = 3.0

# What any client must ask to draw such a tree: names, kinds, estimates, comments.
LISTING = """
    SELECT n.nspname, c.relname, c.relkind, c.reltuples, d.description
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     ORDER BY 1, 2
"""


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure; the database is built on first use (a few seconds)."""
    profile = database(server, "bench_tables", _build)
    with opened(profile) as (session, plain):
        reader, ctx = CatalogReader(session), TaskContext.for_test()

        def studio() -> object:
            catalog = reader.tree(ctx)
            assert len(catalog.summaries) == TABLES + 1
            return catalog

        def reference() -> object:
            rows = plain.execute(LISTING).fetchall()
            assert len(rows) == TABLES + 1
            return rows

        value, base = interleaved(lambda: seconds_of(studio), lambda: seconds_of(reference), runs=runs * 5, warm_up=3)
    yield Measurement(f"tree of {TABLES} tables", value * 1000, "ms", base * 1000, BOUND)


def _build(connection: psycopg.Connection) -> None:
    connection.execute(
        f"""
        DO $$ BEGIN FOR i IN 1..{TABLES} LOOP
            EXECUTE format('CREATE TABLE %I (id bigint PRIMARY KEY, name text NOT NULL, at timestamptz)',
                           'table_' || lpad(i::text, 4, '0'));
            EXECUTE format('COMMENT ON TABLE %I IS %L', 'table_' || lpad(i::text, 4, '0'), 'number ' || i);
        END LOOP; END $$
        """.encode()
    )
