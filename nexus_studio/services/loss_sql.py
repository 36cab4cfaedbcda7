"""Questions to the catalog about what would be lost. Texts only, made of this module's own parts."""
# ruff: noqa: S608

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TEXT

_CLASSES: Final = (
    ("pg_class", "relnamespace"),
    ("pg_proc", "pronamespace"),
    ("pg_type", "typnamespace"),
    ("pg_operator", "oprnamespace"),
    ("pg_opclass", "opcnamespace"),
    ("pg_opfamily", "opfnamespace"),
    ("pg_collation", "collnamespace"),
    ("pg_conversion", "connamespace"),
    ("pg_statistic_ext", "stxnamespace"),
    ("pg_ts_config", "cfgnamespace"),
    ("pg_ts_dict", "dictnamespace"),
    ("pg_ts_parser", "prsnamespace"),
    ("pg_ts_template", "tmplnamespace"),
)
_PARTS: Final = (
    ("pg_constraint", "conrelid"),
    ("pg_trigger", "tgrelid"),
    ("pg_attrdef", "adrelid"),
    ("pg_rewrite", "ev_class"),
    ("pg_policy", "polrelid"),
)


def _branches() -> str:
    """Write the branches that find the schema of an object: its own, or that of the relation it is a part of."""
    own = [  # the names are this module's own
        f"WHEN g.classid = CAST('pg_catalog.{name}' AS regclass)"
        f" THEN (SELECT t.{schema} FROM pg_catalog.{name} t WHERE t.oid = g.objid)"
        for name, schema in _CLASSES
    ]
    parts = [
        f"WHEN g.classid = CAST('pg_catalog.{name}' AS regclass)"
        f" THEN (SELECT r.relnamespace FROM pg_catalog.{name} t JOIN pg_catalog.pg_class r ON r.oid = t.{relation}"
        " WHERE t.oid = g.objid)"
        for name, relation in _PARTS
    ]
    return "\n".join((*own, *parts))


# What is in a schema depends on it (manual, section 52.18 "pg_depend"), but for what is a part of something else: row
# types, indexes, defaults. Members of extensions come and go with these.
_OWN = """
    chosen AS (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY(:schemas)),
    own AS (
        SELECT DISTINCT d.classid, d.objid
          FROM pg_catalog.pg_depend d
          JOIN chosen n ON d.refclassid = CAST('pg_catalog.pg_namespace' AS regclass) AND d.refobjid = n.oid
         WHERE d.deptype = 'n' AND d.objsubid = 0
           AND (d.classid <> CAST('pg_catalog.pg_extension' AS regclass) OR NOT :extensions)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                            WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
    )
"""

_NAMED = bindparam("schemas", type_=ARRAY(TEXT))

OWN = text(
    f"""
    WITH {_OWN}
    SELECT CAST(CAST(o.classid AS regclass) AS text) || ':' || o.objid AS identity,
           i.type AS kind, i.identity AS name, c.oid, n.nspname, c.relname, CAST(c.relkind AS text) AS relkind
      FROM own o
     CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.classid, o.objid, 0) i
      LEFT JOIN pg_catalog.pg_class c ON o.classid = CAST('pg_catalog.pg_class' AS regclass) AND c.oid = o.objid
      LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE i.type IS NOT NULL
     ORDER BY i.type, i.identity
    """
).bindparams(_NAMED)
"""What is in schemas at first hand. `:extensions`: whether these stay."""

