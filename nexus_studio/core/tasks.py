"""The contract between a piece of work and whoever runs it: progress, cancelling. Knows nothing of threads' owners."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

REPORTS_PER_SECOND = 10


class Cancelled(Exception):  # not an error: the person asked for it, and it is never shown
    """Raised inside work that was asked to stop."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of work has come.

    `step` is a code such as "seed.bookings" that `ui/kit/wording.py` turns into a sentence; `done` and `total` are in
    `unit` ("rows", "bytes", "tables", "steps"); a total of None means unknown.
    """

    step: str
    done: float = 0
    total: float | None = None
    unit: str = "steps"


class CancelToken:
    """A request to stop, safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stops: list[Callable[[], None]] = []
        self._cancelled = False

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled

    def cancel(self) -> None:
        """Ask the work to stop; run the registered stops on this thread. May block for a network round trip."""
        with self._lock:
            self._cancelled = True
            stops, self._stops = self._stops, []
        for stop in stops:
            stop()

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` once `cancel` was called."""
        if self._cancelled:
            raise Cancelled

    @contextmanager
    def calling(self, stop: Callable[[], None]) -> Iterator[None]:
        """Have `stop` run if the token is cancelled inside the block.

        Raises:
            Cancelled: at entry, when it was cancelled already.
        """
        with self._lock:
            if self._cancelled:
                raise Cancelled
            self._stops.append(stop)
        try:
            yield
        finally:
            with self._lock:
                if stop in self._stops:
                    self._stops.remove(stop)


class TaskContext:
    """What a piece of work gets as its last parameter: a token to watch and a way to report progress."""

    def __init__(self, token: CancelToken | None = None, on_progress: Callable[[Progress], None] | None = None) -> None:
        self.token = token or CancelToken()
        self._on_progress = on_progress
        self._last = 0.0
        self._step = ""

    @classmethod
    def for_test(cls) -> TaskContext:
        """Make a context nobody listens to."""
        return cls()

    def report(self, progress: Progress) -> None:
        """Tell how far the work is, thinned to `REPORTS_PER_SECOND` (first and last of a step always pass).

        Raises:
            Cancelled: when the work was asked to stop, so that reporting is also a place to stop.
        """
        self.token.raise_if_cancelled()
        if self._on_progress is None:
            return
        now = time.monotonic()
        complete = progress.total is not None and progress.done >= progress.total
        if complete or progress.step != self._step or now - self._last >= 1 / REPORTS_PER_SECOND:
            self._last, self._step = now, progress.step
            self._on_progress(progress)
