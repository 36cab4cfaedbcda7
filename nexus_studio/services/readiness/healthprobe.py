"""The health endpoint of the application: one GET, with a deadline, that a cancel ends."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from nexus_studio import __version__
from nexus_studio.core.tasks import Cancelled, TaskContext

TIMEOUT_S = 5.0
_LONGEST = 16_384  # bytes that are read
_SHOWN = 500  # characters
_UNWELL = frozenset({"down", "error", "fail", "failed", "failing", "unhealthy", "ko", "degraded", "critical", "false"})
_GOOD = range(200, 300)


class BadHealthUrl(Exception):  # judged by its check, never shown
    """The URL is none that can be asked: another scheme, no host, a name and password in it."""


class NoHealth(Exception):  # judged by its check, never shown
    """Nothing answered; `words` is what the system said."""

    def __init__(self, words: str, time_ms: float) -> None:
        super().__init__(words)
        self.words = words
        self.time_ms = time_ms


@dataclass(frozen=True, slots=True)
class Health:
    """What was answered. `body` is its beginning, on few lines; `location` where it sends on to."""

    status: int
    time_ms: float
    body: str
    location: str = ""

    @property
    def is_well(self) -> bool:
        """Whether the status is a good one."""
        return self.status in _GOOD

    @property
    def says_unwell(self) -> bool:
        """Whether the body is JSON whose `status` (or `ok`, `healthy`) says that something is wrong."""
        try:
            said = json.loads(self.body)
        except ValueError:
            return False
        if not isinstance(said, dict):
            return False
        words = [str(said[name]).lower() for name in ("status", "ok", "healthy") if name in said]
        return any(word in _UNWELL for word in words)


def ask_health(url: str, ctx: TaskContext) -> Health:
    """Ask a URL, following nothing. Certificates are verified. Takes `TIMEOUT_S` at most for each step.

    Raises:
        BadHealthUrl: it can't be asked.
        NoHealth: no answer.
        Cancelled: at once, whatever the line does.
    """
    place = _parts(url)
    make = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    line = make(place.hostname or "", place.port, timeout=TIMEOUT_S)
    target = (place.path or "/") + (f"?{place.query}" if place.query else "")
    begun = time.monotonic()
    try:
        with ctx.token.calling(lambda: _cut(line)):
            line.request("GET", target, headers={"Accept": "*/*", "User-Agent": f"nexus-studio/{__version__}"})
            answer = line.getresponse()
            body = answer.read(_LONGEST)
    except Cancelled:
        raise
    except (OSError, http.client.HTTPException, ssl.CertificateError) as error:
        ctx.token.raise_if_cancelled()
        raise NoHealth(_words(error), (time.monotonic() - begun) * 1000) from error
    finally:
        line.close()
    return Health(
        answer.status, (time.monotonic() - begun) * 1000, _shown(body), answer.getheader("Location", "") or ""
    )


def _parts(url: str) -> SplitResult:
    """Take a URL apart.

    Raises:
        BadHealthUrl: see there.
    """
    try:
        place = urlsplit(url.strip())
        is_good = place.scheme in {"http", "https"} and bool(place.hostname) and place.port != 0
    except ValueError as error:
        raise BadHealthUrl from error
    if not is_good or place.username or place.password or re.search(r"[\s\x00-\x1f]", url.strip()):
        raise BadHealthUrl
    return place


def _cut(line: http.client.HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        line.sock.shutdown(socket.SHUT_RDWR)


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT_S:.0f} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return said or type(error).__name__


def _shown(body: bytes) -> str:
    text = " ".join(body.decode("utf-8", "replace").split())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
