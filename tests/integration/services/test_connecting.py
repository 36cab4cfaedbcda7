"""Each way a connection can fail is told from the others, on real servers and on things that are none."""

from __future__ import annotations

import datetime
import http.server
import os
import socket
import socketserver
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from nexus_studio.core.errors import ConnectionFailed, ForbiddenHere
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.redact import loggable, safe_trace
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import connect, create_database, libpq_parameters
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.ports import listener_of, next_free_port
from tests.support.waiting import until

CTX = TaskContext.for_test()
linux_loopback = pytest.mark.skipif(sys.platform != "linux", reason="needs 127.0.0.2 without set-up")
PASSWORD = "right-Ω 'quoted\\"


def failure(profile: ConnectionProfile, secret: str | None = None) -> ConnectionFailed:
    with pytest.raises(ConnectionFailed) as caught:
        connect(profile, secret).close()
    error = caught.value
    told = repr((str(error), error.facts, error.report, str(error.__cause__), loggable(error), safe_trace(error)))
    assert secret is None or secret not in told
    return error


def at(host: str, port: int, **more: object) -> ConnectionProfile:
    fields: dict[str, object] = {"name": "t", "host": host, "port": port, "database": "d", "user": "u"}
    return ConnectionProfile(**(fields | {"libpq": (("connect_timeout", "2"),)} | more))  # type: ignore[arg-type]


class TcpServer:
    """A real server that listens on TCP, whose pg_hba.conf and settings a test may change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = next_free_port(20_000 + os.getpid() % 20_000)
        server = EmbeddedServer.start(folder, CTX)
        with self._control(server.profile("postgres")) as connection:
            connection.execute("CREATE ROLE ada LOGIN")
            connection.execute(sql.SQL("ALTER ROLE ada PASSWORD {}").format(sql.Literal(PASSWORD)))
            connection.execute("CREATE ROLE sleeper NOLOGIN")
            connection.execute("CREATE DATABASE app")
            for name, value in (
                ("listen_addresses", "127.0.0.1"), ("port", str(self.port)), ("max_connections", "8"),
                ("superuser_reserved_connections", "3"), ("fsync", "off"), ("max_wal_senders", "0"),
            ):  # fmt: skip
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        server.stop()
        self.server = EmbeddedServer.start(folder, CTX)
        self.admin = self.server.profile("postgres")
        self._hba = folder / "postgres" / "data" / "pg_hba.conf"

    @contextmanager
    def _control(self, profile: ConnectionProfile) -> Iterator[psycopg.Connection]:
        with connect(profile, None) as connection:
            connection.autocommit = True
            yield connection

    def configure(self, *hba: str) -> None:
        """Load new admission rules (the socket always stays open for the test) and wait until they count."""
        self._hba.write_text("\n".join(["local all all trust", *hba, ""]))
        with self._control(self.admin) as connection:
            before = connection.execute("SELECT pg_conf_load_time()").fetchone()
            connection.execute("SELECT pg_reload_conf()")

        def is_loaded() -> bool:  # a backend born after the reload has both files
            with self._control(self.admin) as connection:
                return connection.execute("SELECT pg_conf_load_time()").fetchone() != before

        until(is_loaded)

    def profile(self, **more: object) -> ConnectionProfile:
        fields: dict[str, object] = {"port": self.port, "user": "ada", "database": "app"}
        return at("127.0.0.1", **(fields | more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def tcp(server_room: Path) -> Iterator[TcpServer]:
    room = server_room / "tcp"
    room.mkdir()
    room.chmod(0o755)
    server = TcpServer(room)
    yield server
    server.server.stop()


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for 127.0.0.1: what to verify it with, and its private key."""

    file: Path
    key: Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - only where it is installed
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=1))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    folder = tmp_path_factory.mktemp("tls")
    made = Certificate(folder / "root.crt", folder / "server.key")
    made.file.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


@contextmanager
def listening(answer: Callable[[socket.socket], object]) -> Iterator[int]:
    """A TCP server that does `answer` to whoever comes; yields its port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            answer(self.request)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def tls_before(server: TcpServer, certificate: Certificate, *, asks_certificate: bool = False) -> Iterator[int]:
    """Encryption in front of a real server, whose bundled build has none; yields the port.

    The server sees encrypted clients come from 127.0.0.2 and others from 127.0.0.1, so that its rules can tell them
    apart as `hostssl` and `hostnossl` would.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)
    if asks_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificate.file)

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def answer(line: socket.socket) -> None:
        head = line.recv(8)
        wants_tls = head == struct.pack("!ii", 8, 80877103)
        here = ("127.0.0.2" if wants_tls else "127.0.0.1", 0)
        with ExitStack() as stack:
            if wants_tls:
                line.sendall(b"S")
                try:
                    line = stack.enter_context(context.wrap_socket(line, server_side=True))
                except OSError:
                    return
                head = b""
            backend = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), source_address=here))
            backend.sendall(head)
            back = threading.Thread(target=pump, args=(backend, line), daemon=True)
            back.start()
            pump(line, backend)
            back.join(5)

    with listening(answer) as port:
        yield port


