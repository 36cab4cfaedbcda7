"""What a sidecar says of where a backup is from: whose data it really is, and what the database needs elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from nexus_studio.core.errors import StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.snapshot import LARGE_OBJECT_STATE
from nexus_studio.services.session import Session

_SYSTEM: Final = text("SELECT CAST(system_identifier AS text) FROM pg_catalog.pg_control_system()")
_EXTENSIONS: Final = text("SELECT extname FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql' ORDER BY extname")

# Owners and grantees are what a database's objects depend on beyond it; of the role that has made the cluster, which is
# pinned, nothing is noted there: what it owns is looked for. No dump says who owns an extension and what that brings.
_ROLES: Final = text(
    """
    SELECT r.rolname FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid
     WHERE s.refclassid = CAST('pg_catalog.pg_authid' AS pg_catalog.regclass)
       AND s.dbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
       AND NOT (s.deptype = 'o'
                AND (s.classid = CAST('pg_catalog.pg_extension' AS pg_catalog.regclass)
                     OR EXISTS (SELECT FROM pg_catalog.pg_depend d
                                 WHERE d.classid = s.classid AND d.objid = s.objid AND d.deptype = 'e')))
    UNION
    SELECT pg_catalog.pg_get_userbyid(o.owner)
      FROM (SELECT CAST('pg_catalog.pg_class' AS pg_catalog.regclass), oid, relowner FROM pg_catalog.pg_class
             WHERE relpersistence <> 't'
            UNION ALL SELECT CAST('pg_catalog.pg_proc' AS pg_catalog.regclass), oid, proowner FROM pg_catalog.pg_proc
            UNION ALL SELECT CAST('pg_catalog.pg_type' AS pg_catalog.regclass), oid, typowner FROM pg_catalog.pg_type
            UNION ALL SELECT CAST('pg_catalog.pg_namespace' AS pg_catalog.regclass), oid, nspowner
                        FROM pg_catalog.pg_namespace) AS o(class, oid, owner)
     WHERE o.oid >= 16384
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
    UNION
    SELECT pg_catalog.pg_get_userbyid(lomowner) FROM pg_catalog.pg_largeobject_metadata
     ORDER BY 1
    """
)

# What an extension brings is made by one statement. Temporary tables of others are no part of it.
_TABLES: Final = text(
    """
    SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = CAST('pg_catalog.pg_class' AS pg_catalog.regclass) AND d.objid = c.oid
                          AND d.deptype = 'e')
     ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
    """
)
_HAS_LARGE_OBJECTS: Final = text("SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)")

# A transaction that makes them holds a lock for each relation, with indexes and TOAST tables, and for whatever it gives
# an owner.
_OBJECTS: Final = text(
    """
    SELECT (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata) + count(*)
      FROM (SELECT CAST('pg_catalog.pg_class' AS pg_catalog.regclass), oid FROM pg_catalog.pg_class
             WHERE relpersistence <> 't'
            UNION ALL
            SELECT CAST('pg_catalog.pg_proc' AS pg_catalog.regclass), oid FROM pg_catalog.pg_proc
            UNION ALL
            SELECT CAST('pg_catalog.pg_namespace' AS pg_catalog.regclass), oid FROM pg_catalog.pg_namespace
            UNION ALL
            SELECT CAST('pg_catalog.pg_type' AS pg_catalog.regclass), oid FROM pg_catalog.pg_type
             WHERE typtype <> 'c' AND typcategory <> 'A') AS o(class, oid)
     WHERE o.oid >= 16384
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
    """
)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a whole backup of a database holds and names: extensions, roles of owners and privileges, tables.

    `tables` have `LARGE_OBJECT_STATE` last where there are large objects. `objects` is about how many locks it takes to
    make all of it in one transaction.
    """

    extensions: tuple[str, ...]
    roles: tuple[str, ...]
    tables: tuple[RelationName, ...]
    objects: int


def system_of(session: Session, ctx: TaskContext) -> str:
    """Return the identifier that a server's data have and no other's; "" where the role may not read it."""
    try:
        with session.read(ctx) as connection:
            return str(connection.scalar(_SYSTEM) or "")
    except StudioError:
        ctx.token.raise_if_cancelled()
        return ""


def needs_of(session: Session, ctx: TaskContext) -> Needs:
    """Return what all of the session's database holds, and what it needs where it is restored."""
    with session.read(ctx) as connection:
        tables = [RelationName(*row) for row in connection.execute(_TABLES)]
        tables += [LARGE_OBJECT_STATE] if connection.scalar(_HAS_LARGE_OBJECTS) else []
        return Needs(
            extensions=tuple(connection.scalars(_EXTENSIONS)),
            roles=tuple(connection.scalars(_ROLES)),
            tables=tuple(tables),
            objects=int(connection.scalar(_OBJECTS) or 0),
        )
