"""Databases that a restore has replaced: which there are, and dropping one once nobody wants it back."""

from __future__ import annotations

import logging
from typing import Final

from sqlalchemy import text

from nexus_studio.core.admin.archives import KeptDatabase
from nexus_studio.core.admin.keptdatabases import KEPT, read_kept
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import RestoreRefused
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.databases import drop_database, maintenance, read_facts
from nexus_studio.services.otherconnections import connected, others_at
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

_KEPT: Final = text(
    """
    SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
           CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT')
                THEN pg_catalog.pg_database_size(d.oid) ELSE 0 END AS size
      FROM pg_catalog.pg_database d
     WHERE pg_catalog.shobj_description(d.oid, 'pg_database') LIKE :mark
    """
)


def kept(session: Session, ctx: TaskContext) -> tuple[KeptDatabase, ...]:
    """List the databases that restores have replaced by the session's own, newest first."""
    with session.read(ctx) as connection:
        rows = connection.execute(_KEPT, {"mark": f'{{"{KEPT}"%'}).all()
    found = [read_kept(name, said, size) for name, said, size in rows]
    mine = [each for each in found if each is not None and each.of == session.server.database]
    return tuple(sorted(mine, key=lambda each: each.kept_at, reverse=True))


def dismiss(session: Session, name: str, ctx: TaskContext) -> Effects:
    """Remove a database that a restore has replaced, for good.

    Raises:
        ForbiddenHere: the profile does not allow it, or not now.
        RestoreRefused: "restore.unknown_kept" (fact database): there is none of that name, or it is something else.
        ResetRefused: "reset.connected": somebody still works in it. "reset.pooler".
    """
    session.require(Capability.RESTORE)
    with maintenance(session, ctx, needs=Capability.RESTORE) as driver:
        found = read_facts(driver, name)
        mark = read_kept(name, found.row["comment"], 0) if found else None
        if found is None or mark is None or mark.of != session.server.database:
            raise RestoreRefused("restore.unknown_kept", database=name)
        if others := others_at(driver, name):
            raise connected(others)
        drop_database(driver, name, found.oid, ends=False)
    log.info("kept database dismissed", extra={"database": name})
    return Effects(Kind.BACKUPS | Kind.SIZES)
