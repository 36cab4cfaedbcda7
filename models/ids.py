"""Primary keys made by the application: short texts that sort by age and never collide."""

from __future__ import annotations

import os
import secrets
import threading
import time

# Crockford's base 32 in lower case: digits sort before letters in "C" and in every linguistic collation alike.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 80
_LENGTH = 26


class IdSource:
    """Makes ULIDs (48 bits of milliseconds, 80 random bits) that only ever grow within one process.

    Any thread may ask. Two processes agree on a value with probability 2**-80 per pair made in the same millisecond.
    """

    def __init__(self) -> None:
        """Start with no id made."""
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> str:
        """Return the next id: 26 characters, greater than every id this source made before."""
        with self._lock:
            value = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
            # The clock may stand still within a millisecond or be set back: then count on from the last id.
            self._last = max(value, self._last + 1)
            value = self._last
        return "".join(_ALPHABET[(value >> shift) & 31] for shift in range((_LENGTH - 1) * 5, -5, -5))

    def forget(self) -> None:
        """Start afresh; needed in a forked child, which would otherwise count on from its parent's last id."""
        self._lock = threading.Lock()
        self._last = 0


_SOURCE = IdSource()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_SOURCE.forget)


def new_id() -> str:
    """Return a new primary key: 26 lower-case characters, sortable by age, any thread."""
    return _SOURCE.next()
