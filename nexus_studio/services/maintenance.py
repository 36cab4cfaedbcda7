"""MaintenanceService: what an administrator asks of a server's storage. So far: how big everything is."""

from __future__ import annotations

from sqlalchemy import text

from nexus_studio.core.admin.sizes import RelationSize, SizeReport, with_partitions_summed
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import RelationKind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session

# pg_table_size counts the TOAST table in; taken out, the three parts add up to pg_total_relation_size (manual,
# section 9.28.7). The functions answer NULL for a relation dropped meanwhile. Partitioned tables are listed with
# nothing in them: the report adds their partitions up.
_SIZES = text(
    r"""
    SELECT n.nspname, c.relname, c.relkind, pn.nspname AS parent_schema, p.relname AS parent_name,
           coalesce(pg_catalog.pg_table_size(c.oid), 0) - t.bytes AS table_bytes,
           coalesce(pg_catalog.pg_indexes_size(c.oid), 0) AS index_bytes,
           t.bytes AS toast_bytes,
           s.n_live_tup, s.n_dead_tup,
           greatest(s.last_vacuum, s.last_autovacuum) AS last_vacuum,
           greatest(s.last_analyze, s.last_autoanalyze) AS last_analyze
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL (SELECT CASE WHEN c.reltoastrelid = 0 THEN 0
                 ELSE coalesce(pg_catalog.pg_total_relation_size(c.reltoastrelid), 0) END AS bytes) t
      LEFT JOIN pg_catalog.pg_stat_user_tables s ON s.relid = c.oid
      LEFT JOIN pg_catalog.pg_inherits h ON c.relispartition AND h.inhrelid = c.oid
      LEFT JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
      LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm')
       AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
    """
)
_DATABASE = text("SELECT current_database(), pg_catalog.pg_database_size(current_database())")


class MaintenanceService:
    """Looks after a database's storage through a session. Any thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def sizes(self, ctx: TaskContext) -> SizeReport:
        """Measure the database and all its tables and materialized views. It looks at every file: a second for many."""
        with self._session.read(ctx) as connection:
            database, total = connection.execute(_DATABASE).one()
            rows = connection.execute(_SIZES).mappings().all()
        sizes = (
            RelationSize(
                name=RelationName(row["nspname"], row["relname"]),
                kind=RelationKind(row["relkind"]),
                table_bytes=row["table_bytes"],
                index_bytes=row["index_bytes"],
                toast_bytes=row["toast_bytes"],
                rows=row["n_live_tup"] if row["relkind"] != RelationKind.PARTITIONED.value else None,
                dead_rows=row["n_dead_tup"] if row["relkind"] != RelationKind.PARTITIONED.value else None,
                last_vacuum=row["last_vacuum"],
                last_analyze=row["last_analyze"],
                parent=RelationName(row["parent_schema"], row["parent_name"]) if row["parent_name"] else None,
            )
            for row in rows
        )
        return SizeReport(database, total, with_partitions_summed(sizes))
