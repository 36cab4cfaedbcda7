"""Which table a dump is at, asked of the server: a plain dump says nothing of itself that would not be a part of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

import psycopg

from nexus_studio.core.admin.dumpprogress import DumpProgress
from nexus_studio.core.errors import StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.session import Session

_PROGRESS_VERSION: Final = 140000  # pg_stat_progress_copy
_EVERY_S: Final = 1.0

_AT: Final = """
    SELECT n.nspname, c.relname
      FROM pg_catalog.pg_stat_progress_copy p JOIN pg_catalog.pg_stat_activity a ON a.pid = p.pid
      JOIN pg_catalog.pg_class c ON c.oid = p.relid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE p.datname = pg_catalog.current_database() AND a.application_name = %s
"""


class CopyWatch:
    """Tells a `DumpProgress` once a second which table is being read under an application's name."""

    def __init__(self, driver: psycopg.Connection | None, application: str, progress: DumpProgress) -> None:
        self._driver = driver
        self._application = application
        self._progress = progress
        self._next = 0.0

    def look(self) -> None:
        """Ask, if it is time to. Where nobody answers, nobody is asked again."""
        if self._driver is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY_S
        try:
            with translated():
                found = self._driver.execute(_AT, (self._application,)).fetchone()
        except StudioError:
            self._driver = None
            return
        if found is not None:
            self._progress.at(RelationName(*found))


@contextmanager
def copies_watched(session: Session, application: str, progress: DumpProgress, ctx: TaskContext) -> Iterator[CopyWatch]:
    """Watch for the length of the block, on a connection of its own; where none can be had, nothing is seen."""
    can_watch = session.server.version_num >= _PROGRESS_VERSION and not session.profile.pooler
    if not can_watch:
        yield CopyWatch(None, application, progress)
        return
    with ExitStack() as stack:
        driver: psycopg.Connection | None = None
        with suppress(StudioError), translated():
            driver = stack.enter_context(session.alone(ctx, purpose="watch"))
        yield CopyWatch(driver, application, progress)
