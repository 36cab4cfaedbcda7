"""A reset of the demo against its three parts alone, and a shelf of a gigabyte put back against `createdb -T`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql

from benchmarks.cluster import database
from benchmarks.measure import Measurement, interleaved, seconds_of
from nexus_studio.core.admin.resets import ResetScope
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.migrations.project import project_for
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.resetting.service import ResetService
from nexus_studio.services.seeding import SeedService
from nexus_studio.services.session import Session
from nexus_studio.services.shelves import ShelfService
from nexus_studio.services.tools import conninfo_of, find_tool, run_tool

RESET_BOUND = 1.3
SHELF_BOUND = 1.2
GIGABYTE = 1024**3
RUNS = 5
SHELF = "a gigabyte"


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure."""
    with TemporaryDirectory(prefix="nxs-bench-") as folder:
        paths = Paths.below(Path(folder))
        yield _reset(server, paths, min(runs, RUNS))
        yield _put_back(server, paths, min(runs, RUNS))


def _reset(server: EmbeddedServer, paths: Paths, runs: int) -> Measurement:
    """Time a reset without the backup, which none of its parts has; and each part on the same database."""
    profile = database(server, "bench_reset", lambda _connection: None)
    ctx = TaskContext.for_test()
    session = Session.open(profile, None, ctx)
    migrations = partial(_migrations, paths=paths)
    resets = ResetService(session, paths, migrations, SeedService)
    scope = ResetScope(seed="demo", backs_up=False)
    bare = replace(scope, seed="", migrates=False, privileges=False)

    def whole() -> float:
        return seconds_of(lambda: resets.reset(scope, resets.loss(scope, ctx), ctx))

    def parts() -> float:
        with psycopg.connect(conninfo_of(profile), autocommit=True) as plain:
            dropping = seconds_of(lambda: plain.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
        deploying = seconds_of(lambda: migrations(session).deploy(ctx))
        return dropping + deploying + seconds_of(lambda: SeedService(session).run("demo", 1, ctx))

    try:
        resets.reset(bare, resets.loss(bare, ctx), ctx)
        parts()
        value, base = interleaved(whole, parts, runs=runs, warm_up=1)
    finally:
        session.close()
    return Measurement("reset of the demo", value, "s", base, RESET_BOUND)


def _put_back(server: EmbeddedServer, paths: Paths, runs: int) -> Measurement:
    profile = database(server, "bench_shelf", _fill)
    ctx = TaskContext.for_test()
    session = Session.open(profile, None, ctx)
    shelves = ShelfService(session, paths, lambda _session, _ctx: ())
    createdb = find_tool("createdb", session.server.version_num)
    maintenance = profile.with_database("postgres")

    def put_back() -> float:
        return seconds_of(lambda: shelves.put_back(SHELF, ctx))

    def created() -> float:
        words = ["--host", profile.host, "--port", str(profile.port), "--username", profile.user]
        session.drop_idle()
        spent = seconds_of(lambda: run_tool(createdb, [*words, "-T", profile.database, "bench_shelf_copy"], ctx))
        _drop(maintenance, "bench_shelf_copy")
        return spent

    try:
        if not any(each.name == SHELF for each in shelves.shelves(ctx)):
            shelves.take(SHELF, ctx)
        value, base = interleaved(put_back, created, runs=runs, warm_up=1)
        shelves.drop(SHELF, ctx)
    finally:
        session.close()
    return Measurement("shelf of 1 GB put back", value, "s", base, SHELF_BOUND)


def _fill(connection: psycopg.Connection) -> None:
    """Write rows until the database has a gigabyte."""
    connection.execute("CREATE TABLE filler (id bigint GENERATED ALWAYS AS IDENTITY, text text)")
    size = 0
    while size < GIGABYTE:
        connection.execute(
            "INSERT INTO filler (text) SELECT repeat(md5(n::text), 8) FROM generate_series(1, 400000) AS n"
        )
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        size = row[0] if row else GIGABYTE


def _migrations(session: Session, paths: Paths) -> MigrationService:
    return MigrationService(session, partial(project_for, session.profile), paths)


def _drop(profile: ConnectionProfile, name: str) -> None:
    with psycopg.connect(conninfo_of(profile), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
