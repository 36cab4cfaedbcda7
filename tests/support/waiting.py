"""Waits for what is to come in the database: asks again until there is an answer or the patience ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 60.0
"""Seconds: a machine that is busy with other things is no reason to fail."""

T = TypeVar("T")


def until(ask: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """Return the first answer that is true. Each question takes its time on the server, so nothing sleeps here."""
    end = time.monotonic() + patience_s
    while not (found := ask()):
        assert time.monotonic() < end, "it never came"
    return found
