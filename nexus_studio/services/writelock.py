"""The lock on production: nothing is written before somebody said why, and only for a while."""

from __future__ import annotations

import getpass
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from nexus_studio.core.errors import UserError
from nexus_studio.core.profiles import Environment

JOURNAL = "unlocks.jsonl"
LONGEST_MINUTES: Final = 60
_S_OF_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Unlock:
    """A line of the journal: who wrote to which production database, from when on, for how long and why.

    `at` is ISO 8601 with its offset; `who` is the account and machine; `role` is the database's user.
    """

    at: str
    who: str
    place: str
    role: str
    minutes: int
    reason: str


class WriteLock:
    """Whether a session may write now. Locked from the start in production, never anywhere else. Any thread."""

    def __init__(self, environment: Environment, clock: Callable[[], float] = time.monotonic) -> None:
        self._is_lockable = environment is Environment.PRODUCTION
        self._clock = clock
        self._ends = float("-inf")
        self._until: datetime | None = None

    @property
    def is_lockable(self) -> bool:
        """Whether there is a lock at all."""
        return self._is_lockable

    @property
    def is_locked(self) -> bool:
        """Whether writing is refused, to whoever asks."""
        return self._is_lockable and self.unlocked_until is None

    @property
    def unlocked_until(self) -> datetime | None:
        """Until when writing is allowed; None while it is locked, and where there is no lock."""
        until = self._until
        # Two clocks: one stands still while the machine sleeps, the other may be set back.
        if until is None or self._clock() >= self._ends or datetime.now().astimezone() >= until:
            return None
        return until

    @property
    def refuses(self) -> bool:
        """Whether what is asked for now is refused: work that was begun while it was unlocked may be ended."""
        return self.is_locked and self not in _begun.get()

    def unlock(self, minutes: int) -> datetime:
        """Allow writing for some minutes from now on."""
        self._ends = self._clock() + minutes * _S_OF_MINUTE
        self._until = until = datetime.now().astimezone() + timedelta(minutes=minutes)
        return until

    def lock(self) -> None:
        """Refuse writing from now on; what runs goes on to its end."""
        self._until = None

    @contextmanager
    def open_for(self) -> Iterator[None]:
        """Let what this thread begins in the block be ended and recorded although the time is over meanwhile."""
        former = _begun.set(_begun.get() | {self})
        try:
            yield
        finally:
            _begun.reset(former)


# What this thread (or task) has begun with which locks open.
_begun: ContextVar[frozenset[WriteLock]] = ContextVar("_begun", default=frozenset())


def checked(reason: str, minutes: int) -> str:
    """Return a reason as it is written down.

    Raises:
        UserError: "unlock.reason" (nothing was said), "unlock.minutes" (fact most).
    """
    words = " ".join(reason.split())
    if not words:
        raise UserError("unlock.reason")
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise UserError("unlock.minutes", most=LONGEST_MINUTES)
    return words


def record(file: Path, place: str, role: str, minutes: int, reason: str) -> Unlock:
    """Write an unlock down, at the end of the journal, which only its owner may read.

    Raises:
        UserError: "unlock.unrecorded" (fact file): what can't be written down is not unlocked.
    """
    line = Unlock(datetime.now().astimezone().isoformat(timespec="seconds"), _who(), place, role, minutes, reason)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as stream:
            stream.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise UserError("unlock.unrecorded", file=str(file)) from error
    return line


def _who() -> str:
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # no such account in this system's list
        account = ""
    return f"{account}@{socket.gethostname()}"
