"""The embedded server that carries scratch databases: nothing on it is worth keeping, so it does not wait for disks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nexus_studio.core.errors import EmbeddedFailed
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.embedded import EmbeddedServer, discard_unusable
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

FOLDER = "scratch"


@contextmanager
def embedded_session(paths: Paths, ctx: TaskContext) -> Iterator[Session]:
    """Start (or join) the scratch server and open a session on its maintenance database.

    Raises:
        EmbeddedFailed: it can't be started.
    """
    server = _start(paths.cache / FOLDER, ctx)
    try:
        session = Session.open(server.profile("postgres"), None, ctx)
        try:
            _make_careless(session, ctx)
            yield session
        finally:
            session.close()
    finally:
        server.stop()


def _start(folder: Path, ctx: TaskContext) -> EmbeddedServer:
    """Start the server; a cluster that can't be used (another version's, torn by a power cut) is made anew once."""
    try:
        return EmbeddedServer.start(folder, ctx)
    except EmbeddedFailed as error:
        if error.facts.get("reason") not in {"version", "start"}:
            raise
        log.info("scratch server made anew", extra={"reason": str(error.facts.get("reason"))})
    discard_unusable(folder, ctx)  # alone with it: two Studios may come upon it at once
    return EmbeddedServer.start(folder, ctx)


def _make_careless(session: Session, ctx: TaskContext) -> None:
    """Have a new cluster not wait for the disk."""
    with session.alone(ctx) as driver, translated(ctx.token):
        row = driver.execute("SHOW fsync").fetchone()
        if row and row[0] == "on":
            driver.execute("ALTER SYSTEM SET fsync = off")
            driver.execute("ALTER SYSTEM SET full_page_writes = off")
            driver.execute("SELECT pg_catalog.pg_reload_conf()")
