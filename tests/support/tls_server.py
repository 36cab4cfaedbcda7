"""A PostgreSQL that speaks TLS itself: one that is installed on this machine; the bundled one was built without."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.tlsproxy import write_certificate

ROLE, PASSWORD = "shop_app", "Vq7-tMz2_kR9wXe4.pL8"
_PLACES = ("/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt")
_HBA = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
_ACCOUNT = "postgres"


class NoTlsServer(Exception):
    """There is none here that could be started; says why."""


@dataclass(frozen=True)
class TlsServer:
    """Where it is, and the certificate that it shows: made for localhost and 127.0.0.1, its own authority."""

    port: int
    certificate: Path

    def url(self, host: str = "localhost", **parameters: str) -> str:
        """Return the URL of its database with parameters of libpq."""
        said = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"postgresql://{ROLE}:{PASSWORD}@{host}:{self.port}/postgres?{said}"


@contextmanager
def tls_server(room: Path) -> Iterator[TlsServer]:
    """Make a cluster in a folder and run it; nothing but TLS gets in over TCP.

    Raises:
        NoTlsServer: none is installed, or this user may not run it.
    """
    programs, user = _programs(), _user()
    data = room / "data"
    data.mkdir()
    certificate, key = write_certificate(room, "localhost")
    certificate.chmod(0o644)
    if user is not None:
        for each in (room, data, key):
            shutil.chown(each, user)
    key.chmod(0o600)

    def run(program: str, *words: str | Path) -> None:
        with (room / "words.log").open("ab") as words_log:
            subprocess.run(
                [programs / program, *words], check=True, stdout=words_log, stderr=words_log, user=user, cwd=room
            )

    port = _free_port()
    try:
        run("initdb", "--pgdata", data, "--username", "admin", "--auth", "trust", "--no-sync")
        (data / "pg_hba.conf").write_text(_HBA)
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(
                f"listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{room}'\nfsync = off\n"
                f"ssl = on\nssl_cert_file = '{certificate}'\nssl_key_file = '{key}'\n"
            )
        run("pg_ctl", "--pgdata", data, "--wait", "start")
    except (OSError, subprocess.CalledProcessError) as error:
        words = (room / "words.log").read_text(errors="replace").splitlines() if (room / "words.log").exists() else []
        raise NoTlsServer(f"{error}: {words[-1:]}") from error
    try:
        made = f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'"
        run("psql", "--host", room, "--port", str(port), "--username", "admin", "--dbname", "postgres", "-c", made)
        yield TlsServer(port, certificate)
    finally:
        run("pg_ctl", "--pgdata", data, "--mode", "immediate", "stop")


def _programs() -> Path:
    found = [each.parent for place in _PLACES for each in Path(place).glob("*/bin/initdb")]
    if (on_path := shutil.which("initdb")) is not None:
        found.append(Path(on_path).resolve().parent)
    if not found:
        raise NoTlsServer("no PostgreSQL server is installed")
    return max(found)


def _user() -> str | None:
    """Return as whom it is to run: PostgreSQL runs under no root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(_ACCOUNT).pw_name
    except KeyError:
        raise NoTlsServer(f"there is no account {_ACCOUNT}, and root can't run it") from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
