"""Whether a revision was committed, asked where the run itself can't say: its connection or its process broke."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, text

from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.admin.revisions import RevisionGraph
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.ledgerchanges import application_name
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.migrations.versions import read_versions
from nexus_studio.services.session import Session

_ATTEMPTS = 20
_PAUSE_S = 0.5

_T = TypeVar("_T")

# A server process that nobody listens to any more: it could hold its locks, or commit behind our back.
_END_ORPHAN = text(
    """
    SELECT count(pg_catalog.pg_terminate_backend(pid)) FROM pg_catalog.pg_stat_activity
     WHERE pid = :pid AND application_name = :name AND datname = pg_catalog.current_database()
    """
)


def is_committed(
    session: Session, project: AlembicProject, graph: RevisionGraph, revision: str, direction: Direction
) -> bool:
    """Look in the version table whether a revision is where a run should have brought it.

    A server that restarts is waited for, some ten seconds.

    Raises:
        ConnectionLost, ConnectionFailed: nobody answered for that long.
    """
    current = _asked(session, lambda connection: read_versions(connection, project).current)
    return (revision in graph.ancestors(current)) is (direction is Direction.UP)


def end_orphan(session: Session, pid: int | None, run: str) -> None:
    """End the server process of a run that has lost it, and wait until it is gone.

    Raises:
        ConnectionLost: it is still there; also when nobody answers.
    """
    asked = {"pid": pid, "name": application_name(run)}
    for _ in range(_ATTEMPTS):
        if not _asked(session, lambda connection: connection.execute(_END_ORPHAN, asked).scalar_one()):
            return
        time.sleep(_PAUSE_S / 10)
    raise ConnectionLost


def _asked(session: Session, question: Callable[[Connection], _T]) -> _T:
    for attempt in range(_ATTEMPTS):
        try:
            with session.read(TaskContext()) as connection:  # also after a cancel
                return question(connection)
        except (ConnectionLost, ConnectionFailed):
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(_PAUSE_S)
    raise ConnectionLost
