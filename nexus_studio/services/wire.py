"""Two questions asked on the bare line when libpq could not connect: who answers there, and with which SQLSTATE.

libpq keeps a refusal's SQLSTATE to itself and gives a sentence, which the server may have translated. These few bytes
of the protocol (manual 54.7 "Message Formats") tell the same in every language. No password is ever sent.
"""

from __future__ import annotations

import socket
import ssl
import struct
from enum import Enum

TIMEOUT_S = 1.5

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_PROTOCOL_3 = 196608
_LONGEST_MESSAGE = 65_536


class Answer(Enum):
    """What stands at an address."""

    POSTGRESQL = "postgresql"
    POSTGRESQL_TLS = "postgresql_tls"  # it offers encryption
    OTHER = "other"  # something answers that is not PostgreSQL
    SILENT = "silent"  # the line stands but nothing is said
    CLOSED = "closed"  # the line is closed at once, without a word
    REFUSED = "refused"  # nobody listens
    HOST_NOT_FOUND = "host_not_found"
    TIMEOUT = "timeout"  # no line came about
    UNREACHABLE = "unreachable"  # no route, no permission


def knock(host: str, port: int, timeout: float = TIMEOUT_S) -> Answer:
    """Ask who answers at a host and port, or at a socket when `host` is its folder. Takes up to three time-outs."""
    try:
        said = _exchange(host, port, _SSL_REQUEST, timeout)
        if said is None:
            # a server of another protocol may wait for a line: PostgreSQL takes this for nonsense and hangs up
            said = _exchange(host, port, b"GET / HTTP/1.0\r\n\r\n", timeout)
            return Answer.OTHER if said else Answer.SILENT
    except ConnectionRefusedError:
        return Answer.REFUSED
    except FileNotFoundError:
        return Answer.REFUSED  # no such socket: the same for people
    except socket.gaierror:
        return Answer.HOST_NOT_FOUND
    except TimeoutError:
        return Answer.TIMEOUT
    except (ConnectionResetError, BrokenPipeError):
        return Answer.CLOSED
    except (OSError, UnicodeError):
        return Answer.UNREACHABLE
    return {b"S": Answer.POSTGRESQL_TLS, b"N": Answer.POSTGRESQL, b"E": Answer.POSTGRESQL, b"": Answer.CLOSED}.get(
        said, Answer.OTHER
    )


def refusal(host: str, port: int, user: str, database: str, *, tls: bool, timeout: float = TIMEOUT_S) -> str | None:
    """Start a session without a password and return the SQLSTATE the server refuses it with.

    Returns:
        "" when the server asks for a password or lets in, None when it could not be asked.
    """
    try:
        with _line(host, port, timeout) as plain:
            if not tls:
                return _start(plain, user, database)
            plain.sendall(_SSL_REQUEST)
            if plain.recv(1) != b"S":
                return None
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            # nothing secret is sent: whose certificate it is does not matter here
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            with context.wrap_socket(plain) as encrypted:
                return _start(encrypted, user, database)
    except (OSError, UnicodeError, struct.error):
        return None


def _line(host: str, port: int, timeout: float) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host or "localhost", port), timeout)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(timeout)
    try:
        line.connect(f"{host}/.s.PGSQL.{port}")
    except OSError:
        line.close()
        raise
    return line


def _exchange(host: str, port: int, question: bytes, timeout: float) -> bytes | None:
    """Return the first byte of the answer, b"" when the line is closed, None when nothing comes."""
    with _line(host, port, timeout) as line:
        line.sendall(question)
        try:
            return line.recv(1)
        except TimeoutError:
            return None


def _start(line: socket.socket, user: str, database: str) -> str | None:
    words = ("user", user, "database", database, "application_name", "nexus-studio")
    body = struct.pack("!i", _PROTOCOL_3) + b"".join(word.encode() + b"\0" for word in words) + b"\0"
    line.sendall(struct.pack("!i", len(body) + 4) + body)
    while True:
        head = _exactly(line, 5)
        kind, length = head[:1], struct.unpack("!i", head[1:])[0] - 4
        if not 0 <= length <= _LONGEST_MESSAGE:
            return None
        content = _exactly(line, length)
        if kind == b"E":
            fields = {field[:1]: field[1:] for field in content.split(b"\0") if field}
            return fields.get(b"C", b"").decode("ascii", "replace")
        admitted = kind == b"R" and content[:4] == b"\0\0\0\0"
        if kind == b"Z" or (kind == b"R" and not admitted):
            return ""


def _exactly(line: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = line.recv(count - len(found))
        if not part:
            raise ConnectionResetError
        found += part
    return found
