"""Who listens, and where nobody does."""

from __future__ import annotations

import os
import socket

from nexus_studio.services.ports import listener_of, next_free_port


def test_the_owner_of_a_port_and_the_next_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        owner = listener_of(port)
        assert owner is not None
        assert owner.pid == os.getpid()
        assert owner.name
        free = next_free_port(port)
        assert free > port
    assert listener_of(port) is None
