"""The statements of slow queries: whether pg_stat_statements counts, and what it counted, for versions 1.7 to 1.12."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from psycopg import sql
from sqlalchemy import text
from sqlalchemy.sql.elements import TextClause

from nexus_studio.core.admin.slowqueries import EXTENSION, Columns, Order

_STATE: Final = """
    SELECT n.nspname AS schema,
           EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'pg_stat_statements') AS is_available,
           EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name = 'pg_stat_statements.max') AS is_loaded,
           coalesce({file}, (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'shared_preload_libraries'))
               AS preload,
           ARRAY(SELECT CAST(a.attname AS text) FROM pg_catalog.pg_attribute a
                  WHERE a.attrelid = v.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
           i.oid IS NOT NULL AS says_since,
           coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE'), false) AS may_enter,
           coalesce(pg_catalog.has_table_privilege(v.oid, 'SELECT'), false) AS may_read,
           CAST(current_user AS text) AS "user"
      FROM (SELECT 1) one
      LEFT JOIN pg_catalog.pg_extension e ON e.extname = 'pg_stat_statements'
      LEFT JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
      LEFT JOIN pg_catalog.pg_class v ON v.relname = 'pg_stat_statements' AND v.relnamespace = n.oid
      LEFT JOIN pg_catalog.pg_class i ON i.relname = 'pg_stat_statements_info' AND i.relnamespace = n.oid
"""
_FILE: Final = """
    (SELECT f.setting FROM pg_catalog.pg_file_settings f
      WHERE f.name = 'shared_preload_libraries' ORDER BY f.seqno DESC LIMIT 1)
"""


def state_query(*, reads_files: bool) -> TextClause:
    """Return the question whether queries are counted, and what the server loads.

    The library makes its settings known when the server loads it. What is loaded is not for every role to see, and what
    the files say, which counts from the next start on, for superusers only.
    """
    return text(_STATE.format(file=_FILE if reads_files else "NULL"))


_ORDERS: Final = {Order.TOTAL: "total_ms", Order.MEAN: "mean_ms", Order.CALLS: "calls", Order.ROWS: "rows"}

# Of what others may not see the number is missing: all of a role's together are one line then. A query that was called
# by itself and by a function is one query.
_QUERIES: Final = """
    WITH counted AS (
        SELECT s.userid, s.dbid, s.queryid, min(s.query) AS query, sum(s.calls) AS calls, sum(s.{total}) AS total_ms,
               sum(s.{total}) / nullif(sum(s.calls), 0) AS mean_ms, sum(s.rows) AS rows,
               sum(s.shared_blks_hit) AS hit, sum(s.shared_blks_read) AS read,
               s.queryid IS NULL AS is_hidden, count(*) AS entries
          FROM {view} s
         WHERE %(every)s OR s.dbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
         GROUP BY s.userid, s.dbid, s.queryid
    )
    SELECT c.queryid AS id, coalesce(CAST(r.rolname AS text), CAST(c.userid AS text)) AS user,
           coalesce(CAST(d.datname AS text), CAST(c.dbid AS text)) AS database, c.query,
           CAST(c.calls AS bigint) AS calls, CAST(c.total_ms AS float8) AS total_ms,
           CAST(coalesce(c.mean_ms, 0) AS float8) AS mean_ms, CAST(c.rows AS bigint) AS rows,
           CAST(c.hit AS bigint) AS hit, CAST(c.read AS bigint) AS read, c.is_hidden,
           CAST(coalesce(c.total_ms / nullif(sum(c.total_ms) OVER (), 0), 0) AS float8) AS share,
           CAST(sum(c.entries) OVER () AS bigint) AS in_all,
           CAST(coalesce(sum(c.entries) FILTER (WHERE c.is_hidden) OVER (), 0) AS bigint) AS hidden
      FROM counted c
      LEFT JOIN pg_catalog.pg_roles r ON r.oid = c.userid
      LEFT JOIN pg_catalog.pg_database d ON d.oid = c.dbid
     ORDER BY {order} DESC NULLS LAST, c.queryid
     LIMIT %(most)s
"""


def queries(schema: str, columns: Columns, order: Order) -> str:
    """Return the question for the queries; parameters every (of all databases) and most."""
    return (
        sql.SQL(_QUERIES)
        .format(
            view=sql.Identifier(schema, EXTENSION),
            total=sql.Identifier(columns.total),
            order=sql.Identifier(_ORDERS[order]),
        )
        .as_string()
    )


def since(schema: str) -> str:
    """Return the question since when is counted, and how often rare queries were dropped."""
    return (
        sql.SQL("SELECT stats_reset, dealloc FROM {}").format(sql.Identifier(schema, f"{EXTENSION}_info")).as_string()
    )


def one_query(schema: str) -> str:
    """Return the question for the text of a query of this database; parameter id."""
    question = (
        "SELECT s.query FROM {} s WHERE s.queryid = %(id)s"
        " AND s.dbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database()) LIMIT 1"
    )
    return sql.SQL(question).format(sql.Identifier(schema, EXTENSION)).as_string()


def preloading(libraries: Sequence[str]) -> str:
    """Return what has the server load libraries when it starts, each in quotes of its own: one pair is one name."""
    names = sql.SQL(", ").join(map(sql.Literal, libraries))
    return sql.SQL("ALTER SYSTEM SET shared_preload_libraries = {}").format(names).as_string()


def granting(schema: str, user: str, *, may_enter: bool) -> str:
    """Return what lets a role look at the extension's view: its schema may be shut, or the view itself."""
    if may_enter:
        view = sql.Identifier(schema, EXTENSION)
        return sql.SQL("GRANT SELECT ON {} TO {}").format(view, sql.Identifier(user)).as_string()
    return sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(schema), sql.Identifier(user)).as_string()
