"""Backups of two gigabytes against pg_dump, psql and pg_restore alone, on the same data, and the memory they take."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Final

import psutil  # type: ignore[import-untyped]
import psycopg
from psycopg import sql

from benchmarks.cluster import database
from benchmarks.measure import Measurement, interleaved, seconds_of
from nexus_studio.core.admin.archives import RestoreInto, RestoreTarget
from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression
from nexus_studio.core.admin.dumpargs import dump_arguments
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.choosing import chosen_dump, chosen_restore
from nexus_studio.services.backups.creating import create
from nexus_studio.services.backups.restoring import restore
from nexus_studio.services.backups.snapshot import exported, states
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of

SIZE = 2 * 1024**3
CREATE_BOUND = 1.05
COUNT_BOUND = 1.5
RESTORE_BOUND = 1.10
MEMORY_BOUND_MB = 30.0
RUNS = 3
TABLES = ("people", "filler", "thin")
TARGET = "bench_backup_restored"

_PLAIN: Final = BackupSpec(format=BackupFormat.PLAIN, compression=Compression.NONE, counts=False)
_DIRECTORY: Final = BackupSpec(format=BackupFormat.DIRECTORY, jobs=2, counts=False)
MADE: Final = {
    "backup of 2 GB, counted": BackupSpec(),
    "backup of 2 GB, not counted": BackupSpec(counts=False),
    "backup of 2 GB, a folder by two jobs": _DIRECTORY,
    "backup of 2 GB, plain, not compressed": _PLAIN,
}
RESTORED: Final = {
    "restore of 2 GB": BackupSpec(counts=False),
    "restore of 2 GB, a folder by two jobs": _DIRECTORY,
    "restore of 2 GB, plain": replace(_PLAIN, compression=Compression.GZIP),
}


@dataclass(frozen=True, slots=True)
class _Bench:
    """The database, and a folder for what is made of it."""

    session: Session
    folder: Path
    runs: int

    @property
    def profile(self) -> ConnectionProfile:
        return self.session.profile


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure; the database is built on first use (a minute)."""
    profile = database(server, "bench_backup", _fill)
    session = Session.open(profile, None, TaskContext.for_test())
    try:
        with TemporaryDirectory(prefix="nxs-bench-") as folder:
            bench = _Bench(session, Path(folder), min(runs, RUNS))
            for name, spec in MADE.items():
                yield _made(bench, name, spec)
            yield _by_hand(bench, "backup of 2 GB, plain, not compressed: against what it does by hand", _PLAIN)
            yield _counted(bench)
            for name, spec in RESTORED.items():
                yield _restored(bench, name, spec)
            yield _memory(bench)
    finally:
        session.close()


def _made(bench: _Bench, name: str, spec: BackupSpec) -> Measurement:
    """Time a backup with all that Studio does about it: counting, checksum, sidecar."""
    value, reference = interleaved(
        lambda: _by_studio(bench, spec), lambda: _alone(bench, partial(_dump, bench, spec)), runs=bench.runs
    )
    return Measurement(name, value, "s", reference, CREATE_BOUND)


def _by_hand(bench: _Bench, name: str, spec: BackupSpec) -> Measurement:
    """Time a plain backup against pg_dump, `sync` and `sha256sum` one after the other: all that is promised of it."""

    def work(file: Path) -> None:
        _dump(bench, spec, file)
        subprocess.run(("sync", str(file)), check=True)
        subprocess.run(("sha256sum", str(file)), check=True, stdout=subprocess.DEVNULL)

    value, reference = interleaved(lambda: _by_studio(bench, spec), lambda: _alone(bench, work), runs=bench.runs)
    return Measurement(name, value, "s", reference, CREATE_BOUND)


def _by_studio(bench: _Bench, spec: BackupSpec) -> float:
    folder, ctx = bench.folder / "studio", TaskContext(on_progress=lambda _: None)
    spent = seconds_of(lambda: create(bench.session, Paths.below(bench.folder), spec, ctx, folder=folder))
    rmtree(folder)
    return spent


def _alone(bench: _Bench, work: Callable[[Path], None]) -> float:
    folder = bench.folder / "alone"
    folder.mkdir()
    spent = seconds_of(lambda: work(folder / "x"))
    rmtree(folder)
    return spent


def _dump(bench: _Bench, spec: BackupSpec, file: Path) -> None:
    tool = chosen_dump(bench.session.server.version_num, spec)
    arguments = dump_arguments(spec, major=tool.major, dbname=conninfo_of(bench.profile), file=str(file))
    # as a person calls it: it says nothing, and brings to the disk what it has written
    subprocess.run((tool.path, *(each for each in arguments if each not in {"--verbose", "--no-sync"})), check=True)


