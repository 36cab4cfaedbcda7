"""The statements of maintenance: questions as constants, and what does the work, every name quoted by psycopg."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from psycopg import sql
from sqlalchemy import text
from sqlalchemy.sql.elements import TextClause

from nexus_studio.core.admin.maintenance import Job, Target
from nexus_studio.core.names import RelationName

MAINTAIN_VERSION: Final = 170000
"""From here on there is a privilege MAINTAIN, and the owner of a table need not be who looks after it."""

TIMED_VERSION: Final = 180000
"""From here on the server counts how long VACUUM and ANALYZE took each table."""

_AVERAGES: Final = """
           pg_catalog.pg_stat_get_total_vacuum_time(c.oid)
             / nullif(pg_catalog.pg_stat_get_vacuum_count(c.oid), 0) / 1000 AS vacuum_s,
           pg_catalog.pg_stat_get_total_analyze_time(c.oid)
             / nullif(pg_catalog.pg_stat_get_analyze_count(c.oid), 0) / 1000 AS analyze_s,
"""
_NO_AVERAGES: Final = "CAST(NULL AS float8) AS vacuum_s, CAST(NULL AS float8) AS analyze_s,"

# What was chosen, with the partitions of it. An index that was named stands for those of the partitions too.
_TARGETS: Final = r"""
    WITH chosen AS (
        SELECT c.oid
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
           AND (:is_all OR (n.nspname, c.relname) IN (
                   SELECT w.schema, w.name
                     FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])) AS w(schema, name)))
    ), found AS (
        SELECT oid FROM chosen
         UNION
        SELECT CAST(t.relid AS oid) FROM chosen CROSS JOIN LATERAL pg_catalog.pg_partition_tree(chosen.oid) t
    ), told AS (
        SELECT i.indrelid, x.relname AS name, x.oid
          FROM chosen
          JOIN pg_catalog.pg_index p ON p.indrelid = chosen.oid
          JOIN pg_catalog.pg_class pc ON pc.oid = p.indexrelid AND pc.relname = :index
         CROSS JOIN LATERAL (SELECT p.indexrelid AS oid
                              UNION
                             SELECT CAST(t.relid AS oid) FROM pg_catalog.pg_partition_tree(p.indexrelid) t) parts
          JOIN pg_catalog.pg_index i ON i.indexrelid = parts.oid
          JOIN pg_catalog.pg_class x ON x.oid = parts.oid
    )
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition,
           c.oid IN (SELECT oid FROM chosen) AS is_chosen,
           me.rolsuper OR pg_catalog.pg_has_role(c.relowner, 'USAGE')
             OR (:by_database AND pg_catalog.pg_has_role(d.datdba, 'USAGE'))
             OR CASE WHEN :has_maintain THEN pg_catalog.has_table_privilege(c.oid, 'MAINTAIN') ELSE false END AS may,
           coalesce(pg_catalog.pg_tablespace_location(
               CASE WHEN c.reltablespace = 0 THEN d.dattablespace ELSE c.reltablespace END), '') AS tablespace,
           {averages}
           coalesce((SELECT x.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
                      WHERE i.indrelid = c.oid AND i.indisclustered), '') AS clustered_by,
           ARRAY(SELECT CAST(x.relname AS text)
                   FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
                  WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND x.relkind = 'i'
                    AND pg_catalog.pg_index_has_property(x.oid, 'clusterable')
                  ORDER BY NOT i.indisprimary, x.relname) AS choices,
           coalesce(t.name, '') AS told_index
      FROM found f
      JOIN pg_catalog.pg_class c ON c.oid = f.oid AND c.relkind IN ('r', 'p', 'm')
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN told t ON t.indrelid = c.oid
     CROSS JOIN (SELECT datdba, dattablespace FROM pg_catalog.pg_database WHERE datname = current_database()) d
     CROSS JOIN (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) me
     ORDER BY n.nspname, c.relname
