"""Counting tables beside a dump that reads in the same snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

import psycopg

from nexus_studio.core.admin.backups import TableState
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import CancelToken, Progress, TaskContext
from nexus_studio.services.backups.children import TICK_S
from nexus_studio.services.backups.snapshot import states
from nexus_studio.services.cutting import CANCEL_TIMEOUT_S

Counted = tuple[TableState, ...]


class Counting:
    """Tables that are being counted on a thread of their own."""

    def __init__(self) -> None:
        self._future: Future[Counted] = Future()
        self._progress = Progress("backup.counting", 0, None, "bytes")

    def start(
        self,
        pool: ThreadPoolExecutor,
        driver: psycopg.Connection,
        relations: Sequence[RelationName] | None,
        token: CancelToken,
    ) -> None:
        """Begin."""
        self._future = pool.submit(states, driver, TaskContext(token, self._keep), relations=relations)

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._future.done()

    def raise_if_failed(self) -> None:
        """Raise what went wrong, if something did already.

        Raises:
            psycopg.Error: as the driver says it.
        """
        if self._future.done():
            self._future.result()

    def result(self, ctx: TaskContext) -> Counted:
        """Wait for the end, and return the counts. Progress step "backup.counting" in bytes.

        Raises:
            psycopg.Error: as the driver says it.
        """
        while not self._future.done():
            ctx.report(self._progress)
            wait((self._future,), TICK_S)
        return self._future.result()

    def _keep(self, progress: Progress) -> None:
        self._progress = progress


@contextmanager
def counting(
    driver: psycopg.Connection, relations: Sequence[RelationName] | None, ctx: TaskContext
) -> Iterator[Counting]:
    """Count tables for the length of the block: see `snapshot.states`. Leaving it before the end stops that."""
    own = CancelToken()
    found = Counting()
    with (
        ThreadPoolExecutor(1, thread_name_prefix="counting") as pool,
        ctx.token.calling(own.cancel),
        own.calling(lambda: driver.cancel_safe(timeout=CANCEL_TIMEOUT_S)),
    ):
        found.start(pool, driver, relations, own)
        try:
            yield found
        finally:
            if not found.is_done:
                own.cancel()