# CASCADE follows dependencies downwards, and upwards where something is an internal part: a view can't be without its
# rule. What of a table, a type or a view that goes with it is not worth a word is left out.
ELSEWHERE = text(
    f"""
    WITH RECURSIVE {_OWN},
    gone(classid, objid, objsubid) AS (
        SELECT o.classid, o.objid, 0 FROM own o
        UNION
        SELECT f.classid, f.objid, f.objsubid
          FROM gone g
         CROSS JOIN LATERAL (
             SELECT d.classid, d.objid, d.objsubid FROM pg_catalog.pg_depend d
              WHERE d.refclassid = g.classid AND d.refobjid = g.objid
                AND (g.objsubid = 0 OR d.refobjsubid = g.objsubid)
             UNION ALL
             SELECT d.refclassid, d.refobjid, d.refobjsubid FROM pg_catalog.pg_depend d
              WHERE d.classid = g.classid AND d.objid = g.objid AND d.objsubid = g.objsubid AND d.deptype = 'i'
         ) f
    ),
    placed AS MATERIALIZED (
        SELECT g.classid, g.objid, g.objsubid, CASE {_branches()} END AS schema FROM gone g
    )
    SELECT i.type AS kind, i.identity AS name, c.oid, n.nspname, c.relname,
           CASE WHEN g.objsubid = 0 THEN CAST(c.relkind AS text) END AS relkind
      FROM placed g
     CROSS JOIN LATERAL pg_catalog.pg_identify_object(g.classid, g.objid, g.objsubid) i
      LEFT JOIN pg_catalog.pg_class c ON g.classid = CAST('pg_catalog.pg_class' AS regclass) AND c.oid = g.objid
      LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE i.type IS NOT NULL
       AND (g.schema IS NULL OR g.schema NOT IN (SELECT oid FROM chosen))
       AND g.schema IS DISTINCT FROM CAST(CAST('pg_toast' AS regnamespace) AS oid)
       AND NOT (g.schema IS NULL AND EXISTS (
               SELECT FROM pg_catalog.pg_depend e
                WHERE e.classid = g.classid AND e.objid = g.objid AND e.deptype IN ('i', 'a')
                  AND (e.refclassid, e.refobjid) IN (SELECT o.classid, o.objid FROM own o)))
       AND NOT (g.classid = CAST('pg_catalog.pg_rewrite' AS regclass)
                AND EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE r.oid = g.objid AND r.rulename = '_RETURN'))
       AND NOT (g.classid = CAST('pg_catalog.pg_trigger' AS regclass)
                AND EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.oid = g.objid AND t.tgisinternal))
       AND NOT (g.classid = CAST('pg_catalog.pg_type' AS regclass)
                AND EXISTS (SELECT FROM pg_catalog.pg_depend t
                             WHERE t.classid = g.classid AND t.objid = g.objid AND t.deptype = 'i'))
       AND NOT (g.objsubid > 0 AND (g.classid, g.objid, 0) IN (SELECT w.classid, w.objid, w.objsubid FROM gone w))
       AND g.classid NOT IN (CAST('pg_catalog.pg_amop' AS regclass), CAST('pg_catalog.pg_amproc' AS regclass))
     ORDER BY i.type, i.identity
    """
).bindparams(_NAMED)
"""What is not in the schemas and goes with them."""

TABLES = text(
    """
    SELECT c.oid, n.nspname, c.relname, CAST(c.relkind AS text) AS relkind, c.reltuples AS estimate,
           coalesce(pg_catalog.pg_total_relation_size(c.oid), 0) AS bytes
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND c.oid = ANY(CAST(:oids AS oid[]))
     ORDER BY n.nspname, c.relname
    """
)
"""Tables by their oids."""

REFERENCES = text(
    r"""
    SELECT sn.nspname, s.relname, tn.nspname, t.relname, f.is_part
      FROM (SELECT k.conrelid AS source, k.confrelid AS target, false AS is_part
              FROM pg_catalog.pg_constraint k WHERE k.contype = 'f'
            UNION
            SELECT h.inhrelid, h.inhparent, true FROM pg_catalog.pg_inherits h) f
      JOIN pg_catalog.pg_class s ON s.oid = f.source AND s.relkind IN ('r', 'p', 'f')
      JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
      JOIN pg_catalog.pg_class t ON t.oid = f.target AND t.relkind IN ('r', 'p')
      JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
     WHERE sn.nspname NOT LIKE 'pg\_%'
    """
)
"""Which table's rows can't be without which other's."""

