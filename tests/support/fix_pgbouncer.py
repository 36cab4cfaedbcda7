"""PgBouncer in transaction mode before the test's database, where Debian's (or anybody's) package is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.urls import profile_from_url

_PLACES: Final = ("/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
_PATIENCE_S: Final = 10.0

OpenPooler = Callable[..., ConnectionProfile]


@pytest.fixture
def open_pooler(pg_url: str) -> Iterator[OpenPooler]:
    """A function that starts PgBouncer before the test's database and returns the profile of a URL through it.

    Its argument is the number of connections it opens to the server; `more` are further parameters of the URL.
    """
    program = shutil.which("pgbouncer", path=os.pathsep.join((os.environ.get("PATH", ""), *_PLACES)))
    if program is None:
        pytest.skip("pgbouncer is not installed (Debian: apt install pgbouncer)")
    with ExitStack() as running:

        def start(size: int, more: str = "") -> ConnectionProfile:
            port = running.enter_context(_pooler(program, pg_url, size))
            parts = conninfo_to_dict(pg_url)
            url = f"postgresql://{parts['user']}@127.0.0.1:{port}/{parts['dbname']}?pgbouncer=true{more}"
            found = profile_from_url(url)
            assert found.profile.pooler
            return found.profile

        yield start


@contextmanager
def _pooler(program: str, url: str, size: int) -> Iterator[int]:
    """Run PgBouncer and give its port."""
    with tempfile.TemporaryDirectory(prefix="nxs-pool-") as name:
        folder, port = Path(name), _free_port()
        settings = folder / "pgbouncer.ini"
        settings.write_text(_settings(url, port, size), encoding="utf-8")
        command = [program, "-q", *_other_user(url, (folder, settings)), str(settings)]
        with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                _wait_for(process, url, port, folder / "log")
                yield port
            finally:
                process.terminate()  # SIGTERM: at once, whoever is still there
                process.wait(_PATIENCE_S)


def _settings(url: str, port: int, size: int) -> str:
    parts = conninfo_to_dict(url)
    server = {name: parts[name] for name in ("host", "port", "user", "password") if parts.get(name)}
    line = " ".join(f"{name}='{value}'" for name, value in server.items())
    return "\n".join(
        (
            "[databases]",
            f"* = {line}",
            "[pgbouncer]",
            "listen_addr = 127.0.0.1",
            f"listen_port = {port}",
            "unix_socket_dir =",
            "auth_type = any",
            "pool_mode = transaction",
            f"default_pool_size = {size}",
            "max_client_conn = 100",
            "server_reset_query =",  # as in transaction mode: nothing cleans up behind a client
            "",
        )
    )


def _other_user(url: str, files: tuple[Path, ...]) -> list[str]:
    """Return the option that makes PgBouncer, which refuses to run as root, somebody who may reach the server."""
    if os.getuid() != 0:
        return []
    host = str(conninfo_to_dict(url).get("host") or "")
    owner = Path(host).stat().st_uid if host.startswith("/") else 0
    user = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    for file in files:
        os.chown(file, user.pw_uid, user.pw_gid)
    return ["-u", user.pw_name]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(process: subprocess.Popen[bytes], url: str, port: int, log: Path) -> None:
    """Wait until PgBouncer answers. Each attempt waits for the connection itself, so nothing sleeps here."""
    parts = conninfo_to_dict(url)
    last: psycopg.Error | None = None
    for _ in range(200):
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            pass
        else:
            break
        try:
            psycopg.connect(host="127.0.0.1", port=port, user=parts["user"], dbname=parts["dbname"]).close()
        except psycopg.Error as error:
            last = error
        else:
            return
    pytest.fail(f"pgbouncer did not come up: {last}\n{log.read_text(errors='replace')}", pytrace=False)
