"""Sizes of a database with 5000 tables: the list against its own SQL, what a sample takes, and the window's panel."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from benchmarks.cluster import database, opened
from benchmarks.measure import Measurement, interleaved, seconds_of
from nexus_studio.core.admin.sizes import SizeReport
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.health.growing import keep
from nexus_studio.services.health.growthstore import GrowthStore
from nexus_studio.services.health.sizing import SizingService
from nexus_studio.services.health.sizing_sql import INDEXES, RELATIONS

TABLES = 5000
BOUND = 1.5
SAMPLE_KB = 200.0
STALL_MS = 50.0
BATCH = 500
SAMPLES = 40

# What anybody would write to see the same sizes, without indexes, bloat or counters: for comparison, not a bound.
BY_HAND = """
    SELECT schemaname, relname, pg_table_size(relid), pg_indexes_size(relid), pg_total_relation_size(relid), n_live_tup,
           n_dead_tup, last_vacuum, last_autovacuum
      FROM pg_stat_user_tables ORDER BY 5 DESC
"""


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure; the database is built on first use (half a minute)."""
    profile = database(server, "bench_sizes", _build)
    with opened(profile) as (session, plain):
        sizing, ctx = SizingService(session), TaskContext.for_test()

        def studio() -> object:
            report = sizing.sizes(ctx)
            assert len(report.relations) == TABLES
            return report

        def reference() -> object:
            rows = plain.execute(RELATIONS.text.encode()).fetchall()
            indexes = plain.execute(INDEXES.text.encode()).fetchall()
            assert (len(rows), len(indexes)) == (TABLES, 2 * TABLES)
            return indexes

        def by_hand() -> object:
            return plain.execute(BY_HAND).fetchall()

        value, base, hand = interleaved(
            lambda: seconds_of(studio), lambda: seconds_of(reference), lambda: seconds_of(by_hand), runs=runs * 2
        )
        report = sizing.sizes(ctx)
    yield Measurement(f"size list of {TABLES} tables", value * 1000, "ms", base * 1000, BOUND)
    yield Measurement(f"size list of {TABLES} tables, against sizes by hand", value * 1000, "ms", hand * 1000, 2.0)
    yield Measurement(f"a sample of {TABLES} tables kept", _kilobytes(report), "kB", None, SAMPLE_KB)
    looks = [_window(profile) for _ in range(max(3, runs))]
    for step, words in _STEPS.items():
        away = statistics.median(look[step] for look in looks) * 1000
        yield Measurement(f"{words}: the window's thread is away, longest", away, "ms", None, STALL_MS)


_STEPS = {
    "panel": f"sizes of {TABLES} tables, the first look",
    "again": f"sizes of {TABLES} tables, read again",
    "bars": "the first bars",
    "line": "the first line of growth",
}


def _window(profile: ConnectionProfile) -> dict[str, float]:
    """Open the window in a process of its own, where nothing is imported yet."""
    url = f"postgresql://{profile.user}@/{profile.database}?host={profile.host}"
    command = [sys.executable, "-m", "benchmarks.healthwindow", url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


def _kilobytes(report: SizeReport) -> float:
    """Keep a sample each hour, and return what one takes of the file after compaction, names and all."""
    begin = datetime(2026, 11, 30, tzinfo=UTC)
    with TemporaryDirectory(prefix="nxs-bench-") as folder:
        store = GrowthStore(Path(folder) / "samples.sqlite")
        for hour in range(SAMPLES):
            keep(store, report, begin + timedelta(hours=hour))
        size = sum(each.stat().st_size for each in Path(folder).iterdir())
        return size / len(store.moments()) / 1000


def _build(connection: psycopg.Connection) -> None:
    for first in range(0, TABLES, BATCH):
        connection.execute(
            f"""
            DO $$ BEGIN FOR i IN {first + 1}..{first + BATCH} LOOP
                EXECUTE format('CREATE TABLE %I (id bigint PRIMARY KEY, name text NOT NULL, amount int, at timestamptz,
                                                 note text)', 'table_' || lpad(i::text, 4, '0'));
                EXECUTE format('CREATE INDEX ON %I (name)', 'table_' || lpad(i::text, 4, '0'));
                EXECUTE format('INSERT INTO %I SELECT n, md5(n::text), n, now(), repeat(''x'', n %% 70)
                                  FROM generate_series(1, 200) n', 'table_' || lpad(i::text, 4, '0'));
            END LOOP; END $$
            """.encode()
        )
    connection.execute("ANALYZE")