def _counted(bench: _Bench) -> Measurement:
    """Time rows and checksums of all tables under a snapshot against reading them once, one after the other."""
    psql = chosen_restore(0, bench.session.server.version_num, "psql").path
    commands = [f"--command=COPY {table} TO STDOUT" for table in TABLES]
    line = (psql, "--no-psqlrc", "--quiet", f"--dbname={conninfo_of(bench.profile)}", *commands)

    def counted() -> None:
        ctx = TaskContext.for_test()
        with exported(bench.session, ctx) as snapshot:
            assert len(states(snapshot.driver, ctx)) == len(TABLES)

    value, reference = interleaved(
        lambda: seconds_of(counted),
        lambda: seconds_of(lambda: subprocess.run(line, check=True, stdout=subprocess.DEVNULL)),
        runs=bench.runs,
    )
    return Measurement("rows and checksums of 2 GB", value, "s", reference, COUNT_BOUND)


def _restored(bench: _Bench, name: str, spec: BackupSpec) -> Measurement:
    """Time a restore with all that Studio does about it against PostgreSQL's own program filling an empty database.

    Studio's begins with reading the file and making a database, and ends with giving that its name.
    """
    ctx = TaskContext(on_progress=lambda _: None)
    folder = bench.folder / "archive"
    file, _ = create(bench.session, Paths.below(bench.folder), spec, ctx, folder=folder)
    target = bench.profile.with_database(TARGET)
    version = bench.session.server.version_num

    def restored() -> None:
        into = RestoreTarget(RestoreInto.NEW, TARGET, jobs=spec.jobs)
        restore(bench.session, Paths.below(bench.folder), file, into, ctx)

    def loaded() -> None:
        if spec.format is BackupFormat.PLAIN:
            _psql(target, file, version)
            return
        program = chosen_restore(0, version).path
        how = f"--jobs={spec.jobs}" if spec.jobs > 1 else "--single-transaction"
        subprocess.run((program, "--exit-on-error", how, f"--dbname={conninfo_of(target)}", str(file)), check=True)

    value, reference = interleaved(
        partial(_afresh, bench, restored, is_there=False), partial(_afresh, bench, loaded), runs=bench.runs
    )
    _recreate(bench, is_wanted=False)
    rmtree(folder)
    return Measurement(name, value, "s", reference, RESTORE_BOUND)


def _psql(target: ConnectionProfile, file: Path, version: int) -> None:
    psql = chosen_restore(0, version, "psql").path
    line = (psql, "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
    with subprocess.Popen(("gzip", "-dc", str(file)), stdout=subprocess.PIPE) as unpacked:
        loads = (*line, f"--dbname={conninfo_of(target)}")
        subprocess.run(loads, check=True, stdin=unpacked.stdout, stdout=subprocess.DEVNULL)


def _memory(bench: _Bench) -> Measurement:
    """Say by how much this process grows at most while a backup is made."""
    process = psutil.Process()
    before = process.memory_info().rss
    most = before

    def look(_: object) -> None:
        nonlocal most
        most = max(most, process.memory_info().rss)

    create(bench.session, Paths.below(bench.folder), BackupSpec(), TaskContext(on_progress=look), folder=bench.folder)
    return Measurement("memory during a backup of 2 GB", (most - before) / 1024**2, "MB", None, MEMORY_BOUND_MB)


def _afresh(bench: _Bench, work: Callable[[], None], *, is_there: bool = True) -> float:
    _recreate(bench, is_wanted=is_there)
    return seconds_of(work)


def _recreate(bench: _Bench, *, is_wanted: bool) -> None:
    name = sql.Identifier(TARGET)
    with psycopg.connect(conninfo_of(bench.profile.with_database("postgres")), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        if is_wanted:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
        connection.execute("CHECKPOINT")  # what the one before it has written is not for the next to wait for


def _fill(connection: psycopg.Connection) -> None:
    """Write people with many columns, long texts and pairs of numbers, until there are two gigabytes."""
    connection.execute(
        """
        CREATE TABLE people (id bigint PRIMARY KEY, name text, email text, born date, created timestamptz,
                             score numeric(10,2), ratio float8, active bool, tags text[], doc jsonb);
        CREATE TABLE filler (id bigint, text text);
        CREATE TABLE thin (a int, b int)
        """
    )
    size, begin = 0, 0
    while size < SIZE:
        end = begin + 200_000
        rows = {"begin": begin, "end": end - 1}
        connection.execute(
            """
            INSERT INTO people
            SELECT n, 'Person ' || n, md5(n::text) || '@example.org', date '1950-01-01' + (n %% 20000)::int,
                   now() - n * interval '1 minute', (n %% 100000) / 100.0, n / 7.0, n %% 3 = 0,
                   ARRAY['a' || n %% 10, 'b'], jsonb_build_object('k', n, 'v', md5(n::text))
              FROM generate_series(%(begin)s::bigint, %(end)s) AS n
            """,
            rows,
        )
        connection.execute(
            "INSERT INTO filler SELECT n, repeat(md5(n::text), 8) FROM generate_series(%(begin)s::int, %(end)s) AS n",
            rows,
        )
        connection.execute("INSERT INTO thin SELECT n, n * 2 FROM generate_series(%(begin)s::int, %(end)s) AS n", rows)
        found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        size, begin = found[0] if found else SIZE, end
