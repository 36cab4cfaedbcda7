"""Alembic's version table: found, read, and written as Alembic writes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, text

from nexus_studio.core.admin.standing import DatabaseFacts
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.services.migrations.project import AlembicProject

_LENGTH = 32  # characters, as Alembic makes the table

# The table is looked for where the project says, else where an unqualified name leads (the search path begins with the
# profile's schema), else, where env.py computes the schema, anywhere if there is only one of that name.
# `relations`: whether anything is there besides, so that "empty" can be told from "somebody else's". Extensions' own
# relations come and go with them and say nothing.
_FACTS = text(
    r"""
    WITH asked AS (
        SELECT CAST(:schema AS text) AS schema, CAST(:name AS text) AS name, CAST(:anywhere AS boolean) AS anywhere
    ), found AS (
        SELECT coalesce(
                   CAST(pg_catalog.to_regclass(coalesce(pg_catalog.quote_ident(schema) || '.', '')
                                               || pg_catalog.quote_ident(name)) AS oid),
                   (SELECT min(c.oid) FROM pg_catalog.pg_class c
                     WHERE anywhere AND c.relname = name AND c.relkind IN ('r', 'p') HAVING count(*) = 1)
               ) AS oid
          FROM asked
    )
    SELECT CAST(n.nspname AS text) AS schema, CAST(c.relname AS text) AS name,
           pg_catalog.to_regclass('_prisma_migrations') IS NOT NULL AS prisma,
           EXISTS (SELECT FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace s ON s.oid = r.relnamespace
                    WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')
                      AND r.oid <> coalesce(c.oid, 0)
                      AND r.relname NOT IN ('alembic_version', '_nexus_migrations', '_nexus_history')
                      AND s.nspname NOT LIKE 'pg\_%' AND s.nspname <> 'information_schema'
                      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                                       WHERE d.classid = CAST('pg_catalog.pg_class' AS regclass) AND d.objid = r.oid
                                         AND d.deptype = 'e')) AS relations
      FROM found
      LEFT JOIN pg_catalog.pg_class c ON c.oid = found.oid
      LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    """
)


@dataclass(frozen=True, slots=True)
class VersionRows:
    """The version table: its schema (None: there is no table), its rows, and what else is in the database."""

    schema: str | None
    facts: DatabaseFacts

    @property
    def current(self) -> tuple[str, ...]:
        """The rows."""
        return self.facts.current


def read_versions(connection: Connection, project: AlembicProject) -> VersionRows:
    """Read the version table, and whether anything else is there. Two small queries.

    Raises:
        PermissionDenied: without privilege on the table.
    """
    asked = {
        "schema": project.version_table_schema,
        "name": project.version_table,
        "anywhere": not project.knows_version_table,
    }
    found = connection.execute(_FACTS, asked).mappings().one()
    rows: tuple[str, ...] = ()
    if found["name"] is not None:
        versions = _table(project, found["schema"])
        rows = tuple(sorted(connection.scalars(versions.select())))
    facts = DatabaseFacts(
        current=rows,
        has_version_table=found["name"] is not None,
        has_prisma=found["prisma"],
        has_relations=found["relations"],
    )
    return VersionRows(found["schema"], facts)


def write_versions(
    connection: Connection, project: AlembicProject, before: Iterable[str], after: Iterable[str]
) -> None:
    """Bring the rows from `before` to `after`, in the caller's transaction; the table is made if it is not there.

    Raises:
        MigrationBlocked: "migration.version_moved" when the rows are not `before` any more.
        PermissionDenied: without privilege on the table.
    """
    old, new = set(before), set(after)
    found = read_versions(connection, project)
    versions = _table(project, found.schema or project.version_table_schema)
    if found.schema is None:
        versions.create(connection)
    rows = set(connection.scalars(versions.select().with_for_update()))
    if rows != old:
        raise MigrationBlocked("migration.version_moved", revisions=tuple(sorted(rows)))
    if gone := old - new:
        connection.execute(versions.delete().where(versions.c.version_num.in_(gone)))
    if added := sorted(new - old):
        connection.execute(versions.insert(), [{"version_num": each} for each in added])


def _table(project: AlembicProject, schema: str | None) -> Table:
    return Table(
        project.version_table,
        MetaData(),
        Column("version_num", String(_LENGTH), nullable=False),
        PrimaryKeyConstraint("version_num", name=f"{project.version_table}_pkc"),
        schema=schema,
    )
