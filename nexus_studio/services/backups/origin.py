"""What a sidecar says of where a backup is from: whose data it really is, and what the database needs elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session

_SYSTEM: Final = text("SELECT CAST(system_identifier AS text) FROM pg_catalog.pg_control_system()")
_EXTENSIONS: Final = text("SELECT extname FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql' ORDER BY extname")

# Owners and grantees are what a database's objects depend on beyond it; of the role that has made the cluster, which is
# pinned, nothing is noted there.
_ROLES: Final = text(
    """
    SELECT r.rolname FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid
     WHERE s.refclassid = CAST('pg_catalog.pg_authid' AS pg_catalog.regclass)
       AND s.dbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
    UNION
    SELECT pg_catalog.pg_get_userbyid(c.relowner) FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     ORDER BY 1
    """
)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a whole backup of a database names: extensions, and roles of owners and privileges."""

    extensions: tuple[str, ...]
    roles: tuple[str, ...]


def system_of(session: Session, ctx: TaskContext) -> str:
    """Return the identifier that a server's data have and no other's; "" where the role may not read it."""
    try:
        with session.read(ctx) as connection:
            return str(connection.scalar(_SYSTEM) or "")
    except StudioError:
        ctx.token.raise_if_cancelled()
        return ""


def needs_of(session: Session, ctx: TaskContext) -> Needs:
    """Return what all of the session's database needs where it is restored."""
    with session.read(ctx) as connection:
        return Needs(tuple(connection.scalars(_EXTENSIONS)), tuple(connection.scalars(_ROLES)))
