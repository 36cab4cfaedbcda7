"""Importing a million rows of a SQLite file, checks and comparison included, against COPY of the same rows alone."""

from __future__ import annotations

import gc
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.cluster import cache_folder, database, opened
from benchmarks.measure import Measurement, interleaved, seconds_of
from nexus_studio.core.admin.sqliteimport import Wishes
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.sqliteimport.service import SqliteImportService

ROWS = 1_000_000
BOUND = 2.5
RUNS = 3
TABLE = """
CREATE TABLE bookings (
    id text PRIMARY KEY, student text NOT NULL, seats integer NOT NULL, paid boolean NOT NULL,
    price numeric(10, 2) NOT NULL, status booking_status NOT NULL, "startsAt" timestamptz NOT NULL, note text
)
"""
READ = "COPY bookings TO STDOUT"
WRITE = "COPY bookings FROM STDIN"
STATUSES = ("SCHEDULED", "COMPLETED", "CANCELLED")


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure. Prisma's storage: whole numbers for booleans, milliseconds for moments, REAL for decimals."""
    profile = database(server, "bench_sqlite_import", _build)
    path = cache_folder() / "bookings.db"
    if not path.exists():
        _write(path)
    ctx = TaskContext.for_test()
    with opened(profile) as (session, plain):
        service = SqliteImportService(session, CatalogReader(session))

        def imported() -> float:
            plain.execute("TRUNCATE bookings")
            return seconds_of(lambda: service.run(path, Wishes(), ctx))

        imported()
        with plain.cursor() as cursor, cursor.copy(READ) as copy:
            rows = [tuple(row) for row in copy.rows()]
        assert len(rows) == ROWS, len(rows)

        def copied() -> float:
            plain.execute("TRUNCATE bookings")
            return seconds_of(lambda: _copy(plain, rows))

        gc.disable()  # as both doors have it: the window collects between its turns, a command not at all
        try:
            value, base = interleaved(imported, copied, runs=min(runs, RUNS), warm_up=0)
        finally:
            gc.enable()
        plain.execute("TRUNCATE bookings")
    yield Measurement("import 1 million rows of SQLite", value, "s", base, BOUND)


def _copy(connection: psycopg.Connection, rows: list[tuple[object, ...]]) -> None:
    """Write rows of texts as psycopg's documentation does it."""
    with connection.cursor() as cursor, cursor.copy(WRITE) as copy:
        for row in rows:
            copy.write_row(row)


def _build(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TYPE booking_status AS ENUM ('SCHEDULED', 'COMPLETED', 'CANCELLED')")
    connection.execute(TABLE)


def _write(path: Path) -> None:
    dice = random.Random(1)
    started = 1_700_000_000_000
    rows = (
        (
            f"c{number:024d}",
            f"s{dice.randrange(5000):08d}",
            dice.randrange(1, 9),
            dice.randrange(2),
            dice.randrange(0, 99_999) / 100,
            dice.choice(STATUSES),
            started + number * 1000 + dice.randrange(1000),
            None if number % 3 else f"note {number}, été",
        )
        for number in range(ROWS)
    )
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    connection = sqlite3.connect(unfinished)
    connection.execute(
        "CREATE TABLE bookings (id TEXT PRIMARY KEY, student TEXT, seats INTEGER, paid BOOLEAN, price DECIMAL, "
        'status TEXT, "startsAt" DATETIME, note TEXT)'
    )
    connection.executemany("INSERT INTO bookings VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()
    unfinished.rename(path)
