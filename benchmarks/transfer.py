r"""Ten million rows to a CSV file and a million from one, against psql's \copy of the same, and the memory it takes."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from typing import Final

import psutil  # type: ignore[import-untyped]
import psycopg

from benchmarks.cluster import cache_folder, database, opened
from benchmarks.measure import Measurement, interleaved, seconds_of
from benchmarks.tables import NARROW, NARROW_ROWS, narrow
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.data.transfer import ExportRows, ExportSpec
from nexus_studio.core.data.transferplan import Wishes
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of, find_tool
from nexus_studio.services.transfer.service import TransferService

ROWS: Final = 1_000_000
EXPORT_BOUND: Final = 1.15
IMPORT_BOUND: Final = 1.5
MEMORY_BOUND_MB: Final = 8.0
RUNS: Final = 5
TABLE = """
CREATE TABLE bookings (
    id text PRIMARY KEY, student text NOT NULL, seats integer NOT NULL, paid boolean NOT NULL,
    price numeric(10, 2) NOT NULL, "startsAt" timestamptz NOT NULL, note text
)
"""
FILL = """
INSERT INTO bookings
SELECT 'c' || lpad(n::text, 24, '0'), 's' || n %% 5000, n %% 9, n %% 2 = 0, (n %% 99999) / 100.0,
       timestamptz '2023-01-01 00:00+00' + n * interval '1 second',
       CASE WHEN n %% 3 = 0 THEN 'note ' || n || ', été' END
  FROM generate_series(1, %s) AS n
"""


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure. Each export is made of the table whole; each import goes into an empty table with its key."""
    ctx = TaskContext.for_test()
    profile = narrow(server)
    with opened(profile) as (session, _):
        psql = str(find_tool("psql", session.server.version_num))
        yield from _exports(session, profile, psql, min(runs, RUNS), ctx)
    profile = database(server, "bench_transfer", _build)
    with opened(profile) as (session, plain):
        yield _imports(session, plain, profile, psql, min(runs, RUNS), ctx)


def _exports(
    session: Session, profile: ConnectionProfile, psql: str, runs: int, ctx: TaskContext
) -> Iterator[Measurement]:
    name = NARROW["10 million"]
    relation = CatalogReader(session).relation(name, ctx)
    service, rows = TransferService(session, ModelOverlay()), ExportRows(RowQuery(name))
    mine, theirs = cache_folder() / "export.csv", cache_folder() / "copied.csv"

    def exported() -> float:
        return seconds_of(lambda: service.export(relation, rows, ExportSpec(), mine, ctx, may_replace=True))

    def copied() -> float:
        return seconds_of(lambda: _psql(psql, profile, f"\\copy {name.name} to '{theirs}' csv header"))

    try:
        with _watched() as grown:
            exported()
        yield Measurement("memory of exporting 10 million rows", grown[0], "MB", None, MEMORY_BOUND_MB)
        value, base = interleaved(exported, copied, runs=runs)
        assert mine.stat().st_size == theirs.stat().st_size > NARROW_ROWS["10 million"]
        yield Measurement("export 10 million rows as CSV", value, "s", base, EXPORT_BOUND)
    finally:
        mine.unlink(missing_ok=True)
        theirs.unlink(missing_ok=True)


def _imports(
    session: Session, plain: psycopg.Connection, profile: ConnectionProfile, psql: str, runs: int, ctx: TaskContext
) -> Measurement:
    path = cache_folder() / "bookings.csv"
    relation = CatalogReader(session).relation(RelationName("public", "bookings"), ctx)
    service = TransferService(session, ModelOverlay())
    if not path.exists():
        plain.execute("TRUNCATE bookings")
        plain.execute(FILL, (ROWS,))
        service.export(relation, ExportRows(RowQuery(relation.name)), ExportSpec(), path, ctx, may_replace=True)

    def imported() -> float:
        plain.execute("TRUNCATE bookings")
        return seconds_of(lambda: service.run(path, relation, Wishes(), ctx))

    def copied() -> float:
        plain.execute("TRUNCATE bookings")
        return seconds_of(lambda: _psql(psql, profile, f"\\copy bookings from '{path}' csv header"))

    value, base = interleaved(imported, copied, runs=runs)
    plain.execute("TRUNCATE bookings")
    return Measurement("import 1 million rows of CSV", value, "s", base, IMPORT_BOUND)


def _psql(psql: str, profile: ConnectionProfile, command: str) -> None:
    subprocess.run([psql, "-X", "-q", "-d", conninfo_of(profile), "-c", command], check=True)


class _watched:  # noqa: N801 - used as a word of its own
    """Notes by how many megabytes this process grew at most inside a block."""

    def __init__(self) -> None:
        self._grown, self._over = [0.0], threading.Event()
        self._process = psutil.Process()

    def __enter__(self) -> list[float]:
        self._begun = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self._grown

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            self._grown[0] = max(self._grown[0], (self._process.memory_info().rss - self._begun) / 2**20)


def _build(connection: psycopg.Connection) -> None:
    connection.execute(TABLE)
