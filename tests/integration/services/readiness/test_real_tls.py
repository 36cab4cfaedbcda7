"""Doctor's look at TLS on a server that speaks it itself: what sslmode and sslrootcert make of it, and what is seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio import cli
from tests.support.tls_server import NoTlsServer, TlsServer, tls_server
from tests.support.tlsproxy import write_certificate

Look = Callable[[str], tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def server(server_room: Path) -> Iterator[TlsServer]:
    """The server; tests are skipped where none is installed."""
    room = server_room / "tls"
    room.mkdir()
    with ExitStack() as stack:
        try:
            yield stack.enter_context(tls_server(room))
        except NoTlsServer as error:
            pytest.skip(f"no PostgreSQL with TLS: {error}")


@pytest.fixture
def look(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Look:
    """A function that looks at a production's TLS from the command line; the exit code, and the finding or error."""
    monkeypatch.setenv("HOME", str(tmp_path))  # where libpq looks for certificates
    monkeypatch.chdir(tmp_path)

    def looked(url: str) -> tuple[int, dict[str, Any]]:
        code = cli.main(["doctor", "--url", url, "--environment", "production", "--only", "tls", "--json"])
        said = json.loads(capsys.readouterr().out)
        return code, dict(said["error"] if "error" in said else said["findings"][0])

    return looked


def test_encrypted_is_not_verified(server: TlsServer, look: Look) -> None:
    code, found = look(server.url(sslmode="require"))
    assert (code, found["verdict"], found["reason"]) == (1, "warning", "tls.unverified")
    root = str(server.certificate)
    code, found = look(server.url(sslmode="verify-ca", sslrootcert=root))
    assert (code, found["verdict"], found["reason"]) == (1, "warning", "tls.host_unverified")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_verified_with_what_is_really_spoken(server: TlsServer, look: Look, host: str) -> None:
    url = server.url(host, sslmode="verify-full", sslrootcert=str(server.certificate))
    code, found = look(url)
    assert (code, found["verdict"], found["reason"]) == (0, "ok", "tls.verified")
    with psycopg.connect(url) as connection:
        seen = connection.execute(
            "SELECT version, cipher, bits FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl"
        ).fetchone()
    evidence = found["evidence"]
    assert seen == (evidence["protocol"], evidence["cipher"], evidence["bits"])
    assert evidence["sslmode"] == "verify-full"


def test_what_can_not_be_trusted_is_refused(server: TlsServer, look: Look, tmp_path: Path) -> None:
    strangers, _ = write_certificate(tmp_path, "localhost")
    for url in (
        server.url(sslmode="verify-full", sslrootcert=str(strangers)),
        server.url("db.example.org", sslmode="verify-full", sslrootcert=str(server.certificate), hostaddr="127.0.0.1"),
    ):
        code, error = look(url)
        assert (code, error["code"]) == (3, "connection.tls_certificate")
    code, error = look(server.url(sslmode="disable"))
    assert (code, error["code"]) == (3, "connection.tls_required")
