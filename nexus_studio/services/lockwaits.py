"""Whether a save waits for somebody's lock. One question, on another connection."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session

_BLOCKING: Final = text("SELECT pg_catalog.pg_blocking_pids(CAST(:pid AS integer))")


def waits_for(session: Session, pid: int, ctx: TaskContext) -> tuple[int, ...]:
    """Return the backends whose locks the backend `pid` waits for; 0 stands for a prepared transaction.

    Behind a pooler the number may be another's by now: the answer is for words on the screen, not for ending anybody.
    """
    with session.read(ctx) as connection:
        return tuple(dict.fromkeys(connection.execute(_BLOCKING, {"pid": pid}).scalar_one()))