"""


# The planner takes partitions for many, and would compile for 200 ms what is done in two.
NO_JIT = text("SELECT pg_catalog.set_config('jit', 'off', true)")


def targets_query(version: int) -> TextClause:
    """Return the question for the tables that were chosen. Parameters: is_all, schemas, names, index, has_maintain."""
    return text(_TARGETS.format(averages=_AVERAGES if version >= TIMED_VERSION else _NO_AVERAGES))


# Settings that a role may not see are missing from pg_settings.
FACTS = text(
    """
    SELECT CAST(current_setting('block_size') AS integer) AS block_bytes,
           pg_catalog.pg_size_bytes(current_setting('maintenance_work_mem')) AS sort_bytes,
           CASE WHEN current_setting('wal_level') = 'minimal' THEN 0
                ELSE pg_catalog.pg_size_bytes(current_setting('max_wal_size')) END AS wal_bytes,
           coalesce((SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory'), '') AS data_folder,
           pg_catalog.pg_backend_pid() AS backend_pid,
           (SELECT backend_start FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid())
               AS backend_start
    """
)

# The lock of a prepared transaction has no process; whose it is tells the lock on the transaction's own number.
BUSY = text(
    """
    SELECT DISTINCT coalesce(l.pid, 0) AS pid, coalesce(CAST(a.usename AS text), CAST(p.owner AS text), '') AS user,
           coalesce(nullif(a.application_name, ''), nullif(a.backend_type, 'client backend'), '') AS application,
           coalesce(p.gid, '') AS name,
           coalesce(a.xact_start, p.prepared) AS since, n.nspname, c.relname
      FROM pg_catalog.pg_locks l
      JOIN pg_catalog.pg_class c ON c.oid = l.relation
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
      LEFT JOIN pg_catalog.pg_locks own
             ON l.pid IS NULL AND own.pid IS NULL AND own.virtualtransaction = l.virtualtransaction
            AND own.locktype = 'transactionid' AND own.mode = 'ExclusiveLock'
      LEFT JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = own.transactionid
     WHERE l.locktype = 'relation' AND l.granted
       AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
       AND l.relation = ANY (CAST(:oids AS oid[])) AND l.mode = ANY (CAST(:modes AS text[]))
       AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
     ORDER BY 1
    """
)

_PROGRESS: Final = """
    SELECT a.wait_event_type = 'Lock' AS is_waiting,
           (SELECT to_jsonb(v) FROM pg_catalog.pg_stat_progress_vacuum v WHERE v.pid = a.pid) AS vacuum,
           (SELECT to_jsonb(v) FROM pg_catalog.pg_stat_progress_cluster v WHERE v.pid = a.pid) AS cluster,
           (SELECT to_jsonb(v) FROM pg_catalog.pg_stat_progress_create_index v WHERE v.pid = a.pid) AS create_index,
           {analyze} AS analyze,
           CASE WHEN a.wait_event_type = 'Lock' THEN pg_catalog.pg_blocking_pids(a.pid) ELSE '{{}}' END AS blockers
      FROM pg_catalog.pg_stat_activity a
     WHERE a.pid = :pid
"""
_ANALYZE: Final = "(SELECT to_jsonb(v) FROM pg_catalog.pg_stat_progress_analyze v WHERE v.pid = a.pid)"
_ANALYZE_VERSION: Final = 130000


def progress_query(version: int) -> TextClause:
    """Return the question how far a process is, and whom it waits for. Parameter: pid."""
    return text(_PROGRESS.format(analyze=_ANALYZE if version >= _ANALYZE_VERSION else "CAST(NULL AS jsonb)"))


# One row per process that was asked for, also where it is gone or a prepared transaction (0).
WHO = text(
    """
    SELECT w.pid, coalesce(CAST(a.usename AS text), '') AS user, a.xact_start AS since,
           coalesce(nullif(a.application_name, ''), nullif(a.backend_type, 'client backend'), '') AS application
      FROM unnest(CAST(:pids AS integer[])) AS w(pid)
      LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = w.pid
     ORDER BY a.xact_start
    """
)

SIZE: Final = b"""
    SELECT pg_catalog.pg_table_size(c.oid) - coalesce(pg_catalog.pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0),
           pg_catalog.pg_indexes_size(c.oid),
           coalesce(pg_catalog.pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0),
           (SELECT count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid)
      FROM pg_catalog.pg_class c WHERE c.oid = %s
"""

# Those of the table and of its TOAST table. One that is being built just now is somebody's.
INVALID: Final = rb"""
    SELECT x.oid, n.nspname, x.relname
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_index i ON i.indrelid IN (c.oid, c.reltoastrelid)
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
     WHERE c.oid = %s AND NOT (i.indisvalid AND i.indisready AND i.indislive) AND x.relname ~ '_cc(new|old)[0-9]*$'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.relid = i.indrelid)
     ORDER BY x.relname
"""


def statements(job: Job, target: Target, *, skips_locked: bool) -> Iterator[sql.Composed]:
    """Yield what does a job on a table, each by itself and outside of a transaction.

    Args:
        job: What is done.
        target: On which table.
        skips_locked: VACUUM and ANALYZE leave out what somebody has locked, with a warning.
    """
    table = _identifier(target.relation)
    skipping = sql.SQL(", SKIP_LOCKED") if skips_locked else sql.SQL("")
    if target.is_root or job is Job.ANALYZE:
        yield sql.SQL("ANALYZE (VERBOSE{}) {}").format(skipping, table)
    elif job is Job.VACUUM or (job is Job.VACUUM_ANALYZE and target.is_below_root):
        yield sql.SQL("VACUUM (VERBOSE{}) {}").format(skipping, table)
    elif job is Job.VACUUM_ANALYZE:
        yield sql.SQL("VACUUM (VERBOSE, ANALYZE{}) {}").format(skipping, table)
    elif job is Job.VACUUM_FULL:
        yield sql.SQL("VACUUM (FULL, VERBOSE, ANALYZE{}) {}").format(skipping, table)
    elif job is Job.CLUSTER:
        yield sql.SQL("CLUSTER VERBOSE {} USING {}").format(table, sql.Identifier(target.index))
        yield sql.SQL("ANALYZE (VERBOSE{}) {}").format(skipping, table)
    elif target.index:
        index = sql.Identifier(target.relation.schema, target.index)
        yield sql.SQL("REINDEX (VERBOSE) INDEX CONCURRENTLY {}").format(index)
    else:
        yield sql.SQL("REINDEX (VERBOSE) TABLE CONCURRENTLY {}").format(table)


def drop(index: RelationName) -> sql.Composed:
    """Return what drops an index that nobody uses, keeping nobody waiting."""
    return sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(_identifier(index))


def _identifier(name: RelationName) -> sql.Identifier:
    return sql.Identifier(name.schema, name.name)
