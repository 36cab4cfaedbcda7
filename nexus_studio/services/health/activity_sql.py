"""The statements of activity: one for all that is seen at a moment, and those that end what somebody does.

Any role may ask. Of others' sessions it sees the number, the role, the program and the database, no more, unless it is
in pg_read_all_stats (or pg_monitor). Who is waited for is asked of those only that wait: the answer takes all locks.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.sql.elements import TextClause

_LEADER_VERSION: Final = 130000
_QUERY_ID_VERSION: Final = 140000

QUERY_LENGTH: Final = 10_000
"""Characters of a statement that are shown; the server keeps a thousand unless it was told otherwise."""

# The lock that somebody waits for and a prepared transaction has; whose it is tells the lock on its own number.
_LOCK: Final = ", ".join(
    f"{{lock}}.{name}"
    for name in (
        "locktype", "database", "relation", "page", "tuple", "virtualxid", "transactionid", "classid", "objid",
        "objsubid",
    )
)  # fmt: skip

_ACTIVITY: Final = f"""
    WITH seen AS MATERIALIZED (
        SELECT a.*, a.backend_start IS NULL AS is_hidden FROM pg_catalog.pg_stat_activity a
    ), waiting AS MATERIALIZED (
        SELECT s.pid, pg_catalog.pg_blocking_pids(s.pid) AS blockers
          FROM seen s
         WHERE s.wait_event_type = 'Lock'
            OR (s.is_hidden AND s.pid IN (SELECT l.pid FROM pg_catalog.pg_locks l WHERE NOT l.granted))
    ), about AS MATERIALIZED (
        SELECT pg_catalog.clock_timestamp() AS taken_at,
               CAST(current_setting('max_connections') AS integer) AS most,
               CAST(current_setting('superuser_reserved_connections') AS integer)
                 + coalesce(CAST(current_setting('reserved_connections', true) AS integer), 0) AS reserved,
               pg_catalog.pg_is_in_recovery() AS is_standby,
               (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user) AS is_super,
               pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') AS may_signal,
               EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = 'pg_signal_autovacuum_worker'
                          AND pg_catalog.pg_has_role(r.oid, 'USAGE')) AS may_signal_autovacuum,
               CASE WHEN current_setting('max_prepared_transactions') <> '0'
                    THEN (SELECT jsonb_agg(jsonb_build_array(p.gid, p.owner, p.database, p.prepared))
                            FROM pg_catalog.pg_prepared_xacts p) END AS prepared,
               CASE WHEN EXISTS (SELECT FROM waiting w WHERE 0 = ANY (w.blockers))
                    THEN (SELECT jsonb_agg(DISTINCT jsonb_build_array(w.pid, p.gid))
                            FROM waiting w
                            JOIN pg_catalog.pg_locks l ON l.pid = w.pid AND NOT l.granted
                            JOIN pg_catalog.pg_locks h
                              ON h.granted AND h.pid IS NULL
                             AND ({_LOCK.format(lock="h")}) IS NOT DISTINCT FROM ({_LOCK.format(lock="l")})
                            JOIN pg_catalog.pg_locks own
                              ON own.virtualtransaction = h.virtualtransaction AND own.pid IS NULL
                             AND own.locktype = 'transactionid' AND own.mode = 'ExclusiveLock'
                            JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = own.transactionid
                           WHERE 0 = ANY (w.blockers)) END AS held_by_prepared
    )
    SELECT about.*, s.pid, s.backend_start, coalesce(s.backend_type, '') AS kind,
           coalesce(CAST(s.usename AS text), '') AS user, coalesce(CAST(s.datname AS text), '') AS database,
           coalesce(s.application_name, '') AS application,
           coalesce(s.client_hostname, pg_catalog.host(s.client_addr), '') AS client, coalesce(s.state, '') AS state,
           coalesce(s.wait_event_type, '') AS wait_type, coalesce(s.wait_event, '') AS wait,
           CASE WHEN s.is_hidden THEN '' ELSE coalesce(pg_catalog.left(s.query, {QUERY_LENGTH}), '') END AS query,
           {{query_id}} AS query_id, s.xact_start, s.query_start, s.state_change, {{leader}} AS leader_pid,
           pg_catalog.age(s.backend_xmin) AS xmin_age, s.is_hidden, s.pid = pg_catalog.pg_backend_pid() AS is_self,
           coalesce(w.blockers, '{{{{}}}}') AS blockers,
           CASE WHEN s.pid = pg_catalog.pg_backend_pid() THEN 'self'
                WHEN coalesce(s.backend_type, '') NOT IN ('client backend', 'walsender', 'autovacuum worker',
                                                         'parallel worker')
                     AND NOT (s.is_hidden AND s.usesysid IS NOT NULL) THEN 'kind'
                WHEN about.is_super THEN ''
                WHEN s.backend_type = 'autovacuum worker' AND about.may_signal_autovacuum THEN ''
                WHEN coalesce(r.rolsuper, true) THEN 'superuser'
                WHEN NOT (about.may_signal OR pg_catalog.pg_has_role(s.usesysid, 'USAGE')) THEN 'role'
                WHEN s.is_hidden THEN 'unseen'
                ELSE '' END AS may_end
      FROM about
      JOIN seen s ON true
      LEFT JOIN waiting w ON w.pid = s.pid
      LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.usesysid
     ORDER BY s.backend_start NULLS LAST, s.pid
"""  # noqa: S608 - its parts are this module's own


def activity_query(version: int) -> TextClause:
    """Return the question for all that goes on, in the words of a server's version."""
    return text(
        _ACTIVITY.format(
            query_id="s.query_id" if version >= _QUERY_ID_VERSION else "CAST(NULL AS bigint)",
            leader="s.leader_pid" if version >= _LEADER_VERSION else "CAST(NULL AS integer)",
        )
    )


_END: Final = """
    SELECT a.backend_start IS NULL AS is_unseen, a.backend_start = :started AS is_same,
           a.state = 'active' AS is_active,
           CAST(:query_start AS timestamptz) IS NULL OR a.query_start = :query_start AS is_same_query,
           CASE WHEN a.backend_start = :started AND {condition} THEN {act}(a.pid) END AS is_sent
      FROM pg_catalog.pg_stat_activity a
     WHERE a.pid = :pid
"""

# In one statement with the look: between the two no other process can get that number, nor begin another query.
CANCEL = text(
    _END.format(
        act="pg_catalog.pg_cancel_backend",
        condition="a.state = 'active' AND (CAST(:query_start AS timestamptz) IS NULL OR a.query_start = :query_start)",
    )
)
TERMINATE = text(_END.format(act="pg_catalog.pg_terminate_backend", condition="true"))

# Whether it is still there, and still does what it did.
STILL = text(
    """
    SELECT a.state = 'active' AND a.query_start IS NOT DISTINCT FROM :query_start AS is_active
      FROM pg_catalog.pg_stat_activity a
     WHERE a.pid = :pid AND a.backend_start = :started
    """
)
