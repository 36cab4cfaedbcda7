"""The health endpoint: what is asked, what is not, and that a cancel ends the waiting."""

from __future__ import annotations

import socket
import threading

import pytest

from nexus_studio.core.tasks import Cancelled, CancelToken, TaskContext
from nexus_studio.services.readiness.healthprobe import BadHealthUrl, Health, NoHealth, ask_health
from tests.support.tlsproxy import health_server


def test_status_time_and_body_come_back() -> None:
    with health_server() as application:
        application.body = b'{"status":\n  "ok"}' + b" " * 600
        found = ask_health(application.url + "?deep=1", TaskContext.for_test())
        assert application.asked == ["/api/health?deep=1"]
    assert (found.status, found.is_well, found.body) == (200, True, '{"status": "ok"}')
    assert 0 < found.time_ms < 5000


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "example.org/health",
        "https:///health",
        "https://ada:secret@example.org/health",
        "http://example.org/a b",
        "http://[::1/health",
        "http://example.org:99999/",
        "",
    ],
)
def test_what_is_no_http_url_is_not_asked(url: str) -> None:
    with pytest.raises(BadHealthUrl):
        ask_health(url, TaskContext.for_test())


def test_nobody_there_is_said_in_the_systems_words() -> None:
    with pytest.raises(NoHealth) as found:
        ask_health("http://127.0.0.1:1/", TaskContext.for_test())
    assert "refused" in found.value.words.lower()


def test_who_speaks_no_http_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _ = server.accept()
            with line:
                line.recv(1000)
                line.sendall(b"220 mail.example.org ESMTP\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NoHealth):
            ask_health(f"http://127.0.0.1:{server.getsockname()[1]}/", TaskContext.for_test())
        thread.join()


def test_a_cancel_ends_the_waiting() -> None:
    token = CancelToken()
    with socket.create_server(("127.0.0.1", 0)) as server:  # takes the line, and says nothing

        def cancel_when_asked() -> None:
            line, _ = server.accept()
            with line:
                line.recv(1000)
                token.cancel()

        thread = threading.Thread(target=cancel_when_asked)
        thread.start()
        with pytest.raises(Cancelled):
            ask_health(f"http://127.0.0.1:{server.getsockname()[1]}/", TaskContext(token))
        thread.join()


@pytest.mark.parametrize(
    ("body", "is_unwell"),
    [
        ('{"status": "DOWN"}', True),
        ('{"ok": false}', True),
        ('{"healthy": false, "status": "ok"}', True),
        ('{"status": "ok"}', False),
        ("down", False),
        ("[]", False),
        ("", False),
    ],
)
def test_a_body_may_contradict_its_status(body: str, is_unwell: bool) -> None:
    assert Health(200, 1, body).says_unwell is is_unwell