def test_nobody_listens() -> None:
    port = next_free_port(45_000)
    error = failure(at("127.0.0.1", port))
    assert error.code == "connection.refused"
    assert (error.facts["host"], error.facts["port"]) == ("127.0.0.1", port)
    assert "port_owner" not in error.facts
    assert error.report is not None
    assert "refused" in error.report.message


def test_no_such_socket(tmp_path: Path) -> None:
    error = failure(at(str(tmp_path), 5432))
    assert error.code == "connection.refused"
    assert error.facts["host"] == str(tmp_path)


def test_host_not_found() -> None:
    error = failure(at("no-such-host.invalid", 5432))
    assert error.code == "connection.host_not_found"
    assert error.facts["host"] == "no-such-host.invalid"


def test_a_line_without_an_answer() -> None:
    done = threading.Event()
    with listening(lambda _: done.wait(30)) as port:
        error = failure(at("127.0.0.1", port))
        done.set()
    assert error.code == "connection.timeout"
    assert error.facts["reason"] == "answer"


def test_no_line_at_all() -> None:
    with ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):  # fills the queue: the next one's first packet is dropped, as a firewall would
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        error = failure(at("127.0.0.1", full.getsockname()[1]))
    assert error.code == "connection.timeout"
    assert error.facts["reason"] == "connect"


def test_a_web_server() -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    def answer(line: socket.socket) -> None:
        Handler(line, ("", 0), None)  # type: ignore[arg-type]

    with listening(answer) as port:
        error = failure(at("127.0.0.1", port))
        owner = listener_of(port)
    assert error.code == "connection.not_postgresql"
    assert owner is not None
    assert (error.facts["port_owner"], error.facts["port_owner_pid"]) == (owner.name, os.getpid())


def test_a_server_that_speaks_first() -> None:
    with listening(lambda line: line.sendall(b"SSH-2.0-OpenSSH_9\r\n")) as port:
        assert failure(at("127.0.0.1", port)).code == "connection.not_postgresql"


def test_a_line_that_is_cut_at_once() -> None:
    with listening(lambda _: None) as port:
        error = failure(at("127.0.0.1", port))
    assert (error.code, error.facts["reason"]) == ("connection.failed", "closed")


def test_a_refusal_in_another_language_is_understood() -> None:
    words = {"S": "FATAL", "V": "FATAL", "C": "57P03", "M": "das Datenbanksystem startet"}
    body = b"".join(key.encode() + value.encode() + b"\0" for key, value in words.items()) + b"\0"

    def answer(line: socket.socket) -> None:
        while True:
            head = line.recv(8)
            if len(head) < 8:
                return
            length, code = struct.unpack("!ii", head)
            if code == 196608:
                line.recv(length - 8)
                line.sendall(b"E" + struct.pack("!i", len(body) + 4) + body)
                return
            line.sendall(b"N")

    with listening(answer) as port:
        error = failure(at("127.0.0.1", port))
    assert error.code == "connection.starting_up"
    assert error.report is not None
    assert "startet" in error.report.message


def test_a_service_that_is_not_defined() -> None:
    error = failure(ConnectionProfile("t", libpq=(("service", "nowhere"),)))
    assert error.code == "connection.service_missing"
    assert error.facts["service"] == "nowhere"