USER_TABLES = text(
    r"""
    SELECT c.oid, n.nspname, c.relname
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                        WHERE e.classid = CAST('pg_catalog.pg_class' AS regclass) AND e.objid = c.oid
                          AND e.deptype = 'e')
     ORDER BY n.nspname, c.relname
    """
)
"""All tables that are no extension's."""

FILLED_TABLES = text(
    """
    SELECT n.nspname, c.relname
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND c.oid >= 16384 AND pg_catalog.pg_relation_size(c.oid) > 0
    """
)
"""The tables that are not empty for sure: the others have no page, and so no row. Oids of the server's own are less."""

READABLE_TABLES = text(
    """
    SELECT n.nspname, c.relname
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
       AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AND NOT pg_catalog.row_security_active(c.oid)
    """
)
"""The tables of which the role may see all rows."""

SCHEMAS = text(
    r"""
    SELECT n.nspname FROM pg_catalog.pg_namespace n
     WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                        WHERE e.classid = CAST('pg_catalog.pg_namespace' AS regclass) AND e.objid = n.oid
                          AND e.deptype = 'e')
     ORDER BY n.nspname
    """
)
"""All schemas of people."""

EXTENSIONS = text("SELECT e.extname FROM pg_catalog.pg_extension e WHERE e.extname <> 'plpgsql' ORDER BY e.extname")

# Catalogs of things that are in no schema, or in one by what they belong to. A role may see them all.
_WHOLE: Final = (
    "pg_enum",
    "pg_event_trigger",
    "pg_extension",
    "pg_foreign_server",
    "pg_largeobject_metadata",
    "pg_publication",
)


def _catalog_states() -> str:
    """Write what each catalog is known by: how many rows, and who wrote them. Temporary tables are left out."""
    own = [(name, f"t.{schema} IN (SELECT oid FROM people)") for name, schema in _CLASSES]
    parts = [
        (name, f"t.{relation} IN (SELECT r.oid FROM pg_catalog.pg_class r JOIN people p ON p.oid = r.relnamespace)")
        for name, relation in (*_PARTS, ("pg_attribute", "attrelid"), ("pg_index", "indrelid"))
    ]
    whole = [(name, "true") for name in _WHOLE]
    rows = [("pg_namespace", "t.oid IN (SELECT oid FROM people)"), *own, *parts, *whole]
    return "\nUNION ALL\n".join(
        f"SELECT '{name}' AS name, pg_catalog.count(*) AS rows,"
        " pg_catalog.sum(pg_catalog.hashint8extended(CAST(CAST(t.xmin AS text) AS bigint), 0)) AS writers"
        f" FROM pg_catalog.{name} t WHERE {condition}"
        for name, condition in rows
    )


CATALOG_STATES = text(
    rf"""
    WITH people AS (SELECT n.oid FROM pg_catalog.pg_namespace n
                     WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema')
    {_catalog_states()}
    """
)
"""What tells whether anything was defined, changed or dropped since: statistics and vacuum move none of it."""

READS_LARGE_OBJECTS = text("SELECT pg_catalog.has_table_privilege('pg_catalog.pg_largeobject', 'SELECT')")

BEYOND_SCHEMAS = text(
    """
    SELECT 'publication', CAST(pubname AS text) FROM pg_catalog.pg_publication
    UNION ALL
    SELECT 'event trigger', CAST(evtname AS text) FROM pg_catalog.pg_event_trigger
    UNION ALL
    SELECT 'foreign server', CAST(srvname AS text) FROM pg_catalog.pg_foreign_server
    UNION ALL
    SELECT 'subscription', CAST(subname AS text) FROM pg_catalog.pg_subscription s
     WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
    UNION ALL
    SELECT 'large object', CAST(oid AS text) FROM pg_catalog.pg_largeobject_metadata
    ORDER BY 1, 2
    """
)
"""What a database has outside of its schemas and a new one would not."""
