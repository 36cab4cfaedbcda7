"""The script that takes away all that a database holds, so that a dump of its own can be restored in its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, LiteralString

from psycopg import sql
from sqlalchemy import Connection, text

from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dropstatements import drop_statements
from nexus_studio.services.loss_sql import SCHEMAS
from nexus_studio.services.resetting.lossreport import read_objects
from nexus_studio.services.session import Session

_PUBLIC: Final = "public"

# What is in no schema, and no extension's. Subscriptions stay: dropping one would ask the other side.
_BEYOND: Final = text(
    """
    SELECT b.kind, b.name
      FROM (SELECT 1 AS place, 'event trigger' AS kind, oid, CAST(evtname AS text) AS name,
                   CAST('pg_catalog.pg_event_trigger' AS regclass) AS class
              FROM pg_catalog.pg_event_trigger
            UNION ALL
            SELECT 2, 'publication', oid, CAST(pubname AS text), CAST('pg_catalog.pg_publication' AS regclass)
              FROM pg_catalog.pg_publication
            UNION ALL
            SELECT 3, 'foreign server', oid, CAST(srvname AS text), CAST('pg_catalog.pg_foreign_server' AS regclass)
              FROM pg_catalog.pg_foreign_server
            UNION ALL
            SELECT 4, 'foreign-data wrapper', oid, CAST(fdwname AS text),
                   CAST('pg_catalog.pg_foreign_data_wrapper' AS regclass)
              FROM pg_catalog.pg_foreign_data_wrapper) b
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                        WHERE e.classid = b.class AND e.objid = b.oid AND e.deptype = 'e')
     ORDER BY b.place, b.name
    """
)
_WORDS: Final[dict[str, LiteralString]] = {
    "event trigger": "EVENT TRIGGER",  # first: it could hear of all the others
    "publication": "PUBLICATION",
    "foreign server": "SERVER",
    "foreign-data wrapper": "FOREIGN DATA WRAPPER",
}
_UNLINK: Final = sql.SQL(
    "DO $$ BEGIN PERFORM pg_catalog.lo_unlink(o.oid) FROM pg_catalog.pg_largeobject_metadata o; END $$"
)


def clearing_script(session: Session, ctx: TaskContext) -> str:
    """Write the statements that take away all there is: whole schemas, what is in public, and what is in none.

    The schema public itself stays, and is made where there is none: dumps take it for granted. Extensions in it stay.
    """
    with session.read(ctx) as connection:
        schemas = list(connection.scalars(SCHEMAS))
        own, _ = read_objects(connection, [each for each in schemas if each == _PUBLIC], extensions=True)
        beyond = list(_drop_beyond(connection))
    statements: list[sql.Composable] = [sql.SQL("SET LOCAL lock_timeout = '10s'")]
    if session.profile.role:
        statements.append(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(session.profile.role)))
    statements += beyond
    statements += drop_statements(own)
    statements += [
        sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(each)) for each in schemas if each != _PUBLIC
    ]
    statements.append(_UNLINK)
    if _PUBLIC not in schemas:
        statements.append(sql.SQL("CREATE SCHEMA public"))
    return ";\n".join(each.as_string() for each in statements) + ";\n"


def _drop_beyond(connection: Connection) -> Iterator[sql.Composed]:
    for kind, name in connection.execute(_BEYOND):
        yield sql.SQL("DROP {} IF EXISTS {} CASCADE").format(sql.SQL(_WORDS[kind]), sql.Identifier(name))
