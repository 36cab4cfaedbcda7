"""The statements of the size list: one for the relations, one for their indexes. They use what PostgreSQL 12 has.

Any role may ask all of it; of columns that it may not read the statistics are missing. The functions that say sizes
wait for whoever has a relation to himself (VACUUM FULL, TRUNCATE, ALTER TABLE), so such relations are left out:
what the catalog last knew of them stands in. They answer NULL for a relation that was dropped meanwhile. The counters
are asked for by function: the views that show them join every index to every table first.
"""

from __future__ import annotations

from sqlalchemy import text

_LOCKED = """
        WITH held AS (
            SELECT DISTINCT l.relation AS oid
              FROM pg_catalog.pg_locks l
             WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
               AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
               AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
        )
        SELECT oid FROM held
         UNION  -- the size of a TOAST table is asked for with its index
        SELECT i.indrelid FROM held JOIN pg_catalog.pg_index i ON i.indexrelid = held.oid
          JOIN pg_catalog.pg_class t ON t.oid = i.indrelid AND t.relkind = 't'
"""

# Every part by itself: pg_table_size would count the TOAST table in, and the same file twice at two moments may differ.
# The four parts of a table are its forks; a table that was never vacuumed has no maps, one that is logged no "init".
# reltuples is of the last VACUUM or ANALYZE, the live rows are counted on; after a crash of the server, and on a
# standby, nothing was counted at all.
RELATIONS = text(
    rf"""
    WITH locked AS MATERIALIZED ({_LOCKED}), shapes AS (
        SELECT a.attrelid,
               pg_catalog.string_agg(
                   CASE WHEN a.attisdropped THEN '1,c,1,1000'
                        ELSE pg_catalog.concat(a.attlen, ',', a.attalign, ',', s.avg_width, ',',
                                               CAST(s.null_frac * 1000 AS integer)) END,
                   ' ' ORDER BY a.attnum) AS shape
          FROM pg_catalog.pg_attribute a
          JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'm')
          JOIN pg_catalog.pg_namespace n
            ON n.oid = c.relnamespace AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
          LEFT JOIN pg_catalog.pg_stats s
            ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND NOT s.inherited
         WHERE a.attnum > 0
         GROUP BY a.attrelid
    )
    SELECT d.database_bytes, d.counted_since, d.is_standby, d.measured_at, d.block, r.*
      FROM (SELECT pg_catalog.pg_database_size(current_database()) AS database_bytes,
                   (SELECT s.stats_reset FROM pg_catalog.pg_stat_database s WHERE s.datname = current_database())
                       AS counted_since,
                   pg_catalog.pg_is_in_recovery() AS is_standby,
                   pg_catalog.clock_timestamp() AS measured_at,
                   CAST(pg_catalog.current_setting('block_size') AS integer) AS block) d
      LEFT JOIN (
        SELECT c.oid, n.nspname, c.relname, c.relkind, pn.nspname AS parent_schema, p.relname AS parent_name,
               l.oid IS NOT NULL AS is_locked,
               CASE WHEN l.oid IS NULL THEN pg_catalog.pg_relation_size(c.oid, 'main')
                    ELSE CAST(c.relpages AS bigint) * CAST(pg_catalog.current_setting('block_size') AS bigint)
                END AS main_bytes,
               CASE WHEN l.oid IS NULL
                    THEN pg_catalog.pg_relation_size(c.oid, 'fsm') + pg_catalog.pg_relation_size(c.oid, 'vm')
                         + pg_catalog.pg_relation_size(c.oid, 'init') END AS map_bytes,
               CASE WHEN c.reltoastrelid = 0 THEN 0
                    WHEN l.oid IS NULL AND lt.oid IS NULL
                    THEN pg_catalog.pg_total_relation_size(c.reltoastrelid)
                    ELSE (SELECT CAST(t.relpages AS bigint) FROM pg_catalog.pg_class t WHERE t.oid = c.reltoastrelid)
                         * CAST(pg_catalog.current_setting('block_size') AS bigint) END AS toast_bytes,
               c.reltuples, pg_catalog.pg_stat_get_live_tuples(c.oid) AS live_rows,
               pg_catalog.pg_stat_get_dead_tuples(c.oid) AS dead_rows,
               pg_catalog.pg_stat_get_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS changes,
               pg_catalog.pg_stat_get_last_vacuum_time(c.oid) AS last_manual_vacuum,
               pg_catalog.pg_stat_get_last_autovacuum_time(c.oid) AS last_autovacuum,
               pg_catalog.pg_stat_get_last_analyze_time(c.oid) AS last_manual_analyze,
               pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid) AS last_autoanalyze,
               pg_catalog.pg_stat_get_numscans(c.oid) AS seq_scans,
               pg_catalog.pg_stat_get_blocks_fetched(c.oid) + pg_catalog.pg_stat_get_blocks_fetched(c.reltoastrelid)
                   AS blocks_fetched,
               pg_catalog.pg_stat_get_blocks_hit(c.oid) + pg_catalog.pg_stat_get_blocks_hit(c.reltoastrelid)
                   AS blocks_hit,
               h.shape,
               pg_catalog.substring(pg_catalog.array_to_string(c.reloptions, ','), 'fillfactor=(\d+)') AS fill_percent,
               pg_catalog.has_table_privilege(c.oid, 'SELECT') AND NOT pg_catalog.row_security_active(c.oid)
                   AS may_see
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          LEFT JOIN locked l ON l.oid = c.oid
          LEFT JOIN locked lt ON lt.oid = c.reltoastrelid
          LEFT JOIN shapes h ON h.attrelid = c.oid
          LEFT JOIN pg_catalog.pg_inherits i ON c.relispartition AND i.inhrelid = c.oid
          LEFT JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
          LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
         WHERE c.relkind IN ('r', 'p', 'm')
           AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
      ) r ON true
    """  # noqa: S608 - its parts are this module's own
)

