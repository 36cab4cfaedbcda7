"""The statements that advice is judged from. Constants only; any role may ask them, of PostgreSQL 12 or later.

What belongs to an extension is left out: whoever made it looks after it. Columns that only newer versions have are read
through `to_jsonb`, which answers NULL for those that are missing.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

_OWN: Final = r"""
        SELECT c.oid, c.relname, c.relkind, c.relispartition, c.reltoastrelid, c.reloptions, c.relfrozenxid,
               c.relminmxid, n.nspname
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                            WHERE d.classid = CAST('pg_catalog.pg_class' AS regclass) AND d.objid = c.oid
                              AND d.deptype = 'e')
"""

UPKEEP = text(
    """
    SELECT current_setting('autovacuum')::boolean AS autovacuum,
           current_setting('track_counts')::boolean AS counts,
           current_setting('autovacuum_vacuum_threshold')::float8 AS vacuum_rows,
           current_setting('autovacuum_vacuum_scale_factor')::float8 AS vacuum_share,
           current_setting('autovacuum_analyze_threshold')::float8 AS analyze_rows,
           current_setting('autovacuum_analyze_scale_factor')::float8 AS analyze_share,
           current_setting('autovacuum_freeze_max_age')::int AS freeze_max_age,
           pg_catalog.pg_postmaster_start_time() AS started_at,
           (SELECT s.stats_reset FROM pg_catalog.pg_stat_database s WHERE s.datname = current_database())
               AS counted_since,
           (SELECT count(*) FROM pg_catalog.pg_stat_replication)::int AS standbys,
           pg_catalog.pg_is_in_recovery() AS is_standby,
           pg_catalog.clock_timestamp() AS now
    """
)

# Updates that are not "hot" go into every index, as inserts do. An index that could become the primary key: unique,
# at once, on columns that are NOT NULL, of all rows.
TABLES = text(
    f"""
    WITH own AS ({_OWN}), known AS (
        SELECT DISTINCT s.schemaname, s.tablename, s.inherited FROM pg_catalog.pg_stats s
    ), could AS (
        SELECT i.indrelid, min(x.relname) AS name
          FROM pg_catalog.pg_index i
          JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid AND x.relkind = 'i'
         WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
           AND i.indnkeyatts = i.indnatts
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint q WHERE q.conindid = i.indexrelid)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                            WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND NOT a.attnotnull)
         GROUP BY i.indrelid
    )
    SELECT o.nspname, o.relname, o.relkind, o.relispartition AS is_part, coalesce(o.reloptions, '{{}}') AS options,
           pg_catalog.pg_stat_get_mod_since_analyze(o.oid) AS changes,
           pg_catalog.pg_stat_get_tuples_inserted(o.oid) + pg_catalog.pg_stat_get_tuples_updated(o.oid)
             - pg_catalog.pg_stat_get_tuples_hot_updated(o.oid) AS index_writes,
           pg_catalog.pg_stat_get_tuples_deleted(o.oid) AS deleted,
           k.tablename IS NOT NULL
             OR NOT (pg_catalog.has_table_privilege(o.oid, 'SELECT') AND NOT pg_catalog.row_security_active(o.oid))
               AS has_statistics,
           p.indrelid IS NOT NULL AS has_primary_key, coalesce(u.name, '') AS unique_index,
           CASE WHEN p.indrelid IS NULL
                THEN (SELECT v.name FROM (VALUES (1, 'id'), (2, 'row_id'), (3, 'own_id')) AS v(place, name)
                       WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                                          WHERE a.attrelid = o.oid AND a.attname = v.name)
                       ORDER BY v.place LIMIT 1) ELSE '' END AS key_column,
           CASE WHEN o.relfrozenxid <> '0' THEN age(o.relfrozenxid) ELSE 0 END AS age,
           CASE WHEN o.relminmxid <> '0' THEN mxid_age(o.relminmxid) ELSE 0 END AS multixact_age,
           EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum v WHERE v.relid = o.oid) AS is_vacuumed_now
      FROM own o
      LEFT JOIN could u ON u.indrelid = o.oid
      LEFT JOIN pg_catalog.pg_index p ON p.indrelid = o.oid AND p.indisprimary
      LEFT JOIN known k ON k.schemaname = o.nspname AND k.tablename = o.relname AND k.inherited = (o.relkind = 'p')
    """  # noqa: S608 - its parts are this module's own
)

# The key's columns by number; where it has expressions, zeros and their text. indoption: descending, nulls first.
INDEX_FACTS = text(
    f"""
    WITH own AS ({_OWN})
    SELECT o.nspname, o.relname AS table_name, x.relname AS name, am.amname AS method,
           CAST(i.indkey AS text) AS numbers, CAST(i.indclass AS text) AS classes,
           CAST(i.indcollation AS text) AS collations, CAST(i.indoption AS text) AS options,
           i.indnkeyatts AS keys,
           ARRAY(SELECT CAST(coalesce(a.attname, '') AS text)
                   FROM unnest(CAST(i.indkey AS int2[])) WITH ORDINALITY AS k(number, place)
                   LEFT JOIN pg_catalog.pg_attribute a
                          ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0
                  ORDER BY k.place) AS columns,
           coalesce(pg_catalog.pg_get_expr(i.indexprs, i.indrelid), '') AS expressions,
           coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), '') AS predicate,
           i.indisunique AS is_unique, i.indisprimary AS is_primary,
           coalesce(CAST(pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct' AS boolean), false) AS nulls_equal,
           i.indisvalid AND i.indisready AND i.indislive AS is_valid,
           i.indisreplident OR i.indisclustered
             OR EXISTS (SELECT FROM pg_catalog.pg_constraint q WHERE q.conindid = i.indexrelid) AS is_needed,
           x.relkind = 'I' AS is_partitioned, x.relispartition AS is_part
      FROM own o
      JOIN pg_catalog.pg_index i ON i.indrelid = o.oid
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
      JOIN pg_catalog.pg_am am ON am.oid = x.relam
     ORDER BY o.nspname, o.relname, x.relname
    """  # noqa: S608 - its parts are this module's own
)

# Foreign keys of partitions follow from the partitioned table's.
FOREIGN_KEYS = text(
    f"""
    WITH own AS ({_OWN})
    SELECT q.conname AS name, o.nspname, o.relname AS table_name, tn.nspname AS target_schema, t.relname AS target_name,
           ARRAY(SELECT CAST(a.attname AS text)
                   FROM unnest(q.conkey) WITH ORDINALITY AS k(number, place)
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = q.conrelid AND a.attnum = k.number
                  ORDER BY k.place) AS columns
      FROM own o
      JOIN pg_catalog.pg_constraint q ON q.conrelid = o.oid AND q.contype = 'f' AND q.conparentid = 0
      JOIN pg_catalog.pg_class t ON t.oid = q.confrelid
      JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
     ORDER BY o.nspname, o.relname, q.conname
    """  # noqa: S608 - its parts are this module's own
)

# Since PostgreSQL 18 a constraint may be NOT ENFORCED: then it is not meant to be checked.
UNCHECKED = text(
    f"""
    WITH own AS ({_OWN})
    SELECT q.conname AS name, o.nspname, o.relname AS table_name, CAST(q.contype AS text) AS kind
      FROM own o
      JOIN pg_catalog.pg_constraint q ON q.conrelid = o.oid AND NOT q.convalidated AND q.conparentid = 0
     WHERE coalesce(CAST(pg_catalog.to_jsonb(q) ->> 'conenforced' AS boolean), true)
     ORDER BY o.nspname, o.relname, q.conname
    """  # noqa: S608 - its parts are this module's own
)

# Who may still see old rows of this database. Autovacuum and VACUUM don't keep one another from anything; what a
# standby needs is in its slot, or in the row of its connection where it has none.
HOLDERS = text(
    """
    SELECT 'transaction' AS kind, CAST(a.pid AS text) AS name,
           greatest(age(a.backend_xid), age(a.backend_xmin)) AS age, a.xact_start AS since,
           coalesce(CAST(a.usename AS text), '') AS "user", coalesce(a.application_name, '') AS application,
           coalesce(a.state, '') AS state, a.backend_start AS started_at, true AS is_active
      FROM pg_catalog.pg_stat_activity a
     WHERE a.datname = current_database() AND a.pid <> pg_catalog.pg_backend_pid()
       AND (a.backend_xid IS NOT NULL OR a.backend_xmin IS NOT NULL)
       AND a.backend_type IS DISTINCT FROM 'autovacuum worker' AND a.backend_type IS DISTINCT FROM 'walsender'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum v WHERE v.pid = a.pid)
    UNION ALL
    SELECT 'prepared', p.gid, age(p.transaction), p.prepared, CAST(p.owner AS text), '', '', NULL, true
      FROM pg_catalog.pg_prepared_xacts p WHERE p.database = current_database()
    UNION ALL
    SELECT 'slot', CAST(s.slot_name AS text), age(s.xmin), NULL, '', '', CAST(s.slot_type AS text), NULL, s.active
      FROM pg_catalog.pg_replication_slots s WHERE s.xmin IS NOT NULL
    UNION ALL
    SELECT 'standby', r.application_name, age(r.backend_xmin), NULL, coalesce(CAST(r.usename AS text), ''),
           r.application_name, coalesce(r.state, ''), r.backend_start, true
      FROM pg_catalog.pg_stat_replication r WHERE r.backend_xmin IS NOT NULL
     ORDER BY 3 DESC
    """
)

# Whether there are sessions or standbys of which the role sees little more than that they are there.
HIDDEN = text(
    """
    SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
                    WHERE a.datname = current_database() AND a.backend_start IS NULL) AS sessions,
           EXISTS (SELECT FROM pg_catalog.pg_stat_replication r WHERE r.backend_start IS NULL) AS replication
    """
)

SLOTS = text(
    """
    SELECT CAST(s.slot_name AS text) AS name, CAST(s.slot_type AS text) AS kind,
           coalesce(CAST(s.database AS text), '') AS database, s.active AS is_active,
           CAST(coalesce(pg_catalog.pg_wal_lsn_diff(
               CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_receive_lsn()
                    ELSE pg_catalog.pg_current_wal_lsn() END, s.restart_lsn), 0) AS bigint) AS kept_bytes
      FROM pg_catalog.pg_replication_slots s
     ORDER BY 1
    """
)

# Big B-trees with the widths of their columns: those of expressions are in the statistics of the index itself. Equal
# keys are stored once where the index has one column of a type whose equal values are the same bytes (btree support
# function 4, PostgreSQL 13 and later).
BTREES = text(
    f"""
    WITH own AS ({_OWN})
    SELECT o.nspname, o.relname AS table_name, x.relname AS name, pg_catalog.pg_relation_size(x.oid) AS bytes,
           x.reltuples AS entries, i.indpred IS NOT NULL AS is_partial, w.shape, w.distinct_keys,
           i.indnatts = 1 AND NOT i.indisunique
             AND EXISTS (SELECT FROM pg_catalog.pg_opclass c
                           JOIN pg_catalog.pg_amproc p ON p.amprocfamily = c.opcfamily AND p.amprocnum = 4
                            AND p.amproclefttype = c.opcintype AND p.amprocrighttype = c.opcintype
                          WHERE c.oid = i.indclass[0]) AS stores_once,
           pg_catalog.substring(pg_catalog.array_to_string(x.reloptions, ','), 'fillfactor=(\\d+)') AS fill_percent,
           CAST(pg_catalog.current_setting('block_size') AS integer) AS block
      FROM own o
      JOIN pg_catalog.pg_index i ON i.indrelid = o.oid AND i.indisvalid
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid AND x.relkind = 'i' AND x.relpages >= :pages
      JOIN pg_catalog.pg_am am ON am.oid = x.relam AND am.amname = 'btree'
     CROSS JOIN LATERAL (
        SELECT pg_catalog.string_agg(pg_catalog.concat(a.attlen, ',', a.attalign, ',', s.avg_width, ',',
                                                       CAST(s.null_frac * 1000 AS integer)), ' ' ORDER BY a.attnum)
                   AS shape,
               min(s.n_distinct) AS distinct_keys
          FROM pg_catalog.pg_attribute a
          LEFT JOIN pg_catalog.pg_attribute t
                 ON t.attrelid = i.indrelid AND t.attnum = i.indkey[a.attnum - 1] AND t.attnum > 0
          LEFT JOIN pg_catalog.pg_stats s
                 ON s.schemaname = o.nspname AND NOT s.inherited
                AND s.tablename = CASE WHEN t.attnum IS NULL THEN x.relname ELSE o.relname END
                AND s.attname = coalesce(t.attname, a.attname)
         WHERE a.attrelid = x.oid AND a.attnum > 0) w
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_locks l
                        WHERE l.relation = x.oid AND l.mode = 'AccessExclusiveLock')
    """  # noqa: S608 - its parts are this module's own
)
