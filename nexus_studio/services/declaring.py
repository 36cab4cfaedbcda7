"""Having a database say what it is for: a setting of its own, or a line in its comment where that is not permitted."""

from __future__ import annotations

import re

import psycopg
from psycopg import sql

from nexus_studio.core.errors import PermissionDenied
from nexus_studio.core.profiles import SETTING, Capability, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.session import Session

_SAID = """
    SELECT coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), ''),
           EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s, unnest(s.setconfig) AS c(said)
                    WHERE s.setdatabase = d.oid AND s.setrole = 0 AND c.said LIKE 'nexus.environment=%')
      FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
"""
_LINE = re.compile(r"^[^\S\n]*nexus\.environment\s*=\s*[A-Za-z]+[^\S\n]*\n?", re.MULTILINE)


def declare(session: Session, environment: Environment | None, ctx: TaskContext) -> str:
    """Have the session's database say what it is for, from the next connection on; None: nothing any more.

    Only superusers (and who was granted it) may set what PostgreSQL does not know; the owner may comment all the same.
    What the other place said goes, so that the two can't differ.

    Returns:
        Where it stands now: "setting" or "comment".

    Raises:
        ForbiddenHere: as `Session.require`.
        PermissionDenied: "declare.refused": this role may do neither, or not change what is set.
    """
    session.require(Capability.MAINTAIN)
    database = session.server.database
    with session.alone(ctx) as driver, translated(ctx.token):
        comment, is_set = driver.execute(_SAID).fetchall()[0]
        may_set = _tried(driver, _setting(database, environment))
        if not may_set and is_set:
            raise PermissionDenied("declare.refused")
        lines = [_LINE.sub("", comment).rstrip("\n")]
        if environment is not None and not may_set:
            lines.append(f"{SETTING}={environment.value}")
        wanted = "\n".join(filter(None, lines))
        if wanted != comment and not _tried(driver, _commented(database, wanted)):
            raise PermissionDenied("declare.refused")
    return "setting" if may_set else "comment"


def _setting(database: str, environment: Environment | None) -> sql.Composed:
    place, name = sql.Identifier(database), sql.Identifier(*SETTING.split("."))
    if environment is None:
        return sql.SQL("ALTER DATABASE {} RESET {}").format(place, name)
    return sql.SQL("ALTER DATABASE {} SET {} = {}").format(place, name, sql.Literal(environment.value))


def _commented(database: str, comment: str) -> sql.Composed:
    said = sql.Literal(comment) if comment else sql.SQL("NULL")
    return sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(database), said)


def _tried(driver: psycopg.Connection, statement: sql.Composed) -> bool:
    """Run a statement in autocommit; tell whether the role may."""
    try:
        driver.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True
