"""The PostgreSQL the measurements use: Studio's embedded one, kept between runs with what was built in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from platformdirs import user_cache_path
from sqlalchemy import text

from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import connect
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.session import Session

Build = Callable[[psycopg.Connection], None]


def cache_folder() -> Path:
    """Return the folder that keeps the cluster; NEXUS_BENCH_HOME moves it."""
    given = os.environ.get("NEXUS_BENCH_HOME")
    return Path(given) if given else user_cache_path("nexus-studio") / "benchmarks"


@contextmanager
def running_cluster() -> Iterator[EmbeddedServer]:
    """Start the kept cluster, and stop it at the end."""
    server = EmbeddedServer.start(cache_folder() / "cluster", TaskContext.for_test())
    try:
        yield server
    finally:
        server.stop()


def database(server: EmbeddedServer, name: str, build: Build) -> ConnectionProfile:
    """Return the profile of a database, built on first use. A build that breaks off is done again."""
    profile = server.profile(name)
    server.create_database_if_missing(name)
    with connect(profile, None) as connection:
        connection.autocommit = True
        done = connection.execute("SELECT to_regclass('bench_is_built') IS NOT NULL").fetchone()
        if done != (True,):
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
            build(connection)
            connection.execute("ANALYZE")
            connection.execute("CREATE VIEW bench_is_built AS SELECT true AS yes")
    return profile


@contextmanager
def opened(profile: ConnectionProfile) -> Iterator[tuple[Session, psycopg.Connection]]:
    """Yield a session with a warm connection, and a plain connection of the driver for the reference."""
    ctx = TaskContext.for_test()
    session = Session.open(profile, None, ctx)
    with session.read(ctx) as connection:
        connection.execute(text("SELECT 1"))
    try:
        with connect(profile, None) as plain:
            plain.autocommit = True
            yield session, plain
    finally:
        session.close()
