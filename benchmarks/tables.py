"""The tables the grid is measured on, generated on first use: nothing of them is shipped.

All are unlogged, since nothing of them is worth a write-ahead log, and get their keys last, which is quickest.
"""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import sql

from benchmarks.cluster import database
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.embedded import EmbeddedServer

NARROW: Final = {
    "1 thousand": RelationName("public", "narrow_1k"),
    "10 million": RelationName("public", "narrow_10m"),
    "100 million": RelationName("public", "narrow_100m"),
}
"""One shape of row in three sizes."""

NARROW_ROWS: Final = {"1 thousand": 1_000, "10 million": 10_000_000, "100 million": 100_000_000}

WIDE: Final = RelationName("public", "wide")
WIDE_COLUMNS: Final = 300
WIDE_ROWS: Final = 1_000_000
DOCUMENT_OCTETS: Final = 1_000_000
DOCUMENTS_EVERY: Final = 2_000
FIRST_DOCUMENTS: Final = 400


def narrow(server: EmbeddedServer) -> ConnectionProfile:
    """Return the database with the narrow tables; the largest takes some minutes and 8 GB."""
    return database(server, "bench_narrow", _build_narrow)


def wide(server: EmbeddedServer) -> ConnectionProfile:
    """Return the database with the table of 300 columns and a million rows (two minutes, 3 GB).

    Documents of 1 MB stand in the first rows and in every two-thousandth: a million of them would be a terabyte.
    """
    return database(server, "bench_wide", _build_wide)


def _build_narrow(connection: psycopg.Connection) -> None:
    connection.execute("SET maintenance_work_mem = '1GB'")
    for size, rows in NARROW_ROWS.items():
        table = sql.Identifier(NARROW[size].name)
        # The gaps between ids grow, so that a row's number does not follow from its id.
        connection.execute(
            sql.SQL(
                """
                CREATE UNLOGGED TABLE {} AS
                SELECT i + i * i / 10000000 AS id, (i * 37 % 100000)::integer AS amount,
                       timestamptz '2000-01-01 00:00+00' + i * interval '7 seconds' AS created_at
                  FROM generate_series(1::bigint, {}) AS i
                """
            ).format(table, sql.Literal(rows))
        )
        connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (id)").format(table))


def _build_wide(connection: psycopg.Connection) -> None:
    columns = [sql.Identifier(f"c{number:03}") for number in range(1, WIDE_COLUMNS - 1)]
    values = [
        sql.SQL("(i * {} % 1000)::integer").format(sql.Literal(number))
        if number % 2
        else sql.SQL("'v' || (i + {}) % 500").format(sql.Literal(number))
        for number in range(1, WIDE_COLUMNS - 1)
    ]
    outputs = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(value, name) for value, name in zip(values, columns, strict=True)
    )
    connection.execute(
        sql.SQL(
            """
            CREATE UNLOGGED TABLE wide AS
            SELECT i AS id, NULL::jsonb AS document, {} FROM generate_series(1::bigint, {}) AS i
            """
        ).format(outputs, sql.Literal(WIDE_ROWS))
    )
    connection.execute("ALTER TABLE wide ADD PRIMARY KEY (id)")
    connection.execute(
        sql.SQL(
            """
            UPDATE wide SET document = (
                SELECT jsonb_object_agg('field ' || n, md5((wide.id * n)::text)) FROM generate_series(1, {}) AS n
            ) WHERE id <= {} OR id % {} = 0
            """
        ).format(sql.Literal(DOCUMENT_OCTETS // 50), sql.Literal(FIRST_DOCUMENTS), sql.Literal(DOCUMENTS_EVERY))
    )
