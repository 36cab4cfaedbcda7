"""Seeding a million bookings (with all that hangs off them) into an empty database with the migrations applied."""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from benchmarks.measure import Measurement, seconds_of
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import connect
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.migrations.upgrade import upgrade
from nexus_studio.services.seeding import DEFAULT_SEED, SeedService
from nexus_studio.services.session import Session

BOOKINGS = 1_000_000
BOOKINGS_PER_SCALE = 2_000
BOUND_S = 90.0
DATABASE = "bench_seed"


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure once: a minute says enough, and the bound is absolute."""
    del runs
    ctx = TaskContext.for_test()
    _drop(server)
    server.create_database_if_missing(DATABASE)
    session = Session.open(server.profile(DATABASE), None, ctx)
    try:
        upgrade(session, ctx)
        scale = BOOKINGS // BOOKINGS_PER_SCALE
        added: dict[str, int] = {}

        def seed() -> None:
            added.update(SeedService(session).run(DEFAULT_SEED, scale, ctx)[1])

        value = seconds_of(seed)
        assert added["session_bookings"] >= BOOKINGS, added
    finally:
        session.close()
        _drop(server)
    yield Measurement("seed 1 million bookings", value, "s", None, BOUND_S)


def _drop(server: EmbeddedServer) -> None:
    with connect(server.profile("postgres"), None) as connection:
        connection.autocommit = True
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