# pg_table_size of an index is its forks, which is what pg_indexes_size adds up.
INDEXES = text(
    rf"""
    WITH locked AS MATERIALIZED ({_LOCKED})
    SELECT i.indrelid, c.relname,
           CASE WHEN l.oid IS NULL THEN coalesce(pg_catalog.pg_table_size(c.oid), 0)
                ELSE CAST(c.relpages AS bigint) * CAST(pg_catalog.current_setting('block_size') AS bigint) END AS bytes,
           pg_catalog.pg_stat_get_numscans(c.oid) AS scans,
           i.indisvalid AND i.indisready AND i.indislive AS is_valid, i.indisprimary, i.indisunique,
           coalesce(p.relname, '') AS parent,
           pg_catalog.pg_stat_get_blocks_fetched(c.oid) AS blocks_fetched,
           pg_catalog.pg_stat_get_blocks_hit(c.oid) AS blocks_hit
      FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_class t ON t.oid = i.indrelid AND t.relkind IN ('r', 'p', 'm')
      JOIN pg_catalog.pg_namespace n
        ON n.oid = t.relnamespace AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
      LEFT JOIN locked l ON l.oid = c.oid
      LEFT JOIN pg_catalog.pg_inherits h ON c.relispartition AND h.inhrelid = c.oid
      LEFT JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
    """  # noqa: S608 - its parts are this module's own
)

# Citus: a distributed table is empty here, its rows are the nodes'. Only asked where the extension is.
DISTRIBUTED = text(
    """
    SELECT n.nspname, c.relname,
           pg_catalog.citus_table_size(p.logicalrelid) AS table_bytes,
           pg_catalog.citus_total_relation_size(p.logicalrelid) AS total_bytes
      FROM pg_catalog.pg_dist_partition p
      JOIN pg_catalog.pg_class c ON c.oid = p.logicalrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    """
)
DISTRIBUTED_NAMES = text(
    """
    SELECT n.nspname, c.relname
      FROM pg_catalog.pg_dist_partition p
      JOIN pg_catalog.pg_class c ON c.oid = p.logicalrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    """
)
