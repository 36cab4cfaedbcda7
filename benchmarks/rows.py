"""The first rows of a table of ten million, on the screen, against the driver fetching the same rows plus one frame."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from benchmarks.cluster import database
from benchmarks.measure import Measurement
from nexus_studio.services.embedded import EmbeddedServer

ROWS = 10_000_000
BOUND = 3.0
FRAME_S = 1 / 60


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure; the table is built on first use (about a minute, 1.3 GB)."""
    database(server, "bench_rows", _build)
    yield from ()


def _build(connection: psycopg.Connection) -> None:
    # Unlogged: nothing of it is worth a write-ahead log. The key comes last, which is how it is built quickest.
    connection.execute(
        f"""
        CREATE UNLOGGED TABLE big AS
        SELECT i AS id, 'name of row ' || i AS name, (i * 37 % 100000) / 100.0 AS amount, i % 3 = 0 AS active,
               timestamptz '2020-01-01 00:00+00' + i * interval '7 seconds' AS created_at,
               md5(i::text) AS code
          FROM generate_series(1::bigint, {ROWS}) AS i
        """.encode()
    )
    connection.execute("ALTER TABLE big ADD PRIMARY KEY (id)")
