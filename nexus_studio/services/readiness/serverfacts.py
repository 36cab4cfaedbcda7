"""What the checks ask the server, in a handful of queries. Every role may ask all of it but for pg_hba.conf."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

# Of pg_stat_activity a plain role sees little but whose a connection is, and in which database.
# Settings that only newer versions or loaded modules know are asked for with `missing_ok`. reset_val is the server's,
# the database's or the role's own time zone: the session's may be the connection's wish.
SERVER_FACTS = text(
    """
    SELECT current_setting('server_version_num')::int AS version_num,
           current_setting('server_version') AS version,
           current_setting('server_encoding') AS encoding,
           (SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'TimeZone') AS time_zone,
           current_setting('listen_addresses') AS listen_addresses,
           current_setting('port')::int AS port,
           pg_catalog.pg_is_in_recovery() AS is_standby,
           current_setting('nexus.environment', true) AS declared_environment,
           current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
             - coalesce(current_setting('reserved_connections', true)::int, 0) AS most_connections,
           (SELECT sum(numbackends)::int FROM pg_catalog.pg_stat_database) AS connections,
           (SELECT numbackends FROM pg_catalog.pg_stat_database
             WHERE datname = current_database()) AS database_connections,
           (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE usesysid = r.oid) AS role_connections,
           d.datconnlimit AS database_limit,
           r.rolconnlimit AS role_limit,
           session_user::text AS role,
           r.rolsuper AS is_superuser,
           r.rolbypassrls AS bypasses_rls,
           r.rolcreaterole AS creates_roles,
           r.rolcreatedb AS creates_databases,
           r.rolreplication AS replicates,
           ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_roles g
                  WHERE g.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
                    AND pg_catalog.pg_has_role(session_user, g.oid, 'MEMBER') ORDER BY 1) AS file_roles,
           EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pg_stat_statements') AS has_statements,
           current_setting('pg_stat_statements.track', true) AS statements_tracked,
           (SELECT setting::bigint FROM pg_catalog.pg_settings
             WHERE name = 'log_min_duration_statement') AS slow_log_ms,
           (SELECT setting::bigint FROM pg_catalog.pg_settings
             WHERE name = 'auto_explain.log_min_duration') AS auto_explain_ms,
           coalesce(s.ssl, false) AS sees_tls,
           coalesce(s.version, '') AS tls_version,
           coalesce(s.cipher, '') AS tls_cipher,
           s.bits AS tls_bits,
           current_setting('autovacuum_freeze_max_age')::int AS freeze_max_age
      FROM pg_catalog.pg_database d
      JOIN pg_catalog.pg_roles r ON r.rolname = session_user
      LEFT JOIN pg_catalog.pg_stat_ssl s ON s.pid = pg_catalog.pg_backend_pid()
     WHERE d.datname = current_database()
    """
)

HBA_RULES = text(
    """
    SELECT type AS kind, coalesce(database, '{}') AS databases, coalesce(user_name, '{}') AS users,
           address, netmask, coalesce(auth_method, '') AS method
      FROM pg_catalog.pg_hba_file_rules WHERE error IS NULL ORDER BY line_number
    """
)
MAY_READ_HBA = text("SELECT pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE')")

OLDEST_ROWS = text(
    """
    SELECT datname::text AS database, age(datfrozenxid) AS age, mxid_age(datminmxid) AS multixact_age
      FROM pg_catalog.pg_database
     ORDER BY greatest(age(datfrozenxid), mxid_age(datminmxid)) DESC, datname LIMIT 1
    """
)

# A type's oid tells the widest number that the column holds. last_value needs USAGE or SELECT.
SEQUENCES = text(
    r"""
    SELECT n.nspname::text AS schema, c.relname::text AS name,
           s.seqmin AS least, s.seqmax AS most, s.seqincrement AS increment,
           pg_catalog.has_sequence_privilege(c.oid, 'SELECT,USAGE') AS is_readable,
           CASE WHEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT,USAGE')
                THEN pg_catalog.pg_sequence_last_value(c.oid) END AS last,
           coalesce(pg_catalog.format_type(a.atttypid, NULL), '') AS column_type,
           tn.nspname::text AS owner_schema, t.relname::text AS owner_name, a.attname::text AS owner_column
      FROM pg_catalog.pg_sequence s
      JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_depend d
             ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
            AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0
      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      LEFT JOIN pg_catalog.pg_class t ON t.oid = a.attrelid
      LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
     WHERE n.nspname NOT LIKE 'pg\_%'
     ORDER BY 1, 2
    """
)

# One that is being built now is not valid yet, and that is well.
INVALID_INDEXES = text(
    r"""
    SELECT n.nspname::text AS schema, c.relname::text AS name, t.relname::text AS table_name,
           i.indisunique AS is_unique, c.relkind = 'I' AS is_partitioned
      FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT (i.indisvalid AND i.indisready AND i.indislive) AND n.nspname NOT LIKE 'pg\_%'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
     ORDER BY 1, 2
    """
)

# PostgreSQL 15 and later keep a version for the database; the libc's or ICU's own may have moved on.
COLLATION_15 = text(
    """
    SELECT datcollate::text AS collation, datcollversion AS version,
           pg_catalog.pg_database_collation_actual_version(oid) AS actual
      FROM pg_catalog.pg_database WHERE datname = current_database()
    """
)
COLLATION = text(
    """
    SELECT datcollate::text AS collation, CAST(NULL AS text) AS version, CAST(NULL AS text) AS actual
      FROM pg_catalog.pg_database WHERE datname = current_database()
    """
)

PRISMA = text(
    """
    SELECT count(*) FILTER (WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL) AS applied,
           count(*) FILTER (WHERE finished_at IS NULL AND rolled_back_at IS NULL) AS unfinished
      FROM _prisma_migrations
    """
)


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """The answer to `SERVER_FACTS`. Limits of -1 are none; times of -1 milliseconds are "never"."""

    version_num: int
    version: str
    encoding: str
    time_zone: str
    listen_addresses: str
    port: int
    is_standby: bool
    declared_environment: str | None
    most_connections: int
    connections: int
    database_connections: int
    role_connections: int
    database_limit: int
    role_limit: int
    role: str
    is_superuser: bool
    bypasses_rls: bool
    creates_roles: bool
    creates_databases: bool
    replicates: bool
    file_roles: list[str]
    has_statements: bool
    statements_tracked: str | None
    slow_log_ms: int
    auto_explain_ms: int | None
    sees_tls: bool
    tls_version: str
    tls_cipher: str
    tls_bits: int | None
    freeze_max_age: int