def test_a_service_file_is_followed(tcp: TcpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tcp.configure("host all all 127.0.0.1/32 trust")
    file = tmp_path / "pg_service.conf"
    file.write_text(f"[mine]\nhost=127.0.0.1\nport={tcp.port}\ndbname=app\nuser=ada\n")
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    with connect(ConnectionProfile("t", libpq=(("service", "mine"),)), None) as connection:
        assert (connection.info.port, connection.info.dbname) == (tcp.port, "app")


def test_passwords(tcp: TcpServer) -> None:
    tcp.configure("host all all 127.0.0.1/32 scram-sha-256")
    connect(tcp.profile(), PASSWORD).close()
    wrong = failure(tcp.profile(), "wr0ng-secret")
    assert wrong.code == "connection.password_wrong"
    assert wrong.facts["user"] == "ada"
    assert failure(tcp.profile()).code == "connection.password_missing"
    missing = failure(tcp.profile(database='no "such" db'), PASSWORD)
    assert missing.code == "connection.database_missing"
    assert missing.facts["database"] == 'no "such" db'
    # PostgreSQL does not tell strangers which roles exist
    assert failure(tcp.profile(user="nobody"), PASSWORD).code == "connection.password_wrong"


def test_a_password_file_is_read(tcp: TcpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tcp.configure("host all all 127.0.0.1/32 scram-sha-256")
    file = tmp_path / "pgpass"
    escaped = PASSWORD.replace("\\", "\\\\")
    file.write_text(f"127.0.0.1:{tcp.port}:app:ada:{escaped}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    connect(tcp.profile(), None).close()
    assert failure(tcp.profile(), "wr0ng-secret").code == "connection.password_wrong"


def test_roles(tcp: TcpServer) -> None:
    tcp.configure("host all all 127.0.0.1/32 trust")
    missing = failure(tcp.profile(user="nobody"))
    assert missing.code == "connection.role_missing"
    assert missing.facts["user"] == "nobody"
    sleeper = failure(tcp.profile(user="sleeper"))
    assert (sleeper.code, sleeper.facts["reason"]) == ("connection.not_admitted", "login")


def test_nobody_is_admitted(tcp: TcpServer) -> None:
    tcp.configure("host other all 127.0.0.1/32 trust")
    for mode in ("disable", "prefer"):
        error = failure(tcp.profile(libpq=(("sslmode", mode),)))
        assert (error.code, error.facts["reason"]) == ("connection.not_admitted", "hba"), mode


def test_tls_refused_by_the_server(tcp: TcpServer) -> None:
    tcp.configure("host all all 127.0.0.1/32 trust")
    assert failure(tcp.profile(libpq=(("sslmode", "require"),))).code == "connection.tls_refused"
    connect(tcp.profile(libpq=(("sslmode", "prefer"),)), None).close()


@linux_loopback
def test_tls_required_by_the_server(tcp: TcpServer, certificate: Certificate) -> None:
    tcp.configure("host all all 127.0.0.2/32 trust")
    with tls_before(tcp, certificate) as port:
        refused = failure(tcp.profile(port=port, libpq=(("sslmode", "disable"),)))
        assert refused.code == "connection.tls_required"
        with connect(tcp.profile(port=port, libpq=(("sslmode", "require"),)), None) as connection:
            assert connection.pgconn.ssl_in_use


@linux_loopback
def test_not_admitted_with_encryption_either(tcp: TcpServer, certificate: Certificate) -> None:
    tcp.configure("host other all 127.0.0.1/32 trust")
    with tls_before(tcp, certificate) as port:
        for mode in ("disable", "prefer", "require"):
            error = failure(tcp.profile(port=port, libpq=(("sslmode", mode),)))
            assert (error.code, error.facts["reason"]) == ("connection.not_admitted", "hba"), mode


@linux_loopback
def test_certificates(tcp: TcpServer, certificate: Certificate, tmp_path: Path) -> None:
    tcp.configure("host all all 127.0.0.2/32 trust")
    verify = (("sslmode", "verify-full"),)
    root = ("sslrootcert", str(certificate.file))
    with tls_before(tcp, certificate) as port:
        with connect(tcp.profile(port=port, libpq=(*verify, root)), None) as connection:
            assert connection.pgconn.ssl_in_use
        for host, parameters in (
            ("127.0.0.1", (*verify, ("sslrootcert", str(tmp_path / "nothing.crt")))),
            ("127.0.0.1", (*verify, ("sslrootcert", "system"))),
            ("127.0.0.1", (("sslmode", "require"), ("sslrootcert", "system"))),
            ("db.example.com", (*verify, root, ("hostaddr", "127.0.0.1"))),
            ("127.0.0.1", (*verify, root, ("sslcert", str(certificate.file)), ("sslkey", str(tmp_path / "no.key")))),
        ):
            error = failure(replace(tcp.profile(port=port, libpq=parameters), host=host))
            assert error.code == "connection.tls_certificate", parameters
    with tls_before(tcp, certificate, asks_certificate=True) as port:
        assert failure(tcp.profile(port=port, libpq=(*verify, root))).code == "connection.tls_certificate"


def test_too_many_connections(tcp: TcpServer) -> None:
    tcp.configure("host all all 127.0.0.1/32 trust")
    with ExitStack() as stack, pytest.raises(ConnectionFailed) as caught:  # one of them is refused
        for _ in range(9):
            stack.enter_context(connect(tcp.profile(), None))
    assert caught.value.code == "connection.too_many"


def test_the_missing_database_is_created(tcp: TcpServer) -> None:
    tcp.configure("host all all 127.0.0.1/32 trust")
    profile = tcp.profile(user="postgres", database='new "one"; é')
    assert failure(profile).code == "connection.database_missing"
    create_database(profile, None, CTX)
    with connect(profile, None) as connection:
        assert connection.info.dbname == 'new "one"; é'


def test_a_read_only_profile_creates_nothing(tcp: TcpServer) -> None:
    with pytest.raises(ForbiddenHere):
        create_database(replace(tcp.admin, database="never", read_only=True), None, CTX)
    with connect(tcp.admin, None) as connection:
        assert connection.execute("SELECT FROM pg_database WHERE datname = 'never'").fetchone() is None


def test_parameters_leave_to_libpq_what_is_empty() -> None:
    assert libpq_parameters(ConnectionProfile("t"), None) == {
        "application_name": "nexus-studio",
        "connect_timeout": "10",
    }
    given = ConnectionProfile(
        "t", "h", 5433, "d", "u", environment=Environment.CI, libpq=(("connect_timeout", "3"), ("sslmode", "require"))
    )
    assert libpq_parameters(given, "pw") == {
        "application_name": "nexus-studio", "connect_timeout": "3", "sslmode": "require", "host": "h", "port": "5433",
        "dbname": "d", "user": "u", "password": "pw",
    }  # fmt: skip
    several = ConnectionProfile("t", "a,b", 1, libpq=(("port", "1,2"),))
    assert libpq_parameters(several, None)["port"] == "1,2"
